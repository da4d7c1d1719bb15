"""One SQLCipher file: opening, pragmas, transactions, checkpoints, translated errors.

With `storage.cipher_file` the only importer of sqlcipher3. Every store owns one `Database`; a
thread gets a connection of its own on first use. Rules and measurements: crypto.md section 2.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlcipher3 import dbapi2

from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.cipher_file import Connection, opens, translated, unlock
from storage.private_store_file import create_private

Value = int | str | bytes | None
"""What a cell of a STRICT table may hold here."""
Result = TypeVar("Result")
Row = tuple[Value, ...]
"""One row as SQLite returns it from STRICT tables."""
BUSY_TIMEOUT_S = 10.0
CHECKED_AT_OPEN_BYTES = 1024 * 1024
"""Pages of a larger file are checked later (`check_pages`): reading 100,000 residents takes
seconds, and a damaged page is refused whenever it is read."""
_PAGE_BYTES = 4096
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

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, statement: str, values: Sequence[Value] = ()) -> int:
        """Run one INSERT, UPDATE or DELETE; returns the number of rows it touched."""
        return max(0, int(self._connection.execute(statement, values).rowcount))

    def write_all(self, statement: str, rows: Iterable[Sequence[Value]]) -> int:
        """Run one INSERT, UPDATE or DELETE for each of `rows`; returns how many rows it touched.

        In the order of the table's key each page is decrypted and written once.
        """
        return max(0, int(self._connection.executemany(statement, rows).rowcount))

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
        self._open: list[tuple[threading.Thread, Connection]] = []
        self._closed = False
        self._writing = threading.RLock()
        self._epoch = 0
        """How often the key was changed; a connection of an earlier one is not used again."""
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
        return self._with_key(lambda using: list(using.execute(statement, values).fetchall()))

    def stream(
        self, statement: str, values: Sequence[Value] = (), batch: int = 256
    ) -> Iterator[Row]:
        """Rows of a SELECT in batches. An unfinished stream keeps the WAL from being truncated."""
        cursor = self._with_key(lambda using: using.execute(statement, values))
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
        with self._writing, translated(self.path):
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
        with self._apart() as connection:
            connection.execute("BEGIN")
            # Only a read makes the moment: BEGIN alone takes no view of the file.
            connection.execute("SELECT count(*) FROM meta").fetchone()
            yield connection

    def has_key(self, key: Secret) -> bool:
        """Whether the file is under this key now."""
        return key.reveal() == self._key.reveal()

    def rekey(self, key: Secret) -> None:
        """Encrypt every page under another raw key, in one transaction of the file.

        Who reads meanwhile goes on under the former key to the end of the statement; writers wait.
        The former key opens the file until the WAL is cut: call `checkpoint_truncate` next. Raises
        `StorageError(DISK_FULL)` when there is no room for a second copy; nothing is changed then.
        """
        with self._writing:
            with self._apart() as connection:
                connection.execute(f"PRAGMA rekey = \"x'{key.reveal().hex()}'\"")
            # The pragma says "ok" whatever happened.
            if not opens(self.path, key):
                raise StorageError(ErrorCode.DISK_FULL)
            self._key = key
            self._epoch += 1

    @contextmanager
    def large_cache(self, mib: int) -> Iterator[None]:
        """Keep up to `mib` MiB of pages decrypted for this thread, for work on many rows."""
        (usual,) = self.read("PRAGMA cache_size")[0]
        self.read(f"PRAGMA cache_size = -{mib * 1024}")
        try:
            yield
        finally:
            # Closed meanwhile, there is nothing left to make smaller.
            with suppress(StorageError):
                self.read(f"PRAGMA cache_size = {number(usual)}")
                self.read("PRAGMA shrink_memory")

    def close(self) -> None:
        """Close every thread's connection; none may be in use. It stays closed."""
        with self._guard:
            self._closed = True
            for _, connection in self._open:
                connection.close()
            self._open.clear()
            self._local = threading.local()

    @contextmanager
    def _apart(self) -> Iterator[Connection]:
        """A connection for one use, beside the thread's own."""
        with translated(self.path):
            connection = self._connect()
            try:
                yield connection
            finally:
                with self._guard:
                    self._open = [entry for entry in self._open if entry[1] is not connection]
                connection.close()

    def _with_key(self, use: Callable[[Connection], Result]) -> Result:
        """Use the thread's connection; again where the key was changed at that moment."""
        while True:
            epoch = self._epoch
            try:
                with translated(self.path):
                    return use(self._connection())
            except StorageError as error:
                if error.code is not ErrorCode.STORE_CORRUPT:
                    raise
                # A change under way ends first: until then its key is not to be had.
                with self._writing:
                    if self._epoch == epoch:
                        raise

    def _connection(self) -> Connection:
        found: Connection | None = getattr(self._local, "connection", None)
        # One of the former key stays open for a stream that still reads from it.
        if found is None or self._local.epoch != self._epoch:
            self._local.epoch = self._epoch
            found = self._local.connection = self._connect()
        return found

    def _connect(self) -> Connection:
        # check_same_thread is off only so that close() may close what ended threads left open.
        connection = dbapi2.connect(
            self.path, isolation_level=None, timeout=BUSY_TIMEOUT_S, check_same_thread=False
        )
        try:
            unlock(connection, self._key)
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
            unlock(connection, self._key)
            with translated(self.path):
                failed = len(connection.execute("PRAGMA cipher_integrity_check").fetchall())
        finally:
            connection.close()
        pages = self.path.stat().st_size // _PAGE_BYTES
        return ErrorCode.KEY_WRONG if failed >= pages else ErrorCode.STORE_CORRUPT


def _statements(script: str) -> list[str]:
    """Split a script where SQLite says a statement is complete (triggers hold semicolons)."""
    found, pending = [], ""
    for piece in script.split(";"):
        pending += piece + ";"
        if pending.strip() != ";" and dbapi2.complete_statement(pending):
            found.append(pending)
            pending = ""
    return found
