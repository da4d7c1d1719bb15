"""L2, mouth: the lips part and the chin drops with them.

Blind spot: a live jaw behind a mask that ends above the chin, and any animated face. What it
stops is a rigid paper chin with a mouth hole.
"""

from dataclasses import dataclass

from drivers.pad.measures import FaceMeasures
from station.booth.pad_gates import PadGates


@dataclass(frozen=True, slots=True)
class MouthBaseline:
    """The subject's own resting mouth, medians of the face lock."""

    mar: float
    lip_opening: float
    chin_height: float


class MouthWatch:
    """Judges one mouth prompt."""

    def __init__(self, baseline: MouthBaseline, gates: PadGates) -> None:
        self._baseline = baseline
        self._gates = gates
        self._frames = 0
        self.fraction = 0.0
        """Evidence so far, 0..1."""
        self.done = False

    def observe(self, measures: FaceMeasures) -> None:
        """Take one frame in."""
        opening = measures.lip_opening - self._baseline.lip_opening
        drop = measures.chin_height - self._baseline.chin_height
        if (
            is_mouth_open(measures, self._baseline, self._gates)
            and abs(measures.yaw_proxy) < self._gates.turn_onset_yaw
            and drop >= self._gates.chin_share * opening
        ):
            self._frames += 1
        self.done = self._frames >= 2
        growth = (measures.mar - self._baseline.mar) / self._gates.mouth_opening
        self.fraction = 1.0 if self.done else max(self.fraction, min(0.9, max(0.0, growth)))


def is_mouth_open(measures: FaceMeasures, baseline: MouthBaseline, gates: PadGates) -> bool:
    """Whether the mouth aspect ratio grew past the gate, chin or no chin."""
    return measures.mar - baseline.mar >= gates.mouth_opening
