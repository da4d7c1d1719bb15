"""The rights desk: what people may ask about their own data, and what is then done (X-11, X-7).

Every act needs the permit of the gate, and what opens, changes or erases records names its ticket.
A minor's records are opened only with a second permit that the manager agreed to beforehand. The
desk never has a template, a portrait or a score: the stores give it none.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from consent.canonical import Json
from consent.entry import Entry, time_of
from consent.kinds import Kind
from consent.ledger import Ledger
from station.access import Act
from station.errors import AccessError, ErrorCode, OfficeError, StationBug
from station.gate import Permit, check_text
from station.model import IDENTITY_FIELDS, Claim
from station.ports import Erased
from station.requests import digest_of
from station.subject_records import Portion, Subject, SubjectFile, SubjectRecords
from station.tickets import Filed, Step, Ticket, TicketBook, TicketKind, new_ticket

MOST_FIELD = 200
"""Longest field that can be typed, in characters."""
_NOT_TYPED = frozenset({"issuer"})
"""Fields that only a document can say."""
_ON_MINORS = frozenset({Kind.REQUEST_ASKED, Kind.RECORD_READ, Kind.ACCESS_REFUSED, Kind.TICKET})
_ERASED = {
    Portion.EVERYTHING: Step.ERASED,
    Portion.TEMPLATE: Step.TEMPLATE_ERASED,
    Portion.FACE: Step.FACE_ERASED,
}
_DATES = frozenset({"birth_date", "valid_from", "valid_until"})


@dataclass(frozen=True, slots=True)
class MinorsReport:
    """A year's look at minors' records, for the compliance audit (未成年人网络保护条例 37)."""

    year: int
    asked: int
    """Requests to open a minor's record."""
    opened: int
    """Grants: each with the manager's agreement beforehand."""
    refused: int
    tickets: int
    """Tickets about minors that came in."""


class RightsDesk:
    """What staff does for a person who asks. Lives in the desk; safe from any thread."""

    def __init__(
        self,
        records: SubjectRecords,
        tickets: TicketBook,
        ledger: Ledger,
        receipt: Callable[[Erased], bytes],
        listed: Callable[[], frozenset[str]],
    ) -> None:
        """`receipt` signs for an erasure; `listed` says the fields of the notices in force."""
        self.tickets = tickets
        self._records = records
        self._ledger = ledger
        self._receipt = receipt
        self._listed = listed

    def look_up(self, permit: Permit, claim: Claim) -> Subject:
        """Whom a document leads to, masked. Raises `OfficeError(NOTHING_KEPT)`."""
        permit.for_act(Act.VIEW_MASKED)
        return self._records.find(claim)

    def open(
        self, permit: Permit, kind: TicketKind, claim: Claim, *, masked: str = "", wish: str = ""
    ) -> Filed:
        """File a request of whoever showed the document of `claim`.

        Also where nothing is kept of them: that is then the answer, and `masked` stands on it.
        """
        permit.for_act(Act.TICKET_OPEN)
        try:
            found = self._records.find(claim)
        except OfficeError as error:
            if error.code is not ErrorCode.NOTHING_KEPT:
                raise
            return self.tickets.open(permit, new_ticket(kind, "", masked, wish=wish))
        fresh = new_ticket(
            kind, found.reference, found.document_number, minor=found.minor, wish=wish
        )
        return self.tickets.open(permit, fresh)

    def subject(self, permit: Permit, filed: Filed) -> Subject:
        """Whom a ticket is about, masked. Raises `OfficeError(NOTHING_KEPT)` once erased."""
        permit.for_act(Act.TICKET_READ)
        return self._again(filed)

    def file(
        self, permit: Permit, filed: Filed, minor: Permit | None = None, *, copied: bool = False
    ) -> tuple[Filed, SubjectFile]:
        """Everything kept of the ticket's person, to be shown or handed over as a copy.

        `permit` is VIEW_FULL about the ticket's number; for a minor, `minor` is MINOR_READ as well,
        about the digest of `minor_request`, which the manager agreed to.
        The ledger has it before anything is opened. Raises `OfficeError`: MINOR_NEEDS_APPROVAL,
        NOTHING_KEPT, TICKET_CLOSED.
        """
        _about(permit, Act.VIEW_FULL, filed)
        found = self._again(filed)
        if found.minor:
            _approved(minor, filed)
        step = Step.COPIED if copied else Step.SHOWN
        after = self.tickets.step(minor or permit, filed, step)
        payload: dict[str, Json] = {
            **permit.actor(),
            "ticket": filed.ticket.id,
            "commitment": found.reference,
            "minor": found.minor,
            "step": step.value,
        }
        self._ledger.record(Kind.RECORD_READ, payload)
        return after, self._records.file(found.reference)

    def correct(
        self,
        permit: Permit,
        filed: Filed,
        changes: Mapping[str, str],
        minor: Permit | None = None,
    ) -> Filed:
        """Correct or supplement fields the notice lists; no chip vouches for them from then on.

        An empty value takes an optional field away. A minor's date of birth takes `minor` as in
        `file`: whoever could change it alone would open the record alone. Raises `OfficeError`:
        FIELD_NOT_LISTED, MINOR_NEEDS_APPROVAL, NOTHING_KEPT, TICKET_CLOSED;
        `AccessError(TEXT_UNUSABLE)`; `StorageError`.
        """
        _about(permit, Act.TICKET_DECIDE, filed)
        self.check(changes)
        found = self._again(filed)
        if found.minor and "birth_date" in changes:
            _approved(minor, filed)
        after = self.tickets.step(minor or permit, filed, Step.CORRECTED)
        self._records.correct(found.reference, changes)
        return after

    def erase(
        self, permit: Permit, filed: Filed, portion: Portion = Portion.EVERYTHING
    ) -> tuple[Filed, bytes]:
        """Erase what the ticket's person asked for; returns the signed deletion receipt.

        With everything gone, no ticket says any more who it was. Raises `OfficeError`:
        NOTHING_KEPT (also where nothing of the `portion` is kept), TICKET_CLOSED; `StorageError`
        (the next sweep then finishes it, and closes the ticket).
        """
        _about(permit, Act.ERASE, filed)
        found = self._again(filed)
        kept = found.template or (portion is Portion.FACE and bool(found.portraits))
        if portion is not Portion.EVERYTHING and not kept:
            raise OfficeError(ErrorCode.NOTHING_KEPT)
        withdrawn = filed.ticket.kind is TicketKind.WITHDRAW
        # Closed only afterwards: what could not be erased must not look as if it had been.
        after = self.tickets.step(permit, filed, _ERASED[portion])
        erased = self._records.erase(found.reference, withdrawn=withdrawn, portion=portion)
        if portion is Portion.EVERYTHING:
            # The sweep may have seen it meanwhile, and closed the ticket itself.
            with suppress(AccessError):
                self.tickets.step(permit, after, Step.CLOSED, closes=True)
            self.forget()
            after = self.tickets.get(after.ticket.id)
        return after, self._receipt(erased)

    def restrict(self, permit: Permit, filed: Filed, *, restricted: bool = True) -> Filed:
        """Keep the records and do not compare, or lift that. Raises `OfficeError`."""
        _about(permit, Act.RESTRICT, filed)
        found = self._again(filed)
        if not found.resident:
            raise OfficeError(ErrorCode.NOTHING_KEPT)
        after = self.tickets.step(permit, filed, Step.RESTRICTED if restricted else Step.LIFTED)
        self._records.restrict(found.reference, restricted=restricted)
        return after

    def explained(self, permit: Permit, filed: Filed) -> Filed:
        """Note that the person was told how the station decides (`station.explanation`)."""
        permit.for_act(Act.TICKET_READ)
        return self.tickets.step(permit, filed, Step.EXPLAINED)

    def close(self, permit: Permit, filed: Filed, answer: str) -> Filed:
        """Close a ticket whose wish is met. Raises `OfficeError(TICKET_CLOSED)`, `AccessError`."""
        _about(permit, Act.TICKET_DECIDE, filed)
        return self.tickets.step(permit, filed, Step.CLOSED, closes=True, answer=answer)

    def forget(self) -> int:
        """Wipe the tickets of people who are gone, by whatever way; returns how many."""
        return self.tickets.forget(self._records.known)

    def settle(self) -> int:
        """Close the tickets whose erasure was cut off before its end; at once where none was."""
        return self.tickets.forget(self._records.known, erasing=True)

    def check(self, changes: Mapping[str, str]) -> None:
        """Whether this could be written, before anybody's agreement is used up for it.

        Raises `OfficeError(FIELD_NOT_LISTED)`, `AccessError(TEXT_UNUSABLE)`.
        """
        if not changes or not changes.keys() <= set(self.correctable()):
            raise OfficeError(ErrorCode.FIELD_NOT_LISTED)
        for name, value in changes.items():
            _check_field(name, value)

    def correctable(self) -> tuple[str, ...]:
        """The fields that may be corrected or completed: what the notices list, and is no proof."""
        listed = self._listed() - _NOT_TYPED
        return tuple(name for name in IDENTITY_FIELDS if name in listed)

    def _again(self, filed: Filed) -> Subject:
        if not filed.ticket.subject:
            raise OfficeError(ErrorCode.NOTHING_KEPT)
        return self._records.again(filed.ticket.subject)


def minors_report(permit: Permit, entries: Iterable[Entry], year: int) -> MinorsReport:
    """Count one year's acts on minors' records from the ledger; the year where the machine is."""
    permit.for_act(Act.TICKET_READ)
    asked = opened = refused = tickets = 0
    for entry in entries:
        if entry.kind not in _ON_MINORS or time_of(entry.time).astimezone().year != year:
            continue
        said = entry.payload
        asked += entry.kind is Kind.REQUEST_ASKED and said.get("act") == Act.MINOR_READ.value
        opened += entry.kind is Kind.RECORD_READ and said.get("minor") is True
        refused += entry.kind is Kind.ACCESS_REFUSED and said.get("act") == Act.MINOR_READ.value
        is_new = entry.kind is Kind.TICKET and said.get("step") == Step.OPENED.value
        tickets += is_new and said.get("minor") is True
    return MinorsReport(year, asked, opened, refused, tickets)


def minor_request(ticket: Ticket) -> dict[str, Json]:
    """What the manager is asked to agree to before a minor's record is opened (X-7)."""
    return {"ticket": ticket.id, "ticket_kind": ticket.kind.value, "document": ticket.masked}


def _about(permit: Permit, act: Act, filed: Filed, about: str = "") -> None:
    """A permit for one ticket does not serve another."""
    permit.for_act(act)
    if permit.about != (about or filed.ticket.id):
        raise StationBug("this permit is about another ticket")


def _approved(minor: Permit | None, filed: Filed) -> None:
    """The manager agreed to a minor's record for this ticket. Raises `OfficeError`."""
    if minor is None:
        raise OfficeError(ErrorCode.MINOR_NEEDS_APPROVAL)
    _about(minor, Act.MINOR_READ, filed, digest_of(minor_request(filed.ticket)))


def _check_field(name: str, value: str) -> None:
    # A document number is what may look like an identity number; it stays in the sealed record.
    if name != "document_number":
        check_text(value, MOST_FIELD)
    elif len(value) > MOST_FIELD or not value.isprintable():
        raise OfficeError(ErrorCode.FIELD_NOT_LISTED)
    if name in _DATES and value:
        try:
            date.fromisoformat(value)
        except ValueError as error:
            raise OfficeError(ErrorCode.FIELD_NOT_LISTED) from error
