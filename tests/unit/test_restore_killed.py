"""A restore or backup ended by SIGKILL at any moment: the old stores or the new ones."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from backup_kit import attach, back_up, officers_pair, signer_of
from stores_kit import Desk

from consent.entry import parse_entry
from consent.kinds import Kind, Phase
from consent.ledger_port import StoredEntry
from consent.verify import verify_rows
from storage.folder_swap import settle_restore
from storage.recovery import start_up

ROUNDS = int(os.environ.get("STATION_KILLS", "3"))
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SETTLED = {"keyring", "revocations", "stores", "station.lock"}


def started(home: Path, target: Path, what: str) -> "subprocess.Popen[bytes]":
    """The child, at the point where it begins its work."""
    child = subprocess.Popen(
        [sys.executable, str(HERE / "restore_child.py"), str(home), str(target), what],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{HERE}"},
    )
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(officers_pair().export_private().reveal())
    child.stdin.close()
    assert child.stdout.readline() == b"ready\n"
    return child


def ended(child: "subprocess.Popen[bytes]") -> bool:
    """Wait for the child; whether it had come to its end by itself."""
    assert child.stdout is not None
    done = child.stdout.read() == b"done\n"
    child.wait()
    child.stdout.close()
    return done


def duration(home: Path, target: Path, what: str) -> float:
    """Seconds the child's work takes when nobody ends it."""
    child, begin = started(home, target, what), time.monotonic()
    assert ended(child)
    return time.monotonic() - begin


def run_and_kill(home: Path, target: Path, what: str, after_s: float) -> bool:
    """Start the child, kill it so long after it was ready; whether it had ended by itself."""
    child = started(home, target, what)
    time.sleep(after_s)
    child.kill()
    return ended(child)


def reopened(home: Path) -> Desk:
    settle_restore(home)
    desk = attach(Desk(home, settle=False))
    start_up(desk.stores, desk.ledger)
    return desk


def verified(desk: Desk) -> None:
    """The ledger proves, no intent is open, every row has its key and every key its row."""
    entries = [StoredEntry(e.seq, e.body) for e in desk.stores.ledger.entries()]
    heads = list(desk.stores.ledger.heads())
    assert verify_rows(entries, heads, signer_of(desk).public_key, second_opinions=1).ok
    assert desk.ledger.open_intents() == ()
    persons = list(desk.stores.keys.persons())
    assert len(persons) == desk.stores.identity.count()
    for person in persons:
        for store, row, _ in person.rows:
            assert desk.stores.rows[store].present([row]) == 1


def test_a_restore_killed_at_any_moment_leaves_old_or_new(tmp_path: Path) -> None:
    home, backup = tmp_path / "home", tmp_path / "b"
    desk = attach(Desk(home))
    desk.enrol("X00000001", portraits=1)
    back_up(desk, backup)
    desk.stores.close()
    longest_s = duration(home, backup, "restore")
    desk = reopened(home)
    rng = np.random.default_rng(20261122)
    seen = set()
    for _ in range(ROUNDS):
        desk.keep()
        before = desk.stores.identity.count()
        assert before >= 2
        desk.stores.close()
        whole = run_and_kill(home, backup, "restore", float(rng.uniform(0, 1.1 * longest_s)))
        desk = reopened(home)
        verified(desk)
        rows = desk.stores.identity.count()
        assert rows == 1 if whole else rows in (1, before)
        seen.add(rows == 1)
        assert {path.name for path in home.iterdir()} <= SETTLED
        results = [
            entry.phase
            for entry in (parse_entry(stored.body) for stored in desk.stores.ledger.entries())
            if entry.kind is Kind.RESTORE
        ]
        assert results.count(Phase.INTENT) == results.count(Phase.COMPLETION)
    desk.stores.close()
    if ROUNDS >= 30:
        assert seen == {True, False}


def test_a_backup_killed_at_any_moment_is_whole_or_not_there(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = attach(Desk(home))
    for _ in range(5):
        desk.keep()
    desk.stores.close()
    longest_s = duration(home, tmp_path / "b", "backup")
    desk = reopened(home)
    rng = np.random.default_rng(20261123)
    for number in range(max(2, ROUNDS // 2)):
        desk.stores.close()
        target = tmp_path / f"b{number}"
        whole = run_and_kill(home, target, "backup", float(rng.uniform(0, 1.1 * longest_s)))
        desk = reopened(home)
        verified(desk)
        kinds = [parse_entry(stored.body).kind for stored in desk.stores.ledger.entries()]
        assert not whole or target.exists()
        # A file under its name is in the ledger; the reverse may be missing its last step.
        assert sum(path.name.startswith("b") for path in tmp_path.glob("b*")) <= kinds.count(
            Kind.BACKUP
        )
        assert {path.name for path in home.iterdir()} <= SETTLED
    desk.stores.close()
