"""Frames of a recorded clip or a single picture, for evaluation: every size is bounded first.

Unlike `drivers.camera.video_file` it has no clock of its own: it is as fast as the reader, and a
frame's time is its place in the file. No visit can reach it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2

from drivers.camera.stream_health import MAX_SIDE_PX, is_picture
from station.booth.ports import BgrImage
from station.errors import CameraError, ErrorCode

CLIP_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".gif"})
STILL_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})
MAX_FILE_BYTES = 512 << 20
MAX_CLIP_S = 60.0
"""More of a clip says nothing more: an attempt is over long before."""
ANALYSED_HZ = 30.0
_MAX_FRAMES = 20_000
_DEFAULT_RATE_HZ = 30.0
_RATE_RANGE_HZ = (1.0, 240.0)


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """One picture and its time from the start of the clip."""

    bgr: BgrImage
    time_s: float


def frame_count(path: Path) -> int:
    """About how many frames `read_clip` will give; 0 where the file does not say."""
    capture = _open(path)
    try:
        rate_hz, count = _rate(capture), capture.get(cv2.CAP_PROP_FRAME_COUNT)
    finally:
        capture.release()
    if not 0 < count <= _MAX_FRAMES:
        return 0
    return int(min(count, MAX_CLIP_S * rate_hz) / _step(rate_hz))


def read_clip(path: Path) -> Iterator[ClipFrame]:
    """Every frame of the first minute, at most about 30 a second.

    Raises `CameraError`: CAMERA_NOT_FOUND for what is no readable clip or too large, CAMERA_LOST
    for one whose frames are no pictures of a sane size.
    """
    capture = _open(path)
    try:
        rate_hz = _rate(capture)
        step = _step(rate_hz)
        for number in range(min(_MAX_FRAMES, int(MAX_CLIP_S * rate_hz) + 1)):
            if not _grab(capture):
                return
            if number % step == 0:
                yield ClipFrame(_retrieve(capture), number / rate_hz)
    finally:
        capture.release()


def _open(path: Path) -> cv2.VideoCapture:
    if not path.is_file() or not 0 < path.stat().st_size <= MAX_FILE_BYTES:
        raise CameraError(ErrorCode.CAMERA_NOT_FOUND)
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    sides = (capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    # The header's size is asked before any frame is decoded.
    if not capture.isOpened() or not all(0 < side <= MAX_SIDE_PX for side in sides):
        capture.release()
        raise CameraError(ErrorCode.CAMERA_NOT_FOUND)
    return capture


def _rate(capture: cv2.VideoCapture) -> float:
    rate_hz = float(capture.get(cv2.CAP_PROP_FPS))
    low, high = _RATE_RANGE_HZ
    return rate_hz if low <= rate_hz <= high else _DEFAULT_RATE_HZ


def _step(rate_hz: float) -> int:
    return max(1, round(rate_hz / ANALYSED_HZ))


def _grab(capture: cv2.VideoCapture) -> bool:
    try:
        return bool(capture.grab())
    except cv2.error as error:
        raise CameraError(ErrorCode.CAMERA_LOST) from error


def _retrieve(capture: cv2.VideoCapture) -> BgrImage:
    try:
        good, image = capture.retrieve()
    except cv2.error as error:
        raise CameraError(ErrorCode.CAMERA_LOST) from error
    if not good or not is_picture(image):
        raise CameraError(ErrorCode.CAMERA_LOST)
    return image  # type: ignore[return-value]
