"""What the office's pages need of the station; `station.office_desk` provides it.

Every call goes through the gate and may be refused: the pages decide nothing, they show what comes
back. Calls may take long and are made on a worker thread, never on Qt's.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from station.access import Role
from station.gate import Session
from station.ledger_counts import LedgerCounts
from station.model import Language
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
from station.security_key import KeyHand
from ui.filing_service import FilingService
from ui.incidents_service import IncidentsService
from ui.minors_service import MinorsService
from ui.place_service import PlaceService
from ui.residents_service import ResidentsService
from ui.rights_service import RightsService
from ui.terms_service import TermsService

Progress = Callable[[int, int], None]
"""Told how many of how many are done; from the worker thread."""


class OfficeService(Protocol):
    """The office behind the screens. Each call raises `AccessError` for what is not allowed."""

    @property
    def place(self) -> PlaceService:
        """Deployment profile and notices."""
        ...

    @property
    def rights(self) -> RightsService:
        """The rights desk."""
        ...

    @property
    def incidents(self) -> IncidentsService:
        """The incident book."""
        ...

    @property
    def filing(self) -> FilingService:
        """Filing, signs, and the record of processing."""
        ...

    @property
    def terms(self) -> TermsService:
        """Terms and thresholds."""
        ...

    @property
    def residents(self) -> ResidentsService:
        """Registered people."""
        ...

    @property
    def minors(self) -> MinorsService:
        """Children at the staffed desk."""
        ...

    def sign_in(self, user: str, password: str, code: str | KeyHand) -> SignedIn:
        """Both factors together. SIGN_IN_FAILED, ACCOUNT_LOCKED, ACCOUNT_EXPIRED.

        With a `KeyHand` a security key is asked for: KEY_ABSENT and what follows it.
        """
        ...

    def second_factor(self, session: Session) -> str:
        """One's own: "TOTP", "FIDO2"; "" for the emergency. SIGNED_OUT."""
        ...

    def take_key(self, session: Session, password: str, hand: KeyHand) -> None:
        """A security key in place of one's own second factor; takes two touches.

        SIGN_IN_AGAIN, SIGN_IN_FAILED, KEY_ABSENT and what follows it.
        """
        ...

    def break_glass(self, first: str, second: str) -> SignedIn:
        """Come in by the two sealed codes, for an hour, with an alarm. BREAK_GLASS_VOID."""
        ...

    def change_password(self, session: Session, present: str, wanted: str) -> SignedIn:
        """Choose an own password. PASSWORD_WEAK, PASSWORD_USED, SIGN_IN_FAILED."""
        ...

    def sign_out(self, session: Session, idle: bool) -> None:
        """End the session; `idle` when nobody had used it any more. Never refused."""
        ...

    def touch(self, session: Session) -> None:
        """Somebody is still there. SIGNED_OUT, ACCOUNT_EXPIRED."""
        ...

    def today(self, session: Session) -> Today:
        """The figures of the desk (HEALTH_READ)."""
        ...

    def requests(self, session: Session) -> tuple[Asked, ...]:
        """What waits for this person, and what they asked for themselves; the newest first."""
        ...

    def agree(self, session: Session, request_id: str) -> None:
        """Be the second person. REQUEST_INVALID, ACCESS_DENIED (an own request among them)."""
        ...

    def refuse(self, session: Session, request_id: str, reason: str) -> None:
        """Say no, with a written reason. REASON_NEEDED, REQUEST_INVALID."""
        ...

    def carry_out(self, session: Session, request_id: str) -> FirstSecret | None:
        """Do what was asked for and agreed to; what a new account needs comes back once."""
        ...

    def accounts(self, session: Session) -> tuple[AccountLine, ...]:
        """All accounts by name (USERS_READ)."""
        ...

    def ask_account(self, session: Session, wanted: NewAccount, reason: str) -> None:
        """Ask for a new account (USER_CREATE)."""
        ...

    def ask_roles(
        self, session: Session, account: AccountLine, wanted: NewAccount, reason: str
    ) -> None:
        """Ask for other roles and another end of an account (USER_CHANGE)."""
        ...

    def ask_end(self, session: Session, account: AccountLine, reason: str) -> None:
        """Ask for an account to end now (USER_CHANGE)."""
        ...

    def ask_factor(self, session: Session, user: str, reason: str) -> None:
        """Ask for a new password and second factor of an account (FACTOR_RESET)."""
        ...

    def ask_codes(self, session: Session, reason: str) -> None:
        """Ask for new break-glass codes, which ends their alarm (FACTOR_RESET)."""
        ...

    def lock(self, session: Session, user: str) -> None:
        """Let nobody sign in with this account until it is unlocked (USER_LOCK)."""
        ...

    def unlock(self, session: Session, user: str) -> None:
        """Let its owner sign in again (USER_UNLOCK)."""
        ...

    def excluded(self, roles: frozenset[Role]) -> frozenset[Role]:
        """The roles nobody who has `roles` can have besides. At once."""
        ...

    def counts(self, session: Session, days: int) -> LedgerCounts:
        """The figures of the charts up to today (AUDIT_SUMMARY)."""
        ...

    def ledger(self, session: Session, query: LedgerQuery) -> LedgerLines:
        """Search the ledger (AUDIT_READ); each search is itself in the ledger."""
        ...

    def ledger_person(self, session: Session, number: str) -> str:
        """What entries call the resident of a number (AUDIT_READ). RESIDENT_UNKNOWN."""
        ...

    def newer(self, session: Session, after: int, query: LedgerQuery) -> LedgerLines:
        """What came after position `after` (live view); part of the search that was permitted."""
        ...

    def ask_export(self, session: Session, terms: ExportTerms, reason: str) -> None:
        """Ask for an export (AUDIT_EXPORT, AUDIT_UNMASK)."""
        ...

    def export(
        self,
        session: Session,
        request_id: str,
        folder: Path,
        progress: Progress,
        cancel: threading.Event,
    ) -> ExportDone:
        """Write the bundle of an agreed request into a new folder below `folder`."""
        ...

    def health(self, session: Session, language: Language) -> tuple[HealthLine, ...]:
        """The self-check (HEALTH_READ); takes seconds."""
        ...

    def devices(self, session: Session) -> tuple[DeviceLine, ...]:
        """What is plugged in and what is registered (DEVICE_READ)."""
        ...

    def allow_device(self, session: Session, device: str) -> None:
        """Register a device that is plugged in (DEVICE_ALLOW). CAMERA_NOT_FOUND and more."""
        ...

    def withdraw_device(self, session: Session, kind: str) -> None:
        """Let no camera, or no reader, be used until one is allowed again (DEVICE_ALLOW)."""
        ...

    def may_close(self, session: Session) -> None:
        """Raises `AccessError` unless this person may close the station (STATION_CLOSE)."""
        ...


class StaffedService(Protocol):
    """What a `KioskService` offers where staff sign in; without it there is no office."""

    def has_accounts(self) -> bool:
        """Whether anybody can sign in at all: until then, the station is being set up. At once."""
        ...

    @property
    def office(self) -> OfficeService:
        """The office behind the screens; opened when first asked for, which takes a while."""
        ...
