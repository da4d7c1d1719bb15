"""What a stretch of the ledger comes to: the figures of the summary and of its charts.

Counted entry by entry while a bundle is written, so that a million entries need no more memory than
a hundred. Exact figures, for those who may read the ledger.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo

from consent.canonical import Json
from consent.entry import time_of
from consent.kinds import ERASING, CompletionResult, Kind, Phase
from consent.search import Row

MOST_BARS = 62
"""Days are drawn one by one up to two months; then weeks, then months."""
_MOST_WORDS = 1000
"""Different words counted of one sort: a hostile ledger could hold a million."""
_OTHER = "…"
_MINUTE = len("2026-03-01T09:00")
"""No zone begins a day within a minute."""
_KEEPING = (Kind.KEEP_IDENTITY, Kind.ENROL, Kind.UPDATE, Kind.RENEW)
_CHANGES = frozenset({kind.value for kind in (*ERASING, *_KEEPING)})
_READING = frozenset({Kind.RECORD_READ.value, Kind.AUDIT_READ.value, Kind.AUDIT_EXPORT.value})
_REFUSING = frozenset(
    kind.value
    for kind in (
        Kind.CONSENT_REFUSED,
        Kind.CONSENT_OTHER_ROUTE,
        Kind.ACCESS_REFUSED,
        Kind.SIGN_IN_REFUSED,
        Kind.REQUEST_REFUSED,
        Kind.NO_LEGAL_BASIS,
    )
)
_ALARMS = frozenset(
    kind.value
    for kind in (Kind.CLOCK_SET_BACK, Kind.LOCKED, Kind.FAULT, Kind.BREAK_GLASS, Kind.INCIDENT)
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: the days it stands for, and how many."""

    first: date
    last: date
    count: int


@dataclass(slots=True)
class Figures:
    """Counts of the entries taken so far. Days are those of `zone`; None is the machine's."""

    zone: tzinfo | None = None
    entries: int = 0
    unreadable: int = 0
    """Entries out of form: somebody wrote them who is not this station."""
    clock_back: int = 0
    demo: int = 0
    begin: str = ""
    end: str = ""
    """Times of the first and the last entry."""
    kinds: Counter[str] = field(default_factory=Counter)
    visits_by_day: Counter[date] = field(default_factory=Counter)
    attacks_by_day: Counter[date] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    species: Counter[str] = field(default_factory=Counter)
    """What attack detection took the presentation for."""
    refusals: Counter[str] = field(default_factory=Counter)
    """By kind of entry."""
    changes: Counter[str] = field(default_factory=Counter)
    """Completed changes of people's records, by kind."""
    erased_rows: int = 0
    undone: int = 0
    readers: dict[str, Counter[str]] = field(default_factory=dict)
    """Who looked at records or at the ledger, by kind of entry."""
    grants: dict[str, Counter[str]] = field(default_factory=dict)
    """What members of staff were allowed: who, by act."""
    alarms: Counter[str] = field(default_factory=Counter)
    _days: dict[str, date] = field(default_factory=dict, repr=False)
    """Days of minutes that were asked for already: entries come in order of time."""

    def take(self, row: Row) -> None:
        """Count one entry."""
        self.entries += 1
        day = self._day(row.time)
        if day is None:
            self.unreadable += 1
            return
        self.begin = self.begin or row.time
        self.end = row.time
        kind = row.kind
        _count(self.kinds, kind)
        self.clock_back += row.document.get("clock_back") is True
        self.demo += row.document.get("demo") is True
        if kind == Kind.VISIT_OUTCOME:
            self.visits_by_day[day] += 1
            _count(self.outcomes, row.said("outcome"))
        elif kind == Kind.PAD_REJECT:
            self.attacks_by_day[day] += 1
            _count(self.species, row.said("species") or "?")
        elif kind in _CHANGES:
            self._take_change(row)
        elif kind in _READING:
            _count(_of(self.readers, row.said("actor")), kind)
        elif kind == Kind.ACCESS_GRANTED:
            _count(_of(self.grants, row.said("actor")), row.said("act"))
        elif kind in _REFUSING:
            self.refusals[kind] += 1
            if row.payload.get("alarm") is True:
                self.alarms[kind] += 1
        elif kind in _ALARMS:
            self.alarms[kind] += 1

    @property
    def visits(self) -> int:
        """Visits that ended, however."""
        return self.visits_by_day.total()

    @property
    def attacks(self) -> int:
        """Presentations that attack detection refused."""
        return self.attacks_by_day.total()

    def days(self) -> int:
        """Calendar days from the first to the last entry."""
        begin, end = self._day(self.begin), self._day(self.end)
        return 0 if begin is None or end is None else max(0, (end - begin).days) + 1

    def bars(self, by_day: Mapping[date, int]) -> tuple[Bar, ...]:
        """The whole period as at most `MOST_BARS` bars of equal kind: days, weeks or months.

        Together they hold every count of `by_day`; a quiet day has a bar of nothing.
        """
        begin, end = self._day(self.begin), self._day(self.end)
        if begin is None or end is None:
            return ()
        step = 1 if self.days() <= MOST_BARS else 7
        if self.days() > 7 * MOST_BARS:
            step = -(-self.days() // MOST_BARS)
        starts = [begin + timedelta(days=at) for at in range(0, self.days(), step)]
        counts = [0] * len(starts)
        for day, count in by_day.items():
            # Only a ledger that was tampered with has days outside: they stand at its edge.
            counts[min(max(0, (day - begin).days // step), len(counts) - 1)] += count
        last = [min(start + timedelta(days=step - 1), end) for start in starts]
        return tuple(Bar(*bar) for bar in zip(starts, last, counts, strict=True))

    def _take_change(self, row: Row) -> None:
        if row.phase != Phase.COMPLETION:
            # A restriction or a withdrawal that stands alone changes nothing in the stores.
            return
        result = row.said("result")
        if result in (CompletionResult.UNDONE, CompletionResult.UNDONE_ON_START):
            self.undone += 1
            return
        self.changes[row.kind] += 1
        if row.kind in ERASING:
            self.erased_rows += _rows(row.payload.get("counts", ""))

    def _day(self, time: str) -> date | None:
        minute = time[:_MINUTE]
        if minute not in self._days:
            if len(self._days) >= _MOST_WORDS:
                self._days.clear()
            try:
                self._days[minute] = time_of(time).astimezone(self.zone).date()
            except (ValueError, OverflowError):
                return None
        return self._days[minute]


def _count(counter: Counter[str], word: str) -> None:
    """Count a word of the ledger; beyond what a page can show they go under one name."""
    counter[word if word in counter or len(counter) < _MOST_WORDS else _OTHER] += 1


def _of(people: dict[str, Counter[str]], who: str) -> Counter[str]:
    who = who or "?"
    if who not in people and len(people) >= _MOST_WORDS:
        who = _OTHER
    return people.setdefault(who, Counter())


def _rows(counts: Json) -> int:
    if not isinstance(counts, Mapping):
        return 0
    rows = (one.get("rows") for one in counts.values() if isinstance(one, Mapping))
    return sum(found for found in rows if isinstance(found, int) and found > 0)
