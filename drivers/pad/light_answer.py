"""What came back while each light of the plan stood: one mean per slot, from its settled frames.

Between the desk's word that a light is painted and the frame that shows it lie the display and the
camera, together 0 to 200 ms; whoever asks for means says which lag to assume.

Blind spot: it only averages. Whether the answer is a face's is for the judges of L1 and L4.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.pad.light_geometry import PATCH_POINTS
from drivers.pad.observation import FaceTones
from station.booth.lights import Light, emitted

Array = NDArray[np.float64]

LAGS_S = tuple(0.02 * step for step in range(11))
"""0 .. 200 ms (face.md A.3 L4a)."""
USUAL_LAG_S = 0.1
LEAST_SHARE = 0.75
"""Of the slots that must have settled frames before anything is judged."""
_SETTLE_S = 0.06
"""One exposure and the screen's own switching, after the lag."""
_TAIL_S = 0.1
"""So long after the lights are off their last one may still be seen."""
_MAX_FRAMES = 2000


@dataclass(frozen=True, slots=True)
class SlotMeans:
    """Mean linear colours of the slots that had settled frames; n slots, p patches."""

    index: NDArray[np.intp]
    """(n,): which lights of the plan."""
    time_s: Array
    """(n,): mean capture time, from the first light on."""
    face: Array
    """(n, 3)."""
    background: Array
    """(n, 3)."""
    patches: Array
    """(n, p, 3)."""


class LightAnswer:
    """Collects one attempt's frames against the times its lights were painted."""

    def __init__(self, lights: tuple[Light, ...], slot_s: float) -> None:
        self.lights = lights
        self._slot_s = slot_s
        self._shown_s: dict[int, float] = {}
        self._start_ns = 0
        self._times_s: list[float] = []
        self._frames: list[FaceTones] = []

    @property
    def complete(self) -> bool:
        """Whether the lights are off and the last one can no longer be seen."""
        off_s = self._shown_s.get(len(self.lights))
        return off_s is not None and bool(self._times_s) and self._times_s[-1] >= off_s + _TAIL_S

    def shown(self, index: int, shown_at_ns: int) -> None:
        """The desk painted light `index`; the number of lights means: lights off.

        Raises `ValueError` for another index than the next one or a time that does not rise.
        """
        if index != len(self._shown_s) or index > len(self.lights):
            raise ValueError("lights are shown one after another")
        if not self._shown_s:
            self._start_ns = shown_at_ns
        time_s = (shown_at_ns - self._start_ns) / 1e9
        if index and time_s <= self._shown_s[index - 1]:
            raise ValueError("a light was shown before its predecessor")
        self._shown_s[index] = time_s

    def observe(self, captured_at_ns: int, tones: FaceTones | None) -> None:
        """Take one frame in; None: no usable face. Frames before the first light do not count."""
        if not self._shown_s or captured_at_ns < self._start_ns:
            return
        time_s = (captured_at_ns - self._start_ns) / 1e9
        if self._times_s and time_s <= self._times_s[-1]:
            return
        self._times_s.append(time_s)
        self._frames.append(tones if tones is not None else _NOTHING)
        if len(self._frames) > _MAX_FRAMES:
            del self._frames[0], self._times_s[0]

    def means(self, lag_s: float) -> SlotMeans:
        """Means of all slots, if the picture is `lag_s` behind the word of the desk."""
        times = np.array(self._times_s)
        kept: list[tuple[int, float, Array, Array, Array]] = []
        for index in range(len(self.lights)):
            chosen = np.flatnonzero(self._settled(times, index, lag_s))
            frames = [self._frames[at] for at in chosen]
            face = _mean([frame.face for frame in frames], 3)
            if not np.isfinite(face).all():
                continue
            background = _mean([frame.background for frame in frames], 3)
            patches = _mean([frame.patches.ravel() for frame in frames], 3 * len(PATCH_POINTS))
            shaped = patches.reshape(-1, 3)
            kept.append((index, float(times[chosen].mean()), face, background, shaped))
        return SlotMeans(
            np.array([row[0] for row in kept], np.intp),
            np.array([row[1] for row in kept]),
            np.array([row[2] for row in kept]).reshape(-1, 3),
            np.array([row[3] for row in kept]).reshape(-1, 3),
            np.array([row[4] for row in kept]).reshape(-1, len(PATCH_POINTS), 3),
        )

    def emission(self, index: NDArray[np.intp]) -> Array:
        """(n, 2, 3): linear light of the left and right half in the slots `index`."""
        return np.array([emitted(self.lights[at]) for at in index]).reshape(-1, 2, 3)

    def _settled(self, times: Array, index: int, lag_s: float) -> NDArray[np.bool_]:
        shown_s = self._shown_s.get(index)
        if shown_s is None:
            return np.zeros(len(times), np.bool_)
        end_s = self._shown_s.get(index + 1, shown_s + self._slot_s)
        seen_s = times - lag_s
        return np.asarray((seen_s >= shown_s + _SETTLE_S) & (seen_s <= end_s))


def _mean(rows: list[Array], width: int) -> Array:
    """Mean over the rows that are not NaN, per column; NaN where there is none."""
    if not rows:
        return np.full(width, np.nan)
    stack = np.stack(rows)
    valid = np.isfinite(stack)
    counts = valid.sum(axis=0)
    sums = np.where(valid, stack, 0.0).sum(axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


_NOTHING = FaceTones(
    np.full(3, np.nan), np.full(3, np.nan), np.full((len(PATCH_POINTS), 3), np.nan)
)
