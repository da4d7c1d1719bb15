"""The filing duty: how many people's faces are stored, and when that must be filed (X-12).

Measures for the Security Management of Face Recognition art. 15 counts people whose face
information is STORED. A visitor's is not: it ends with the booth, so nobody keeps a list of
visitors, and none is needed. What is counted are the people who have a template or portrait here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from consent.entry import parse_entry, time_of
from consent.kinds import Kind
from consent.ledger import Ledger
from consent.ledger_port import StoredEntry
from station.access import Act
from station.gate import Permit

MARKS = (80_000, 95_000, 100_000)
"""People at which the station raises the alarm; the last is the law's own number."""
DUTY = MARKS[-1]
WORKING_DAYS = 30
_SATURDAY = 5
_MARKER = f'"kind":"{Kind.FILING.value}"'.encode()


@dataclass(frozen=True, slots=True)
class FilingStatus:
    """How far it is. Times are ISO 8601; empty where not reached."""

    count: int
    """People whose face information is stored now."""
    mark: int
    """Highest mark ever reached; 0 for none."""
    reached_at: str
    """When 100,000 were first seen."""
    due: str
    """Last day to file: 30 days from Monday to Friday later.

    Public holidays are announced year by year and not known here. They would only give more time,
    but a working weekend that makes up for one can take a day or two away: file well before."""

    def days_left(self, today: date) -> int | None:
        """Days to the last one to file; None while there is no duty."""
        return (date.fromisoformat(self.due) - today).days if self.due else None


class FilingCounter:
    """Counts, and writes each mark into the ledger once. Lives in the desk; called by the sweep."""

    def __init__(
        self,
        count: Callable[[], int],
        entries: Callable[[], Iterable[StoredEntry]],
        ledger: Ledger,
    ) -> None:
        """`count` is `SubjectRecords.face_count`, `entries` all of the ledger's."""
        self._count = count
        self._entries = entries
        self._ledger = ledger
        self._seen: dict[int, str] | None = None

    def check(self) -> FilingStatus:
        """Count, and record every mark that is reached for the first time."""
        count, seen = self._count(), self._marks()
        for mark in MARKS:
            if count >= mark and mark not in seen:
                self._ledger.record(Kind.FILING, {"mark": mark, "count": count})
                seen[mark] = self._ledger.head().time
        return _status(count, seen)

    def status(self) -> FilingStatus:
        """Count, and record nothing: for the self-check, which may run beside the station."""
        return _status(self._count(), self._marks())

    def read(self, permit: Permit) -> FilingStatus:
        """The same for whoever may read it."""
        permit.for_act(Act.FILING_READ)
        return self.check()

    def _marks(self) -> dict[int, str]:
        """Marks in the ledger with the time of each; read once."""
        if self._seen is None:
            self._seen = {}
            for stored in self._entries():
                if _MARKER in stored.body:
                    entry = parse_entry(stored.body)
                    mark = entry.payload.get("mark")
                    if entry.kind is Kind.FILING and isinstance(mark, int):
                        self._seen.setdefault(mark, entry.time)
        return self._seen


def working_days_after(start: date, days: int) -> date:
    """The day that is `days` days from Monday to Friday after `start`."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < _SATURDAY
    return day


def _status(count: int, seen: dict[int, str]) -> FilingStatus:
    reached = seen.get(DUTY, "")
    due = ""
    if reached:
        local: datetime = time_of(reached).astimezone()
        due = working_days_after(local.date(), WORKING_DAYS).isoformat()
    return FilingStatus(count, max(seen, default=0), reached, due)
