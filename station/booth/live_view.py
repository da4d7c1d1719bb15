"""Keeps the newest camera frame for the analysis and shows a reduced copy to the desk.

Runs beside the analysis: OpenCV releases the interpreter lock, so the preview keeps its 30 frames
per second while a network runs.
"""

import threading

import cv2

from station.booth.frames import FrameRing
from station.booth.ports import BgrImage, Camera, Frame
from station.errors import CameraError, ErrorCode

_READ_TIMEOUT_S = 1.0
_REOPEN_PAUSE_S = 0.5
_TRANSIENT = frozenset(
    {ErrorCode.CAMERA_LOST, ErrorCode.CAMERA_FROZEN, ErrorCode.CAMERA_BLACK, ErrorCode.CAMERA_BUSY}
)


class LiveView:
    """Owns the camera between `start` and `stop`. One thread writes, one analyses."""

    def __init__(self, camera: Camera, ring: FrameRing) -> None:
        self._camera = camera
        self._ring = ring
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._fault: CameraError | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._pump, name="live-view", daemon=True)

    def start(self) -> None:
        """Open the camera and begin. Raises `CameraError`."""
        self._camera.open()
        self._thread.start()

    def next(self, after: int, timeout_s: float) -> Frame | None:
        """The newest frame with a sequence above `after`; None when none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_newer(after), timeout_s)
            return self._newest if self._is_newer(after) else None

    @property
    def fault(self) -> CameraError | None:
        """The camera's present fault; None again when it has recovered."""
        return self._fault

    def stop(self) -> None:
        """Close the camera, drop the frame, blank the preview."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(_READ_TIMEOUT_S * 3)
        self._camera.close()
        self._newest = None
        self._ring.zero()

    def _is_newer(self, after: int) -> bool:
        return self._newest is not None and self._newest.sequence > after

    def _pump(self) -> None:
        while not self._stopping.is_set():
            try:
                frame = self._camera.read(_READ_TIMEOUT_S)
            except CameraError as error:
                self._fault = error
                self._recover(error)
                continue
            self._fault = None
            self._ring.publish(_preview(frame.bgr, self._ring), frame.captured_at_ns)
            with self._changed:
                self._newest = frame
                self._changed.notify_all()

    def _recover(self, error: CameraError) -> None:
        """Black and frozen pictures are read on; a lost device is opened again when it is back."""
        if error.code not in _TRANSIENT:
            self._stopping.set()
            return
        self._camera.close()
        while not self._stopping.wait(_REOPEN_PAUSE_S):
            try:
                self._camera.open()
            except CameraError as again:
                self._fault = again
                continue
            return


def _preview(bgr: BgrImage, ring: FrameRing) -> BgrImage:
    height, width = bgr.shape[:2]
    scale = min(ring.width / width, ring.height / height, 1.0)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Area averaging costs four times as much and shows no difference at three quarters.
    small = cv2.resize(bgr, size, interpolation=cv2.INTER_LINEAR)
    return cv2.cvtColor(small, cv2.COLOR_BGR2BGRA)  # type: ignore[return-value]
