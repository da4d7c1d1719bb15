"""Where the commands of `station users` work: the station opened, and somebody signed in."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from station.access import Act
from station.cli.signing_in import at_desk
from station.cli.staff_call import StaffCall, staff_call
from station.cli.users_shown import say
from station.errors import AccessError, ErrorCode, StorageError
from station.model import Language

if TYPE_CHECKING:
    from consent.canonical import Json
    from station.account_forms import AccountView
    from station.gate import Permit, Session
    from station.requests import Request
    from station.staffroom import Staffroom


@dataclass(frozen=True, slots=True)
class UsersDesk:
    """One command of somebody signed in."""

    room: "Staffroom"
    session: "Session"
    language: Language

    def say(self, key: str, **figures: object) -> None:
        """Print one sentence of these commands."""
        click.echo(say(key, self.language, **figures))

    def accounts(self) -> "tuple[AccountView, ...]":
        """The list of accounts. Raises `AccessError`."""
        return self.room.accounts.listed(self.room.gate.permit(self.session, Act.USERS_READ))

    def account(self, user: str) -> "AccountView":
        """One account of the list. Raises `StorageError(SHEET_MISSING)`."""
        found = next((one for one in self.accounts() if one.user == user), None)
        if found is None:
            raise StorageError(ErrorCode.SHEET_MISSING)
        return found

    def permit(self, act: Act, user: str, reason: str) -> "Permit":
        """A permit for an act of one person about an account. Raises `AccessError`."""
        from station.account_forms import account_document
        from station.requests import digest_of

        about = digest_of(account_document(user))
        return self.room.gate.permit(self.session, act, about=about, reason=reason)

    def ask(self, act: Act, document: "Mapping[str, Json]", reason: str) -> None:
        """Ask for the second person of an act, and print the request's id."""
        request = self.room.requests.ask(self.session, act, document, reason)
        self.say("asked", id=request.id)

    def request(self, request_id: str) -> "Request":
        """An own request. Raises `AccessError(REQUEST_INVALID)`."""
        own = self.room.requests.own(self.session)
        found = next((one for one in own if one.id == request_id), None)
        if found is None:
            raise AccessError(ErrorCode.REQUEST_INVALID)
        return found


def at_users_desk(command: Callable[..., None]) -> Callable[..., None]:
    """Open the station and sign in; the command gets a `UsersDesk` and its own options."""

    @functools.wraps(command)
    def at_office(call: StaffCall, /, **named: object) -> None:
        from station.cli.settled import settled_station

        with (
            settled_station(call.descriptor) as desk,
            at_desk(desk, call.staff) as (room, session),
        ):
            command(UsersDesk(room, session, call.language), **named)

    return staff_call(at_office)
