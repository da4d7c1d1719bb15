"""The ledger at the office: searched, followed, taken away. Every reading is itself an entry."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

from consent.entry import time_text
from consent.kinds import Kind
from consent.search import Rows, Selection, row_of
from station.access import Act
from station.audit_desk import AuditDesk, ExportOrder, check_selection
from station.decision import resident_claim
from station.errors import AccessError, ErrorCode, LedgerError, StorageError
from station.gate import Permit, Session
from station.model import Claim, ClaimKind
from station.office_view import (
    MOST_LINES,
    ExportDone,
    ExportTerms,
    LedgerLines,
    LedgerQuery,
)
from station.requests import Request, RequestState
from station.resident_number import is_resident_number
from station.staffroom import Staffroom

EXPORT_ACTS = frozenset({Act.AUDIT_EXPORT, Act.AUDIT_UNMASK})
_LOOKUP = "lookup"
"""What a permit is about that turns a number into a reference: which number, nothing says."""
_LONGEST_NUMBER = 64


@dataclass(frozen=True, slots=True)
class _Reading:
    """A search that was permitted, for as long as its session goes on."""

    permit: Permit
    asked: LedgerQuery
    wanted: Selection


class OfficeAudit:
    """Search, live view and export for whoever is signed in. Safe from any thread."""

    def __init__(
        self,
        room: Staffroom,
        desk: AuditDesk,
        rows: Rows,
        now: Callable[[], datetime],
        reference_of: Callable[[Claim], str],
    ) -> None:
        """`reference_of` gives what entries call a resident, or raises RESIDENT_UNKNOWN."""
        self._room = room
        self._desk = desk
        self._rows = rows
        self._now = now
        self._reference_of = reference_of
        self._guard = threading.Lock()
        self._readings: dict[str, _Reading] = {}

    def forget(self, session: Session) -> None:
        """The session is over, and with it what it was permitted to follow."""
        with self._guard:
            self._readings.pop(session.id, None)

    def person(self, session: Session, number: str) -> str:
        """The blind reference of who has this document or resident number, for a search or export.

        The number is kept nowhere; that somebody looked one up is in the ledger. Raises
        `AccessError`, `StorageError(RESIDENT_UNKNOWN)`.
        """
        self._room.gate.permit(session, Act.AUDIT_READ, about=_LOOKUP).for_act(Act.AUDIT_READ)
        for claim in _claims(number):
            try:
                return self._reference_of(claim)
            except StorageError as error:
                if error.code is not ErrorCode.RESIDENT_UNKNOWN:
                    raise
        raise StorageError(ErrorCode.RESIDENT_UNKNOWN)

    def search(self, session: Session, query: LedgerQuery) -> LedgerLines:
        """One page of what is looked for, the newest first.

        Further pages and the live view of a search belong to its one permit. Raises `AccessError`:
        FILTER_UNUSABLE, TEXT_UNUSABLE for what nobody should look for.
        """
        asked, reading = replace(query, before=None), self._reading(session)
        if query.before is None or reading is None or reading.asked != asked:
            permit = self._room.gate.permit(session, Act.AUDIT_READ)
            reading = _Reading(permit, asked, self._whole(_selection(asked)))
        found = self._desk.search(reading.permit, reading.wanted, query.before, MOST_LINES + 1)
        with self._guard:
            # Only now: what was refused ends nothing that is being followed.
            self._readings[session.id] = reading
        return LedgerLines(found[:MOST_LINES], len(found) > MOST_LINES, self._rows.size())

    def newer(self, session: Session, after: int, query: LedgerQuery) -> LedgerLines:
        """What came after `after` and is looked for; looking on is no sign of life.

        Raises `AccessError(SIGNED_OUT)` once the session is over or its role is gone.
        """
        reading = self._reading(session)
        if reading is None or reading.asked != replace(query, before=None):
            raise AccessError(ErrorCode.SIGNED_OUT)
        wanted = reading.wanted
        may_match = wanted.sieve()
        rows = (row_of(one) for one in self._rows.entries(after + 1) if may_match(one.body))
        found = tuple(islice((row for row in rows if wanted.matches(row)), MOST_LINES))
        return LedgerLines(tuple(reversed(found)), False, self._rows.size())

    def _whole(self, wanted: Selection) -> Selection:
        """With everything that leads to the person; one pass over the ledger where there is one."""
        check_selection(wanted)
        if not wanted.person:
            return wanted
        return replace(wanted, person=self._desk.references(wanted.person[0]))

    def _reading(self, session: Session) -> _Reading | None:
        for over in self._room.accounts.lock_idle():
            self.forget(over)
        roles = self._room.accounts.roles_of_user(session.user)
        if not self._room.gate.matrix.may(roles, Act.AUDIT_READ):
            self.forget(session)
        with self._guard:
            return self._readings.get(session.id)

    # Export

    def ask(self, session: Session, terms: ExportTerms, reason: str) -> None:
        """Ask for an export; where people are to be named in clear, that is asked for besides.

        Raises `AccessError`.
        """
        order = _order(terms)
        # What could never be exported is not put before a second person.
        check_selection(order.wanted)
        document = order.document()
        # First what is refused more easily: half of it asked for would be of no use.
        if not order.masked:
            self._room.requests.ask(session, Act.AUDIT_UNMASK, document, reason)
        self._room.requests.ask(session, Act.AUDIT_EXPORT, document, reason)

    def is_ready(self, request: Request, own: tuple[Request, ...]) -> bool:
        """Whether everything an export needs was agreed to."""
        if request.act is not Act.AUDIT_EXPORT:
            return False
        return request.document.get("masked") is True or _unmasking(request, own) is not None

    def export(
        self,
        session: Session,
        request: Request,
        folder: Path,
        progress: Callable[[int, int], None],
        cancel: threading.Event,
    ) -> ExportDone:
        """Write the bundle of `request` into a new folder below `folder`.

        Raises `AccessError`; `LedgerError(EXPORT_FAILED)` when the folder cannot be written or
        `cancel` was set, with nothing left behind.
        """
        order = _order_of(request)
        if request.act is not Act.AUDIT_EXPORT or order.about() != request.about:
            raise AccessError(ErrorCode.REQUEST_INVALID)
        # Not `Path.is_dir`: that raises for a name too long or a medium pulled out.
        if not os.path.isdir(folder):  # noqa: PTH112
            raise LedgerError(ErrorCode.EXPORT_FAILED)
        # A permit uses its request up: none is taken before everything is there.
        other = None if order.masked else _unmasking(request, self._room.requests.own(session))
        if not order.masked and other is None:
            raise AccessError(ErrorCode.SECOND_PERSON_NEEDED)
        permit = self._permit(session, request)
        unmask = None if other is None else self._permit(session, other)

        def tell(done: int, of: int) -> None:
            if cancel.is_set():
                raise LedgerError(ErrorCode.EXPORT_FAILED)
            progress(done, of)

        path = folder / f"audit-{self._now().astimezone().strftime('%Y%m%d-%H%M%S')}"
        order = replace(order, wanted=self._whole(order.wanted))
        written = self._desk.export(permit, path, order, unmask=unmask, progress=tell)
        size = sum(file.stat().st_size for file in path.iterdir())
        return ExportDone(str(path), written.shown, size)

    def _permit(self, session: Session, request: Request) -> Permit:
        return self._room.gate.permit(
            session, request.act, about=request.about, request_id=request.id
        )


def _unmasking(request: Request, own: tuple[Request, ...]) -> Request | None:
    return next(
        (
            one
            for one in own
            if one.act is Act.AUDIT_UNMASK
            and one.about == request.about
            and one.state is RequestState.AGREED
        ),
        None,
    )


def _claims(number: str) -> tuple[Claim, ...]:
    """What a typed or scanned number may be, the likelier first; nothing where it can be none."""
    typed = number.strip()
    if not 0 < len(typed) <= _LONGEST_NUMBER:
        return ()
    document = Claim(ClaimKind.DOCUMENT, typed)
    resident = resident_claim(typed.replace(" ", ""))
    return (resident, document) if is_resident_number(resident.value) else (document,)


def _selection(query: LedgerQuery) -> Selection:
    return _wanted(query.first, query.last, query.kinds, query.actor, query.person)


def _order(terms: ExportTerms) -> ExportOrder:
    wanted = _wanted(terms.first, terms.last, terms.kinds, terms.actor, terms.person)
    return ExportOrder(wanted, masked=not terms.unmasked)


def _wanted(first: str, last: str, kinds: frozenset[Kind], actor: str, person: str) -> Selection:
    """Raises `AccessError(TEXT_UNUSABLE)` for what is no day, and days the wrong way round."""
    start, end = _midnight(first, 0), _midnight(last, 1)
    if start and end and start >= end:
        raise AccessError(ErrorCode.TEXT_UNUSABLE)
    return Selection(
        start,
        end,
        tuple(sorted(kinds)),
        (actor,) if actor else (),
        (person,) if person else (),
    )


def _order_of(request: Request) -> ExportOrder:
    """What was asked for, from the document. Raises `AccessError(REQUEST_INVALID)`."""
    selection, masked = request.document.get("selection"), request.document.get("masked")
    if not isinstance(selection, dict) or not isinstance(masked, bool):
        raise AccessError(ErrorCode.REQUEST_INVALID)
    try:
        wanted = Selection(
            start=_text(selection.get("from", "")),
            end=_text(selection.get("to", "")),
            kinds=tuple(Kind(_text(name)) for name in selection.get("kinds", [])),
            actors=tuple(_text(name) for name in selection.get("actors", [])),
            person=tuple(_text(name) for name in selection.get("person", [])),
            text=_text(selection.get("text", "")),
        )
    except (ValueError, TypeError) as error:
        raise AccessError(ErrorCode.REQUEST_INVALID) from error
    return ExportOrder(wanted, masked=masked)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _midnight(day: str, later: int) -> str:
    """The begin of a local day, so many days later, as entries write times; "" for no day.

    Raises `AccessError(TEXT_UNUSABLE)`.
    """
    if not day:
        return ""
    try:
        begin = datetime.combine(date.fromisoformat(day) + timedelta(days=later), time())
        return time_text(begin.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise AccessError(ErrorCode.TEXT_UNUSABLE) from error
