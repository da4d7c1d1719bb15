"""L7: the slot for a passive network, averaged over frontal frames.

No network that reaches a user's machine is good enough to be trusted alone (face.md C.5), so the
slot is empty as delivered, and says so. A site may fill it; then its score is one weak cue: it
counts only from a threshold found on the site's own camera, and never enough to refuse alone under
the shipped policy. Blind spot: every domain the network was not trained on.
"""

import numpy as np

from drivers.pad.observation import Observation
from station.booth.pad_gates import PadGates
from station.model import LayerVerdict

NAME = "L7_PASSIVE"
LEAST_FRAMES = 5
_MOST = 0.9
"""Less than the shipped sum of weak cues: the most certain network is no more than a cue."""


class PassiveTally:
    """Mean attack score of the frames that carry one."""

    def __init__(self, gates: PadGates) -> None:
        self._gates = gates
        self._scores: list[float] = []
        self._gate = gates.cue_sum

    def observe(self, seen: Observation) -> None:
        """Take one frame in."""
        if seen.passive is not None:
            self._scores.append(seen.passive.score)
            self._gate = seen.passive.gate

    def verdict(self) -> LayerVerdict:
        """The mean score beside its gate; not judged while the slot is empty."""
        if len(self._scores) < LEAST_FRAMES:
            return LayerVerdict(NAME, True, 0.0, self._gate, judged=False)
        score = float(np.mean(self._scores))
        return LayerVerdict(NAME, score < self._gate, score, self._gate)


def weight(word: LayerVerdict) -> float:
    """What the network's word adds to the sum of the weak cues: nothing below its gate."""
    return 0.0 if word.passed else min(word.measure, _MOST)
