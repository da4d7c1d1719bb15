"""The office's core: every call signs for itself at the gate, and does what was agreed to."""

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from consent.kinds import Kind
from station.access import Act, Role
from station.errors import ErrorCode, StationError
from station.gate import Session
from station.model import Language
from station.office_desk import StationOffice
from station.office_view import (
    MOST_LINES,
    ExportTerms,
    FirstSecret,
    LedgerQuery,
    NewAccount,
    SignedIn,
)
from tests.office_kit import office_of
from tests.staff_kit import Member, StaffKit

Room = tuple[StaffKit, StationOffice]


@pytest.fixture
def room() -> Room:
    kit = StaffKit()
    return kit, office_of(kit)


def _code(call, *values, **named) -> ErrorCode:
    with pytest.raises(StationError) as raised:
        call(*values, **named)
    return raised.value.code


def _in(room: Room, member: Member) -> Session:
    return _who(room, member).session


def _who(room: Room, member: Member) -> SignedIn:
    kit, office = room
    return office.sign_in(member.user, member.password, kit.code(member))


def _kinds(kit: StaffKit) -> list[Kind]:
    return [entry.kind for entry in kit.entries()]


def test_signing_in_shows_what_the_matrix_gives(room: Room) -> None:
    kit, office = room
    who = _who(room, kit.security)
    assert who.roles == (Role.SECURITY_ADMIN,) and not who.must_change
    assert Act.USER_LOCK in who.acts and Act.AUDIT_READ not in who.acts
    assert who.agrees == {
        act for act in Act if kit.gate.matrix.may_agree([Role.SECURITY_ADMIN], act)
    }
    assert _code(office.sign_in, "root.sec", "wrong", "000000") is ErrorCode.SIGN_IN_FAILED
    office.sign_out(who.session, idle=True)
    assert _code(office.touch, who.session) is ErrorCode.SIGNED_OUT
    assert kit.entries()[-1].payload["why"] == "IDLE"


def test_a_newcomer_from_the_form_to_a_password_of_their_own(room: Room) -> None:
    kit, office = room
    system, security = _in(room, kit.system), _in(room, kit.security)
    wanted = NewAccount("sun.yu", frozenset({Role.INSPECTOR}), "孙宇", 21)
    office.ask_account(system, wanted, "街道来检查")
    (own,) = office.requests(system)
    assert own.mine and not own.decides and own.state == "WAITING" and not own.ready
    (asked,) = office.requests(security)
    assert asked.decides and asked.reason == "街道来检查" and asked.user == "root.sys"
    shown = {change.field: change.after for change in asked.changes}
    assert shown["user"] == "sun.yu" and shown["roles"] == "INSPECTOR" and shown["name"] == "孙宇"
    assert shown["until"].startswith("2026-03-22")
    assert _code(office.carry_out, system, own.id) is ErrorCode.REQUEST_INVALID
    office.agree(security, asked.id)
    (agreed,) = office.requests(system)
    assert agreed.ready and agreed.second == "root.sec" and agreed.where == ""
    assert _code(office.carry_out, security, agreed.id) is ErrorCode.REQUEST_INVALID
    secret = office.carry_out(system, agreed.id)
    assert isinstance(secret, FirstSecret) and secret.password not in repr(secret)
    assert _code(office.carry_out, system, agreed.id) is ErrorCode.REQUEST_INVALID
    from station.account_forms import Enrolment
    from station.model import Secret
    from tests.staff_kit import taken

    member = taken(
        Enrolment("sun.yu", Secret(secret.password.encode()), Secret(secret.totp_uri.encode()))
    )
    who = _who(room, member)
    assert who.must_change and who.acts == frozenset() and who.roles == ()
    assert _code(office.today, who.session) is ErrorCode.PASSWORD_CHANGE_NEEDED
    assert _code(office.change_password, who.session, member.password, "short") is (
        ErrorCode.PASSWORD_WEAK
    )
    who = office.change_password(who.session, member.password, "Yk7#mirror-Otter-x")
    assert who.roles == (Role.INSPECTOR,) and Act.AUDIT_READ in who.acts


def test_what_could_never_be_carried_out_is_not_asked_for(room: Room) -> None:
    kit, office = room
    system = _in(room, kit.system)
    bad = frozenset({Role.AUDITOR, Role.SYSTEM_ADMIN})
    for wanted, code in (
        (NewAccount("x", frozenset({Role.OPERATOR}), "名"), ErrorCode.USER_NAME_INVALID),
        (NewAccount("a.b", frozenset(), "名"), ErrorCode.ROLES_EXCLUDE),
        (NewAccount("a.b", bad, "名"), ErrorCode.ROLES_EXCLUDE),
        (NewAccount("a.b", frozenset({Role.OPERATOR}), "名\u202e"), ErrorCode.TEXT_UNUSABLE),
    ):
        assert _code(office.ask_account, system, wanted, "x") is code
    assert office.requests(system) == ()
    three = {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.MAINTAINER}
    assert office.excluded(frozenset({Role.AUDITOR})) == three


def test_other_roles_show_what_they_were_and_end_what_they_change(room: Room) -> None:
    kit, office = room
    member = kit.hire(Role.OPERATOR, user="chen.jie")
    session = _in(room, member)
    security, system = _in(room, kit.security), _in(room, kit.system)
    account = next(one for one in office.accounts(security) if one.user == "chen.jie")
    assert account.state == "ACTIVE" and not account.me
    wanted = NewAccount("chen.jie", frozenset({Role.OPERATOR, Role.MANAGER}), days=None)
    office.ask_roles(security, account, wanted, "代理")
    (asked,) = [one for one in office.requests(system) if one.decides]
    (roles,) = [change for change in asked.changes if change.field == "roles"]
    assert (roles.before, roles.after) == ("OPERATOR", "MANAGER,OPERATOR")
    office.agree(system, asked.id)
    assert office.carry_out(security, asked.id) is None
    assert _code(office.touch, session) is ErrorCode.SIGNED_OUT
    assert _who(room, member).roles == (Role.OPERATOR, Role.MANAGER)


def test_a_refusal_is_told_to_whoever_asked(room: Room) -> None:
    kit, office = room
    kit.hire(Role.OPERATOR, user="chen.jie")
    system, security = _in(room, kit.system), _in(room, kit.security)
    office.ask_factor(system, "chen.jie", "手机丢了")
    (asked,) = office.requests(security)
    assert _code(office.refuse, security, asked.id, " ") is ErrorCode.REASON_NEEDED
    office.refuse(security, asked.id, "先当面核对身份")
    (own,) = office.requests(system)
    assert (own.state, own.answer, own.ready) == ("REFUSED", "先当面核对身份", False)
    assert _code(office.carry_out, system, own.id) is ErrorCode.REQUEST_INVALID


def test_locking_and_ending_accounts(room: Room) -> None:
    kit, office = room
    member = kit.hire(Role.OPERATOR, user="chen.jie")
    session = _in(room, member)
    security, system = _in(room, kit.security), _in(room, kit.system)
    office.lock(security, "chen.jie")
    assert _code(office.touch, session) is ErrorCode.SIGNED_OUT
    assert _code(_in, room, member) is ErrorCode.ACCOUNT_LOCKED
    assert _code(office.lock, system, "root.sec") is ErrorCode.ACCESS_DENIED
    office.unlock(security, "chen.jie")
    assert _who(room, member).roles == (Role.OPERATOR,)
    account = next(one for one in office.accounts(security) if one.user == "chen.jie")
    office.ask_end(security, account, "离职")
    (asked,) = [one for one in office.requests(system) if one.decides]
    office.agree(system, asked.id)
    office.carry_out(security, asked.id)
    assert _code(_in, room, member) is ErrorCode.ACCOUNT_EXPIRED


def test_every_page_is_refused_to_whoever_may_not_and_that_is_recorded(room: Room) -> None:
    kit, office = room
    operator = kit.signed_in(Role.OPERATOR)
    auditor = kit.signed_in(Role.AUDITOR)
    calls = (
        (office.accounts, operator, ()),
        (office.counts, operator, (7,)),
        (office.ledger, operator, (LedgerQuery(),)),
        (office.ask_export, operator, (ExportTerms(), "x")),
        (office.lock, operator, ("root.sec",)),
        (office.unlock, operator, ("root.sec",)),
        (office.devices, operator, ()),
        (office.may_close, auditor, ()),
    )
    for call, session, more in calls:
        assert _code(call, session, *more) is ErrorCode.ACCESS_DENIED
        last = kit.entries()[-1]
        assert (last.kind, last.payload["actor"]) == (Kind.ACCESS_REFUSED, session.user)
    office.may_close(operator)
    assert kit.entries()[-1].payload["act"] == "STATION_CLOSE"


def test_the_day_is_what_the_ledger_says(room: Room) -> None:
    kit, office = room
    operator = kit.signed_in(Role.OPERATOR)
    for outcome in ("MATCH", "MATCH", "NON_MATCH", "DECLINED"):
        kit.ledger.record(Kind.VISIT_OUTCOME, {"outcome": outcome})
    kit.ledger.record(Kind.CONSENT_REFUSED, {})
    kit.ledger.record(Kind.PAD_REJECT, {"species": "print"})
    today = office.today(operator)
    assert (today.visits, today.matched, today.declined, today.attacks) == (4, 2, 1, 1)
    assert (today.residents, today.waiting, today.fault) == (12, 0, "")
    ill = office_of(kit, lambda: ErrorCode.CAMERA_NOT_FOUND)
    assert ill.today(operator).fault == "CAM-01"
    assert office.health(operator, Language.EN)[0].name == "en"
    manager = kit.signed_in(Role.MANAGER)
    assert sum(office.counts(manager, 14).visits) == 4


def test_a_search_is_permitted_once_with_its_pages_and_its_live_view(room: Room) -> None:
    kit, office = room
    auditor = kit.signed_in(Role.AUDITOR)
    for number in range(MOST_LINES + 20):
        kit.ledger.record(Kind.SWEEP, {"expired": number})
    query = LedgerQuery(kinds=frozenset({Kind.SWEEP}))
    found = office.ledger(auditor, query)
    assert len(found.lines) == MOST_LINES and found.more
    size = kit.store.size()
    assert _kinds(kit)[-2:] == [Kind.ACCESS_GRANTED, Kind.AUDIT_READ]
    older = office.ledger(auditor, LedgerQuery(kinds=query.kinds, before=found.lines[-1].seq))
    assert len(older.lines) == 20 and not older.more
    after = found.lines[0].seq
    assert office.newer(auditor, after, query).lines == ()
    assert kit.store.size() == size
    kit.ledger.record(Kind.SWEEP, {"expired": 7})
    kit.ledger.record(Kind.STATION_STOP, {})
    (new,) = office.newer(auditor, after, query).lines
    assert new.payload["expired"] == 7
    # Another search is another permit.
    assert _code(office.newer, auditor, after, LedgerQuery()) is ErrorCode.SIGNED_OUT
    named = office.ledger(auditor, LedgerQuery(actor="root.sec"))
    assert {row.said("actor") for row in named.lines} | {"root.sec"} >= {"root.sec"}
    assert all("root.sec" in row.body.decode() for row in named.lines)
    assert office.ledger(auditor, LedgerQuery(first="2026-03-02")).lines == ()
    assert _code(office.ledger, auditor, LedgerQuery(first="yesterday")) is ErrorCode.TEXT_UNUSABLE


def test_looking_on_is_no_sign_of_life(room: Room) -> None:
    kit, office = room
    auditor = kit.signed_in(Role.AUDITOR)
    query = LedgerQuery()
    size = office.ledger(auditor, query).size
    for _ in range(5):
        kit.ticks_s += 150
        if kit.ticks_s < 1600:
            office.newer(auditor, size, query)
    assert _code(office.newer, auditor, size, query) is ErrorCode.SIGNED_OUT
    assert _code(office.touch, auditor) is ErrorCode.SIGNED_OUT


def test_a_locked_auditor_sees_nothing_more(room: Room) -> None:
    kit, office = room
    member = kit.hire(Role.AUDITOR)
    auditor = _in(room, member)
    query = LedgerQuery()
    size = office.ledger(auditor, query).size
    office.lock(_in(room, kit.security), member.user)
    assert _code(office.newer, auditor, size, query) is ErrorCode.SIGNED_OUT


def test_an_export_is_asked_for_agreed_to_and_written_once(room: Room, tmp_path: Path) -> None:
    kit, office = room
    auditor, security = kit.signed_in(Role.AUDITOR), _in(room, kit.security)
    office.ask_export(auditor, ExportTerms(first="2026-03-01"), "季度审计")
    (asked,) = [one for one in office.requests(security) if one.decides]
    assert {change.field for change in asked.changes} == {"selection.from", "masked"}
    told: list[tuple[int, int]] = []
    never = threading.Event()

    def write(request_id: str) -> object:
        return office.export(
            auditor, request_id, tmp_path, lambda done, of: told.append((done, of)), never
        )

    assert _code(write, asked.id) is ErrorCode.REQUEST_INVALID
    office.agree(security, asked.id)
    (own,) = office.requests(auditor)
    assert own.ready and own.where == "Export"
    assert _code(office.carry_out, auditor, own.id) is ErrorCode.REQUEST_INVALID
    for missing in (tmp_path / "nowhere", tmp_path / ("x" * 300)):
        found = _code(office.export, auditor, own.id, missing, print, never)
        assert found is ErrorCode.EXPORT_FAILED
    done = office.export(auditor, own.id, tmp_path, lambda done, of: told.append((done, of)), never)
    manifest = json.loads((Path(done.folder) / "bundle.json").read_text())
    assert manifest["masked"] is True and manifest["shown"] == done.entries
    assert done.size_bytes == sum(file.stat().st_size for file in Path(done.folder).iterdir())
    assert told and told[-1][0] == told[-1][1]
    assert _code(write, own.id) is ErrorCode.REQUEST_INVALID


def test_a_stopped_export_leaves_nothing(room: Room, tmp_path: Path) -> None:
    kit, office = room
    auditor, security = kit.signed_in(Role.AUDITOR), _in(room, kit.security)
    office.ask_export(auditor, ExportTerms(), "季度审计")
    (own,) = office.requests(auditor)
    office.agree(security, own.id)
    stop = threading.Event()
    stop.set()
    found = _code(office.export, auditor, own.id, tmp_path, lambda *_: None, stop)
    assert found is ErrorCode.EXPORT_FAILED and list(tmp_path.iterdir()) == []


def test_names_in_clear_need_two_others(room: Room, tmp_path: Path) -> None:
    kit, office = room
    auditor, security = kit.signed_in(Role.AUDITOR), _in(room, kit.security)
    officer = kit.signed_in(Role.PI_OFFICER)
    assert _code(office.ask_export, auditor, ExportTerms(unmasked=True), "") is (
        ErrorCode.REASON_NEEDED
    )
    office.ask_export(auditor, ExportTerms(unmasked=True), "法院调取")
    both = {one.act: one.id for one in office.requests(auditor)}
    assert set(both) == {Act.AUDIT_EXPORT, Act.AUDIT_UNMASK}
    never = threading.Event()
    office.agree(security, both[Act.AUDIT_EXPORT])
    assert not [one for one in office.requests(auditor) if one.ready]
    refused = _code(
        office.export, auditor, both[Act.AUDIT_EXPORT], tmp_path, lambda *_: None, never
    )
    assert refused is ErrorCode.SECOND_PERSON_NEEDED
    office.agree(officer, both[Act.AUDIT_UNMASK])
    (ready,) = [one for one in office.requests(auditor) if one.ready]
    done = office.export(auditor, ready.id, tmp_path, lambda *_: None, never)
    manifest = json.loads((Path(done.folder) / "bundle.json").read_text())
    assert manifest["masked"] is False and manifest["unmasked"]["second"] == officer.user


def test_the_two_sealed_codes_open_accounts_and_nothing_of_people(room: Room) -> None:
    kit, office = room
    first, second = (one.reveal().decode() for one in (kit.glass.first, kit.glass.second))
    assert _code(office.break_glass, first, first) is ErrorCode.BREAK_GLASS_VOID
    who = office.break_glass(second.lower(), first)
    assert set(who.roles) == {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}
    assert Act.VIEW_FULL not in who.acts
    assert _code(office.break_glass, first, second) is ErrorCode.BREAK_GLASS_VOID
    assert office.today(_in(room, kit.security)).alarm
    kit.ticks_s += timedelta(hours=1).total_seconds()
    assert _code(office.touch, who.session) is ErrorCode.SIGNED_OUT


def test_new_sealed_codes_take_two_and_end_the_alarm(room: Room) -> None:
    kit, office = room
    office.break_glass(*(one.reveal().decode() for one in (kit.glass.first, kit.glass.second)))
    system, security = _in(room, kit.system), _in(room, kit.security)
    office.ask_codes(system, "旧码已用")
    (asked,) = office.requests(security)
    office.agree(security, asked.id)
    secret = office.carry_out(system, asked.id)
    assert secret is not None and len(set(secret.codes)) == 2 and secret.password == ""
    assert not office.today(system).alarm
    assert Role.SYSTEM_ADMIN in office.break_glass(*secret.codes).roles
