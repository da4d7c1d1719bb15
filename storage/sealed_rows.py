"""Rows that belong to a person and end at a term: what the stores of such rows have in common.

The exact term of a row is sealed under the store's record key. In clear, for the index, stands only
a keyed mark of the hour in which it ends. Everything kept of one resident ends at one time, and a
visitor's term follows from the time of a visit: the hour itself would join the rows of two dumped
stores, or a row with the ledger (R-1, P-4). The marks of two stores have nothing in common.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice

from station.errors import StorageError
from station.model import Secret
from storage.database import Database, Transaction, Value, blob, number
from storage.effects import Applied, applied_in, mark_applied
from storage.sealing import derive, keyed_digest, place, seal, unseal

ROW_BYTES = 16
"""Length of a random row id."""
MARK_BYTES = 16
"""Length of a keyed mark of an hour."""
HOUR_S = 3600
_FROM_HOUR = "term_from_hour"
# A machine that was off for longer looks at every row once instead of asking hour by hour.
_MOST_HOURS = 24 * 366 * 3


class SealedRows:
    """The rows of one store. Lives in the desk; safe from any thread."""

    def __init__(
        self, name: str, database: Database, record_kek: Secret, row_column: str = "row"
    ) -> None:
        self.name = name
        self.database = database
        self._kek = record_kek
        # Nothing in the store ends before; found again by the first look after each opening.
        self._none_before_s = 0.0
        self._mark_key = derive(record_kek.reveal(), f"station/term-mark/{name}/1", 32)
        # Names of our own schema: they cannot be bound as values.
        self._delete = f"DELETE FROM {name} WHERE {row_column} = ?"  # noqa: S608
        self._exists = f"SELECT 1 FROM {name} WHERE {row_column} = ?"  # noqa: S608
        self._count = f"SELECT count(*) FROM {name}"  # noqa: S608
        self._terms = f"SELECT {row_column}, term FROM {name}"  # noqa: S608
        self._ending = f"{self._terms} WHERE term_mark = ?"

    def delete(self, reference: bytes, rows: Sequence[bytes]) -> Applied:
        """Delete rows as the effect of an operation; counts are taken in the transaction."""
        done = applied_in(self.database, reference)
        if done is not None:
            return done
        with self.database.transaction() as change:
            # In the order of the pages: each is then decrypted and written once.
            gone = sum(self._delete_row(change, row) for row in sorted(rows))
            effect = Applied(gone, 0, b"")
            mark_applied(change, reference, effect)
        return effect

    def undo_add(self, reference: bytes, rows: Sequence[bytes]) -> int:
        """Take back an `add`; repeating it changes nothing more."""
        with self.database.transaction() as change:
            gone = sum(self._delete_row(change, row) for row in rows)
            if change.write("DELETE FROM applied WHERE op_ref = ?", (reference,)) or gone:
                change.raise_generation()
        return gone

    def present(self, rows: Sequence[bytes]) -> int:
        """How many of these rows exist."""
        return sum(len(self.database.read(self._exists, (row,))) for row in rows)

    def count(self) -> int:
        """Number of rows."""
        return number(self.database.read(self._count)[0][0])

    def due(self, now_s: int, limit: int) -> list[bytes]:
        """Rows whose term has ended at `now_s`, at most `limit`, those ending first first.

        Called under the writer lock, as everything that adds rows: a look that finds nothing
        remembers until when that holds.
        """
        if now_s < self._none_before_s:
            return []
        this_hour, first = now_s // HOUR_S, self.database.meta(_FROM_HOUR)
        if first == 0 or first > this_hour:
            self._none_before_s = first * HOUR_S or math.inf
            return []
        if this_hour - first > _MOST_HOURS:
            return self._due_among_all(now_s, limit)
        found: list[bytes] = []
        next_s = (this_hour + 1) * HOUR_S
        for hour in range(first, this_hour + 1):
            for row, ends_s in self._ends(self._ending, (self._mark(hour),)):
                if ends_s > now_s:
                    next_s = min(next_s, ends_s)
                    continue
                found.append(row)
                if len(found) >= limit:
                    return found
        if not found:
            if first < this_hour:
                # Nothing is left in the hours before this one: they are not asked about again.
                self._begin_from(this_hour)
            self._none_before_s = next_s
        return found

    def terms(self) -> Iterator[tuple[bytes, datetime]]:
        """Every row with the end of its term, in no order that means anything."""
        for row, term in self.database.stream(self._terms):
            yield blob(row), datetime.fromtimestamp(self._expiry(blob(row), blob(term)), UTC)

    def _ends(self, statement: str, values: tuple[Value, ...]) -> Iterator[tuple[bytes, int]]:
        """Rows with the end of their term, seconds since the epoch."""
        for row, term in self.database.stream(statement, values):
            yield blob(row), self._expiry(blob(row), blob(term))

    def _add(self, reference: bytes, rows: int, write: Callable[[Transaction], None]) -> Applied:
        """Insert as the effect of an operation; done already, it is left alone."""
        done = applied_in(self.database, reference)
        if done is not None:
            return done
        effect = Applied(rows, 0, b"")
        with self.database.transaction() as change:
            write(change)
            mark_applied(change, reference, effect)
        return effect

    def _delete_row(self, change: Transaction, row: bytes) -> int:
        """Delete one row with all that hangs on it; returns the number of records gone."""
        return change.write(self._delete, (row,))

    def _term(self, row: bytes, expires_s: int) -> bytes:
        return seal(self._kek.reveal(), expires_s.to_bytes(8, "big"), self._term_place(row))

    def _expiry(self, row: bytes, term: bytes) -> int:
        return int.from_bytes(unseal(self._kek.reveal(), term, self._term_place(row)), "big")

    def _term_place(self, row: bytes) -> bytes:
        return place(f"{self.name}-term", row.hex(), 1)

    def _due_among_all(self, now_s: int, limit: int) -> list[bytes]:
        ended = (row for row, ends_s in self._ends(self._terms, ()) if ends_s <= now_s)
        found = list(islice(ended, limit))
        if not found:
            self._begin_from(now_s // HOUR_S)
        return found

    def _begin_from(self, hour: int) -> None:
        self.database.set_meta(_FROM_HOUR, hour)
        # Between erasures a WAL stays empty, so that its size alone shows that nothing is left.
        # A reader may keep it for now: it holds that one number, and the next erasure cuts it.
        with suppress(StorageError):
            self.database.checkpoint_truncate(timeout_s=1.0)

    def _mark(self, hour: int) -> bytes:
        return keyed_digest(self._mark_key, hour.to_bytes(8, "big"))[:MARK_BYTES]

    def _note_end(self, change: Transaction, ends_s: int) -> None:
        """Let `due` look no later than this; in the transaction that adds the row."""
        self._none_before_s = min(self._none_before_s, ends_s)
        values: tuple[Value, ...] = (_FROM_HOUR, ends_s // HOUR_S)
        change.write(
            "INSERT INTO meta VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = min(value, excluded.value)",
            values,
        )
