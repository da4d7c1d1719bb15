"""A simulated depth and near-infrared sensor that arrives through shared memory: demo profile only.

One picture holds both: two bytes of depth (mm, low byte first) and one of near-infrared level per
pixel. `kinds` leaves one of them out, so that a station with a depth sensor alone can be tried.
"""

import os

import numpy as np

from drivers.pad.sensor_map import depth_reading, level_reading
from station.booth.frames import FrameRing, RingFrame
from station.booth.ports import DetectedFace, SensorKind, SensorReading
from station.errors import ErrorCode, SensorError

FOCAL_SHARE = 0.5727
"""Focal length over the picture's width: the same view as the simulated camera's."""
_NEAR_S = 0.2
"""A map belongs to a camera frame that was taken this close to it."""
_SILENT_S = 1.5
_BOTH = tuple(SensorKind)


class FeedSensor:
    """Reads an inherited ring; the descriptor stays the caller's. One thread."""

    def __init__(self, descriptor: int, kinds: tuple[SensorKind, ...] = _BOTH) -> None:
        self._descriptor = descriptor
        self._kinds = kinds
        self._ring: FrameRing | None = None
        self._map: RingFrame | None = None
        self._sequence = 0
        self._at_ns = 0
        self._silent_since_ns: int | None = None

    def open(self) -> None:
        """Map the ring. Raises `SensorError(SENSOR_NOT_FOUND)` when there is none."""
        self.close()
        try:
            duplicate = os.dup(self._descriptor)
        except OSError as error:
            raise SensorError(ErrorCode.SENSOR_NOT_FOUND) from error
        try:
            ring = FrameRing.attach(duplicate)
        except (OSError, ValueError) as error:
            os.close(duplicate)
            raise SensorError(ErrorCode.SENSOR_NOT_FOUND) from error
        if ring.channels != 3:
            ring.close()
            raise SensorError(ErrorCode.SENSOR_NOT_FOUND)
        self._ring = ring
        if (stale := ring.newest(after=self._sequence)) is not None:
            # What it saw before it was opened is not this capture's.
            self._sequence = stale.sequence
            stale.image.fill(0)

    def look(self, at_ns: int) -> None:
        """As the port says."""
        self._at_ns = at_ns
        found = None if self._ring is None else self._ring.newest(after=self._sequence)
        if found is not None:
            self._drop_map()
            self._map, self._sequence = found, found.sequence
            self._silent_since_ns = at_ns
            return
        if self._silent_since_ns is None:
            self._silent_since_ns = at_ns
        if self._ring is None or at_ns - self._silent_since_ns > _SILENT_S * 1e9:
            raise SensorError(ErrorCode.SENSOR_LOST)

    def read(self, face: DetectedFace, frame_size: tuple[int, int]) -> tuple[SensorReading, ...]:
        """As the port says."""
        seen = self._map
        if seen is None or abs(seen.captured_at_ns - self._at_ns) > _NEAR_S * 1e9:
            return ()
        pixels = seen.image
        readings = []
        if SensorKind.DEPTH in self._kinds:
            depth = pixels[..., 0].astype(np.float32) + 256.0 * pixels[..., 1].astype(np.float32)
            focal_px = FOCAL_SHARE * pixels.shape[1]
            readings.append(depth_reading(depth, focal_px, face, frame_size))
        if SensorKind.NIR in self._kinds:
            level = pixels[..., 2].astype(np.float32) / np.float32(255)
            readings.append(level_reading(level, face, frame_size))
        return tuple(reading for reading in readings if reading is not None)

    def close(self) -> None:
        """Unmap the ring and wipe the last map; safe to call twice."""
        self._drop_map()
        if self._ring is not None:
            self._ring.close()
            self._ring = None
        self._silent_since_ns = None

    def _drop_map(self) -> None:
        if self._map is not None:
            self._map.image.fill(0)
            self._map = None
