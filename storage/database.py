"""One SQLCipher file: opening, pragmas, transactions, checkpoints, translated errors.

The only importer of sqlcipher3. Every store owns one `Database`; a thread gets a connection of its
own on first use. Rules and measurements: crypto.md section 2.
"""

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from sqlcipher3 import dbapi2

from station.errors import ErrorCode, StationBug, StorageError
from station.model import Secret

Value = int | str | bytes | None
"""What a cell of a STRICT table may hold here."""
Connection: TypeAlias = dbapi2.Connection
"""A connection outside a `Database`, for `storage.copying` alone."""
Row = tuple[Value, ...]
"""One row as SQLite returns it from STRICT tables."""
BUSY_TIMEOUT_S = 10.0
CHECKED_AT_OPEN_BYTES = 1024 * 1024
"""Pages of a larger file are checked later (`check_pages`): reading 100,000 residents takes
seconds, and a damaged page is refused whenever it is read."""
_PAGE_BYTES = 4096
_LOW_SPACE_BYTES = 64 * 1024
# Every store keeps its generation (crypto.md 6.4) and the effects already applied (5.2). Tables
# have no rowid: insertion order would otherwise join the rows of two stores (P-4).
_COMMON = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE applied (
    op_ref BLOB PRIMARY KEY CHECK (length(op_ref) = 32),
    rows INTEGER NOT NULL,
    files INTEGER NOT NULL,
    listed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
"""


def blob(value: Value) -> bytes:
    """A column that must hold bytes. Raises `StorageError(STORE_CORRUPT)` when it does not."""
    if not isinstance(value, bytes):
        raise StorageError(ErrorCode.STORE_CORRUPT)
    return value


def number(value: Value) -> int:
    """A column that must hold an integer. Raises `StorageError(STORE_CORRUPT)` when not."""
    if not isinstance(value, int):
        raise StorageError(ErrorCode.STORE_CORRUPT)
    return value


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of one store, for a new file; `version` is compared with the file's.

    `upgrades` leads an older file here: version → what makes it the next one.
    """

    version: int
    statements: str
    upgrades: Mapping[int, str] = field(default_factory=dict)


class Transaction:
    """An open write transaction; valid only inside `Database.transaction()`."""

    def __init__(self, connection: dbapi2.Connection) -> None:
        self._connection = connection

    def write(self, statement: str, values: Sequence[Value] = ()) -> int:
        """Run one INSERT, UPDATE or DELETE; returns the number of rows it touched."""
        return max(0, int(self._connection.execute(statement, values).rowcount))

    def read(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        """Rows as this transaction sees them."""
        return list(self._connection.execute(statement, values).fetchall())

    def raise_generation(self) -> None:
        """Count one effect, so that an older copy of this file can be told (crypto.md 6.4)."""
        self.write("UPDATE meta SET value = value + 1 WHERE name = 'generation'")


class Database:
    """One encrypted file with its own raw key. Safe to use from any thread of the desk."""

    def __init__(self, path: Path, key: Secret, schema: Schema) -> None:
        self.path = path
        self._key = key
        self._schema = schema
        self._local = threading.local()
        self._guard = threading.Lock()
        self._open: list[tuple[threading.Thread, dbapi2.Connection]] = []
        self._closed = False
        self.pages_checked = False
        """Whether every page was seen whole since the file was opened."""
        if not path.exists():
            create_private(path)
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"Database({self.path.name})"

    @property
    def wal_path(self) -> Path:
        """The write-ahead log beside the file."""
        return self.path.with_name(self.path.name + "-wal")

    def wal_bytes(self) -> int:
        """Size of the write-ahead log; 0 when there is none."""
        try:
            return self.wal_path.stat().st_size
        except FileNotFoundError:
            return 0

    def read(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        """All rows of a SELECT. Raises `StorageError`."""
        with translated(self.path):
            return list(self._connection().execute(statement, values).fetchall())

    def stream(
        self, statement: str, values: Sequence[Value] = (), batch: int = 256
    ) -> Iterator[Row]:
        """Rows of a SELECT in batches. An unfinished stream keeps the WAL from being truncated."""
        with translated(self.path):
            cursor = self._connection().execute(statement, values)
        # The cursor ends with this frame; closing it by hand fails once the database is closed.
        while True:
            with translated(self.path):
                rows = cursor.fetchmany(batch)
            if not rows:
                return
            yield from rows

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A write transaction: committed and durable when the block ends, else rolled back."""
        with translated(self.path):
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(connection)
                connection.execute("COMMIT")
            except BaseException:
                # SQLite has already rolled back by itself after some errors (disk full among them).
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def generation(self) -> int:
        """How many effects this file has seen."""
        return self.meta("generation")

    def meta(self, name: str) -> int:
        """A number kept in the file; 0 when it was never set."""
        rows = self.read("SELECT value FROM meta WHERE name = ?", (name,))
        return number(rows[0][0]) if rows else 0

    def set_meta(self, name: str, value: int) -> None:
        """Keep a number in the file."""
        with self.transaction() as change:
            change.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def checkpoint_truncate(self, timeout_s: float = BUSY_TIMEOUT_S) -> None:
        """Move the WAL into the file and cut it to 0 bytes (crypto.md 2.4).

        The pragma does not fail when a reader holds the WAL, it says busy in its first column:
        tried again until `timeout_s`, then `StorageError(STORE_LOCKED)`.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            rows = self.read("PRAGMA wal_checkpoint(TRUNCATE)")
            if rows and rows[0][0] == 0 and self.wal_bytes() == 0:
                return
            if time.monotonic() >= deadline:
                raise StorageError(ErrorCode.STORE_LOCKED, wal_bytes=self.wal_bytes())
            time.sleep(0.02)

    def check_pages(self) -> None:
        """Look at every page once. Raises `StorageError(STORE_CORRUPT)` with how many are bad."""
        problems = self.integrity_problems()
        if problems:
            raise StorageError(ErrorCode.STORE_CORRUPT, problems=problems)
        self.pages_checked = True

    def integrity_problems(self) -> int:
        """Pages whose HMAC is wrong, plus structural faults; 0 is good."""
        pages = len(self.read("PRAGMA cipher_integrity_check"))
        return pages or sum(row[0] != "ok" for row in self.read("PRAGMA quick_check(10)"))

    def tables(self) -> tuple[str, ...]:
        """Names of all tables of this file."""
        rows = self.read("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        return tuple(str(row[0]) for row in rows)

    def columns(self, table: str) -> tuple[str, ...]:
        """Names of all columns of one table."""
        rows = self.read("SELECT name FROM pragma_table_xinfo(?)", (table,))
        return tuple(str(row[0]) for row in rows)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A view of this moment, for a copy: later changes do not touch it.

        Keeps the WAL from being cut. Raises `StorageError`.
        """
        with translated(self.path):
            connection = self._connect()
            try:
                connection.execute("BEGIN")
                # Only a read makes the moment: BEGIN alone takes no view of the file.
                connection.execute("SELECT count(*) FROM meta").fetchone()
                yield connection
            finally:
                with self._guard:
                    self._open = [entry for entry in self._open if entry[1] is not connection]
                connection.close()

    def close(self) -> None:
        """Close every thread's connection; none may be in use. It stays closed."""
        with self._guard:
            self._closed = True
            for _, connection in self._open:
                connection.close()
            self._open.clear()
            self._local = threading.local()

    def _connection(self) -> dbapi2.Connection:
        found: dbapi2.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._connect()
            self._local.connection = found
        return found

    def _connect(self) -> dbapi2.Connection:
        # check_same_thread is off only so that close() may close what ended threads left open.
        connection = dbapi2.connect(
            self.path, isolation_level=None, timeout=BUSY_TIMEOUT_S, check_same_thread=False
        )
        try:
            _unlock(connection, self._key)
            for pragma in (
                "auto_vacuum = INCREMENTAL",
                "journal_mode = WAL",
                "synchronous = FULL",
                "secure_delete = ON",
                "trusted_schema = OFF",
                # Else INSERT OR REPLACE deletes a ledger entry past the trigger that keeps it.
                "recursive_triggers = ON",
                "cell_size_check = ON",
            ):
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        with self._guard:
            if self._closed:
                connection.close()
                raise StorageError(ErrorCode.STORE_LOCKED)
            self._drop_ended()
            self._open.append((threading.current_thread(), connection))
        return connection

    def _drop_ended(self) -> None:
        for entry in [entry for entry in self._open if not entry[0].is_alive()]:
            entry[1].close()
            self._open.remove(entry)

    def _create(self) -> None:
        with self.transaction() as change:
            for statement in _statements(_COMMON + self._schema.statements):
                change.write(statement)
            change.write("INSERT INTO meta VALUES ('schema', ?)", (self._schema.version,))
            change.write("INSERT INTO meta VALUES ('generation', 0)")

    def _check(self) -> None:
        try:
            # Also after a crash between making the file and its tables.
            if not self.tables():
                self._create()
            version = self.meta("schema")
        except StorageError as error:
            raise StorageError(self._why_unreadable(error.code)) from error
        known = version == self._schema.version or version in self._schema.upgrades
        if not known:
            raise StorageError(ErrorCode.STORE_CORRUPT, schema=version)
        if self.path.stat().st_size <= CHECKED_AT_OPEN_BYTES:
            self.check_pages()
        if version != self._schema.version:
            self._upgrade(version)

    def _upgrade(self, version: int) -> None:
        """All steps in one transaction: after a crash the file is of the old or the new version."""
        with self.transaction() as change:
            for step in range(version, self._schema.version):
                for statement in _statements(self._schema.upgrades[step]):
                    change.write(statement)
            change.write("UPDATE meta SET value = ? WHERE name = 'schema'", (self._schema.version,))

    def _why_unreadable(self, code: ErrorCode) -> ErrorCode:
        """Tell a wrong key (every page fails) from a damaged first page (others are good)."""
        if code is not ErrorCode.STORE_CORRUPT:
            return code
        connection = dbapi2.connect(self.path, isolation_level=None)
        try:
            _unlock(connection, self._key)
            with translated(self.path):
                failed = len(connection.execute("PRAGMA cipher_integrity_check").fetchall())
        finally:
            connection.close()
        pages = self.path.stat().st_size // _PAGE_BYTES
        return ErrorCode.KEY_WRONG if failed >= pages else ErrorCode.STORE_CORRUPT


def unlocked(path: Path, key: Secret) -> Connection:
    """A connection to a file that is no open store: a copy. The caller closes it."""
    connection = dbapi2.connect(path, isolation_level=None)
    _unlock(connection, key)
    return connection


def _unlock(connection: dbapi2.Connection, key: Secret) -> None:
    # First of all: a wrong key would otherwise print on standard error.
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{key.reveal().hex()}'\"")


def _statements(script: str) -> list[str]:
    """Split a script where SQLite says a statement is complete (triggers hold semicolons)."""
    found, pending = [], ""
    for piece in script.split(";"):
        pending += piece + ";"
        if pending.strip() != ";" and dbapi2.complete_statement(pending):
            found.append(pending)
            pending = ""
    return found


_CODES = {
    5: ErrorCode.STORE_LOCKED,  # SQLITE_BUSY
    6: ErrorCode.STORE_LOCKED,  # SQLITE_LOCKED
    8: ErrorCode.STORE_LOCKED,  # SQLITE_READONLY
    11: ErrorCode.STORE_CORRUPT,  # SQLITE_CORRUPT
    13: ErrorCode.DISK_FULL,  # SQLITE_FULL
    14: ErrorCode.STORE_LOCKED,  # SQLITE_CANTOPEN
    15: ErrorCode.STORE_LOCKED,  # SQLITE_PROTOCOL: many at once wanted the WAL
    26: ErrorCode.STORE_CORRUPT,  # SQLITE_NOTADB
}
_IOERR = 10
_IOERR_WRITE = 778


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn an sqlcipher3 error into `StorageError`; its text may quote values and is not kept."""
    try:
        yield
    except dbapi2.Error as error:
        extended = int(getattr(error, "sqlite_errorcode", 0) or 0)
        primary = extended & 0xFF
        code = _CODES.get(primary)
        if primary == _IOERR:
            # A quota or file-size limit arrives as an input/output error, not as SQLITE_FULL.
            full = extended == _IOERR_WRITE or _no_room(path)
            code = ErrorCode.DISK_FULL if full else ErrorCode.STORE_CORRUPT
        if code is None:
            raise StationBug(f"SQLite refused a statement, code {primary}") from error
        raise StorageError(code, sqlite=primary) from error


def _no_room(path: Path) -> bool:
    found = os.statvfs(path.parent)
    return found.f_bavail * found.f_frsize < _LOW_SPACE_BYTES


def create_private(path: Path) -> None:
    """Make an empty file for its owner alone, in a folder for its owner alone.

    Raises `StorageError(DISK_FULL)`, also when the file exists.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error
