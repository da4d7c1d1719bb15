"""How much light of each colour comes back from the face, its patches and what is behind it.

Works on a reduced crop in linear light: pixels in, mean colours out, the crop is wiped. Values that
the sensor clipped hide light and do not count.

Blind spot: it believes the mesh. Hair, a beard or a hand over a patch is measured as skin.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.pad.light_geometry import PATCH_PLACES, PATCH_POINTS
from drivers.pad.measures import LEFT_EYE, LEFT_OUTER, RIGHT_EYE, RIGHT_OUTER, measure_face
from drivers.pad.observation import FaceTones
from station.booth.ports import BgrImage, DetectedFace, Landmarks, Points

_IOD_PX = 48.0
"""Outer eye corners in the reduced crop, nearly."""
_CLIPPED = 250
_LEAST_SHARE = 0.5
"""Of an area's pixels; with fewer its mean would be that of its shadows."""
_LEAST_PATCH_SHARE = 0.9
"""Of a patch, which is compared with itself under other lights."""
_PATCH_IOD = 0.10
_HIDDEN_YAW = 0.15
"""From here on the far cheek is seen at a slant, or not at all."""
_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
_LIPS = (61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181)
_LINEAR = ((np.arange(256) / 255.0) ** 2.2).astype(np.float32)

Crop = NDArray[np.uint8]
Linear = NDArray[np.float32]


def measure_tones(bgr: BgrImage, face: DetectedFace, landmarks: Landmarks) -> FaceTones | None:
    """Measure one frame; None where the face is too small or too far outside the frame.

    A mean is NaN where too few of its pixels are inside the frame and unclipped.
    """
    points = landmarks.points
    iod = measure_face(points).iod_px
    if landmarks.presence <= 0 or iod < 20 or not np.isfinite(points).all():
        return None
    window = _window(bgr.shape, points, face, iod)
    if window is None:
        return None
    left, top, right, bottom = window
    # A whole number of frame pixels per pixel of the crop: several times faster in OpenCV.
    step = max(1, round(iod / _IOD_PX))
    size = ((right - left) // step, (bottom - top) // step)
    cut = bgr[top : top + size[1] * step, left : left + size[0] * step]
    small = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
    try:
        # Pixel centres: the first pixel of the crop covers 0 .. step of the frame.
        placed = ((points - (left, top) + 0.5) / step - 0.5).astype(np.float32)
        return _means(np.asarray(small, np.uint8), placed, iod / step)
    finally:
        small.fill(0)


def _window(
    shape: tuple[int, ...], points: Points, face: DetectedFace, iod: float
) -> tuple[int, int, int, int] | None:
    """The part of the frame with the head and what is beside and above it."""
    low, high = points.min(axis=0), points.max(axis=0)
    left = max(0, int(min(low[0], face.x) - 1.1 * iod))
    right = min(shape[1], int(max(high[0], face.x + face.width) + 1.1 * iod))
    top = max(0, int(low[1] - 0.8 * iod))
    bottom = min(shape[0], int(high[1] + 0.1 * iod))
    if right - left < iod or bottom - top < iod:
        return None
    return left, top, right, bottom


def _means(small: Crop, placed: Points, iod: float) -> FaceTones:
    linear = np.asarray(cv2.LUT(small, _LINEAR), np.float32)
    highest = cv2.max(cv2.max(small[..., 0], small[..., 1]), small[..., 2])
    usable = np.asarray(highest < _CLIPPED, np.uint8)
    try:
        return FaceTones(
            _masked_mean(linear, usable, _skin_mask(placed, usable.shape)),
            _masked_mean(linear, usable, _background_mask(placed, usable.shape, iod)),
            _patch_means(linear, usable, placed, iod),
        )
    finally:
        linear.fill(0)


def _masked_mean(linear: Linear, usable: Crop, mask: Crop) -> NDArray[np.float64]:
    wanted = cv2.countNonZero(mask)
    counted = cv2.bitwise_and(mask, usable)
    if wanted < 20 or cv2.countNonZero(counted) < _LEAST_SHARE * wanted:
        return np.full(3, np.nan)
    return np.array(cv2.mean(linear, counted)[2::-1], np.float64)


def _skin_mask(placed: Points, shape: tuple[int, ...]) -> Crop:
    mask = np.zeros(shape, np.uint8)
    oval = placed[list(_OVAL)]
    # A little inside the outline: no hair, no background.
    inner = oval.mean(axis=0) + 0.92 * (oval - oval.mean(axis=0))
    _fill(mask, inner, 1)
    for outline in (RIGHT_EYE, LEFT_EYE, _LIPS):
        _fill(mask, placed[list(outline)], 0)
    return mask


def _background_mask(placed: Points, shape: tuple[int, ...], iod: float) -> Crop:
    """Beside and above the head, down to the mouth: below are the clothes."""
    mask = np.ones(shape, np.uint8)
    oval = placed[list(_OVAL)]
    low, high = oval.min(axis=0), oval.max(axis=0)
    mouth = float(placed[list(_LIPS)][:, 1].mean())
    mask[max(0, round(mouth)) :] = 0
    # Hair and ears around the outline.
    columns = slice(max(0, round(float(low[0]) - 0.45 * iod)), max(0, round(high[0] + 0.45 * iod)))
    mask[max(0, round(float(low[1]) - 0.55 * iod)) :, columns] = 0
    return mask


def _patch_means(linear: Linear, usable: Crop, placed: Points, iod: float) -> NDArray[np.float64]:
    side = max(3, round(_PATCH_IOD * iod)) | 1
    # Left-out pixels count as zero in the sum and in the share it is divided by.
    weights = usable.astype(np.float32)
    kept = linear * weights[..., None]
    border = cv2.BORDER_CONSTANT
    sums = cv2.boxFilter(kept, -1, (side, side), borderType=border)
    share = cv2.boxFilter(weights, -1, (side, side), borderType=border)
    at = np.ascontiguousarray(placed[PATCH_POINTS][None], np.float32)
    across, down = np.ascontiguousarray(at[..., 0]), np.ascontiguousarray(at[..., 1])
    # Outside the crop both read zero.
    values = cv2.remap(sums, across, down, cv2.INTER_LINEAR, borderMode=border)[0]
    shares = cv2.remap(share, across, down, cv2.INTER_LINEAR, borderMode=border)[0]
    kept.fill(0)
    sums.fill(0)
    hidden = (shares < _LEAST_PATCH_SHARE) | _far_side(placed)
    means = values[:, ::-1].astype(np.float64) / np.maximum(shares, 1e-6)[:, None]
    means[hidden] = np.nan
    return np.asarray(means)


def _far_side(placed: Points) -> NDArray[np.bool_]:
    """Which patches a turned head hides: the outer ones of the side it turns to."""
    right, left, nose = placed[RIGHT_OUTER], placed[LEFT_OUTER], placed[1]
    axis = (left - right).astype(np.float64)
    yaw = float((nose - right) @ axis / max(float(axis @ axis), 1e-6)) - 0.5
    outward = PATCH_PLACES[:, 0] * np.sign(yaw)
    return np.asarray((outward > 0.1) & (abs(yaw) > _HIDDEN_YAW))


def _fill(mask: Crop, outline: Points, value: int) -> None:
    # Bounded, because the mesh may lie far outside the crop.
    bounded = np.clip(np.round(outline), -4096, 4096).astype(np.int32)
    cv2.fillPoly(mask, [bounded], value)
