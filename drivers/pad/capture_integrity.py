"""L0: the stream's clock and sequence are sound, and no picture comes back.

Blind spot: a virtual camera that plays fresh frames with a good clock. Pinning the camera and the
exposure challenge are not here; they need the device.
"""

from hashlib import sha256

from drivers.pad.observation import Observation
from station.booth.ports import Points
from station.model import LayerVerdict

NAME = "L0_INTEGRITY"
LOOP = "INJECTED_LOOP"
_MAX_REMEMBERED = 4000
_FROZEN_RUN = 3


class CaptureIntegrity:
    """Watches one attempt's stream; `fault` names the first break and stays."""

    def __init__(self) -> None:
        self.fault = ""
        self.injected = False
        """True when pictures came back: a loop, not a device fault."""
        self._last: tuple[int, int] | None = None
        self._seen: dict[bytes, int] = {}
        self._repeats = 0
        self._recurrences = 0

    def observe(self, observation: Observation) -> None:
        """Take one frame in."""
        stamp = (observation.captured_at_ns, observation.sequence)
        if self._last is not None and (stamp[0] <= self._last[0] or stamp[1] <= self._last[1]):
            self._fail("CLOCK")
        self._last = stamp
        if observation.landmarks is not None:
            self._watch_repeats(observation.sequence, observation.landmarks.points)

    def verdict(self) -> LayerVerdict:
        """Count of repeated pictures beside the run that is still allowed."""
        count = max(self._repeats, self._recurrences, _FROZEN_RUN if self.fault else 0)
        species = LOOP if self.injected else ""
        return LayerVerdict(NAME, not self.fault, float(count), float(_FROZEN_RUN), species=species)

    def _watch_repeats(self, sequence: int, points: Points) -> None:
        # Sensor noise alone moves every mesh point a little, so a mesh that is equal bit for bit
        # means an equal picture.
        digest = sha256(points.tobytes()).digest()
        earlier = self._seen.get(digest)
        if earlier is None:
            self._repeats = 0
        elif earlier == sequence - 1 or self._repeats:
            self._repeats += 1
            if self._repeats >= _FROZEN_RUN:
                self._fail("FROZEN")
        else:
            self._recurrences += 1
            if self._recurrences >= _FROZEN_RUN:
                self.injected = True
                self._fail("LOOP")
        if len(self._seen) < _MAX_REMEMBERED:
            self._seen[digest] = sequence

    def _fail(self, fault: str) -> None:
        self.fault = self.fault or fault
