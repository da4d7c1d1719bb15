"""Requests of people about their own data: tickets with a deadline (PIPL 44 to 50, X-11).

A ticket names nobody. It holds the person's salted commitment, which leads to their records while
there are any and to nothing afterwards, and a masked number for those who talk about it. What was
typed is wiped when the person's records are gone. Order of writes: ledger first, then the sheet.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from consent.canonical import Json, encode
from consent.digest import sm3, to_text
from consent.kinds import Kind
from consent.ledger import Ledger, new_id
from station.access import Act
from station.errors import AccessError, ErrorCode, OfficeError, StorageError
from station.gate import Permit, check_text
from station.office_book import OfficeBook, Sheet, Shelf

MOST_DAYS = 30
"""Longest time to answer (GB/T 35273 8.7), from the day the request came in."""
USUAL_DAYS = 15
"""What the station promises unless the site says otherwise [P]."""
MOST_TEXT = 500
"""Longest text of a ticket, in characters."""
ID_CHARS = 12
_MOST_STEPS = 64
Now = Callable[[], datetime]


class TicketKind(StrEnum):
    """What a person can ask for."""

    ACCESS = "ACCESS"
    COPY = "COPY"
    CORRECT = "CORRECT"
    SUPPLEMENT = "SUPPLEMENT"
    DELETE = "DELETE"
    RESTRICT = "RESTRICT"
    WITHDRAW = "WITHDRAW"
    EXPLAIN = "EXPLAIN"
    TRANSFER = "TRANSFER"
    NEAR_RELATIVE = "NEAR_RELATIVE"
    """A near relative of somebody who died asks for one of the above (PIPL 49)."""


class TicketState(StrEnum):
    """Where a ticket is."""

    OPEN = "OPEN"
    DONE = "DONE"
    REFUSED = "REFUSED"


class Step(StrEnum):
    """What was done with a ticket; a word once in the ledger is never renamed."""

    OPENED = "OPENED"
    EXTENDED = "EXTENDED"
    SHOWN = "SHOWN"
    COPIED = "COPIED"
    CORRECTED = "CORRECTED"
    ERASED = "ERASED"
    """Everything; in entries of releases before the next two, perhaps the template alone."""
    TEMPLATE_ERASED = "TEMPLATE_ERASED"
    FACE_ERASED = "FACE_ERASED"
    """Template and portraits: the fields stayed."""
    RESTRICTED = "RESTRICTED"
    LIFTED = "LIFTED"
    EXPLAINED = "EXPLAINED"
    REFUSED = "REFUSED"
    CLOSED = "CLOSED"
    WIPED = "WIPED"
    """Nothing is kept of the person any more, so what was typed went too."""


class Did(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a ticket."""

    at: str
    actor: str
    step: str
    second: str = ""


class Ticket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One request; times are ISO 8601 UTC to the second."""

    id: str
    """12 hexadecimal characters, for people to cite."""
    kind: TicketKind
    state: TicketState
    opened_at: str
    deadline: str
    subject: str
    """The person's salted commitment; empty where nothing is kept of them."""
    masked: str
    """The document number with its middle covered."""
    minor: bool = False
    wish: str = ""
    """What they asked for in their own words; wiped with their records."""
    answer: str = ""
    """Why it was refused, or how it ended; wiped with their records."""
    salt: str = ""
    """Random: the ledger's digest of the sheet says nothing about what was typed."""
    steps: tuple[Did, ...] = ()

    def overdue(self, now: datetime) -> bool:
        """Whether the deadline has passed with the ticket open."""
        return self.state is TicketState.OPEN and now >= datetime.fromisoformat(self.deadline)

    @property
    def erasing(self) -> bool:
        """Whether everything was to be erased, and the ticket is not closed (yet, or any more)."""
        begun = any(one.step == Step.ERASED for one in self.steps)
        return begun and self.state is TicketState.OPEN

    def outlived(self, now: datetime) -> bool:
        """Whether it has ended, its deadline is over, and what was typed still stands on it."""
        ended = self.state is not TicketState.OPEN and now >= datetime.fromisoformat(self.deadline)
        return ended and bool(self.wish or self.answer)

    def days_left(self, now: datetime) -> int:
        """Whole days to the deadline; negative once it has passed."""
        return (datetime.fromisoformat(self.deadline) - now) // timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Filed:
    """A ticket with the sheet it was read from."""

    ticket: Ticket
    sheet: Sheet = field(repr=False)


class TicketBook:
    """The tickets of the office. Every change needs the permit of whoever makes it."""

    def __init__(self, book: OfficeBook, ledger: Ledger, now: Now, days: int = USUAL_DAYS) -> None:
        """`days` is the site's own deadline, at most `MOST_DAYS`."""
        self._book = book
        self._ledger = ledger
        self._now = now
        self._days = min(days, MOST_DAYS)

    def open(self, permit: Permit, ticket: Ticket) -> Filed:
        """File a new ticket; its id, state and times are given here. Raises `AccessError`."""
        permit.for_act(Act.TICKET_OPEN)
        check_text(ticket.wish, MOST_TEXT)
        now = self._now()
        fresh = msgspec.structs.replace(
            ticket,
            id=new_id()[:ID_CHARS],
            state=TicketState.OPEN,
            opened_at=_text(now),
            deadline=_text(now + timedelta(days=self._days)),
            answer="",
            salt=new_id(),
            steps=(),
        )
        stepped = self._stepped(fresh, permit, Step.OPENED)
        self._note(stepped, permit, Step.OPENED)
        return Filed(stepped, self._book.add(Shelf.TICKET, _body(stepped)))

    def all(self, permit: Permit) -> tuple[Filed, ...]:
        """Every ticket: open ones first, the nearest deadline before the others."""
        permit.for_act(Act.TICKET_READ)
        found = list(self._filed())
        return tuple(sorted(found, key=lambda one: (one.ticket.state != "OPEN", _when(one))))

    def get(self, ticket_id: str) -> Filed:
        """One ticket by its number. Raises `StorageError(SHEET_MISSING)`."""
        for found in self._filed():
            if found.ticket.id == ticket_id:
                return found
        raise StorageError(ErrorCode.SHEET_MISSING)

    def counts(self) -> tuple[int, int]:
        """How many tickets are open, and how many of these are overdue; for desk and health."""
        now = self._now()
        still = [one.ticket for one in self._filed() if one.ticket.state is TicketState.OPEN]
        return len(still), sum(one.overdue(now) for one in still)

    def step(
        self, permit: Permit, filed: Filed, step: Step, *, closes: bool = False, answer: str = ""
    ) -> Filed:
        """Note that something was done, and close the ticket where that was all.

        Raises `OfficeError(TICKET_CLOSED)`, `AccessError(TEXT_UNUSABLE)`.
        """
        check_text(answer, MOST_TEXT)
        ticket = self._stepped(filed.ticket, permit, step)
        if closes:
            ticket = msgspec.structs.replace(ticket, state=TicketState.DONE, answer=answer)
        return self._kept(filed, ticket, permit, step)

    def refuse(self, permit: Permit, filed: Filed, why: str) -> Filed:
        """Refuse, with the reason the person gets in writing (PIPL 50).

        Raises `AccessError`: REASON_NEEDED, TEXT_UNUSABLE; `OfficeError(TICKET_CLOSED)`.
        """
        permit.for_act(Act.TICKET_DECIDE)
        if not why.strip():
            raise AccessError(ErrorCode.REASON_NEEDED)
        check_text(why, MOST_TEXT)
        stepped = self._stepped(filed.ticket, permit, Step.REFUSED)
        ticket = msgspec.structs.replace(stepped, state=TicketState.REFUSED, answer=why)
        return self._kept(filed, ticket, permit, Step.REFUSED)

    def extend(self, permit: Permit, filed: Filed, days: int, why: str) -> Filed:
        """Put the deadline off to `days` after the request came in, with a reason.

        Raises `OfficeError`: DEADLINE_TOO_LATE above 30, TICKET_CLOSED; `AccessError`.
        """
        permit.for_act(Act.TICKET_DECIDE)
        if not why.strip():
            raise AccessError(ErrorCode.REASON_NEEDED)
        check_text(why, MOST_TEXT)
        until = datetime.fromisoformat(filed.ticket.opened_at) + timedelta(days=min(days, 366))
        if days > MOST_DAYS or _text(until) <= filed.ticket.deadline:
            raise OfficeError(ErrorCode.DEADLINE_TOO_LATE)
        stepped = self._stepped(filed.ticket, permit, Step.EXTENDED)
        ticket = msgspec.structs.replace(stepped, deadline=_text(until), answer=why)
        return self._kept(filed, ticket, permit, Step.EXTENDED)

    def forget(
        self, known: Callable[[frozenset[str]], frozenset[str]], *, erasing: bool = False
    ) -> int:
        """Wipe what was typed on tickets of people of whom nothing is kept any more.

        `known` says which references still lead to somebody. Kind, times, result and the masked
        number stay. A ticket that never led to anybody is wiped once it has ended and its deadline
        is over. One whose erasure was cut off after the last row and before its end is closed as
        what it came to: done. Returns how many tickets were wiped. For erasures by other ways (a
        withdrawal at the machine, the end of a term) call it with the sweep; with `erasing`, only
        what was cut off is looked at, and nobody is looked for where nothing was.
        """
        filed_now, now = tuple(self._filed()), self._now()
        if erasing:
            filed_now = tuple(filed for filed in filed_now if filed.ticket.erasing)
        named = frozenset(filed.ticket.subject for filed in filed_now if filed.ticket.subject)
        living = known(named) if named else frozenset()
        wiped = 0
        for filed in filed_now:
            ticket = filed.ticket
            gone = bool(ticket.subject) or ticket.erasing or ticket.outlived(now)
            if ticket.subject in living or not gone:
                continue
            bare = msgspec.structs.replace(ticket, subject="", wish="", answer="", salt="")
            if ticket.erasing:
                bare = self._ended(bare)
            self._ledger.record(Kind.TICKET, {"ticket": ticket.id, "step": Step.WIPED.value})
            # Whoever has it open at this moment is not in the way of the next sweep.
            with suppress(AccessError):
                self._book.replace(filed.sheet, _body(bare))
                wiped += 1
        return wiped

    def _ended(self, ticket: Ticket) -> Ticket:
        """Closed by the station: whoever began the erasure stands at that step, nobody at this."""
        state, step = TicketState.DONE, Step.CLOSED.value
        payload: dict[str, Json] = {
            "ticket": ticket.id,
            "ticket_kind": ticket.kind.value,
            "step": step,
            "state": state.value,
            "minor": ticket.minor,
        }
        self._ledger.record(Kind.TICKET, payload)
        steps = (*ticket.steps, Did(_text(self._now()), "", step))
        return msgspec.structs.replace(ticket, state=state, steps=steps)

    def _kept(self, filed: Filed, ticket: Ticket, permit: Permit, step: Step) -> Filed:
        self._note(ticket, permit, step)
        return Filed(ticket, self._book.replace(filed.sheet, _body(ticket)))

    def _stepped(self, ticket: Ticket, permit: Permit, step: Step) -> Ticket:
        if ticket.state is not TicketState.OPEN or len(ticket.steps) >= _MOST_STEPS:
            raise OfficeError(ErrorCode.TICKET_CLOSED)
        done = Did(_text(self._now()), permit.user, step.value, permit.second)
        return msgspec.structs.replace(ticket, steps=(*ticket.steps, done))

    def _note(self, ticket: Ticket, permit: Permit, step: Step) -> None:
        payload: dict[str, Json] = {
            **permit.actor(),
            "ticket": ticket.id,
            "ticket_kind": ticket.kind.value,
            "step": step.value,
            "state": ticket.state.value,
            "deadline": ticket.deadline,
            "minor": ticket.minor,
            "digest": to_text(sm3(_body(ticket))),
        }
        if ticket.subject:
            payload["commitment"] = ticket.subject
        self._ledger.record(Kind.TICKET, payload)

    def _filed(self) -> Iterator[Filed]:
        for sheet in self._book.all(Shelf.TICKET):
            yield Filed(_read(sheet.body), sheet)


def new_ticket(
    kind: TicketKind, subject: str, masked: str, *, minor: bool = False, wish: str = ""
) -> Ticket:
    """A ticket as it is asked for; `TicketBook.open` gives it number and times."""
    return Ticket("", kind, TicketState.OPEN, "", "", subject, masked, minor, wish)


def _body(ticket: Ticket) -> bytes:
    document: Json = msgspec.to_builtins(ticket)
    return encode(document)


def _read(body: bytes) -> Ticket:
    try:
        return msgspec.json.decode(body, type=Ticket)
    except msgspec.MsgspecError as error:
        raise StorageError(ErrorCode.STORE_CORRUPT) from error


def _when(filed: Filed) -> str:
    return filed.ticket.deadline


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()
