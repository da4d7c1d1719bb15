"""A no is kept as a keyed digest and a time, for 48 hours and no longer."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.errors import ErrorCode, StorageError
from station.office_book import Shelf
from station.refusals import NOT_ASKED_FOR, Refusals
from storage.sealing import keyed_digest
from tests.office_fakes import MemoryBook

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
KEY = bytes(range(32))


class Bench:
    """Refusals over a book in memory."""

    def __init__(self) -> None:
        self.now, self.book = START, MemoryBook()
        self.refusals = Refusals(
            self.book, lambda number: keyed_digest(KEY, number.upper().encode()), lambda: self.now
        )

    @property
    def bodies(self) -> list[bytes]:
        return [sheet.body for sheet in self.book.all(Shelf.REFUSAL)]


def test_nothing_but_a_digest_and_a_time_is_kept() -> None:
    bench = Bench()
    bench.refusals.note("X0000000")
    assert len(bench.bodies) == 1 and b"X0000000" not in bench.bodies[0]
    assert not bench.refusals.may_ask("x0000000") and bench.refusals.may_ask("X0000001")
    assert bench.refusals.same_person("x0000000", "X0000000")
    assert not bench.refusals.same_person("X0000000", "X0000001")


@given(after_s=st.integers(0, 4 * 24 * 3600))
def test_it_holds_for_48_hours(after_s: int) -> None:
    bench = Bench()
    bench.refusals.note("X0000000")
    bench.now = START + timedelta(seconds=after_s)
    over = after_s >= NOT_ASKED_FOR.total_seconds()
    assert bench.refusals.may_ask("X0000000") is over
    assert bench.refusals.sweep() == int(over)
    assert bench.bodies == [] if over else len(bench.bodies) == 1


def test_another_no_begins_anew_and_takes_the_place_of_the_first() -> None:
    bench = Bench()
    bench.refusals.note("X0000000")
    bench.now = START + timedelta(hours=47)
    bench.refusals.note("X0000000")
    assert len(bench.bodies) == 1
    bench.now = START + timedelta(hours=94)
    assert not bench.refusals.may_ask("X0000000") and bench.refusals.sweep() == 0


def test_a_clock_that_is_behind_lets_nobody_be_asked_earlier() -> None:
    bench = Bench()
    bench.refusals.note("X0000000")
    bench.now = START - timedelta(days=3)
    assert not bench.refusals.may_ask("X0000000")


@pytest.mark.parametrize("body", [b"{}", b"not json", b'{"at":"never","ref":"a"}'])
def test_a_sheet_out_of_form_is_a_fault_and_not_a_yes(body: bytes) -> None:
    bench = Bench()
    bench.book.add(Shelf.REFUSAL, body)
    with pytest.raises(StorageError, match=ErrorCode.STORE_CORRUPT.value):
        bench.refusals.may_ask("X0000000")
