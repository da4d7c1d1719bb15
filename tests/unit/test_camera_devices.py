"""Camera identity and the allow-list, on a sysfs tree built here."""

from pathlib import Path

import pytest

from drivers.camera.devices import CameraDevice, choose_device, list_cameras
from station.errors import CameraError, ErrorCode


class FakeSysfs:
    """Builds the few attributes of /sys that matter."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "class/video4linux").mkdir(parents=True)

    def usb(
        self,
        number: int,
        port: str = "1-2",
        *,
        vendor: str = "046d",
        product: str = "0825",
        serial: str = "A1B2",
        name: str = "Some Camera",
        driver: str = "uvcvideo",
        index: int = 0,
        host: str = "pci0000:00/0000:00:14.0/usb1",
    ) -> None:
        device = self.root / "devices" / host / port
        interface = device / f"{port}:1.0"
        node = interface / "video4linux" / f"video{number}"
        node.mkdir(parents=True)
        (device / "idVendor").write_text(vendor + "\n")
        (device / "idProduct").write_text(product + "\n")
        if serial:
            (device / "serial").write_text(serial + "\n")
        (node / "name").write_text(name + "\n")
        (node / "index").write_text(f"{index}\n")
        (node / "device").symlink_to(interface)
        drivers = self.root / "bus/usb/drivers" / driver
        drivers.mkdir(parents=True, exist_ok=True)
        if not (interface / "driver").exists():
            (interface / "driver").symlink_to(drivers)
        self._link(number, node)

    def virtual(self, number: int, name: str) -> None:
        node = self.root / "devices/virtual/video4linux" / f"video{number}"
        node.mkdir(parents=True)
        (node / "name").write_text(name + "\n")
        (node / "index").write_text("0\n")
        self._link(number, node)

    def _link(self, number: int, node: Path) -> None:
        (self.root / "class/video4linux" / f"video{number}").symlink_to(node)


@pytest.fixture
def sysfs(tmp_path: Path) -> FakeSysfs:
    return FakeSysfs(tmp_path / "sys")


def found(sysfs: FakeSysfs) -> tuple[CameraDevice, ...]:
    return list_cameras(sysfs.root, Path("/dev"))


def code(devices: tuple[CameraDevice, ...], node: str = "", identity: str = "") -> ErrorCode:
    with pytest.raises(CameraError) as caught:
        choose_device(devices, node, identity)
    return caught.value.code


def test_describes_a_usb_camera(sysfs: FakeSysfs) -> None:
    sysfs.usb(0)
    sysfs.usb(1, index=1, port="9-9")
    assert found(sysfs) == (
        CameraDevice(
            node=Path("/dev/video0"),
            name="Some Camera",
            driver="uvcvideo",
            identity="046d:0825:a1b2",
            bus_path="1-2",
            software=False,
        ),
    )


def test_no_video_class_means_no_camera(tmp_path: Path) -> None:
    assert list_cameras(tmp_path) == ()
    assert code(()) is ErrorCode.CAMERA_NOT_FOUND


def test_order_is_numerical(sysfs: FakeSysfs) -> None:
    sysfs.usb(10, "1-1")
    sysfs.usb(2, "1-2")
    assert [d.node.name for d in found(sysfs)] == ["video2", "video10"]


def test_a_camera_without_serial_still_has_an_identity(sysfs: FakeSysfs) -> None:
    sysfs.usb(0, serial="")
    assert found(sysfs)[0].identity == "046d:0825:"


@pytest.mark.parametrize(
    "name", ["Dummy video device (0x0000)", "OBS Virtual Camera", "Integrated Camera"]
)
def test_virtual_devices_are_refused_whatever_they_call_themselves(
    sysfs: FakeSysfs, name: str
) -> None:
    sysfs.virtual(0, name)
    assert code(found(sysfs), "/dev/video0") is ErrorCode.CAMERA_NOT_ALLOWED
    assert code(found(sysfs)) is ErrorCode.CAMERA_NOT_ALLOWED


@pytest.mark.parametrize(
    "host", ["platform/dummy_hcd.0/usb3", "platform/vhci_hcd.0/usb4", "virtual/usb5"]
)
def test_software_usb_buses_are_refused(sysfs: FakeSysfs, host: str) -> None:
    sysfs.usb(0, host=host)
    assert code(found(sysfs)) is ErrorCode.CAMERA_NOT_ALLOWED


@pytest.mark.parametrize(
    ("name", "driver"),
    [("v4l2 loopback", "uvcvideo"), ("OBS Camera", "uvcvideo"), ("Camera", "v4l2loopback")],
)
def test_suspicious_names_and_drivers_are_refused(sysfs: FakeSysfs, name: str, driver: str) -> None:
    sysfs.usb(0, name=name, driver=driver)
    assert code(found(sysfs)) is ErrorCode.CAMERA_NOT_ALLOWED


def test_the_first_real_camera_is_taken_when_none_is_named(sysfs: FakeSysfs) -> None:
    sysfs.virtual(0, "OBS Virtual Camera")
    sysfs.usb(1)
    assert choose_device(found(sysfs), "", "").node == Path("/dev/video1")


def test_the_pinned_camera_is_followed_to_its_new_node(sysfs: FakeSysfs) -> None:
    sysfs.usb(3)
    chosen = choose_device(found(sysfs), "/dev/video0", "046D:0825:A1B2")
    assert chosen.node == Path("/dev/video3")


def test_of_two_equal_cameras_the_named_node_is_taken(sysfs: FakeSysfs) -> None:
    sysfs.usb(0, "1-1", serial="")
    sysfs.usb(2, "1-2", serial="")
    chosen = choose_device(found(sysfs), "/dev/video2", "046d:0825:")
    assert chosen.node == Path("/dev/video2")


def test_another_camera_in_the_pinned_ones_place_is_not_allowed(sysfs: FakeSysfs) -> None:
    sysfs.usb(0, serial="OTHER")
    assert code(found(sysfs), "/dev/video0", "046d:0825:a1b2") is ErrorCode.CAMERA_NOT_ALLOWED


def test_the_same_model_with_another_serial_is_not_allowed(sysfs: FakeSysfs) -> None:
    sysfs.usb(0, serial="OTHER")
    assert code(found(sysfs), "", "046d:0825:a1b2") is ErrorCode.CAMERA_NOT_ALLOWED


def test_the_pinned_camera_at_another_port_is_not_allowed(sysfs: FakeSysfs) -> None:
    sysfs.usb(0, "1-4")
    devices = found(sysfs)
    assert choose_device(devices, "", "046d:0825:a1b2", "1-4").node == Path("/dev/video0")
    with pytest.raises(CameraError) as caught:
        choose_device(devices, "", "046d:0825:a1b2", "1-2")
    assert caught.value.code is ErrorCode.CAMERA_NOT_ALLOWED


def test_another_model_at_the_pinned_port_is_not_allowed(sysfs: FakeSysfs) -> None:
    sysfs.usb(0, "1-2", vendor="1d6b")
    with pytest.raises(CameraError) as caught:
        choose_device(found(sysfs), "", "046d:0825:a1b2", "1-2")
    assert caught.value.code is ErrorCode.CAMERA_NOT_ALLOWED


def test_of_two_equal_cameras_without_serial_the_port_decides(sysfs: FakeSysfs) -> None:
    sysfs.usb(0, "1-1", serial="")
    sysfs.usb(2, "1-2", serial="")
    chosen = choose_device(found(sysfs), "", "046d:0825:", "1-2")
    assert chosen.node == Path("/dev/video2")


def test_a_pinned_camera_that_is_away_is_not_found(sysfs: FakeSysfs) -> None:
    sysfs.usb(0, vendor="1d6b", serial="OTHER")
    assert code(found(sysfs), "", "046d:0825:a1b2") is ErrorCode.CAMERA_NOT_FOUND
    assert code(found(sysfs), "/dev/video5") is ErrorCode.CAMERA_NOT_FOUND


def test_hostile_attributes_are_bounded_and_cleaned(sysfs: FakeSysfs) -> None:
    sysfs.usb(0, serial="a b\x00:é;" + "x" * 5000, vendor="zzzz")
    assert found(sysfs)[0].software
    assert found(sysfs)[0].identity == ""
    sysfs.usb(1, "1-3", serial="a b:;" + "x" * 5000)
    identity = found(sysfs)[1].identity
    assert identity.startswith("046d:0825:abxx")
    assert len(identity) < 150
