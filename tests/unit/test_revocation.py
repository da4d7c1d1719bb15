"""The revocation list: durable, found at once, and never shorter than the ledger says."""

import secrets
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores_kit import Desk

from consent.kinds import CompletionResult, Kind
from consent.ledger_port import StoredEntry
from consent.signing import HeadSigner
from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage import revocation
from storage.revocation import COUNT_NAME, RevocationList, recorded_count, revocation_key

KEY = Secret(b"k" * 32)
SIGNER = HeadSigner.generate()


def listed(path: Path, recorded: int = 0, signer: HeadSigner = SIGNER) -> RevocationList:
    return RevocationList(path, KEY, signer, recorded)


def pids(count: int) -> list[bytes]:
    return [secrets.token_bytes(16) for _ in range(count)]


def refused(path: Path, recorded: int = 0, signer: HeadSigner = SIGNER) -> ErrorCode:
    with pytest.raises(StorageError) as raised:
        listed(path, recorded, signer)
    return raised.value.code


def test_what_was_revoked_stays_revoked_after_every_start(tmp_path: Path) -> None:
    path = tmp_path / "revocations"
    gone, valid = pids(300), pids(300)
    for part in range(0, 300, 100):
        one = listed(path)
        assert one.append(gone[part : part + 100]) == part + 100
        assert all(one.contains(pid) for pid in gone[: part + 100])
    found = listed(path, 300)
    assert len(found) == found.head.count == 300
    assert all(found.contains(pid) for pid in gone)
    assert not any(found.contains(pid) for pid in valid)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_appending_again_changes_nothing(tmp_path: Path) -> None:
    one = listed(tmp_path / "revocations")
    pid = pids(1)
    assert [one.append(pid), one.append(pid), one.append([*pid, *pid]), one.append([])] == [1] * 4
    before = (tmp_path / "revocations").read_bytes()
    assert listed(tmp_path / "revocations").append(pid) == 1
    assert (tmp_path / "revocations").read_bytes() == before


def test_long_appends_are_cut_into_blocks_and_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocation, "LARGEST_BLOCK", 8)
    monkeypatch.setattr(revocation, "_MERGE_FROM", 20)
    one, gone = listed(tmp_path / "revocations"), pids(50)
    assert one.append(gone) == 50
    assert all(one.contains(pid) for pid in gone)
    assert not any(one.contains(pid) for pid in pids(50))
    again = listed(tmp_path / "revocations", 50)
    assert again.head == one.head and all(again.contains(pid) for pid in gone)


def test_the_file_holds_no_identifier(tmp_path: Path) -> None:
    gone = pids(20)
    listed(tmp_path / "revocations").append(gone)
    data = (tmp_path / "revocations").read_bytes()
    assert not any(pid in data or pid.hex().encode() in data for pid in gone)
    # Another station's list of the same templates has nothing in common with it.
    other = RevocationList(tmp_path / "other", Secret(b"o" * 32), SIGNER, 0)
    other.append(gone)
    theirs = (tmp_path / "other").read_bytes()
    pieces = {data[at : at + 16] for at in range(11, 11 + 20 * 16, 16)}
    assert not any(piece in theirs for piece in pieces)


def test_a_list_shorter_than_the_ledger_says_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "revocations"
    listed(path).append(pids(10))
    older = path.read_bytes()
    listed(path).append(pids(5))
    assert len(listed(path, 15)) == 15
    path.write_bytes(older)
    assert refused(path, 15) is ErrorCode.STORE_ROLLED_BACK
    path.unlink()
    assert refused(path, 15) is ErrorCode.STORE_ROLLED_BACK
    assert len(listed(path, 0)) == 0


def test_a_cut_at_any_place_gives_a_whole_prefix_or_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "revocations"
    groups = [pids(2) for _ in range(3)]
    ends = []
    for group in groups:
        listed(path).append(group)
        ends.append(path.stat().st_size)
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        survivors = sum(end >= full for full in ends)
        found = listed(path, 2 * survivors)
        assert len(found) == 2 * survivors
        assert refused(path, 2 * survivors + 1) is ErrorCode.STORE_ROLLED_BACK


def test_what_a_crash_left_half_written_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "revocations"
    kept, torn, later = pids(3), pids(40), pids(2)
    listed(path).append(kept)
    size = path.stat().st_size
    listed(path).append(torn)
    path.write_bytes(path.read_bytes()[: size + 200])
    one = listed(path, 3)
    assert not any(one.contains(pid) for pid in torn)
    one.append(later)
    again = listed(path, 5)
    assert len(again) == 5 and all(again.contains(pid) for pid in [*kept, *later])


@settings(
    deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_no_changed_byte_passes(tmp_path: Path, place: int, flip: int) -> None:
    data = bytearray(_three_blocks(tmp_path))
    data[place % len(data)] ^= flip
    (tmp_path / "changed").write_bytes(bytes(data))
    assert refused(tmp_path / "changed", 9) in (
        ErrorCode.STORE_CORRUPT,
        ErrorCode.STORE_ROLLED_BACK,
    )


@settings(
    deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=300))
def test_hostile_files_end_in_the_typed_error(tmp_path: Path, data: bytes) -> None:
    for content in (data, b"STREV1\n" + data):
        (tmp_path / "hostile").write_bytes(content)
        assert refused(tmp_path / "hostile", 1) in (
            ErrorCode.STORE_CORRUPT,
            ErrorCode.STORE_ROLLED_BACK,
        )


def test_a_list_another_key_signed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "revocations"
    listed(path, signer=HeadSigner.generate()).append(pids(4))
    assert refused(path) is ErrorCode.STORE_CORRUPT


def test_the_ledger_remembers_the_count(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "station")
    try:
        assert recorded_count(desk.stores.ledger.newest_first()) == 0
        key = revocation_key(desk.keyring.op_key())
        one = RevocationList(tmp_path / "revocations", key, SIGNER, 0)
        one.append(pids(7))
        op = desk.ledger.intent(Kind.RENEW, {"stores": ["template"]})
        # An intent that quotes the name is no record of it.
        desk.ledger.record(Kind.CONFIG_CHANGED, {COUNT_NAME: {"count": 99}})
        desk.ledger.complete(op, CompletionResult.DONE, {COUNT_NAME: one.counts()})
        desk.keep()
        assert recorded_count(desk.stores.ledger.newest_first()) == 7
    finally:
        desk.stores.close()


def test_only_entries_that_name_the_list_are_parsed() -> None:
    rows = [StoredEntry(seq, b"not an entry") for seq in range(3)]
    assert recorded_count(rows) == 0


def _three_blocks(folder: Path) -> bytes:
    path = folder / "three"
    if not path.exists():
        for _ in range(3):
            listed(path).append(pids(3))
    return path.read_bytes()
