"""How long records are kept here: the one place where every bound of a term is brought together.

A term is the shortest of what the configuration says, what the deployment profile allows, what two
people agreed to on the page of retention, and what the notice in force promises (R-5, R-7). It
holds for records made from now on: each record carries its own end, set when its person agreed.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from consent.canonical import Json, decode_object, encode
from consent.draft import Name
from consent.entry import time_text
from consent.kinds import Kind
from consent.ledger import Ledger
from consent.notice import Notice
from station.access import Act
from station.config import Policy
from station.deployment import Profile, Retention
from station.errors import AccessError, ConfigError, ConsentError, ErrorCode, LedgerError
from station.gate import Permit
from station.office_book import OfficeBook, Sheet, Shelf
from station.requests import digest_of
from station.retention import RetentionPolicy

WHAT = "retention"
"""What the document of a request to change the terms names itself."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """Terms that two people agreed to; `number` counts the changes from 1."""

    number: int
    terms: Retention
    at: str
    """ISO 8601 UTC."""
    actor: str
    second: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Every bound of one term, in its own unit (hours or days); None where it does not bound."""

    configured: float
    profile: int | None
    agreed: int | None
    noticed: int | None

    @property
    def in_force(self) -> float:
        """The shortest of all."""
        return self.longest if self.agreed is None else min(self.longest, self.agreed)

    @property
    def longest(self) -> float:
        """The most that can be agreed to."""
        others = (one for one in (self.profile, self.noticed) if one is not None)
        return min((self.configured, *others))

    @property
    def decided_by(self) -> tuple[str, ...]:
        """Which bounds are the shortest: "configured", "profile", "agreed", "noticed"."""
        named = {
            "agreed": self.agreed,
            "noticed": self.noticed,
            "profile": self.profile,
            "configured": self.configured,
        }
        return tuple(name for name, bound in named.items() if bound == self.in_force)


def terms_document(terms: Retention, revision: int) -> dict[str, Json]:
    """What a request to change the terms is about; `revision` is the change it was read after."""
    return {
        "what": WHAT,
        "visitor_hours": terms.visitor_hours,
        "resident_days": terms.resident_days,
        "revision": revision,
    }


def parse_terms(document: object) -> tuple[Retention, int]:
    """Inverse of `terms_document`. Raises `ConfigError(CONFIG_INVALID)` for anything else."""
    try:
        form = msgspec.convert(document, _Form)
    except msgspec.ValidationError as error:
        raise ConfigError(ErrorCode.CONFIG_INVALID) from error
    terms = Retention(visitor_hours=form.visitor_hours, resident_days=form.resident_days)
    return checked(terms), form.revision


def checked(terms: Retention) -> Retention:
    """`terms` if no law of the form is broken. Raises `ConfigError(CONFIG_INVALID)`."""
    try:
        return msgspec.convert(msgspec.to_builtins(terms), Retention)
    except msgspec.ValidationError as error:
        raise ConfigError(ErrorCode.CONFIG_INVALID) from error


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    what: str
    visitor_hours: int
    resident_days: int
    revision: int

    def __post_init__(self) -> None:
        if self.what != WHAT or self.revision < 0:
            raise ValueError("no terms")


class TermsDesk:
    """The terms agreed to at this station. Lives in the desk; safe from any thread."""

    def __init__(self, book: OfficeBook, ledger: Ledger, now: Callable[[], datetime]) -> None:
        """Raises `ConfigError(CONFIG_INVALID)` for a sheet out of form."""
        self._book = book
        self._ledger = ledger
        self._now = now
        self._guard = threading.Lock()
        self._sheet = max(book.all(Shelf.TERMS), key=lambda one: _read(one).number, default=None)
        self._agreed = None if self._sheet is None else _read(self._sheet)

    @property
    def agreed(self) -> Agreed | None:
        """What was agreed to last, or None."""
        return self._agreed

    @property
    def terms(self) -> Retention | None:
        """The terms agreed to last, or None."""
        return None if self._agreed is None else self._agreed.terms

    @property
    def revision(self) -> int:
        """How often the terms were changed."""
        return 0 if self._agreed is None else self._agreed.number

    def put_in_force(self, permit: Permit, terms: Retention, revision: int) -> Agreed:
        """Let `terms` bound every record made from now on; the permit is about their document.

        Raises `AccessError`: REQUEST_INVALID when two people agreed to something else,
        CHANGED_MEANWHILE when the terms were changed since they were read.
        """
        permit.for_act(Act.POLICY_CHANGE)
        if permit.about != digest_of(terms_document(terms, revision)):
            raise AccessError(ErrorCode.REQUEST_INVALID)
        with self._guard:
            if revision != self.revision:
                raise AccessError(ErrorCode.CHANGED_MEANWHILE)
            made = Agreed(revision + 1, terms, time_text(self._now()), permit.user, permit.second)
            self._ledger.record(Kind.CONFIG_CHANGED, self._entry(permit, made))
            body = _body(made)
            if self._sheet is None:
                self._sheet = self._book.add(Shelf.TERMS, body)
            else:
                self._sheet = self._book.replace(self._sheet, body)
            self._agreed = made
        return made

    def _entry(self, permit: Permit, made: Agreed) -> dict[str, Json]:
        before = self.terms
        return {
            **permit.actor(),
            "what": WHAT,
            "digest": permit.about,
            "number": made.number,
            "visitor_hours": made.terms.visitor_hours,
            "resident_days": made.terms.resident_days,
            "visitor_hours_before": -1 if before is None else before.visitor_hours,
            "resident_days_before": -1 if before is None else before.resident_days,
        }


@dataclass(frozen=True, slots=True)
class Terms:
    """Both terms with all their bounds."""

    visitor: Bounds
    """Hours after the visit."""
    resident: Bounds
    """Days from the registration: the most that any one resident can have."""
    resident_usual: float
    """Days a resident has where nobody wished for another term; not above the others."""

    @property
    def policy(self) -> RetentionPolicy:
        """The terms as the rules of retention take them."""
        return RetentionPolicy(
            timedelta(hours=self.visitor.in_force),
            maximum=timedelta(hours=self.visitor.longest),
            resident=timedelta(days=self.resident_usual),
            resident_maximum=timedelta(days=self.resident.in_force),
        )


def terms_of(
    configured: Policy,
    profile: Profile | None,
    agreed: Retention | None,
    notice: Callable[[Name], Notice],
) -> Terms:
    """Every bound as it is now; `configured` is the configuration alone.

    A notice that cannot be read (it is being rewritten) bounds nothing: what has ended goes anyway.
    """
    most = None if profile is None else profile.retention
    visitor = Bounds(
        configured.visitor_retention_h,
        None if most is None else most.visitor_hours,
        None if agreed is None else agreed.visitor_hours,
        _promised_h(notice, "visitor"),
    )
    promised_h = _promised_h(notice, "resident")
    resident = Bounds(
        configured.resident_retention_max_days,
        None if most is None else most.resident_days,
        None if agreed is None else agreed.resident_days,
        # A site that registers nobody promises nothing; records of before still have a term.
        promised_h // 24 if promised_h else None,
    )
    usual = min(configured.resident_retention_days, resident.in_force)
    return Terms(visitor, resident, usual)


def _promised_h(notice: Callable[[Name], Notice], name: Name) -> int | None:
    with suppress(ConsentError, ConfigError):
        return notice(name).retention_hours
    return None


def _body(made: Agreed) -> bytes:
    return encode(
        {
            "number": made.number,
            "at": made.at,
            "actor": made.actor,
            "second": made.second,
            "document": {
                "visitor_hours": made.terms.visitor_hours,
                "resident_days": made.terms.resident_days,
            },
        }
    )


def _read(sheet: Sheet) -> Agreed:
    try:
        return msgspec.convert(decode_object(sheet.body), _Sheet).agreed()
    except (msgspec.ValidationError, LedgerError) as error:
        raise ConfigError(ErrorCode.CONFIG_INVALID) from error


class _Sheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: int
    at: str
    actor: str
    second: str
    document: Retention

    def agreed(self) -> Agreed:
        return Agreed(self.number, self.document, self.at, self.actor, self.second)
