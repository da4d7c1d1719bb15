"""The whole way through the real screens and the real core: asked, agreed, carried out."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from consent.kinds import Kind
from station.access import Act, Role, load_matrix
from station.account_forms import Enrolment
from station.attendance import Attendance
from station.errors import ErrorCode
from station.model import Secret
from station.staffroom import Staffroom
from tests.office_kit import office_of
from tests.staff_kit import Member, StaffKit, taken
from tests.ui.conftest import MakeStage
from tests.ui.office_steps import RealOffice
from tests.ui.touch import click
from ui import layout
from ui.office.export import ExportPage
from ui.office.pages import PAGES
from ui.office.requests import RequestsPage
from ui.office_pictures import answered
from ui.screenshots import item, settle
from ui.stage import Stage


def _stage(make_stage: MakeStage, kit: StaffKit) -> Stage:
    service = RealOffice()
    service.office = office_of(kit)
    return make_stage(service)


def _fill(stage: Stage, **fields: str) -> None:
    for name, value in fields.items():
        item(stage, name).setProperty("text", value)
    settle(stage)


def _sign_in(stage: Stage, kit: StaffKit, member: Member) -> None:
    if stage.office.property("state") == "":
        stage.office.show_sign_in()
        settle(stage)
    _fill(stage, userField=member.user, passwordField=member.password, codeField=kit.code(member))
    click(stage, "signInButton")
    answered(stage, settle)


def _go(stage: Stage, page: str) -> None:
    click(stage, f"menu{page}")
    answered(stage, settle)


def test_a_newcomer_is_asked_for_agreed_to_and_signs_in(make_stage: MakeStage) -> None:
    kit = StaffKit()
    stage = _stage(make_stage, kit)
    _sign_in(stage, kit, kit.system)
    _go(stage, "Users")
    click(stage, "addAccount")
    _fill(stage, newUser="ma.li", newName="马丽", userReason="夜班需要")
    click(stage, "role_OPERATOR")
    click(stage, "submitForm")
    answered(stage, settle)
    assert "已提出申请" in str(item(stage, "officeMessage").property("text"))
    click(stage, "signOutButton")

    _sign_in(stage, kit, kit.security)
    _go(stage, "Requests")
    click(stage, "requestsRow0")
    texts = layout.shown_texts(stage.window)
    assert {"ma.li", "马丽", "操作员", "夜班需要", "root.sys"} <= set(texts)
    click(stage, "agreeButton")
    click(stage, "agreeSure")
    answered(stage, settle)
    click(stage, "signOutButton")

    _sign_in(stage, kit, kit.system)
    _go(stage, "Requests")
    click(stage, "tabmine")
    click(stage, "requestsRow0")
    click(stage, "carryOut")
    answered(stage, settle)
    shown = stage.office.bridge(RequestsPage).property("secret")
    member = taken(
        Enrolment("ma.li", Secret(shown["password"].encode()), Secret(shown["uri"].encode()))
    )
    click(stage, "secretDone")
    click(stage, "lockButton")

    _sign_in(stage, kit, member)
    chosen = "Yk7#mirror-Otter-m"
    _fill(stage, presentField=member.password, wantedField=chosen, againField=chosen)
    click(stage, "changeButton")
    answered(stage, settle)
    assert item(stage, "officeUser").property("text") == "ma.li"
    assert item(stage, "officeRoles").property("text") == "操作员"
    kinds = [entry.kind for entry in kit.entries()]
    asked, agreed = kinds.index(Kind.REQUEST_ASKED), kinds.index(Kind.REQUEST_AGREED)
    made = next(at for at, one in enumerate(kit.entries()) if one.payload.get("account") == "ma.li")
    assert asked < agreed < made
    assert kit.entries()[made].payload["second"] == "root.sec"


def test_five_wrong_passwords_lock_and_the_right_one_is_refused(make_stage: MakeStage) -> None:
    kit = StaffKit()
    stage = _stage(make_stage, kit)
    right = kit.security.password
    for _ in range(5):
        kit.security.password = "Not-the-right-one-1"
        _sign_in(stage, kit, kit.security)
        assert "ACC-02" in str(item(stage, "signInMessage").property("text"))
    kit.security.password = right
    _sign_in(stage, kit, kit.security)
    assert "ACC-03" in str(item(stage, "signInMessage").property("text"))
    kit.clock.moment += timedelta(minutes=31)
    _sign_in(stage, kit, kit.security)
    assert stage.office.property("state") == "open"


def test_an_auditor_takes_a_bundle_away(
    make_stage: MakeStage, qtbot: QtBot, tmp_path: Path
) -> None:
    kit = StaffKit()
    auditor = kit.hire(Role.AUDITOR)
    stage = _stage(make_stage, kit)
    _sign_in(stage, kit, auditor)
    _go(stage, "Export")
    _fill(stage, exportReason="季度审计")
    click(stage, "exportSpanEVER")
    click(stage, "askExport")
    answered(stage, settle)
    click(stage, "signOutButton")
    _sign_in(stage, kit, kit.security)
    _go(stage, "Requests")
    click(stage, "requestsRow0")
    click(stage, "agreeButton")
    click(stage, "agreeSure")
    answered(stage, settle)
    click(stage, "signOutButton")
    _sign_in(stage, kit, auditor)
    _go(stage, "Export")
    page = stage.office.bridge(ExportPage)
    (row,) = page.property("rows")
    assert row["ready"] and row["second"] == "root.sec"
    page.write(row["id"], str(tmp_path))
    qtbot.waitUntil(lambda: page.property("written") != {}, timeout=20_000)
    (folder,) = tmp_path.iterdir()
    assert (folder / "bundle.json").is_file() and (folder / "verify_bundle.py").is_file()
    exported = [one for one in kit.entries() if one.kind is Kind.AUDIT_EXPORT]
    assert exported[0].payload["second"] == "root.sec"


@pytest.mark.parametrize("role", list(Role))
def test_each_role_s_pages_are_taken_by_the_core_and_no_other_page_comes_up(
    make_stage: MakeStage, role: Role
) -> None:
    kit = StaffKit()
    member = kit.hire(role, ends_s=_ends_s(kit) if role is Role.INSPECTOR else 0)
    stage = _stage(make_stage, kit)
    _sign_in(stage, kit, member)
    matrix = load_matrix()
    before = len(kit.entries())
    for entry in PAGES:
        may = not entry.acts or any(matrix.may([role], act) for act in entry.acts)
        stage.office.go(entry.page)
        answered(stage, settle)
        assert (stage.office.property("page") == entry.page) is may
        if may:
            message = stage.office.pages[entry.page].property("message")
            assert message == "", (entry.page, message)
    refused = [one for one in kit.entries()[before:] if one.kind is Kind.ACCESS_REFUSED]
    assert refused == []


def test_a_page_driven_past_its_column_is_refused_by_the_core(make_stage: MakeStage) -> None:
    kit = StaffKit()
    stage = _stage(make_stage, kit)
    _sign_in(stage, kit, kit.hire(Role.OPERATOR))
    for entry in PAGES:
        if entry.acts and not entry.acts & {Act.STATION_CLOSE, Act.HEALTH_READ}:
            page = stage.office.pages[entry.page]
            page.open()
            answered(stage, settle)
            assert page.property("rows") in ([], None)
    last = [one for one in kit.entries() if one.kind is Kind.ACCESS_REFUSED]
    assert last and {one.payload["code"] for one in last} == {ErrorCode.ACCESS_DENIED.value}


def test_visitors_are_served_while_an_operator_is_on_duty_and_no_longer(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    kit = StaffKit()
    member = kit.hire(Role.OPERATOR)
    room = Staffroom(kit.accounts, kit.requests, kit.gate)
    attendance = Attendance(room, attended=True)
    stage = _stage(make_stage, kit)
    assert attendance.code() is ErrorCode.OPERATOR_MISSING
    _sign_in(stage, kit, member)
    click(stage, "serveButton")
    assert attendance.code() is None
    with attendance.during(threading.Event()):
        granted = kit.entries()[-1]
    assert (granted.kind, granted.payload["act"]) == (Kind.ACCESS_GRANTED, "RUN_VISIT")
    assert granted.payload["actor"] == member.user
    stage.office.end_duty()
    qtbot.waitUntil(lambda: attendance.code() is ErrorCode.OPERATOR_MISSING)
    # Ten minutes without a visit end the duty as well, whatever the screen shows.
    _sign_in(stage, kit, member)
    click(stage, "serveButton")
    kit.ticks_s += 600
    assert attendance.code() is ErrorCode.OPERATOR_MISSING


def _ends_s(kit: StaffKit) -> int:
    return int(kit.clock.moment.timestamp()) + 20 * 24 * 3600
