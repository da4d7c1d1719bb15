"""What the record key wraps in keys.db, and how it is exchanged for another; evidence keys.

A consent's evidence has a key and a term of its own: it is under nobody's person key.
"""

import secrets
from collections.abc import Sequence
from contextlib import suppress

from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.database import Database, blob, number
from storage.person import ID_BYTES
from storage.sealing import KEY_BYTES, place, seal, unseal

WRAPPING = {
    "person": ("person", "wrapped", "version", "person"),
    "evidence": ("evidence", "wrapped", "1", "evidence"),
    "applied": ("op_ref", "listed", "1", "listed"),
}
"""Tables of what the record key wraps: key column, wrapped column, version, word of the place."""


class WrappedKeys:
    """Rows wrapped by the record key. Lives in the desk; safe from any thread."""

    def __init__(self, database: Database, record_keks: Sequence[Secret]) -> None:
        """`record_keks`: the newest wraps; while keys are exchanged the former one opens too."""
        self.database = database
        self._keks = tuple(record_keks)

    def seal_evidence(self, record_id: str, body: bytes) -> bytes:
        """Seal a consent body under a new evidence key; 16 bytes of id, then the sealed body.

        It opens only for the same `record_id`. The key is durable when this returns. It is not
        under the person's key: evidence has a term of its own (X-10).
        """
        evidence, key = secrets.token_bytes(ID_BYTES), secrets.token_bytes(KEY_BYTES)
        wrapped = seal(self._keks[0].reveal(), key, place("evidence", evidence.hex(), 1))
        with self.database.transaction() as change:
            change.write("INSERT INTO evidence VALUES (?, ?)", (evidence, wrapped))
        return evidence + seal(key, body, place("consent", record_id, 1))

    def open_evidence(self, record_id: str, sealed: bytes) -> bytes:
        """The consent body. Raises `StorageError(KEY_MISSING)` once its key is destroyed."""
        evidence = sealed[:ID_BYTES]
        found = self.database.read("SELECT wrapped FROM evidence WHERE evidence = ?", (evidence,))
        if not found:
            raise StorageError(ErrorCode.KEY_MISSING)
        where = place("evidence", evidence.hex(), 1)
        key = self._open(blob(found[0][0]), where)
        return unseal(key, sealed[ID_BYTES:], place("consent", record_id, 1))

    def drop_evidence_except(self, kept: set[bytes]) -> int:
        """Destroy evidence keys no ledger row refers to: their entry was never committed."""
        found = self.database.read("SELECT evidence FROM evidence")
        stray = [blob(row[0]) for row in found if blob(row[0]) not in kept]
        if stray:
            with self.database.transaction() as change:
                for evidence in stray:
                    change.write("DELETE FROM evidence WHERE evidence = ?", (evidence,))
            self.database.checkpoint_truncate()
        return len(stray)

    def take_kek(self, fresh: Secret) -> None:
        """Wrap under `fresh` from now on; what is wrapped under the former key opens as before."""
        if fresh.reveal() != self._keks[0].reveal():
            self._keks = (fresh, *self._keks)

    def forget_former_keks(self) -> None:
        """Open under the newest key alone."""
        self._keks = self._keks[:1]

    def rewrap(self, table: str, after: bytes, limit: int) -> tuple[int, bytes]:
        """Wrap the rows of one of `WRAPPING` that follow `after` anew, at most `limit`, at once.

        Returns how many there were, and the last; 0 at the end. What is new already stays as it
        is, so that this can be repeated. Raises `StorageError(STORE_CORRUPT)`.
        """
        column, wrapped, version, word = WRAPPING[table]
        # Names of our own schema: they cannot be bound as values.
        listing = (
            f"SELECT {column}, {wrapped}, {version} FROM {table} "  # noqa: S608
            f"WHERE {column} > ? AND length({wrapped}) > 0 ORDER BY {column} LIMIT ?"
        )
        setting = f"UPDATE {table} SET {wrapped} = ? WHERE {column} = ?"  # noqa: S608
        newest = self._keks[0].reveal()
        with self.database.transaction() as change:
            rows = change.read(listing, (after, limit))
            for row, sealed, count in rows:
                where = place(word, blob(row).hex(), number(count))
                plain = self._open(blob(sealed), where)
                if not _opens(newest, blob(sealed), where):
                    change.write(setting, (seal(newest, plain, where), row))
        return len(rows), blob(rows[-1][0]) if rows else b""

    def wrapped_count(self) -> int:
        """How many rows the record key wraps; about, where an operation is under way."""
        counted = "SELECT (SELECT count(*) FROM person) + (SELECT count(*) FROM evidence)"
        return number(self.database.read(counted)[0][0])

    def _open(self, sealed: bytes, where: bytes) -> bytes:
        """Under the newest key, or under the former one while keys are exchanged."""
        for kek in self._keks[:-1]:
            with suppress(StorageError):
                return unseal(kek.reveal(), sealed, where)
        return unseal(self._keks[-1].reveal(), sealed, where)


def _opens(key: bytes, sealed: bytes, where: bytes) -> bool:
    try:
        unseal(key, sealed, where)
    except StorageError:
        return False
    return True
