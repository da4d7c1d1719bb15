"""The rights desk at the office: one permit per act, and papers in new files of their owner alone.

The number of a document is typed by staff, looked up, and kept nowhere: a ticket has it masked.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from station.access import Act
from station.errors import ErrorCode, LedgerError, OfficeError
from station.explanation import Decides, explanation
from station.gate import Permit, Session
from station.incident_notice import paper_text
from station.model import Claim, ClaimKind, Language
from station.paper import Paper
from station.requests import Request, RequestState, digest_of
from station.rights_desk import RightsDesk, minor_request
from station.rights_view import Person, TicketLine
from station.staffroom import Staffroom
from station.subject_copy import CopyFrame, copy_json, copy_paper
from station.subject_records import Subject
from station.tickets import Filed, TicketBook, TicketKind


class RightsSource(Protocol):
    """What the desk stands on (`station.rights_room.RightsRoom`)."""

    rights: RightsDesk
    tickets: TicketBook

    def copy_frame(self, *, resident: bool) -> CopyFrame:
        """What a copy says of the station."""
        ...

    def decides(self) -> Decides:
        """The figures of the explanation."""
        ...


class OfficeRights:
    """`RightsService` of an open station. Safe from any thread."""

    def __init__(
        self,
        room: Staffroom,
        source: RightsSource,
        draw: Callable[[Paper], bytes],
        now: Callable[[], datetime],
    ) -> None:
        """`draw` puts a paper into the bytes of a PDF."""
        self._room = room
        self._source = source
        self._draw = draw
        self._now = now

    def tickets(self, session: Session) -> tuple[TicketLine, ...]:
        """Every ticket, the nearest deadline first. Raises `AccessError`."""
        permit, now = self._permit(session, Act.TICKET_READ), self._now()
        return tuple(
            TicketLine(one.ticket, one.ticket.days_left(now), one.ticket.overdue(now))
            for one in self._source.tickets.all(permit)
        )

    def look_up(self, session: Session, number: str) -> Person | None:
        """Whom a document number leads to, masked. Raises `AccessError`."""
        permit = self._permit(session, Act.VIEW_MASKED)
        try:
            return _person(self._source.rights.look_up(permit, _claim(number)))
        except OfficeError as error:
            if error.code is not ErrorCode.NOTHING_KEPT:
                raise
            return None

    def open(self, session: Session, kind: TicketKind, number: str, wish: str) -> str:
        """Take in a request; returns its number. Raises `AccessError`."""
        permit = self._permit(session, Act.TICKET_OPEN)
        claim = _claim(number)
        covered = _covered(claim.value)
        filed = self._source.rights.open(permit, kind, claim, masked=covered, wish=wish)
        return filed.ticket.id

    def person(self, session: Session, ticket: str) -> Person | None:
        """Whom a ticket is about, masked, and what is kept. Raises `AccessError`."""
        permit, filed = self._permit(session, Act.TICKET_READ, ticket), self._filed(ticket)
        try:
            found = self._source.rights.subject(permit, filed)
        except OfficeError as error:
            if error.code is not ErrorCode.NOTHING_KEPT:
                raise
            return None
        asked = self._minor_request(session, filed) if found.minor else None
        return _person(found, "" if asked is None else asked.state.value)

    def copy(
        self, session: Session, ticket: str, folder: Path, reason: str, language: Language
    ) -> tuple[str, str]:
        """Write the copy as JSON and PDF. Raises `AccessError`, `OfficeError(
        MINOR_NEEDS_APPROVAL)`, `LedgerError(EXPORT_FAILED)` where `folder` cannot be written.
        """
        _usable(folder)
        permit = self._permit(session, Act.VIEW_FULL, ticket, reason)
        filed = self._filed(ticket)
        asked, minor = self._minor_request(session, filed), None
        if asked is not None and asked.state is RequestState.AGREED:
            minor = self._permit(session, Act.MINOR_READ, asked.about, asked.reason, asked.id)
        after, kept = self._source.rights.file(permit, filed, minor, copied=True)
        frame = self._source.copy_frame(resident=kept.subject.resident)
        stem = f"copy-{ticket}-{self._now().astimezone().strftime('%Y%m%d-%H%M%S')}"
        paper = self._draw(copy_paper(kept, after.ticket, frame, language))
        with _new_file(folder / f"{stem}.json") as file:
            file.write(copy_json(kept, after.ticket, frame))
        with _new_file(folder / f"{stem}.pdf") as file:
            file.write(paper)
        return f"{stem}.json", f"{stem}.pdf"

    def ask_minor(self, session: Session, ticket: str, reason: str) -> None:
        """Ask the manager before a minor's record is opened. Raises `AccessError`."""
        document = minor_request(self._filed(ticket).ticket)
        self._room.requests.ask(session, Act.MINOR_READ, document, reason)

    def restrict(self, session: Session, ticket: str, restricted: bool) -> None:
        """Keep and do not compare, or lift that. Raises `AccessError`, `OfficeError`."""
        permit = self._permit(session, Act.RESTRICT, ticket)
        self._source.rights.restrict(permit, self._filed(ticket), restricted=restricted)

    def erase(self, session: Session, ticket: str, folder: Path) -> str:
        """Erase all of it; the signed receipt goes into `folder`. Raises `AccessError`,
        `OfficeError`, `LedgerError(EXPORT_FAILED)` before anything is erased.
        """
        _usable(folder)
        permit = self._permit(session, Act.ERASE, ticket)
        filed, name = self._filed(ticket), f"erased-{ticket}.json"
        # The file first: an erasure must not end without its receipt because it cannot be made.
        with _new_file(folder / name) as file:
            _, receipt = self._source.rights.erase(permit, filed)
            file.write(receipt)
        return name

    def explain(self, session: Session, ticket: str, language: Language) -> str:
        """How the station decides, noted as told. Raises `AccessError`, `OfficeError`."""
        permit = self._permit(session, Act.TICKET_READ, ticket)
        self._source.rights.explained(permit, self._filed(ticket))
        return paper_text(explanation(self._source.decides(), language))

    def refuse(self, session: Session, ticket: str, why: str) -> None:
        """Refuse, with a written reason. Raises `AccessError`, `OfficeError`."""
        permit = self._permit(session, Act.TICKET_DECIDE, ticket)
        self._source.tickets.refuse(permit, self._filed(ticket), why)

    def close(self, session: Session, ticket: str, answer: str) -> None:
        """Close a ticket whose wish is met. Raises `AccessError`, `OfficeError`."""
        permit = self._permit(session, Act.TICKET_DECIDE, ticket)
        self._source.rights.close(permit, self._filed(ticket), answer)

    def _permit(
        self, session: Session, act: Act, about: str = "", reason: str = "", request_id: str = ""
    ) -> Permit:
        return self._room.gate.permit(
            session, act, about=about, reason=reason, request_id=request_id
        )

    def _filed(self, ticket: str) -> Filed:
        return self._source.tickets.get(ticket)

    def _minor_request(self, session: Session, filed: Filed) -> Request | None:
        about = digest_of(minor_request(filed.ticket))
        own = self._room.requests.own(session)
        found = [one for one in own if one.act is Act.MINOR_READ and one.about == about]
        return found[-1] if found else None


def _claim(number: str) -> Claim:
    return Claim(ClaimKind.DOCUMENT, number.strip())


def _covered(number: str) -> str:
    """First and last two characters; nothing of a number so short that little would be covered."""
    hidden = len(number) - 3
    return number[:1] + "*" * hidden + number[-2:] if hidden > 0 else "*" * len(number)


def _person(found: Subject, approval: str = "") -> Person:
    return Person(
        found.name,
        found.document_number,
        found.resident,
        found.minor,
        found.restricted,
        found.expires_at,
        1,
        int(found.template),
        found.portraits,
        approval,
    )


def _usable(folder: Path) -> None:
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise LedgerError(ErrorCode.EXPORT_FAILED)


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A new file for its owner alone, durable on leaving; not there where anything failed.

    Raises `LedgerError(EXPORT_FAILED)`, also for a file that there is already.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise LedgerError(ErrorCode.EXPORT_FAILED) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise LedgerError(ErrorCode.EXPORT_FAILED) from error
        raise
