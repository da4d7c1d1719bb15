"""Face boxes and five points, by YuNet.

YuNet is made for faces of about 10 to 300 px, so a large frame is scaled down before it is searched
and the result is given back in pixels of the full frame: alignment and landmarks use all of them.
"""

from typing import cast

import cv2
import numpy as np

from drivers.face.models import LoadedModel
from station.booth.ports import BgrImage, DetectedFace
from station.errors import ErrorCode, ModelError

SEARCH_WIDTH_PX = 320
"""Width a frame is searched at: a face with 90 px between its eyes in 1280x720 has 22 there."""
HEIGHT_TO_WIDTH_LIMIT = 2
"""A searched picture is at most this many times as high as `search_width_px`: a stranger's narrow
strip must not be enlarged to a hundred million pixels."""
SCORE_THRESHOLD = 0.7
"""YuNet's score above which a box is a face (face.md C.3)."""
NMS_IOU = 0.3
FACES_LIMIT = 50
REFINE_PX = 128
"""Side of the crop for the second look: about 1.2 ms of CPU."""
REFINE_TO_BOX = 1.5
"""Side of that crop over the longer side of the box. On 36 frames the vector's cosine to that of
the picture searched at full size rose from .948 to .962 (median, measured)."""
_POINTS = slice(4, 14)
_SCORE = 14


class FaceDetector:
    """One YuNet net. Used by one thread at a time: the net keeps its input size."""

    def __init__(self, model: LoadedModel) -> None:
        """Raises `ModelError(MODEL_DAMAGED)` where the engine refuses the file."""
        buffer = np.frombuffer(model.data, np.uint8)
        try:
            self._net = cv2.FaceDetectorYN.create(
                "onnx",
                buffer,
                np.empty(0, np.uint8),
                (SEARCH_WIDTH_PX, SEARCH_WIDTH_PX),
                SCORE_THRESHOLD,
                NMS_IOU,
                FACES_LIMIT,
            )
        except cv2.error as error:
            raise ModelError(ErrorCode.MODEL_DAMAGED) from error

    def detect(
        self,
        bgr: BgrImage,
        *,
        search_width_px: int = SEARCH_WIDTH_PX,
        enlarge: bool = False,
        score_threshold: float = SCORE_THRESHOLD,
    ) -> list[DetectedFace]:
        """Return every face of `bgr`, the highest score first, in pixels of `bgr`.

        `enlarge` also scales a picture that is narrower than `search_width_px` up to it, for the
        small portraits of documents.
        """
        height, width = bgr.shape[:2]
        scale = min(search_width_px / width, HEIGHT_TO_WIDTH_LIMIT * search_width_px / height)
        searched = bgr if scale > 1 and not enlarge else _scaled(bgr, scale)
        self._net.setScoreThreshold(score_threshold)
        self._net.setInputSize((searched.shape[1], searched.shape[0]))
        # The binding's stub forgets that there is no array where there is no face.
        rows = cast("BgrImage | None", self._net.detect(searched)[1])
        if rows is None:
            return []
        # x and y separately: rounding the searched size gives them slightly different scales.
        back_x, back_y = width / searched.shape[1], height / searched.shape[0]
        faces = [_face(np.asarray(row, np.float32), back_x, back_y) for row in rows]
        return sorted(faces, key=lambda face: -face.score)

    def refine(self, bgr: BgrImage, face: DetectedFace) -> DetectedFace:
        """Find `face` again in a crop of the full frame, for exact points.

        A face of 20 px in the searched picture has points that are off by several pixels of the
        frame, and the score suffers. Where the second look finds nothing, `face` stands.
        """
        scale = REFINE_PX / (REFINE_TO_BOX * max(face.width, face.height, 1.0))
        half = REFINE_PX / 2
        shift_x = half - scale * (face.x + face.width / 2)
        shift_y = half - scale * (face.y + face.height / 2)
        to_crop = np.array([[scale, 0.0, shift_x], [0.0, scale, shift_y]])
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        crop = np.asarray(cv2.warpAffine(bgr, to_crop, (REFINE_PX, REFINE_PX), flags=how), np.uint8)
        found = self.detect(crop)
        if not found:
            return face
        near = min(found, key=lambda again: _off_middle(again, half))
        shift = np.array([shift_x, shift_y], np.float32)
        return DetectedFace(
            x=(near.x - shift_x) / scale,
            y=(near.y - shift_y) / scale,
            width=near.width / scale,
            height=near.height / scale,
            points=((near.points - shift) / np.float32(scale)).astype(np.float32, copy=False),
            score=face.score,
        )


def _scaled(bgr: BgrImage, scale: float) -> BgrImage:
    height, width = bgr.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Halving is three times as fast as one larger step, and the mean is the same.
    while bgr.shape[1] >= 2 * size[0] and bgr.shape[0] >= 2 * size[1]:
        if bgr.shape[0] % 2 or bgr.shape[1] % 2:
            break
        half = (bgr.shape[1] // 2, bgr.shape[0] // 2)
        bgr = np.asarray(cv2.resize(bgr, half, interpolation=cv2.INTER_AREA), np.uint8)
    if (bgr.shape[1], bgr.shape[0]) == size:
        return bgr
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(bgr, size, interpolation=how), np.uint8)


def _off_middle(face: DetectedFace, half: float) -> float:
    return abs(face.x + face.width / 2 - half) + abs(face.y + face.height / 2 - half)


def _face(row: np.ndarray[tuple[int], np.dtype[np.float32]], x: float, y: float) -> DetectedFace:
    points = row[_POINTS].reshape(5, 2) * np.array([x, y], np.float32)
    return DetectedFace(
        x=float(row[0]) * x,
        y=float(row[1]) * y,
        width=float(row[2]) * x,
        height=float(row[3]) * y,
        points=points.astype(np.float32, copy=False),
        score=float(row[_SCORE]),
    )
