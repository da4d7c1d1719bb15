"""Frames from a ring in shared memory that the simulated stage writes: demo profile only."""

import os
import time

from drivers.camera.stream_health import StreamHealth, is_picture
from station.booth.frames import FrameRing, RingFrame
from station.booth.ports import Frame
from station.errors import CameraError, ErrorCode

_POLL_S = 0.005


class FeedCamera:
    """Reads an inherited ring; the descriptor stays the caller's. One thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._ring: FrameRing | None = None
        self._health = StreamHealth()
        self._sequence = 0

    def open(self) -> None:
        """Map the ring. Raises `CameraError(CAMERA_NOT_FOUND)` when there is none."""
        self.close()
        try:
            duplicate = os.dup(self._descriptor)
        except OSError as error:
            raise CameraError(ErrorCode.CAMERA_NOT_FOUND) from error
        try:
            ring = FrameRing.attach(duplicate)
        except (OSError, ValueError) as error:
            os.close(duplicate)
            raise CameraError(ErrorCode.CAMERA_NOT_FOUND) from error
        if ring.channels != 3:
            ring.close()
            raise CameraError(ErrorCode.CAMERA_NOT_FOUND)
        self._ring = ring
        # What was shown before the camera was opened is not this capture's.
        if (stale := ring.newest(after=self._sequence)) is not None:
            self._sequence = stale.sequence

    def read(self, timeout_s: float) -> Frame:
        """The newest frame not yet returned. Raises as the port says."""
        found = None if self._ring is None else self._wait(self._ring, timeout_s)
        if found is None or not is_picture(found.image):
            raise CameraError(ErrorCode.CAMERA_LOST)
        self._sequence = found.sequence
        self._health.check(found.image, found.captured_at_ns)
        return Frame(found.image, found.captured_at_ns, found.sequence)

    def set_exposure(self, factor: float) -> bool:
        """Not supported: pictures come as they are."""
        return False

    def hold(self, on: bool) -> bool:
        """Not supported: pictures come as they are."""
        return False

    def close(self) -> None:
        """Unmap the ring; safe to call twice."""
        if self._ring is not None:
            self._ring.close()
            self._ring = None
        self._health.reset()

    def _wait(self, ring: FrameRing, timeout_s: float) -> RingFrame | None:
        deadline_s = time.monotonic() + timeout_s
        while (found := ring.newest(after=self._sequence)) is None:
            if time.monotonic() >= deadline_s:
                return None
            time.sleep(_POLL_S)
        return found
