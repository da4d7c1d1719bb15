"""How the tests are spread over workers: whatever starts a station or a card service has a lane."""

import re
from pathlib import Path

import pytest

from tests.lanes import _LANES, LaneScheduling, lane_of, share_of, turn_of, workers

ROOT = Path(__file__).parents[2]
FILES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py"))
STARTS = re.compile(
    r"^from tests\.(card_stack|flow\.fault_bench|flow\.photo_station|privacy\.desk_under_test) ",
    re.M,
)


def test_every_lane_is_made_of_what_is_there() -> None:
    for begin in (begin for lane in _LANES for begin in lane):
        assert any(file.startswith(begin) for file in FILES), begin


def test_whatever_starts_a_station_or_a_card_service_is_in_a_lane() -> None:
    starting = [file for file in FILES if STARTS.search((ROOT / file).read_text("utf-8"))]
    assert len(starting) > 5
    assert [file for file in starting if lane_of(file) is None] == []


def test_lanes_come_first_and_no_folder_is_forgotten() -> None:
    for file in FILES:
        assert (turn_of(file) < 0) is (lane_of(file) is not None)
    assert turn_of("tests/elsewhere/test_x.py") > max(map(turn_of, FILES))


@pytest.mark.parametrize(("processors", "wanted"), [(1, 1), (2, 3), (4, 5)])
def test_one_worker_more_than_processors_but_never_two_lanes_on_one(
    processors: int, wanted: int
) -> None:
    assert workers(processors) == wanted


def test_a_lane_is_one_piece_of_work_and_every_other_file_its_own() -> None:
    split = LaneScheduling.__new__(LaneScheduling)._split_scope
    assert split("tests/privacy/test_killed.py::test_a[1]") == "lane 0"
    assert split("tests/flow/test_faults.py::test_b") == "lane 0"
    assert split("tests/flow/test_visit.py::test_c") == "lane 1"
    assert split("tests/unit/test_lanes.py::test_d[x::y]") == "tests/unit/test_lanes.py"


def test_every_file_is_compiled_by_one_worker_first() -> None:
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    shares = [share_of(number, 3, files) for number in range(3)]
    assert sorted(file for share in shares for file in share) == files
    # They are imported by their bare names, as pytest does.
    assert len({file.stem for file in files}) == len(files)
