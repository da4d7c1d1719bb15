"""Light, colour and sharpness of a face, read at fixed patches of the mesh.

The face is first brought to one size (64 px between the outer eye corners, eyes level), so that no
measure depends on how far away the subject stands.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from station.booth.ports import BgrImage, Points

SIDE_PX = 128
IOD_PX = 64.0
_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
_RIGHT_CHEEK = (116, 117, 118, 101, 36, 205, 187, 123)
_LEFT_CHEEK = (345, 346, 347, 330, 266, 425, 411, 352)
# Between the brows and the bridge of the nose: what a mask leaves free and hair seldom reaches. The
# forehead is no use: fringes cover it, and hair takes its place when the head nods.
_UPPER_FACE = (9, 107, 336, 55, 285, 8, 193, 417, 168, 122, 351, 6)
_LOWER_FACE = (205, 425, 436, 434, 430, 431, 262, 428, 199, 208, 32, 211, 210, 214, 216)
_EDGE = np.ones((5, 5), np.uint8)

Patch = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FacePatches:
    """What one face's pixels say. Brightness is luma, 0..255."""

    mean_luma: float
    blown_share: float
    """Share of face pixels at 250 or more."""
    side_ratio: float
    """Darker cheek over brighter cheek, 0..1."""
    sharpness: float
    """Variance of the Laplacian over variance of the luma."""
    chroma_step: float
    """Distance of the Cr/Cb medians of the lower and the upper face, 0..255 scale."""
    luma_step: float
    """Median luma of the lower face over that of the upper."""


def read_patches(bgr: BgrImage, points: Points) -> FacePatches:
    """Read the patches of the face with these 478 points; its normalised copy is wiped."""
    to_face = _transform(points)
    face = np.asarray(
        cv2.warpAffine(bgr, to_face, (SIDE_PX, SIDE_PX), flags=cv2.INTER_AREA), np.uint8
    )
    try:
        ycrcb = cv2.cvtColor(face, cv2.COLOR_BGR2YCrCb).astype(np.float32)
    finally:
        face.fill(0)
    try:
        placed = points @ to_face[:, :2].T + to_face[:, 2]
        return _measure(ycrcb, placed)
    finally:
        ycrcb.fill(0)


def _measure(ycrcb: NDArray[np.float32], placed: NDArray[np.float64]) -> FacePatches:
    luma = ycrcb[..., 0]
    oval = _patch(placed, _OVAL)
    # The oval's own outline is an edge that says nothing about focus.
    inner = cv2.erode(oval.astype(np.uint8), _EDGE).astype(np.bool_)
    right, left = _patch(placed, _RIGHT_CHEEK), _patch(placed, _LEFT_CHEEK)
    upper = ycrcb[_patch(placed, _UPPER_FACE)]
    lower = ycrcb[_patch(placed, _LOWER_FACE)]
    if not inner.any() or not len(upper) or not len(lower):
        return FacePatches(0.0, 0.0, 0.0, 0.0, 0.0, 1.0)  # No face of any area: reads as dark.
    cheeks = sorted((_mean(luma[right]), _mean(luma[left])))
    upper_median, lower_median = np.median(upper, axis=0), np.median(lower, axis=0)
    laplacian = np.asarray(cv2.Laplacian(luma, cv2.CV_32F), np.float32)
    return FacePatches(
        mean_luma=_mean(luma[inner]),
        blown_share=float(np.mean(luma[inner] >= 250)),
        side_ratio=cheeks[0] / max(cheeks[1], 1.0),
        sharpness=float(laplacian[inner].var()) / max(float(luma[inner].var()), 1.0),
        chroma_step=float(np.linalg.norm(upper_median[1:] - lower_median[1:])),
        luma_step=float(lower_median[0]) / max(float(upper_median[0]), 1.0),
    )


def _mean(values: NDArray[np.float32]) -> float:
    return float(values.mean()) if values.size else 0.0


def _transform(points: Points) -> NDArray[np.float64]:
    """The 2x3 affine from the frame to the normalised face."""
    across = points[263].astype(np.float64) - points[33]
    iod = max(float(np.linalg.norm(across)), 1e-3)
    cosine, sine = IOD_PX * across / iod**2
    centre_x, centre_y = points[list(_OVAL)].mean(axis=0)
    half = SIDE_PX / 2
    return np.array(
        [
            [cosine, sine, half - cosine * centre_x - sine * centre_y],
            [-sine, cosine, half + sine * centre_x - cosine * centre_y],
        ]
    )


def _patch(placed: NDArray[np.float64], indices: tuple[int, ...]) -> Patch:
    mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    # Far-off points of a nonsense mesh must not overflow the polygon filler.
    corners = np.clip(placed[list(indices)], -SIDE_PX, 2 * SIDE_PX).astype(np.int32)
    cv2.fillConvexPoly(mask, cv2.convexHull(corners), 1)
    return mask.astype(np.bool_)
