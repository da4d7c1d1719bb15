"""Accounts as they are kept: sealed sheets of the office book, read strictly.

Accounts, the sealed break-glass codes and the station's terms with security keys share the shelf;
`kind` says which a sheet is. A sheet may
have been written by whoever has the disk and the keys: what is out of form is refused.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Annotated, TypeVar

import msgspec

from consent.canonical import Json, encode
from station.access import Role
from station.errors import AccessError, ErrorCode, StorageError
from station.office_book import OfficeBook, Sheet, Shelf
from station.security_key import KeyTerms

USER_NAME = re.compile(r"[a-z][a-z0-9._-]{2,31}")
BREAK_GLASS_USER = "break-glass"
"""The name in the ledger of whoever came in by the sealed codes; nobody else may have it."""
_PERSON, _GLASS, _KEYS = "PERSON", "BREAK_GLASS", "SECURITY_KEYS"
_TRIES = 20
_Form = TypeVar("_Form")


class _CodeFactor(
    msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="kind", tag="TOTP"
):
    secret: str
    step: int
    used: list[int] = []
    ahead: list[int] = []
    low: int = 0


class _KeyFactor(
    msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="kind", tag="FIDO2"
):
    credential: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{2})+$")]
    public: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{128}$")]
    count: Annotated[int, msgspec.Meta(ge=0)]


class _PersonForm(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    kind: str
    user: str
    name: str
    roles: list[Role]
    passwords: list[str]
    factor: _CodeFactor | _KeyFactor
    failed: int
    locked_until_s: int
    blocked: bool
    ends_s: int
    change: bool
    revision: int
    locks: list[int] = []


class _GlassForm(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    kind: str
    digest: str
    used_s: int


class _KeyTermsForm(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    kind: str
    rp_id: str
    decoy: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class _Kind(msgspec.Struct):
    kind: str


@dataclass(frozen=True, slots=True)
class Account:
    """One member of staff. Times are seconds since the epoch, UTC; 0 is never."""

    user: str
    name: str = field(repr=False)
    roles: frozenset[Role]
    passwords: tuple[str, ...] = field(repr=False)
    """Kept forms, the present one first; never more than the policy remembers."""
    factor: dict[str, Json] = field(repr=False)
    failed: int = 0
    """Failed tries since the last right one, those under way included."""
    locked_until_s: int = 0
    blocked: bool = False
    """Locked by a security administrator, until unlocked."""
    ends_s: int = 0
    change: bool = True
    """Whether the password must be changed before anything else."""
    revision: int = 1
    """Counts what others changed: sessions of an earlier one are over."""
    locks: tuple[int, ...] = ()
    """When the last few locks began: who locks an account again and again is an alarm."""

    def to_bytes(self) -> bytes:
        """The body of its sheet."""
        return encode(
            {
                "kind": _PERSON,
                "user": self.user,
                "name": self.name,
                "roles": sorted(self.roles),
                "passwords": self.passwords,
                "factor": self.factor,
                "failed": self.failed,
                "locked_until_s": self.locked_until_s,
                "blocked": self.blocked,
                "ends_s": self.ends_s,
                "change": self.change,
                "revision": self.revision,
                "locks": self.locks,
            }
        )

    def revised(self, **changes: object) -> "Account":
        """The account after somebody else changed it; its sessions are over with that."""
        return replace(self, revision=self.revision + 1, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class GlassCodes:
    """The two sealed codes: one digest of both, so that neither can be tried alone."""

    digest: str
    used_s: int = 0
    """When they were used; they open nothing since. 0 while they are sealed."""

    def to_bytes(self) -> bytes:
        """The body of its sheet."""
        return encode({"kind": _GLASS, "digest": self.digest, "used_s": self.used_s})


class AccountShelf:
    """The accounts in the office book. Reads anew each time: another process may have changed."""

    def __init__(self, book: OfficeBook) -> None:
        self._book = book

    def accounts(self) -> Iterator[tuple[Sheet, Account]]:
        """Every account with its sheet. Raises `StorageError(STORE_CORRUPT)`."""
        for sheet in self._book.all(Shelf.ACCOUNT):
            if _kind(sheet) == _PERSON:
                yield sheet, _person(sheet)

    def find(self, user: str) -> tuple[Sheet, Account] | None:
        """The account of that user name, or None."""
        return next((found for found in self.accounts() if found[1].user == user), None)

    def known(self, user: str) -> tuple[Sheet, Account]:
        """The account of that user name. Raises `StorageError(SHEET_MISSING)`."""
        found = self.find(user)
        if found is None:
            raise StorageError(ErrorCode.SHEET_MISSING)
        return found

    def read(self, sheet_id: str) -> Account:
        """One account by its sheet. Raises `StorageError(SHEET_MISSING)`."""
        return _person(self._book.get(Shelf.ACCOUNT, sheet_id))

    def generation(self) -> int:
        """How many changes the whole book has seen."""
        return self._book.generation()

    def any(self) -> bool:
        """Whether the first accounts were made: the codes, which always remain, come last."""
        return self.glass() is not None

    def drop_all(self) -> None:
        """Take away what a set-up that was cut off has left."""
        for sheet, _ in list(self.accounts()):
            self._book.remove(sheet)

    def add(self, account: Account) -> None:
        """Keep a new account."""
        self._book.add(Shelf.ACCOUNT, account.to_bytes())

    def change(self, user: str, step: Callable[[Account], Account]) -> Account:
        """Replace an account by what `step` makes of it, again where somebody was quicker.

        `step` sees what is stored and may raise. Raises `StorageError(SHEET_MISSING)`,
        `AccessError(CHANGED_MEANWHILE)` when it never comes to rest.
        """
        for _ in range(_TRIES):
            sheet, account = self.known(user)
            after = step(account)
            try:
                self._book.replace(sheet, after.to_bytes())
            except AccessError as error:
                if error.code is not ErrorCode.CHANGED_MEANWHILE:
                    raise
                continue
            return after
        raise AccessError(ErrorCode.CHANGED_MEANWHILE)

    def glass(self) -> tuple[Sheet, GlassCodes] | None:
        """The newest break-glass codes, or None while none were made."""
        sheet = self._only(_GLASS)
        if sheet is None:
            return None
        form = _decoded(sheet, _GlassForm)
        return sheet, GlassCodes(form.digest, form.used_s)

    def keep_glass(self, codes: GlassCodes) -> None:
        """Put codes in the place of the former ones. Raises `AccessError(CHANGED_MEANWHILE)`."""
        before = self.glass()
        if before is None:
            self._book.add(Shelf.ACCOUNT, codes.to_bytes())
        else:
            self._book.replace(before[0], codes.to_bytes())

    def key_terms(self) -> KeyTerms | None:
        """What the station is to security keys; None before the first key."""
        sheet = self._only(_KEYS)
        if sheet is None:
            return None
        form = _decoded(sheet, _KeyTermsForm)
        return KeyTerms(form.rp_id, bytes.fromhex(form.decoy))

    def keep_key_terms(self, terms: KeyTerms) -> None:
        """Keep them, once and for good: keys are bound to them."""
        body = {"kind": _KEYS, "rp_id": terms.rp_id, "decoy": terms.decoy.hex()}
        self._book.add(Shelf.ACCOUNT, encode(body))

    def _only(self, kind: str) -> Sheet | None:
        found = [sheet for sheet in self._book.all(Shelf.ACCOUNT) if _kind(sheet) == kind]
        if len(found) > 1:
            raise StorageError(ErrorCode.STORE_CORRUPT)
        return found[0] if found else None


def _kind(sheet: Sheet) -> str:
    return _decoded(sheet, _Kind).kind


def _person(sheet: Sheet) -> Account:
    form = _decoded(sheet, _PersonForm)
    if form.kind != _PERSON or not USER_NAME.fullmatch(form.user):
        raise StorageError(ErrorCode.STORE_CORRUPT)
    factor: dict[str, Json] = msgspec.to_builtins(form.factor)
    return Account(
        form.user,
        form.name,
        frozenset(form.roles),
        tuple(form.passwords),
        factor,
        form.failed,
        form.locked_until_s,
        form.blocked,
        form.ends_s,
        form.change,
        form.revision,
        tuple(form.locks),
    )


def _decoded(sheet: Sheet, form: type[_Form]) -> _Form:
    try:
        return msgspec.json.decode(sheet.body, type=form)
    except msgspec.MsgspecError as error:
        raise StorageError(ErrorCode.STORE_CORRUPT) from error
