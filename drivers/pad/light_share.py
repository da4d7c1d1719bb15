"""L1: how much of the light on the face is the screen's own.

m = E_screen / (E_screen + E_room) = (I_white - I_black) / I_white (face.md A.3 L1), here from a
straight line through every evenly lit slot, colours included, so that a plan without WHITE and
BLACK has it too. Below the gate the other light layers cannot judge: too bright a room, or
something that does not answer to light. Never an attack by itself.

Blind spot: everything that reflects passes, and so does a picture that is relit in time.
"""

from dataclasses import dataclass

import numpy as np

from drivers.pad.light_answer import Array, SlotMeans
from drivers.pad.light_geometry import PATCH_POINTS
from station.booth.pad_gates import PadGates
from station.model import LayerVerdict

NAME = "L1_LIGHT"
_LEAST_SLOTS = 4
_LEAST_PATCHES = 10
_LEAST_CHANGE = 0.05


@dataclass(frozen=True, slots=True)
class ScreenShare:
    """m of a whole face and of its patches; NaN where it could not be measured."""

    face: float
    patches: Array
    """(p,)."""


NOT_MEASURED = ScreenShare(float("nan"), np.full(len(PATCH_POINTS), np.nan))


def screen_share(means: SlotMeans, emission: Array) -> ScreenShare:
    """Measure m; `emission` (n, 2, 3) is what the screen's halves gave in the slots of `means`."""
    even = np.abs(emission[:, 0] - emission[:, 1]).max(axis=1, initial=0.0) < 1e-6
    light, time_s = emission[even, 0], means.time_s[even]
    places = means.patches.shape[1]
    patches = [_share(means.patches[even, at], light, time_s) for at in range(places)]
    shares = np.array(patches)
    finite = shares[np.isfinite(shares)]
    if len(finite) >= _LEAST_PATCHES:
        # The median: a highlight on glass answers to the screen, but only where it is.
        return ScreenShare(float(np.median(finite)), shares)
    return ScreenShare(_share(means.face[even], light, time_s), shares)


def judge_share(share: ScreenShare, gates: PadGates) -> LayerVerdict:
    """L1's verdict: never an attack, judged wherever m could be measured."""
    if not np.isfinite(share.face):
        return LayerVerdict(NAME, False, 0.0, gates.modulation, judged=False)
    return LayerVerdict(NAME, share.face >= gates.modulation, share.face, gates.modulation)


def _share(seen: Array, light: Array, time_s: Array) -> float:
    """m of one place: `seen` and `light` (n, 3), least squares per channel."""
    valid = np.isfinite(seen).all(axis=1)
    if valid.sum() < _LEAST_SLOTS:
        return float("nan")
    drift = time_s[valid] - time_s[valid].mean()
    room, screen = 0.0, 0.0
    for channel in range(3):
        shone = light[valid, channel]
        if float(np.ptp(shone)) < _LEAST_CHANGE:
            # Every drawn colour has the same level of this one.
            continue
        design = np.column_stack((np.ones_like(shone), shone, drift))
        fitted = np.linalg.lstsq(design, seen[valid, channel], rcond=None)[0]
        room, screen = room + float(fitted[0]), screen + float(fitted[1])
    whole = room + screen
    return float(np.clip(screen / whole, -1.0, 1.0)) if whole > 1e-6 else float("nan")
