"""Statistics: no small count can be found from what is published, by whatever arithmetic."""

import itertools
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.statistics import HOURS, SMALL, Hidden, Shown, publish, weekly

SPAN = range(1, 14)
Table = tuple[tuple[Shown, ...], ...]


def explanations(shown: Table) -> list[tuple[int, ...]]:
    """Every way to fill the hidden cells that fits all totals shown, by trying all of them.

    An onlooker's work, written without the product's network: cells only, totals recomputed.
    """
    rows, columns = len(shown) - 1, len(shown[0]) - 1
    places = [(r, c) for r in range(rows) for c in range(columns)]
    hidden = [p for p in places if isinstance(shown[p[0]][p[1]], Hidden)]
    found = []
    options = [range(1, SMALL) if shown[r][c] is Hidden.SMALL else SPAN for r, c in hidden]
    for filling in itertools.product(*options):
        cells = [[0 if isinstance(e, Hidden) else e for e in row[:-1]] for row in shown[:-1]]
        for (r, c), value in zip(hidden, filling, strict=True):
            cells[r][c] = value
        if _fits(cells, shown):
            found.append(filling)
    return found


def _fits(cells: list[list[int]], shown: Table) -> bool:
    table = np.zeros((len(shown), len(shown[0])), int)
    table[:-1, :-1] = cells
    table[:-1, -1] = table[:-1, :-1].sum(1)
    table[-1] = table[:-1].sum(0)
    return all(
        isinstance(entry, Hidden) or entry == table[r, c]
        for r, row in enumerate(shown)
        for c, entry in enumerate(row)
    )


small_tables = st.tuples(st.integers(1, 3), st.integers(1, 2)).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, 9), min_size=size[1], max_size=size[1]),
        min_size=size[0],
        max_size=size[0],
    )
)


@settings(max_examples=150, deadline=None)
@given(small_tables)
def test_every_small_count_can_still_be_anything_small(cells: list[list[int]]) -> None:
    shown = publish(cells)
    hidden = [
        (r, c)
        for r, row in enumerate(shown[:-1])
        for c, entry in enumerate(row[:-1])
        if isinstance(entry, Hidden)
    ]
    if len(hidden) > 4:
        # Trying all fillings would take minutes; larger tables are covered by the network's test.
        hidden_small = [p for p in hidden if shown[p[0]][p[1]] is Hidden.SMALL]
        assert hidden_small
        return
    ways = explanations(shown)
    assert tuple(cells[r][c] for r, c in hidden) in ways
    for at, (r, c) in enumerate(hidden):
        if shown[r][c] is Hidden.SMALL:
            assert {way[at] for way in ways} == {1, 2, 3, 4}


@settings(max_examples=200, deadline=None)
@given(small_tables)
def test_what_is_shown_is_true_and_nothing_small_is_shown(cells: list[list[int]]) -> None:
    shown = publish(cells)
    table = np.zeros((len(cells) + 1, len(cells[0]) + 1), int)
    table[:-1, :-1] = cells
    table[:-1, -1] = table[:-1, :-1].sum(1)
    table[-1] = table[:-1].sum(0)
    for (r, c), value in np.ndenumerate(table):
        entry = shown[r][c]
        assert (entry == 0) == (value == 0)
        if entry is Hidden.SMALL:
            assert 0 < value < SMALL and r < len(cells) and c < len(cells[0])
        elif not isinstance(entry, Hidden):
            assert entry == value and (value == 0 or value >= SMALL)


def determined(shown: Table) -> set[tuple[int, int]]:
    """Hidden entries, totals among them, that linear algebra finds from those shown."""
    rows, columns = len(shown), len(shown[0])
    unknown = [
        (r, c) for r in range(rows) for c in range(columns) if isinstance(shown[r][c], Hidden)
    ]
    if not unknown:
        return set()
    at = {place: index for index, place in enumerate(unknown)}
    lines = []
    for r in range(rows):
        line = [(at[r, c], 1 if c < columns - 1 else -1) for c in range(columns) if (r, c) in at]
        lines.append(line)
    for c in range(columns):
        line = [(at[r, c], 1 if r < rows - 1 else -1) for r in range(rows) if (r, c) in at]
        lines.append(line)
    matrix = np.zeros((len(lines), len(unknown)))
    for index, line in enumerate(lines):
        for where, sign in line:
            matrix[index, where] = sign
    # An unknown is fixed exactly when no direction that leaves all equations alone moves it.
    _, singular, directions = np.linalg.svd(matrix)
    rank = int((singular > 1e-9).sum())
    moves = np.abs(directions[rank:]).sum(0)
    return {place for place, index in at.items() if moves[index] < 1e-9}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.3, 2.0, 6.0, 20.0]))
def test_no_small_entry_of_a_whole_week_follows_from_the_rest(seed: int, busy: float) -> None:
    rng = np.random.default_rng(seed)
    shape = busy * rng.gamma(0.5, 1.0, (1, 9)) * rng.gamma(1.0, 1.0, (HOURS, 1))
    cells = rng.poisson(shape).tolist()
    shown = publish(cells)
    exposed = determined(shown)
    table = np.zeros((HOURS + 1, 10), int)
    table[:-1, :-1] = cells
    table[:-1, -1] = table[:-1, :-1].sum(1)
    table[-1] = table[:-1].sum(0)
    assert [place for place in exposed if 0 < table[place] < SMALL] == []


def test_the_oracle_finds_a_count_left_alone_in_its_line() -> None:
    """Suppression without care: the oracles above must see through it."""
    careless: Table = ((Hidden.SMALL, 9, 12), (8, 7, 15), (11, 16, 27))
    assert explanations(careless) == [(3,)]
    assert determined(careless) == {(0, 0)}
    # Two hidden in every line, and yet both rows and columns leave only one filling.
    tight: Table = ((Hidden.SMALL, Hidden.SMALL, 2), (Hidden.SMALL, Hidden.SMALL, 8), (5, 5, 10))
    assert explanations(tight) == [(1, 1, 4, 4)]


def test_a_busy_table_is_shown_as_it_is_and_a_lone_small_count_takes_neighbours() -> None:
    assert publish([[5, 6], [7, 8]]) == ((5, 6, 11), (7, 8, 15), (12, 14, 26))
    shown = publish([[30, 2, 9], [40, 8, 7], [50, 6, 11]])
    assert shown[0][1] is Hidden.SMALL
    hidden = [(r, c) for r in range(4) for c in range(4) if isinstance(shown[r][c], Hidden)]
    assert len(hidden) == 4
    assert shown[3][3] == 163
    assert publish([[0, 0], [0, 0]]) == ((0, 0, 0),) * 3


NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 8, 30, tzinfo=UTC)


def test_weeks_that_have_ended_are_counted_by_local_hour() -> None:
    visits = [(MONDAY + timedelta(days=day), "MATCH") for day in range(7)]
    visits += [(MONDAY + timedelta(days=day, hours=2), "ATTACK") for day in range(5)]
    zone = timezone(timedelta(hours=8))
    (week,) = weekly(visits, ("MATCH", "ATTACK"), NOW, zone)
    assert (week.year, week.number) == (2026, 11)
    assert week.entries[16][:2] == (7, 0)
    assert week.entries[18][:2] == (0, 5)
    assert week.entries[HOURS] == (7, 5, 12)
    assert len(week.entries) == HOURS + 1


def test_the_running_week_is_not_shown() -> None:
    """Else yesterday's report subtracted from today's would show one day's visits."""
    running = [(datetime(2026, 3, 16, 9, tzinfo=UTC), "MATCH")] * 50
    assert weekly(running, ("MATCH",), NOW, UTC) == ()
    assert len(weekly(running, ("MATCH",), NOW + timedelta(days=4), UTC)) == 0
    assert len(weekly(running, ("MATCH",), NOW + timedelta(days=5), UTC)) == 1


@settings(deadline=None)
@given(st.integers(0, 20), st.integers(0, 20))
def test_no_choice_of_days_shows_less_than_a_whole_week(first: int, last: int) -> None:
    visits = [(MONDAY + timedelta(days=day % 14), "MATCH") for day in range(140)]
    later = datetime(2026, 4, 20, tzinfo=UTC)
    whole = {(w.year, w.number): w for w in weekly(visits, ("MATCH",), later, UTC)}
    begin = date(2026, 3, 5)
    span = (begin + timedelta(days=first), begin + timedelta(days=last))
    for week in weekly(visits, ("MATCH",), later, UTC, span):
        assert week == whole[week.year, week.number]
        monday = date.fromisocalendar(week.year, week.number, 1)
        assert span[0] <= monday and monday + timedelta(days=6) <= span[1]


def test_unknown_outcomes_are_left_out() -> None:
    assert weekly([(MONDAY, "SOMETHING")], ("MATCH",), NOW, UTC) == ()


@pytest.mark.parametrize("value", [1, 2, 3, 4])
def test_a_week_with_one_visitor_says_only_that_somebody_came(value: int) -> None:
    shown = publish([[value, 0], [0, 0]])
    assert shown[0][0] is Hidden.SMALL
    assert shown[2][2] is Hidden.WITHHELD
