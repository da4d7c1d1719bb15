"""Start-up after a crash at every step, and after a file was put back.

After SIGKILL: tests/unit/test_store_kills.py.
"""

import json
import secrets
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stores_kit import Desk

from consent.kinds import CompletionResult, Kind, Phase
from station.errors import ErrorCode, LedgerError, StorageError
from storage.effects import op_reference
from storage.erasure import Erasure

ROOT = Path(__file__).parents[2]


class Crash(BaseException):
    """Stands for the end of the process: nothing in the product catches it."""


def crash_at(monkeypatch, thing, name, *, after=False):
    real = getattr(thing, name)

    def dies(*args, **more):
        if after:
            real(*args, **more)
        raise Crash

    monkeypatch.setattr(thing, name, dies)


def settle(desk):
    """Start anew and check what must always hold."""
    again = desk.again()
    ledger = account(again)
    assert again.ledger.open_intents() == ()
    assert again.stores.keys.count() == again.stores.identity.count() == ledger
    assert again.stores.keys.database.read("SELECT count(*) FROM link") == [(ledger,)]
    for name in ("identity", "keys"):
        assert again.stores.databases[name].read("SELECT * FROM applied") == []
    return again


def account(desk):
    """Identities that should exist, by the ledger alone; also: no double completion."""
    kept, completed = 0, set()
    for stored in desk.stores.ledger.entries():
        entry = json.loads(stored.body)
        if entry["phase"] != Phase.COMPLETION:
            continue
        assert entry["op"] not in completed
        completed.add(entry["op"])
        rows = entry["payload"]["counts"]["identity"]["rows"]
        kept += rows if entry["kind"] == Kind.KEEP_IDENTITY else -rows
    return kept


def last_result(desk):
    return json.loads(list(desk.stores.ledger.entries())[-1].body)["payload"]["result"]


KEEP_POINTS = [
    ("stores.keys", "add", False, CompletionResult.UNDONE_ON_START),
    ("stores.keys", "add", True, CompletionResult.UNDONE_ON_START),
    ("stores.identity", "add", False, CompletionResult.UNDONE_ON_START),
    ("stores.identity", "add", True, CompletionResult.FINISHED_ON_START),
    ("ledger", "complete", False, CompletionResult.FINISHED_ON_START),
    ("ledger", "complete", True, CompletionResult.DONE),
]


def part(desk, path):
    for name in path.split("."):
        desk = getattr(desk, name)
    return desk


@pytest.mark.parametrize("point", KEEP_POINTS)
def test_keeping_is_whole_or_not_at_all(tmp_path, monkeypatch, point):
    path, name, after, result = point
    desk = Desk(tmp_path)
    desk.keep()
    with monkeypatch.context() as patched:
        crash_at(patched, part(desk, path), name, after=after)
        with pytest.raises(Crash):
            desk.keep()
    again = settle(desk)
    assert last_result(again) == result
    assert again.stores.identity.count() == (1 if "UNDONE" in result else 2)
    settle(again).stores.close()


ERASE_POINTS = [
    ("stores.keys", "destroy", False),
    ("stores.keys", "destroy", True),
    ("stores.identity", "delete", False),
    ("stores.identity", "delete", True),
    ("ledger", "complete", False),
    ("ledger", "complete", True),
]


@pytest.mark.parametrize("point", ERASE_POINTS)
@pytest.mark.parametrize("kind", [Kind.ERASE, Kind.EXPIRE])
def test_erasure_is_finished_never_undone(tmp_path, monkeypatch, point, kind):
    path, name, after = point
    desk = Desk(tmp_path)
    desk.keep()
    desk.keep(2)
    victim = next(iter(desk.stores.identity.terms()))[0]
    person = desk.stores.keys.person_of("identity", victim)
    with monkeypatch.context() as patched:
        crash_at(patched, part(desk, path), name, after=after)
        with pytest.raises(Crash):
            desk.erasure.erase([person], kind, "REQUESTED")
    again = settle(desk)
    done = after and name == "complete"
    assert last_result(again) == (
        CompletionResult.DONE if done else CompletionResult.FINISHED_ON_START
    )
    assert again.stores.identity.present([victim]) == 0
    assert again.stores.identity.count() == 1
    counts = json.loads(list(again.stores.ledger.entries())[-1].body)["payload"]["counts"]
    assert counts["identity"]["rows"] == counts["keys"]["rows"] == 1
    settle(again).stores.close()


@pytest.mark.parametrize("point", ["keys.undo_add", "identity.undo_add"])
@pytest.mark.parametrize("after", [False, True])
def test_recovery_may_itself_be_interrupted(tmp_path, monkeypatch, point, after):
    desk = Desk(tmp_path)
    with monkeypatch.context() as patched:
        crash_at(patched, desk.stores.identity, "add")
        with pytest.raises(Crash):
            desk.keep()
    desk.stores.close()
    store, name = point.split(".")
    with monkeypatch.context() as patched:
        half = Desk(tmp_path, settle=False)
        crash_at(patched, getattr(half.stores, store), name, after=after)
        from storage.recovery import start_up

        with pytest.raises(Crash):
            start_up(half.stores, half.ledger)
    settle(half).stores.close()


def test_an_interrupted_undoing_of_a_whole_keep_is_not_taken_for_done(tmp_path, monkeypatch):
    """Key and row were both there; the undoing died after the key. The row must go too."""
    desk = Desk(tmp_path)
    with monkeypatch.context() as patched:
        crash_at(patched, desk.ledger, "complete")
        with pytest.raises(Crash):
            desk.keep()
    ((op_id, _),) = desk.ledger.open_intents()
    desk.stores.keys.undo_add(op_reference(desk.stores.op_key.reveal(), op_id, "keys"))
    again = settle(desk)
    assert again.stores.identity.count() == 0
    assert last_result(again) == CompletionResult.UNDONE_ON_START
    again.stores.close()


def test_an_intent_nobody_can_settle_locks(tmp_path):
    desk = Desk(tmp_path)
    desk.ledger.intent(Kind.AUDIT_EXPORT, {})
    desk.stores.close()
    with pytest.raises(LedgerError) as raised:
        Desk(tmp_path)
    assert raised.value.code is ErrorCode.RECOVERY_FAILED


@pytest.mark.parametrize("store", ["identity", "keys", "ledger"])
def test_one_file_put_back_is_noticed(tmp_path, store):
    desk = Desk(tmp_path)
    desk.keep()
    desk.stores.close()
    shutil.copytree(tmp_path / "stores" / store, tmp_path / "backup")
    desk = Desk(tmp_path)
    desk.sweeper.sweep(datetime.now(UTC) + timedelta(hours=2))
    desk.stores.close()
    shutil.rmtree(tmp_path / "stores" / store)
    shutil.copytree(tmp_path / "backup", tmp_path / "stores" / store)
    with pytest.raises(StorageError) as raised:
        Desk(tmp_path)
    assert raised.value.code is ErrorCode.STORE_ROLLED_BACK


@pytest.mark.parametrize("store", ["identity", "keys", "ledger"])
def test_one_file_removed_is_noticed(tmp_path, store):
    desk = Desk(tmp_path)
    desk.keep()
    desk.stores.close()
    shutil.rmtree(tmp_path / "stores" / store)
    with pytest.raises(StorageError) as raised:
        Desk(tmp_path)
    assert raised.value.code is ErrorCode.STORE_ROLLED_BACK


def test_a_rollback_hidden_behind_an_open_intent_is_noticed(tmp_path, monkeypatch):
    desk = Desk(tmp_path)
    desk.keep()
    desk.stores.close()
    shutil.copytree(tmp_path / "stores" / "identity", tmp_path / "backup")
    desk = Desk(tmp_path)
    desk.keep()
    crash_at(monkeypatch, desk.stores.keys, "add")
    with pytest.raises(Crash):
        desk.keep()
    desk.stores.close()
    shutil.rmtree(tmp_path / "stores" / "identity")
    shutil.copytree(tmp_path / "backup", tmp_path / "stores" / "identity")
    with pytest.raises(StorageError) as raised:
        Desk(tmp_path)
    assert raised.value.code is ErrorCode.STORE_ROLLED_BACK


def test_erasure_of_a_person_with_no_rows_elsewhere(tmp_path):
    desk = Desk(tmp_path)
    from storage.person import new_person

    person = new_person([])
    desk.stores.keys.add(secrets.token_bytes(32), person)
    report = Erasure(desk.stores, desk.ledger).erase([person], Kind.ERASE, "REQUESTED")
    assert report.rows == {"keys": 1, "identity": 0, "template": 0, "portrait": 0}
    desk.stores.close()


def test_a_disk_that_fills_up_halves_nothing_and_erasing_still_works(tmp_path):
    from test_database import small_disk

    with small_disk(tmp_path / "disk", 4096):
        desk = Desk(tmp_path / "disk", reserve_bytes=1 << 20)
        assert desk.stores.space.reserved
        desk.keep()
        desk.keep(2)
        ballast = tmp_path / "disk" / "ballast"
        with pytest.raises(OSError, match="No space"), ballast.open("wb", buffering=0) as stream:
            while stream.write(bytes(4096)):
                pass
        assert desk.sweeper.sweep(datetime.now(UTC) + timedelta(hours=1)).expired == 1
        kept = 1
        with pytest.raises(StorageError) as raised:
            while True:
                desk.keep(3)
                kept += 1
        assert raised.value.code is ErrorCode.DISK_FULL
        assert desk.stores.identity.count() >= kept
        ballast.unlink()
        desk.sweeper.sweep()
        again = settle(desk)
        assert again.stores.identity.count() == kept
        again.stores.close()


def test_closed_stores_refuse_and_are_not_opened_again(tmp_path):
    desk = Desk(tmp_path)
    desk.stores.close()
    desk.stores.close()
    with pytest.raises(StorageError) as raised:
        desk.sweeper.sweep()
    assert raised.value.code is ErrorCode.STORE_LOCKED
    Desk(tmp_path).stores.close()
