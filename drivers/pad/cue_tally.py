"""L6: weak cues of a screen or a print, summed over the attempt.

No cue refuses anybody alone: each counts for half of the gate at most. Blind spot: a defocused,
high-density or large display whose edge stays out of the picture, and a matt, well printed photo.
"""

import numpy as np

from drivers.pad.observation import Observation
from station.booth.pad_gates import PadGates
from station.model import LayerVerdict

NAME = "L6_CUES"
_SHARE = 0.5
_LEAST_FRAMES = 4


class CueTally:
    """Collects the cues of all frames that carry them."""

    def __init__(self, gates: PadGates) -> None:
        self._gates = gates
        self._seen: list[tuple[float, float]] = []

    def observe(self, seen: Observation) -> None:
        """Take one frame in."""
        if seen.cues is not None:
            self._seen.append((seen.cues.moire, seen.cues.bezel))

    def verdict(self) -> LayerVerdict:
        """Sum of the cues' medians, each at most half of the gate, beside the gate."""
        gate = self._gates.cue_sum
        if len(self._seen) < _LEAST_FRAMES:
            return LayerVerdict(NAME, True, 0.0, gate, judged=False)
        shares = np.clip(np.median(self._seen, axis=0), 0.0, 1.0) * _SHARE * gate
        total = float(shares.sum())
        return LayerVerdict(NAME, total < gate, total, gate)
