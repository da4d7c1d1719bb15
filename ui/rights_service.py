"""What the page of the rights desk needs of the station; `station.office_rights` provides it."""

from pathlib import Path
from typing import Protocol

from station.gate import Session
from station.handed_out import Progress
from station.model import Language
from station.rights_view import Person, TicketLine
from station.subject_records import Portion
from station.tickets import TicketKind


class RightsService(Protocol):
    """The rights desk; each call may take long and raises `AccessError`, `OfficeError`."""

    def tickets(self, session: Session) -> tuple[TicketLine, ...]:
        """Every ticket, the nearest deadline first (TICKET_READ)."""
        ...

    def look_up(self, session: Session, number: str) -> Person | None:
        """Whom a document number leads to, masked; None where nothing is kept (VIEW_MASKED)."""
        ...

    def open(self, session: Session, kind: TicketKind, number: str, wish: str) -> str:
        """Take in what the bearer of a document asks for; returns the ticket's number."""
        ...

    def person(self, session: Session, ticket: str) -> Person | None:
        """Whom a ticket is about; None once nothing is kept (TICKET_READ)."""
        ...

    def copy(
        self,
        session: Session,
        ticket: str,
        folder: Path,
        reason: str,
        language: Language,
        *,
        progress: Progress,
    ) -> tuple[str, ...]:
        """Write the copy as JSON and PDF into `folder`; returns their names (VIEW_FULL)."""
        ...

    def correct(self, session: Session, ticket: str, field: str, content: str) -> None:
        """Correct or complete one field; "" takes it away (TICKET_DECIDE). FIELD_NOT_LISTED."""
        ...

    def ask_minor(self, session: Session, ticket: str, reason: str) -> None:
        """Ask the manager before a minor's record is opened (MINOR_READ)."""
        ...

    def restrict(self, session: Session, ticket: str, restricted: bool) -> None:
        """Keep and do not compare, or lift that (RESTRICT)."""
        ...

    def erase(self, session: Session, ticket: str, folder: Path, portion: Portion) -> str:
        """Erase as much as is wanted; the signed receipt goes into `folder`; its name (ERASE)."""
        ...

    def receipt(self, session: Session, ticket: str, folder: Path) -> str:
        """Write the receipts of what was erased for a ticket again; the file's name (TICKET_READ).

        NOTHING_KEPT where nothing was."""
        ...

    def explain(self, session: Session, ticket: str, language: Language) -> str:
        """How the station decides, to be read to the person; noted on the ticket."""
        ...

    def refuse(self, session: Session, ticket: str, why: str) -> None:
        """Refuse, with a written reason (TICKET_DECIDE)."""
        ...

    def extend(self, session: Session, ticket: str, days: int, why: str) -> None:
        """Put the deadline off, 30 days from the first at most (TICKET_DECIDE)."""
        ...

    def close(self, session: Session, ticket: str, answer: str) -> None:
        """Close a ticket whose wish is met (TICKET_DECIDE)."""
        ...
