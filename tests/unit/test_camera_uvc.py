"""The UVC camera over a capture scripted at OpenCV's boundary: absent, busy, unplugged, back."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera.choose import open_camera
from drivers.camera.devices import CameraDevice
from drivers.camera.feed import FeedCamera
from drivers.camera.stream_health import BLACK_FRAMES
from drivers.camera.uvc import UvcCamera, open_v4l2
from drivers.camera.video_file import VideoFileCamera
from station.booth.messages import CameraChoice
from station.booth.ports import BgrImage, Frame
from station.errors import CameraError, ConfigError, ErrorCode

DEVICE = CameraDevice(Path("/dev/video0"), "Cam", "uvcvideo", "046d:0825:a1", "1-2", software=False)
RNG = np.random.default_rng(11)
SHAPE = (36, 64, 3)
EXPOSURE, AUTO_EXPOSURE = cv2.CAP_PROP_EXPOSURE, cv2.CAP_PROP_AUTO_EXPOSURE
AUTO_WHITE = cv2.CAP_PROP_AUTO_WB


def lively() -> BgrImage:
    return RNG.integers(0, 256, SHAPE, dtype=np.uint8)


class FakeCapture:
    """A `cv2.VideoCapture` that plays one behaviour at 200 frames/s until told another."""

    def __init__(self, rig: "Rig") -> None:
        self._rig = rig
        self._still = lively()
        self._pace = threading.Event()
        rig.opened += 1

    def isOpened(self) -> bool:
        return self._rig.behaviour != "busy"

    def set(self, property_id: int, value: float) -> bool:
        if property_id not in self._rig.controls:
            return False
        self._rig.controls[property_id] = value
        return True

    def get(self, property_id: int) -> float:
        return self._rig.controls.get(property_id, -1.0)

    def read(self) -> tuple[bool, BgrImage | None]:
        self._pace.wait(0.005)
        match self._rig.behaviour:
            case "live" | "busy":
                return True, lively()
            case "black":
                return True, np.zeros(SHAPE, np.uint8)
            case "frozen":
                return True, self._still.copy()
            case "hang":
                self._rig.unhang.wait(10)
                return False, None
            case "throws":
                raise cv2.error("select() failed")
            case "grey":
                return True, np.zeros(SHAPE[:2], np.uint8)
            case _:
                return False, None

    def release(self) -> None:
        self._rig.released += 1


class Rig:
    """What is plugged in and how it behaves; may be changed while the camera runs."""

    def __init__(self) -> None:
        self.behaviour = "live"
        self.devices: tuple[CameraDevice, ...] = (DEVICE,)
        self.opened = self.released = 0
        self.unhang = threading.Event()
        self.controls = {EXPOSURE: 160.0, AUTO_EXPOSURE: 3.0, AUTO_WHITE: 1.0}

    def camera(self) -> UvcCamera:
        return UvcCamera(
            list_devices=lambda: self.devices,
            open_capture=lambda _: FakeCapture(self),
            first_frame_timeout_s=0.2,
        )


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.unhang.set()
    assert rig.released == rig.opened


def fault_of(camera: UvcCamera, frames: int = 400, timeout_s: float = 0.3) -> ErrorCode:
    with pytest.raises(CameraError) as caught:
        for _ in range(frames):
            camera.read(timeout_s)
    return caught.value.code


def opening_fault(camera: UvcCamera) -> ErrorCode:
    with pytest.raises(CameraError) as caught:
        camera.open()
    return caught.value.code


def test_gives_frames_in_order(rig: Rig) -> None:
    camera = rig.camera()
    camera.open()
    frames: list[Frame] = [camera.read(1.0) for _ in range(5)]
    camera.close()
    assert all(a.sequence < b.sequence for a, b in pairwise(frames))
    assert all(a.captured_at_ns < b.captured_at_ns for a, b in pairwise(frames))
    assert frames[0].bgr.shape == SHAPE


def test_absent_and_back(rig: Rig) -> None:
    rig.devices = ()
    camera = rig.camera()
    assert opening_fault(camera) is ErrorCode.CAMERA_NOT_FOUND
    rig.devices = (DEVICE,)
    camera.open()
    camera.read(1.0)
    camera.close()


@pytest.mark.parametrize(
    "changed",
    [{"identity": "046d:0825:other"}, {"bus_path": "1-4"}],
    ids=["another serial", "another port"],
)
def test_what_comes_back_after_a_fault_must_be_the_same_camera(
    rig: Rig, changed: dict[str, str]
) -> None:
    camera = rig.camera()
    camera.open()
    rig.behaviour = "unplugged"
    assert fault_of(camera) is ErrorCode.CAMERA_LOST
    camera.close()
    rig.behaviour, rig.devices = "live", (replace(DEVICE, **changed),)  # type: ignore[arg-type]
    assert opening_fault(camera) is ErrorCode.CAMERA_NOT_ALLOWED
    rig.devices = (replace(DEVICE, node=Path("/dev/video3")),)
    camera.open()
    camera.read(1.0)
    camera.close()


@pytest.mark.parametrize("behaviour", ["busy", "hang", "unplugged", "throws", "grey"])
def test_a_device_that_gives_no_first_picture_is_busy(rig: Rig, behaviour: str) -> None:
    rig.behaviour = behaviour
    camera = rig.camera()
    threading.Timer(0.3, rig.unhang.set).start()
    assert opening_fault(camera) is ErrorCode.CAMERA_BUSY
    rig.behaviour = "live"
    camera.open()
    camera.read(1.0)
    camera.close()


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ("unplugged", ErrorCode.CAMERA_LOST),
        ("throws", ErrorCode.CAMERA_LOST),
        ("grey", ErrorCode.CAMERA_LOST),
        ("hang", ErrorCode.CAMERA_LOST),
        ("black", ErrorCode.CAMERA_BLACK),
        ("frozen", ErrorCode.CAMERA_FROZEN),
    ],
)
def test_faults_are_named_and_end_when_the_device_is_back(
    rig: Rig, behaviour: str, code: ErrorCode
) -> None:
    camera = rig.camera()
    camera.open()
    before = camera.read(1.0).sequence
    rig.behaviour = behaviour
    assert fault_of(camera) is code
    rig.unhang.set()
    camera.close()
    rig.behaviour = "live"
    camera.open()
    assert camera.read(1.0).sequence > before
    camera.close()


def test_black_needs_a_run_of_frames(rig: Rig) -> None:
    rig.behaviour = "black"
    camera = rig.camera()
    camera.open()
    for _ in range(BLACK_FRAMES - 1):
        camera.read(1.0)
    assert fault_of(camera, 1, 1.0) is ErrorCode.CAMERA_BLACK
    camera.close()


def test_reading_a_closed_camera_is_a_lost_camera(rig: Rig) -> None:
    camera = rig.camera()
    assert fault_of(camera, 1) is ErrorCode.CAMERA_LOST
    camera.open()
    camera.close()
    camera.close()
    assert fault_of(camera, 1) is ErrorCode.CAMERA_LOST


def test_a_virtual_camera_is_never_opened(rig: Rig) -> None:
    rig.devices = (CameraDevice(Path("/dev/video0"), "OBS", "v4l2loopback", "", "", software=True),)
    assert opening_fault(rig.camera()) is ErrorCode.CAMERA_NOT_ALLOWED
    assert rig.opened == 0


def test_the_real_backend_says_not_opened_for_a_missing_node(tmp_path: Path) -> None:
    capture = open_v4l2(str(tmp_path / "video99"))
    assert not capture.isOpened()
    capture.release()


def test_choosing() -> None:
    assert isinstance(open_camera(CameraChoice("uvc"), demo=False), UvcCamera)
    assert isinstance(open_camera(CameraChoice("file", "/x.avi"), demo=True), VideoFileCamera)
    assert isinstance(open_camera(CameraChoice("feed", descriptor=9), demo=True), FeedCamera)


@pytest.mark.parametrize("kind", ["file", "feed"])
def test_a_production_profile_gets_no_file_and_no_feed(kind: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_camera(CameraChoice(kind, "/x.avi", descriptor=0), demo=False)
    assert caught.value.code is ErrorCode.PROFILE_FORBIDS


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        open_camera(CameraChoice("ip"), demo=True)
    assert caught.value.code is ErrorCode.CONFIG_INVALID


def test_exposure_follows_between_two_pictures_and_closing_puts_it_back(rig: Rig) -> None:
    camera = rig.camera()
    camera.open()
    assert camera.hold(True)
    assert (rig.controls[AUTO_EXPOSURE], rig.controls[AUTO_WHITE]) == (1.0, 0.0)
    assert camera.set_exposure(0.6)
    assert rig.controls[EXPOSURE] == 96.0
    assert camera.set_exposure(1.0)
    assert rig.controls[EXPOSURE] == 160.0
    camera.set_exposure(0.6)
    camera.close()
    assert rig.controls == {EXPOSURE: 160.0, AUTO_EXPOSURE: 3.0, AUTO_WHITE: 1.0}


def test_releasing_gives_the_automatics_back(rig: Rig) -> None:
    camera = rig.camera()
    camera.open()
    camera.set_exposure(0.6)
    assert camera.hold(False)
    assert rig.controls == {EXPOSURE: 160.0, AUTO_EXPOSURE: 3.0, AUTO_WHITE: 1.0}
    camera.close()


@pytest.mark.parametrize("missing", [EXPOSURE, AUTO_EXPOSURE])
def test_a_camera_without_the_control_says_so(rig: Rig, missing: int) -> None:
    del rig.controls[missing]
    camera = rig.camera()
    camera.open()
    before = dict(rig.controls)
    assert not camera.set_exposure(0.6)
    camera.close()
    assert rig.controls == before


def test_a_closed_or_hanging_camera_cannot_be_asked(rig: Rig) -> None:
    camera = rig.camera()
    assert not camera.set_exposure(0.6)
    camera.open()
    rig.behaviour = "hang"
    fault_of(camera)
    assert not camera.hold(True)
    rig.unhang.set()
    camera.close()
