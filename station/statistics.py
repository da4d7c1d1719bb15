"""Anonymised statistics (R-8): visits by hour of the day and outcome, one table per whole week.

A count of 1 to 4 is shown as "<5". So that it cannot be computed from totals either, further
entries are withheld until, from all that is published, every such count can still be 1, 2, 3 or 4.
Weeks are calendar weeks that have ended and never change: no two reports can be subtracted from one
another. A table of differences is a network of flows, in which that range is found exactly.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum
from heapq import heappop, heappush

from station.errors import StationBug

SMALL = 5
"""Counts below this and above 0 are not shown."""
HOURS = 24
# A total is what a reader wants most: it is withheld only where no cells can be instead.
_TOTAL_COST = 1 << 40

Place = tuple[int, int]
"""Row and column of an entry; the last row and the last column hold the totals."""


class Hidden(Enum):
    """Why an entry is not a number."""

    SMALL = "<5"
    WITHHELD = "withheld"
    """Not small by itself, or a total: it would give a small one away."""


Shown = int | Hidden


@dataclass(frozen=True, slots=True)
class Week:
    """One published week: `entries[hour][outcome]`, with totals in the last row and column."""

    year: int
    number: int
    outcomes: tuple[str, ...]
    entries: tuple[tuple[Shown, ...], ...]


def weekly(
    visits: Iterable[tuple[datetime, str]],
    outcomes: Sequence[str],
    now: datetime,
    zone: tzinfo | None,
    span: tuple[date, date] | None = None,
) -> tuple[Week, ...]:
    """The published table of every ISO week that has a visit, lies in `span` and ended before now.

    `visits` are (time, outcome); times are read in `zone`, None is the machine's. `span` is first
    and last day, both included; a week counts when it lies inside as a whole.
    """
    column = {outcome: at for at, outcome in enumerate(outcomes)}
    today = now.astimezone(zone).date()
    counted: dict[tuple[int, int], Counter[Place]] = {}
    for moment, outcome in visits:
        local = moment.astimezone(zone)
        if outcome in column and _ended(local.date(), today, span):
            year, number, _ = local.isocalendar()
            week = counted.setdefault((year, number), Counter())
            week[local.hour, column[outcome]] += 1
    return tuple(
        Week(year, number, tuple(outcomes), _published(counts, len(outcomes)))
        for (year, number), counts in sorted(counted.items())
    )


def publish(cells: Sequence[Sequence[int]]) -> tuple[tuple[Shown, ...], ...]:
    """A table of counts with its totals, safe to show: one more row and column than `cells`."""
    table = _Table(cells)
    table.protect()
    return table.shown()


def _ended(day: date, today: date, span: tuple[date, date] | None) -> bool:
    monday = day - timedelta(days=day.weekday())
    sunday = monday + timedelta(days=6)
    return sunday < today and (span is None or (span[0] <= monday and sunday <= span[1]))


def _published(counts: Counter[Place], width: int) -> tuple[tuple[Shown, ...], ...]:
    return publish([[counts[hour, at] for at in range(width)] for hour in range(HOURS)])


class _Table:
    """Counts with totals, and which of them are hidden.

    Every entry is an arc of a network in which flow is conserved: a cell leads from its row to its
    column, a row's total back from the total column, and so on. What an onlooker cannot tell apart
    are circulations over the arcs of hidden entries within their bounds.
    """

    def __init__(self, cells: Sequence[Sequence[int]]) -> None:
        rows = [[*row, sum(row)] for row in cells]
        values = [*rows, [sum(column) for column in zip(*rows, strict=True)]]
        self._last = (len(cells), len(values[0]) - 1)
        self._values: dict[Place, int] = {
            (r, c): value for r, row in enumerate(values) for c, value in enumerate(row)
        }
        # A total's "<5" would bound the cells it is made of.
        self._hidden = {
            place: Hidden.WITHHELD if self._is_total(place) else Hidden.SMALL
            for place, value in self._values.items()
            if 0 < value < SMALL
        }
        self._ways: dict[int, list[tuple[int, Place, int]]] = {}
        for place, value in self._values.items():
            # A zero is always shown: it is nobody's.
            if value:
                start, end = self._arc(place)
                self._ways.setdefault(start, []).append((end, place, 1))
                self._ways.setdefault(end, []).append((start, place, -1))

    def shown(self) -> tuple[tuple[Shown, ...], ...]:
        return tuple(
            tuple(self._hidden.get((r, c), self._values[r, c]) for c in range(self._last[1] + 1))
            for r in range(self._last[0] + 1)
        )

    def protect(self) -> None:
        """Withhold what it takes: of a small cell only that may be said, no small total is certain.

        Once through is enough: withholding more never takes room from an entry that had it.
        """
        for place in list(self._hidden):
            value = self._values[place]
            if self._is_total(place):
                given = (value > 1 and self._give_room(place, -1)) or self._give_room(place, 1)
            else:
                given = self._give_room(place, SMALL - 1 - value)
                given = self._give_room(place, 1 - value) and given
            if not given:
                raise StationBug("a small count could not be hidden")

    def _is_total(self, place: Place) -> bool:
        return place[0] == self._last[0] or place[1] == self._last[1]

    def _arc(self, place: Place) -> tuple[int, int]:
        """From which node to which an entry leads; rows are 0.., columns come after all rows."""
        row, column = place[0], self._last[0] + 1 + place[1]
        backwards = (place[0] == self._last[0]) != (place[1] == self._last[1])
        return (column, row) if backwards else (row, column)

    def _give_room(self, place: Place, change: int) -> bool:
        """Make it possible that an entry is so much more or less; withholds others for it."""
        values = dict(self._values)
        start, end = self._arc(place)
        for _ in range(abs(change)):
            path = self._cheapest(values, place, (end, start) if change > 0 else (start, end))
            if not path:
                return False
            for step, sign in path:
                values[step] += sign
                self._hidden.setdefault(step, Hidden.WITHHELD)
        return True

    def _cheapest(
        self, values: dict[Place, int], without: Place, ends: tuple[int, int]
    ) -> list[tuple[Place, int]]:
        """The way to move one unit that withholds least, totals last; empty where there is none."""
        begin, goal = ends
        came: dict[int, tuple[int, Place, int]] = {}
        costs, done, waiting = {begin: 0}, set[int](), [(0, begin)]
        while waiting:
            cost, node = heappop(waiting)
            if node == goal:
                break
            if node in done:
                continue
            done.add(node)
            for following, place, sign in self._ways.get(node, ()):
                if place == without or not self._may_change(place, values[place], sign):
                    continue
                total = cost + self._cost(place)
                if total < costs.get(following, total + 1):
                    costs[following], came[following] = total, (node, place, sign)
                    heappush(waiting, (total, following))
        path: list[tuple[Place, int]] = []
        while goal in came:
            goal, place, sign = came[goal]
            path.append((place, sign))
        return path

    def _may_change(self, place: Place, value: int, sign: int) -> bool:
        """What an onlooker knows of a hidden entry: "<5" is 1 to 4, any other is at least 1."""
        if sign < 0:
            return value > 1
        return self._hidden.get(place) is not Hidden.SMALL or value < SMALL - 1

    def _cost(self, place: Place) -> int:
        if place in self._hidden:
            return 0
        return self._values[place] + (_TOTAL_COST if self._is_total(place) else 0)
