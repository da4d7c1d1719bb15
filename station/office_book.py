"""What the office keeps of itself: accounts, requests, tickets, notices, incidents, the profile.

Small documents, sealed one by one; `storage.office_store` implements the book. Two people who
change one sheet at a time cannot overwrite each other: `replace` wants the version it was read in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

MOST_BYTES = 64 << 10
"""Largest body of a sheet."""
OFFICE_GENERATION = "office"
"""Key of the book's generation in the ledger entries of starts, sign-ins and sign-outs."""


class Shelf(StrEnum):
    """Kinds of sheets. A name once used is never given to something else."""

    ACCOUNT = "ACCOUNT"
    REQUEST = "REQUEST"
    PROFILE = "PROFILE"
    NOTICE = "NOTICE"
    REFUSAL = "REFUSAL"
    TICKET = "TICKET"
    INCIDENT = "INCIDENT"
    PROCESSING = "PROCESSING"
    DEVICE = "DEVICE"
    TERMS = "TERMS"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document as it was read: `body` is canonical JSON, `version` counts from 1."""

    shelf: Shelf
    id: str
    """32 hex characters, random."""
    version: int
    body: bytes

    def __repr__(self) -> str:
        return f"Sheet({self.shelf}, v{self.version})"


class OfficeBook(Protocol):
    """The sheets of all shelves. Every change is durable when it returns."""

    def get(self, shelf: Shelf, sheet_id: str) -> Sheet:
        """One sheet. Raises `StorageError(SHEET_MISSING)`."""
        ...

    def all(self, shelf: Shelf) -> Iterator[Sheet]:
        """Every sheet of a shelf, in no particular order."""
        ...

    def add(self, shelf: Shelf, body: bytes) -> Sheet:
        """A new sheet. Raises `StorageError(DISK_FULL)`, `AccessError(TEXT_UNUSABLE)`."""
        ...

    def replace(self, sheet: Sheet, body: bytes) -> Sheet:
        """The sheet's next version.

        Raises `AccessError(CHANGED_MEANWHILE)` when somebody else was quicker.
        """
        ...

    def generation(self) -> int:
        """How many changes there were; an older copy of the book has fewer."""
        ...

    def remove(self, sheet: Sheet) -> None:
        """Take the sheet away for good. Raises `AccessError(CHANGED_MEANWHILE)`."""
        ...
