"""Erases what has reached the end of its term: at start, and as often as its caller looks.

A look at stores in which nothing is due costs next to nothing: they know when the next term ends.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from consent.kinds import Kind
from consent.ledger import Ledger
from storage.clock import HighWaterClock, Moment
from storage.erasure import LARGEST_BATCH, Erasure
from storage.person import Person, RecordOf
from storage.recovery import settle_open_intents
from storage.registry import IDENTITY, RowRef
from storage.sealed_rows import SealedRows
from storage.stores import Stores

BATCH = LARGEST_BATCH
"""Most rows erased while the writer lock is held."""
CHECK_PAGES_EVERY_S = 300.0
"""Reading all of a large store takes seconds of the writer lock: seldom, and never beside another.
"""
_BETWEEN_BATCHES_S = 0.005
"""A lock given up and taken again at once would never reach whoever waits for it."""


@dataclass(frozen=True, slots=True)
class SweepReport:
    """One sweep: rows erased, intents settled, and the time it went by (ISO 8601 UTC)."""

    expired: int
    settled: int
    effective_at: str
    clock_set_back: bool


class Sweeper:
    """Expires the rows of every store. Lives in the desk; `sweep` may be called from any thread."""

    def __init__(
        self,
        stores: Stores,
        ledger: Ledger,
        clock: HighWaterClock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stores = stores
        self._ledger = ledger
        self._clock = clock
        self._monotonic = monotonic
        self._pages_due_s = monotonic()
        self._alarmed = False
        self._erasure = Erasure(stores, ledger)
        self.last: SweepReport | None = None
        """The last sweep that came to its end, or None before the first."""

    def sweep(self, now: datetime | None = None, *, on_start: bool = False) -> SweepReport:
        """Settle what was given up, then erase everything whose term has ended.

        With an identity goes its whole person; a template or portrait may end earlier, alone.

        Goes by the high-water mark of time: a clock set back prolongs nothing, and is recorded once
        per episode. A sweep on start always leaves an entry; later ones check the pages of a large
        store from time to time, once nothing is due. Raises `StorageError`, `LedgerError`.
        """
        with self._stores.writer:
            moment = self._clock.observe(now)
            self._alarm(moment)
        settled = sum(settle_open_intents(self._stores, self._ledger, on_start=on_start))
        now_s = int(moment.effective.timestamp())
        expired = sum(self._sweep_store(store, now_s) for store in self._stores.rows.values())
        if on_start:
            self._ledger.record(Kind.SWEEP, {"expired": expired, "settled": settled})
        else:
            self._check_one_store()
        at = moment.effective.isoformat()
        self.last = SweepReport(expired, settled, at, moment.set_back)
        return self.last

    def _sweep_store(self, store: SealedRows, now_s: int) -> int:
        expired = 0
        while True:
            # The writer lock is given up between batches, so that a visit need not wait for all.
            erased = self._erase_due(store, now_s)
            expired += erased
            if erased < BATCH:
                break
            time.sleep(_BETWEEN_BATCHES_S)
        if expired:
            self._erasure.tidy()
        return expired

    def _erase_due(self, store: SealedRows, now_s: int) -> int:
        with self._stores.writer:
            rows = store.due(now_s, BATCH)
            if not rows:
                return 0
            persons: list[Person] = []
            records: list[RecordOf] = []
            stray: list[RowRef] = []
            for row in rows:
                person = self._stores.keys.person_of(store.name, row)
                if person is None:
                    stray.append((store.name, row))
                elif store.name == IDENTITY:
                    persons.append(person)
                else:
                    records.append(RecordOf(person, store.name, row))
            self._erasure.erase(persons, Kind.EXPIRE, "TERM_ENDED", stray, records, tidied=False)
            return len(rows)

    def _check_one_store(self) -> None:
        """Check the pages of a store that was too large for it at opening; one at a time."""
        if self._monotonic() < self._pages_due_s:
            return
        self._pages_due_s = self._monotonic() + CHECK_PAGES_EVERY_S
        for database in self._stores.databases.values():
            if not database.pages_checked:
                # Under the lock: a reader of the whole file would keep an erasure from its end.
                with self._stores.writer:
                    database.check_pages()
                return

    def _alarm(self, moment: Moment) -> None:
        if moment.set_back and not self._alarmed:
            self._ledger.record(Kind.CLOCK_SET_BACK, {"behind_s": moment.behind_s})
        self._alarmed = moment.set_back
