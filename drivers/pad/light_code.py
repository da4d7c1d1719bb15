"""L4a: the face's colours follow the code that the screen shows now.

rho = correlation of the face's colours with the emitted ones, over slots and channels, at the best
lag of 0 to 200 ms (face.md A.3 L4a). Each channel is measured in shares of its own mean on the
face, which takes skin colour and white balance out. The background is *not* taken off: the camera's
automatics are locked meanwhile, and the noise of a bright wall buries the answer of dark skin.

Blind spot: paper and masks reflect like skin and pass; so does a live reenactment that relights
its picture within 200 ms.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.pad.light_answer import LAGS_S, LEAST_SHARE, USUAL_LAG_S, Array, LightAnswer, SlotMeans
from station.booth.lights import COLOURS
from station.booth.pad_gates import PadGates
from station.model import LayerVerdict

NAME = "L4_CODE"
REPLAY = "REPLAY"
_LEAST_SLOTS = 4
_LEAST_PATCHES = 10
_TRUSTED = 0.5
_ALIKE = 0.01


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """How well the code came back."""

    correlation: float
    """rho at the best lag; NaN with too few slots."""
    lag_s: float
    """The best lag, or the usual one where the code did not come back."""
    coloured: float
    """Modulation by coloured light of *any* order, on the scale of m."""


def read_code(answer: LightAnswer) -> CodeAnswer:
    """Correlate the colour slots of `answer` with the plan."""
    slots = [at for at, light in enumerate(answer.lights) if light in COLOURS]
    tried: list[tuple[float, float, float]] = []
    for lag_s in LAGS_S:
        means = answer.means(lag_s)
        chosen = np.isin(means.index, slots)
        if chosen.sum() < max(_LEAST_SLOTS, LEAST_SHARE * len(slots)):
            continue
        code = answer.emission(means.index[chosen]).mean(axis=1)
        seen = _shares(means, chosen)
        tried.append((correlation(code, seen), lag_s, _coloured(code, seen)))
    if not tried:
        return CodeAnswer(float("nan"), USUAL_LAG_S, 0.0)
    best, coloured = max(rho for rho, *_ in tried), max(hue for *_, hue in tried)
    # Several lags fit alike where frames are few; the middle one is furthest from the changes.
    alike = [lag_s for rho, lag_s, _ in tried if rho >= best - _ALIKE]
    lag_s = sum(alike) / len(alike) if best >= _TRUSTED else USUAL_LAG_S
    return CodeAnswer(best, lag_s, coloured)


def judge_code(code: CodeAnswer, gates: PadGates) -> LayerVerdict:
    """L4a's verdict; REPLAY where coloured light came back clearly, but another code's."""
    gate = gates.code_correlation
    if not np.isfinite(code.correlation):
        return LayerVerdict(NAME, False, 0.0, gate, judged=False)
    lit = code.coloured >= gates.modulation
    foreign = lit and code.correlation < gates.code_foreign
    passed = code.correlation >= gate
    return LayerVerdict(NAME, passed, code.correlation, gate, species=REPLAY if foreign else "")


def correlation(code: Array, seen: Array) -> float:
    """rho of face.md A.3 L4a over (n, 3) arrays, each channel about its own mean."""
    code, seen = code - code.mean(axis=0), seen - seen.mean(axis=0)
    size = float(np.sqrt((code**2).sum() * (seen**2).sum()))
    return float((code * seen).sum()) / size if size > 1e-12 else 0.0


def _shares(means: SlotMeans, chosen: NDArray[np.bool_]) -> Array:
    """(n, 3): the face's colours in shares of their own mean over the slots, per channel."""
    patches = means.patches[chosen]
    whole = np.isfinite(patches).all(axis=(0, 2))
    if whole.sum() < _LEAST_PATCHES:
        return np.asarray(means.face[chosen] / np.maximum(means.face[chosen].mean(axis=0), 1e-6))
    # Only patches that were never clipped: the mean of what is left of a face that is clipped in
    # some slots follows the clipping, not the light.
    kept = patches[:, whole]
    return np.asarray(np.median(kept / np.maximum(kept.mean(axis=0), 1e-6), axis=1))


def _coloured(code: Array, seen: Array) -> float:
    """m that would explain the changes of hue alone: exposure and movement make none."""
    hue = seen - seen.mean(axis=1, keepdims=True)
    given = code - code.mean(axis=1, keepdims=True)
    spread = float(np.sqrt(((given - given.mean(axis=0)) ** 2).sum()))
    slope = float(np.sqrt(((hue - hue.mean(axis=0)) ** 2).sum())) / max(spread, 1e-9)
    level = float(code.mean())
    return slope / (1.0 + slope * (1.0 - level))
