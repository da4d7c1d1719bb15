"""`station devices reader`, and withdrawals, on devices described here."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from station.booth.messages import NONE_ALLOWED
from station.cli.main import station
from station.config import Config, load
from station.instance_lock import InstanceLock
from station.office_devices import CAMERA, READER, Seen

SAM = Seen(READER, "sam", "/dev/ttyUSB0", "/dev/ttyUSB0", "1a86:7523:3210", "1-3", software=False)
CHIP = Seen(READER, "pcsc", "ACR\x1b[2J", "ACR\x1b[2J", "072f:2200:one", "1-1", software=False)
GADGET = Seen(READER, "sam", "/dev/ttyUSB1", "/dev/ttyUSB1", "1a86:7523:", "1", software=True)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    def seen(_config: Config) -> tuple[Seen, ...]:
        return CHIP, SAM, GADGET

    monkeypatch.setenv("STATION_HOME", str(tmp_path))
    monkeypatch.setattr("station.devices_opening.seen_by", seen)
    monkeypatch.setattr("station.cli.devices.list_cameras", lambda: ())
    (tmp_path / "data").mkdir(mode=0o700)
    return tmp_path / "data"


def run(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(station, ["devices", *words, "--lang", "en"], input=answer)


def test_readers_are_listed_as_they_are(home: Path) -> None:
    done = run("reader")
    assert done.exit_code == 0 and "1a86:7523:3210" in done.stdout and "1-3" in done.stdout
    assert "\x1b" not in done.stdout
    listed = json.loads(run("reader", "--json").stdout)["readers"]
    assert [one["kind"] for one in listed] == ["pcsc", "sam", "sam"]
    assert "Example: ./station.sh devices reader" in run("reader", "--help").output


def test_a_reader_is_registered_and_withdrawn_in_the_file_of_the_page(home: Path) -> None:
    assert run("reader", "--pin", "/dev/ttyUSB0", answer="n\n").exit_code == 1
    assert not (home / "config.toml").exists()
    done = run("reader", "--pin", "/dev/ttyUSB0", answer="y\n")
    assert done.exit_code == 0, done.output
    assert "not in the ledger" in done.stderr
    kept = load(home / "config.toml").reader
    assert (kept.kind, kept.name, kept.identity) == ("sam", "/dev/ttyUSB0", "1a86:7523:3210")
    assert run("reader", "--withdraw", "--yes").exit_code == 0
    assert load(home / "config.toml").reader.identity == NONE_ALLOWED
    assert run(CAMERA, "--withdraw", "--yes").exit_code == 0
    assert load(home / "config.toml").camera.identity == NONE_ALLOWED


@pytest.mark.parametrize(("name", "code"), [("/dev/ttyUSB7", "CRD-01"), ("/dev/ttyUSB1", "CRD-14")])
def test_what_is_gone_or_a_program_is_refused(home: Path, name: str, code: str) -> None:
    done = run("reader", "--pin", name, "--yes")
    assert done.exit_code == 1 and code in done.stderr
    assert not (home / "config.toml").exists()


def test_beside_a_running_kiosk_nothing_is_changed(home: Path) -> None:
    with InstanceLock(home):
        done = run("reader", "--withdraw", "--yes")
    assert done.exit_code == 1 and "SYS-02" in done.stderr
    assert not (home / "config.toml").exists()
