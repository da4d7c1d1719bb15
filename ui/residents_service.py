"""What the page of residents needs of the station; `station.office_residents` provides it."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from station.gate import Session
from station.residents_view import (
    BatchDone,
    ResidentDetail,
    ResidentLine,
    ResidentLines,
    ResidentState,
)

Progress = Callable[[int, int], None]
"""Told how many of how many are done; from the worker thread."""


class ResidentsService(Protocol):
    """Registered people; each call may take long and raises `AccessError`, `StationError`.

    People are named by the `reference` of a line that this session was shown.
    """

    def residents(
        self,
        session: Session,
        state: ResidentState,
        after: int,
        progress: Progress,
        cancel: threading.Event,
    ) -> ResidentLines:
        """Residents from position `after`, the nearest end first (VIEW_MASKED, RECALLS_READ)."""
        ...

    def look_up(self, session: Session, number: str) -> ResidentLine | None:
        """Whom a resident or document number leads to (VIEW_MASKED)."""
        ...

    def detail(self, session: Session, reference: str) -> ResidentDetail:
        """One of them, masked, with their consents (VIEW_MASKED)."""
        ...

    def in_clear(
        self, session: Session, reference: str, reason: str
    ) -> tuple[tuple[str, str], ...]:
        """Names and values of their fields; the reason goes into the ledger (VIEW_FULL)."""
        ...

    def erase(self, session: Session, reference: str, folder: Path) -> str:
        """Erase one; the signed receipt goes into `folder`; returns its name (ERASE)."""
        ...

    def erase_several(
        self,
        session: Session,
        references: Sequence[str],
        folder: Path,
        progress: Progress,
        cancel: threading.Event,
    ) -> BatchDone:
        """Erase all of them; the signed receipts go into one file in `folder` (ERASE_BATCH)."""
        ...

    def restrict(self, session: Session, reference: str, restricted: bool) -> None:
        """Keep and do not compare, or lift that (RESTRICT)."""
        ...

    def renew(self, session: Session, reference: str) -> None:
        """Put a new template in the place of the old one (RENEW_ONE); takes seconds."""
        ...

    def ask_erase(self, session: Session, reference: str, reason: str) -> str:
        """Ask for an erasure at the rights desk; returns the ticket's number (ERASE_ASK)."""
        ...
