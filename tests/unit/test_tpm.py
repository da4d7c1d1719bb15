"""The security chip as a way to the keys, against swtpm: a whole TPM 2.0 in software."""

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest
import stores_kit
from click.testing import CliRunner, Result

import storage.keys
from consent.entry import parse_entry
from consent.kinds import Kind
from station.access import Role
from station.booth import sandbox
from station.checks import Verdict, check_tpm
from station.cli import opening
from station.cli.keys import keys
from station.cli.settled import settled_station
from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage import tpm, tpm_tools
from storage.keyring_file import read_keyring
from storage.keys import KeyRing
from storage.stores import open_ledger_rows
from storage.tpm_starts import COUNT, count_start, next_start
from storage.tpm_tools import TpmError
from tests.duty import Duty, on_disk

pytestmark = pytest.mark.skipif(
    shutil.which("swtpm") is None or shutil.which("tpm2") is None,
    reason="swtpm and tpm2-tools are not installed (./station.sh test installs them)",
)
PASSPHRASE = stores_kit.PASSPHRASE
FIRMWARE = "7:sha256=" + "11" * 32
_START_S = 20.0


class Chip:
    """One chip; `boot` is a restart of its machine, after which the firmware measures itself."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.device = folder / "socket"

    def boot(self, *measured: str) -> None:
        self.off()
        self._process = subprocess.Popen(
            [
                *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self._folder}"),
                *("--server", f"type=unixio,path={self.device}"),
                *("--flags", "not-need-init,startup-clear"),
            ],
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _START_S
        while not self.device.exists():
            assert time.monotonic() < deadline, "swtpm did not start"
            time.sleep(0.02)
        for measurement in measured:
            measure(measurement)

    def off(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self.device.unlink(missing_ok=True)


def measure(measurement: str) -> None:
    with tpm_tools.connected() as tools:
        tools.run("pcrextend", measurement)


@pytest.fixture
def chip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chip]:
    made = Chip(tmp_path / "chip")
    monkeypatch.setattr(tpm_tools, "DEVICE", made.device)
    made.boot(FIRMWARE)
    yield made
    made.off()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a station with keys and cheap key stretching; the passphrase is typed."""
    monkeypatch.setenv("STATION_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setattr(sandbox, "harden_desk", lambda: None)
    monkeypatch.setattr(os, "isatty", lambda _: True)
    monkeypatch.setattr(click, "prompt", lambda *_, **__: PASSPHRASE.reveal().decode())
    monkeypatch.setattr(storage.keys, "_T", 1)
    monkeypatch.setattr(storage.keys, "_M_KIB", 8 * 1024)
    folder = tmp_path / "home" / "data"
    folder.mkdir(parents=True)
    KeyRing.create(folder / "keyring.json", PASSPHRASE)
    return folder


@pytest.fixture
def duty(data: Path, monkeypatch: pytest.MonkeyPatch) -> Duty:
    return on_disk(monkeypatch, settled_station)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(keys, ["tpm", *arguments, "--lang", "en"])


def run_two(duty: Duty, *arguments: str) -> Result:
    """What takes two people: one asks, another agrees, the one does it."""
    return duty.in_pairs(run, *arguments, asks=Role.SECURITY_ADMIN, agrees=Role.SYSTEM_ADMIN)


def reason_of(sealed: tpm.SealedSecret) -> str:
    with pytest.raises(TpmError) as raised:
        tpm.unseal(sealed)
    assert raised.value.code is ErrorCode.TPM_UNAVAILABLE
    return raised.value.reason


def test_the_same_machine_opens_after_a_restart_and_not_in_another_state(chip: Chip) -> None:
    sealed, secret = tpm.seal()
    chip.boot(FIRMWARE)
    assert tpm.unseal(sealed).reveal() == secret.reveal()
    assert len(set(secret.reveal())) > 8
    measure(FIRMWARE)
    assert reason_of(sealed) == "refused"
    # The list of registers in the file is not what decides.
    assert reason_of(replace(sealed, pcrs=(0,))) == "refused"


def test_another_chip_and_altered_blobs_are_refused(
    chip: Chip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed, _ = tpm.seal()
    flipped = [blob[:-1] + bytes([blob[-1] ^ 1]) for blob in (sealed.public, sealed.private)]
    assert reason_of(replace(sealed, public=flipped[0])) == "failed"
    assert reason_of(replace(sealed, private=flipped[1])) == "failed"
    other = Chip(tmp_path / "other")
    monkeypatch.setattr(tpm_tools, "DEVICE", other.device)
    other.boot(FIRMWARE)
    try:
        assert reason_of(sealed) == "other_chip"
        # Also for whoever writes the new chip's key into the file.
        with tpm_tools.connected() as tools:
            parent = tpm._parent(tools)[1]
        assert reason_of(replace(sealed, parent=parent)) == "failed"
    finally:
        other.off()


def test_registers_without_a_measurement_are_not_sealed_to(chip: Chip) -> None:
    with pytest.raises(TpmError) as raised:
        tpm.seal((7, 9))
    assert raised.value.reason == "unmeasured"


def test_secret_is_in_no_argument_environment_or_plain_bus_traffic(
    chip: Chip, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[bytes] = set()
    bus: list[bytes] = []
    done = threading.Event()
    write, read = os.write, os.read

    def spied_write(descriptor: int, content: bytes) -> int:
        bus.append(bytes(content))
        return write(descriptor, content)

    def spied_read(descriptor: int, count: int) -> bytes:
        content = read(descriptor, count)
        bus.append(content)
        return content

    def watch() -> None:
        while not done.wait(0.003):
            for process in Path("/proc").iterdir():
                if process.name.isdigit():
                    for name in ("cmdline", "environ"):
                        try:
                            seen.add((process / name).read_bytes())
                        except OSError:
                            continue

    monkeypatch.setattr(os, "write", spied_write)
    monkeypatch.setattr(os, "read", spied_read)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        sealed, secret = tpm.seal()
        opened = tpm.unseal(sealed)
    finally:
        done.set()
        watcher.join()
    assert opened.reveal() == secret.reveal()
    assert any(b"unseal\0" in text for text in seen), "the watcher saw no tool at work"
    forms = (
        secret.reveal(),
        secret.reveal().hex().encode(),
        secret.reveal().hex().upper().encode(),
    )
    assert not [text for text in seen for form in forms if form in text]
    assert not [text for text in bus if secret.reveal() in text]
    # Without the session the same command does show it: the spy reads the bus.
    with tpm_tools.connected() as tools:
        parent, _ = tpm._parent(tools)
        made = [tools.file() for _ in range(2)]
        tools.run(
            *("create", "-C", parent, "-i", "-", "-u", made[0], "-r", made[1]),
            given=secret.reveal(),
        )
    assert [text for text in bus if secret.reveal() in text]


def test_tools_leave_no_descriptor_and_no_process_behind(chip: Chip) -> None:
    tpm.seal()
    before = len(list(Path("/proc/self/fd").iterdir()))
    sealed, _ = tpm.seal()
    with pytest.raises(TpmError):
        tpm.unseal(replace(sealed, private=bytes(64)))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert not [thread for thread in threading.enumerate() if thread.name == "tpm"]


def test_a_tool_that_hangs_is_ended(chip: Chip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tpm_tools, "_TIMEOUT_S", 0.5)
    monkeypatch.setattr(tpm_tools, "_TCTI", "cmd:exec sleep 30; # {fd}")
    begin = time.monotonic()
    with tpm_tools.connected() as tools, pytest.raises(TpmError) as raised:
        tools.run("getrandom", "4")
    assert raised.value.reason == "silent"
    assert time.monotonic() - begin < 15


def test_sealed_keys_open_the_station_and_the_passphrase_still_does(
    chip: Chip,
    data: Path,
    duty: Duty,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = data / "keyring.json"
    assert json.loads(path.read_text())["format"] == 1
    monkeypatch.setattr(opening, "passphrase", lambda _: PASSPHRASE)
    assert opening.unlocking(None) is PASSPHRASE
    result = run_two(duty, "seal")
    assert result.exit_code == 0, result.output
    assert "without a passphrase" in result.stderr
    assert json.loads(path.read_text())["format"] == 2
    by_chip = opening.unlocking(None)
    assert isinstance(by_chip, tpm.TpmSecret)
    pepper = KeyRing.open(path, PASSPHRASE).pepper().reveal()
    assert KeyRing.open(path, by_chip).pepper().reveal() == pepper
    assert run("status").exit_code == 0
    assert check_tpm(data).reason == "tpm_sealed"

    document = json.loads(path.read_text())
    document["tpm"]["wrapped"] = document["tpm"]["wrapped"][:-2] + "00"
    wrong = KeyRing.open(path, PASSPHRASE)
    for fault in ("wrapped", "state"):
        if fault == "wrapped":
            path.write_text(json.dumps(document))
        else:
            wrong.keep_tpm(*_again(wrong, by_chip))
            measure(FIRMWARE)
        capsys.readouterr()
        assert opening.unlocking(None) is PASSPHRASE
        assert "KEY-04" in capsys.readouterr().err
        assert run("status").exit_code == 1
        assert KeyRing.open(path, PASSPHRASE).pepper().reveal() == pepper

    assert run_two(duty, "seal").exit_code == 0
    assert isinstance(opening.unlocking(None), tpm.TpmSecret)
    chip.off()
    assert check_tpm(data).verdict is Verdict.NOTE
    assert run_two(duty, "remove").exit_code == 0
    assert json.loads(path.read_text())["format"] == 1
    assert check_tpm(data).reason == "tpm_absent"
    kinds = [kind for kind in _kinds(data) if kind in (Kind.TPM_SEALED, Kind.TPM_REMOVED)]
    assert kinds == [Kind.TPM_REMOVED, Kind.TPM_SEALED, Kind.TPM_SEALED]


def _again(ring: KeyRing, secret: tpm.TpmSecret) -> tuple[tpm.SealedSecret, tpm.TpmSecret]:
    assert ring.tpm is not None
    return ring.tpm, secret


def _kinds(data: Path) -> list[Kind]:
    rows = open_ledger_rows(data / "stores", KeyRing.open(data / "keyring.json", PASSPHRASE))
    try:
        return [parse_entry(stored.body).kind for stored in rows.newest_first()]
    finally:
        rows.database.close()


def start(*, counts: bool = True) -> dict[str, int | str]:
    """What `Station` does at a start; without `counts` it stops before the chip has counted."""
    with settled_station() as desk:
        entry = next_start(desk.keyring.tpm, desk.stores.ledger.newest_first())
        desk.ledger.record(Kind.STATION_START, {"profile": "production", **entry})
        if counts:
            count_start(desk.keyring.tpm, entry)
        return entry


def test_an_old_copy_of_the_whole_folder_is_noticed(
    chip: Chip, data: Path, duty: Duty, tmp_path: Path
) -> None:
    assert start() == {}
    assert run_two(duty, "seal").exit_code == 0
    first = start()[COUNT]
    assert isinstance(first, int)
    shutil.copytree(data, tmp_path / "copy")
    assert start(counts=False)[COUNT] == first + 1
    # Stopped before the count, and counted now: neither is an alarm.
    assert start()[COUNT] == first + 1
    shutil.rmtree(data)
    shutil.copytree(tmp_path / "copy", data)
    with pytest.raises(StorageError) as raised:
        start()
    assert raised.value.code is ErrorCode.STORE_ROLLED_BACK
    # Somebody with the passphrase has looked into it.
    assert run_two(duty, "seal").exit_code == 0
    assert start()[COUNT] == first + 2
    sealed = read_keyring(data / "keyring.json").tpm
    assert sealed is not None
    tpm.forget(sealed.sealed)
    assert start() == {"tpm_counter": "no_counter"}


@pytest.mark.parametrize(
    "change",
    [
        {"pcrs": []},
        {"pcrs": [7, 7]},
        {"pcrs": [24]},
        {"pcrs": [True]},
        {"pcrs": "7"},
        {"parent": "00"},
        {"public": ""},
        {"private": "00" * 5000},
        {"counter": 0x0100_0000},
        {"counter": True},
        {"wrapped": "00" * 300},
        {"wrapped": 7},
    ],
)
def test_hostile_slot_is_refused_before_any_tool_sees_it(
    data: Path, change: dict[str, object]
) -> None:
    path = data / "keyring.json"
    ring = KeyRing.open(path, PASSPHRASE)
    sealed = tpm.SealedSecret((7,), bytes(64), b"public", b"private", 0)
    ring.keep_tpm(sealed, tpm.TpmSecret(bytes(32)))
    assert read_keyring(path).tpm is not None
    document = json.loads(path.read_text())
    document["tpm"].update(change)
    path.write_text(json.dumps(document))
    with pytest.raises(StorageError) as raised:
        KeyRing.open(path, PASSPHRASE)
    assert raised.value.code is ErrorCode.STORE_CORRUPT


def test_what_the_file_says_of_the_slot_is_bound_to_the_root(data: Path) -> None:
    path = data / "keyring.json"
    secret = tpm.TpmSecret(bytes(range(32)))
    ring = KeyRing.open(path, PASSPHRASE)
    ring.keep_tpm(tpm.SealedSecret((7,), bytes(64), b"public", b"private", 0x0180_0001), secret)
    assert KeyRing.open(path, secret).pepper().reveal() == ring.pepper().reveal()
    document = json.loads(path.read_text())
    # Without its counter nobody would notice an old copy.
    document["tpm"]["counter"] = 0
    path.write_text(json.dumps(document))
    for wrong in (secret, tpm.TpmSecret(bytes(32))):
        with pytest.raises(StorageError) as raised:
            KeyRing.open(path, wrong)
        assert raised.value.code is ErrorCode.KEY_WRONG
    assert KeyRing.open(path, Secret(PASSPHRASE.reveal())).tpm is not None


def test_machine_without_a_chip_says_so(
    data: Path, duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tpm_tools, "DEVICE", data / "none")
    result = run_two(duty, "seal")
    assert result.exit_code == 1
    assert "no security chip" in result.output
    assert "no security chip" in run("status").output
    assert check_tpm(data).reason == "tpm_absent"
    assert run_two(duty, "remove").exit_code == 1
