"""Frames from a video file at the file's own pace: demo profile and tests only."""

import time
from pathlib import Path

import cv2

from drivers.camera.stream_health import StreamHealth, is_picture
from station.booth.ports import BgrImage, Frame
from station.errors import CameraError, ErrorCode

_DEFAULT_RATE_HZ = 30.0
_RATE_RANGE_HZ = (1.0, 240.0)


class VideoFileCamera:
    """Plays one file from its start at every `open`; its end is a lost camera.

    A reader slower than the file misses frames, as with a camera. One thread.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._capture: cv2.VideoCapture | None = None
        self._health = StreamHealth()
        self._rate_hz = _DEFAULT_RATE_HZ
        self._started_ns = 0
        self._next_index = 0
        self._sequence = 0

    def open(self) -> None:
        """Open the file. Raises `CameraError(CAMERA_NOT_FOUND)`."""
        self.close()
        if not self._path.is_file():
            raise CameraError(ErrorCode.CAMERA_NOT_FOUND)
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            raise CameraError(ErrorCode.CAMERA_NOT_FOUND)
        rate_hz = capture.get(cv2.CAP_PROP_FPS)
        low, high = _RATE_RANGE_HZ
        self._rate_hz = rate_hz if low <= rate_hz <= high else _DEFAULT_RATE_HZ
        self._capture = capture
        self._started_ns = time.monotonic_ns()
        self._next_index = 0

    def read(self, timeout_s: float) -> Frame:
        """The frame due now, or the next one when none is due. Raises as the port says."""
        if self._capture is None:
            raise CameraError(ErrorCode.CAMERA_LOST)
        due_index = int((time.monotonic_ns() - self._started_ns) * self._rate_hz / 1e9)
        while self._next_index < due_index and self._capture.grab():
            self._next_index += 1
        captured_at_ns = self._started_ns + int(self._next_index * 1e9 / self._rate_hz)
        wait_s = (captured_at_ns - time.monotonic_ns()) / 1e9
        if wait_s > timeout_s:
            time.sleep(timeout_s)
            raise CameraError(ErrorCode.CAMERA_LOST)
        time.sleep(max(0.0, wait_s))
        bgr = self._decode(self._capture)
        self._next_index += 1
        self._sequence += 1
        self._health.check(bgr, captured_at_ns)
        return Frame(bgr, captured_at_ns, self._sequence)

    def set_exposure(self, factor: float) -> bool:
        """Not supported: pictures come as they are."""
        return False

    def hold(self, on: bool) -> bool:
        """Not supported: pictures come as they are."""
        return False

    def close(self) -> None:
        """Release the file; safe to call twice."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None
        self._health.reset()

    @staticmethod
    def _decode(capture: cv2.VideoCapture) -> BgrImage:
        try:
            good, image = capture.read()
        except cv2.error as error:
            raise CameraError(ErrorCode.CAMERA_LOST) from error
        if not good or not is_picture(image):
            raise CameraError(ErrorCode.CAMERA_LOST)
        return image  # type: ignore[return-value]
