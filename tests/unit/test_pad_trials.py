"""The log of bench trials: rows written at once, read back, and counted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.errors import ErrorCode, StorageError
from station.model import LayerVerdict, PadReport, PadResult
from station.pad_trials import COLUMNS, TrialLog, TrialRow, _line, _row, layers_text

REPORT = PadReport(
    PadResult.BONA_FIDE,
    "ALL",
    "",
    (
        LayerVerdict("L3_PLANARITY", True, 0.0812, 0.055),
        LayerVerdict("L9_SENSOR", True, 0.0, 0.08, judged=False),
    ),
)


def row(**values: str) -> TrialRow:
    usual = dict.fromkeys(COLUMNS, "") | {
        "number": "1",
        "label": "BENCH",
        "species": "photo",
        "artefact": "P01",
        "subject": "S01",
        "result": "UNDECIDED",
        "decided_by": "L2_CHALLENGE",
        "layers": layers_text(REPORT),
    }
    return TrialRow(**(usual | values))


def test_rows_are_there_at_once_and_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "bench" / "trials.csv"
    log = TrialLog(path)
    log.append(row())
    assert len(path.read_text("utf-8").splitlines()) == 2
    log.append(row(number="2", details='paper=photo;note="a,b"', result="BONA_FIDE"))
    again = TrialLog(path)
    assert again.rows == log.rows
    again.append(row(number="3"))
    assert [found.number for found in TrialLog(path).rows] == ["1", "2", "3"]
    assert path.stat().st_mode & 0o077 == 0


def test_a_torn_last_line_costs_that_row_only(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    log = TrialLog(path)
    log.append(row())
    log.append(row(number="2"))
    content = path.read_bytes()
    path.write_bytes(content[:-30])
    again = TrialLog(path)
    assert [found.number for found in again.rows] == ["1"]
    again.append(row(number="2"))
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [
        b"name,face\n1,2\n",
        b"\xff\xfe\n",
        ",".join(COLUMNS).encode() + b"\n1,2\n",
        ",".join(COLUMNS).encode() + b"\n" + _line(("MAYBE",) * len(COLUMNS)),
        ",".join(COLUMNS).encode() + b"\n" + b"x" * 5000 + b"," * (len(COLUMNS) - 1) + b"\n",
    ],
)
def test_what_is_no_such_log_is_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    path.write_bytes(content)
    with pytest.raises(StorageError) as caught:
        TrialLog(path)
    assert caught.value.code is ErrorCode.STORE_CORRUPT
    assert path.read_bytes() == content


def test_a_row_becomes_a_trial_with_its_margin() -> None:
    trial = row(result="BONA_FIDE").trial()
    assert (trial.species, trial.cluster, trial.accepted) == ("photo", "S01/P01", True)
    assert trial.score == pytest.approx((0.0812 - 0.055) / 0.055)


@given(st.lists(st.text(max_size=40), min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_strange_cells_never_crash_the_reader(cells: list[str]) -> None:
    try:
        made = _row(cells)
    except StorageError:
        return
    assert made.result in set(PadResult)
