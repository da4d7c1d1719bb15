"""Copies of a store's file under another key, page by page; the store may be in use meanwhile."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from station.model import Secret
from storage.cipher_file import Connection, translated, unlocked
from storage.database import Database, number
from storage.private_store_file import create_private

CopyProgress = Callable[[int, int], None]
"""Told (bytes copied, bytes in all) of one file."""
_PAGE_BYTES = 4096
# A quarter of a second of the kiosk's time would be seen; this is some ten milliseconds.
_STEP_PAGES = 256


class Snapshot:
    """One moment of a store's file; `close` lets the store's WAL be cut again."""

    def __init__(self, database: Database) -> None:
        """Take the moment. Raises `StorageError`."""
        self._open = ExitStack()
        self._connection = self._open.enter_context(database.snapshot())

    def generation(self) -> int:
        """How many effects the file had seen."""
        rows = self._connection.execute("SELECT value FROM meta WHERE name = 'generation'")
        return number(rows.fetchone()[0])

    def copy_to(self, target: Path, key: Secret, progress: CopyProgress) -> None:
        """Copy into a new file under another key. Raises `StorageError`."""
        create_private(target)
        with translated(target):
            _copy_pages(self._connection, target, key, progress)

    def close(self) -> None:
        """End the view; closing twice is harmless."""
        self._open.close()


def recrypt(
    source: Path, source_key: Secret, target: Path, key: Secret, progress: CopyProgress
) -> None:
    """Copy a store's file that nobody has open into a new file under another key.

    Raises `StorageError(STORE_CORRUPT)` when `source_key` does not open it.
    """
    create_private(target)
    with translated(target), closing(unlocked(source, source_key)) as connection:
        # Said by a read in words the errors know; a backup only says that it failed.
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        _copy_pages(connection, target, key, progress)


def _copy_pages(source: Connection, target: Path, key: Secret, progress: CopyProgress) -> None:
    def told(_status: int, remaining: int, total: int) -> None:
        progress((total - remaining) * _PAGE_BYTES, total * _PAGE_BYTES)

    with closing(unlocked(target, key)) as copy:
        source.backup(copy, pages=_STEP_PAGES, progress=told)
