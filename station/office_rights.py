"""The rights desk at the office: one permit per act, and papers in new files of their owner alone.

The number of a document is typed by staff, looked up, and kept nowhere: a ticket has it masked.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from station.access import Act
from station.errors import ErrorCode, OfficeError
from station.explanation import Decides, explanation
from station.gate import Permit, Session
from station.handed_out import Progress, hand_out, usable
from station.incident_notice import paper_text
from station.masked import masked
from station.model import Claim, ClaimKind, Language
from station.paper import Paper
from station.receipt_file import ReceiptFile
from station.requests import Request, RequestState, digest_of
from station.rights_desk import RightsDesk, minor_request
from station.rights_view import Person, TicketLine
from station.staffroom import Staffroom
from station.subject_copy import CopyFrame, copy_json, copy_paper
from station.subject_records import Portion, Subject
from station.tickets import Filed, TicketBook, TicketKind


class RightsSource(Protocol):
    """What the desk stands on (`station.rights_room.RightsRoom`)."""

    rights: RightsDesk
    tickets: TicketBook

    def receipts(self, ticket: str) -> tuple[bytes, ...]:
        """The signed receipts of what was erased for a ticket."""
        ...

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
        self._source.rights.settle()
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
        covered = masked(claim.value, 1, 2)
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
        person = _person(found, "" if asked is None else asked.state.value)
        return replace(person, correctable=self._source.rights.correctable())

    def copy(
        self,
        session: Session,
        ticket: str,
        folder: Path,
        reason: str,
        language: Language,
        *,
        progress: Progress = lambda done, of: None,
    ) -> tuple[str, ...]:
        """Write the copy as JSON and PDF. Raises `AccessError`, `OfficeError`:
        MINOR_NEEDS_APPROVAL, PAPER_NOT_WRITTEN where `folder` cannot be written.
        """
        usable(folder)
        permit = self._permit(session, Act.VIEW_FULL, ticket, reason)
        filed = self._filed(ticket)
        progress(0, 2)
        minor = self._minor_permit(session, filed)
        after, kept = self._source.rights.file(permit, filed, minor, copied=True)
        frame = self._source.copy_frame(resident=kept.subject.resident)
        stem = f"copy-{ticket}-{self._now().astimezone().strftime('%Y%m%d-%H%M%S')}"
        papers = (
            (f"{stem}.json", lambda: copy_json(kept, after.ticket, frame)),
            (f"{stem}.pdf", lambda: self._draw(copy_paper(kept, after.ticket, frame, language))),
        )
        return hand_out(folder, papers, progress)

    def correct(self, session: Session, ticket: str, field: str, content: str) -> None:
        """Correct or complete one field; an empty `content` takes it away.

        Raises `AccessError`, `OfficeError`: FIELD_NOT_LISTED, MINOR_NEEDS_APPROVAL (a minor's date
        of birth), NOTHING_KEPT; `StorageError(ALREADY_ENROLLED)`.
        """
        permit = self._permit(session, Act.TICKET_DECIDE, ticket)
        filed, changes = self._filed(ticket), {field: content.strip()}
        self._source.rights.check(changes)
        minor = self._minor_permit(session, filed) if field == "birth_date" else None
        self._source.rights.correct(permit, filed, changes, minor)

    def ask_minor(self, session: Session, ticket: str, reason: str) -> None:
        """Ask the manager before a minor's record is opened. Raises `AccessError`."""
        document = minor_request(self._filed(ticket).ticket)
        self._room.requests.ask(session, Act.MINOR_READ, document, reason)

    def restrict(self, session: Session, ticket: str, restricted: bool) -> None:
        """Keep and do not compare, or lift that. Raises `AccessError`, `OfficeError`."""
        permit = self._permit(session, Act.RESTRICT, ticket)
        self._source.rights.restrict(permit, self._filed(ticket), restricted=restricted)

    def erase(
        self, session: Session, ticket: str, folder: Path, portion: Portion = Portion.EVERYTHING
    ) -> str:
        """Erase all of it, or the face's part; the signed receipt goes into `folder`.

        Raises `AccessError`, `OfficeError`: PAPER_NOT_WRITTEN before anything is erased,
        RECEIPT_NOT_WRITTEN afterwards.
        """
        usable(folder)
        permit = self._permit(session, Act.ERASE, ticket)
        filed = self._filed(ticket)
        with ReceiptFile(folder, self._now(), f"-{ticket}.json") as file:
            _, receipt = self._source.rights.erase(permit, filed, portion)
            file.add(receipt)
        return file.name

    def receipt(self, session: Session, ticket: str, folder: Path) -> str:
        """Write the receipts of what was erased for a ticket again; returns the file's name.

        Raises `AccessError`, `OfficeError`: NOTHING_KEPT where nothing was erased for it,
        PAPER_NOT_WRITTEN; `LedgerError(RECEIPT_INVALID)`.
        """
        usable(folder)
        self._permit(session, Act.TICKET_READ, ticket)
        receipts = self._source.receipts(self._filed(ticket).ticket.id)
        if not receipts:
            raise OfficeError(ErrorCode.NOTHING_KEPT)
        with ReceiptFile(folder, self._now(), f"-{ticket}.jsonl") as file:
            for one in receipts:
                file.add(one)
        return file.name

    def explain(self, session: Session, ticket: str, language: Language) -> str:
        """How the station decides, noted as told. Raises `AccessError`, `OfficeError`."""
        permit = self._permit(session, Act.TICKET_READ, ticket)
        self._source.rights.explained(permit, self._filed(ticket))
        return paper_text(explanation(self._source.decides(), language))

    def refuse(self, session: Session, ticket: str, why: str) -> None:
        """Refuse, with a written reason. Raises `AccessError`, `OfficeError`."""
        permit = self._permit(session, Act.TICKET_DECIDE, ticket)
        self._source.tickets.refuse(permit, self._filed(ticket), why)

    def extend(self, session: Session, ticket: str, days: int, why: str) -> None:
        """Put the deadline off to `days` after the request came in, with a written reason.

        Raises `AccessError`, `OfficeError`: DEADLINE_TOO_LATE above 30, TICKET_CLOSED.
        """
        permit = self._permit(session, Act.TICKET_DECIDE, ticket)
        self._source.tickets.extend(permit, self._filed(ticket), days, why)

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

    def _minor_permit(self, session: Session, filed: Filed) -> Permit | None:
        """The permit for a minor's record, where the manager agreed to it; it is then used up."""
        asked = self._minor_request(session, filed)
        if asked is None or asked.state is not RequestState.AGREED:
            return None
        return self._permit(session, Act.MINOR_READ, asked.about, asked.reason, asked.id)

    def _minor_request(self, session: Session, filed: Filed) -> Request | None:
        about = digest_of(minor_request(filed.ticket))
        own = self._room.requests.own(session)
        found = [one for one in own if one.act is Act.MINOR_READ and one.about == about]
        return found[-1] if found else None


def _claim(number: str) -> Claim:
    return Claim(ClaimKind.DOCUMENT, number.strip())


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
