"""Reading recorded clips: times, limits, and files that are no clips."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera import clip_reader
from drivers.camera.clip_reader import frame_count, read_clip
from station.errors import CameraError, ErrorCode


def write_clip(path: Path, frames: int, rate_hz: float, size: tuple[int, int] = (64, 48)) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate_hz, size)
    rng = np.random.default_rng(1)
    for _ in range(frames):
        writer.write(rng.integers(0, 255, (size[1], size[0], 3), np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize(("rate_hz", "frames", "given"), [(30, 20, 20), (60, 20, 10), (10, 7, 7)])
def test_at_most_about_thirty_frames_a_second(
    rate_hz: float, frames: int, given: int, tmp_path: Path
) -> None:
    path = write_clip(tmp_path / "clip.avi", frames, rate_hz)
    read = list(read_clip(path))
    assert len(read) == given == frame_count(path)
    assert read[0].bgr.shape == (48, 64, 3)
    steps = np.diff([frame.time_s for frame in read])
    assert np.allclose(steps, max(1 / rate_hz, 1 / 30))


def test_only_the_first_minute_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_reader, "MAX_CLIP_S", 0.5)
    path = write_clip(tmp_path / "clip.avi", 40, 30)
    assert len(list(read_clip(path))) == 16
    assert frame_count(path) == 15


@pytest.mark.parametrize("content", [b"", b"no clip at all" * 20, b"RIFF\xff\xff\xff\xffAVI LIST"])
def test_what_is_no_clip_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    path.write_bytes(content)
    with pytest.raises(CameraError) as caught:
        list(read_clip(path))
    assert caught.value.code is ErrorCode.CAMERA_NOT_FOUND


def test_a_file_or_a_picture_beyond_the_limits_is_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_clip(tmp_path / "clip.avi", 3, 30)
    monkeypatch.setattr(clip_reader, "MAX_SIDE_PX", 50)
    with pytest.raises(CameraError):
        next(read_clip(path))
    monkeypatch.undo()
    monkeypatch.setattr(clip_reader, "MAX_FILE_BYTES", 100)
    with pytest.raises(CameraError):
        next(read_clip(path))


def test_a_folder_is_no_clip(tmp_path: Path) -> None:
    with pytest.raises(CameraError):
        next(read_clip(tmp_path))
