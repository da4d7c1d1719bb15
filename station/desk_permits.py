"""Permits beside a running kiosk: its ledger has one writer, so that it signs people in itself.

A command seals both factors and what it is for into an order (`storage.desk_request`). The kiosk
checks them, writes grant or refusal into the ledger and answers; the command then reads, or has the
kiosk do what changes anything, in the same order (`permitted`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from station.access import Act
from station.errors import AccessError, ErrorCode
from station.gate import Permit, Session, granted_by_station
from station.model import Secret
from station.requests import digest_of
from station.staffroom import Staffroom
from storage.desk_request import Handler, Progress, StaffProof, ask_station

PERMIT = "PERMIT"
"""Name of the order."""
_REASON, _REQUEST = "reason", "request"


def permit_orders(room: Staffroom) -> Handler:
    """What the running station does with an order for a permit."""

    def grant(
        body: Mapping[str, object], staff: StaffProof | None, _progress: Progress
    ) -> Mapping[str, object]:
        act = Act(str(body["act"]))
        about, reason, request_id = (str(body[name]) for name in ("about", _REASON, _REQUEST))
        with _signed_in(room, staff) as session:
            permit = room.gate.permit(
                session, act, about=about, reason=reason, request_id=request_id
            )
        return {"user": permit.user, "second": permit.second}

    return grant


def permitted(room: Staffroom, act: Act, handler: Handler) -> Handler:
    """`handler` only for whoever may do `act`; what it is about is the order's whole body.

    "reason" and "request" of the body are for the gate, and the handler does not see them.
    """

    def guarded(
        body: Mapping[str, object], staff: StaffProof | None, progress: Progress
    ) -> Mapping[str, object]:
        rest = {name: value for name, value in body.items() if name not in {_REASON, _REQUEST}}
        with _signed_in(room, staff) as session:
            room.gate.permit(
                session,
                act,
                about=digest_of(rest),  # type: ignore[arg-type]
                reason=str(body.get(_REASON, "")),
                request_id=str(body.get(_REQUEST, "")),
            )
        return handler(rest, None, progress)

    return guarded


def ask_permit(
    home: Path,
    staff: StaffProof,
    act: Act,
    *,
    about: str = "",
    reason: str = "",
    request_id: str = "",
) -> Permit:
    """A permit from the station that runs in `home`; blocks until it answers.

    Raises `AccessError` as sign-in and gate do, `StorageError(STORE_LOCKED)` without an answer.
    """
    body = {"act": act.value, "about": about, _REASON: reason, _REQUEST: request_id}
    found = ask_station(home, PERMIT, body, staff=staff)
    user, second = found.get("user"), found.get("second")
    if user != staff.user or not isinstance(second, str):
        raise AccessError(ErrorCode.ACCESS_DENIED)
    return granted_by_station(act, staff.user, second, reason, about)


@contextmanager
def _signed_in(room: Staffroom, staff: StaffProof | None) -> Iterator[Session]:
    if staff is None:
        raise AccessError(ErrorCode.SIGNED_OUT)
    password = Secret(staff.password.encode("utf-8", "surrogatepass"))
    session = room.accounts.sign_in(staff.user, password, staff.code)
    try:
        yield session
    finally:
        password.wipe()
        room.accounts.sign_out(session)
