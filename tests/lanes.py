"""Spreads the tests over worker processes: visits in two lanes, everything else beside them.

A visit takes place in real time, before a camera of 30 frames per second, and leaves gaps in which
a processor has nothing to do. So no more than two files of visits run at a time, and one worker
more than there are processors fills the gaps with the tests that only compute.
"""

import contextlib
import importlib
import os
import sys
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

_LANES = (
    (
        "tests/privacy/test_killed.py",
        "tests/flow/test_booth_process.py",
        "tests/flow/test_faults.py",
        "tests/flow/test_key_infrastructure.py",
        "tests/flow/test_own_passive.py",
    ),
    (
        "tests/flow/",
        "tests/privacy/",
        # Whatever starts a card service is in one lane.
        "tests/contract/test_emrtd_pcsc.py",
        "tests/contract/test_emrtd_reader.py",
    ),
)
"""Beginnings of file names; the first that fits counts. Both lanes take about equally long."""
_THEN = (
    "tests/rig/",
    "tests/evaluation/",
    "tests/ui/test_layout",
    "tests/ui/",
    "tests/unit/",
    "tests/contract/",
)
"""Long files before short ones, so that no worker is left alone with a long one at the end."""
_LESS_URGENT = 10
"""Steps of niceness by which computing yields to visits: a late frame can cost them a blink.

A visit that lost a blink is played once more, which costs more than it gave. What comes first
beside the lanes (the rig) waits for nothing by the clock.
"""
_NICENESS = os.getpriority(os.PRIO_PROCESS, 0)


def lane_of(file: str) -> int | None:
    """Number of the lane `file` runs in; None: anywhere."""
    return next((number for number, lane in enumerate(_LANES) if file.startswith(lane)), None)


def turn_of(file: str) -> int:
    """Whose turn is earlier has the smaller number."""
    lane = lane_of(file)
    if lane is not None:
        return lane - len(_LANES)
    fitting = (number for number, begin in enumerate(_THEN) if file.startswith(begin))
    return next(fitting, len(_THEN))


def workers(processors: int) -> int:
    """How many worker processes this many processors carry."""
    return processors + 1 if processors > 1 else 1


def share_of(number: int, count: int, files: list[Path]) -> list[Path]:
    """The files that worker `number` of `count` imports before all others."""
    return files[number::count]


def import_share(folder: Path) -> None:
    """Import this worker's share of the test files, and so leave them compiled for the others.

    Collecting takes them as they are then. What cannot be imported is left for it to name.
    """
    number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
    count = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    for file in share_of(number, count, sorted(folder.rglob("test_*.py"))):
        sys.path.insert(0, str(file.parent))
        with contextlib.suppress(Exception, pytest.skip.Exception):
            importlib.import_module(file.stem)
        sys.path.remove(str(file.parent))


def yield_to_visits(file: str) -> None:
    """Set this thread's niceness, and that of the processes it will start, for a test of `file`.

    Only the superuser may take it back, so for others nothing changes.
    """
    if os.geteuid() == 0:
        computes = lane_of(file) is None
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS + (_LESS_URGENT if computes else 0))


class LaneScheduling(LoadFileScheduling):
    """One file stays with one worker, as do all files of a lane, in the order they come in."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        lane = lane_of(file)
        return file if lane is None else f"lane {lane}"
