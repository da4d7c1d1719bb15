"""The frame ring: newest wins, copies are private, zeroing is complete."""

import os
import threading

import numpy as np
import pytest

from station.booth.frames import FrameRing


def picture(value: int, height: int = 9, width: int = 16) -> np.ndarray:
    return np.full((height, width, 4), value, np.uint8)


def test_the_newest_frame_wins_and_is_a_private_copy() -> None:
    ring = FrameRing.create(16, 9, 4)
    reader = FrameRing.attach(os.dup(ring.fd))
    assert reader.newest() is None
    for value in (1, 2, 3, 4, 5):
        ring.publish(picture(value), value * 10)
    frame = reader.newest()
    assert frame is not None
    assert (frame.sequence, frame.captured_at_ns, int(frame.image[0, 0, 0])) == (5, 50, 5)
    assert reader.newest(after=5) is None
    ring.zero()
    assert int(frame.image[0, 0, 0]) == 5
    reader.close()
    ring.close()


def test_a_reader_copies_only_what_it_keeps() -> None:
    ring = FrameRing.create(16, 9, 4)
    ring.publish(picture(7), 1)
    frame = ring.newest(keep=lambda shown: shown[2:4].copy())
    assert frame is not None and frame.image.shape == (2, 16, 4)
    # Nothing of the reading holds the memory.
    ring.close()
    assert (frame.image == 7).all()


def test_zeroing_leaves_no_byte_and_closing_twice_is_safe() -> None:
    ring = FrameRing.create(16, 9, 4)
    for value in range(1, 6):
        ring.publish(picture(value), 1)
    assert not ring.is_zero()
    ring.zero()
    assert ring.is_zero()
    assert ring.newest() is None
    ring.close()
    ring.close()


def test_a_smaller_picture_keeps_its_own_size_and_a_larger_one_is_refused() -> None:
    ring = FrameRing.create(16, 9, 4)
    ring.publish(picture(7, 5, 8), 1)
    frame = ring.newest()
    assert frame is not None and frame.image.shape == (5, 8, 4)
    with pytest.raises(ValueError, match="does not fit"):
        ring.publish(picture(7, 10, 16), 1)
    ring.close()


@pytest.mark.parametrize("content", [b"", b"x" * 32, b"x" * 4096])
def test_memory_that_is_no_ring_is_refused(content: bytes) -> None:
    fd = os.memfd_create("test")
    os.write(fd, content)
    with pytest.raises(ValueError, match="not a frame ring"):
        FrameRing.attach(fd)
    os.close(fd)


def test_a_reader_never_sees_a_torn_frame() -> None:
    ring = FrameRing.create(64, 64, 4)
    reader = FrameRing.attach(os.dup(ring.fd))
    done = threading.Event()

    def write() -> None:
        for value in range(1, 400):
            ring.publish(picture(value % 251, 64, 64), value)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = 0
    while not done.is_set():
        frame = reader.newest(seen)
        if frame is not None:
            seen = frame.sequence
            assert frame.image.min() == frame.image.max()
    writer.join()
    reader.close()
    ring.close()


def test_a_zeroed_ring_counts_on_so_that_a_reader_sees_the_next_picture() -> None:
    ring = FrameRing.create(4, 2, 4)
    picture = np.ones((2, 4, 4), np.uint8)
    for moment in range(5):
        ring.publish(picture, moment)
    seen = ring.newest()
    assert seen is not None
    ring.zero()
    assert ring.newest() is None
    ring.publish(picture, 9)
    again = ring.newest(seen.sequence)
    assert again is not None
    assert again.captured_at_ns == 9
    ring.close()


@pytest.mark.parametrize("size", [0, 1 << 20])
def test_whoever_holds_the_descriptor_cannot_change_the_size(size: int) -> None:
    ring = FrameRing.create(16, 9, 4)
    ring.publish(picture(7), 1)
    with pytest.raises(PermissionError):
        os.ftruncate(ring.fd, size)
    # Without the seal this read would end the process.
    assert ring.newest() is not None
    ring.close()
