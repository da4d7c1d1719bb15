"""L4b: half of the screen lights a head's two sides differently, and its nose's too.

Per patch y = (I_left - I_right) / (half their sum) is brought to what the screen alone would give,
y' = y (2 - m) / (2 m), and b' is the least-squares slope of y' on the contrast x predicted for a
generic head (face.md A.3 L4b). Decided on the slope, never on the correlation: the near screen's
fall-off alone gives a sheet of paper the same left-right gradient (face.md A.5). For the same
reason that gradient is fitted beside x and taken out: what is left in x is a head's relief, which
neither a plane nor a cylinder has.

Blind spot: a mask or a head with relief; a picture relit with the right shading for each half.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.pad.light_answer import Array, LightAnswer, SlotMeans
from drivers.pad.light_geometry import MIDFACE, PATCH_PLACES, expected_contrast
from drivers.pad.light_share import ScreenShare
from station.booth.lights import Light
from station.booth.pad_gates import PadGates
from station.model import LayerVerdict

NAME = "L4_SHAPE"
FLAT_OR_BENT = "FLAT_OR_BENT"
_LEAST_PATCHES = 20
_LEAST_SHARE = 0.02
_MOST_ERROR = 0.20
_SIGNIFICANT = 3.0
"""Times its own error: a sheet in noise must not pass by luck."""
_OUTLIER = 3.5


@dataclass(frozen=True, slots=True)
class ShapeAnswer:
    """The normalised slope b' and its standard error; NaN where there was too little to fit."""

    slope: float
    error: float


def read_shape(answer: LightAnswer, means: SlotMeans, share: ScreenShare) -> ShapeAnswer:
    """Fit b' from the LEFT and RIGHT slots of `means`."""
    sides = [_side(answer, means, light) for light in (Light.LEFT, Light.RIGHT)]
    if sides[0] is None or sides[1] is None or not np.isfinite(share.face):
        return ShapeAnswer(float("nan"), float("nan"))
    left, right = sides[0], sides[1]
    middle = np.maximum((left + right) / 2, 1e-6)
    local = _smooth_share(share)
    y = (left - right) / middle * (2 - local) / (2 * local)
    return fit_slope(y)


def judge_shape(shape: ShapeAnswer, share: ScreenShare, gates: PadGates) -> LayerVerdict:
    """L4b's verdict; FLAT_OR_BENT where the slope is surely that of a sheet."""
    gate = gates.shape_slope
    if not np.isfinite(shape.slope) or not share.face >= gates.modulation:
        return LayerVerdict(NAME, False, 0.0, gate, judged=False)
    relief = shape.slope >= max(gate, _SIGNIFICANT * shape.error)
    sheet = shape.slope + shape.error <= gates.shape_flat and shape.error <= _MOST_ERROR
    judged = relief or shape.error <= _MOST_ERROR
    species = FLAT_OR_BENT if sheet else ""
    return LayerVerdict(NAME, relief, shape.slope, gate, judged=judged, species=species)


def fit_slope(y: Array) -> ShapeAnswer:
    """b' of `y` (p,): y' of every patch, NaN where hidden."""
    across = PATCH_PLACES[:, 0]
    design = np.column_stack((expected_contrast(), across, np.ones_like(across)))
    valid = np.isfinite(y) & MIDFACE
    if valid.sum() < _LEAST_PATCHES:
        return ShapeAnswer(float("nan"), float("nan"))
    fitted, rest = _fit(design, y, valid)
    # A strand of hair or a highlight over a patch is not the head's shape.
    spread = 1.48 * float(np.median(np.abs(rest[valid])))
    valid &= np.abs(np.nan_to_num(rest, nan=np.inf)) <= _OUTLIER * spread + 1e-9
    if valid.sum() < _LEAST_PATCHES:
        return ShapeAnswer(float("nan"), float("nan"))
    fitted, rest = _fit(design, y, valid)
    free = max(int(valid.sum()) - design.shape[1], 1)
    variance = float((rest[valid] ** 2).sum()) / free
    inverse = np.linalg.pinv(design[valid].T @ design[valid])
    return ShapeAnswer(float(fitted[0]), float(np.sqrt(variance * inverse[0, 0])))


def _fit(design: Array, y: Array, valid: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Coefficients over the valid patches, and the rest (p,) of all."""
    fitted = np.asarray(np.linalg.lstsq(design[valid], y[valid], rcond=None)[0])
    return fitted, np.asarray(y - design @ fitted)


def _side(answer: LightAnswer, means: SlotMeans, light: Light) -> Array | None:
    """(p,): level of every patch under one half; None where no such slot was seen."""
    chosen: NDArray[np.bool_] = np.array(
        [answer.lights[at] is light for at in means.index], np.bool_
    )
    if not chosen.any():
        return None
    return np.asarray(means.patches[chosen].sum(axis=2).mean(axis=0))


def _smooth_share(share: ScreenShare) -> Array:
    """(p,): m over the face as a smooth surface, so that one patch's noise does not count."""
    x, y = PATCH_PLACES[:, 0], PATCH_PLACES[:, 1]
    valid = np.isfinite(share.patches)
    if valid.sum() < _LEAST_PATCHES:
        return np.full(len(x), max(share.face, _LEAST_SHARE))
    design = np.column_stack((np.ones_like(x), x, y, x * x, y * y))
    fitted = np.linalg.lstsq(design[valid], share.patches[valid], rcond=None)[0]
    return np.clip(design @ fitted, _LEAST_SHARE, 1.0)
