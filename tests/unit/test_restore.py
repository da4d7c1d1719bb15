"""Restoring: nobody erased comes back, no revoked template, and never half of it."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backup_kit import attach, back_up, officers_of, restored, wrong_officers
from stores_kit import Desk, document

from consent.entry import Entry, parse_entry
from consent.kinds import CompletionResult, Kind, Phase
from station.errors import ErrorCode, StationError, StorageError
from storage import folder_swap
from storage.folder_swap import settle_restore
from storage.officers import OfficersFile
from storage.recovery import start_up
from storage.registry import TEMPLATE

SHORT = timedelta(hours=1)


def new_desk(folder: Path) -> Desk:
    return attach(Desk(folder))


def reopened(folder: Path) -> Desk:
    """As the next start of the station: settle the folders, then the ledger."""
    settle_restore(folder)
    desk = attach(Desk(folder, settle=False))
    start_up(desk.stores, desk.ledger)
    return desk


def entries(desk: Desk) -> list[Entry]:
    return [parse_entry(stored.body) for stored in desk.stores.ledger.entries()]


def closed(desk: Desk) -> OfficersFile:
    officers = officers_of(desk)
    desk.stores.close()
    return officers


def pids(desk: Desk) -> set[bytes]:
    return {template.pid for template in desk.stores.template.templates()}


def damage(home: Path, store: str) -> None:
    (home / "stores" / store / f"{store}.db").write_bytes(b"\x00" * 8192)


def code_of(call: Callable[[], object]) -> ErrorCode:
    with pytest.raises(StationError) as raised:
        call()
    return raised.value.code


def test_a_damaged_store_comes_back_and_the_station_says_so(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = new_desk(home)
    desk.enrol("X00000001", portraits=2)
    desk.keep()
    before = pids(desk)
    back_up(desk, tmp_path / "b")
    officers = closed(desk)
    damage(home, "identity")
    damage(home, TEMPLATE)
    assert code_of(lambda: new_desk(home)) in (ErrorCode.STORE_CORRUPT, ErrorCode.KEY_WRONG)
    report = restored(home, tmp_path / "b", officers)
    assert report.rows == {"identity": 2, "template": 1, "portrait": 2}
    assert not (report.keys_from_backup or report.ledger_from_backup or report.revocations_lost)
    desk = reopened(home)
    assert desk.register.resident_of(document("X00000001")) and pids(desk) == before
    last = [e for e in entries(desk) if e.kind is Kind.RESTORE]
    assert [e.phase for e in last] == [Phase.INTENT, Phase.COMPLETION]
    assert last[1].payload["result"] == "DONE"
    assert {path.name for path in home.iterdir()} == {
        "keyring",
        "revocations",
        "stores",
        "station.lock",
    } - ({"revocations"} if not (home / "revocations").exists() else set())
    desk.stores.close()


def test_who_was_erased_since_does_not_come_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = new_desk(home)
    for number in ("X00000001", "X00000002", "X00000003"):
        desk.enrol(number, portraits=1)
    back_up(desk, tmp_path / "long")
    back_up(desk, tmp_path / "short", SHORT)
    gone = desk.register._find(document("X00000002")).person
    desk.erasure.erase([gone], Kind.ERASE, "REQUESTED")
    officers = closed(desk)
    # Its own keys are there: they no longer know the person. Then they are lost: the ledger does.
    for backup, keys in (("long", False), ("short", True)):
        if keys:
            damage(home, "keys")
        report = restored(home, tmp_path / backup, officers)
        assert (report.keys_from_backup, report.rows["identity"]) == (keys, 2)
        desk = reopened(home)
        assert desk.register.count() == 2
        for number in ("X00000001", "X00000003"):
            assert desk.register.resident_of(document(number))
        with pytest.raises(StorageError):
            desk.register.resident_of(document("X00000002"))
        assert desk.stores.keys.count() == 2
        assert desk.stores.portrait.count() == desk.stores.template.count() == 2
        desk.stores.close()


def test_a_revoked_template_does_not_come_back_with_its_key(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = new_desk(home)
    for number in ("X00000001", "X00000002"):
        desk.enrol(number)
    (old, kept) = sorted(pids(desk))
    back_up(desk, tmp_path / "b", SHORT)
    # As a renewal does it; the ledger's record of the erased row is not what must save us.
    assert desk.stores.revocations is not None
    desk.stores.revocations.append([old])
    officers = closed(desk)
    damage(home, "keys")
    report = restored(home, tmp_path / "b", officers)
    assert report.removed["revoked"] == 1
    desk = reopened(home)
    assert pids(desk) == {kept} and desk.register.count() == 2
    desk.stores.close()


def test_without_list_and_ledger_no_template_is_believed(tmp_path: Path) -> None:
    """Everything is lost but a backup with keys: who was revoked since, nobody knows."""
    home, empty = tmp_path / "home", tmp_path / "empty"
    desk = new_desk(home)
    old = desk.enrolment("X00000001")
    desk.enrol("X00000001")
    del old
    back_up(desk, tmp_path / "b", SHORT)
    officers = closed(desk)
    report = restored(empty, tmp_path / "b", officers)
    assert report.keys_from_backup and report.ledger_from_backup and report.revocations_lost
    desk = reopened(empty)
    assert pids(desk) == set() and desk.register.count() == 1
    noted = [e for e in entries(desk) if e.kind is Kind.RESTORE and e.phase is Phase.COMPLETION]
    counts = noted[-1].payload["counts"]
    assert isinstance(counts, dict)
    assert counts["restore"] == {
        "erased_before": 0,
        "lost": 0,
        "revoked": 1,
        "without_key": 0,
        "restricted": 0,
        "corrected": 0,
        "keys_from_backup": True,
        "ledger_from_backup": True,
        "revocations_lost": True,
        "office_from_backup": True,
    }
    desk.stores.close()


def test_the_stations_ledger_wins_over_the_backups(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = new_desk(home)
    desk.keep()
    back_up(desk, tmp_path / "b")
    for note in range(5):
        desk.ledger.record(Kind.CONFIG_CHANGED, {"note": note})
    size, head = desk.ledger.size, desk.ledger.head()
    officers = closed(desk)
    restored(home, tmp_path / "b", officers)
    desk = reopened(home)
    assert desk.ledger.size > size and desk.ledger.head().origin == head.origin
    kinds = [e.kind for e in entries(desk)]
    assert kinds[: len(kinds)].count(Kind.CONFIG_CHANGED) == 5
    desk.stores.close()


def test_persons_kept_since_the_backup_lose_their_keys_too(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = new_desk(home)
    desk.enrol("X00000001")
    back_up(desk, tmp_path / "b")
    desk.enrol("X00000002", portraits=1)
    officers = closed(desk)
    report = restored(home, tmp_path / "b", officers)
    assert (report.removed["lost"], report.rows["identity"]) == (1, 1)
    desk = reopened(home)
    assert desk.stores.keys.count() == 1 and desk.stores.keys.secrets_count() == 1
    desk.stores.close()


def test_a_restriction_asked_for_since_holds_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = new_desk(home)
    for number in ("X00000001", "X00000002"):
        desk.enrol(number)
    back_up(desk, tmp_path / "b")
    desk.register.restrict(document("X00000001"), restricted=True)
    desk.register.restrict(document("X00000002"), restricted=True)
    desk.register.restrict(document("X00000002"), restricted=False)
    officers = closed(desk)
    assert restored(home, tmp_path / "b", officers).removed["restricted"] == 1
    desk = reopened(home)
    row = desk.register._find(document("X00000001")).row.row
    assert desk.stores.identity.attempts(row).locked_until_s > datetime.now(UTC).timestamp()
    desk.stores.close()


def test_a_store_from_before_cannot_take_the_place_of_a_restored_one(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = new_desk(home)
    desk.keep()
    back_up(desk, tmp_path / "b")
    desk.keep()
    officers = closed(desk)
    shutil.copytree(home / "stores" / "identity", tmp_path / "stolen")
    restored(home, tmp_path / "b", officers)
    shutil.rmtree(home / "stores" / "identity")
    shutil.copytree(tmp_path / "stolen", home / "stores" / "identity")
    assert code_of(lambda: reopened(home)) is ErrorCode.STORE_ROLLED_BACK


def test_keys_rolled_back_count_as_lost(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = new_desk(home)
    desk.enrol("X00000001")
    back_up(desk, tmp_path / "long")
    back_up(desk, tmp_path / "short", SHORT)
    desk = desk.again()
    desk.stores.close()
    shutil.copytree(home / "stores" / "keys", tmp_path / "stolen")
    desk = new_desk(home)
    desk.erasure.erase(list(desk.stores.keys.persons()), Kind.ERASE, "REQUESTED")
    officers = closed(desk)
    shutil.rmtree(home / "stores" / "keys")
    shutil.copytree(tmp_path / "stolen", home / "stores" / "keys")
    refused = code_of(lambda: restored(home, tmp_path / "long", officers))
    assert refused is ErrorCode.KEY_MISSING
    report = restored(home, tmp_path / "short", officers)
    assert report.keys_from_backup and report.rows["identity"] == 0
    desk = reopened(home)
    assert desk.stores.keys.count() == 0
    desk.stores.close()


@pytest.mark.parametrize("fault", ["officers", "expired", "cut", "running", "no keys"])
def test_what_is_refused_changes_nothing(tmp_path: Path, fault: str) -> None:
    home = tmp_path / "home"
    desk = new_desk(home)
    desk.keep()
    back_up(desk, tmp_path / "b", None if fault == "no keys" else SHORT)
    officers = officers_of(desk)
    if fault != "running":
        desk.stores.close()
    later = timedelta(hours=2) if fault == "expired" else timedelta(0)
    if fault == "officers":
        officers = wrong_officers(officers)
    if fault == "cut":
        (tmp_path / "b").write_bytes((tmp_path / "b").read_bytes()[:-1])
    if fault == "no keys":
        damage(home, "keys")
    before = _bytes_of(home)
    refused = code_of(lambda: restored(home, tmp_path / "b", officers, later))
    assert (
        refused
        is {
            "officers": ErrorCode.OFFICER_KEY_WRONG,
            "expired": ErrorCode.BACKUP_EXPIRED,
            "cut": ErrorCode.BACKUP_INVALID,
            "running": ErrorCode.ALREADY_RUNNING,
            "no keys": ErrorCode.KEY_MISSING,
        }[fault]
    )
    if fault not in ("running", "no keys"):
        # The first waits in its log, of the second the ledger has noted what was begun.
        assert _bytes_of(home) == before
    desk.stores.close()
    if fault == "no keys":
        return
    desk = reopened(home)
    assert desk.stores.identity.count() == 1
    desk.stores.close()


def test_a_clock_set_back_makes_no_expired_backup_good(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = new_desk(home)
    back_up(desk, tmp_path / "b", SHORT)
    desk.clock.observe(datetime.now(UTC) + timedelta(hours=2))
    officers = closed(desk)
    refused = code_of(lambda: restored(home, tmp_path / "b", officers))
    assert refused is ErrorCode.BACKUP_EXPIRED


class _KilledError(Exception):
    """The process ends here."""


@pytest.mark.parametrize("step", range(1, 8))
def test_a_crash_between_any_two_renames_leaves_old_or_new(
    tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    desk = new_desk(home)
    desk.keep()
    back_up(desk, tmp_path / "b")
    desk.keep()
    officers = closed(desk)
    calls = [0]

    def counted(name: str) -> None:
        real = getattr(folder_swap, name)

        def call(*values: Path) -> None:
            calls[0] += 1
            if calls[0] == step:
                raise _KilledError
            real(*values)

        monkeypatch.setattr(folder_swap, name, call)

    settle_restore(home)
    for name in ("_rename", "_destroy", "_sync_tree"):
        counted(name)
    # settle_restore at the beginning of a restore calls one of them as well.
    try:
        restored(home, tmp_path / "b", officers)
        assert step == 7
    except _KilledError:
        assert step < 7
    monkeypatch.undo()
    desk = reopened(home)
    completed = [
        e.payload["result"]
        for e in entries(desk)
        if e.kind is Kind.RESTORE and e.phase is Phase.COMPLETION
    ]
    rows = desk.stores.identity.count()
    if step == 1:
        assert (rows, completed) == (2, [])
    else:
        done = rows == 1
        expected = CompletionResult.DONE if done else CompletionResult.UNDONE_ON_START
        assert completed == [expected.value]
    assert desk.ledger.open_intents() == ()
    assert {path.name for path in home.iterdir()} <= {
        "keyring",
        "revocations",
        "stores",
        "station.lock",
    }
    desk.stores.close()


def test_a_broken_ledger_is_replaced_by_the_backups_and_that_is_recorded(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = new_desk(home)
    desk.keep()
    back_up(desk, tmp_path / "b")
    officers = closed(desk)
    damage(home, "ledger")
    report = restored(home, tmp_path / "b", officers)
    assert report.ledger_from_backup and not report.keys_from_backup
    desk = reopened(home)
    assert entries(desk)[-1].kind is Kind.RESTORE
    desk.stores.close()


def _bytes_of(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and path.suffix == ".db"
    }
