"""The reference of `bench records`: the same number of rows in one plain sqlite3 table."""

import secrets
import sqlite3
from pathlib import Path

_BODY_BYTES = 1200
"""About what the stores keep of one resident: identity, template, keys and links."""
_ID_BYTES = 16


class PlainRows:
    """One table with a write-ahead log and full syncs. Nothing in it is sealed or encrypted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = self._connect()
        self._connection.execute(
            "CREATE TABLE plain (id BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID"
        )
        self._ids: list[bytes] = []
        self._asked = 0

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def bytes(self) -> int:
        """Size of the file."""
        return self._path.stat().st_size

    def count(self) -> int:
        """Number of rows."""
        found = self._connection.execute("SELECT count(*) FROM plain").fetchone()
        return int(found[0])

    def grow(self, size: int) -> None:
        """Insert rows until there are `size`."""
        added = sorted(secrets.token_bytes(_ID_BYTES) for _ in range(size - len(self._ids)))
        rows = [(one, secrets.token_bytes(_BODY_BYTES)) for one in added]
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT INTO plain VALUES (?, ?)", rows)
        self._connection.execute("COMMIT")
        self._truncate()
        self._ids += added
        secrets.SystemRandom().shuffle(self._ids)

    def select(self) -> None:
        """Find one row; another each time."""
        self._asked += 1
        wanted = self._ids[self._asked % len(self._ids)]
        self._connection.execute("SELECT body FROM plain WHERE id = ?", (wanted,)).fetchall()

    def erase(self) -> None:
        """Delete one row and cut the log."""
        self.erase_many(1, 1)

    def erase_many(self, count: int, batch: int) -> None:
        """Delete rows, and cut the log after each `batch`."""
        for start in range(0, count, batch):
            step = min(batch, count - start)
            going, self._ids = sorted(self._ids[:step]), self._ids[step:]
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "DELETE FROM plain WHERE id = ?", [(one,) for one in going]
            )
            self._connection.execute("COMMIT")
            self._truncate()

    def replace(self, count: int, batch: int) -> None:
        """Write `count` rows anew, and cut the log after each `batch`."""
        for start in range(0, count, batch):
            step = sorted(self._ids[start : min(start + batch, count)])
            rows = [(secrets.token_bytes(_BODY_BYTES), one) for one in step]
            self._connection.execute("BEGIN")
            self._connection.executemany("UPDATE plain SET body = ? WHERE id = ?", rows)
            self._connection.execute("COMMIT")
            self._truncate()

    def open_again(self) -> None:
        """Open the file a second time and look into it."""
        connection = self._connect()
        connection.execute("SELECT 1 FROM plain LIMIT 1").fetchall()
        connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _truncate(self) -> None:
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
