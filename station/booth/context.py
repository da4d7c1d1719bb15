"""What every step inside the booth works with."""

from collections.abc import Callable
from dataclasses import dataclass

from drivers.face.engine import FaceEngine
from drivers.pad.passive_net import PassiveNet
from station.booth.frames import FrameRing
from station.booth.inbox import Inbox
from station.booth.messages import BoothMessage
from station.booth.presence import Presence


@dataclass(frozen=True, slots=True)
class BoothContext:
    """The booth's models, its ring, its ear, its voice and its truth about open devices."""

    engine: FaceEngine
    ring: FrameRing
    inbox: Inbox
    presence: Presence
    send: Callable[[BoothMessage], None]
    passive: PassiveNet | None = None
    """Layer L7, empty unless the site has a network of its own."""
