"""Who said no is not asked again for 48 hours (条例 22(五); GB/T 41819 counts more as nagging).

Kept is a keyed digest of the document's number and a time, nothing else; both go after 48 hours.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from consent.canonical import decode_object, encode
from consent.digest import to_text
from consent.entry import time_of, time_text
from station.errors import AccessError, ErrorCode, LedgerError, StorageError
from station.office_book import OfficeBook, Sheet, Shelf

NOT_ASKED_FOR = timedelta(hours=48)


class Refusals:
    """Refusals of people the station knows by their document. Safe from any thread."""

    def __init__(
        self,
        book: OfficeBook,
        reference: Callable[[str], bytes],
        now: Callable[[], datetime],
    ) -> None:
        """`reference` is a keyed digest of a document number, the same for every way to write it;
        `now` a clock that does not go back.
        """
        self._book = book
        self._reference = reference
        self._now = now
        self._lock = threading.Lock()

    def note(self, document_number: str) -> None:
        """This person has just said no."""
        mark = to_text(self._reference(document_number))
        body = encode({"ref": mark, "at": time_text(self._now())})
        with self._lock:
            before = self._sheet(mark)
            if before is None:
                self._book.add(Shelf.REFUSAL, body)
            else:
                self._book.replace(before, body)

    def may_ask(self, document_number: str) -> bool:
        """Whether this person may be asked now."""
        mark, now = to_text(self._reference(document_number)), self._now()
        with self._lock:
            sheet = self._sheet(mark)
        return sheet is None or _is_over(sheet, now)

    def same_person(self, one: str, other: str) -> bool:
        """Whether two document numbers are one, however they are written."""
        return self._reference(one) == self._reference(other)

    def sweep(self) -> int:
        """Remove what is over; returns how many went."""
        now, gone = self._now(), 0
        with self._lock:
            for sheet in list(self._book.all(Shelf.REFUSAL)):
                if _is_over(sheet, now):
                    try:
                        self._book.remove(sheet)
                        gone += 1
                    except AccessError as error:
                        # Noted anew by another process: then it is not over.
                        if error.code is not ErrorCode.CHANGED_MEANWHILE:
                            raise
        return gone

    def _sheet(self, mark: str) -> Sheet | None:
        return next((one for one in self._book.all(Shelf.REFUSAL) if _read(one)[0] == mark), None)


def _is_over(sheet: Sheet, now: datetime) -> bool:
    return now - _read(sheet)[1] >= NOT_ASKED_FOR


def _read(sheet: Sheet) -> tuple[str, datetime]:
    try:
        body = decode_object(sheet.body)
        return str(body["ref"]), time_of(str(body["at"]))
    except (LedgerError, KeyError, ValueError) as error:
        raise StorageError(ErrorCode.STORE_CORRUPT) from error
