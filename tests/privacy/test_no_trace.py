"""The document portrait leaves no trace: not in a process, not in a file, not in a store.

A marker in the portrait is first found in the booth's memory, so that the test can fail.
"""

import os
import signal
from pathlib import Path

import pytest

from station.config import ROOT
from tests.privacy.desk_under_test import SHORT, DeskUnderTest, Line, Policy, marked_portrait
from tests.privacy.memory import memory_hits
from tests.privacy.no_trace import NEEDS, assert_no_trace, assert_no_trace_in_stores

pytestmark = NEEDS
POLICY: Policy = {}
"""The demo's own, which is a new station's: with the usual check."""
DATA = Path(os.environ.get("STATION_DATA", ROOT.parent / "shared" / "data"))


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


@pytest.mark.parametrize(
    ("order", "outcome"),
    [
        ({"answer": "REFUSED"}, "DECLINED"),
        ({"answer": "OTHER_ROUTE"}, "MANUAL"),
        ({"cancel_at": "CARD"}, "CANCELLED"),
        ({"cancel_at": "CAPTURE"}, "CANCELLED"),
        ({"scene": "photo"}, "ATTACK"),
    ],
    ids=str,
)
def test_no_way_out_leaves_a_trace(
    desk: DeskUnderTest, card: tuple[Path, bytes], order: Line, outcome: str
) -> None:
    desk.order(**order)
    ends_without_a_trace(desk, card[1], outcome)


def ends_without_a_trace(desk: DeskUnderTest, marker: bytes, outcome: str) -> None:
    """Wait for the end of the visit that was ordered: one booth was purged and nothing is left."""
    done = desk.wait(lambda line: "done" in line, 90)
    assert (done["done"], done["locked"]) == (outcome, False)
    purged = [line for line in desk.lines if "purged" in line]
    assert len(purged) == 1
    assert not Path(f"/proc/{purged[0]['purged']}").exists()
    assert_no_trace(desk, marker)


def test_a_pulled_card_leaves_no_trace(tmp_path: Path, card: tuple[Path, bytes]) -> None:
    """At a desk of its own: the simulated slot is used up, so the second try finds no reader."""
    desk = DeskUnderTest(tmp_path / "home", card[0], SHORT)
    desk.order(pull_card=True)
    ends_without_a_trace(desk, card[1], "FAILED")
    assert {"retry": "CRD-04"} in desk.lines
    desk.close()


def test_a_non_match_leaves_no_trace(tmp_path: Path) -> None:
    other = next(iter(sorted((DATA / "faces" / "lfw").glob("*/*_0001.jpg"))), None)
    if other is None:
        pytest.skip("needs a second person's photograph: STATION_DATA or ../shared/data")
    card, marker = marked_portrait(tmp_path, other)
    desk = DeskUnderTest(tmp_path / "home", card, SHORT)
    desk.order()
    assert desk.wait(lambda line: "done" in line, 90)["done"] == "NON_MATCH"
    assert_no_trace(desk, marker)
    desk.close()
    assert_no_trace_in_stores(desk.home, marker)


def test_a_time_out_leaves_no_trace(tmp_path: Path, card: tuple[Path, bytes]) -> None:
    desk = DeskUnderTest(tmp_path / "home", card[0], {"consent_timeout_s": 1.0})
    desk.order(never_answer=True)
    assert desk.wait(lambda line: "done" in line, 30)["done"] == "TIMED_OUT"
    assert_no_trace(desk, card[1])
    desk.close()


def test_no_device_is_open_before_consent(desk: DeskUnderTest) -> None:
    desk.order(wait_at_notice=True, cancel_at="CAPTURE")
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
