"""ledger.db: the rows of the ledger, its signed tree heads and sealed consent evidence.

Implements `consent.ledger_port.LedgerStore`. What an entry means, how entries are chained and
signed, is the business of `consent`; here they are bytes in order. Entries are never updated, which
triggers enforce.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from consent.ledger_port import StoredEntry, StoredHead
from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.database import Database, Schema, Transaction, blob, number

STORE = "ledger"
_EVIDENCE_ID_BYTES = 16
_CLOCK_MARK = "clock_mark_s"
_NO_END = (1 << 63) - 1
_SCHEMA = Schema(
    1,
    """
    CREATE TABLE entry (
        seq INTEGER PRIMARY KEY CHECK (seq >= 0),
        body BLOB NOT NULL CHECK (length(body) BETWEEN 2 AND 262144)
    ) STRICT;
    CREATE TABLE head (
        size INTEGER PRIMARY KEY CHECK (size >= 1),
        body BLOB NOT NULL CHECK (length(body) BETWEEN 2 AND 4096),
        signature BLOB NOT NULL CHECK (length(signature) BETWEEN 8 AND 128)
    ) STRICT;
    CREATE TABLE evidence (
        seq INTEGER PRIMARY KEY REFERENCES entry,
        sealed BLOB NOT NULL CHECK (length(sealed) BETWEEN 44 AND 262144)
    ) STRICT;
    CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
        BEGIN SELECT RAISE(ABORT, 'append only'); END;
    CREATE TRIGGER entry_kept BEFORE DELETE ON entry
        BEGIN SELECT RAISE(ABORT, 'append only'); END;
    """,
)


class SealedLedgerStore:
    """The rows of ledger.db. Lives in the desk; written by one `Ledger` at a time."""

    def __init__(self, path: Path, key: Secret, make_room: Callable[[], bool]) -> None:
        """`make_room` is called when the disk is full; True means that a retry is worth it."""
        self.database = Database(path, key, _SCHEMA)
        self._make_room = make_room

    def append(self, body: bytes, sealed_evidence: bytes | None = None) -> int:
        """Store the next entry and its sealed evidence, durable on return; returns its seq."""

        def write(change: Transaction) -> int:
            seq = number(change.read("SELECT ifnull(max(seq) + 1, 0) FROM entry")[0][0])
            change.write("INSERT INTO entry VALUES (?, ?)", (seq, body))
            if sealed_evidence is not None:
                change.write("INSERT INTO evidence VALUES (?, ?)", (seq, sealed_evidence))
            return seq

        return self._with_room(write)

    def add_head(self, head: StoredHead) -> None:
        """Store a signed tree head, durable on return."""

        def write(change: Transaction) -> int:
            values = (head.size, head.body, head.signature)
            return change.write("INSERT INTO head VALUES (?, ?, ?)", values)

        self._with_room(write)

    def entries(self, start: int = 0) -> Iterator[StoredEntry]:
        """All entries from `start` in order."""
        statement = "SELECT seq, body FROM entry WHERE seq >= ? ORDER BY seq"
        for seq, body in self.database.stream(statement, (start,)):
            yield StoredEntry(number(seq), blob(body))

    def newest_first(self, below: int | None = None) -> Iterator[StoredEntry]:
        """All entries with a smaller position than `below`, the newest first."""
        statement = "SELECT seq, body FROM entry WHERE seq < ? ORDER BY seq DESC"
        for seq, body in self.database.stream(statement, (_NO_END if below is None else below,)):
            yield StoredEntry(number(seq), blob(body))

    def heads(self) -> Iterator[StoredHead]:
        """All tree heads in order of size."""
        statement = "SELECT size, body, signature FROM head ORDER BY size"
        for size, body, signature in self.database.stream(statement):
            yield StoredHead(number(size), blob(body), blob(signature))

    def newest_head(self) -> StoredHead | None:
        """The tree head of greatest size; None while there is none."""
        statement = "SELECT size, body, signature FROM head ORDER BY size DESC LIMIT 1"
        for size, body, signature in self.database.read(statement):
            return StoredHead(number(size), blob(body), blob(signature))
        return None

    def size(self) -> int:
        """Number of entries."""
        return number(self.database.read("SELECT ifnull(max(seq) + 1, 0) FROM entry")[0][0])

    def evidence(self, seq: int) -> bytes:
        """The sealed evidence of an entry. Raises `StorageError(KEY_MISSING)` when it has none."""
        found = self.database.read("SELECT sealed FROM evidence WHERE seq = ?", (seq,))
        if not found:
            raise StorageError(ErrorCode.KEY_MISSING)
        return blob(found[0][0])

    def evidence_ids(self) -> set[bytes]:
        """Ids of the evidence keys that rows refer to."""
        statement = "SELECT substr(sealed, 1, ?) FROM evidence"
        return {blob(row[0]) for row in self.database.stream(statement, (_EVIDENCE_ID_BYTES,))}

    def clock_mark_s(self) -> int:
        """The latest time a sweep has seen, seconds since the epoch; 0 before the first."""
        return self.database.meta(_CLOCK_MARK)

    def set_clock_mark_s(self, mark_s: int) -> None:
        """Keep the latest time seen."""

        def write(change: Transaction) -> int:
            values = (_CLOCK_MARK, mark_s)
            return change.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", values)

        self._with_room(write)

    def _with_room(self, write: Callable[[Transaction], int]) -> int:
        try:
            with self.database.transaction() as change:
                return write(change)
        except StorageError as error:
            if error.code is not ErrorCode.DISK_FULL or not self._make_room():
                raise
        with self.database.transaction() as change:
            return write(change)
