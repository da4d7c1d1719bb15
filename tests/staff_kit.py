"""A staffroom in memory for tests: people hired, signed in with both factors, agreeing in pairs.

`room = StaffKit()`, `session = room.signed_in(Role.MANAGER)`, then `room.gate.permit(session, …)`,
or `room.permit(session, Act.X, document, reason)`: it finds the second person where one is needed.
"""

from base64 import b32decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlparse

from consent.canonical import Json
from consent.entry import Entry, parse_entry
from consent.ledger import Ledger
from station.access import Act, Role
from station.account_forms import Enrolment, Newcomer
from station.accounts import Accounts
from station.gate import Gate, Permit, Session, granted_by_station
from station.model import Secret
from station.office_book import OfficeBook
from station.one_time_code import STEP_S, code_at
from station.passwords import PasswordCost
from station.requests import PendingRequests, digest_of
from station.sign_in import AccountPolicy
from storage.desk_request import Handler, PermittedHandler, Progress, StaffProof
from tests.ledger_fakes import FakeClock, FakeLedgerStore, new_ledger
from tests.office_fakes import MemoryBook

_STEP = timedelta(seconds=STEP_S)
ANYBODY = StaffProof("li.wei", "Yk7#mirror-Otter", "123456")
CHEAP = AccountPolicy(cost=PasswordCost(1, 64, 1))


@dataclass
class Member:
    """Somebody with an account: what they remember and what their token holds."""

    user: str
    password: str
    token: bytes


class StaffKit:
    """Accounts, requests and gate over a book and a ledger in memory, with a clock tests turn."""

    def __init__(
        self,
        book: OfficeBook | None = None,
        policy: AccountPolicy = CHEAP,
        ledger: Ledger | None = None,
    ) -> None:
        self.store = FakeLedgerStore()
        self.clock = FakeClock()
        self.ledger: Ledger = ledger or new_ledger(self.store, clock=self.clock)[0]
        self.book: OfficeBook = book or MemoryBook()
        self.ticks_s = 1000.0
        self.policy = policy
        self.accounts = self.another()
        matrix = self.accounts.matrix
        self.requests = PendingRequests(self.book, self.ledger, self.clock, matrix, self.accounts)
        self.gate = Gate(matrix, self.accounts.roles_of, self.requests, self.ledger)
        self.members: dict[str, Member] = {}
        first, second, self.glass = self.accounts.first(
            Newcomer("root.sys", "系统员", frozenset()), Newcomer("root.sec", "安全员", frozenset())
        )
        self.system, self.security = self.meet(first), self.meet(second)

    def another(self) -> Accounts:
        """Accounts over the same book, as another process has them."""
        return Accounts(self.book, self.ledger, self.clock, self.policy, lambda: self.ticks_s)

    def meet(self, enrolment: Enrolment) -> Member:
        """Take what a new member is shown, sign in once and choose a password."""
        member = taken(enrolment)
        session = self.sign_in(member)
        chosen = f"Yk7#mirror-Otter-{len(self.members)}"
        self.accounts.change_password(
            session, Secret(member.password.encode()), Secret(chosen.encode())
        )
        self.accounts.sign_out(session)
        member.password = chosen
        self.members[member.user] = member
        return member

    def code(self, member: Member) -> str:
        """The next code of the member's token; the clock moves on, for each counts once."""
        self.clock.moment += _STEP
        return self.code_now(member)

    def code_now(self, member: Member) -> str:
        """The code the token shows now."""
        return code_at(member.token, int(self.clock.moment.timestamp()) // STEP_S)

    def sign_in(self, member: Member) -> Session:
        """Sign a member in with both factors."""
        return self.accounts.sign_in(
            member.user, Secret(member.password.encode()), self.code(member)
        )

    def hire(self, *roles: Role, user: str = "", ends_s: int = 0) -> Member:
        """Make an account through the gate, asked by one and agreed to by another."""
        name = user or f"staff.{len(self.members)}"
        newcomer = Newcomer(name, f"员工{len(self.members)}", frozenset(roles), ends_s)
        asking = self.sign_in(self.system)
        permit = self.permit(asking, Act.USER_CREATE, newcomer.document())
        member = self.meet(self.accounts.create(permit, newcomer))
        self.accounts.sign_out(asking)
        return member

    def signed_in(self, *roles: Role) -> Session:
        """A session of somebody new who has just these roles."""
        return self.sign_in(self.hire(*roles))

    def permit(
        self, session: Session, act: Act, document: Mapping[str, Json], reason: str = ""
    ) -> Permit:
        """A permit for an act about a document, with a second person where one is needed."""
        about, request_id = digest_of(document), ""
        rule = self.accounts.matrix.rules[act]
        reason = reason or ("for a test" if rule.reason else "")
        if rule.second:
            request_id = self.requests.ask(session, act, document, reason).id
            other = self.second_for(act)
            self.requests.agree(other, request_id)
            self.accounts.sign_out(other)
        return self.gate.permit(session, act, about=about, reason=reason, request_id=request_id)

    def permit_by(
        self, session: Session, act: Act, document: Mapping[str, Json], other: Member
    ) -> Permit:
        """A permit for an act of two, agreed to by `other`."""
        request = self.requests.ask(session, act, document)
        agreeing = self.sign_in(other)
        self.requests.agree(agreeing, request.id)
        self.accounts.sign_out(agreeing)
        return self.gate.permit(session, act, about=request.about, request_id=request.id)

    def second_for(self, act: Act) -> Session:
        """A session of somebody who may be the second person of an act."""
        second = self.accounts.matrix.rules[act].second
        if Role.SECURITY_ADMIN in second:
            return self.sign_in(self.security)
        if Role.SYSTEM_ADMIN in second:
            return self.sign_in(self.system)
        return self.signed_in(min(second))

    def entries(self) -> list[Entry]:
        """The ledger, oldest first."""
        return [parse_entry(row.body) for row in self.store.rows]


def a_permit(act: Act, user: str = "li.wei") -> Permit:
    """A permit as if the gate had given it, for tests of what is done with one."""
    return granted_by_station(act, user, "", "", "")


def unguarded(act: Act, handler: PermittedHandler) -> Handler:
    """An order's handler without a gate before it, for tests of the order alone."""

    def carried_out(
        body: Mapping[str, object], staff: StaffProof | None, progress: Progress
    ) -> Mapping[str, object]:
        return handler(body, a_permit(act, staff.user if staff else ""), progress)

    return carried_out


def taken(enrolment: Enrolment) -> Member:
    """What a new member remembers and scans."""
    query = parse_qs(urlparse(enrolment.factor.reveal().decode()).query)
    secret = query["secret"][0]
    token = b32decode(secret + "=" * (-len(secret) % 8))
    return Member(enrolment.user, enrolment.password.reveal().decode(), token)
