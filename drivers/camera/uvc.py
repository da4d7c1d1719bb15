"""USB camera (UVC) through OpenCV's V4L2 backend, newest frame wins."""

import errno
import os
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import cv2

from drivers.camera.devices import CameraDevice, choose_device, list_cameras
from drivers.camera.stream_health import StreamHealth, is_picture
from drivers.camera.uvc_controls import Controls, UvcControls
from station.booth.ports import BgrImage, Frame
from station.errors import CameraError, ErrorCode

WIDTH_PX, HEIGHT_PX, RATE_HZ = 1280, 720, 30
FIRST_FRAME_TIMEOUT_S = 2.5
"""A camera another program streams from opens, but never delivers."""

_JOIN_TIMEOUT_S = 1.0
_ORDER_TIMEOUT_S = 0.25
"""A few pictures' time: the analysis waits for the answer."""
_MAX_BAD_READS = 5
"""Failed reads in a row before the device counts as gone; single bad MJPG frames are normal."""


Order = Callable[[UvcControls], bool]


class Capture(Controls, Protocol):
    """What is used of `cv2.VideoCapture`."""

    def isOpened(self) -> bool:
        """Whether the device could be opened."""
        ...

    def read(self) -> tuple[bool, BgrImage | None]:
        """Wait for the next picture."""
        ...

    def release(self) -> None:
        """Give the device back."""
        ...


def open_v4l2(node: str) -> Capture:
    """Open `node` with MJPG, 1280x720 at 30 frames/s; the driver takes the nearest it can."""
    # OpenCV reads this once, at its first wait; by default a stalled camera blocks for 10 s.
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")
    capture = cv2.VideoCapture(node, cv2.CAP_V4L2)
    if capture.isOpened():
        # The format first: raw YUYV over USB 2 reaches only 10 frames/s at this size.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH_PX)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT_PX)
        capture.set(cv2.CAP_PROP_FPS, RATE_HZ)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture  # type: ignore[return-value]


class UvcCamera:
    """One allow-listed camera. `open`, `read`, `close` on one thread; own capture thread inside.

    `identity` is the pinned "VID:PID:serial" or empty, `bus_path` its USB port or empty; `device` a
    node such as /dev/video0 or empty. Sequence numbers go on across `close` and `open`.
    """

    def __init__(
        self,
        device: str = "",
        identity: str = "",
        bus_path: str = "",
        *,
        list_devices: Callable[[], tuple[CameraDevice, ...]] = list_cameras,
        open_capture: Callable[[str], Capture] = open_v4l2,
        first_frame_timeout_s: float = FIRST_FRAME_TIMEOUT_S,
    ) -> None:
        self._device = device
        self._identity, self._bus_path = identity, bus_path
        self._list_devices = list_devices
        self._open_capture = open_capture
        self._first_frame_timeout_s = first_frame_timeout_s
        self._health = StreamHealth()
        self._pump: _Pump | None = None
        self._sequence = 0

    def open(self) -> None:
        """Open the device and wait for its first picture.

        Raises `CameraError` CAMERA_NOT_FOUND, CAMERA_NOT_ALLOWED, CAMERA_BUSY, or CAMERA_LOST for
        one that was plugged in again after this process was confined: the next visit can use it.
        """
        self.close()
        devices = self._list_devices()
        chosen = choose_device(devices, self._device, self._identity, self._bus_path)
        try:
            capture = self._open_capture(str(chosen.node))
        except cv2.error as error:
            raise CameraError(ErrorCode.CAMERA_BUSY) from error
        if not capture.isOpened():
            capture.release()
            gone = _is_out_of_reach(chosen.node)
            raise CameraError(ErrorCode.CAMERA_LOST if gone else ErrorCode.CAMERA_BUSY)
        pump = _Pump(capture, self._sequence)
        if not pump.wait_newer(self._sequence, self._first_frame_timeout_s):
            pump.stop()
            raise CameraError(ErrorCode.CAMERA_BUSY)
        self._pump = pump
        # Pinned or not: what comes back after a fault must be the camera that was there before.
        self._identity, self._bus_path = chosen.identity, chosen.bus_path

    def read(self, timeout_s: float) -> Frame:
        """The newest frame not yet returned. Raises as the port says."""
        frame = None if self._pump is None else self._pump.take_newer(self._sequence, timeout_s)
        if frame is None:
            raise CameraError(ErrorCode.CAMERA_LOST)
        self._sequence = frame.sequence
        self._health.check(frame.bgr, frame.captured_at_ns)
        return frame

    def set_exposure(self, factor: float) -> bool:
        """As the port says; takes effect between two pictures."""
        pump = self._pump
        return pump is not None and pump.between_reads(lambda it: it.set_exposure(factor))

    def hold(self, on: bool) -> bool:
        """As the port says; takes effect between two pictures."""
        pump = self._pump
        return pump is not None and pump.between_reads(lambda it: it.hold(on))

    def close(self) -> None:
        """Release the device; safe to call twice."""
        pump, self._pump = self._pump, None
        if pump is not None:
            pump.stop()
        self._health.reset()


def _is_out_of_reach(node: Path) -> bool:
    """Whether the node's own mode lets us in and the confinement, which is older, does not."""
    if not os.access(node, os.R_OK | os.W_OK):
        return False
    try:
        os.close(os.open(node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        return error.errno == errno.EACCES
    return False


class _Pump:
    """Reads one opened capture on its own thread and keeps the newest frame only."""

    def __init__(self, capture: Capture, sequence: int) -> None:
        self._capture = capture
        self._controls = UvcControls(capture)
        self._orders: queue.SimpleQueue[tuple[Order, queue.SimpleQueue[bool]]] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._sequence = sequence
        self._stopping = False
        self._ended = False
        # A driver can hang inside a read for ever. The booth is killed in the end, but until
        # then such a thread must not keep the process from leaving by itself: hence daemon.
        self._thread = threading.Thread(target=self._run, name="uvc-capture", daemon=True)
        self._thread.start()

    def wait_newer(self, sequence: int, timeout_s: float) -> bool:
        """Whether a frame after `sequence` came before the time-out or the stream's end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._is_newer(sequence), timeout_s)
            return self._is_newer(sequence)

    def take_newer(self, sequence: int, timeout_s: float) -> Frame | None:
        """The newest frame after `sequence`, or None; the stream's end comes after its frames."""
        return self._newest if self.wait_newer(sequence, timeout_s) else None

    def between_reads(self, order: Order) -> bool:
        """Have `order` done on the capture's own thread; False where that takes too long."""
        answer: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._orders.put((order, answer))
        try:
            return answer.get(timeout=_ORDER_TIMEOUT_S)
        except queue.Empty:
            return False

    def stop(self) -> None:
        """End the thread, which releases the device as its last act."""
        with self._changed:
            self._stopping = True
            self._newest = None
        self._thread.join(_JOIN_TIMEOUT_S)

    def _is_newer(self, sequence: int) -> bool:
        return self._newest is not None and self._newest.sequence > sequence

    def _run(self) -> None:
        bad_reads = 0
        try:
            while not self._stopping and bad_reads < _MAX_BAD_READS:
                self._obey()
                image = self._read_picture()
                bad_reads = bad_reads + 1 if image is None else 0
                if image is not None:
                    self._publish(image)
        finally:
            self._controls.release()
            self._capture.release()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _obey(self) -> None:
        while not self._orders.empty():
            order, answer = self._orders.get()
            answer.put(order(self._controls))

    def _read_picture(self) -> BgrImage | None:
        try:
            good, image = self._capture.read()
        except cv2.error:
            return None
        return image if good and is_picture(image) else None

    def _publish(self, image: BgrImage) -> None:
        captured_at_ns = time.monotonic_ns()
        with self._changed:
            self._sequence += 1
            if not self._stopping:
                self._newest = Frame(image, captured_at_ns, self._sequence)
            self._changed.notify_all()
