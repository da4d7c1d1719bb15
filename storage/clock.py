"""The station's clock for retention: it never goes back, whatever the machine's clock says.

The latest time seen is kept in the ledger store. While the machine's clock reads clearly less, time
goes on by the monotonic clock, so that a clock set back cannot prolong a record (R-4).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from station.errors import ErrorCode, StationBug, StorageError
from storage.ledger_store import SealedLedgerStore

TOLERANCE_S = 60
"""A correction of this size is the time service at work, not a clock set back."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One look at the clock: the time retention goes by, and how far the machine is behind it."""

    effective: datetime
    behind_s: int

    @property
    def set_back(self) -> bool:
        """Whether the machine's clock is behind by more than a correction."""
        return self.behind_s > TOLERANCE_S


class HighWaterClock:
    """Keeps the high-water mark of time. Lives in the desk; safe from any thread."""

    def __init__(
        self, store: SealedLedgerStore, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._monotonic = monotonic
        self._guard = threading.Lock()
        self._mark_s = float(store.clock_mark_s())
        self._seen_at = monotonic()

    def observe(self, wall: datetime | None = None) -> Moment:
        """Look at the machine's clock (or at `wall`), move the mark and keep it.

        Raises `StorageError` when the mark cannot be kept.
        """
        with self._guard:
            moment = self._look(wall)
            self._store.set_clock_mark_s(int(self._mark_s))
            return moment

    def effective(self, wall: datetime | None = None) -> datetime:
        """The time retention and lock-outs go by, without keeping the mark."""
        with self._guard:
            return self._look(wall).effective

    def check(self, wall: datetime | None = None) -> None:
        """Raises `StorageError(CLOCK_SET_BACK)` while the machine's clock is behind the mark."""
        with self._guard:
            moment = self._look(wall)
        if moment.set_back:
            raise StorageError(ErrorCode.CLOCK_SET_BACK, behind_s=moment.behind_s)

    def _look(self, wall: datetime | None) -> Moment:
        wall = wall or datetime.now(UTC)
        if wall.tzinfo is None:
            raise StationBug("a clock reading carries a time zone")
        seen_at = self._monotonic()
        wall_s = wall.timestamp()
        behind_s = self._mark_s - wall_s
        if behind_s > TOLERANCE_S:
            self._mark_s += max(0.0, seen_at - self._seen_at)
        else:
            self._mark_s = max(self._mark_s, wall_s)
        self._seen_at = seen_at
        effective = datetime.fromtimestamp(self._mark_s, UTC)
        return Moment(effective, max(0, int(self._mark_s - wall_s)))
