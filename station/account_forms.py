"""What goes into accounts and comes out: proposals, what is shown once, and what requests name."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from consent.canonical import Json
from consent.digest import sm3, to_text
from consent.entry import time_text
from station.access import Role
from station.model import Secret

# No vowels and nothing that looks like something else: these are read out and typed.
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"
_GROUPS, _GROUP = 6, 4


@dataclass(frozen=True, slots=True)
class Newcomer:
    """An account to be made. `ends_s` is seconds since the epoch, 0 for no end."""

    user: str
    name: str = field(repr=False)
    roles: frozenset[Role]
    ends_s: int = 0

    def document(self) -> dict[str, Json]:
        """What the request for it is about."""
        roles: list[Json] = sorted(self.roles)  # type: ignore[assignment]
        return {"user": self.user, "name": self.name, "roles": roles, "ends_s": self.ends_s}


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a new member of staff is shown once: a first password and the second factor's secret."""

    user: str
    password: Secret
    factor: Secret
    """An otpauth URI, for a QR code."""


@dataclass(frozen=True, slots=True)
class GlassPair:
    """The two break-glass codes, shown once, each to another holder, sealed in an envelope each."""

    first: Secret
    second: Secret


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account as the list of users shows it."""

    user: str
    name: str = field(repr=False)
    roles: tuple[Role, ...]
    state: str
    """ACTIVE, NEW (password not yet changed), LOCKED, LOCKED_FOR_NOW or EXPIRED."""
    ends_s: int
    revision: int
    """Hand it back with a change: who else changed it meanwhile is not overwritten."""


def roles_document(
    user: str, roles: frozenset[Role], ends_s: int, revision: int
) -> dict[str, Json]:
    """What a request to give other roles is about."""
    named: list[Json] = sorted(roles)  # type: ignore[assignment]
    return {"user": user, "roles": named, "ends_s": ends_s, "revision": revision}


def expiry_document(user: str, revision: int) -> dict[str, Json]:
    """What a request to end an account is about."""
    return {"user": user, "expire": True, "revision": revision}


def account_document(user: str) -> dict[str, Json]:
    """What locking, unlocking and new factors are about."""
    return {"user": user}


def roles_noted(roles: frozenset[Role], ends_s: int) -> dict[str, Json]:
    """Roles and end of an account as its ledger entries say them."""
    noted: dict[str, Json] = {"roles": ",".join(sorted(roles))}
    if ends_s:
        noted["ends"] = time_text(datetime.fromtimestamp(ends_s, UTC))
    return noted


def new_code() -> Secret:
    """A random code to be read out and typed: six groups of four, 115 bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return Secret("-".join(groups).encode())


def glass_digest(first: Secret, second: Secret) -> str:
    """One digest of both, in either order and however they were typed."""
    plain = sorted(_plain(code) for code in (first, second))
    return to_text(sm3(b"station break-glass v1\x00" + b"|".join(plain)))


def _plain(code: Secret) -> bytes:
    typed = code.reveal()[:256].decode("utf-8", "replace").upper()
    return "".join(one for one in typed if one in _LETTERS).encode()
