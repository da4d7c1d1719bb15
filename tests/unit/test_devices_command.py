"""`station devices camera`: listing, and registering a camera, on a scripted capture.

The scripted camera paints a picture as bright as its exposure says, two frames late; no real
camera was there.
"""

import json
import threading
import tomllib
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.kinds import Kind
from drivers.camera.devices import CameraDevice
from drivers.camera.uvc import UvcCamera
from drivers.pad.exposure_response import REPEATS, ExposureResponse, measure_response
from station.access import Role
from station.booth.pad_gates import DEFAULT_GATES
from station.booth.ports import BgrImage, Frame
from station.build import Paths, create_keyring
from station.cli.main import station
from station.cli.settled import settled_station
from station.config import load
from station.errors import CameraError, ConfigError, ErrorCode
from station.instance_lock import InstanceLock
from station.model import Secret
from station.private_file import replace_file
from station.site_config import changed
from storage.keys import KeyRing
from storage.stores import open_ledger_rows
from tests.cheap_keys import patch_keys_cheap
from tests.duty import on_disk

REAL = CameraDevice(Path("/dev/video0"), "Cam", "uvcvideo", "046d:0825:a1", "1-2", software=False)
OBS = CameraDevice(Path("/dev/video9"), "OBS\x1b[2J", "v4l2loopback", "", "", software=True)
PASSPHRASE = b"a long passphrase"
EXPOSURE, AUTO = cv2.CAP_PROP_EXPOSURE, cv2.CAP_PROP_AUTO_EXPOSURE


FRAME_S = 0.01


class LitCapture:
    """A capture at 100 frames/s whose brightness follows its exposure by `Rig.answers_by`.

    By the rig's clock: where a frame is taken before its time is over, time goes on at once.
    """

    def __init__(self, rig: "Rig") -> None:
        self._rig = rig
        self._rng = np.random.default_rng(5)
        self._late = deque([160.0] * 3, 3)
        rig.opened += 1

    def isOpened(self) -> bool:
        return True

    def set(self, property_id: int, value: float) -> bool:
        if property_id not in self._rig.controls:
            return False
        self._rig.controls[property_id] = value
        return True

    def get(self, property_id: int) -> float:
        return self._rig.controls.get(property_id, -1.0)

    def read(self) -> tuple[bool, BgrImage | None]:
        self._rig.taken.wait(FRAME_S)
        self._rig.taken.clear()
        self._rig.now_ns += round(FRAME_S * 1e9)
        self._late.append(self._rig.controls.get(EXPOSURE, 160.0))
        share = self._late[0] / 160.0
        linear = 0.4 * share**self._rig.answers_by * next(self._rig.drift)
        level = 255 * linear ** (1 / 2.2)
        noisy = self._rng.normal(level, 3.0, (36, 64, 3))
        return True, np.clip(noisy, 0, 255).astype(np.uint8)

    def release(self) -> None:
        self._rig.released += 1


class Rig:
    """The scripted camera's nature."""

    def __init__(self) -> None:
        self.devices: tuple[CameraDevice, ...] = (REAL, OBS)
        self.controls = {EXPOSURE: 160.0, AUTO: 3.0}
        self.answers_by = 1.0
        self.drift: Iterator[float] = iter(lambda: 1.0, 0.0)
        self.opened = self.released = 0
        self.now_ns = 10**9
        self.taken = threading.Event()


class ScriptedCamera(UvcCamera):
    """The station's own camera, before a capture that waits for whoever reads it."""

    def __init__(self, rig: Rig, *choice: str) -> None:
        self._rig = rig
        super().__init__(
            *choice, list_devices=lambda: rig.devices, open_capture=lambda _: LitCapture(rig)
        )

    def read(self, timeout_s: float) -> Frame:
        frame = super().read(timeout_s)
        self._rig.taken.set()
        return frame


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig()
    patch_keys_cheap(monkeypatch)
    monkeypatch.setenv("STATION_HOME", str(tmp_path))
    monkeypatch.setattr("station.cli.devices.list_cameras", lambda: rig.devices)
    clock = SimpleNamespace(monotonic_ns=lambda: rig.now_ns)
    monkeypatch.setattr("drivers.camera.uvc.time", clock)
    monkeypatch.setattr(
        "drivers.camera.uvc.UvcCamera", lambda *choice: ScriptedCamera(rig, *choice)
    )
    monkeypatch.setattr("drivers.pad.exposure_response.REPEATS", 2)
    monkeypatch.setattr("drivers.pad.exposure_response._REST_S", 0.35)
    yield rig
    assert rig.released == rig.opened


def run(*words: str, answer: str = "", lang: str = "en") -> Result:
    asked = ["devices", "camera", *words, "--lang", lang]
    return CliRunner().invoke(station, asked, input=answer)


def config_file(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir(mode=0o700, exist_ok=True)
    return tmp_path / "data" / "config.toml"


# Listing


def test_lists_cameras_and_names_what_is_refused(rig: Rig) -> None:
    done = run()
    assert done.exit_code == 0
    assert "046d:0825:a1" in done.stdout and "1-2" in done.stdout and "uvcvideo" in done.stdout
    assert "refused: a software camera" in done.stdout
    assert "\x1b" not in done.stdout
    assert "--pin" in done.stderr
    assert rig.opened == 0, "listing opens nothing"


def test_the_list_as_json_knows_the_registered_one(rig: Rig, tmp_path: Path) -> None:
    config_file(tmp_path).write_text(
        '[camera]\nidentity = "046d:0825:a1"\nbus_path = "1-2"\n', "utf-8"
    )
    rig.devices = (REAL, replace(REAL, node=Path("/dev/video2"), bus_path="1-4"), OBS)
    listed = json.loads(run("--json").stdout)["cameras"]
    assert [one["standing"] for one in listed] == ["REGISTERED", "OTHER", "REFUSED"]


@pytest.mark.parametrize(("lang", "says"), [("zh_CN", "没有找到摄像头"), ("en", "No camera")])
def test_no_camera_is_said_in_both_languages(rig: Rig, lang: str, says: str) -> None:
    rig.devices = ()
    assert says in run(lang=lang).stderr


# Registering


@pytest.fixture
def five_times(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the product does; the other tests spare the time."""
    monkeypatch.setattr("drivers.pad.exposure_response.REPEATS", REPEATS)


@pytest.mark.usefixtures("five_times")
def test_registers_a_camera_by_what_it_is_and_how_it_answers(rig: Rig, tmp_path: Path) -> None:
    path = config_file(tmp_path)
    path.write_text('# ours\n[reader]\nkind = "sam"   # the counter\n\n[camera]\n# here\n', "utf-8")
    done = run("--pin", answer="y\n")
    assert done.exit_code == 0, done.output
    kept = load(path).camera
    assert (kept.identity, kept.bus_path) == ("046d:0825:a1", "1-2")
    assert kept.exposure_response == pytest.approx(0.6, abs=0.05)
    text = path.read_text("utf-8")
    assert "# ours" in text and '[reader]\nkind = "sam"   # the counter\n' in text
    assert path.stat().st_mode & 0o777 == 0o600
    assert "not in the ledger" in done.stderr
    assert "registered" in done.stdout.replace("not registered", "")
    assert rig.controls[AUTO] == 3.0, "the automatics are given back"


def test_the_change_is_in_the_ledger_before_it_is_in_force(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.devices = (replace(REAL, identity="046d:0825:110101199003070571"),)
    paths = Paths(tmp_path / "data")
    create_keyring(paths, Secret(PASSPHRASE))
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "station-passphrase").write_bytes(PASSPHRASE)
    (credentials / "station-passphrase").chmod(0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    nobody = run("--pin", "--yes")
    assert nobody.exit_code == 1 and "ACC-15" in nobody.stderr and rig.opened == 0
    duty = on_disk(monkeypatch, settled_station)
    refused = run("--pin", "--yes", *duty.signs_in(Role.SYSTEM_ADMIN))
    assert refused.exit_code == 1 and "ACC-01" in refused.stderr and rig.opened == 0
    done = run("--pin", "--yes", *duty.signs_in(Role.SECURITY_ADMIN))
    assert done.exit_code == 0, done.output
    rows = open_ledger_rows(paths.stores, KeyRing.open(paths.keyring, Secret(PASSPHRASE)))
    written = b"".join(row.body for row in rows.entries())
    rows.database.close()
    assert Kind.DEVICE_CHANGED.value.encode() in written and b"camera_pinned" in written
    assert b'"actor":"root.sec"' in written
    assert b"110101199003070571" not in written


def test_with_a_wrong_passphrase_nothing_changes(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_keyring(Paths(tmp_path / "data"), Secret(PASSPHRASE))
    monkeypatch.setattr("station.cli.opening.passphrase", lambda _: Secret(b"another passphrase"))
    done = run("--pin", "--yes")
    assert done.exit_code == 1 and "KEY-01" in done.stderr
    assert not config_file(tmp_path).exists()


def test_without_a_yes_nothing_is_opened(rig: Rig, tmp_path: Path) -> None:
    done = run("--pin", answer="n\n")
    assert done.exit_code == 1 and rig.opened == 0
    assert not config_file(tmp_path).exists()


def test_beside_a_running_kiosk_nothing_is_opened(rig: Rig, tmp_path: Path) -> None:
    with InstanceLock(tmp_path / "data"):
        done = run("--pin", "--yes")
    assert done.exit_code == 1 and "SYS-02" in done.stderr and rig.opened == 0


@pytest.mark.parametrize("devices", [(OBS,), ()])
def test_a_software_camera_is_never_registered(rig: Rig, devices: tuple[CameraDevice, ...]) -> None:
    rig.devices = devices
    done = run("--pin", "--yes")
    assert done.exit_code == 1 and rig.opened == 0
    assert ("CAM-06" if devices else "CAM-01") in done.stderr


def test_of_several_cameras_one_must_be_named(rig: Rig, tmp_path: Path) -> None:
    other = replace(REAL, node=Path("/dev/video2"), identity="046d:0825:b2", bus_path="1-3")
    rig.devices = (REAL, other)
    done = run("--pin", "--yes")
    assert done.exit_code == 2 and "/dev/video2" in done.stderr and rig.opened == 0
    assert run("--pin", "--yes", "--node", "/dev/video2").exit_code == 0
    assert load(config_file(tmp_path)).camera.identity == "046d:0825:b2"


def test_a_camera_without_the_control_is_registered_and_said_so(rig: Rig, tmp_path: Path) -> None:
    rig.controls = {}
    done = run("--pin", "--yes")
    assert done.exit_code == 0 and "cannot be checked by exposure" in done.stderr
    assert load(config_file(tmp_path)).camera.exposure_response == 0.0


def test_pictures_that_do_not_follow_the_control_are_not_registered(
    rig: Rig, tmp_path: Path
) -> None:
    rig.answers_by = 0.0
    done = run("--pin", "--yes")
    assert done.exit_code == 1 and "hardly darkens" in done.stderr
    assert not config_file(tmp_path).exists()


@pytest.mark.usefixtures("five_times")
def test_changing_light_is_not_measured(rig: Rig, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    rig.drift = iter(lambda: float(rng.uniform(0.3, 1.0)), 2.0)
    done = run("--pin", "--yes")
    assert done.exit_code == 1 and "differ too much" in done.stderr
    assert not config_file(tmp_path).exists()


def test_a_camera_that_is_lost_on_the_way_is_named(rig: Rig) -> None:
    camera = ScriptedCamera(rig)
    with pytest.raises(CameraError) as caught:
        measure_response(camera, DEFAULT_GATES, lambda _: None)
    assert caught.value.code is ErrorCode.CAMERA_LOST


@pytest.mark.usefixtures("five_times")
def test_progress_is_told_once_per_answer(rig: Rig) -> None:
    camera = ScriptedCamera(rig)
    camera.open()
    told: list[int] = []
    response = measure_response(camera, DEFAULT_GATES, told.append)
    camera.close()
    assert told == list(range(1, REPEATS + 1))
    assert response.is_plain(DEFAULT_GATES) and response.is_steady(DEFAULT_GATES)


def test_what_later_could_not_be_told_from_no_answer_is_not_plain() -> None:
    assert ExposureResponse((0.7,) * 5, came_back=True).is_plain(DEFAULT_GATES)
    assert not ExposureResponse((0.8,) * 5, came_back=True).is_plain(DEFAULT_GATES)
    assert not ExposureResponse((0.6,) * 5, came_back=False).is_steady(DEFAULT_GATES)


# The configuration file


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[camera]\n",
        '[camera]\nidentity = "x"\nexposure_response = 0.5 # old\n',
        '[reader]\nkind = "sam"\n',
        '[ camera ] # ours\ndevice = "/dev/video1"\n\n[reader]\nkind = "sam"',
        '[camera]\n"identity" = "x"\n[reader]\nname = "[camera]"\n',
    ],
)
def test_only_the_named_keys_change(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    values: dict[str, str | float] = {"identity": 'a:b:"c\\', "exposure_response": 0.61}
    before = tomllib.loads(text)
    replace_file(path, changed(path, "camera", values))
    after = tomllib.loads(path.read_text("utf-8"))
    assert after == before | {"camera": before.get("camera", {}) | values}
    assert [entry.name for entry in tmp_path.iterdir()] == ["config.toml"]


@pytest.mark.parametrize(
    "text",
    [
        "[camera",
        "[camera]\nunknown = 1\n",
        'camera = "x"\n',
        '[reader]\nname = """\n[camera]\nidentity = "y"\n"""\n',
        'camera = { device = "/dev/video1" }\n',
    ],
)
def test_a_file_that_cannot_be_changed_line_by_line_stays_as_it_is(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        changed(path, "camera", {"identity": "z"})
    assert caught.value.code is ErrorCode.CONFIG_INVALID
    assert path.read_text("utf-8") == text


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60), st.text(max_size=40))
def test_any_file_and_any_value_end_in_a_valid_file_or_in_none(
    tmp_path_factory: pytest.TempPathFactory, before: str, value: str
) -> None:
    path = tmp_path_factory.mktemp("site") / "config.toml"
    path.write_text(before, "utf-8", errors="replace")
    written = path.read_bytes()
    try:
        replace_file(path, changed(path, "camera", {"identity": value}))
        assert load(path).camera.identity == value
    except ConfigError:
        assert path.read_bytes() == written
