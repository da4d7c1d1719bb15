"""L5: one and the same face from the lock to the end, and it is the one that is compared.

A head turned far aside or bent down looks like somebody else to the matcher, so only frames near
the frontal pose are evidence of a swap. What a turn hides is asked for afterwards: after every part
of the plan the face at rest must be the same one again.

Blind spot: a morph that stays near the visit's centre from frame to frame, and a replay, which is
the same person throughout (face.md A.5: real against replay .72).
"""

import numpy as np

from drivers.pad.measures import overlap
from station.booth.pad_gates import PadGates
from station.booth.ports import DetectedFace, FeatureVector
from station.model import LayerVerdict

IDENTITY = "L5_IDENTITY"
TRACK = "L5_TRACK"
SWAP = "FACE_SWAP"
_MAX_ACCEPTED = 32
_STALL_S = 1.0
"""A pause without any frame is the machine's, not the subject's, up to here."""


class IdentityContinuity:
    """Cosine of every feature of the visit to the centre of those already accepted."""

    def __init__(self, gates: PadGates) -> None:
        self._gates = gates
        self._sum: FeatureVector | None = None
        self._outliers = 0
        self.least_margin = 1.0
        self._least = (1.0, gates.continuity_frontal)
        self.jumped = False
        self._unlike_facing = 0
        self.doubted = False
        """Two frames in a row were of another identity where no turn was asked for."""
        self.confirmed = False
        """Whether the face at rest was seen to be the same since `await_confirmation`."""
        self.accepted: list[FeatureVector] = []
        """Features of frontal, resting frames that passed: what the compare uses."""

    def await_confirmation(self) -> None:
        """A part of the plan is over: the same face must be seen again."""
        self.confirmed = False

    def observe(
        self,
        feature: FeatureVector,
        *,
        frontal: bool,
        resting: bool,
        averted: bool = False,
        facing: bool = False,
    ) -> None:
        """Take one feature in.

        `resting`: eyes open and mouth closed, so it may be compared. `averted`: turned or bent so
        far from the frontal pose that another identity proves nothing. `facing`: this part of the
        plan asks for no turn; a mesh that only seems bent, because it is another person's, must
        not excuse another identity there. That makes the visit doubtful, it accuses nobody.
        """
        if self._sum is not None:
            centre = self._sum / max(float(np.linalg.norm(self._sum)), 1e-9)
            cosine = float(feature @ centre)
            strict = frontal and resting
            gate = self._gates.continuity_frontal if strict else self._gates.continuity_turned
            if cosine - gate < self.least_margin and not averted:
                self.least_margin, self._least = cosine - gate, (cosine, gate)
            self._unlike_facing = self._unlike_facing + 1 if facing and cosine < gate else 0
            self.doubted = self.doubted or self._unlike_facing >= 2
            if cosine < gate and averted:
                return
            if cosine < gate:
                # One blurred frame is no swap; two in a row are.
                self._outliers += 1
                self.jumped = self.jumped or self._outliers >= 2
                return
        self._outliers = 0
        if frontal and resting:
            self.confirmed = True
            self._sum = feature.copy() if self._sum is None else self._sum + feature
            if len(self.accepted) < _MAX_ACCEPTED:
                self.accepted.append(feature)

    def verdict(self) -> LayerVerdict:
        """The cosine that came nearest to (or furthest below) its gate."""
        measure, gate = self._least
        passed = not self.jumped and not self.doubted and bool(self.accepted)
        return LayerVerdict(IDENTITY, passed, measure, gate, species=SWAP if self.jumped else "")


class Track:
    """Whether the face was followed without a gap."""

    def __init__(self, gates: PadGates) -> None:
        self._gates = gates
        self._last: tuple[int, DetectedFace] | None = None
        self._missing = False
        self.longest_gap_s = 0.0
        self.lost = False

    def observe(self, captured_at_ns: int, face: DetectedFace | None) -> None:
        """Take one frame in; `face` is None where not exactly one face is visible."""
        if self._last is None:
            if face is not None:
                self._last = (captured_at_ns, face)
            return
        gap_s = (captured_at_ns - self._last[0]) / 1e9
        self._missing = self._missing or face is None
        if self._missing:
            self.longest_gap_s = max(self.longest_gap_s, gap_s)
        limit_s = self._gates.track_gap_s if self._missing else _STALL_S
        self.lost = self.lost or gap_s > limit_s
        if face is not None:
            jumped = gap_s <= limit_s and overlap(self._last[1], face) < self._gates.track_iou
            self.lost = self.lost or jumped
            self._last = (captured_at_ns, face)
            self._missing = False

    def verdict(self) -> LayerVerdict:
        """The longest time without the face beside what is allowed."""
        return LayerVerdict(TRACK, not self.lost, self.longest_gap_s, self._gates.track_gap_s)
