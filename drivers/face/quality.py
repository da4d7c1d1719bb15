"""Quality gates on one live frame: what the subject should change, one thing at a time.

Pure: the same frame, faces and landmarks give the same answer. Figures marked (measured) come from
282 press photographs (LFW) and five clips of live people, run through this station's detector and
mesh; they are start values that an operator's own camera may correct.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.face.face_patches import FacePatches, read_patches
from station.booth.messages import Guidance
from station.booth.ports import BgrImage, DetectedFace, Landmarks, Points

LEFT_OUTER_EYE, RIGHT_OUTER_EYE = 263, 33


@dataclass(frozen=True, slots=True)
class QualityGates:
    """The limits a frame must keep, each with its unit and source."""

    min_iod_px: float = 90.0
    """Outer eye corners apart, pixels of the full frame (face.md A.3 L1)."""
    max_box_share: float = 0.85
    """Height of the face box over that of the frame: above it chin or brow leave the picture."""
    edge_px: float = 2.0
    """Least distance of the face box from the frame's edge."""
    max_off_centre: float = 0.28
    """Middle of the face from the middle of the frame, as a share of the frame's width; the
    kiosk's oval lies there."""
    max_yaw5: float = 0.20
    """Nose off the middle between the eyes, in eye distances: beyond it the comparison score
    falls (face.md A.3 L5)."""
    max_roll_deg: float = 20.0
    """Eye line off level. Alignment takes roll out; 99 % of press photographs are below 5."""
    min_pitch, max_pitch = 0.42, 0.68
    """Nose between eye line (0) and mouth line (1): 98 % of press photographs are .45–.65, five
    live clips .48–.65 (measured)."""
    min_mean_luma: float = 40.0
    """Mean brightness of the face, 0..255. The darkest usable live clip has 43 (measured)."""
    max_mean_luma: float = 215.0
    """99 % of press photographs are below 182 (measured)."""
    max_blown_share: float = 0.05
    """Share of face pixels at 250 or more; 99 % of press photographs are below .002 (measured)."""
    min_side_ratio: float = 0.40
    """Darker cheek over brighter cheek; 99 % of press photographs are above .39 (measured)."""
    min_sharpness: float = 0.008
    """Variance of the Laplacian over variance of the brightness, at 64 px between the outer eye
    corners. 1 % of press photographs and no live clip is below; a blur of .05 eye distances puts
    three of four below (measured)."""
    max_chroma_step: float = 22.0
    """Cr/Cb distance between the lower face and the bridge of the nose; with the two gates below,
    4 of 275 uncovered frontal press photographs and none of 55 live frames fail (measured)."""
    min_luma_step: float = 0.36
    max_luma_step: float = 1.7
    """Brightness of the lower face over the bridge; beards reach .54 (measured)."""
    min_presence: float = 2.0
    """The mesh's presence logit on a frontal face: 4.9 or more on press photographs, 2.9 on one
    nodding live frame (measured)."""


GATES = QualityGates()


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """The measures of one face, in the units of `QualityGates`."""

    iod_px: float
    yaw5: float
    roll_deg: float
    pitch: float
    presence: float
    patches: FacePatches


def assess(
    bgr: BgrImage,
    faces: list[DetectedFace],
    landmarks: Landmarks | None,
    min_iod_px: float = GATES.min_iod_px,
    gates: QualityGates = GATES,
) -> Guidance:
    """What to change first, or NONE where the frame is good enough to compare.

    `landmarks` belong to the largest of `faces`. A covered mouth is told only where the covering's
    colour or brightness differs from the face's own: painted on 84 to 91 photographs each,
    98 % of blue, 99 % of black and 88 % of white masks were seen, and 20 % of those of skin colour.
    What is not seen here can still fail the comparison.
    """
    if not faces or landmarks is None:
        return _without_face(bgr)
    if len(faces) > 1:
        return Guidance.MORE_THAN_ONE_FACE
    face = faces[0]
    place = _place(bgr, face, landmarks, min_iod_px, gates)
    if place is not Guidance.NONE:
        return place
    return judge(measure(bgr, face, landmarks), gates)


def measure(bgr: BgrImage, face: DetectedFace, landmarks: Landmarks) -> FaceQuality:
    """All measures of one face."""
    yaw5, pitch = pose_proxies(face.points)
    return FaceQuality(
        iod_px=iod_px(landmarks),
        yaw5=yaw5,
        roll_deg=roll_deg(landmarks),
        pitch=pitch,
        presence=landmarks.presence,
        patches=read_patches(bgr, landmarks.points),
    )


def judge(quality: FaceQuality, gates: QualityGates = GATES) -> Guidance:
    """The first gate that is not kept, light before pose before stillness."""
    patches = quality.patches
    frontal = abs(quality.yaw5) <= gates.max_yaw5
    tilted = abs(quality.roll_deg) > gates.max_roll_deg
    nods = not gates.min_pitch <= quality.pitch <= gates.max_pitch
    covered = (
        patches.chroma_step >= gates.max_chroma_step
        or not gates.min_luma_step < patches.luma_step < gates.max_luma_step
        or quality.presence < gates.min_presence
    )
    blown = patches.blown_share > gates.max_blown_share
    checks = (
        (patches.mean_luma < gates.min_mean_luma, Guidance.TOO_DARK),
        (blown or patches.mean_luma > gates.max_mean_luma, Guidance.TOO_BRIGHT),
        (not frontal or tilted or nods, Guidance.LOOK_STRAIGHT),
        # Shadows of the nose and one-sided light look like a covering: light comes first.
        (patches.side_ratio < gates.min_side_ratio, Guidance.TURN_TO_LIGHT),
        (covered, Guidance.UNCOVER_FACE),
        (patches.sharpness < gates.min_sharpness, Guidance.HOLD_STILL),
    )
    return next((guidance for failed, guidance in checks if failed), Guidance.NONE)


def iod_px(landmarks: Landmarks) -> float:
    """Distance of the outer eye corners in frame pixels (face.md A.4)."""
    eyes = landmarks.points[LEFT_OUTER_EYE] - landmarks.points[RIGHT_OUTER_EYE]
    return float(np.linalg.norm(eyes))


def roll_deg(landmarks: Landmarks) -> float:
    """Eye line off level in degrees; of the mesh, for the five points hide a strong roll."""
    across = landmarks.points[LEFT_OUTER_EYE] - landmarks.points[RIGHT_OUTER_EYE]
    return float(np.degrees(np.arctan2(across[1], across[0])))


def pose_proxies(points: Points) -> tuple[float, float]:
    """yaw5 (eye distances, + to the picture's right) and pitch (0 eye line, 1 mouth line)."""
    right_eye, left_eye, nose, mouth_right, mouth_left = np.asarray(points, np.float64)
    eyes = left_eye - right_eye
    length = max(float(np.linalg.norm(eyes)), 1e-6)
    yaw5 = float(np.dot(nose - right_eye, eyes)) / length**2 - 0.5
    down: NDArray[np.float64] = np.array([-eyes[1], eyes[0]]) / length
    eye_middle, mouth_middle = (right_eye + left_eye) / 2, (mouth_right + mouth_left) / 2
    to_mouth = float(np.dot(mouth_middle - eye_middle, down))
    to_nose = float(np.dot(nose - eye_middle, down))
    pitch = to_nose / to_mouth if abs(to_mouth) > 1e-6 else 0.0
    return yaw5, pitch


def _place(
    bgr: BgrImage, face: DetectedFace, landmarks: Landmarks, min_iod_px: float, gates: QualityGates
) -> Guidance:
    height, width = bgr.shape[:2]
    if face.height > gates.max_box_share * height:
        return Guidance.STEP_BACK
    inside = (
        face.x >= gates.edge_px
        and face.y >= gates.edge_px
        and face.x + face.width <= width - gates.edge_px
        and face.y + face.height <= height - gates.edge_px
    )
    off_centre = abs(face.x + face.width / 2 - width / 2) / width
    if not inside or off_centre > gates.max_off_centre:
        return Guidance.CENTRE_FACE
    # A turned head shortens the eye distance: only a frontal one says how far away it is.
    yaw5 = pose_proxies(face.points)[0]
    if abs(yaw5) <= gates.max_yaw5 and iod_px(landmarks) < min_iod_px:
        return Guidance.COME_CLOSER
    return Guidance.NONE


_BLACK_MEAN, _WHITE_MEAN = 25.0, 225.0
"""Mean of a whole frame, 0..255, beyond which light explains best why no face is found."""


def _without_face(bgr: BgrImage) -> Guidance:
    mean = float(np.mean(cv2.mean(bgr)[:3]))
    if mean < _BLACK_MEAN:
        return Guidance.TOO_DARK
    return Guidance.TOO_BRIGHT if mean > _WHITE_MEAN else Guidance.NO_FACE
