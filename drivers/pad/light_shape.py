"""L4b: half of the screen lights a head's two sides differently, and its nose's too.

Per patch y = (I_left - I_right) / (half their sum), brought to what the screen alone would give,
y' = y (2 - m) / (2 m) with the patch's own m (face.md A.3 L4b). From y' and m follows the light
that a patch gets from the half of the screen on the other side of the face; its -ln is fitted with
what a generic head predicts, and the slope b' of that is about 1 on a head. Decided on the slope,
never on the correlation: the near screen's fall-off gives a sheet of paper the same left-right
gradient as a head (face.md A.5). So everything that a flat or bent sheet may answer is fitted
beside the prediction and taken out: any course across the face and a smooth one along it. What
stays is relief, above all the nose between forehead and chin; b' of a sheet is about 0. The far
half, because a glossy sheet's highlights come from the near one and look like a nose's flanks.

Blind spot: a mask or a head with relief; a picture relit with the right shading for each half.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.pad.light_answer import Array, LightAnswer, SlotMeans
from drivers.pad.light_geometry import PATCH_COLUMNS, PATCH_PLACES, expected_darkness
from drivers.pad.light_share import ScreenShare
from station.booth.lights import Light
from station.booth.pad_gates import PadGates
from station.model import LayerVerdict

NAME = "L4_SHAPE"
FLAT_OR_BENT = "FLAT_OR_BENT"
_LEAST_PATCHES = 20
_LEAST_SHARE = 0.02
_LEAST_FAR = 0.05
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
    local = np.clip(share.patches, _LEAST_SHARE, 1 - _LEAST_SHARE)
    contrast = (left - right) / middle * (2 - local) / (2 * local)
    far = np.clip(1 - np.sign(PATCH_PLACES[:, 0]) * contrast, _LEAST_FAR, None)
    return fit_slope(-np.log(local / (1 - local) * far))


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
    """b' of `y` (p,): -ln of the far half's light over the room's, NaN where hidden."""
    design = np.column_stack((expected_darkness(), *_sheets()))
    valid = np.isfinite(y)
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


def _sheets() -> list[Array]:
    """(p,) each: what any sheet bent about an upright axis may answer, and light from aside."""
    x, y = PATCH_PLACES[:, 0], PATCH_PLACES[:, 1]
    columns = [
        np.equal(PATCH_COLUMNS, at).astype(np.float64) for at in range(PATCH_COLUMNS.max() + 1)
    ]
    return [*columns, np.abs(x), x, np.sign(x), y, y * y]


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
