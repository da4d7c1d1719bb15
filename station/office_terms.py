"""Terms and thresholds at the office: read, changed by two people, put in force by who asked.

What is agreed to bounds records made from then on. A record that is there keeps the end its person
was told, whether the new term is shorter or longer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from station.access import Act
from station.booth.pad_gates import PadGates
from station.deployment import Retention
from station.errors import AccessError, ConfigError, ErrorCode
from station.gate import Session
from station.office_view import Change
from station.pad_policy import PadPolicy, Proposal, parse
from station.requests import Request, RequestState
from station.retention import Due, schedule, schedule_by_day
from station.staffroom import Staffroom
from station.terms import Terms, TermsDesk, checked, parse_terms, terms_document
from station.terms_view import BY_HOUR, Kept, PadLine, PendingTerms, RetentionView

_PAD = "pad_policy"


class Rows(Protocol):
    """One store whose rows have terms."""

    def terms(self) -> Iterator[tuple[bytes, datetime]]:
        """Every row with the end of its term."""
        ...


class IdentityRows(Rows, Protocol):
    """The store of identities: it knows which of its rows are residents'."""

    def residents(self) -> Iterable[bytes]:
        """Rows of residents."""
        ...


class Stores(Protocol):
    """The stores that keep people's records (`storage.stores.Stores`)."""

    @property
    def identity(self) -> IdentityRows:
        """Identities of visitors and residents."""
        ...

    @property
    def template(self) -> Rows:
        """Face templates."""
        ...

    @property
    def portrait(self) -> Rows:
        """Sealed portraits."""
        ...


@dataclass(frozen=True, slots=True)
class TermsSource:
    """What the page stands on."""

    desk: TermsDesk
    terms: Callable[[], Terms]
    stores: Stores
    effective: Callable[[], datetime]
    """The clock that never goes back."""
    swept_at: Callable[[], str]
    kept: Callable[[], Kept]
    residents: Callable[[], bool]
    fmr: float
    pad: PadPolicy
    """The thresholds the station started with: another file holds from the next start on."""
    proposed: Callable[[], Proposal | None]


class OfficeTerms:
    """`TermsService` of an open station. Safe from any thread."""

    def __init__(self, room: Staffroom, source: TermsSource) -> None:
        self._room = room
        self._source = source

    def read(self, session: Session) -> RetentionView:
        """Terms, what is due, and thresholds. Raises `AccessError`."""
        self._room.gate.permit(session, Act.POLICY_READ).for_act(Act.POLICY_READ)
        source, ends = self._source, ends_by_purpose(self._source.stores)
        now = source.effective()
        return RetentionView(
            source.terms(),
            source.desk.agreed,
            source.residents(),
            source.kept(),
            _due(ends, now.astimezone()),
            sum(end <= now for found in ends.values() for end in found),
            now.isoformat(),
            source.swept_at(),
            source.fmr,
            _pad_line(source.pad, self._proposed()),
            self._pending(session),
        )

    def ask(self, session: Session, visitor_hours: int, resident_days: int, reason: str) -> None:
        """Ask a second person for other terms.

        Raises `ConfigError(TERM_TOO_LONG)` for a number that is no term, or above what
        configuration, profile or notice allow; `AccessError`.
        """
        wanted = Retention(visitor_hours=visitor_hours, resident_days=resident_days)
        try:
            checked(wanted)
        except ConfigError as error:
            raise ConfigError(ErrorCode.TERM_TOO_LONG) from error
        self._check(wanted)
        document = terms_document(wanted, self._source.desk.revision)
        self._room.requests.ask(session, Act.POLICY_CHANGE, document, reason)

    def put_in_force(self, session: Session) -> None:
        """Let what was agreed to hold from now on, once.

        Raises `AccessError`: REQUEST_INVALID where nothing is agreed to, CHANGED_MEANWHILE;
        `ConfigError(TERM_TOO_LONG)` where profile or notice allow less by now. Nothing is used up
        by then.
        """
        found = self._own(session)
        if found is None or found.state is not RequestState.AGREED:
            # Whoever may not even ask is told so, and the ledger keeps it.
            self._room.gate.permit(session, Act.POLICY_READ).for_act(Act.POLICY_READ)
            raise AccessError(ErrorCode.REQUEST_INVALID)
        wanted, revision = parse_terms(found.document)
        self._check(wanted)
        if revision != self._source.desk.revision:
            raise AccessError(ErrorCode.CHANGED_MEANWHILE)
        permit = self._room.gate.permit(
            session,
            Act.POLICY_CHANGE,
            about=found.about,
            reason=found.reason,
            request_id=found.id,
        )
        self._source.desk.put_in_force(permit, wanted, revision)

    def changes(self, request: Request) -> tuple[Change, ...] | None:
        """What a request about terms or thresholds changes, before and after; None for others."""
        if request.act is not Act.POLICY_CHANGE:
            return None
        try:
            return tuple(self._term_changes(request))
        except ConfigError:
            return self._gate_changes(request)

    def _term_changes(self, request: Request) -> Iterator[Change]:
        wanted, _ = parse_terms(request.document)
        terms = self._source.terms()
        hours, days = terms.visitor.in_force, terms.resident.in_force
        yield Change("visitor_hours", f"{hours:g}", str(wanted.visitor_hours))
        yield Change("resident_days", f"{days:g}", str(wanted.resident_days))

    def _gate_changes(self, request: Request) -> tuple[Change, ...] | None:
        waiting = self._proposed()
        document = {} if waiting is None else {"what": _PAD, "digest": waiting.digest}
        if waiting is None or request.document != document:
            return None
        try:
            wanted = _gates(parse(waiting.text.encode("utf-8")).gates)
        except ConfigError:
            return None
        present = dict(_gates(self._source.pad.gates))
        found = [
            Change(f"gate.{name}", f"{present[name]:g}", f"{value:g}")
            for name, value in wanted
            if present[name] != value
        ]
        return (*found, Change("digest", self._source.pad.digest, waiting.digest))

    def _check(self, wanted: Retention) -> None:
        terms = self._source.terms()
        within = wanted.visitor_hours <= terms.visitor.longest
        if not within or wanted.resident_days > terms.resident.longest:
            raise ConfigError(ErrorCode.TERM_TOO_LONG)

    def _proposed(self) -> Proposal | None:
        try:
            return self._source.proposed()
        except ConfigError:
            # A damaged file of a proposal is nobody's proposal; what is in force is shown.
            return None

    def _pending(self, session: Session) -> PendingTerms | None:
        own = self._own(session)
        if own is not None:
            return self._line(own, mine=True)
        waits = [one for one in self._room.requests.waiting(session) if _is_terms(one)]
        return self._line(waits[-1], mine=False) if waits else None

    def _line(self, request: Request, *, mine: bool) -> PendingTerms:
        wanted, revision = parse_terms(request.document)
        stale = revision != self._source.desk.revision and request.state is not RequestState.REFUSED
        return PendingTerms(
            wanted,
            "STALE" if stale else request.state.value,
            request.asker,
            request.reason,
            mine,
            request.why,
            request.id,
        )

    def _own(self, session: Session) -> Request | None:
        """The newest of this person's own; one that can be put in force before all others."""
        own = [one for one in self._room.requests.own(session) if _is_terms(one)]
        revision = self._source.desk.revision
        agreed = [
            one
            for one in own
            if one.state is RequestState.AGREED and parse_terms(one.document)[1] == revision
        ]
        return (agreed or own)[-1] if own else None


def ends_by_purpose(stores: Stores) -> dict[str, list[datetime]]:
    """The ends of all terms, by purpose; each record is counted where it lies.

    The stores cannot be joined without the keys.
    """
    residents = set(stores.identity.residents())
    ends: dict[str, list[datetime]] = {BY_HOUR: [], "resident": []}
    for row, end in stores.identity.terms():
        ends["resident" if row in residents else BY_HOUR].append(end)
    ends["template"] = [end for _, end in stores.template.terms()]
    ends["portrait"] = [end for _, end in stores.portrait.terms()]
    return ends


def due_by_purpose(stores: Stores, now: datetime) -> dict[str, tuple[Due, ...]]:
    """What ends when: visitors by the hour, all that is kept of residents by the day."""
    return _due(ends_by_purpose(stores), now)


def _due(ends: Mapping[str, Iterable[datetime]], now: datetime) -> dict[str, tuple[Due, ...]]:
    return {
        purpose: (schedule if purpose == BY_HOUR else schedule_by_day)(found, now)
        for purpose, found in ends.items()
    }


def _is_terms(request: Request) -> bool:
    if request.act is not Act.POLICY_CHANGE:
        return False
    try:
        parse_terms(request.document)
    except ConfigError:
        return False
    return True


def _pad_line(policy: PadPolicy, waiting: Proposal | None) -> PadLine:
    approval, origin = policy.approval, policy.provenance
    return PadLine(
        policy.digest,
        origin.name,
        origin.date,
        origin.data,
        _gates(policy.gates),
        "" if approval is None else approval.proposed_by,
        "" if approval is None else approval.approved_by,
        "" if approval is None else approval.approved_at,
        "" if waiting is None else waiting.proposed_by,
        "" if waiting is None else waiting.proposed_at,
        "" if waiting is None else waiting.digest,
    )


def _gates(gates: PadGates) -> tuple[tuple[str, float], ...]:
    return tuple(msgspec.structs.asdict(gates).items())
