"""Permits beside a running kiosk: its ledger has one writer, so that it signs people in itself.

A command seals both factors and what it is for into an order (`storage.desk_request`). The kiosk
checks them, writes grant or refusal into the ledger and answers; the command then reads, or has the
kiosk do what changes anything, in the same order (`permitted`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from consent.canonical import Json
from consent.kinds import Kind
from consent.ledger import acting
from station.access import Act
from station.errors import AccessError, ErrorCode
from station.gate import Permit, Session, granted_by_station
from station.model import Secret
from station.requests import digest_of
from station.staffroom import Staffroom
from storage.backup_request import BACKUP
from storage.desk_request import (
    Handler,
    PermittedHandler,
    Progress,
    StaffProof,
    ask_station,
)
from storage.rotation_request import ROTATION

PERMIT, ASK = "PERMIT", "ASK"
"""Names of the orders: for a permit, and for a request that a second person may agree to."""
_REASON, _REQUEST, _NOTED = "reason", "request", "noted"


def permit_orders(room: Staffroom) -> Handler:
    """What the running station does with an order for a permit."""

    def grant(
        body: Mapping[str, object], staff: StaffProof | None, _progress: Progress
    ) -> Mapping[str, object]:
        act = Act(str(body["act"]))
        about, reason, request_id = (str(body[name]) for name in ("about", _REASON, _REQUEST))
        noted = _reading(body, about) if act is Act.AUDIT_READ else None
        with _signed_in(room, staff) as session:
            permit = room.gate.permit(
                session, act, about=about, reason=reason, request_id=request_id
            )
            if noted is not None:
                # Before its first line is shown, as where the reader writes the ledger itself.
                room.gate.told(permit, Kind.AUDIT_READ, noted)
        return {"user": permit.user, "second": permit.second, _REASON: permit.reason}

    return grant


def _reading(body: Mapping[str, object], about: str) -> dict[str, Json]:
    # On first use: nothing of it belongs to the start of a kiosk.
    from station.audit_desk import reading_told

    return reading_told(body.get(_NOTED), about)


def request_orders(room: Staffroom) -> Handler:
    """What the running station does with an order to ask for an act of two people."""

    def ask(
        body: Mapping[str, object], staff: StaffProof | None, _progress: Progress
    ) -> Mapping[str, object]:
        document = body["document"]
        if not isinstance(document, dict):
            raise AccessError(ErrorCode.TEXT_UNUSABLE)
        with _signed_in(room, staff) as session:
            act, reason = Act(str(body["act"])), str(body[_REASON])
            return {_REQUEST: room.requests.ask(session, act, document, reason).id}

    return ask


def staff_orders(
    room: Staffroom, backups: PermittedHandler, rotations: PermittedHandler
) -> dict[str, Handler]:
    """Everything a running station can be asked for."""
    return {
        PERMIT: permit_orders(room),
        ASK: request_orders(room),
        BACKUP: permitted(room, Act.BACKUP, backups),
        ROTATION: permitted(room, Act.KEY_ROTATE, rotations),
    }


def permitted(room: Staffroom, act: Act, handler: PermittedHandler) -> Handler:
    """`handler` only for whoever may do `act`; what it is about is the order's whole body.

    "reason" and "request" of the body are for the gate, and the handler does not see them.
    """

    def guarded(
        body: Mapping[str, object], staff: StaffProof | None, progress: Progress
    ) -> Mapping[str, object]:
        rest = {name: value for name, value in body.items() if name not in {_REASON, _REQUEST}}
        with _signed_in(room, staff) as session:
            permit = room.gate.permit(
                session,
                act,
                about=digest_of(rest),  # type: ignore[arg-type]
                reason=str(body.get(_REASON, "")),
                request_id=str(body.get(_REQUEST, "")),
            )
        with acting(permit.actor()):
            return handler(rest, permit, progress)

    return guarded


def ask_permit(
    home: Path,
    staff: StaffProof,
    act: Act,
    *,
    about: str = "",
    reason: str = "",
    request_id: str = "",
    noted: Mapping[str, Json] | None = None,
) -> Permit:
    """A permit from the station that runs in `home`; blocks until it answers.

    `noted` is what its ledger shall say of the use (`audit_desk.reading_noted`).

    Raises `AccessError` as sign-in and gate do, `StorageError(STORE_LOCKED)` without an answer.
    """
    body: dict[str, object] = {"act": act.value, "about": about}
    body |= {_REASON: reason, _REQUEST: request_id} | ({_NOTED: noted} if noted else {})
    found = ask_station(home, PERMIT, body, staff=staff)
    second, why = found.get("second"), found.get(_REASON)
    if found.get("user") != staff.user or not isinstance(second, str) or not isinstance(why, str):
        raise AccessError(ErrorCode.ACCESS_DENIED)
    return granted_by_station(act, staff.user, second, why, about)


def ask_request(
    home: Path, staff: StaffProof, act: Act, document: Mapping[str, Json], reason: str
) -> str:
    """Have the station that runs in `home` take up a request; returns its id.

    Raises as `ask_permit` does.
    """
    body = {"act": act.value, "document": document, _REASON: reason}
    return str(ask_station(home, ASK, body, staff=staff).get(_REQUEST))


@contextmanager
def _signed_in(room: Staffroom, staff: StaffProof | None) -> Iterator[Session]:
    if staff is None:
        raise AccessError(ErrorCode.SIGNED_OUT)
    password = Secret(staff.password.encode("utf-8", "surrogatepass"))
    given = room.key_reader() if staff.key else staff.code
    session = room.accounts.sign_in(staff.user, password, given)
    try:
        yield session
    finally:
        password.wipe()
        room.accounts.sign_out(session)
