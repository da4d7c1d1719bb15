"""Signing in: both factors or nothing, five tries, and sessions that end by themselves (U-4, U-5).

A try is counted, durably, before it is checked: tries side by side, also in other processes, cannot
be more than the policy allows. Unknown users, wrong passwords and wrong codes cost the same and are
told the same.
"""

import hashlib
import math
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from consent.canonical import Json
from consent.kinds import Kind
from consent.ledger import Ledger
from station.access import Role
from station.account_keys import AccountKeys, CopiedKeyError, failure
from station.account_sheets import BREAK_GLASS_USER, USER_NAME, Account, AccountShelf
from station.errors import AccessError, ErrorCode, StorageError
from station.gate import Session
from station.model import Secret
from station.office_book import OFFICE_GENERATION
from station.one_time_code import LEAD, STEP_S, WINDOW, TotpFactor, factor_of
from station.passwords import PasswordCost, hash_of_nobody, is_password
from station.security_key import KeyProof, SecurityKeys
from station.sign_in_pace import DeskPace

EMERGENCY_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN})
"""What the two sealed codes open: accounts and keys, never anybody's data. Two people hold them, so
that what excludes itself in one person does not here."""
_MOST_STRANGERS = 256
_LOCKS_OF_AN_ALARM, _DAY_S = 3, 24 * 3600
_UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """The figures of U-5. Times in seconds."""

    cost: PasswordCost = field(default_factory=PasswordCost)
    failures: int = 5
    lock_s: int = 30 * 60
    idle_s: int = 10 * 60
    remembered: int = 5
    """Passwords that are not taken again, the present one among them."""
    inspector_s: int = 30 * 24 * 3600
    emergency_s: int = 3600
    fresh_s: int = 5 * 60
    """How long after a sign-in somebody may put another second factor in place of their own."""


@dataclass(slots=True)
class _Live:
    session: Session
    sheet: str
    """The account's sheet; empty for the emergency."""
    revision: int
    seen_s: float
    until_s: float = float("inf")
    began_s: float = 0.0


def since_boot_s() -> float:
    """Seconds that only go forward, also while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class SignIns:
    """Who is signed in. Lives in the desk; safe from any thread."""

    def __init__(
        self,
        shelf: AccountShelf,
        ledger: Ledger,
        now: Callable[[], datetime],
        policy: AccountPolicy,
        ticks: Callable[[], float] = since_boot_s,
    ) -> None:
        self._shelf = shelf
        self._ledger = ledger
        self._now = now
        self._policy = policy
        self._ticks = ticks
        self._guard = threading.RLock()
        self._counting = threading.Lock()
        self._live: dict[str, _Live] = {}
        self._strangers: dict[bytes, tuple[int, int]] = {}
        self._pace = DeskPace(ticks)
        self._locks: dict[tuple[str | bytes, int], float] = {}
        self._strangers_key = secrets.token_bytes(32)
        self.keys = AccountKeys(shelf)
        # What a try at nobody's account is checked against: it costs the same.
        self._nobody = Account(
            "nobody",
            "",
            frozenset(),
            (hash_of_nobody(policy.cost),),
            TotpFactor().enrol("nobody")[0],
        )

    def time_s(self) -> int:
        """Seconds since the epoch that no clock set back can lower: terms and locks go by these."""
        return int(max(self._now(), self._ledger.high_water()).timestamp())

    def sign_in(self, user: str, password: Secret, code: Secret | str | SecurityKeys) -> Session:
        """Begin a session. Needs both factors; a code is used up by it, a key is asked here.

        Raises `AccessError`: SIGN_IN_FAILED (whichever was wrong), ACCOUNT_LOCKED, TRY_LATER,
        ACCOUNT_EXPIRED (only after right factors), ACCOUNTS_MISSING, and what `SecurityKeys` raises
        (nothing was tried then).
        """
        if not self._shelf.any():
            raise AccessError(ErrorCode.ACCOUNTS_MISSING)
        found = self._shelf.find(user) if USER_NAME.fullmatch(user) else None
        # Before the password is looked at: that a key is asked for tells nothing.
        proof = self.keys.shown(code, user, found[1] if found else self._nobody)
        try:
            self._check_pace(user, found[1] if found else None)
            if found is None:
                raise self._refuse_stranger(user, password, proof)
            account = self._proved(user, password, proof)
            self._check_term(account)
        except AccessError as error:
            if error.code is ErrorCode.SIGN_IN_FAILED:
                with self._guard:
                    self._pace.failed()
            # A name nobody has may be a password typed into the wrong field: it is not kept.
            copied = isinstance(error, CopiedKeyError)
            self._refused(user if found else _UNKNOWN, error.code, copied=copied)
            raise
        return self._begin(user, found[0].id, account.revision)

    def check_password(self, user: str, password: Secret) -> Account:
        """Check only the password of somebody signed in, counted like a try to sign in."""
        try:
            counted = self._counted(user)
            if not is_password(password, counted.passwords[0]):
                raise AccessError(ErrorCode.SIGN_IN_FAILED)
        except AccessError as error:
            self._refused(user, error.code)
            raise
        return self._shelf.change(user, _begun_anew)

    def check_fresh(self, session: Session) -> None:
        """Raises `AccessError(SIGN_IN_AGAIN)` unless both factors were shown a short while ago."""
        with self._guard:
            live = self._live.get(session.id)
            if live is None or self._ticks() - live.began_s > self._policy.fresh_s:
                raise AccessError(ErrorCode.SIGN_IN_AGAIN)

    def begin_emergency(self) -> Session:
        """A session of the emergency roles; whoever calls has checked the codes."""
        return self._begin(BREAK_GLASS_USER, "", 0, self._ticks() + self._policy.emergency_s)

    def emergency_roles(self) -> frozenset[Role]:
        """The emergency's roles for its hour, also once the command that began it is over."""
        found = self._shelf.glass()
        used_s = found[1].used_s if found else 0
        going_on = used_s and self.time_s() - used_s < self._policy.emergency_s
        return EMERGENCY_ROLES if going_on else frozenset()

    def sign_out(self, session: Session, *, idle: bool = False) -> None:
        """End a session; one that is over stays so."""
        self._end(session.id, "IDLE" if idle else "ASKED")

    def roles_of(self, session: Session) -> frozenset[Role]:
        """What somebody signed in may be now; counts as activity.

        Raises `AccessError`: SIGNED_OUT, ACCOUNT_EXPIRED, PASSWORD_CHANGE_NEEDED.
        """
        account = self.account_of(session)
        if account is None:
            return EMERGENCY_ROLES
        if account.change:
            raise AccessError(ErrorCode.PASSWORD_CHANGE_NEEDED)
        return account.roles

    def account_of(self, session: Session) -> Account | None:
        """The account behind a session that goes on, None for the emergency; counts as activity.

        Raises `AccessError`: SIGNED_OUT, ACCOUNT_EXPIRED.
        """
        with self._guard:
            self.lock_idle()
            live = self._live.get(session.id)
            if live is None or live.session != session:
                raise AccessError(ErrorCode.SIGNED_OUT)
            live.seen_s = self._ticks()
        if not live.sheet:
            return None
        account = None
        with suppress(StorageError):
            account = self._shelf.read(live.sheet)
        if account is None or account.blocked or account.revision != live.revision:
            self._end(session.id, "CHANGED")
            raise AccessError(ErrorCode.SIGNED_OUT)
        try:
            self._check_term(account)
        except AccessError:
            self._end(session.id, "EXPIRED")
            raise
        return account

    def present(self) -> tuple[tuple[Session, frozenset[Role]], ...]:
        """Who is signed in and what they may be, the longest first; asking is no activity."""
        self.lock_idle()
        with self._guard:
            lives = tuple(self._live.values())
        return tuple((live.session, self._roles_now(live)) for live in lives)

    def follow(self, session: Session, account: Account) -> None:
        """Let a session go on though its own holder has changed the account."""
        with self._guard:
            if session.id in self._live:
                self._live[session.id].revision = account.revision

    def lock_idle(self) -> tuple[Session, ...]:
        """End every session nobody has used for too long; returns those just ended."""
        with self._guard:
            now_s = self._ticks()
            over = [
                live.session
                for live in self._live.values()
                if now_s - live.seen_s >= self._policy.idle_s or now_s >= live.until_s
            ]
            for session in over:
                self._end(session.id, "IDLE")
        return tuple(over)

    def _check_pace(self, user: str, account: Account | None) -> None:
        """Raises `AccessError(TRY_LATER)` while this desk has gone wrong too often: the try is
        neither checked nor counted. A lock is told all the same, of a stranger's name as well."""
        if account is None:
            with self._guard:
                _, until_s = self._strangers.get(self._stranger(user), (0, 0))
            locked = self._is_locked(self._stranger(user), until_s)
        else:
            locked = account.blocked or self._is_locked(user, account.locked_until_s)
        with self._guard:
            wait_s = self._pace.wait_s()
        if wait_s and not locked:
            raise AccessError(ErrorCode.TRY_LATER, wait_s=math.ceil(wait_s))

    def _proved(self, user: str, password: Secret, proof: str | KeyProof) -> Account:
        try:
            counted = self._counted(user)
        except AccessError:
            self._pretend(password, proof)
            raise
        right = is_password(password, counted.passwords[0])
        floor = self._floor_step()

        def use_up(account: Account) -> Account:
            factor = factor_of(str(account.factor["kind"]))
            state = factor.prove(account.factor, proof, int(self._now().timestamp()))
            same = account.passwords == counted.passwords and not account.blocked
            if not (right and same) or state is None or _step(state, floor) < floor:
                raise failure(account.factor, proof)
            return replace(_begun_anew(account), factor=state)

        return self._shelf.change(user, use_up)

    def _counted(self, user: str) -> Account:
        """Count one try, durably. Raises `AccessError(ACCOUNT_LOCKED)`: no more are checked."""

        def count(account: Account) -> Account:
            now_s = self.time_s()
            if account.blocked or self._is_locked(user, account.locked_until_s):
                raise AccessError(ErrorCode.ACCOUNT_LOCKED)
            # A lock that has passed begins a new count.
            failed = 1 if account.locked_until_s else account.failed + 1
            if failed < self._policy.failures:
                return replace(account, failed=failed, locked_until_s=0)
            until_s = now_s + self._policy.lock_s
            self._is_locked(user, until_s)
            locks = (*account.locks, now_s)[-_LOCKS_OF_AN_ALARM:]
            return replace(account, failed=failed, locked_until_s=until_s, locks=locks)

        with self._counting:
            return self._shelf.change(user, count)

    def _is_locked(self, name: str | bytes, until_s: int) -> bool:
        """Whether a lock goes on: by the ledger's time, and by how long this machine has run since
        it was first seen. After a clock that was ahead the former stands still."""
        if until_s <= self.time_s():
            return False
        with self._guard:
            seen_s = self._locks.setdefault((name, until_s), self._ticks())
            while len(self._locks) > _MOST_STRANGERS:
                del self._locks[next(iter(self._locks))]
        return self._ticks() - seen_s < self._policy.lock_s

    def _floor_step(self) -> int:
        """The oldest step that still counts, for anybody.

        Codes come from clocks that are not ours: the newest one used tells when ours is set back.
        One from far ahead tells that ours was, and nobody has to wait for that time.
        """
        latest = int(self._now().timestamp()) // STEP_S + LEAD
        steps = (_step(account.factor, 0) for _, account in self._shelf.accounts())
        return max((step for step in steps if step <= latest), default=0) - 2 * WINDOW

    def _refuse_stranger(self, user: str, password: Secret, proof: str | KeyProof) -> AccessError:
        """As for an account: nobody learns from five tries whether there is one of that name."""
        self._pretend(password, proof)
        key = self._stranger(user)
        now_s = self.time_s()
        with self._guard:
            failed, until_s = self._strangers.pop(key, (0, 0))
            if self._is_locked(key, until_s):
                self._strangers[key] = (failed, until_s)
                return AccessError(ErrorCode.ACCOUNT_LOCKED)
            failed = 1 if until_s else failed + 1
            until_s = now_s + self._policy.lock_s if failed >= self._policy.failures else 0
            self._is_locked(key, until_s)
            self._strangers[key] = (failed, until_s)
            while len(self._strangers) > _MOST_STRANGERS:
                del self._strangers[next(iter(self._strangers))]
        return AccessError(ErrorCode.SIGN_IN_FAILED)

    def _stranger(self, user: str) -> bytes:
        text = user[:64].encode("utf-8", "replace")
        return hashlib.blake2b(text, key=self._strangers_key).digest()

    def _pretend(self, password: Secret, proof: str | KeyProof) -> None:
        is_password(password, self._nobody.passwords[0])
        TotpFactor().prove(self._nobody.factor, proof, int(self._now().timestamp()))

    def _roles_now(self, live: _Live) -> frozenset[Role]:
        if not live.sheet:
            return EMERGENCY_ROLES
        with suppress(StorageError, AccessError):
            account = self._shelf.read(live.sheet)
            self._check_term(account)
            if account.revision == live.revision and not (account.blocked or account.change):
                return account.roles
        return frozenset()

    def _check_term(self, account: Account) -> None:
        if account.ends_s and account.ends_s <= self.time_s():
            raise AccessError(ErrorCode.ACCOUNT_EXPIRED)

    def _refused(self, user: str, code: ErrorCode, *, copied: bool = False) -> None:
        payload: dict[str, Json] = {"code": code.value}
        if copied:
            payload |= {"why": "KEY_COPIED", "alarm": True}
        if user:
            payload["actor"] = user
            found = self._shelf.find(user)
            if found is not None and found[1].locked_until_s > self.time_s():
                payload["locked"] = True
                if code is ErrorCode.SIGN_IN_FAILED and _is_alarm(found[1]):
                    payload["alarm"] = True
        self._ledger.record(Kind.SIGN_IN_REFUSED, payload)

    def _begin(
        self, user: str, sheet: str, revision: int, until_s: float = float("inf")
    ) -> Session:
        session = Session(secrets.token_hex(16), user)
        # First: there is no session the ledger does not know of.
        self._ledger.record(Kind.SIGN_IN, {"actor": user, **self._noted()})
        with self._guard:
            now_s = self._ticks()
            self._live[session.id] = _Live(session, sheet, revision, now_s, until_s, now_s)
        return session

    def _end(self, session_id: str, why: str) -> None:
        with self._guard:
            live = self._live.pop(session_id, None)
        if live is not None:
            payload: dict[str, Json] = {"actor": live.session.user, "why": why, **self._noted()}
            self._ledger.record(Kind.SIGN_OUT, payload)

    def _noted(self) -> dict[str, Json]:
        """What tells an older book, put back by who has the disk (`storage.recovery`)."""
        return {OFFICE_GENERATION: self._shelf.generation()}


def _begun_anew(account: Account) -> Account:
    """After a right try, which was counted as one that might be wrong, with the lock it made."""
    locks = account.locks[:-1] if account.locked_until_s else account.locks
    return replace(account, failed=0, locked_until_s=0, locks=locks)


def _is_alarm(account: Account) -> bool:
    """Whether somebody has it locked again and again: by mistake that does not happen in a day."""
    locks = account.locks
    return len(locks) == _LOCKS_OF_AN_ALARM and locks[-1] - locks[0] < _DAY_S


def _step(factor: dict[str, Json], otherwise: int) -> int:
    """The last step used; `otherwise` for a factor that does not go by the clock."""
    step = factor.get("step", otherwise)
    return step if isinstance(step, int) else 0
