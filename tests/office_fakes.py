"""An office book in memory, for tests that need no store."""

import secrets
import threading
from collections.abc import Iterator

from station.errors import AccessError, ErrorCode, StorageError
from station.office_book import MOST_BYTES, Sheet, Shelf


class MemoryBook:
    """`OfficeBook` as a dictionary, with the version check of the real one."""

    def __init__(self) -> None:
        self._sheets: dict[tuple[Shelf, str], Sheet] = {}
        self._guard = threading.Lock()
        self._changes = 0

    def get(self, shelf: Shelf, sheet_id: str) -> Sheet:
        """One sheet. Raises `StorageError(SHEET_MISSING)`."""
        with self._guard:
            found = self._sheets.get((shelf, sheet_id))
        if found is None:
            raise StorageError(ErrorCode.SHEET_MISSING)
        return found

    def all(self, shelf: Shelf) -> Iterator[Sheet]:
        """Every sheet of a shelf."""
        with self._guard:
            found = [sheet for (where, _), sheet in self._sheets.items() if where is shelf]
        yield from found

    def add(self, shelf: Shelf, body: bytes) -> Sheet:
        """A new sheet. Raises `AccessError(TEXT_UNUSABLE)`."""
        _check(body)
        sheet = Sheet(shelf, secrets.token_hex(16), 1, body)
        with self._guard:
            self._sheets[shelf, sheet.id] = sheet
            self._changes += 1
        return sheet

    def replace(self, sheet: Sheet, body: bytes) -> Sheet:
        """The sheet's next version. Raises `AccessError(CHANGED_MEANWHILE)`."""
        _check(body)
        fresh = Sheet(sheet.shelf, sheet.id, sheet.version + 1, body)
        with self._guard:
            self._expect(sheet)
            self._sheets[sheet.shelf, sheet.id] = fresh
            self._changes += 1
        return fresh

    def remove(self, sheet: Sheet) -> None:
        """Take the sheet away. Raises `AccessError(CHANGED_MEANWHILE)`."""
        with self._guard:
            self._expect(sheet)
            del self._sheets[sheet.shelf, sheet.id]
            self._changes += 1

    def generation(self) -> int:
        """How many changes there were."""
        return self._changes

    def _expect(self, sheet: Sheet) -> None:
        found = self._sheets.get((sheet.shelf, sheet.id))
        if found is None or found.version != sheet.version:
            raise AccessError(ErrorCode.CHANGED_MEANWHILE)


def _check(body: bytes) -> None:
    if len(body) > MOST_BYTES:
        raise AccessError(ErrorCode.TEXT_UNUSABLE)
