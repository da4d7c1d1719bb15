"""Accounts of staff: who there is, what they may be, and that they are who they say.

Whoever changes an account holds a `Permit` for exactly that change (`request_document`), and is
neither its owner nor was agreed to by its owner. There is no default account: `first` makes two
people, once.
"""

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from consent.canonical import Json
from consent.kinds import Kind
from consent.ledger import Ledger
from station.access import Act, Role, load_matrix
from station.account_forms import (
    AccountView,
    Enrolment,
    GlassPair,
    Newcomer,
    expiry_document,
    glass_digest,
    new_code,
    roles_document,
    roles_noted,
)
from station.account_sheets import (
    BREAK_GLASS_USER,
    USER_NAME,
    Account,
    AccountShelf,
    GlassCodes,
)
from station.errors import AccessError, ErrorCode
from station.gate import Permit, Session, check_text
from station.model import Secret
from station.office_book import OfficeBook
from station.one_time_code import TotpFactor
from station.passwords import check_password, hash_password, is_password
from station.requests import digest_of
from station.security_key import SecurityKeys
from station.sign_in import AccountPolicy, SignIns, since_boot_s

MOST_NAME = 40
"""Longest display name, in characters."""
MOST_ACCOUNTS = 500
"""Most that have not ended; what has ended stays, so that nobody gets a name another had."""
_SET_UP = "set-up"
_RESERVED = frozenset({BREAK_GLASS_USER, _SET_UP, "nobody", "station"})
_SALT_BYTES = 16


class Accounts:
    """The accounts of one station and who is signed in. Lives in the desk; safe from any thread."""

    def __init__(
        self,
        book: OfficeBook,
        ledger: Ledger,
        now: Callable[[], datetime],
        policy: AccountPolicy | None = None,
        ticks: Callable[[], float] = since_boot_s,
    ) -> None:
        self._shelf = AccountShelf(book)
        self._ledger = ledger
        self._policy = policy or AccountPolicy()
        self._sign_ins = SignIns(self._shelf, ledger, now, self._policy, ticks)
        self.matrix = load_matrix()
        self._changing = threading.Lock()

    @property
    def any(self) -> bool:
        """Whether there is any account; else only `first` does anything."""
        return self._shelf.any()

    # Signing in

    def sign_in(self, user: str, password: Secret, code: Secret | str | SecurityKeys) -> Session:
        """Begin a session with both factors (`SignIns.sign_in`). Raises `AccessError`."""
        return self._sign_ins.sign_in(user, password, code)

    def sign_out(self, session: Session, *, idle: bool = False) -> None:
        """End a session; one that is over stays so. `idle`: nobody had used it any more."""
        self._sign_ins.sign_out(session, idle=idle)

    def touch(self, session: Session) -> None:
        """Somebody is still there. Raises `AccessError`: SIGNED_OUT, ACCOUNT_EXPIRED."""
        self._sign_ins.account_of(session)

    def must_change(self, session: Session) -> bool:
        """Whether nothing but another password is possible. Raises `AccessError`: SIGNED_OUT."""
        account = self._sign_ins.account_of(session)
        return account is not None and account.change

    def roles_of(self, session: Session) -> frozenset[Role]:
        """What somebody signed in may be now; counts as activity.

        Raises `AccessError`: SIGNED_OUT, ACCOUNT_EXPIRED, PASSWORD_CHANGE_NEEDED.
        """
        return self._sign_ins.roles_of(session)

    def present(self, act: Act) -> tuple[Session, ...]:
        """Who is signed in and may do `act`, the longest first; asking is no activity."""
        here = self._sign_ins.present()
        return tuple(session for session, roles in here if self.matrix.may(roles, act))

    def lock_idle(self) -> tuple[Session, ...]:
        """End every session nobody has used for too long; returns those just ended."""
        return self._sign_ins.lock_idle()

    def roles_of_user(self, user: str) -> frozenset[Role]:
        """What somebody may be now; nothing for an account that is locked, expired or gone."""
        if user == BREAK_GLASS_USER:
            return self._sign_ins.emergency_roles()
        found = self._shelf.find(user)
        if found is None or self._state(found[1]) in {"LOCKED", "EXPIRED"}:
            return frozenset()
        return found[1].roles

    def change_password(self, session: Session, old: Secret, new: Secret) -> None:
        """Choose another password; the only thing possible while it must be changed.

        Raises `AccessError`: SIGN_IN_FAILED for a wrong old one (it counts as a failed try),
        ACCOUNT_LOCKED, PASSWORD_WEAK, PASSWORD_USED, SIGNED_OUT.
        """
        account = self._sign_ins.account_of(session)
        if account is None:
            raise AccessError(ErrorCode.ACCESS_DENIED)
        account = self._sign_ins.check_password(account.user, old)
        check_password(new, account.user, account.name)
        if any(is_password(new, kept) for kept in account.passwords):
            raise AccessError(ErrorCode.PASSWORD_USED)
        kept = self._hashed(new)
        self._note(account.user, "PASSWORD", {"actor": account.user})

        def take(now: Account) -> Account:
            if now.revision != account.revision:
                raise AccessError(ErrorCode.CHANGED_MEANWHILE)
            passwords = (kept, *now.passwords)[: self._policy.remembered]
            return now.revised(passwords=passwords, change=False)

        # Other sessions of the same person end with that.
        self._sign_ins.follow(session, self._shelf.change(account.user, take))

    def factor_of(self, session: Session) -> str:
        """The kind of somebody's own second factor; "" for the emergency. Raises `AccessError`."""
        account = self._sign_ins.account_of(session)
        return "" if account is None else str(account.factor["kind"])

    def take_key(self, session: Session, password: Secret, keys: SecurityKeys) -> None:
        """Put a security key in place of one's own present second factor; blocks while it is asked.

        Whoever loses it gets codes again by `reset_factor`. Raises `AccessError`: SIGN_IN_AGAIN
        unless both factors were shown a short while ago, SIGN_IN_FAILED for a wrong password (it
        counts as a failed try), ACCOUNT_LOCKED, CHANGED_MEANWHILE, and what `keys` raises.
        """
        account = self._sign_ins.account_of(session)
        if account is None or account.change:
            raise AccessError(ErrorCode.ACCESS_DENIED)
        self._sign_ins.check_fresh(session)
        account = self._sign_ins.check_password(account.user, password)
        factor = self._sign_ins.keys.register(keys)
        # Two touches may take two minutes: whoever left meanwhile did not touch it.
        self._sign_ins.account_of(session)
        self._note(account.user, "KEY", {"actor": account.user})

        def take(now: Account) -> Account:
            if now.revision != account.revision or now.blocked:
                raise AccessError(ErrorCode.CHANGED_MEANWHILE)
            return now.revised(factor=factor)

        # Other sessions of the same person end with that.
        self._sign_ins.follow(session, self._shelf.change(account.user, take))

    # Set-up

    def first(self, admin: Newcomer, security: Newcomer) -> tuple[Enrolment, Enrolment, GlassPair]:
        """The first system and security administrator, two people, and the break-glass codes.

        Raises `AccessError(ACCESS_DENIED)` once there is any account, `(ROLES_EXCLUDE)` for one
        person twice, `(USER_NAME_INVALID)`, `(TEXT_UNUSABLE)`.
        """
        with self._changing:
            if self._shelf.any():
                raise AccessError(ErrorCode.ACCESS_DENIED)
            self._shelf.drop_all()
            if admin.user == security.user or admin.name == security.name:
                raise AccessError(ErrorCode.ROLES_EXCLUDE)
            found = []
            for person, role in ((admin, Role.SYSTEM_ADMIN), (security, Role.SECURITY_ADMIN)):
                found.append(replace(person, roles=frozenset({role}), ends_s=0))
                self._check_newcomer(found[-1])
            first, second = (self._create(person, {"actor": _SET_UP}) for person in found)
            # Last: what a crash cuts off before this is begun anew.
            pair = self._new_glass({"actor": _SET_UP})
        return first, second, pair

    # Changes of others' accounts

    def create(self, permit: Permit, newcomer: Newcomer) -> Enrolment:
        """Make an account (two people). Its holder changes the password at the first sign-in.

        Raises `AccessError`: USER_NAME_INVALID, TEXT_UNUSABLE, ROLES_EXCLUDE, ACCOUNT_END_NEEDED,
        REQUEST_INVALID for a permit about something else.
        """
        self._check_permit(permit, Act.USER_CREATE, newcomer.document())
        with self._changing:
            self._check_newcomer(newcomer)
            return self._create(newcomer, permit.actor())

    def assign_roles(
        self, permit: Permit, user: str, roles: frozenset[Role], ends_s: int, revision: int
    ) -> None:
        """Give an account other roles and another end (two people); its sessions are over.

        Raises `AccessError`: ROLES_EXCLUDE, ACCOUNT_END_NEEDED, CHANGED_MEANWHILE,
        REQUEST_INVALID; `StorageError(SHEET_MISSING)`.
        """
        document = roles_document(user, roles, ends_s, revision)
        self._check_permit(permit, Act.USER_CHANGE, document)
        self._check_roles(roles, ends_s)
        noted: dict[str, Json] = {**permit.actor(), **roles_noted(roles, ends_s)}
        self._revise(user, "ROLES", noted, revision, roles=roles, ends_s=ends_s)

    def expire(self, permit: Permit, user: str, revision: int) -> None:
        """End an account now (two people); its name is never given again while it is kept.

        Raises as `assign_roles` does.
        """
        self._check_permit(permit, Act.USER_CHANGE, expiry_document(user, revision))
        ends_s = self._sign_ins.time_s()
        self._revise(user, "EXPIRED", permit.actor(), revision, ends_s=ends_s)

    def lock(self, permit: Permit, user: str) -> None:
        """Lock an account until it is unlocked; its sessions are over."""
        self._check_permit(permit, Act.USER_LOCK, {"user": user})
        self._revise(user, "LOCKED", permit.actor(), None, blocked=True)

    def unlock(self, permit: Permit, user: str) -> None:
        """Unlock an account, whoever or whatever locked it."""
        self._check_permit(permit, Act.USER_UNLOCK, {"user": user})
        self._revise(
            user, "UNLOCKED", permit.actor(), None, blocked=False, failed=0, locked_until_s=0
        )

    def reset_factor(self, permit: Permit, user: str) -> Enrolment:
        """A new password and second factor for who lost theirs (two officers).

        The former ones open nothing any more. Raises `AccessError(REQUEST_INVALID)`,
        `StorageError(SHEET_MISSING)`.
        """
        self._check_permit(permit, Act.FACTOR_RESET, {"user": user})
        _, account = self._shelf.known(user)
        enrolment, kept, factor = self._enrolment(user)
        passwords = (kept, *account.passwords)[: self._policy.remembered]
        changed = {"passwords": passwords, "factor": factor, "change": True}
        self._revise(user, "FACTOR", permit.actor(), account.revision, **changed)
        return enrolment

    def listed(self, permit: Permit) -> tuple[AccountView, ...]:
        """Every account, by user name; no password, no factor."""
        permit.for_act(Act.USERS_READ)
        accounts = sorted((found for _, found in self._shelf.accounts()), key=lambda one: one.user)
        return tuple(
            AccountView(
                one.user,
                one.name,
                tuple(sorted(one.roles)),
                self._state(one),
                one.ends_s,
                one.revision,
            )
            for one in accounts
        )

    # Break-glass

    def break_glass(self, first: Secret, second: Secret) -> Session:
        """Open with both sealed codes, in either order; they are void with that.

        Raises `AccessError(BREAK_GLASS_VOID)` for wrong or used codes.
        """
        with self._changing:
            found = self._shelf.glass()
            digest = glass_digest(first, second)
            right = found is not None and secrets.compare_digest(found[1].digest, digest)
            if found is None or not right or found[1].used_s:
                refused: dict[str, Json] = {"actor": BREAK_GLASS_USER}
                refused["code"] = ErrorCode.BREAK_GLASS_VOID.value
                self._ledger.record(Kind.SIGN_IN_REFUSED, refused)
                raise AccessError(ErrorCode.BREAK_GLASS_VOID)
            self._ledger.record(Kind.BREAK_GLASS, {"actor": BREAK_GLASS_USER, "alarm": True})
            self._shelf.keep_glass(replace(found[1], used_s=self._sign_ins.time_s()))
            return self._sign_ins.begin_emergency()

    def check_known(self, user: str) -> None:
        """Raises `StorageError(SHEET_MISSING)` where nobody has that user name."""
        self._shelf.known(user)

    def glass_used_s(self) -> int | None:
        """For the health page: when the codes were used (an alarm until new ones are made), 0
        while they are sealed, None where none were made."""
        found = self._shelf.glass()
        return None if found is None else found[1].used_s

    def new_glass(self, permit: Permit) -> GlassPair:
        """New break-glass codes (two officers); the former ones open nothing, the alarm is over."""
        self._check_permit(permit, Act.FACTOR_RESET, {"user": BREAK_GLASS_USER})
        with self._changing:
            return self._new_glass(permit.actor())

    def _new_glass(self, actor: Mapping[str, Json]) -> GlassPair:
        pair = GlassPair(new_code(), new_code())
        self._note(BREAK_GLASS_USER, "CODES", actor)
        self._shelf.keep_glass(GlassCodes(glass_digest(pair.first, pair.second)))
        return pair

    def _create(self, newcomer: Newcomer, actor: Mapping[str, Json]) -> Enrolment:
        enrolment, kept, factor = self._enrolment(newcomer.user)
        noted = {**actor, **roles_noted(newcomer.roles, newcomer.ends_s)}
        self._note(newcomer.user, "CREATED", noted)
        account = Account(newcomer.user, newcomer.name, newcomer.roles, (kept,), factor)
        self._shelf.add(replace(account, ends_s=newcomer.ends_s))
        return enrolment

    def _enrolment(self, user: str) -> tuple[Enrolment, str, dict[str, Json]]:
        password = new_code()
        factor, offer = TotpFactor().enrol(user)
        return Enrolment(user, password, offer), self._hashed(password), factor

    def _revise(
        self,
        user: str,
        change: str,
        noted: Mapping[str, Json],
        revision: int | None,
        /,
        **changes: object,
    ) -> None:
        def revise(account: Account) -> Account:
            if revision is not None and account.revision != revision:
                raise AccessError(ErrorCode.CHANGED_MEANWHILE)
            return account.revised(**changes)

        revise(self._shelf.known(user)[1])
        self._note(user, change, noted)
        self._shelf.change(user, revise)

    def _check_permit(self, permit: Permit, act: Act, document: Mapping[str, Json]) -> None:
        permit.for_act(act)
        if permit.about != digest_of(document):
            raise AccessError(ErrorCode.REQUEST_INVALID)
        if document["user"] in {permit.user, permit.second}:
            refusal: dict[str, Json] = {**permit.actor(), "act": act}
            refusal["code"] = ErrorCode.ACCESS_DENIED.value
            self._ledger.record(Kind.ACCESS_REFUSED, refusal)
            raise AccessError(ErrorCode.ACCESS_DENIED)

    def _check_newcomer(self, newcomer: Newcomer) -> None:
        user = newcomer.user
        taken = user in _RESERVED or self._shelf.find(user) is not None
        if not USER_NAME.fullmatch(user) or taken:
            raise AccessError(ErrorCode.USER_NAME_INVALID)
        if not newcomer.name.strip() or "\n" in newcomer.name:
            raise AccessError(ErrorCode.TEXT_UNUSABLE)
        check_text(newcomer.name, MOST_NAME)
        self._check_roles(newcomer.roles, newcomer.ends_s)
        in_use = (self._state(account) != "EXPIRED" for _, account in self._shelf.accounts())
        if sum(in_use) >= MOST_ACCOUNTS:
            raise AccessError(ErrorCode.ACCOUNTS_TOO_MANY)

    def _check_roles(self, roles: frozenset[Role], ends_s: int) -> None:
        if not roles or not self.matrix.compatible(roles):
            raise AccessError(ErrorCode.ROLES_EXCLUDE)
        left_s = ends_s - self._sign_ins.time_s()
        if ends_s and left_s <= 0:
            raise AccessError(ErrorCode.ACCOUNT_END_NEEDED)
        if Role.INSPECTOR in roles and not 0 < left_s <= self._policy.inspector_s:
            raise AccessError(ErrorCode.ACCOUNT_END_NEEDED)

    def _state(self, account: Account) -> str:
        now_s = self._sign_ins.time_s()
        if account.ends_s and account.ends_s <= now_s:
            return "EXPIRED"
        if account.blocked:
            return "LOCKED"
        if account.locked_until_s > now_s:
            return "LOCKED_FOR_NOW"
        return "NEW" if account.change else "ACTIVE"

    def _hashed(self, password: Secret) -> str:
        return hash_password(password, self._policy.cost, secrets.token_bytes(_SALT_BYTES))

    def _note(self, user: str, change: str, more: Mapping[str, Json]) -> None:
        self._ledger.record(Kind.ACCOUNT_CHANGED, {**more, "account": user, "change": change})
