"""The document portrait leaves no trace: not in a process, not in a file, not in a store.

A marker in the portrait is first found in the booth's memory, so that the test can fail.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from station.model import Secret
from storage.keys import KeyRing
from storage.stores import open_stores
from tests.privacy.desk_program import PASSPHRASE
from tests.privacy.desk_under_test import PORTRAIT, DeskUnderTest, Line, marked_portrait
from tests.privacy.memory import descendants, file_hits, is_station, memory_hits

pytestmark = [
    pytest.mark.skipif(not PORTRAIT.exists(), reason="models not fetched: ./station.sh setup"),
    pytest.mark.skipif(os.geteuid() != 0, reason="reading a confined process's memory needs root"),
]
VISIT_S = 9.0
MOMENTS_S = np.random.default_rng(20).uniform(0.0, VISIT_S, 20).round(2).reshape(5, 4).tolist()
"""20 random moments of a visit, in five parts that can run side by side."""


@pytest.fixture
def card(tmp_path: Path) -> tuple[Path, bytes]:
    return marked_portrait(tmp_path)


@pytest.fixture
def desk(tmp_path: Path, card: tuple[Path, bytes]) -> Iterator[DeskUnderTest]:
    desk = DeskUnderTest(tmp_path / "home", card[0])
    yield desk
    desk.close()


def station_processes(desk: DeskUnderTest) -> list[int]:
    return [pid for pid in [desk.pid, *descendants(desk.pid)] if is_station(pid)]


def assert_no_trace(desk: DeskUnderTest, marker: bytes) -> None:
    """No process of the station and no file holds the marker."""
    for pid in station_processes(desk):
        assert memory_hits(pid, marker) == 0, pid
    assert file_hits(desk.home / "demo", marker) == []


def assert_no_trace_in_stores(home: Path, marker: bytes) -> None:
    """Open every store with its keys and look into every cell."""
    keyring = KeyRing.open(home / "demo" / "keyring.json", Secret(PASSPHRASE.reveal()))
    stores = open_stores(home / "demo" / "stores", keyring)
    try:
        assert sum(found.images for found in stores.inventory()) == 0
        for database in stores.databases.values():
            for table in database.tables():
                for row in database.stream(f'SELECT * FROM "{table}"'):
                    assert not any(marker in cell for cell in row if isinstance(cell, bytes))
    finally:
        stores.close()


def holds_portrait(line: Line) -> bool:
    return line.get("reader") is True and int(str(line.get("images", 0))) > 0


def test_the_marker_is_in_the_booth_while_the_card_is_read_and_nowhere_afterwards(
    desk: DeskUnderTest, card: tuple[Path, bytes]
) -> None:
    marker = card[1]
    desk.order()
    booth = int(str(desk.wait(lambda line: "booth" in line)["booth"]))
    desk.wait(holds_portrait)
    os.kill(booth, signal.SIGSTOP)
    try:
        assert memory_hits(booth, marker) >= 1, "the test could not fail"
        assert memory_hits(desk.pid, marker) == 0
    finally:
        os.kill(booth, signal.SIGCONT)
    assert desk.wait(lambda line: "done" in line, 90)["done"] == "MATCH"
    assert not Path(f"/proc/{booth}").exists()
    assert_no_trace(desk, marker)
    desk.close()
    assert_no_trace_in_stores(desk.home, marker)


@pytest.mark.parametrize(
    ("order", "outcome"),
    [
        ({"answer": "REFUSED"}, "DECLINED"),
        ({"answer": "OTHER_ROUTE"}, "MANUAL"),
        ({"cancel_at": "CARD"}, "CANCELLED"),
        ({"cancel_at": "CAPTURE"}, "CANCELLED"),
        ({"scene": "photo"}, "ATTACK"),
        ({"pull_card": True}, "FAILED"),
    ],
    ids=str,
)
def test_no_way_out_leaves_a_trace(
    desk: DeskUnderTest, card: tuple[Path, bytes], order: Line, outcome: str
) -> None:
    desk.order(**order)
    done = desk.wait(lambda line: "done" in line, 90)
    assert (done["done"], done["locked"]) == (outcome, False)
    purged = [line for line in desk.lines if "purged" in line]
    assert len(purged) == 1
    if order.get("pull_card"):
        # The simulated slot is used up by a pull, so the second try finds no reader.
        assert {"retry": "CRD-04"} in desk.lines
    assert not Path(f"/proc/{purged[0]['purged']}").exists()
    assert_no_trace(desk, card[1])


def test_a_time_out_leaves_no_trace(tmp_path: Path, card: tuple[Path, bytes]) -> None:
    desk = DeskUnderTest(tmp_path / "home", card[0], PORTRAIT, "1.0")
    desk.order(never_answer=True)
    assert desk.wait(lambda line: "done" in line, 30)["done"] == "TIMED_OUT"
    assert_no_trace(desk, card[1])
    desk.close()


def test_no_device_is_open_before_consent(desk: DeskUnderTest) -> None:
    desk.order(wait_at_notice=True)
    booth = int(str(desk.wait(lambda line: "booth" in line)["booth"]))
    before = open_files(booth)
    assert not [name for name in before + open_files(desk.pid) if name.startswith("/dev/video")]
    sockets_before = sum(name.startswith("socket:") for name in before)
    desk.write("go on")
    desk.wait(lambda line: line.get("reader") is True)
    os.kill(booth, signal.SIGSTOP)
    sockets_while = sum(name.startswith("socket:") for name in open_files(booth))
    os.kill(booth, signal.SIGCONT)
    assert (sockets_before, sockets_while > 1) == (1, True)
    desk.wait(lambda line: "done" in line, 90)


def open_files(pid: int) -> list[str]:
    """Targets of the process's descriptors."""
    names = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            names.append(str(entry.readlink()))
        except OSError:
            continue  # Closed while we looked.
    return names


@pytest.mark.parametrize("moments_s", MOMENTS_S, ids=str)
def test_killing_the_booth_at_a_random_moment_leaves_no_trace(
    desk: DeskUnderTest, card: tuple[Path, bytes], moments_s: list[float]
) -> None:
    for moment_s in moments_s:
        desk.order()
        booth = int(str(desk.wait(lambda line: "booth" in line)["booth"]))
        read_for(desk, moment_s)
        if Path(f"/proc/{booth}").exists():
            os.kill(booth, signal.SIGKILL)
        done = next((line for line in desk.lines if "done" in line), None)
        done = done or desk.wait(lambda line: "done" in line, 60)
        assert done["locked"] is False
        assert done["done"] in {"FAILED", "MATCH", "MANUAL"}
        assert not Path(f"/proc/{booth}").exists()
        assert_no_trace(desk, card[1])


@pytest.mark.parametrize("moments_s", MOMENTS_S, ids=str)
def test_killing_the_desk_at_a_random_moment_leaves_no_trace(
    tmp_path: Path, card: tuple[Path, bytes], moments_s: list[float]
) -> None:
    for moment_s in moments_s:
        desk = DeskUnderTest(tmp_path / "home", card[0])
        desk.order()
        read_for(desk, moment_s)
        family = [pid for pid in descendants(desk.pid) if is_station(pid)]
        assert family
        desk.kill()
        deadline = time.monotonic() + 1.0
        while any(Path(f"/proc/{pid}").exists() for pid in family):
            assert time.monotonic() < deadline, "a booth outlived its desk"
            time.sleep(0.01)
        assert file_hits(desk.home / "demo", card[1]) == []
    assert_no_trace_in_stores(tmp_path / "home", card[1])


def read_for(desk: DeskUnderTest, seconds: float) -> None:
    """Take in what the desk says for `seconds`, or until the visit is done."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if any("done" in line for line in desk.read(left)):
            return
