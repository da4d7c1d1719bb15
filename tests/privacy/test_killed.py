"""SIGKILL of the booth and of the desk at random moments of a visit: still no trace."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from station.simulation import Stage
from tests.privacy.desk_under_test import MODELS, PORTRAIT, SHORT, DeskUnderTest
from tests.privacy.memory import descendants, file_hits, is_alive, is_station
from tests.privacy.no_trace import NEEDS, assert_no_trace, assert_no_trace_in_stores
from tests.privacy.shared_stage import settle

pytestmark = NEEDS
POLICY = SHORT
VISIT_S = 7.5
MOMENTS_S = np.random.default_rng(20).uniform(0.0, VISIT_S, 20).round(2).reshape(5, 4).tolist()
"""20 random moments of a visit, in five parts."""


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


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The demo's person before the camera, for every desk that is killed."""
    stage = Stage(MODELS)
    try:
        stage.tell(scene="person", portrait_path=str(PORTRAIT))
        yield stage
    finally:
        stage.close()


@pytest.mark.parametrize("moments_s", MOMENTS_S, ids=str)
def test_killing_the_desk_at_a_random_moment_leaves_no_trace(
    tmp_path: Path, card: tuple[Path, bytes], stage: Stage, moments_s: list[float]
) -> None:
    booths = 0
    for moment_s in moments_s:
        desk = DeskUnderTest(tmp_path / "home", card[0], POLICY, stage)
        desk.order()
        read_for(desk, moment_s)
        family = [pid for pid in descendants(desk.pid) if is_station(pid)]
        booths += len(family)
        desk.kill()
        deadline = time.monotonic() + 1.0
        while any(is_alive(pid) for pid in family):
            assert time.monotonic() < deadline, "a booth outlived its desk"
            time.sleep(0.01)
        settle(stage)
        assert file_hits(desk.home / "demo", card[1]) == []
    # Between two visits there may be no booth at all, but not every time.
    assert booths
    assert_no_trace_in_stores(tmp_path / "home", card[1])


def read_for(desk: DeskUnderTest, seconds: float) -> None:
    """Take in what the desk says for `seconds`, or until the visit is done."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if any("done" in line for line in desk.read(left)):
            return
