"""A station that keeps, erases, enrols, renews, withdraws and expires, killed again and again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from stores_kit import Desk
from test_store_crashes import check_settled

ROOT = Path(__file__).parents[2]
WRITER = """
import sys; sys.path[:0] = [sys.argv[2]]
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stores_kit import Desk, document
from test_renewal import renewal, turned
from consent.kinds import Kind
from station.errors import StorageError
from storage.resident_register import Withdrawal
desk = Desk(Path(sys.argv[1]))
print("ready", flush=True)
turn = 0
while True:
    turn += 1
    who = document(f"E{turn % 4}")
    try:
        if desk.residents.is_enrolled(who):
            plan = renewal(desk).plan(who)
            renewal(desk).carry_out([(plan, turned(plan))])
            desk.residents.attempted(who, matched=False)
            desk.register.withdraw(who, list(Withdrawal)[turn % 3])
        else:
            desk.enrol(who.value, portraits=turn % 3, days=1 + turn % 2)
        if turn % 5 == 0:
            desk.register.add_portrait(who, b"one more", "AAAA")
    except StorageError:
        pass
    if turn % 2 == 0:
        desk.keep(1 + turn % 3)
    if turn % 7 == 0:
        someone = next(iter(desk.stores.keys.persons()))
        desk.erasure.erase([someone], Kind.ERASE, "REQUESTED")
    if turn % 9 == 0:
        desk.sweeper.sweep(datetime.now(UTC) + timedelta(hours=turn % 26))
        desk.register.move_out([document("E1"), document("E2")])
"""


def test_killed_at_random_moments_it_halves_nobody(tmp_path):
    desk = Desk(tmp_path)
    desk.stores.close()
    delays = np.random.default_rng(20261123).uniform(0.0, 0.6, 30)
    deadline = time.monotonic() + 12
    kills = settled = 0
    for delay_s in delays:
        if time.monotonic() > deadline and kills >= 3:
            break
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(Path(__file__).parent)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(delay_s)
        writer.send_signal(signal.SIGKILL)
        assert writer.wait(10) == -signal.SIGKILL
        writer.stdout.close()
        kills += 1
        desk = Desk(tmp_path)
        settled += desk.started.finished + desk.started.undone
        check_settled(desk)
        desk.stores.close()
    assert kills >= 3
    assert desk.ledger.size > kills
