"""Devices at the office: registered by what they are, told to the ledger first, used at once.

The trees of sysfs are built here; no real camera or reader was there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

import msgspec
import pytest

from consent.kinds import Kind
from drivers.camera.devices import CameraDevice, choose_device
from drivers.camera.uvc import UvcCamera
from drivers.card import attached, choose
from drivers.card.attached import list_readers, require_registered
from station.access import Role
from station.booth.messages import NONE_ALLOWED, ReaderChoice
from station.booth.visit_booth import Devices, VisitBooths, VisitTerms
from station.checks import Verdict, run_checks
from station.config import Config, load
from station.devices_opening import seen_by
from station.errors import CameraError, CardError, ErrorCode, StationError
from station.gate import Session
from station.office_devices import CAMERA, READER, DevicesSource, OfficeDevices
from station.office_view import DeviceLine
from station.staffroom import Staffroom
from station.visit_devices import devices_of
from tests.staff_kit import StaffKit

DESK = CameraDevice(Path("/dev/video0"), "Cam", "uvcvideo", "046d:0825:a1", "1-2", software=False)
OTHER = replace(DESK, node=Path("/dev/video2"), identity="046d:0825:b2", bus_path="1-4")
OBS = CameraDevice(Path("/dev/video9"), "OBS\x1b[2J", "v4l2loopback", "", "", software=True)
SERIAL = "110101199003070571"
"""As a maker may choose one."""


def usb(root: Path, port: str, **said: str) -> Path:
    folder = root / "devices/pci0000:00/usb1" / port
    folder.mkdir(parents=True)
    for name, text in said.items():
        (folder / name).write_text(text + "\n")
    return folder


def chip_reader(root: Path, port: str, product: str, serial: str) -> None:
    folder = usb(root, port, idVendor="072F", idProduct="2200", product=product, serial=serial)
    interface = folder / f"{port}:1.0"
    interface.mkdir()
    (interface / "bInterfaceClass").write_text("0b\n")
    listed = root / "bus/usb/devices"
    listed.mkdir(parents=True, exist_ok=True)
    (listed / interface.name).symlink_to(interface)


def serial_line(root: Path, dev: Path, number: int, port: str, serial: str) -> None:
    folder = usb(root, port, idVendor="1a86", idProduct="7523", serial=serial)
    line = folder / f"{port}:1.0" / f"ttyUSB{number}"
    line.mkdir(parents=True)
    (line / "device").symlink_to(line.parent)
    listed = root / "class/tty"
    listed.mkdir(parents=True, exist_ok=True)
    (listed / line.name).symlink_to(line)
    dev.mkdir(exist_ok=True)
    (dev / line.name).touch()


@dataclass
class Bench:
    """The page's core over a configuration file and devices that tests plug in."""

    file: Path
    cameras: tuple[CameraDevice, ...] = (DESK, OTHER, OBS)
    kit: StaffKit = field(default_factory=StaffKit)
    used: list[Config] = field(default_factory=list)
    config: Config = field(default_factory=lambda: load(None))

    @property
    def core(self) -> OfficeDevices:
        room = Staffroom(self.kit.accounts, self.kit.requests, self.kit.gate)
        source = DevicesSource(self.kit.ledger, self.file, lambda: self.config, seen_by, self.use)
        return OfficeDevices(room, source)

    def use(self, config: Config) -> None:
        self.used.append(config)
        self.config = config

    def security(self) -> Session:
        return self.kit.sign_in(self.kit.security)

    def lines(self, kind: str) -> list[DeviceLine]:
        return [one for one in self.core.lines(self.security()) if one.kind == kind]

    def states(self, kind: str) -> list[str]:
        return [one.state for one in self.lines(kind)]

    def changes(self) -> list[dict[str, object]]:
        found = [one for one in self.kit.entries() if one.kind is Kind.DEVICE_CHANGED]
        return [dict(one.payload) for one in found]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench(tmp_path / "config.toml")
    sysfs, dev = tmp_path / "sys", tmp_path / "dev"
    monkeypatch.setattr("station.devices_opening.list_cameras", lambda: bench.cameras)

    def readers() -> tuple[attached.AttachedReader, ...]:
        return list_readers(lambda: ["ACR (one) 00 00"] * (sysfs / "bus").is_dir(), sysfs, dev)

    monkeypatch.setattr("station.devices_opening.list_readers", readers)
    monkeypatch.setattr(choose, "list_readers", readers)
    return bench


def code_of(call: Callable[..., object], *values: object) -> ErrorCode | None:
    try:
        call(*values)
    except StationError as error:
        return error.code
    return None


def test_a_camera_is_allowed_for_the_next_visit_and_no_other_is_opened(bench: Bench) -> None:
    assert bench.states(CAMERA) == ["UNKNOWN", "UNKNOWN", "SOFTWARE"]
    bench.file.write_text("# ours\n[camera]\nexposure_response = 0.6\n", "utf-8")
    desk = bench.lines(CAMERA)[0]
    bench.core.allow(bench.security(), desk.id)
    kept = load(bench.file).camera
    assert (kept.identity, kept.bus_path, kept.exposure_response) == (DESK.identity, "1-2", 0.0)
    assert "# ours" in bench.file.read_text("utf-8")
    assert bench.file.stat().st_mode & 0o777 == 0o600
    assert bench.used == [bench.config] and bench.config.camera == kept
    assert bench.states(CAMERA) == ["ALLOWED", "UNKNOWN", "SOFTWARE"]
    assert not bench.lines(CAMERA)[0].measured
    (change,) = bench.changes()
    assert (change["actor"], change["change"], change["what"]) == (
        "root.sec",
        "ALLOWED",
        "camera_pinned",
    )
    assert DESK.identity.encode() not in b"".join(row.body for row in bench.kit.store.rows)
    opened: list[str] = []
    bench.cameras = (OTHER,)
    camera = UvcCamera(
        kept.device,
        kept.identity,
        kept.bus_path,
        list_devices=lambda: bench.cameras,
        open_capture=opened.append,  # type: ignore[arg-type,return-value]
    )
    with pytest.raises(CameraError, match=ErrorCode.CAMERA_NOT_ALLOWED.value):
        camera.open()
    assert opened == []
    assert bench.states(CAMERA) == ["UNKNOWN", "ABSENT"]


def test_what_was_measured_stays_with_its_camera_alone(bench: Bench) -> None:
    measured = msgspec.structs.replace(
        bench.config.camera, identity=DESK.identity, bus_path="1-2", exposure_response=0.6
    )
    bench.config = msgspec.structs.replace(bench.config, camera=measured)
    desk, other, _ = bench.lines(CAMERA)
    bench.core.allow(bench.security(), desk.id)
    assert bench.config.camera.exposure_response == 0.6
    bench.core.allow(bench.security(), other.id)
    assert load(bench.file).camera.exposure_response == 0.0


@pytest.mark.parametrize("kind", [CAMERA, READER])
def test_after_a_withdrawal_none_is_opened(bench: Bench, kind: str) -> None:
    bench.core.withdraw(bench.security(), kind)
    (change,) = bench.changes()
    assert change["change"] == "WITHDRAWN"
    assert bench.states(kind)[-1] == "WITHDRAWN"
    kept = load(bench.file)
    devices = devices_of(kept, "", None)
    if kind == CAMERA:
        pin = devices.camera
        assert pin.identity == NONE_ALLOWED
        with pytest.raises(CameraError, match=ErrorCode.CAMERA_NOT_ALLOWED.value):
            choose_device((DESK, OTHER), pin.device, pin.identity, pin.bus_path)
        bench.core.allow(bench.security(), bench.lines(CAMERA)[1].id)
        assert choose_device((OTHER,), "", bench.config.camera.identity) == OTHER
        return
    with pytest.raises(CardError, match=ErrorCode.READER_NOT_ALLOWED.value):
        choose.open_reader(devices.reader, (), 1.0, demo=False)
    checks = run_checks(kept, bench.file.parent, bench.file.parent)
    (check,) = [one for one in checks if one.name == "reader"]
    assert (check.verdict, check.code) == (Verdict.FAULT, ErrorCode.READER_NOT_ALLOWED)


def test_readers_are_told_apart_by_serial_and_port(bench: Bench, tmp_path: Path) -> None:
    sysfs, dev = tmp_path / "sys", tmp_path / "dev"
    chip_reader(sysfs, "1-1", "ACR", "one")
    serial_line(sysfs, dev, 0, "1-3", SERIAL)
    (dev / "serial/by-id").mkdir(parents=True)
    link = dev / "serial/by-id/usb-SAM"
    link.symlink_to(dev / "ttyUSB0")
    chip, line = bench.lines(READER)
    assert (chip.identity, chip.port, chip.state) == ("072f:2200:one", "1-1", "UNKNOWN")
    assert (line.identity, line.port, line.name) == (f"1a86:7523:{SERIAL}", "1-3", str(link))
    bench.core.allow(bench.security(), line.id)
    kept = load(bench.file).reader
    assert (kept.kind, kept.name) == ("sam", str(link))
    assert bench.states(READER) == ["UNKNOWN", "ALLOWED"]
    assert SERIAL.encode() not in b"".join(row.body for row in bench.kit.store.rows)
    choice = ReaderChoice(kept.kind, str(dev / "ttyUSB0"), identity=kept.identity)
    assert choose.open_reader(choice, (), 1.0, demo=False)
    # Another one at the same line, as after a swap of plugs.
    (sysfs / "devices/pci0000:00/usb1/1-3/serial").write_text("3211\n")
    with pytest.raises(CardError, match=ErrorCode.READER_NOT_ALLOWED.value):
        choose.open_reader(choice, (), 1.0, demo=False)
    assert bench.states(READER) == ["UNKNOWN", "UNKNOWN", "ABSENT"]
    bench.core.allow(bench.security(), bench.lines(READER)[0].id)
    assert load(bench.file).reader.name == "ACR (one) 00 00"


def test_a_pcsc_reader_whose_maker_says_nothing_goes_by_its_name(tmp_path: Path) -> None:
    chip_reader(tmp_path, "1-1", "Twin", "")
    chip_reader(tmp_path, "1-2", "Twin", "")
    found = list_readers(lambda: ["Twin 00 00", "Twin 01 00"], tmp_path, tmp_path)
    assert [one.identity for one in found] == ["", ""], "which is which cannot be told"
    require_registered("pcsc", "Twin 00 00", "", lambda: found)
    with pytest.raises(CardError):
        require_registered("pcsc", "Twin 00 00", "072f:2200:x", lambda: found)
    require_registered("pcsc", "Gone 00 00", "072f:2200:x", lambda: found)
    assert list_readers(list, tmp_path / "nothing", tmp_path) == ()


def test_a_reader_with_two_slots_is_one_device(tmp_path: Path) -> None:
    chip_reader(tmp_path, "1-1", "Dual", "77")
    second = tmp_path / "devices/pci0000:00/usb1/1-1/1-1:1.1"
    second.mkdir()
    (second / "bInterfaceClass").write_text("0b\n")
    (tmp_path / "bus/usb/devices" / second.name).symlink_to(second)
    names = ["Dual [Contact] (77) 00 00", "Dual [Contactless] (77) 01 00"]
    found = list_readers(lambda: names, tmp_path, tmp_path)
    assert [one.identity for one in found] == ["072f:2200:77"] * 2


def test_where_any_reader_is_opened_each_has_to_be_the_registered_one(tmp_path: Path) -> None:
    chip_reader(tmp_path, "1-1", "Ours", "1")
    ours = list_readers(lambda: ["Ours 00 00"], tmp_path, tmp_path)
    require_registered("pcsc", "", "072f:2200:1", lambda: ours)
    chip_reader(tmp_path, "1-2", "Other", "2")
    both = list_readers(lambda: ["Ours 00 00", "Other 01 00"], tmp_path, tmp_path)
    with pytest.raises(CardError, match=ErrorCode.READER_NOT_ALLOWED.value):
        require_registered("pcsc", "", "072f:2200:1", lambda: both)


def test_what_cannot_be_allowed_is_refused_by_name_and_changes_nothing(bench: Bench) -> None:
    core, who = bench.core, bench.security()
    software = bench.lines(CAMERA)[2]
    assert "\x1b" not in software.name
    assert code_of(core.allow, who, software.id) is ErrorCode.CAMERA_NOT_ALLOWED
    assert code_of(core.allow, who, "0" * 32) is ErrorCode.CAMERA_NOT_FOUND
    assert code_of(core.allow, who, "../x") is ErrorCode.TEXT_UNUSABLE
    assert code_of(core.withdraw, who, "printer") is ErrorCode.TEXT_UNUSABLE
    manager = bench.kit.signed_in(Role.MANAGER)
    for call, about in ((core.allow, bench.lines(CAMERA)[0].id), (core.withdraw, CAMERA)):
        assert code_of(call, manager, about) is ErrorCode.ACCESS_DENIED
    assert bench.changes() == [] and bench.used == [] and not bench.file.exists()


def test_the_demo_s_devices_stay_what_they_are(bench: Bench) -> None:
    feed = {"camera": {"kind": "feed"}, "reader": {"kind": "feed"}}
    bench.config = load(None, {"site": {"profile": "demo"}, **feed})
    assert bench.states(CAMERA) == bench.states(READER) == ["SIMULATED"]
    who = bench.security()
    assert code_of(bench.core.withdraw, who, CAMERA) is ErrorCode.CAMERA_NOT_ALLOWED
    assert code_of(bench.core.withdraw, who, READER) is ErrorCode.READER_NOT_ALLOWED


def test_the_entry_comes_before_the_change(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    record, who = bench.kit.ledger.record, bench.security()

    def full(kind: Kind, payload: dict[str, object]) -> object:
        if kind is Kind.DEVICE_CHANGED:
            raise StationError(ErrorCode.DISK_FULL)
        return record(kind, payload)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.kit.ledger, "record", full)
    assert code_of(bench.core.withdraw, who, CAMERA) is ErrorCode.DISK_FULL
    assert bench.used == [] and not bench.file.exists()
    monkeypatch.undo()
    bench.file.write_text("[camera", "utf-8")
    assert code_of(bench.core.withdraw, who, CAMERA) is ErrorCode.CONFIG_INVALID
    assert bench.used == [] and bench.file.read_text("utf-8") == "[camera"
    assert bench.changes() == [], "of a change that cannot be made nothing is said"


def test_visits_from_the_next_one_on_use_what_is_registered_now(bench: Bench) -> None:
    before, after = devices_of(bench.config, "", None), devices_of(load(None), "", None)

    class Warm:
        def take(self) -> object:
            return type("Process", (), {"pid": 1, "cancel": Event()})()

    terms = VisitTerms(before, bench.config.policy, None, None, demo=False)  # type: ignore[arg-type]
    booths = VisitBooths(Warm(), terms)  # type: ignore[arg-type]
    in_hand = booths.take()
    booths.use(after)
    assert vars(in_hand)["_devices"] is before
    assert vars(booths.take())["_devices"] is after
    assert isinstance(after, Devices)
