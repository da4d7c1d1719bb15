"""office.db: what the office keeps of itself, sheet by sheet, sealed (`station.office_book`).

A body is sealed under the store's record key and bound to shelf, id and version. Its length is one
of a few: it tells little, and cells of different lengths leave pieces of deleted ones in the gaps
of rebalanced pages. There is no column for a time, which would join a sheet with the ledger.
"""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from station.errors import AccessError, ErrorCode, StorageError
from station.model import Secret
from station.office_book import MOST_BYTES, Sheet, Shelf
from storage.database import Database, Schema, blob, number
from storage.registry import OFFICE
from storage.sealing import OVERHEAD_BYTES, place, seal, unseal

_ID_BYTES = 16
_LENGTH_BYTES = 4
_BODY_SIZES = (1 << 10, 4 << 10, 16 << 10, MOST_BYTES)
_SEALED_SIZES = ", ".join(str(_LENGTH_BYTES + size + OVERHEAD_BYTES) for size in _BODY_SIZES)
SHELF_CODES = {
    Shelf.ACCOUNT: 1,
    Shelf.REQUEST: 2,
    Shelf.PROFILE: 3,
    Shelf.NOTICE: 4,
    Shelf.REFUSAL: 5,
    Shelf.TICKET: 6,
    Shelf.INCIDENT: 7,
    Shelf.PROCESSING: 8,
    Shelf.DEVICE: 9,
    Shelf.TERMS: 10,
}
"""A number per shelf; one once used is never given to something else."""
_SCHEMA = Schema(
    1,
    # Numbers of this module: they cannot be bound as values.
    f"""
    CREATE TABLE sheet (
        id BLOB PRIMARY KEY CHECK (length(id) = 16),
        shelf INTEGER NOT NULL CHECK (shelf >= 1),
        version INTEGER NOT NULL CHECK (version >= 1),
        sealed BLOB NOT NULL CHECK (length(sealed) IN ({_SEALED_SIZES}))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sheet_shelf ON sheet (shelf);
    """,
)


class OfficeStore:
    """The rows of office.db: an `OfficeBook`. Safe from any thread, and beside other processes."""

    def __init__(self, path: Path, key: Secret, record_kek: Secret) -> None:
        self.database = Database(path, key, _SCHEMA)
        self._kek = record_kek

    def get(self, shelf: Shelf, sheet_id: str) -> Sheet:
        """One sheet. Raises `StorageError(SHEET_MISSING)`, `(STORE_CORRUPT)`."""
        found = self.database.read(
            "SELECT version, sealed FROM sheet WHERE id = ? AND shelf = ?",
            (_row(sheet_id), SHELF_CODES[shelf]),
        )
        if not found:
            raise StorageError(ErrorCode.SHEET_MISSING)
        version, sealed = found[0]
        return self._opened(shelf, _row(sheet_id), number(version), blob(sealed))

    def all(self, shelf: Shelf) -> Iterator[Sheet]:
        """Every sheet of a shelf, in no order that means anything."""
        for row, version, sealed in self.database.stream(
            "SELECT id, version, sealed FROM sheet WHERE shelf = ?", (SHELF_CODES[shelf],)
        ):
            yield self._opened(shelf, blob(row), number(version), blob(sealed))

    def add(self, shelf: Shelf, body: bytes) -> Sheet:
        """A new sheet. Raises `StorageError(DISK_FULL)`, `AccessError(TEXT_UNUSABLE)`."""
        row = secrets.token_bytes(_ID_BYTES)
        sealed = self._sealed(shelf, row, 1, body)
        with self.database.transaction() as change:
            change.write("INSERT INTO sheet VALUES (?, ?, 1, ?)", (row, SHELF_CODES[shelf], sealed))
            change.raise_generation()
        return Sheet(shelf, row.hex(), 1, body)

    def replace(self, sheet: Sheet, body: bytes) -> Sheet:
        """The sheet's next version.

        Raises `AccessError(CHANGED_MEANWHILE)` when somebody, also in another process, was quicker.
        """
        row, version = _row(sheet.id), sheet.version + 1
        sealed = self._sealed(sheet.shelf, row, version, body)
        with self.database.transaction() as change:
            # The write lock of the file is held here: what is compared cannot change any more.
            touched = change.write(
                "UPDATE sheet SET version = ?, sealed = ? "
                "WHERE id = ? AND shelf = ? AND version = ?",
                (version, sealed, row, SHELF_CODES[sheet.shelf], sheet.version),
            )
            if touched != 1:
                raise AccessError(ErrorCode.CHANGED_MEANWHILE)
            change.raise_generation()
        return Sheet(sheet.shelf, sheet.id, version, body)

    def remove(self, sheet: Sheet) -> None:
        """Take the sheet away for good. Raises `AccessError(CHANGED_MEANWHILE)`."""
        with self.database.transaction() as change:
            touched = change.write(
                "DELETE FROM sheet WHERE id = ? AND shelf = ? AND version = ?",
                (_row(sheet.id), SHELF_CODES[sheet.shelf], sheet.version),
            )
            if touched != 1:
                raise AccessError(ErrorCode.CHANGED_MEANWHILE)
            change.raise_generation()
        # Who reads meanwhile keeps the log a little longer; what is in it is sealed.
        with suppress(StorageError):
            self.database.checkpoint_truncate(timeout_s=1.0)

    def generation(self) -> int:
        """How many changes there were; an older copy of the file has fewer."""
        return self.database.generation()

    def count(self, shelf: Shelf) -> int:
        """Number of sheets of a shelf."""
        statement = "SELECT count(*) FROM sheet WHERE shelf = ?"
        return number(self.database.read(statement, (SHELF_CODES[shelf],))[0][0])

    def _sealed(self, shelf: Shelf, row: bytes, version: int, body: bytes) -> bytes:
        size = next((size for size in _BODY_SIZES if len(body) <= size), None)
        if size is None:
            raise AccessError(ErrorCode.TEXT_UNUSABLE)
        plain = len(body).to_bytes(_LENGTH_BYTES, "big") + body + bytes(size - len(body))
        return seal(self._kek.reveal(), plain, _place(shelf, row, version))

    def _opened(self, shelf: Shelf, row: bytes, version: int, sealed: bytes) -> Sheet:
        plain = unseal(self._kek.reveal(), sealed, _place(shelf, row, version))
        length = int.from_bytes(plain[:_LENGTH_BYTES], "big")
        return Sheet(shelf, row.hex(), version, plain[_LENGTH_BYTES : _LENGTH_BYTES + length])


def _row(sheet_id: str) -> bytes:
    """The id as stored. Raises `StorageError(SHEET_MISSING)` for what is no id at all."""
    try:
        row = bytes.fromhex(sheet_id)
    except ValueError as error:
        raise StorageError(ErrorCode.SHEET_MISSING) from error
    # Spelled otherwise it would be the same row under another name.
    if len(row) != _ID_BYTES or row.hex() != sheet_id:
        raise StorageError(ErrorCode.SHEET_MISSING)
    return row


def _place(shelf: Shelf, row: bytes, version: int) -> bytes:
    return place(OFFICE, f"{SHELF_CODES[shelf]}:{row.hex()}", version)
