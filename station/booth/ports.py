"""What the booth's drivers offer each other. Frames and feature vectors exist only on this side."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from threading import Event
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from station.booth.portrait import CardPortrait
from station.model import DocumentCheck, IdentityRecord

BgrImage = NDArray[np.uint8]
"""Shape (height, width, 3), 0..255, blue-green-red."""
Points = NDArray[np.float32]
"""Shape (n, 2): x, y in pixels of the full frame."""
FeatureVector = NDArray[np.float32]
"""Shape (d,), unit length."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One camera picture, unmirrored. `captured_at_ns` is CLOCK_MONOTONIC."""

    bgr: BgrImage
    captured_at_ns: int
    sequence: int


@dataclass(frozen=True, slots=True)
class DetectedFace:
    """One face box and its five points (right eye, left eye, nose, mouth corners right, left).

    "Right" is the subject's own right, which is on the left of an unmirrored picture.
    """

    x: float
    y: float
    width: float
    height: float
    points: Points
    score: float


@dataclass(frozen=True, slots=True)
class Landmarks:
    """The 478-point mesh in frame pixels (x, y only: the mesh's z is a prior, face.md L3)."""

    points: Points
    presence: float
    """Presence logit; above 0 means a face is likely there."""


@dataclass(frozen=True, slots=True)
class CardReading:
    """What one document gave. `portrait` is None where the reader cannot decode the photo."""

    identity: IdentityRecord
    check: DocumentCheck
    portrait: CardPortrait | None


@dataclass(frozen=True, slots=True)
class AccessKey:
    """What opens a chip: the three MRZ items (ICAO 9303-11 §9.7.1). Dates are YYMMDD."""

    document_number: str
    birth_date: str
    expiry_date: str

    def __repr__(self) -> str:
        return "AccessKey(…)"


class CardReader(Protocol):
    """Reads one document. Lives in the booth, called on one thread only."""

    def read(
        self,
        access: AccessKey | None,
        cancel: Event,
        progress: Callable[[float], None],
    ) -> AbstractContextManager[CardReading]:
        """Wait for a document, read it and yield it; the portrait is wiped on exit.

        `progress` gets 0..1 once a card is there. Raises `CardError` with READER_NOT_FOUND,
        READER_BUSY, CARD_NOT_PRESENTED (also when `cancel` fires first), CARD_REMOVED,
        CARD_WRONG_KIND, CARD_ACCESS_DENIED, CARD_UNREADABLE or CARD_NOT_SUPPORTED.
        """
        ...


class SensorKind(StrEnum):
    """What a sensor beside the camera measures."""

    DEPTH = "DEPTH"
    NIR = "NIR"


@dataclass(frozen=True, slots=True)
class SensorReading:
    """What a depth or near-infrared sensor says of one face at one moment."""

    kind: SensorKind
    figure: float
    """DEPTH: RMS deviation of the face from its best plane over IOD; NIR: its level, 0..1."""


class FaceSensor(Protocol):
    """A depth or near-infrared sensor that sees what the camera sees. Lives in the booth.

    Opened after the camera and closed before it, within one capture; used on one thread.
    """

    def open(self) -> None:
        """Open the device. Raises `SensorError` SENSOR_NOT_FOUND."""
        ...

    def look(self, at_ns: int) -> None:
        """Keep what it sees now for the camera frame of `at_ns` (CLOCK_MONOTONIC); never blocks.

        Called before the frame is searched for faces, which takes its time. Raises
        `SensorError(SENSOR_LOST)` when nothing new comes any more.
        """
        ...

    def read(self, face: DetectedFace, frame_size: tuple[int, int]) -> tuple[SensorReading, ...]:
        """What was kept says of `face`, at most one reading of each kind.

        `face` is in pixels of a camera frame of `frame_size` (width, height). Empty where nothing
        near that frame's moment was kept, or too little of that face.
        """
        ...

    def close(self) -> None:
        """Release the device; safe to call twice."""
        ...


class Camera(Protocol):
    """A stream of frames; the newest wins, none is queued. Lives in the booth."""

    def open(self) -> None:
        """Open the device. Raises `CameraError` CAMERA_NOT_FOUND, _BUSY or _NOT_ALLOWED."""
        ...

    def read(self, timeout_s: float) -> Frame:
        """The newest frame not yet returned, waiting at most `timeout_s`.

        Raises `CameraError` CAMERA_LOST, CAMERA_BLACK or CAMERA_FROZEN. After any of them
        `close` and `open` may be tried again.
        """
        ...

    def set_exposure(self, factor: float) -> bool:
        """Ask for `factor` times the resting exposure, 1.0 to go back to it.

        May be called from any thread while open. False where the camera has no such control.
        """
        ...

    def hold(self, on: bool) -> bool:
        """Lock automatic exposure and white balance, or release them; else as `set_exposure`."""
        ...

    def close(self) -> None:
        """Release the device; safe to call twice."""
        ...
