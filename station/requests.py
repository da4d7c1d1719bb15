"""Requests that wait for a second person: asked by one, agreed to by another, used once.

A request is about one document; whoever agrees sees it, and it can be used for exactly that. It
runs out after three days. Every step is in the ledger, and so is every refusal.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from consent.canonical import Json, encode
from consent.digest import sm3, to_text
from consent.kinds import Kind
from consent.ledger import Ledger
from station.access import Act, Matrix, Role
from station.errors import AccessError, ErrorCode, StationBug, StorageError
from station.gate import MOST_REASON, Agreed, Session, check_text, refusal_noted
from station.office_book import MOST_BYTES, OfficeBook, Sheet, Shelf

VALID_S = 72 * 3600
"""How long a request can be agreed to and used, in seconds."""
MOST_WAITING = 200
"""More requests than that at a time are refused: somebody is filling the book."""
MOST_OWN = 40
"""And more than that of one person: nobody may fill it for all the others."""
_MOST_TEXT = 2000
_MOST_DEPTH = 8
_OWN_ACCOUNT = frozenset(
    {Act.USER_CREATE, Act.USER_CHANGE, Act.USER_LOCK, Act.USER_UNLOCK, Act.FACTOR_RESET}
)


class Staff(Protocol):
    """Who is who (`station.accounts`)."""

    def roles_of(self, session: Session) -> frozenset[Role]:
        """What somebody signed in may be. Raises `AccessError` for a session that is over."""
        ...

    def roles_of_user(self, user: str) -> frozenset[Role]:
        """What somebody may be now; nothing for an account that is locked, expired or gone."""
        ...


class RequestState(StrEnum):
    """Where a request is. One that was used is gone."""

    WAITING = "WAITING"
    AGREED = "AGREED"
    REFUSED = "REFUSED"


class _Form(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    act: Act
    asker: str
    about: str
    reason: str
    document: dict[str, object]
    asked_s: int
    state: RequestState
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it stands. `document` is what it is about; it may concern a person."""

    id: str
    act: Act
    asker: str
    about: str
    """Digest of the document (`digest_of`), as a permit has it."""
    reason: str
    document: Mapping[str, Json] = field(repr=False)
    asked_s: int
    state: RequestState = RequestState.WAITING
    by: str = ""
    """Who agreed or refused."""
    why: str = ""
    """The reason of a refusal."""

    def to_bytes(self) -> bytes:
        """The body of its sheet."""
        return encode(
            {
                "act": self.act,
                "asker": self.asker,
                "about": self.about,
                "reason": self.reason,
                "document": self.document,
                "asked_s": self.asked_s,
                "state": self.state,
                "by": self.by,
                "why": self.why,
            }
        )

    @property
    def reference(self) -> str:
        """Its name in the ledger: not the sheet's, which would join the two."""
        return reference_of(self.id)


class PendingRequests:
    """The requests of one station; what `Gate` calls `Requests`. Safe from any thread."""

    def __init__(
        self,
        book: OfficeBook,
        ledger: Ledger,
        now: Callable[[], datetime],
        matrix: Matrix,
        staff: Staff,
    ) -> None:
        self._book = book
        self._ledger = ledger
        self._now = now
        self._matrix = matrix
        self._roles_of = staff.roles_of
        self._roles_of_user = staff.roles_of_user

    def ask(
        self, session: Session, act: Act, document: Mapping[str, Json], reason: str = ""
    ) -> Request:
        """Ask for an act that takes two people.

        Raises `AccessError`: SIGNED_OUT, ACCESS_DENIED, REASON_NEEDED, TEXT_UNUSABLE,
        REQUESTS_TOO_MANY.
        """
        with refusal_noted(self._ledger, session, act):
            roles = self._roles_of(session)
            if not self._matrix.needs_second(act):
                raise StationBug("this act takes one person")
            if not self._matrix.may(roles, act) or _is_own(act, document, session.user):
                raise AccessError(ErrorCode.ACCESS_DENIED)
            if self._matrix.rules[act].reason and not reason.strip():
                raise AccessError(ErrorCode.REASON_NEEDED)
            check_text(reason, MOST_REASON)
            _check_document(document, 0)
            self._drop_ended()
            self._check_room(session.user)
            about, asked_s = digest_of(document), self._now_s()
            request = Request("", act, session.user, about, reason, document, asked_s)
            if len(request.to_bytes()) > MOST_BYTES // 2:
                raise AccessError(ErrorCode.TEXT_UNUSABLE)
        payload: dict[str, Json] = {"actor": session.user, "act": act, "about": about}
        if reason:
            payload["reason"] = reason
        self._ledger.record(Kind.REQUEST_ASKED, payload)
        sheet = self._book.add(Shelf.REQUEST, request.to_bytes())
        return replace(request, id=sheet.id)

    def waiting(self, session: Session) -> tuple[Request, ...]:
        """The requests this person may agree to, the oldest first."""
        roles = self._roles_of(session)
        found = [
            request
            for _, request in self._all()
            if request.state is RequestState.WAITING
            and self._may_agree(session.user, roles, request)
        ]
        return tuple(sorted(found, key=lambda one: (one.asked_s, one.id)))

    def own(self, session: Session) -> tuple[Request, ...]:
        """What this person has asked for and not used yet, the oldest first."""
        self._roles_of(session)
        found = [request for _, request in self._all() if request.asker == session.user]
        return tuple(sorted(found, key=lambda one: (one.asked_s, one.id)))

    def check_agreeable(self, request_id: str, user: str, roles: frozenset[Role]) -> None:
        """Whether `user`, with `roles`, could agree now. Raises `AccessError(REQUEST_INVALID)`."""
        _, request = self._known(request_id)
        waits = request.state is RequestState.WAITING
        if not waits or not self._may_agree(user, roles, request):
            raise AccessError(ErrorCode.REQUEST_INVALID)

    def agree(self, session: Session, request_id: str) -> Request:
        """Be the second person. Raises `AccessError`: ACCESS_DENIED, REQUEST_INVALID and more."""
        return self._decide(session, request_id, RequestState.AGREED, "")

    def refuse(self, session: Session, request_id: str, reason: str) -> Request:
        """Say no, with a reason; the asker sees it. Raises `AccessError` as `agree` does."""
        return self._decide(session, request_id, RequestState.REFUSED, reason)

    def take_agreed(self, request_id: str, act: Act, user: str, about: str, reason: str) -> Agreed:
        """Use up an agreed request of `user`; who agreed, and to which reason.

        Raises `AccessError(REQUEST_INVALID)` when it was not agreed, is used, has run out, or was
        for something else or for another reason; also when whoever agreed may do so no longer.
        """
        sheet, request = self._known(request_id)
        same = request.act is act and request.asker == user and request.about == about
        same = same and reason.strip() in ("", request.reason.strip())
        if not same or request.state is not RequestState.AGREED or request.by == user:
            raise AccessError(ErrorCode.REQUEST_INVALID)
        if not self._matrix.may_agree(self._roles_of_user(request.by), act):
            raise AccessError(ErrorCode.REQUEST_INVALID)
        try:
            self._book.remove(sheet)
        except AccessError as error:
            raise AccessError(ErrorCode.REQUEST_INVALID) from error
        return Agreed(request.by, request.reason)

    def _decide(self, session: Session, request_id: str, state: RequestState, why: str) -> Request:
        sheet, request = self._seen(session, request_id)
        with refusal_noted(self._ledger, session, request.act):
            roles = self._roles_of(session)
            if not self._may_agree(session.user, roles, request):
                raise AccessError(ErrorCode.ACCESS_DENIED)
            if request.state is not RequestState.WAITING:
                raise AccessError(ErrorCode.REQUEST_INVALID)
            if state is RequestState.REFUSED and not why.strip():
                raise AccessError(ErrorCode.REASON_NEEDED)
            check_text(why, MOST_REASON)
        decided = replace(request, state=state, by=session.user, why=why)
        payload: dict[str, Json] = {
            "actor": session.user,
            "act": request.act,
            "about": request.about,
            "asked_by": request.asker,
            "request": request.reference,
        }
        kind = Kind.REQUEST_AGREED if state is RequestState.AGREED else Kind.REQUEST_REFUSED
        self._ledger.record(kind, {**payload, "reason": why} if why else payload)
        self._book.replace(sheet, decided.to_bytes())
        return decided

    def _may_agree(self, user: str, roles: frozenset[Role], request: Request) -> bool:
        return (
            request.asker != user
            and self._matrix.may_agree(roles, request.act)
            and not _is_own(request.act, request.document, user)
        )

    def _seen(self, session: Session, request_id: str) -> tuple[Sheet, Request]:
        # Who is signed out learns nothing about which requests there are.
        self._roles_of(session)
        return self._known(request_id)

    def _known(self, request_id: str) -> tuple[Sheet, Request]:
        try:
            sheet = self._book.get(Shelf.REQUEST, request_id)
        except StorageError as error:
            if error.code is not ErrorCode.SHEET_MISSING:
                raise
            raise AccessError(ErrorCode.REQUEST_INVALID) from error
        request = _request(sheet)
        if self._has_ended(request):
            raise AccessError(ErrorCode.REQUEST_INVALID)
        return sheet, request

    def _all(self) -> Iterator[tuple[Sheet, Request]]:
        for sheet in self._book.all(Shelf.REQUEST):
            request = _request(sheet)
            if not self._has_ended(request):
                yield sheet, request

    def _check_room(self, user: str) -> None:
        askers = [request.asker for _, request in self._all()]
        if len(askers) >= MOST_WAITING or askers.count(user) >= MOST_OWN:
            raise AccessError(ErrorCode.REQUESTS_TOO_MANY)

    def _drop_ended(self) -> None:
        for sheet in list(self._book.all(Shelf.REQUEST)):
            if self._has_ended(_request(sheet)):
                with _changed_is_fine():
                    self._book.remove(sheet)

    def _has_ended(self, request: Request) -> bool:
        return not 0 <= self._now_s() - request.asked_s < VALID_S

    def _now_s(self) -> int:
        return int(max(self._now(), self._ledger.high_water()).timestamp())


def digest_of(document: Mapping[str, Json]) -> str:
    """What request, permit and ledger call a document: SM3 of its canonical form."""
    return to_text(sm3(encode(document)))


def reference_of(request_id: str) -> str:
    """The name of a request in the ledger."""
    return to_text(sm3(b"request|" + request_id.encode()))[:22]


def _is_own(act: Act, document: Mapping[str, Json], user: str) -> bool:
    return act in _OWN_ACCOUNT and document.get("user") == user


def _check_document(value: Json, depth: int) -> None:
    """Every text in it is one that can be kept and printed."""
    if depth > _MOST_DEPTH:
        raise AccessError(ErrorCode.TEXT_UNUSABLE)
    if isinstance(value, str):
        check_text(value, _MOST_TEXT)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            check_text(key, _MOST_TEXT)
            _check_document(item, depth + 1)
    elif not isinstance(value, int):
        for item in value:
            _check_document(item, depth + 1)


@contextmanager
def _changed_is_fine() -> Iterator[None]:
    try:
        yield
    except AccessError as error:
        if error.code is not ErrorCode.CHANGED_MEANWHILE:
            raise


def _request(sheet: Sheet) -> Request:
    try:
        form = msgspec.json.decode(sheet.body, type=_Form)
        # Canonical again, or it is not what was digested.
        document: Mapping[str, Json] = form.document  # type: ignore[assignment]
        encode(document)
    except (msgspec.MsgspecError, StationBug) as error:
        raise StorageError(ErrorCode.STORE_CORRUPT) from error
    return Request(
        sheet.id,
        form.act,
        form.asker,
        form.about,
        form.reason,
        document,
        form.asked_s,
        form.state,
        form.by,
        form.why,
    )
