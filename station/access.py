"""Roles, acts and who may do what: data from `resources/policies/roles.toml`, read strictly.

Pure: who is signed in, and whether a second person agreed, is the business of `station.gate`, the
one place that grants anything. Source of the matrix: requirements 5.2.
"""

import hashlib
import hmac
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from station.config import ROOT
from station.errors import ConfigError, ErrorCode

ROLES_FILE = ROOT / "resources" / "policies" / "roles.toml"
ROLES_SHA256 = "2be9c8c498144292ac74f6b45a5fe744debf34ffcd8b3a593caddff164d83b66"
"""SHA-256 of the shipped file: the matrix belongs to the release, not to whoever has the disk."""

_LIMIT_BYTES = 64 << 10


class Role(StrEnum):
    """What a member of staff can be. One person may be several, unless they exclude each other."""

    OPERATOR = "OPERATOR"
    MANAGER = "MANAGER"
    PI_OFFICER = "PI_OFFICER"
    """Responsible for the protection of personal information (PIPL 52)."""
    SYSTEM_ADMIN = "SYSTEM_ADMIN"
    SECURITY_ADMIN = "SECURITY_ADMIN"
    AUDITOR = "AUDITOR"
    INSPECTOR = "INSPECTOR"
    """From outside, for a limited time, only reads."""
    MAINTAINER = "MAINTAINER"


class Act(StrEnum):
    """Everything a member of staff can do. A name once written to a ledger is never given again."""

    RUN_VISIT = "RUN_VISIT"
    VIEW_MASKED = "VIEW_MASKED"
    VIEW_FULL = "VIEW_FULL"
    ERASE_ASK = "ERASE_ASK"
    ERASE = "ERASE"
    ERASE_BATCH = "ERASE_BATCH"
    RESTRICT = "RESTRICT"
    RENEW_ONE = "RENEW_ONE"
    RENEW_ALL = "RENEW_ALL"
    RECALLS_READ = "RECALLS_READ"
    TICKET_OPEN = "TICKET_OPEN"
    TICKET_READ = "TICKET_READ"
    TICKET_DECIDE = "TICKET_DECIDE"
    MINOR_ENROL = "MINOR_ENROL"
    """Register a child at the staffed desk, with the guardian there (X-6)."""
    MINOR_READ = "MINOR_READ"
    NOTICE_READ = "NOTICE_READ"
    NOTICE_DRAFT = "NOTICE_DRAFT"
    NOTICE_PUBLISH = "NOTICE_PUBLISH"
    PROFILE_READ = "PROFILE_READ"
    PROFILE_DRAFT = "PROFILE_DRAFT"
    PROFILE_CHANGE = "PROFILE_CHANGE"
    PROFILE_DOWNGRADE = "PROFILE_DOWNGRADE"
    POLICY_READ = "POLICY_READ"
    POLICY_CHANGE = "POLICY_CHANGE"
    USER_CREATE = "USER_CREATE"
    USER_CHANGE = "USER_CHANGE"
    USER_LOCK = "USER_LOCK"
    USER_UNLOCK = "USER_UNLOCK"
    FACTOR_RESET = "FACTOR_RESET"
    USERS_READ = "USERS_READ"
    DEVICE_ALLOW = "DEVICE_ALLOW"
    DEVICE_READ = "DEVICE_READ"
    KEY_READ = "KEY_READ"
    KEY_ROTATE = "KEY_ROTATE"
    BACKUP = "BACKUP"
    RESTORE = "RESTORE"
    HEALTH_READ = "HEALTH_READ"
    AUDIT_READ = "AUDIT_READ"
    AUDIT_SUMMARY = "AUDIT_SUMMARY"
    AUDIT_EXPORT = "AUDIT_EXPORT"
    AUDIT_UNMASK = "AUDIT_UNMASK"
    INCIDENT_WRITE = "INCIDENT_WRITE"
    INCIDENT_READ = "INCIDENT_READ"
    FILING_READ = "FILING_READ"
    SIGNAGE = "SIGNAGE"
    STATION_CLOSE = "STATION_CLOSE"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do one act; `second` is empty where one person is enough."""

    roles: frozenset[Role]
    second: frozenset[Role] = field(default_factory=frozenset)
    reason: bool = False


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole table: every act has a rule."""

    rules: Mapping[Act, Rule]
    exclusive: tuple[frozenset[Role], ...]

    def may(self, roles: Iterable[Role], act: Act) -> bool:
        """Whether somebody with `roles` may do `act`, or ask for it where it needs a second."""
        return not self.rules[act].roles.isdisjoint(roles)

    def may_agree(self, roles: Iterable[Role], act: Act) -> bool:
        """Whether somebody with `roles` may be the second person of `act`."""
        return not self.rules[act].second.isdisjoint(roles)

    def needs_second(self, act: Act) -> bool:
        """Whether two people are needed."""
        return bool(self.rules[act].second)

    def compatible(self, roles: Iterable[Role]) -> bool:
        """Whether one person may have all of `roles` (5.2: three exclude; X-17: the maintainer)."""
        held = frozenset(roles)
        return all(len(held & group) <= 1 for group in self.exclusive)


def load_matrix(path: Path = ROLES_FILE, sha256: str = ROLES_SHA256) -> Matrix:
    """The matrix of this release.

    Raises `ConfigError(ROLES_INVALID)` for a file that is not the shipped one, byte for byte.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LIMIT_BYTES + 1)
    except OSError as error:
        raise ConfigError(ErrorCode.ROLES_INVALID) from error
    if not hmac.compare_digest(hashlib.sha256(raw).hexdigest(), sha256):
        raise ConfigError(ErrorCode.ROLES_INVALID)
    return parse_matrix(raw)


def parse_matrix(raw: bytes) -> Matrix:
    """Read the table. Raises `ConfigError(ROLES_INVALID)` for anything out of form."""
    try:
        document = tomllib.loads(raw.decode("utf-8"))
        acts = document.pop("acts")
        exclusive = tuple(_roles(group) for group in document.pop("exclusive"))
        rules = {Act(name): _rule(rule) for name, rule in acts.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigError(ErrorCode.ROLES_INVALID) from error
    if document or rules.keys() != set(Act):
        raise ConfigError(ErrorCode.ROLES_INVALID)
    return Matrix(rules, exclusive)


def _rule(rule: dict[str, object]) -> Rule:
    if not rule.keys() <= {"roles", "second", "reason"}:
        raise ValueError("unknown key")
    reason = rule.get("reason", False)
    if not isinstance(reason, bool):
        raise TypeError("not a truth value")
    return Rule(_roles(rule["roles"]), _roles(rule.get("second", [])), reason)


def _roles(names: object) -> frozenset[Role]:
    if not isinstance(names, list):
        raise TypeError("not a list of roles")
    return frozenset(Role(name) for name in names)
