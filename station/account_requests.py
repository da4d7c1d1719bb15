"""Agreed requests about accounts, carried out: what was agreed to is what is done, nothing else."""

from collections.abc import Iterable, Mapping

from consent.canonical import Json
from station.access import Act, Role
from station.account_forms import Enrolment, GlassPair, Newcomer
from station.account_sheets import BREAK_GLASS_USER
from station.errors import AccessError, ErrorCode
from station.gate import MOST_REASON, Permit, Session, check_text
from station.requests import Request
from station.sign_in import EMERGENCY_ROLES
from station.staffroom import Staffroom

ACCOUNT_ACTS = frozenset({Act.USER_CREATE, Act.USER_CHANGE, Act.FACTOR_RESET})
"""Acts on accounts that take two people."""


def carry_out(room: Staffroom, session: Session, request: Request) -> Enrolment | GlassPair | None:
    """Do what `request`, agreed to, is about; what is to be shown once comes back.

    Raises `AccessError`: REQUEST_INVALID, ACCESS_DENIED, and what `Accounts` refuses.
    """
    if request.act not in ACCOUNT_ACTS:
        raise AccessError(ErrorCode.REQUEST_INVALID)
    permit = room.gate.permit(session, request.act, about=request.about, request_id=request.id)
    try:
        return _carried_out(room, permit, request)
    except (KeyError, ValueError, TypeError) as error:
        # Asked for in another form than ours: it was agreed to, and still cannot be done.
        raise AccessError(ErrorCode.REQUEST_INVALID) from error


def check_emergency(
    room: Staffroom, agreed: Iterable[str], unlocked: Iterable[str], reason: str
) -> None:
    """Refuse now what would be refused later: the sealed codes are void once they were used.

    Raises `AccessError`: REASON_NEEDED, TEXT_UNUSABLE, REQUEST_INVALID;
    `StorageError(SHEET_MISSING)`.
    """
    if not reason.strip():
        raise AccessError(ErrorCode.REASON_NEEDED)
    check_text(reason, MOST_REASON)
    for request_id in agreed:
        room.requests.check_agreeable(request_id, BREAK_GLASS_USER, EMERGENCY_ROLES)
    for user in unlocked:
        room.accounts.check_known(user)


def newcomer_of(document: Mapping[str, Json]) -> Newcomer:
    """Inverse of `Newcomer.document`. Raises `ValueError`, `KeyError`, `TypeError`."""
    return Newcomer(
        _text(document["user"]),
        _text(document["name"]),
        _roles(document["roles"]),
        _number(document["ends_s"]),
    )


def _carried_out(room: Staffroom, permit: Permit, request: Request) -> Enrolment | GlassPair | None:
    accounts, document = room.accounts, request.document
    if request.act is Act.USER_CREATE:
        return accounts.create(permit, newcomer_of(document))
    user = _text(document["user"])
    if request.act is Act.FACTOR_RESET:
        if user == BREAK_GLASS_USER:
            return accounts.new_glass(permit)
        return accounts.reset_factor(permit, user)
    revision = _number(document["revision"])
    if "expire" in document:
        accounts.expire(permit, user, revision)
    else:
        roles, ends_s = _roles(document["roles"]), _number(document["ends_s"])
        accounts.assign_roles(permit, user, roles, ends_s, revision)
    return None


def _roles(value: Json) -> frozenset[Role]:
    if not isinstance(value, list):
        raise TypeError("not a list of roles")
    return frozenset(Role(name) for name in value)


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _number(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a number")
    return value
