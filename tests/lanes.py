"""Spreads the tests over worker processes: visits in two lanes, everything else beside them.

A visit takes place in real time, before a camera of 30 frames per second, and leaves gaps in which
a processor has nothing to do. So no more than two files of visits run at a time, and one worker
more than there are processors fills the gaps with the tests that only compute.
"""

import os

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
_THEN = ("tests/rig/", "tests/evaluation/", "tests/contract/", "tests/ui/", "tests/unit/")
"""Long files before short ones, so that no worker is left alone with a long one at the end."""
_LESS_URGENT = 5
"""Steps of niceness by which computing yields to visits: a late frame can cost them a blink."""
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
