"""One live face, cropped and encoded in memory so that it can be sealed: the only encoder here.

Whoever calls this seals what comes out and wipes both; nothing is ever written to a file.
"""

import cv2
import numpy as np

from drivers.face.pictures import SIDE_LIMIT_PX
from station.booth.ports import BgrImage, DetectedFace
from station.errors import BoothError, ErrorCode

HEIGHT_PX = 480
"""Most rows of a kept portrait: four times what the matcher looks at."""
_ABOVE, _BELOW, _ASIDE = 0.55, 0.45, 0.55
"""Shares of the face box around it: head and chin, and what a detector needs to find it again."""
_QUALITIES = (92, 85, 75, 60)


def crop_face(bgr: BgrImage, face: DetectedFace) -> BgrImage:
    """A copy of the face with a margin, at most `HEIGHT_PX` rows; the caller wipes it."""
    rows, columns = bgr.shape[:2]
    top = max(0, round(face.y - _ABOVE * face.height))
    bottom = min(rows, round(face.y + (1 + _BELOW) * face.height))
    left = max(0, round(face.x - _ASIDE * face.width))
    right = min(columns, round(face.x + (1 + _ASIDE) * face.width))
    if not (0 < bottom - top <= SIDE_LIMIT_PX and 0 < right - left <= SIDE_LIMIT_PX):
        raise BoothError(ErrorCode.TEMPLATE_REFUSED)
    crop: BgrImage = bgr[top:bottom, left:right].copy()
    if crop.shape[0] <= HEIGHT_PX:
        return crop
    width = max(1, round(crop.shape[1] * HEIGHT_PX / crop.shape[0]))
    smaller: BgrImage = np.asarray(
        cv2.resize(crop, (width, HEIGHT_PX), interpolation=cv2.INTER_AREA), np.uint8
    )
    crop.fill(0)
    return smaller


def encode_jpeg(picture: BgrImage, most_bytes: int) -> bytearray:
    """The picture as JPEG of at most `most_bytes`, as good as fits; the caller wipes it.

    Raises `BoothError(TEMPLATE_REFUSED)` where it does not fit.
    """
    for quality in _QUALITIES:
        settings = [cv2.IMWRITE_JPEG_QUALITY, quality]
        # In memory only, to be sealed at once: the one place outside the simulated card.
        done, encoded = cv2.imencode(".jpg", picture, settings)  # noqa: TID251
        if done and encoded.size <= most_bytes:
            kept = bytearray(encoded.tobytes())
            encoded.fill(0)
            return kept
        encoded.fill(0)
    raise BoothError(ErrorCode.TEMPLATE_REFUSED)
