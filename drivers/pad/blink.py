"""L2, blink: both eyes close for at least two frames and open again.

Blind spot: a hand-held photo makes short false dips, and any animated face blinks; this is why a
plan never consists of blinks alone. Spontaneous blinks are human and never count as a wrong
action.
"""

from dataclasses import dataclass

from drivers.pad.measures import FaceMeasures
from station.booth.pad_gates import PadGates


@dataclass(frozen=True, slots=True)
class EyeBaseline:
    """The subject's own open eyes, medians of the face lock."""

    ear_right: float
    ear_left: float


class BlinkWatch:
    """Judges one blink prompt; times are seconds after the prompt was painted."""

    def __init__(self, baseline: EyeBaseline, gates: PadGates, earliest_s: float) -> None:
        self._baseline = baseline
        self._gates = gates
        self._earliest_s = earliest_s
        self._closed_frames = 0
        self._closed_from_s = 0.0
        self._closed_until_s = 0.0
        self.done = False

    @property
    def fraction(self) -> float:
        """Evidence so far, 0..1."""
        return 1.0 if self.done else min(self._closed_frames, 2) * 0.4

    def observe(self, time_s: float, measures: FaceMeasures) -> None:
        """Take one frame in."""
        gates = self._gates
        if min(self._baseline.ear_right, self._baseline.ear_left) < gates.least_baseline_ear:
            return
        ratios = (
            measures.ear_right / self._baseline.ear_right,
            measures.ear_left / self._baseline.ear_left,
        )
        if abs(measures.yaw_proxy) >= gates.frontal_yaw:
            self._closed_frames = 0
        elif max(ratios) <= gates.blink_closed:
            if not self._closed_frames:
                self._closed_from_s = time_s
            self._closed_frames += 1
            self._closed_until_s = time_s
        elif self._closed_frames and min(ratios) > gates.blink_open:
            self.done = self.done or self._is_blink(time_s)
            self._closed_frames = 0
        elif time_s - self._closed_until_s > gates.blink_return_s:
            self._closed_frames = 0

    def _is_blink(self, opened_s: float) -> bool:
        return (
            self._closed_frames >= 2
            and self._closed_from_s >= self._earliest_s
            and self._closed_until_s - self._closed_from_s <= self._gates.blink_max_closed_s
            and opened_s - self._closed_until_s <= self._gates.blink_return_s
        )
