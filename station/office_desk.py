"""The office as the screens use it: each call signs for itself at the gate, then acts.

The core behind `ui.office_service`; without Qt. Accounts, requests and the day's figures are here,
the ledger and its export in `station.office_audit`.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from consent.search import Rows
from station.access import Act, Role
from station.account_forms import GlassPair, Newcomer, account_document, expiry_document
from station.account_forms import roles_document as roles_of_document
from station.account_requests import ACCOUNT_ACTS, carry_out
from station.account_sheets import BREAK_GLASS_USER, USER_NAME
from station.errors import AccessError, ErrorCode
from station.gate import Session
from station.ledger_counts import LedgerCounts, count_days
from station.model import Language, Outcome, Secret
from station.office_audit import EXPORT_ACTS, OfficeAudit
from station.office_devices import OfficeDevices
from station.office_filing import OfficeFiling
from station.office_incidents import OfficeIncidents
from station.office_minors import OfficeMinors
from station.office_place import OfficePlace
from station.office_requests import asked_of
from station.office_residents import OfficeResidents
from station.office_rights import OfficeRights
from station.office_terms import OfficeTerms
from station.office_view import (
    AccountLine,
    Asked,
    DeviceLine,
    ExportDone,
    ExportTerms,
    FirstSecret,
    HealthLine,
    LedgerLines,
    LedgerQuery,
    NewAccount,
    SignedIn,
    Today,
)
from station.requests import Request, RequestState, digest_of
from station.security_key import KeyHand
from station.staffroom import Staffroom

_DAY_S = 24 * 3600
_PAGES = {
    Act.AUDIT_EXPORT: "Export",
    Act.AUDIT_UNMASK: "Export",
    Act.NOTICE_PUBLISH: "Notices",
    Act.PROFILE_CHANGE: "Profile",
    Act.PROFILE_DOWNGRADE: "Profile",
    Act.MINOR_READ: "Rights",
    Act.POLICY_CHANGE: "Retention",
}
"""Where what was agreed to is carried out; acts on accounts: from the list of requests, the rest:
on the command line."""


@dataclass(frozen=True, slots=True)
class OfficeNews:
    """What the office asks the station's other rooms."""

    health: Callable[[], ErrorCode | None]
    """What keeps visitors waiting; at once."""
    self_check: Callable[[Language], tuple[HealthLine, ...]]
    """The self-check in words; takes seconds."""
    residents: Callable[[], int | None]
    """How many people are registered; None where nobody is."""


class StationOffice:
    """`OfficeService` of an open station. Called on the worker threads of the screens."""

    def __init__(
        self,
        room: Staffroom,
        rows: Rows,
        audit: OfficeAudit,
        news: OfficeNews,
        now: Callable[[], datetime],
        *,
        place: OfficePlace,
        rights: OfficeRights,
        incidents: OfficeIncidents,
        filing: OfficeFiling,
        terms: OfficeTerms,
        devices: OfficeDevices,
        residents: OfficeResidents,
        minors: OfficeMinors,
    ) -> None:
        self.place = place
        self.rights = rights
        self.incidents = incidents
        self.filing = filing
        self.terms = terms
        self.residents = residents
        self.minors = minors
        self._room = room
        self._rows = rows
        self._audit = audit
        self._news = news
        self._devices = devices
        self._now = now

    # Signing in

    def sign_in(self, user: str, password: str, code: str | KeyHand) -> SignedIn:
        """Both factors together. Raises `AccessError`."""
        secret = Secret(password.encode("utf-8", "replace"))
        given = code if isinstance(code, str) else self._room.key_reader(code.told, code.cancel)
        try:
            session = self._room.accounts.sign_in(user, secret, given)
        finally:
            secret.wipe()
        return self._signed_in(session)

    def second_factor(self, session: Session) -> str:
        """The kind of one's own second factor. Raises `AccessError`."""
        return self._room.accounts.factor_of(session)

    def take_key(self, session: Session, password: str, hand: KeyHand) -> None:
        """A security key in place of one's own second factor. Raises `AccessError`."""
        secret = Secret(password.encode("utf-8", "replace"))
        keys = self._room.key_reader(hand.told, hand.cancel)
        try:
            self._room.accounts.take_key(session, secret, keys)
        finally:
            secret.wipe()

    def break_glass(self, first: str, second: str) -> SignedIn:
        """Come in by the two sealed codes. Raises `AccessError(BREAK_GLASS_VOID)`."""
        codes = Secret(first.encode("utf-8", "replace")), Secret(second.encode("utf-8", "replace"))
        try:
            session = self._room.accounts.break_glass(*codes)
        finally:
            for one in codes:
                one.wipe()
        return self._signed_in(session)

    def change_password(self, session: Session, present: str, wanted: str) -> SignedIn:
        """Choose an own password. Raises `AccessError`."""
        old = Secret(present.encode("utf-8", "replace"))
        new = Secret(wanted.encode("utf-8", "replace"))
        try:
            self._room.accounts.change_password(session, old, new)
        finally:
            old.wipe()
            new.wipe()
        return self._signed_in(session)

    def sign_out(self, session: Session, idle: bool) -> None:
        """End the session; whatever was granted to it for the live view ends too."""
        self._audit.forget(session)
        self.place.forget(session)
        self.residents.forget(session)
        self._room.accounts.sign_out(session, idle=idle)

    def touch(self, session: Session) -> None:
        """Somebody is still there. Raises `AccessError`."""
        self._room.accounts.touch(session)

    def _signed_in(self, session: Session) -> SignedIn:
        if self._room.accounts.must_change(session):
            return SignedIn(session, (), frozenset(), must_change=True)
        roles, matrix = self._room.accounts.roles_of(session), self._room.gate.matrix
        return SignedIn(
            session,
            tuple(role for role in Role if role in roles),
            frozenset(act for act in Act if matrix.may(roles, act)),
            frozenset(act for act in Act if matrix.may_agree(roles, act)),
        )

    # The desk

    def today(self, session: Session) -> Today:
        """The figures of the desk. Raises `AccessError`."""
        self._room.gate.permit(session, Act.HEALTH_READ).for_act(Act.HEALTH_READ)
        today = count_days(self._rows.newest_first(), self._day(), 1, None)
        fault = self._news.health()
        return Today(
            sum(today.visits),
            today.outcomes[Outcome.MATCH],
            sum(today.declined),
            sum(today.attacks),
            self._news.residents(),
            len(self._room.requests.waiting(session)),
            fault.value if fault else "",
            alarm=bool(self._room.accounts.glass_used_s()),
        )

    def health(self, session: Session, language: Language) -> tuple[HealthLine, ...]:
        """The self-check, in words. Raises `AccessError`."""
        self._room.gate.permit(session, Act.HEALTH_READ).for_act(Act.HEALTH_READ)
        return self._news.self_check(language)

    def devices(self, session: Session) -> tuple[DeviceLine, ...]:
        """What is plugged in and what is registered. Raises `AccessError`."""
        return self._devices.lines(session)

    def allow_device(self, session: Session, device: str) -> None:
        """Register a device that is plugged in. Raises `AccessError`, `DeviceError`."""
        self._devices.allow(session, device)

    def withdraw_device(self, session: Session, kind: str) -> None:
        """Let no camera, or no reader, be used. Raises `AccessError`, `ConfigError`."""
        self._devices.withdraw(session, kind)

    def may_close(self, session: Session) -> None:
        """Raises `AccessError` unless this person may close the station."""
        self._room.gate.permit(session, Act.STATION_CLOSE).for_act(Act.STATION_CLOSE)

    def _day(self) -> date:
        return self._now().astimezone().date()

    # Requests

    def requests(self, session: Session) -> tuple[Asked, ...]:
        """What waits for this person and what they asked for, the newest first."""
        waiting = self._room.requests.waiting(session)
        own = self._room.requests.own(session)
        found = [self._asked(one, own, decides=True) for one in waiting]
        found += [self._asked(one, own, decides=False) for one in own]
        return tuple(sorted(found, key=lambda one: one.time, reverse=True))

    def _asked(self, request: Request, own: tuple[Request, ...], *, decides: bool) -> Asked:
        ready = not decides and request.state is RequestState.AGREED
        if ready and request.act in EXPORT_ACTS:
            ready = self._audit.is_ready(request, own)
        changes = self.place.changes(request)
        if changes is None:
            changes = self.terms.changes(request)
        return asked_of(
            request,
            self._room.accounts.roles_of_user,
            decides=decides,
            ready=ready,
            where=_PAGES.get(request.act, ""),
            changes=changes,
        )

    def agree(self, session: Session, request_id: str) -> None:
        """Be the second person. Raises `AccessError`."""
        self._room.requests.agree(session, request_id)

    def refuse(self, session: Session, request_id: str, reason: str) -> None:
        """Say no, with a written reason. Raises `AccessError`."""
        self._room.requests.refuse(session, request_id, reason)

    def carry_out(self, session: Session, request_id: str) -> FirstSecret | None:
        """Do what was agreed to about an account. Raises `AccessError`."""
        request = self._own(session, request_id)
        if request.act not in ACCOUNT_ACTS:
            raise AccessError(ErrorCode.REQUEST_INVALID)
        done = carry_out(self._room, session, request)
        if done is None:
            return None
        if isinstance(done, GlassPair):
            codes = done.first.reveal().decode(), done.second.reveal().decode()
            return FirstSecret("", codes=codes)
        return FirstSecret(
            done.user, done.password.reveal().decode(), done.factor.reveal().decode()
        )

    def _own(self, session: Session, request_id: str) -> Request:
        own = self._room.requests.own(session)
        found = next((one for one in own if one.id == request_id), None)
        if found is None:
            raise AccessError(ErrorCode.REQUEST_INVALID)
        return found

    # Accounts

    def accounts(self, session: Session) -> tuple[AccountLine, ...]:
        """All accounts by name. Raises `AccessError`."""
        permit = self._room.gate.permit(session, Act.USERS_READ)
        return tuple(
            AccountLine(
                one.user,
                one.name,
                one.roles,
                one.state,
                one.ends_s,
                one.revision,
                me=one.user == session.user,
            )
            for one in self._room.accounts.listed(permit)
        )

    def ask_account(self, session: Session, wanted: NewAccount, reason: str) -> None:
        """Ask for a new account. Raises `AccessError`."""
        newcomer = Newcomer(wanted.user, wanted.name, wanted.roles, self._end_s(wanted.days or 0))
        # What could never be carried out is not put before a second person.
        if not USER_NAME.fullmatch(wanted.user):
            raise AccessError(ErrorCode.USER_NAME_INVALID)
        self._check_roles(wanted.roles)
        self._room.requests.ask(session, Act.USER_CREATE, newcomer.document(), reason)

    def ask_roles(
        self, session: Session, account: AccountLine, wanted: NewAccount, reason: str
    ) -> None:
        """Ask for other roles and another end of an account. Raises `AccessError`."""
        self._check_roles(wanted.roles)
        ends_s = account.ends_s if wanted.days is None else self._end_s(wanted.days)
        document = roles_of_document(account.user, wanted.roles, ends_s, account.revision)
        self._room.requests.ask(session, Act.USER_CHANGE, document, reason)

    def ask_end(self, session: Session, account: AccountLine, reason: str) -> None:
        """Ask for an account to end now. Raises `AccessError`."""
        document = expiry_document(account.user, account.revision)
        self._room.requests.ask(session, Act.USER_CHANGE, document, reason)

    def ask_factor(self, session: Session, user: str, reason: str) -> None:
        """Ask for a new password and second factor. Raises `AccessError`."""
        self._room.requests.ask(session, Act.FACTOR_RESET, account_document(user), reason)

    def ask_codes(self, session: Session, reason: str) -> None:
        """Ask for new break-glass codes. Raises `AccessError`."""
        self.ask_factor(session, BREAK_GLASS_USER, reason)

    def lock(self, session: Session, user: str) -> None:
        """Let nobody sign in with this account. Raises `AccessError`."""
        about = digest_of(account_document(user))
        self._room.accounts.lock(self._room.gate.permit(session, Act.USER_LOCK, about=about), user)

    def unlock(self, session: Session, user: str) -> None:
        """Let its owner sign in again. Raises `AccessError`."""
        about = digest_of(account_document(user))
        permit = self._room.gate.permit(session, Act.USER_UNLOCK, about=about)
        self._room.accounts.unlock(permit, user)

    def excluded(self, roles: frozenset[Role]) -> frozenset[Role]:
        """The roles nobody who has `roles` can have besides."""
        matrix = self._room.gate.matrix
        return frozenset(one for one in Role if not matrix.compatible({*roles, one}))

    def _check_roles(self, roles: frozenset[Role]) -> None:
        if not roles or not self._room.gate.matrix.compatible(roles):
            raise AccessError(ErrorCode.ROLES_EXCLUDE)

    def _end_s(self, days: int) -> int:
        return int(self._now().astimezone(UTC).timestamp()) + days * _DAY_S if days else 0

    # The ledger

    def counts(self, session: Session, days: int) -> LedgerCounts:
        """The figures of the charts up to today. Raises `AccessError`."""
        self._room.gate.permit(session, Act.AUDIT_SUMMARY).for_act(Act.AUDIT_SUMMARY)
        return count_days(self._rows.newest_first(), self._day(), days, None)

    def ledger(self, session: Session, query: LedgerQuery) -> LedgerLines:
        """Search the ledger. Raises `AccessError`."""
        return self._audit.search(session, query)

    def ledger_person(self, session: Session, number: str) -> str:
        """The blind reference of a number's holder. Raises `AccessError`, `StorageError`."""
        return self._audit.person(session, number)

    def newer(self, session: Session, after: int, query: LedgerQuery) -> LedgerLines:
        """What came after position `after`. Raises `AccessError(SIGNED_OUT)`."""
        return self._audit.newer(session, after, query)

    def ask_export(self, session: Session, terms: ExportTerms, reason: str) -> None:
        """Ask for an export. Raises `AccessError`."""
        self._audit.ask(session, terms, reason)

    def export(
        self,
        session: Session,
        request_id: str,
        folder: Path,
        progress: Callable[[int, int], None],
        cancel: threading.Event,
    ) -> ExportDone:
        """Write the bundle of an agreed request. Raises `AccessError`, `LedgerError`."""
        return self._audit.export(session, self._own(session, request_id), folder, progress, cancel)
