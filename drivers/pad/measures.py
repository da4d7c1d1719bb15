"""Geometric measures of the 478-point mesh (definitions: face.md A.3 L2, A.4)."""

from dataclasses import dataclass

import numpy as np

from station.booth.ports import DetectedFace, Points

MESH_POINTS = 478
RIGHT_EYE = (33, 160, 158, 133, 153, 144)
LEFT_EYE = (362, 385, 387, 263, 373, 380)
RIGHT_OUTER, LEFT_OUTER, NOSE_TIP, CHIN = 33, 263, 1, 152
UPPER_LIP, LOWER_LIP, MOUTH_RIGHT, MOUTH_LEFT = 13, 14, 61, 291


@dataclass(frozen=True, slots=True)
class FaceMeasures:
    """Measures of one face. Ratios are free of scale; `iod_px` is in frame pixels."""

    ear_right: float
    ear_left: float
    mar: float
    lip_opening: float
    """Distance of the inner lips over IOD."""
    chin_height: float
    """Distance of the chin from the middle of the eye line over IOD."""
    yaw_proxy: float
    """Positive when the subject turns to their own left (face.md A.4, mesh form)."""
    iod_px: float


def measure_face(points: Points) -> FaceMeasures:
    """Measure one (478, 2) mesh in pixels. Raises `ValueError` for another shape."""
    if points.shape != (MESH_POINTS, 2):
        raise ValueError("not a 478-point mesh")
    p = points.astype(np.float64)
    iod = max(_distance(p[RIGHT_OUTER], p[LEFT_OUTER]), 1e-6)
    lips = _distance(p[UPPER_LIP], p[LOWER_LIP])
    mouth_width = max(_distance(p[MOUTH_RIGHT], p[MOUTH_LEFT]), 1e-6)
    middle = (p[RIGHT_OUTER] + p[LEFT_OUTER]) / 2
    return FaceMeasures(
        ear_right=_eye_aspect_ratio(p[list(RIGHT_EYE)]),
        ear_left=_eye_aspect_ratio(p[list(LEFT_EYE)]),
        mar=lips / mouth_width,
        lip_opening=lips / iod,
        chin_height=_distance(p[CHIN], middle) / iod,
        yaw_proxy=_along(p[NOSE_TIP], p[RIGHT_OUTER], p[LEFT_OUTER]),
        iod_px=iod,
    )


def detector_yaw(face: DetectedFace) -> float:
    """yaw5 of the detector's five points; another scale than the mesh's (face.md A.4)."""
    p = face.points.astype(np.float64)
    return _along(p[2], p[0], p[1])


def overlap(first: DetectedFace, second: DetectedFace) -> float:
    """Intersection over union of two face boxes, 0..1."""
    width = min(first.x + first.width, second.x + second.width) - max(first.x, second.x)
    height = min(first.y + first.height, second.y + second.height) - max(first.y, second.y)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    union = first.width * first.height + second.width * second.height - shared
    return shared / union


def _eye_aspect_ratio(eye: np.ndarray) -> float:
    # Soukupova & Cech 2016: two lid distances over the distance of the corners.
    lids = _distance(eye[1], eye[5]) + _distance(eye[2], eye[4])
    return lids / max(2 * _distance(eye[0], eye[3]), 1e-6)


def _along(nose: np.ndarray, right: np.ndarray, left: np.ndarray) -> float:
    axis = left - right
    return float((nose - right) @ axis / max(float(axis @ axis), 1e-6)) - 0.5


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.hypot(*(a - b)))
