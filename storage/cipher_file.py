"""A file under SQLCipher, below everything a store is: its key, and its errors in our words."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeAlias

from sqlcipher3 import dbapi2

from station.errors import ErrorCode, StationBug, StorageError
from station.model import Secret

Connection: TypeAlias = dbapi2.Connection
"""A connection, for `storage.database` and `storage.copying` alone."""
_LOW_SPACE_BYTES = 64 * 1024
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


def unlocked(path: Path, key: Secret) -> Connection:
    """A connection to a file that is no open store: a copy. The caller closes it."""
    connection = dbapi2.connect(path, isolation_level=None)
    unlock(connection, key)
    return connection


def opens(path: Path, key: Secret) -> bool:
    """Whether the file, with its write-ahead log, opens with this key."""
    try:
        with translated(path), closing(unlocked(path, key)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except StorageError as error:
        if error.code is not ErrorCode.STORE_CORRUPT:
            raise
        return False
    return True


def unlock(connection: Connection, key: Secret) -> None:
    """Give a fresh connection its raw key; nothing is read yet."""
    # First of all: a wrong key would otherwise print on standard error.
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{key.reveal().hex()}'\"")
