"""The one place where anything is granted: core, command line and pages all come through here.

Source: requirements 5.2 (roles, nobody agrees to their own request), U-12 and AU-1 (every grant and
every refusal is in the ledger). A `Permit` is a value only the gate makes; what acts on people's
data takes one, so that the order "asked, allowed, done" is a type.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from consent.canonical import Json
from consent.entry import check_payload
from consent.kinds import Kind
from consent.ledger import Ledger
from station.access import Act, Matrix, Role
from station.errors import AccessError, ErrorCode, StationBug

MOST_REASON = 200
"""Longest written reason, in characters."""
_ABOUT = re.compile(r"[A-Za-z0-9_-]{0,64}")
_IDEOGRAPHIC_SPACE = "\u3000"
# An identity number (GB 11643) is written and read out in groups: region, date of birth, the rest.
# Beside other hexadecimal digits it is part of a random id or digest, by chance.
_APART = r"[\s.\-]{0,2}"
_GROUPED_NUMBER = re.compile(
    rf"(?<![0-9a-f])[1-9]\d{{5}}{_APART}(?:18|19|20)\d\d{_APART}(?:0[1-9]|1[0-2])"
    rf"{_APART}(?:0[1-9]|[12]\d|3[01]){_APART}\d{{3}}{_APART}[\dXx](?![0-9a-f])"
)
_GATE = object()


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in with two factors. Made by `station.accounts`, asked back at every act."""

    id: str
    """32 hex characters, random per sign-in."""
    user: str
    """The user name, as in the ledger."""


@dataclass(frozen=True, slots=True)
class Permit:
    """One act, granted once. Only `Gate` makes it."""

    act: Act
    user: str
    second: str
    """Who agreed, or empty where one person is enough."""
    reason: str
    about: str
    """Digest or reference of what it is for; nothing personal."""
    made_by: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.made_by is not _GATE:
            raise StationBug("only the gate makes a permit")

    def for_act(self, act: Act) -> None:
        """Raises `StationBug` when this permit is for something else."""
        if self.act is not act:
            raise StationBug("this permit is for another act")

    def actor(self) -> dict[str, Json]:
        """Who did it, for the ledger entry of what was done."""
        found: dict[str, Json] = {"actor": self.user}
        if self.second:
            found["second"] = self.second
        if self.reason:
            found["reason"] = self.reason
        return found


@dataclass(frozen=True, slots=True)
class Agreed:
    """What became of a request that was used: it is gone."""

    by: str
    """Who agreed."""
    reason: str
    """The reason they agreed to."""


class Requests(Protocol):
    """Requests that wait for a second person (`station.requests`)."""

    def take_agreed(self, request_id: str, act: Act, user: str, about: str, reason: str) -> Agreed:
        """Use up an agreed request of `user`; `reason` is the one that was asked with, or empty.

        Raises `AccessError(REQUEST_INVALID)` when it was not agreed, is used, has run out, or was
        for something else or for another reason.
        """
        ...


class Gate:
    """Grants acts. Safe to call from any thread of the desk."""

    def __init__(
        self,
        matrix: Matrix,
        roles_of: Callable[[Session], frozenset[Role]],
        requests: Requests,
        ledger: Ledger,
    ) -> None:
        """`roles_of` raises `AccessError` for a session that is over (idle, locked, expired)."""
        self.matrix = matrix
        self._roles_of = roles_of
        self._requests = requests
        self._ledger = ledger

    def permit(
        self, session: Session, act: Act, *, about: str = "", reason: str = "", request_id: str = ""
    ) -> Permit:
        """Grant `act` to who is signed in, or refuse; both are in the ledger on return.

        `about` is a digest or reference of what it is for; an agreed request must be about the
        same. Where two people are needed the reason is the one that was agreed to: `reason` is
        empty or just that. Raises `AccessError`: SIGNED_OUT, ACCOUNT_EXPIRED, ACCESS_DENIED,
        REASON_NEEDED, TEXT_UNUSABLE, SECOND_PERSON_NEEDED, REQUEST_INVALID.
        """
        with refusal_noted(self._ledger, session, act):
            roles = self._roles_of(session)
            self._check(roles, act, reason, request_id)
            if not _ABOUT.fullmatch(about):
                # It may come from another process, and it goes into the ledger.
                raise AccessError(ErrorCode.TEXT_UNUSABLE)
            check_text(about, len(about))
            agreed = self._agreed(session, act, about, reason, request_id)
        permit = Permit(act, session.user, agreed.by, agreed.reason, about, _GATE)
        payload = {**permit.actor(), "act": act, "role": ",".join(sorted(roles))}
        if about:
            payload["about"] = about
        self._ledger.record(Kind.ACCESS_GRANTED, payload)
        return permit

    def told(self, permit: Permit, kind: Kind, what: Mapping[str, Json]) -> None:
        """Write down what a permit is used for, where its user cannot: beside a running station."""
        self._ledger.record(kind, {**permit.actor(), **what})

    def _check(self, roles: frozenset[Role], act: Act, reason: str, request_id: str) -> None:
        if not self.matrix.may(roles, act):
            raise AccessError(ErrorCode.ACCESS_DENIED)
        # A request has its own: it was not taken up without.
        given = reason.strip() or (request_id and self.matrix.needs_second(act))
        if self.matrix.rules[act].reason and not given:
            raise AccessError(ErrorCode.REASON_NEEDED)
        check_text(reason, MOST_REASON)

    def _agreed(
        self, session: Session, act: Act, about: str, reason: str, request_id: str
    ) -> Agreed:
        if not self.matrix.needs_second(act):
            return Agreed("", reason)
        if not request_id:
            raise AccessError(ErrorCode.SECOND_PERSON_NEEDED)
        agreed = self._requests.take_agreed(request_id, act, session.user, about, reason)
        if self.matrix.rules[act].reason and not agreed.reason.strip():
            raise AccessError(ErrorCode.REASON_NEEDED)
        return agreed


def granted_by_station(act: Act, user: str, second: str, reason: str, about: str) -> Permit:
    """A permit the running station has granted and written down, for the command that asked it.

    `station.desk_permits` alone calls this, with the station's own answer.
    """
    return Permit(act, user, second, reason, about, _GATE)


@contextmanager
def refusal_noted(ledger: Ledger, session: Session, act: Act) -> Iterator[None]:
    """Whatever refuses inside is in the ledger before it goes on."""
    try:
        yield
    except AccessError as error:
        # The reason is left out: it may be what was refused.
        refusal: dict[str, Json] = {"actor": session.user, "act": act, "code": error.code}
        ledger.record(Kind.ACCESS_REFUSED, refusal)
        raise


def check_text(text: str, most: int) -> None:
    """Refuse what a person typed where it cannot be kept or printed.

    Raises `AccessError(TEXT_UNUSABLE)`: longer than `most`, characters that cannot be seen (bidi
    controls among them; the space of Chinese writing is none), or what looks like a full identity
    number, in groups too.
    """
    seen = text.replace("\n", "").replace(_IDEOGRAPHIC_SPACE, "")
    if len(text) > most or not seen.isprintable():
        raise AccessError(ErrorCode.TEXT_UNUSABLE)
    if _GROUPED_NUMBER.search(unicodedata.normalize("NFKC", text)):
        raise AccessError(ErrorCode.TEXT_UNUSABLE)
    try:
        check_payload(text)
    except StationBug as error:
        raise AccessError(ErrorCode.TEXT_UNUSABLE) from error
