"""Erases what has reached the end of its term: at start, and every minute by whoever calls."""

from dataclasses import dataclass
from datetime import datetime

from consent.kinds import Kind
from consent.ledger import Ledger
from storage.clock import HighWaterClock, Moment
from storage.erasure import BATCH, Erasure
from storage.person_keys import Person
from storage.recovery import settle_open_intents
from storage.stores import Stores

_IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class SweepReport:
    """One sweep: rows erased, intents settled, and the time it went by (ISO 8601 UTC)."""

    expired: int
    settled: int
    effective_at: str
    clock_set_back: bool


class Sweeper:
    """Expires identities. Lives in the desk; `sweep` may be called from any thread."""

    def __init__(self, stores: Stores, ledger: Ledger, clock: HighWaterClock) -> None:
        self._stores = stores
        self._ledger = ledger
        self._clock = clock
        self._alarmed = False

    def sweep(self, now: datetime | None = None, *, on_start: bool = False) -> SweepReport:
        """Settle what was given up, then erase every identity whose term has ended.

        Goes by the high-water mark of time: a clock set back prolongs nothing, and is recorded once
        per episode. A sweep on start always leaves an entry. Raises `StorageError`, `LedgerError`.
        """
        with self._stores.writer:
            moment = self._clock.observe(now)
            self._alarm(moment)
        settled = sum(settle_open_intents(self._stores, self._ledger, on_start=on_start))
        expired = 0
        while True:
            # The writer lock is given up between batches, so that a visit need not wait for all.
            erased = self._erase_due(int(moment.effective.timestamp()))
            expired += erased
            if erased < BATCH:
                break
        if on_start:
            self._ledger.record(Kind.SWEEP, {"expired": expired, "settled": settled})
        return SweepReport(expired, settled, moment.effective.isoformat(), moment.set_back)

    def _erase_due(self, now_s: int) -> int:
        with self._stores.writer:
            rows = self._stores.identity.due(now_s, BATCH)
            if not rows:
                return 0
            persons: list[Person] = []
            stray: list[bytes] = []
            for row in rows:
                person = self._stores.keys.person_of(_IDENTITY, row)
                if person is None:
                    stray.append(row)
                else:
                    persons.append(person)
            Erasure(self._stores, self._ledger).erase(persons, Kind.EXPIRE, "TERM_ENDED", stray)
            return len(rows)

    def _alarm(self, moment: Moment) -> None:
        if moment.set_back and not self._alarmed:
            self._ledger.record(Kind.CLOCK_SET_BACK, {"behind_s": moment.behind_s})
        self._alarmed = moment.set_back
