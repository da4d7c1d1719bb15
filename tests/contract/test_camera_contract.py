"""What every camera does alike: a video file and a shared-memory feed, on synthetic patterns."""

import os
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import pytest

from drivers.camera.feed import FeedCamera
from drivers.camera.video_file import VideoFileCamera
from station.booth.frames import FrameRing
from station.booth.ports import BgrImage, Camera
from station.errors import CameraError, ErrorCode

WIDTH, HEIGHT, RATE_HZ = 160, 120, 30
LENGTH = 48


def pattern(kind: str, index: int) -> BgrImage:
    """A moving ramp with noise, one still ramp, or black."""
    if kind == "black":
        return np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    shown = 0 if kind == "frozen" else index
    rng = np.random.default_rng(shown)
    ramp = np.tile(np.arange(WIDTH, dtype=np.uint8), (HEIGHT, 1))
    image = np.stack([np.roll(ramp, shown * 3, axis=1), ramp.copy(), ramp[:, ::-1]], axis=2)
    return image // 2 + rng.integers(0, 64, image.shape, dtype=np.uint8)


class Source(Protocol):
    """Something that makes one kind of camera show a pattern."""

    def camera(self, kind: str) -> Camera: ...

    def stop(self) -> None: ...


class FileSource:
    """Writes a clip, lossless so that equal pictures stay equal."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def camera(self, kind: str) -> Camera:
        path = self._folder / f"{kind}.avi"
        codec = cv2.VideoWriter.fourcc(*"FFV1")
        writer = cv2.VideoWriter(str(path), codec, RATE_HZ, (WIDTH, HEIGHT))
        assert writer.isOpened()
        for index in range(LENGTH):
            writer.write(pattern(kind, index))
        writer.release()
        return VideoFileCamera(path)

    def stop(self) -> None:
        return


class FeedSource:
    """Publishes into a ring at the clip's pace for the clip's length, then falls silent."""

    def __init__(self) -> None:
        self._ring = FrameRing.create(WIDTH, HEIGHT, 3)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def camera(self, kind: str) -> Camera:
        self._thread = threading.Thread(target=self._publish, args=(kind,))
        self._thread.start()
        return FeedCamera(self._ring.fd)

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self._ring.close()

    def _publish(self, kind: str) -> None:
        for index in range(LENGTH):
            if self._stopping.wait(1 / RATE_HZ):
                return
            self._ring.publish(pattern(kind, index), time.monotonic_ns())


@pytest.fixture(params=["file", "feed"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    made: Source = FileSource(tmp_path) if request.param == "file" else FeedSource()
    yield made
    made.stop()


def fault_of(camera: Camera) -> CameraError:
    with pytest.raises(CameraError) as caught:
        for _ in range(2 * LENGTH):
            camera.read(0.3)
    return caught.value


def test_frames_are_ordered_fresh_and_whole(source: Source) -> None:
    camera = source.camera("live")
    camera.open()
    frames = [camera.read(1.0) for _ in range(10)]
    camera.close()
    assert all(a.sequence < b.sequence for a, b in pairwise(frames))
    assert all(a.captured_at_ns < b.captured_at_ns for a, b in pairwise(frames))
    assert all(f.bgr.shape == (HEIGHT, WIDTH, 3) and f.bgr.dtype == np.uint8 for f in frames)
    assert not np.array_equal(frames[0].bgr, frames[1].bgr)
    assert frames[-1].captured_at_ns <= time.monotonic_ns()


def test_a_slow_reader_gets_the_newest_and_misses_the_rest(source: Source) -> None:
    camera = source.camera("live")
    camera.open()
    first = camera.read(1.0)
    time.sleep(0.4)
    later = camera.read(1.0)
    camera.close()
    assert later.captured_at_ns - first.captured_at_ns > 300_000_000


def test_the_pace_is_the_sources(source: Source) -> None:
    camera = source.camera("live")
    camera.open()
    camera.read(1.0)
    started_s = time.monotonic()
    for _ in range(15):
        camera.read(1.0)
    camera.close()
    assert time.monotonic() - started_s > 14 / RATE_HZ * 0.9


def test_the_end_of_the_stream_is_a_lost_camera(source: Source) -> None:
    camera = source.camera("live")
    camera.open()
    assert fault_of(camera).code is ErrorCode.CAMERA_LOST
    camera.close()


@pytest.mark.parametrize(
    ("kind", "code"),
    [("black", ErrorCode.CAMERA_BLACK), ("frozen", ErrorCode.CAMERA_FROZEN)],
)
def test_black_and_frozen_are_named(source: Source, kind: str, code: ErrorCode) -> None:
    camera = source.camera(kind)
    camera.open()
    assert fault_of(camera).code is code
    camera.close()


def test_closing_twice_and_opening_again(source: Source) -> None:
    camera = source.camera("live")
    camera.open()
    last = camera.read(1.0).sequence
    camera.close()
    camera.close()
    assert fault_of(camera).code is ErrorCode.CAMERA_LOST
    camera.open()
    assert camera.read(1.0).sequence > last
    camera.close()


def test_a_missing_or_broken_file_is_not_found(tmp_path: Path) -> None:
    broken = tmp_path / "broken.avi"
    broken.write_bytes(b"no video")
    for path in (tmp_path / "absent.avi", broken):
        with pytest.raises(CameraError) as caught:
            VideoFileCamera(path).open()
        assert caught.value.code is ErrorCode.CAMERA_NOT_FOUND


def test_a_descriptor_that_is_no_ring_is_not_found() -> None:
    read_end, write_end = os.pipe()
    try:
        for descriptor in (read_end, -1):
            with pytest.raises(CameraError) as caught:
                FeedCamera(descriptor).open()
            assert caught.value.code is ErrorCode.CAMERA_NOT_FOUND
    finally:
        os.close(read_end)
        os.close(write_end)


def test_a_ring_of_another_format_is_not_found() -> None:
    ring = FrameRing.create(8, 8, 4)
    with pytest.raises(CameraError) as caught:
        FeedCamera(ring.fd).open()
    assert caught.value.code is ErrorCode.CAMERA_NOT_FOUND
    ring.close()


def test_the_feeds_descriptor_stays_the_callers() -> None:
    ring = FrameRing.create(8, 8, 3)
    camera = FeedCamera(ring.fd)
    camera.open()
    camera.close()
    os.fstat(ring.fd)
    ring.close()


def test_a_picture_from_before_opening_is_never_given() -> None:
    ring = FrameRing.create(WIDTH, HEIGHT, 3)
    camera = FeedCamera(ring.fd)
    ring.publish(pattern("live", 1), time.monotonic_ns())
    camera.open()
    with pytest.raises(CameraError) as caught:
        camera.read(0.05)
    assert caught.value.code is ErrorCode.CAMERA_LOST
    ring.publish(pattern("live", 2), time.monotonic_ns())
    assert np.array_equal(camera.read(1.0).bgr, pattern("live", 2))
    camera.close()
    ring.close()
