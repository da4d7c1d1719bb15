"""A ring of picture slots in anonymous shared memory: the newest frame wins, none is queued.

Used for the preview (booth writes, desk reads) and, in the demo profile, for the simulated
camera. The memory is a `memfd`: it has no name that could outlive a crash, and is handed over by
descriptor. It survives a killed writer, so the reader's side zeroes it and checks (style.md 4).
"""

import fcntl
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Keep = Callable[[Pixels], Pixels]
"""Returns what it has copied of a slot's picture, which is there during the call only."""

_HEADER = struct.Struct("<8sIIIIQ")
_MAGIC = b"STRING02"
_SLOT = struct.Struct("<QQIIQ")
_HEADER_SIZE = 64
_SLOT_SIZE = 64
_MAX_BYTES = 64 << 20
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL


def whole(picture: Pixels) -> Pixels:
    """A copy of all of `picture`."""
    return picture.copy()


@dataclass(frozen=True, slots=True)
class RingFrame:
    """A private copy of one slot: `image` is (height, width, channels) uint8, or what was kept."""

    image: Pixels
    captured_at_ns: int
    sequence: int
    """1-based, counts every published frame."""


class FrameRing:
    """Fixed slots, one writer, any number of readers, each slot guarded by a sequence lock."""

    def __init__(self, fd: int, memory: mmap.mmap, shape: tuple[int, int, int], slots: int) -> None:
        self.fd = fd
        self._memory = memory
        self.height, self.width, self.channels = shape
        self._slots = slots
        # The desk's screen reads on one thread while the visit zeroes and closes on another.
        self._guard = threading.Lock()
        self._slot_bytes = _SLOT_SIZE + self.height * self.width * self.channels
        self._published = self._latest()

    @classmethod
    def create(cls, width: int, height: int, channels: int, slots: int = 3) -> "FrameRing":
        """A new ring whose slots hold up to `width` x `height` pixels of `channels` bytes."""
        size = _HEADER_SIZE + slots * (_SLOT_SIZE + width * height * channels)
        fd = os.memfd_create("station-ring", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(fd, size)
            # A writer that could shorten the memory could end the reader with a bus error.
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
            memory = mmap.mmap(fd, size)
        except BaseException:
            os.close(fd)
            raise
        memory[: _HEADER.size] = _HEADER.pack(_MAGIC, width, height, channels, slots, 0)
        return cls(fd, memory, (height, width, channels), slots)

    @classmethod
    def attach(cls, fd: int) -> "FrameRing":
        """Map a ring made elsewhere. Raises `ValueError` when it is not one."""
        size = os.fstat(fd).st_size
        if not _HEADER_SIZE <= size <= _MAX_BYTES:
            raise ValueError("not a frame ring")
        memory = mmap.mmap(fd, size)
        magic, width, height, channels, slots, _ = _HEADER.unpack(memory[: _HEADER.size])
        expected = _HEADER_SIZE + slots * (_SLOT_SIZE + width * height * channels)
        if magic != _MAGIC or expected != size or not 1 <= slots <= 8:
            memory.close()
            raise ValueError("not a frame ring")
        return cls(fd, memory, (height, width, channels), slots)

    def publish(self, image: Pixels, captured_at_ns: int) -> int:
        """Write one picture (at most the ring's size) and return its sequence."""
        height, width, channels = image.shape
        if height > self.height or width > self.width or channels != self.channels:
            raise ValueError("picture does not fit the ring")
        # Zeroing must not restart the count: a reader waits for a number above its last.
        sequence = self._published = max(self._published, self._latest()) + 1
        start = _HEADER_SIZE + (sequence % self._slots) * self._slot_bytes
        self._put(start, 0)
        size = height * width * channels
        target = np.frombuffer(self._memory, np.uint8, size, start + _SLOT_SIZE)
        np.copyto(target.reshape(image.shape), image)
        _SLOT.pack_into(self._memory, start, 0, captured_at_ns, width, height, 0)
        self._put(start, sequence)
        struct.pack_into("<Q", self._memory, 24, sequence)
        return sequence

    def newest(self, after: int = 0, keep: Keep = whole) -> RingFrame | None:
        """The newest picture with a sequence above `after`, or None.

        `keep` copies of it what is wanted, and is asked again when the writer was faster.
        """
        with self._guard:
            for _ in range(4):
                sequence = self._latest()
                if sequence <= after or sequence == 0:
                    return None
                frame = self._copy(sequence, keep)
                if frame is not None:
                    struct.pack_into("<Q", self._memory, 32, sequence)
                    return frame
            return None

    def taken(self) -> int:
        """Sequence of the last picture a reader took; lets a writer go in lockstep."""
        return int(struct.unpack_from("<Q", self._memory, 32)[0])

    def wait_newest(self, after: int, timeout_s: float) -> RingFrame | None:
        """As `newest`, watching the ring every 2 ms for at most `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while (frame := self.newest(after)) is None and time.monotonic() < deadline:
            time.sleep(0.002)
        return frame

    def zero(self) -> None:
        """Overwrite every slot; the ring can be used again afterwards."""
        with self._guard:
            self._body()[:] = 0
            struct.pack_into("<Q", self._memory, 24, 0)

    def is_zero(self) -> bool:
        """Whether no byte of any slot is left."""
        return not self._body().any()

    def close(self) -> None:
        """Unmap and close the descriptor; safe to call twice."""
        with self._guard:
            if self.fd >= 0:
                self._memory.close()
                os.close(self.fd)
                self.fd = -1

    def _body(self) -> Pixels:
        return np.frombuffer(self._memory, np.uint8, -1, _HEADER_SIZE)

    def _latest(self) -> int:
        if self.fd < 0:
            return 0
        return int(struct.unpack_from("<Q", self._memory, 24)[0])

    def _put(self, start: int, sequence: int) -> None:
        struct.pack_into("<Q", self._memory, start, sequence)

    def _copy(self, sequence: int, keep: Keep) -> RingFrame | None:
        start = _HEADER_SIZE + (sequence % self._slots) * self._slot_bytes
        lock, captured_at_ns, width, height, _ = _SLOT.unpack_from(self._memory, start)
        if lock != sequence or width > self.width or height > self.height or 0 in (width, height):
            return None
        size = height * width * self.channels
        source = np.frombuffer(self._memory, np.uint8, size, start + _SLOT_SIZE)
        image = keep(source.reshape(height, width, self.channels))
        if struct.unpack_from("<Q", self._memory, start)[0] != sequence:
            return None
        return RingFrame(image, captured_at_ns, sequence)
