"""Every cell of role × act, through the core and through the pages' service.

The table below is typed from section 5.2 of the requirements, not made from the shipped file: the
file has to be equal to it, and the gate and the pages have to do what it says.
"""

import inspect
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_type_hints

import pytest

from consent.draft import draft_of
from consent.entry import parse_entry
from consent.kinds import Kind
from consent.notice_source import read_site, read_templates
from station.access import Act, Role, load_matrix
from station.demo_profile import demo_profile
from station.deployment import to_json
from station.errors import AccessError, ErrorCode, StationError
from station.gate import Session
from station.model import Language
from station.office_desk import StationOffice
from station.office_minors import ChildForm
from station.office_view import AccountLine, ExportTerms, LedgerQuery, NewAccount
from station.premises import NOTICES
from station.requests import digest_of
from tests.office_kit import office_of
from tests.staff_kit import Member, StaffKit
from tests.unit.resident_calls import RESIDENT_CALLS
from tests.unit.rights_calls import RIGHTS_CALLS
from ui.office_service import OfficeService

ROLES = dict(zip("OMPSCAIT", Role, strict=True))
"""Operator, Manager, PI officer, System, seCurity, Auditor, Inspector, mainTainer."""
TABLE = """
RUN_VISIT O
VIEW_MASKED OMP
VIEW_FULL MP
ERASE_ASK O
ERASE MP
ERASE_BATCH MP
RESTRICT MP
RENEW_ONE MP
RENEW_ALL C+C
RECALLS_READ MP
TICKET_OPEN OMP
TICKET_READ MP
TICKET_DECIDE P
MINOR_ENROL O
MINOR_READ P+M
NOTICE_READ MPAI
NOTICE_DRAFT M
NOTICE_PUBLISH M+P
PROFILE_READ MPCAI
PROFILE_DRAFT M
PROFILE_CHANGE M+P
PROFILE_DOWNGRADE M+C
POLICY_READ MPCAI
POLICY_CHANGE M+C
USER_CREATE S+C
USER_CHANGE C+S
USER_LOCK C
USER_UNLOCK C
FACTOR_RESET S+C
USERS_READ SCA
DEVICE_ALLOW C
DEVICE_READ SCAI
KEY_READ CAI
KEY_ROTATE C+CS
BACKUP ST
RESTORE ST+C
HEALTH_READ OMPSCAIT
AUDIT_READ AI
AUDIT_SUMMARY MPAI
AUDIT_EXPORT A+C
AUDIT_UNMASK A+P
INCIDENT_WRITE PC
INCIDENT_READ MPCA
FILING_READ MPA
SIGNAGE MP
STATION_CLOSE OMST
"""
MAY: dict[Act, frozenset[Role]] = {}
SECOND: dict[Act, frozenset[Role]] = {}
for _line in TABLE.split("\n")[1:-1]:
    _act, _cells = _line.split()
    _first, _, _second = _cells.partition("+")
    MAY[Act(_act)] = frozenset(ROLES[letter] for letter in _first)
    SECOND[Act(_act)] = frozenset(ROLES[letter] for letter in _second)
CELLS = [(role, act) for role in Role for act in Act]
IDS = [f"{role}-{act}" for role, act in CELLS]
REASON = "for a test"


def test_the_shipped_file_is_the_table_of_the_requirements() -> None:
    matrix = load_matrix()
    assert {act: rule.roles for act, rule in matrix.rules.items()} == MAY
    assert {act: rule.second for act, rule in matrix.rules.items()} == SECOND
    # Who acts on two people's word is never the one who gave it, so there must be such a pair.
    for act, seconds in SECOND.items():
        assert not seconds or len(MAY[act] | seconds) > 1 or act is Act.RENEW_ALL, act


@dataclass
class Staff:
    """One account per role, two for who agrees, all signed in."""

    kit: StaffKit
    members: dict[Role, Member]
    sessions: dict[Role, Session]
    others: dict[Role, Session]

    def refusals(self, since: int) -> list[tuple[str, str, str]]:
        """Who was refused what, and how, in the ledger from position `since`."""
        entries = [parse_entry(row.body) for row in self.kit.store.rows[since:]]
        return [
            (str(said["actor"]), str(said["act"]), str(said["code"]))
            for entry in entries
            if entry.kind is Kind.ACCESS_REFUSED and (said := entry.payload)
        ]

    def now(self) -> int:
        """The ledger's length."""
        return len(self.kit.store.rows)


@pytest.fixture(scope="module")
def staff() -> Staff:
    kit = StaffKit()
    ends_s = int(kit.clock.moment.timestamp()) + 20 * 24 * 3600

    def hire(role: Role) -> Member:
        return kit.hire(role, ends_s=ends_s if role is Role.INSPECTOR else 0)

    members = {role: hire(role) for role in Role}
    sessions = {role: kit.sign_in(member) for role, member in members.items()}
    others = {role: kit.sign_in(hire(role)) for role in Role}
    return Staff(kit, members, sessions, others)


def code_of(call: Callable[..., object], *values: object, **named: object) -> ErrorCode | None:
    """The code of a refusal; None where it was done."""
    try:
        call(*values, **named)
    except StationError as error:
        return error.code
    return None


@pytest.mark.parametrize(("role", "act"), CELLS, ids=IDS)
def test_the_gate_grants_a_cell_exactly_where_the_table_does(
    staff: Staff, role: Role, act: Act
) -> None:
    session, gate, requests = staff.sessions[role], staff.kit.gate, staff.kit.requests
    document = {"cell": f"{role} {act}"}
    known = staff.now()
    if role not in MAY[act]:
        assert code_of(gate.permit, session, act, reason=REASON) is ErrorCode.ACCESS_DENIED
        expected = 1
        if SECOND[act]:
            asked = code_of(requests.ask, session, act, document, REASON)
            assert asked is ErrorCode.ACCESS_DENIED
            expected = 2
        refusals = staff.refusals(known)
        assert refusals == [(session.user, act, ErrorCode.ACCESS_DENIED)] * expected
        assert staff.now() == known + expected
        return
    if not SECOND[act]:
        permit = gate.permit(session, act, reason=REASON)
        assert (permit.act, permit.user, permit.second) == (act, session.user, "")
        assert parse_entry(staff.kit.store.rows[-1].body).kind is Kind.ACCESS_GRANTED
        return
    assert code_of(gate.permit, session, act, reason=REASON) is ErrorCode.SECOND_PERSON_NEEDED
    assert staff.refusals(staff.now() - 1)[0] == (session.user, act, ErrorCode.SECOND_PERSON_NEEDED)
    for other in Role:
        try_as_second(staff, session, act, document, other)
    # Nobody agrees to their own request, whatever they may be.
    request = requests.ask(session, act, document, REASON)
    assert code_of(requests.agree, session, request.id) is ErrorCode.ACCESS_DENIED
    assert staff.refusals(staff.now() - 1)[0] == (session.user, act, ErrorCode.ACCESS_DENIED)
    requests.refuse(staff.others[min(SECOND[act])], request.id, "not needed")


def try_as_second(
    staff: Staff, asks: Session, act: Act, document: dict[str, str], agrees: Role
) -> None:
    """One request, and whoever has `agrees` as its second person."""
    gate, requests, second = staff.kit.gate, staff.kit.requests, staff.others[agrees]
    request = requests.ask(asks, act, document, REASON)
    terms = {"about": digest_of(document), "reason": REASON, "request_id": request.id}
    if agrees in SECOND[act]:
        requests.agree(second, request.id)
        permit = gate.permit(asks, act, **terms)
        assert (permit.user, permit.second) == (asks.user, second.user)
        assert code_of(gate.permit, asks, act, **terms) is ErrorCode.REQUEST_INVALID, "used up"
        return
    assert code_of(requests.agree, second, request.id) is ErrorCode.ACCESS_DENIED
    assert staff.refusals(staff.now() - 1)[0] == (second.user, act, ErrorCode.ACCESS_DENIED)
    assert code_of(gate.permit, asks, act, **terms) is ErrorCode.REQUEST_INVALID
    staff.kit.book.remove(staff.kit.book.get(*found(staff, request.id)))


def found(staff: Staff, request_id: str) -> tuple[object, str]:
    """Where a request lies: what nobody agreed to must not fill the book."""
    from station.office_book import Shelf

    return Shelf.REQUEST, request_id


# The pages: what they call, and the act each call signs for.

PEOPLE = AccountLine("chen.jie", "陈洁", (Role.OPERATOR,), "ACTIVE", 0, 1, me=False)
SITE = NOTICES / "demo_site.toml"
PROFILE = to_json(demo_profile(SITE))
DRAFT = draft_of("visitor", read_templates(NOTICES, "visitor"), read_site(SITE))
WANTED = NewAccount("chen.jie", frozenset({Role.OPERATOR}), "陈洁", None)
TERMS = ExportTerms()
CHILD = ChildForm("X1", "示例", "0042", "PASSPORT", "PARENT", "BIRTH_CERTIFICATE", seen=True)
TICKET = "0" * 32
"""Of no ticket there is: what passes the gate finds nothing."""
Call = Callable[[StationOffice, Session], object]
CALLS: dict[str, tuple[Act, Call]] = {
    "today": (Act.HEALTH_READ, lambda office, who: office.today(who)),
    "health": (Act.HEALTH_READ, lambda office, who: office.health(who, Language.EN)),
    "devices": (Act.DEVICE_READ, lambda office, who: office.devices(who)),
    "allow_device": (Act.DEVICE_ALLOW, lambda office, who: office.allow_device(who, TICKET)),
    "withdraw_device": (Act.DEVICE_ALLOW, lambda office, who: office.withdraw_device(who, "x")),
    "may_close": (Act.STATION_CLOSE, lambda office, who: office.may_close(who)),
    "accounts": (Act.USERS_READ, lambda office, who: office.accounts(who)),
    "ask_account": (Act.USER_CREATE, lambda office, who: office.ask_account(who, WANTED, REASON)),
    "ask_roles": (
        Act.USER_CHANGE,
        lambda office, who: office.ask_roles(who, PEOPLE, WANTED, REASON),
    ),
    "ask_end": (Act.USER_CHANGE, lambda office, who: office.ask_end(who, PEOPLE, REASON)),
    "ask_factor": (Act.FACTOR_RESET, lambda office, who: office.ask_factor(who, "x.y", REASON)),
    "ask_codes": (Act.FACTOR_RESET, lambda office, who: office.ask_codes(who, REASON)),
    "lock": (Act.USER_LOCK, lambda office, who: office.lock(who, "no.such")),
    "unlock": (Act.USER_UNLOCK, lambda office, who: office.unlock(who, "no.such")),
    "counts": (Act.AUDIT_SUMMARY, lambda office, who: office.counts(who, 7)),
    "ledger": (Act.AUDIT_READ, lambda office, who: office.ledger(who, LedgerQuery())),
    "ledger_person": (Act.AUDIT_READ, lambda office, who: office.ledger_person(who, "X1")),
    "ask_export": (Act.AUDIT_EXPORT, lambda office, who: office.ask_export(who, TERMS, REASON)),
    "place.read": (Act.PROFILE_READ, lambda office, who: office.place.read(who)),
    "place.propose": (
        Act.PROFILE_DRAFT,
        lambda office, who: office.place.propose(who, PROFILE, REASON),
    ),
    "place.notices": (Act.NOTICE_READ, lambda office, who: office.place.notices(who)),
    "place.draft": (Act.NOTICE_DRAFT, lambda office, who: office.place.draft(who, "visitor")),
    "place.keep": (Act.NOTICE_DRAFT, lambda office, who: office.place.keep(who, DRAFT)),
    "place.propose_notice": (
        Act.NOTICE_DRAFT,
        lambda office, who: office.place.propose_notice(who, DRAFT, REASON),
    ),
    "minors.standing": (Act.MINOR_ENROL, lambda office, who: office.minors.standing(who)),
    "minors.begin": (Act.MINOR_ENROL, lambda office, who: office.minors.begin(who, CHILD)),
    "terms.read": (Act.POLICY_READ, lambda office, who: office.terms.read(who)),
    "terms.ask": (Act.POLICY_CHANGE, lambda office, who: office.terms.ask(who, 6, 90, REASON)),
    **RESIDENT_CALLS,
    **RIGHTS_CALLS,
}
"""Calls with an act of their own, refused to whoever may not do it."""
BY_REQUEST = {
    "agree",
    "refuse",
    "carry_out",
    "export",
    "place.put_in_force",
    "place.publish",
    "rights.ask_minor",
    "terms.put_in_force",
}
"""What a request's own act decides; tried below."""
NOT_AN_ACT = {
    "sign_in",
    "second_factor",
    "take_key",
    "break_glass",
    "change_password",
    "sign_out",
    "touch",
    "requests",
    "excluded",
    "newer",
    "place.lacks",
    "place.preview",
}
"""Signing in and out, one's own, a form's blanks; `newer` and `preview` go on with a search and a
draft that were permitted, in that session alone."""


def test_every_call_of_the_pages_is_tried_here() -> None:
    assert calls_of(OfficeService) == {*CALLS, *BY_REQUEST, *NOT_AN_ACT}


def calls_of(service: type, before: str = "") -> set[str]:
    """Names of a service's calls, those of the services it holds as "place.read"."""
    found = set()
    for name, member in inspect.getmembers(service):
        if name.startswith("_"):
            continue
        if inspect.isfunction(member):
            found.add(before + name)
        elif isinstance(member, property):
            found |= calls_of(get_type_hints(member.fget)["return"], f"{before}{name}.")
    return found


@pytest.fixture(scope="module")
def office(staff: Staff) -> StationOffice:
    return office_of(staff.kit)


@pytest.mark.parametrize("name", CALLS)
def test_a_page_is_refused_exactly_where_the_table_does(
    staff: Staff, office: StationOffice, name: str
) -> None:
    act, call = CALLS[name]
    for role, session in staff.sessions.items():
        known = staff.now()
        code = code_of(call, office, session)
        if role in MAY[act]:
            assert code is not ErrorCode.ACCESS_DENIED, (name, role)
            assert staff.refusals(known) == [], (name, role)
        else:
            assert code is ErrorCode.ACCESS_DENIED, (name, role)
            assert staff.refusals(known) == [(session.user, act, code)], (name, role)


@pytest.mark.parametrize("act", [act for act in Act if SECOND[act]])
def test_the_page_of_requests_agrees_and_refuses_by_the_table(
    staff: Staff, office: StationOffice, act: Act
) -> None:
    asks = staff.sessions[min(MAY[act])]
    request = staff.kit.requests.ask(asks, act, {"page": str(act)}, REASON)
    for role, session in staff.others.items():
        listed = {one.id for one in office.requests(session)}
        assert (request.id in listed) is (role in SECOND[act]), role
        if role in SECOND[act]:
            continue
        for answer in (office.agree, lambda who, it: office.refuse(who, it, "no")):
            known = staff.now()
            assert code_of(answer, session, request.id) is ErrorCode.ACCESS_DENIED, role
            assert staff.refusals(known) == [(session.user, act, ErrorCode.ACCESS_DENIED)]
    office.agree(staff.others[min(SECOND[act])], request.id)
    # What was agreed to is the asker's to do: to everybody else it is not there.
    for session in (*staff.others.values(), staff.sessions[min(SECOND[act])]):
        if session == asks:
            continue
        with pytest.raises(AccessError, match=ErrorCode.REQUEST_INVALID.value):
            office.carry_out(session, request.id)
        with pytest.raises(AccessError, match=ErrorCode.REQUEST_INVALID.value):
            office.export(session, request.id, Path("/nowhere"), lambda *_: None, threading.Event())
    staff.kit.book.remove(staff.kit.book.get(*found(staff, request.id)))
