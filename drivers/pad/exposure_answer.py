"""L0: the pinned camera answers a change of exposure as only the device itself can.

At moments of the plan the booth asks the camera for less exposure and looks for the darker
pictures, then for their return. Blind spot: a grabber or emulator that implements the controls, and
a camera without such a control, of which this layer says that it could not judge.
"""

from collections import deque

import numpy as np

from drivers.pad.observation import Observation
from station.booth.pad_gates import PadGates
from station.model import LayerVerdict

NAME = "L0_EXPOSURE"
DIMMED = 0.6
"""Factor asked for: plain in the mean level, hardly visible in three frames."""
INJECTED = "INJECTED_STREAM"
_DIM_S, _RETURN_S = 0.30, 0.50
_BASE_S = 0.30
_LEAST_BASE = 3


class ExposureAnswer:
    """Runs the challenges of one attempt and keeps every answer."""

    def __init__(self, gates: PadGates, response: float = 0.0) -> None:
        """`response`: what this camera's mean level fell to when it was pinned (linear light).

        0 means that it was never measured: then an answer is hoped for, but not required.
        """
        self._gates = gates
        self._expected = response or DIMMED
        self._required = response > 0
        self._recent: deque[tuple[int, float]] = deque(maxlen=60)
        self._base = 0.0
        self._began_ns = 0
        self._lowest = 1.0
        self._returned = self._dim_over = False
        self.busy = False
        """A challenge is going on: nothing else should be asked of the subject."""
        self._supported: bool | None = None
        self._ratios: list[float] = []
        self._no_return = False

    @property
    def factor(self) -> float:
        """What the camera should be asked for now."""
        return DIMMED if self.busy and not self._dim_over else 1.0

    @property
    def answers(self) -> tuple[float, ...]:
        """How far the level fell at each challenge, over the level before it."""
        return tuple(self._ratios)

    @property
    def unsupported(self) -> bool:
        """The camera was asked and has no such control."""
        return self._supported is False

    @property
    def came_back(self) -> bool:
        """After every challenge the level was again what it had been."""
        return not self._no_return

    def begin(self, now_ns: int) -> None:
        """A challenge of the plan is due."""
        levels = [level for at, level in self._recent if at > now_ns - _BASE_S * 1e9]
        if self._supported is False or len(levels) < _LEAST_BASE:
            return
        self._base = max(float(np.median(levels)), 1e-6)
        self._began_ns, self._lowest, self._returned = now_ns, 1.0, False
        self._dim_over = False
        self.busy = True

    def observe(self, seen: Observation) -> None:
        """Take one frame in."""
        if seen.level is None:
            return
        self._recent.append((seen.captured_at_ns, seen.level))
        if not self.busy:
            return
        passed_s = (seen.captured_at_ns - self._began_ns) / 1e9
        if seen.exposure is None and passed_s > 0.1:
            self._supported, self.busy = False, False
            return
        ratio = seen.level / self._base
        self._lowest = min(self._lowest, ratio)
        self._dim_over = passed_s >= _DIM_S
        if self._dim_over:
            self._returned = abs(ratio - 1.0) <= self._gates.exposure_tolerance / 2
        settled = self._returned and passed_s > _DIM_S + 0.1
        if settled or passed_s > _DIM_S + _RETURN_S:
            self._supported = True
            self._ratios.append(self._lowest)
            self._no_return = self._no_return or not self._returned
            self.busy = False

    def verdict(self) -> LayerVerdict:
        """Worst relative deviation from the camera's own answer beside what is allowed."""
        gate = self._gates.exposure_tolerance
        if not self._ratios:
            return LayerVerdict(NAME, not self._required, 0.0, gate, judged=self._required)
        deviations = [abs(ratio / self._expected - 1.0) for ratio in self._ratios]
        worst = max(deviations)
        passed = worst <= gate and not self._no_return
        # No answer to any challenge, though the device said it can: not this device's pictures.
        silent = len(self._ratios) >= 2 and min(self._ratios) > (1.0 + self._expected) / 2
        return LayerVerdict(NAME, passed, worst, gate, species=INJECTED if silent else "")
