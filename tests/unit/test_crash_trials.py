"""Stations ended by SIGKILL at random moments, and checks that do find what they look for."""

import json
import os
import secrets
from datetime import timedelta

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

import station.cli.evaluate_crashes as command
from consent.signing import HeadSigner
from station.cli.crash_account import (
    Begun,
    Kept,
    Order,
    after_restore,
    changed,
    halves,
    read_state,
    told_of_portrait,
    unsettled,
    wrongly_refused,
)
from station.cli.crash_station import CrashStation, pictures_and_numbers
from station.cli.crash_trials import (
    FEWEST_KILLS,
    CrashFoundError,
    CrashReport,
    Tally,
    _Trial,
    run_kills,
)
from station.cli.crash_work import OPERATIONS, Worker
from station.errors import StorageError
from station.model import Secret
from storage.keys import KEK_TURN

KILLS = int(os.environ.get("STATION_KILLS", "24"))
LONGEST_S = 15.0 if KILLS == 24 else float("inf")


def test_what_a_killed_station_had_committed_is_kept_and_nobody_is_halved(tmp_path):
    report = run_kills(KILLS, 20261122, tmp_path, lambda done: None, LONGEST_S)
    assert report.faults == []
    # A busy machine comes to fewer within the time, but to some.
    assert FEWEST_KILLS <= report.kills <= KILLS + 1
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def worker(tmp_path):
    """A worker in this process that tells nobody."""
    backups = tmp_path / "backups"
    home = tmp_path / "home"
    for folder in (backups, home):
        folder.mkdir()
    root, officers = secrets.token_bytes(32), HeadSigner.generate().export_private().reveal()
    order = Order(str(home), str(backups), root, officers, 5, "", {}, {})
    made = Worker(order, lambda message: None)
    yield made
    made.close()


def test_every_operation_does_what_it_tells(worker):
    rng = np.random.default_rng(3)
    for name in [*OPERATIONS, *rng.choice(list(OPERATIONS), 30)]:
        OPERATIONS[str(name)](worker)
        assert read_state(worker._at) == worker._state, name
        assert list(halves(worker._at)) == list(unsettled(worker._at)) == []
        assert list(wrongly_refused(worker._at, worker._state)) == []
    assert worker._backups
    assert pictures_and_numbers(worker._home.parent) == (0, 0)


def test_a_restore_broken_off_before_its_end_revokes_nothing(worker, monkeypatch):
    """Whoever came since the backup has no place in it; while the old stores stand, they do."""

    class Ended(BaseException):
        """Stands for the end of the process."""

    def ended(home):
        raise Ended

    worker.back_up()
    worker.enrol()
    worker.renew()
    with monkeypatch.context() as patched:
        patched.setattr("storage.restore.swap", ended)
        with pytest.raises(Ended):
            worker.restore()
    worker._at = CrashStation(worker._home, Secret(worker._root.reveal()))
    (number,) = worker._state
    assert read_state(worker._at) == worker._state
    assert list(wrongly_refused(worker._at, worker._state)) == []
    pid = worker._state[number].pid
    worker.restore()
    assert worker._state == {}
    assert worker._at.revocations.contains(pid)
    assert not (worker._home / "stores" / "revocations").exists()


def with_everything(worker):
    while not any(kept.portraits and kept.template for kept in worker._state.values()):
        worker.enrol()
    number = next(n for n, kept in worker._state.items() if kept.portraits and kept.template)
    worker.verify()
    return number


@pytest.mark.parametrize(
    ("store", "statement", "fault"),
    [
        ("template", "DELETE FROM template", "a key without its record in template"),
        ("portrait", "DELETE FROM portrait", "a key without its record in portrait"),
        ("keys", "DELETE FROM person", "a record without its key in template"),
        ("keys", "DELETE FROM secret", "a secret of no record"),
        ("identity", "DELETE FROM identity", "a blind row of nobody"),
    ],
)
def test_a_half_is_found(worker, store, statement, fault):
    with_everything(worker)
    with worker._at.stores.databases[store].transaction() as change:
        change.write("PRAGMA defer_foreign_keys = ON")
        change.write(statement)
    assert fault in list(halves(worker._at))


def test_a_template_revoked_against_the_account_is_found(worker):
    number = with_everything(worker)
    worker._at.revocations.append([worker._state[number].pid])
    found = list(wrongly_refused(worker._at, worker._state))
    assert found == ["a template that is kept is revoked"]


def test_an_open_intent_is_found(worker):
    from consent.kinds import Kind

    worker._at.ledger.intent(Kind.ERASE, {"commitments": []})
    assert list(unsettled(worker._at)) == ["an intent is open after the start"]


def test_a_key_left_half_exchanged_is_found(worker):
    worker._at.keyring.begin_turn(KEK_TURN)
    assert list(unsettled(worker._at)) == ["a key is half exchanged after the start"]


def test_a_record_that_does_not_open_is_a_fault(worker):
    with_everything(worker)
    with worker._at.stores.databases["keys"].transaction() as change:
        change.write("UPDATE secret SET wrapped = zeroblob(60)")
    with pytest.raises(StorageError):
        read_state(worker._at)


def test_a_picture_or_a_number_in_clear_is_found(tmp_path):
    (tmp_path / "a").write_bytes(b"\0\0\xff\xd8\xff\xe0\x00\x10JFIF\x00")
    (tmp_path / "b").write_bytes(b"\x01" + b"99999919900101001X" + b"\x02")
    (tmp_path / "keyring").write_text('{"keys": "' + " ".join(["4" * 16] * 4) + '"}')
    assert pictures_and_numbers(tmp_path) == (1, 1)


A, B, C = Kept("a", 10, "aa" * 48), Kept("b", 20, portraits=("1", "2")), Kept("c", 30)


@pytest.mark.parametrize(
    ("now", "whole", "verdict"),
    [
        ({"1": A, "2": B}, True, "undone"),
        ({"2": B, "3": C}, True, "kept"),
        ({"2": B}, True, None),
        ({"2": B}, False, "part"),
        ({"1": A, "2": B, "4": C}, False, None),
        ({"1": A}, False, None),
        ({"1": B, "2": B}, False, None),
    ],
)
def test_only_before_or_after_passes(tmp_path, now, whole, verdict):
    report = CrashReport(1, {"expire": Tally()})
    trial = _Trial.__new__(_Trial)
    trial._report, trial._state, trial._revoked = report, {"1": A, "2": B}, set()
    under, tally = Begun("expire", {"1": None, "3": C}, whole), report.tallies["expire"]
    found = list(trial._compared(now, under, tally))
    assert bool(found) is (verdict is None)
    assert (tally.kept, tally.undone, tally.part) == (
        verdict == "kept",
        verdict == "undone",
        verdict == "part",
    )
    assert trial._revoked == ({A.pid} if "1" not in now or now["1"] is B else set())


def test_a_restore_gives_back_what_was_there_and_is_still_kept():
    more = msgspec.structs.replace(B, portraits=("2", "3"), template="bb" * 48)
    then = {"1": A, "2": B, "3": msgspec.structs.replace(C, name="before", failed=2)}
    now = {"2": more, "3": C, "4": A}
    assert after_restore(now, then) == {"2": msgspec.structs.replace(B, portraits=("2",))}
    assert changed(then, {"1": None, "4": C}) == {"2": B, "3": then["3"], "4": C}


def test_a_portrait_is_told_by_its_digest_alone():
    assert len(told_of_portrait(b"x")) == 64


def test_the_command_prints_a_table_and_says_no(tmp_path, monkeypatch):
    def found(kills, seed, place, progress):
        progress(1)
        report = CrashReport(seed, {"enrol": Tally(kills=1, undone=1)})
        if kills == 2:
            report.faults.append("kill 1, enrol: lost")
            raise CrashFoundError(report)
        return report

    monkeypatch.setattr(command, "run_kills", found)
    arguments = ["--folder", str(tmp_path), "--seed", "7", "--kills"]
    good = CliRunner().invoke(command.evaluate_crashes, [*arguments, "1"])
    assert good.exit_code == 0
    assert "0 committed records lost" in good.stdout
    bad = CliRunner().invoke(command.evaluate_crashes, [*arguments, "2", "--json"])
    assert bad.exit_code == 1
    assert json.loads(bad.stdout)["faults"] == ["kill 1, enrol: lost"]
    assert list(tmp_path.iterdir()) == []


def test_a_root_handed_over_opens_the_same_stores(tmp_path):
    root = Secret(secrets.token_bytes(32))
    CrashStation(tmp_path, root).stores.close()
    with CrashStation(tmp_path, root) as again:
        assert again.clock.effective().utcoffset() == timedelta(0)
    with pytest.raises(StorageError):
        CrashStation(tmp_path, Secret(bytes(32)))
