"""How often what happened, day by day: the figures of the office's charts, from the ledger alone.

One function counts for pages, command line and export, so that no two charts can differ. Exact
figures, for those who may read the ledger; what is published goes through `station.statistics`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from consent.entry import parse_entry, time_of
from consent.kinds import Kind
from consent.ledger_port import StoredEntry
from station.errors import ErrorCode, LedgerError, StationBug
from station.model import Outcome

MOST_DAYS = 400
"""Longest span counted at once: a year and what a chart shows beside it."""

# Canonical keys are sorted: an entry begins with its kind and ends with its time.
_KIND = re.compile(rb'\{(?:"clock_back":true,)?(?:"demo":true,)?"kind":"([A-Z_]+)",')
_TIME = re.compile(rb',"time":"([0-9T:.Z-]{24})"\}\Z')
_SERIES = {
    Kind.VISIT_OUTCOME: "visits",
    Kind.CONSENT_REFUSED: "declined",
    Kind.PAD_REJECT: "attacks",
    Kind.SIGN_IN_REFUSED: "denied",
    Kind.ACCESS_REFUSED: "denied",
}
_COUNTED = {kind.value.encode(): series for kind, series in _SERIES.items()}


@dataclass(frozen=True, slots=True)
class LedgerCounts:
    """Figures of consecutive days, the oldest first; every series is as long as `days`."""

    days: tuple[date, ...]
    visits: tuple[int, ...]
    declined: tuple[int, ...]
    """People who read the notice and said no."""
    attacks: tuple[int, ...]
    """Presentations refused by attack detection."""
    denied: tuple[int, ...]
    """Sign-ins and acts refused to staff."""
    outcomes: Mapping[str, int]
    """How the visits of all days together ended: every `Outcome`, those of 0 too."""

    def by_week(self) -> "LedgerCounts":
        """The same figures in steps of seven days that end with the last day; the rest is left."""
        weeks = len(self.days) // 7
        start = len(self.days) - 7 * weeks

        def summed(series: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(sum(series[start + 7 * at : start + 7 * at + 7]) for at in range(weeks))

        return LedgerCounts(
            self.days[start::7],
            summed(self.visits),
            summed(self.declined),
            summed(self.attacks),
            summed(self.denied),
            self.outcomes,
        )


def count_days(
    newest_first: Iterable[StoredEntry], last: date, days: int, zone: tzinfo | None
) -> LedgerCounts:
    """Count `days` days up to and with `last`; days are those of `zone`, None is the machine's.

    Reads no further back than it must: times of a ledger never fall. Raises `StationBug` for a span
    outside 1 … `MOST_DAYS`, `LedgerError(LEDGER_BROKEN)` for an entry out of form.
    """
    if not 1 <= days <= MOST_DAYS:
        raise StationBug("a span of days that cannot be counted")
    first = last - timedelta(days=days - 1)
    counted: dict[str, Counter[date]] = {series: Counter() for series in _SERIES.values()}
    outcomes = Counter({outcome.value: 0 for outcome in Outcome})
    for stored in newest_first:
        day = _day(stored, zone)
        if day < first:
            break
        series = _COUNTED.get(_kind(stored))
        if day > last or series is None:
            continue
        entry = parse_entry(stored.body)
        counted[series][day] += 1
        if entry.kind is Kind.VISIT_OUTCOME:
            outcomes[str(entry.payload.get("outcome", ""))] += 1
    every = tuple(first + timedelta(days=at) for at in range(days))
    figures = {series: tuple(found[day] for day in every) for series, found in counted.items()}
    return LedgerCounts(every, outcomes=dict(outcomes), **figures)


def _kind(stored: StoredEntry) -> bytes:
    found = _KIND.match(stored.body)
    if found is None:
        raise LedgerError(ErrorCode.LEDGER_BROKEN, seq=stored.seq)
    return found[1]


def _day(stored: StoredEntry, zone: tzinfo | None) -> date:
    found = _TIME.search(stored.body)
    if found is None:
        raise LedgerError(ErrorCode.LEDGER_BROKEN, seq=stored.seq)
    try:
        return time_of(found[1].decode()).astimezone(zone).date()
    except ValueError as error:
        raise LedgerError(ErrorCode.LEDGER_BROKEN, seq=stored.seq) from error
