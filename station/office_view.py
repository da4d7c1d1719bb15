"""What the office's pages are shown of the core: plain values that grant and change nothing.

The words are the page's; here are codes, names people typed, and figures. `station.office_desk`
fills them, `ui.office_service` says how they are asked for.
"""

from dataclasses import dataclass, field

from consent.kinds import Kind
from consent.search import Row
from station.access import Act, Role
from station.gate import Session

MOST_LINES = 100
"""Entries of the ledger shown at once; a page asks for the next ones by `before`."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody at the office, and what the matrix lets them do."""

    session: Session
    roles: tuple[Role, ...]
    acts: frozenset[Act]
    """What they may do, or ask for where a second person must agree."""
    agrees: frozenset[Act] = frozenset()
    """What they may be the second person of."""
    must_change: bool = False
    """Nothing else is possible before they have chosen a password of their own."""

    @property
    def user(self) -> str:
        """The user name, as in the ledger."""
        return self.session.user


@dataclass(frozen=True, slots=True)
class Today:
    """The figures of a day, for whoever runs the desk. Counts only."""

    visits: int
    matched: int
    declined: int
    attacks: int
    residents: int | None
    """People registered now; None where nobody is registered here."""
    waiting: int
    """Requests this person may agree to or refuse."""
    fault: str = ""
    """Code of what keeps the station from serving, or ""."""
    alarm: bool = False
    """Whether the sealed codes were used and no new ones made since."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing a request would change: `before` is empty for something new."""

    field: str
    """A word of `[field]` in resources/i18n/office.toml."""
    before: str
    after: str
    """Codes (roles: comma-separated) or what somebody typed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a second person, as it is now."""

    id: str
    act: Act
    user: str
    """Who asked."""
    time: str
    until: str
    """When it runs out by itself; ISO 8601, UTC."""
    reason: str
    state: str
    """WAITING, AGREED, REFUSED, USED or EXPIRED."""
    changes: tuple[Change, ...] = ()
    second: str = ""
    """Who agreed or refused."""
    answer: str = ""
    """Why it was refused."""
    mine: bool = False
    """Whether the person who looks asked for it."""
    decides: bool = False
    """Whether the person who looks may agree to it or refuse it."""
    ready: bool = False
    """Whether it was agreed to and the person who looks can carry it out now."""
    where: str = ""
    """The page of the office on which it is carried out; "": from the list of requests."""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account, without anything secret."""

    user: str
    name: str = field(repr=False)
    roles: tuple[Role, ...]
    state: str
    """ACTIVE, NEW (password not yet changed), LOCKED, LOCKED_FOR_NOW or EXPIRED."""
    ends_s: int = 0
    """When the account ends by itself, seconds since the epoch; 0 for never."""
    revision: int = 1
    """Handed back with a change: what somebody else changed meanwhile is not overwritten."""
    me: bool = False


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What an account is to be. For other roles of an account that there is, `name` is left out."""

    user: str
    roles: frozenset[Role]
    name: str = field(default="", repr=False)
    days: int | None = 0
    """It ends after so many days; 0: never; None: as it is now."""


@dataclass(frozen=True, slots=True)
class FirstSecret:
    """What is shown once and kept nowhere in clear: to a new person, or to two holders of codes."""

    user: str
    password: str = ""
    totp_uri: str = ""
    """`otpauth:` address of the second factor."""
    codes: tuple[str, ...] = ()
    """The two break-glass codes, each for another holder; else empty."""

    def __repr__(self) -> str:
        return "FirstSecret(…)"


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """What is looked for in the ledger; an empty field does not narrow."""

    first: str = ""
    """First day, "2026-03-01", of the machine's own time zone."""
    last: str = ""
    """Last day, included."""
    kinds: frozenset[Kind] = frozenset()
    actor: str = ""
    person: str = ""
    """Blind reference of one resident, as `OfficeService.ledger_person` gives it."""
    before: int | None = None
    """Only entries below this position: the next lines of the same search."""


@dataclass(frozen=True, slots=True)
class LedgerLines:
    """Found entries, the newest first, at most `MOST_LINES`."""

    lines: tuple[Row, ...]
    more: bool
    """Whether older ones were found too."""
    size: int
    """Entries in the whole ledger."""


@dataclass(frozen=True, slots=True)
class ExportTerms:
    """What is to be exported. Everything masked unless `unmasked`."""

    first: str = ""
    last: str = ""
    unmasked: bool = False
    kinds: frozenset[Kind] = frozenset()
    actor: str = ""
    person: str = ""
    """As in a `LedgerQuery`."""


@dataclass(frozen=True, slots=True)
class ExportDone:
    """A bundle that was written."""

    folder: str
    entries: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class HealthLine:
    """One line of the self-check, in words."""

    name: str
    verdict: str
    """OK, NOTE or FAULT."""
    text: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device this station uses or knows."""

    kind: str
    """A word of `[device]` in resources/i18n/office.toml."""
    name: str
    identity: str
    allowed: bool
    present: bool
    id: str = ""
    """What `allow` is told; "" for one that cannot be chosen."""
    port: str = ""
    """The USB port, such as "1-2"."""
    state: str = ""
    """ALLOWED, UNKNOWN, ABSENT, WITHDRAWN, SOFTWARE or SIMULATED; "" where only the two above are
    known."""
    measured: bool = True
    """Whether it was measured how a camera answers to exposure; other devices need not be."""
