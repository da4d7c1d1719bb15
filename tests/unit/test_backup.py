"""Backups: made while the station writes, whole or refused, and closed to everyone else."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backup_kit import attach, back_up, officers_of, restored, untold, wrong_officers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores_kit import Desk

from consent.entry import parse_entry
from consent.kinds import Kind
from consent.signing import HeadSigner
from station.errors import ErrorCode, StorageError
from storage.backup_file import check_backup, open_backup
from storage.officers import OfficersFile
from storage.restore import verify_backup

NOW = datetime.now(UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = attach(Desk(tmp_path / "home"))
    desk.enrol("X00000001", portraits=1)
    desk.keep()
    return desk


def code_of(call: object, *values: object) -> ErrorCode:
    with pytest.raises(StorageError) as raised:
        call(*values)  # type: ignore[operator]
    return raised.value.code


def test_a_long_backup_has_every_store_but_the_keys(desk: Desk, tmp_path: Path) -> None:
    report = back_up(desk, tmp_path / "b")
    header, manifest = verify_backup(tmp_path / "b", officers_of(desk), NOW, untold)
    assert set(report.stores) == {"identity", "template", "portrait", "ledger", "office"}
    assert {part.name for part in manifest.parts} == set(report.stores)
    assert (header.expires, header.with_keys, report.expires) == ("", False, "")
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600
    assert report.bytes == (tmp_path / "b").stat().st_size
    (entry,) = [
        parse_entry(stored.body)
        for stored in desk.stores.ledger.entries()
        if parse_entry(stored.body).kind is Kind.BACKUP
    ]
    assert (entry.payload["digest"], entry.payload["bytes"]) == (report.digest, report.bytes)
    # Nothing of the copying is left.
    assert not (desk.folder / "backup.tmp").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["home", "b"] or (
        {path.name for path in tmp_path.iterdir()} == {"home", "b"}
    )
    desk.stores.close()


def test_a_backup_shows_nothing_without_the_officers(desk: Desk, tmp_path: Path) -> None:
    back_up(desk, tmp_path / "b", timedelta(hours=1))
    data = (tmp_path / "b").read_bytes()
    assert b"X00000001" not in data and "住户".encode() not in data and b"SQLite" not in data
    keyring = (desk.folder / "keyring").read_bytes()
    assert keyring[:200] not in data
    station = officers_of(desk)
    refused = code_of(verify_backup, tmp_path / "b", wrong_officers(station), NOW, untold)
    assert refused is ErrorCode.OFFICER_KEY_WRONG
    # That it is whole, and whose it is, anyone can check who has the station's public key.
    assert check_backup(tmp_path / "b", station.station_key, untold).with_keys
    desk.stores.close()


def test_it_is_made_while_others_write_and_erase(desk: Desk, tmp_path: Path) -> None:
    """The copies are of one moment: no key without its row, no row unknown to the ledger."""
    for number in range(8):
        desk.enrol(f"X1{number:07d}")
    stop, failures = threading.Event(), list[BaseException]()

    def busy() -> None:
        try:
            while not stop.is_set():
                desk.keep()
                person = next(desk.stores.keys.persons())
                desk.erasure.erase([person], Kind.ERASE, "REQUESTED")
        except BaseException as error:
            failures.append(error)

    writer = threading.Thread(target=busy)
    writer.start()
    for number in range(2):
        back_up(desk, tmp_path / f"b{number}", timedelta(hours=1))
    stop.set()
    writer.join()
    assert failures == []
    officers = officers_of(desk)
    desk.stores.close()
    for number in range(2):
        place = tmp_path / f"r{number}"
        place.mkdir()
        report = restored(place, tmp_path / f"b{number}", officers)
        assert report.removed["without_key"] == 0 and report.removed["lost"] == 0
        assert report.rows["identity"] > 0


def test_no_backup_replaces_a_file_and_a_failed_one_leaves_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b").write_bytes(b"an older backup")
    assert code_of(back_up, desk, tmp_path / "b") is ErrorCode.STORE_LOCKED
    assert (tmp_path / "b").read_bytes() == b"an older backup"
    monkeypatch.setattr("storage.backup_file.os.fsync", _full)
    assert code_of(back_up, desk, tmp_path / "c") is ErrorCode.DISK_FULL
    assert {path.name for path in tmp_path.iterdir()} == {"home", "b"}
    assert not (desk.folder / "backup.tmp").exists()
    kinds = {parse_entry(stored.body).kind for stored in desk.stores.ledger.entries()}
    assert Kind.BACKUP not in kinds
    desk.stores.close()


def _full(_descriptor: int) -> None:
    raise OSError(28, "no space")


def test_a_backup_with_keys_ends(desk: Desk, tmp_path: Path) -> None:
    back_up(desk, tmp_path / "b", timedelta(hours=1))
    officers = officers_of(desk)
    header, manifest = verify_backup(tmp_path / "b", officers, NOW, untold)
    assert header.with_keys and {"keys", "keyring"} < {part.name for part in manifest.parts}
    late = NOW + timedelta(hours=2)
    refused = code_of(verify_backup, tmp_path / "b", officers, late, untold)
    assert refused is ErrorCode.BACKUP_EXPIRED
    desk.stores.close()


def test_another_stations_backup_is_named_as_such(desk: Desk, tmp_path: Path) -> None:
    back_up(desk, tmp_path / "b")
    other = HeadSigner.generate().public_key
    refused = code_of(check_backup, tmp_path / "b", other, untold)
    assert refused is ErrorCode.BACKUP_OTHER_STATION
    desk.stores.close()


class Made:
    """One small backup, made once for the tests that damage it."""

    data = b""
    officers: OfficersFile


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made")
    desk = attach(Desk(folder / "home"))
    back_up(desk, folder / "b", timedelta(hours=1))
    found = Made()
    found.data, found.officers = (folder / "b").read_bytes(), officers_of(desk)
    desk.stores.close()
    return found


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.integers(0, 10**9), flip=st.integers(1, 255), head=st.booleans())
def test_no_changed_byte_passes(
    made: Made, tmp_path: Path, place: int, flip: int, head: bool
) -> None:
    data = bytearray(made.data)
    data[place % (400 if head else len(data))] ^= flip
    (tmp_path / "b").write_bytes(bytes(data))
    refused = code_of(check_backup, tmp_path / "b", made.officers.station_key, untold)
    assert refused in (ErrorCode.BACKUP_INVALID, ErrorCode.BACKUP_OTHER_STATION)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(end=st.integers(0, 10**9))
def test_no_cut_file_passes(made: Made, tmp_path: Path, end: int) -> None:
    (tmp_path / "b").write_bytes(made.data[: end % len(made.data)])
    refused = code_of(check_backup, tmp_path / "b", made.officers.station_key, untold)
    assert refused is ErrorCode.BACKUP_INVALID


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    data=st.binary(max_size=600),
    start=st.sampled_from([b"", b"STATION-BACKUP-1\n", b"STATION-BACKUP-1\n\x00\x00\x00\x02{}"]),
)
def test_hostile_files_end_in_the_typed_error(
    made: Made, tmp_path: Path, data: bytes, start: bytes
) -> None:
    (tmp_path / "b").write_bytes(start + data)
    for call in (
        lambda: check_backup(tmp_path / "b", made.officers.station_key, untold),
        lambda: open_backup(tmp_path / "b", made.officers.private_key, None, untold),
    ):
        assert code_of(call) in (ErrorCode.BACKUP_INVALID, ErrorCode.BACKUP_OTHER_STATION)


def test_whoever_holds_the_public_key_alone_can_make_no_backup(made: Made, tmp_path: Path) -> None:
    """Sealing needs no secret; the station's signature is what makes a backup one."""
    body = made.data[:-73]
    mallory = HeadSigner.generate()
    signature = mallory.sign(b"station backup v1|" + b"d" * 32)
    forged = body + bytes((len(signature),)) + signature.ljust(72, b"\x00")
    (tmp_path / "b").write_bytes(forged)
    refused = code_of(check_backup, tmp_path / "b", made.officers.station_key, untold)
    assert refused is ErrorCode.BACKUP_INVALID
