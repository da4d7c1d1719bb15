"""The face lock: enough frontal, well-taken frames to know this face at rest.

It gives the other layers their baselines. Blind spot: it takes whatever face it is shown.
"""

import numpy as np

from drivers.pad.blink import EyeBaseline
from drivers.pad.measures import FaceMeasures
from drivers.pad.mouth import MouthBaseline
from drivers.pad.observation import Observation
from station.booth.messages import Guidance
from station.booth.pad_gates import PadGates
from station.model import LayerVerdict

NAME = "L1_FACE_LOCK"
_FRAMES = 8
_LEAST_S = 0.3
_KEPT = 30


class FaceLock:
    """Collects resting measures of one track."""

    def __init__(self, gates: PadGates, min_iod_px: float) -> None:
        self._gates = gates
        self._min_iod_px = min_iod_px
        self._kept: list[FaceMeasures] = []
        self._first_ns = 0
        self._span_s = 0.0

    @property
    def complete(self) -> bool:
        """Whether the baselines can be trusted."""
        return len(self._kept) >= _FRAMES and self._span_s >= _LEAST_S

    @property
    def fraction(self) -> float:
        """Progress, 0..1."""
        return min(1.0, len(self._kept) / _FRAMES)

    def observe(self, seen: Observation, measures: FaceMeasures) -> bool:
        """Take one frame in; whether it counts as a good frontal one."""
        good = (
            seen.guidance is Guidance.NONE
            and abs(measures.yaw_proxy) < self._gates.frontal_yaw
            and measures.iod_px >= self._min_iod_px
        )
        if good:
            if not self._kept:
                self._first_ns = seen.captured_at_ns
            self._kept = [*self._kept, measures][-_KEPT:]
            self._span_s = (seen.captured_at_ns - self._first_ns) / 1e9
        return good

    def eyes(self) -> EyeBaseline:
        """Open eyes at rest. Only after at least one good frame."""
        # The median forgives a blink during the lock.
        return EyeBaseline(self._median("ear_right"), self._median("ear_left"))

    def mouth(self) -> MouthBaseline:
        """Mouth and chin at rest. Only after at least one good frame."""
        return MouthBaseline(
            self._median("mar"), self._median("lip_opening"), self._median("chin_height")
        )

    def is_resting(self, measures: FaceMeasures) -> bool:
        """Whether the face is frontal again with open eyes and closed mouth."""
        eyes, gates = self.eyes(), self._gates
        return (
            abs(measures.yaw_proxy) < gates.frontal_yaw
            and measures.ear_right > gates.blink_open * eyes.ear_right * 0.9
            and measures.ear_left > gates.blink_open * eyes.ear_left * 0.9
            and measures.mar - self.mouth().mar < gates.neutral_mouth
        )

    def verdict(self) -> LayerVerdict:
        """Good frontal frames beside how many are needed."""
        return LayerVerdict(NAME, self.complete, float(len(self._kept)), float(_FRAMES))

    def _median(self, name: str) -> float:
        return float(np.median([getattr(m, name) for m in self._kept]))
