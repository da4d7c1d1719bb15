"""L2, turn: the nose leaves the middle of the eyes to the side that was asked for.

Blind spot: a replayed or animated head turns as well; a strongly tilted photo reaches the onset
but hardly the full turn (face.md A.5).
"""

from drivers.pad.measures import FaceMeasures
from station.booth.messages import Action
from station.booth.pad_gates import PadGates


class TurnWatch:
    """Judges one turn prompt."""

    def __init__(self, action: Action, gates: PadGates) -> None:
        self._sign = 1.0 if action is Action.TURN_LEFT else -1.0
        self._gates = gates
        self._onset_frames = 0
        self._reached_frames = 0
        self.fraction = 0.0
        """Evidence so far, 0..1."""
        self.done = False

    def observe(self, measures: FaceMeasures) -> None:
        """Take one frame in."""
        yaw = measures.yaw_proxy * self._sign
        self._onset_frames += yaw >= self._gates.turn_onset_yaw
        self._reached_frames += yaw >= self._gates.turn_reached_yaw
        self.done = self._onset_frames >= 3 and self._reached_frames >= 2
        share = min(0.95, max(0.0, yaw / self._gates.turn_reached_yaw))
        self.fraction = 1.0 if self.done else max(self.fraction, share)

    def is_opposite(self, measures: FaceMeasures) -> bool:
        """Whether the head turns to the other side."""
        return -measures.yaw_proxy * self._sign >= self._gates.turn_reached_yaw
