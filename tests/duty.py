"""Staff on duty for tests of commands: real accounts, who sign in with both factors.

`duty = Duty()`, give the command's office `duty.room`, and run it with `*duty.signs_in(Role.X)`.
`Duty.at(desk)` hires at an opened station; `on_disk` also lets later commands open it themselves.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

import pytest
from click.testing import Result

from consent.ledger import Ledger
from consent.ledger_port import LedgerStore
from consent.search import Row
from station.access import Role
from station.cli.audit_office import AuditOffice
from station.cli.settled import SettledStation
from station.cli.signing_in import StaffLogin, at_desk
from station.model import Claim, Secret
from station.staffroom import Staffroom
from storage.stores import Stores
from tests.staff_kit import CHEAP, Member, StaffKit


class Desk(Protocol):
    """What of an opened station accounts are made in."""

    @property
    def ledger(self) -> Ledger: ...

    @property
    def stores(self) -> Stores: ...


Run = Callable[..., Result]
Opened = Callable[[], AbstractContextManager[SettledStation]]


class Duty:
    """Members of staff, one for each role asked for."""

    def __init__(self, kit: StaffKit | None = None) -> None:
        self.kit = kit or StaffKit()
        self.staff = self.room = Staffroom(self.kit.accounts, self.kit.requests, self.kit.gate)
        self.opened: Opened | None = None
        """How the station is opened again, where no test holds it open."""
        self._members: dict[tuple[Role, ...], Member] = {
            (Role.SYSTEM_ADMIN,): self.kit.system,
            (Role.SECURITY_ADMIN,): self.kit.security,
        }

    @classmethod
    def at(cls, desk: Desk) -> "Duty":
        """Accounts in the station's own office, told to its own ledger."""
        kit = StaffKit(desk.stores.office, CHEAP, desk.ledger)
        kit.clock.moment = datetime.now(UTC)
        return cls(kit)

    def member(self, *roles: Role) -> Member:
        """Somebody with just these roles; an inspector for twenty days."""
        if roles not in self._members:
            end = max(self.kit.clock.moment, datetime.now(UTC)) + timedelta(days=20)
            ends_s = int(end.timestamp()) if Role.INSPECTOR in roles else 0
            self._members[roles] = self.kit.hire(*roles, ends_s=ends_s)
        return self._members[roles]

    def signs_in(self, *roles: Role) -> list[str]:
        """The options with which somebody of these roles signs in, once."""
        return signing_in(self.kit, self.member(*roles))

    def agree(self, request_id: str, role: Role) -> None:
        """Somebody of this role agrees to a request."""
        if self.opened is None:
            _agree(self.kit, self.room, self.member(role), request_id)
            return
        with self.opened() as desk:
            _agree(self.kit, desk.staff, self.member(role), request_id)

    def in_pairs(self, run: Run, *arguments: str, asks: Role, agrees: Role) -> Result:
        """A command of two people: asked for by one, agreed to by another, run again by the one.

        `run` takes arguments and has to speak English.
        """
        asked = run(*arguments, *self.signs_in(asks))
        found = re.search(r"request (\w+) \(", asked.output)
        assert found, asked.output
        self.agree(found.group(1), agrees)
        return run(*arguments, "--request", found.group(1), *self.signs_in(asks))


def _agree(kit: StaffKit, room: Staffroom, member: Member, request_id: str) -> None:
    secret = Secret(member.password.encode())
    session = room.accounts.sign_in(member.user, secret, kit.code(member))
    room.requests.agree(session, request_id)
    room.accounts.sign_out(session)


@contextmanager
def reading_office(
    duty: Duty, rows: LedgerStore, key: bytes, staff: StaffLogin
) -> Iterator[AuditOffice]:
    """What commands that only read the ledger need, with somebody signed in."""
    with at_desk(duty, staff) as (room, session):
        grant = partial(room.gate.permit, session)
        yield AuditOffice(rows, grant, _nothing, _nothing, _nobody, public_key=key)


def _nothing(*_: object) -> "Iterator[Row]":
    raise AssertionError("only read")


def _nobody(_claim: Claim) -> str:
    raise AssertionError("only read")


def signing_in(kit: StaffKit, member: Member) -> list[str]:
    """`--sign-in-fd` with both factors of `member`, the code used up by it."""
    lines = f"{member.user}\n{member.password}\n{kit.code(member)}".encode()
    end, start = os.pipe()
    os.write(start, lines)
    os.close(start)
    return ["--sign-in-fd", str(end)]


def on_disk(monkeypatch: pytest.MonkeyPatch, opened: Opened, *roles: Role) -> Duty:
    """Hire at a station that every command opens anew; its clock follows the tokens'."""
    monkeypatch.setattr("station.accounts.AccountPolicy", lambda: CHEAP)
    with opened() as desk:
        duty = Duty.at(desk)
        for role in roles:
            duty.member(role)
    duty.opened = opened
    monkeypatch.setattr("station.cli.settled._now", lambda: duty.kit.clock.moment)
    return duty
