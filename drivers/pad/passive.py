"""L7: the slot for a passive network, averaged over frontal frames.

No network that reaches a user's machine is good enough to be trusted alone (face.md C.5), so the
slot is empty as delivered, and says so. A site may fill it; then its score is one weak cue, and it
counts only from a threshold found on the site's own camera. Blind spot: every domain the network
was not trained on.
"""

import numpy as np

from drivers.pad.observation import Observation
from station.booth.pad_gates import PadGates
from station.model import LayerVerdict

NAME = "L7_PASSIVE"
_LEAST_FRAMES = 5


class PassiveTally:
    """Mean attack score of the frames that carry one."""

    def __init__(self, gates: PadGates) -> None:
        self._gates = gates
        self._scores: list[float] = []

    def observe(self, seen: Observation) -> None:
        """Take one frame in."""
        if seen.passive is not None:
            self._scores.append(seen.passive)

    def verdict(self) -> LayerVerdict:
        """The mean score beside the gate; not judged while the slot is empty."""
        gate = self._gates.cue_sum
        if len(self._scores) < _LEAST_FRAMES:
            return LayerVerdict(NAME, True, 0.0, gate, judged=False)
        score = float(np.mean(self._scores))
        return LayerVerdict(NAME, score < gate, score, gate)
