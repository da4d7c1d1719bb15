"""Staff come in with two factors, and what they had open goes away with them."""

import pytest
from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from station.access import Act, Role, load_matrix
from station.errors import ErrorCode
from tests.ui.conftest import MakeStage
from tests.ui.kiosk_fakes import FakeService
from tests.ui.office_fakes import CODE, PASSWORD, StaffedFake
from tests.ui.office_hands import office_of, signed_in
from tests.ui.touch import click
from ui.office.pages import PAGES
from ui.office_pictures import answered
from ui.screenshots import item, settle
from ui.stage import Stage

_NAME = "张晓雯"


def _type(stage: Stage, text: str) -> None:
    for character in text:
        QTest.keyClick(stage.window, character)  # type: ignore[call-overload]


def _sheet(stage: Stage) -> QObject:
    sheet = stage.window.findChild(QObject, "staffSheet")
    assert sheet is not None
    return sheet


def test_a_long_press_on_the_place_name_leads_staff_in(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage(StaffedFake())
    place = item(stage, "placeName")
    centre = place.mapToScene(QPointF(place.width() / 2, place.height() / 2))
    at = QPoint(int(centre.x()), int(centre.y()))
    QTest.mousePress(stage.window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    qtbot.waitUntil(lambda: _sheet(stage).property("open"), timeout=6000)
    QTest.mouseRelease(stage.window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    with pytest.raises(LookupError):
        item(stage, "staffQuit")
    click(stage, "staffSignIn")
    assert item(stage, "pageSignIn") is not None
    click(stage, "leaveSignIn")
    assert stage.office.property("state") == "" and item(stage, "startButton") is not None


@pytest.mark.parametrize("service", [FakeService(), StaffedFake()])
def test_without_accounts_staff_can_close_and_nobody_can_sign_in(
    make_stage: MakeStage, service: FakeService
) -> None:
    if isinstance(service, StaffedFake):
        service.office.accounts_there = False
    stage = make_stage(service)
    closed: list[bool] = []
    stage.visit.quit_wanted.connect(lambda: closed.append(True))
    _sheet(stage).setProperty("open", True)
    settle(stage)
    with pytest.raises(LookupError):
        item(stage, "staffSignIn")
    click(stage, "staffQuit")
    assert closed == [True]


def test_with_accounts_closing_is_asked_of_the_core(make_stage: MakeStage) -> None:
    stage = signed_in(make_stage, "operator")
    closed: list[bool] = []
    stage.visit.quit_wanted.connect(lambda: closed.append(True))
    office = office_of(stage)
    office.refusals["may_close"] = ErrorCode.ACCESS_DENIED
    click(stage, "menuClose")
    click(stage, "closeNow")
    answered(stage, settle)
    assert closed == [] and "岗位不能做" in stage.office.property("message")
    del office.refusals["may_close"]
    click(stage, "closeNow")
    answered(stage, settle)
    assert closed == [True]
    assert office.calls.count("may_close") == 2


def test_nobody_signed_in_closes_nothing(make_stage: MakeStage) -> None:
    service = StaffedFake()
    stage = make_stage(service)
    closed: list[bool] = []
    stage.visit.quit_wanted.connect(lambda: closed.append(True))
    stage.office.close_station()
    settle(stage, 100)
    assert closed == [] and "may_close" not in service.office.calls


def test_pages_come_with_the_first_sign_in(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage(StaffedFake())
    assert stage.office.property("offered") and not stage.office.pages
    stage.office.show_sign_in()
    qtbot.waitUntil(lambda: len(stage.office.pages) == len(PAGES))
    made = stage.office.pages["Home"]
    stage.office.leave()
    stage.office.show_sign_in()
    settle(stage, 100)
    assert stage.office.pages["Home"] is made


def test_signing_in_by_keyboard_alone(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage(StaffedFake())
    stage.window.requestActivate()
    qtbot.waitUntil(stage.window.isActive)
    stage.office.show_sign_in()
    settle(stage)
    _type(stage, "li.na")
    QTest.keyClick(stage.window, Qt.Key.Key_Return)
    _type(stage, "wrong")
    QTest.keyClick(stage.window, Qt.Key.Key_Tab)
    _type(stage, CODE)
    QTest.keyClick(stage.window, Qt.Key.Key_Return)
    answered(stage, settle)
    assert "ACC-02" in item(stage, "signInMessage").property("text")
    # What was wrong is not said, and neither secret stays to be read or tried again.
    for name, left in (("userField", "li.na"), ("passwordField", ""), ("codeField", "")):
        assert item(stage, name).property("text") == left
    _type(stage, PASSWORD)
    QTest.keyClick(stage.window, Qt.Key.Key_Return)
    _type(stage, CODE)
    QTest.keyClick(stage.window, Qt.Key.Key_Return)
    answered(stage, settle)
    assert stage.office.property("state") == "open"
    assert item(stage, "officeUser").property("text") == "li.na"
    assert item(stage, "officeRoles").property("text") == "安全管理员"


def test_a_code_can_be_given_on_the_pad(make_stage: MakeStage) -> None:
    stage = make_stage(StaffedFake())
    stage.office.show_sign_in()
    settle(stage)
    item(stage, "userField").setProperty("text", "li.na")
    item(stage, "passwordField").setProperty("text", PASSWORD)
    for digit in CODE[:-1]:
        click(stage, f"key{digit}" if digit != "0" else "keyZero")
    click(stage, "keyDone")
    assert office_of(stage).calls.count("sign_in") == 0
    click(stage, "keyZero")
    click(stage, "keyDone")
    answered(stage, settle)
    assert stage.office.property("state") == "open"


def test_a_locked_account_is_told_so(make_stage: MakeStage) -> None:
    service = StaffedFake()
    stage = make_stage(service)
    service.office.refusals["sign_in"] = ErrorCode.ACCOUNT_LOCKED
    stage.office.show_sign_in()
    stage.office.sign_in("li.na", PASSWORD, CODE)
    answered(stage, settle)
    assert "30 分钟" in item(stage, "signInMessage").property("text")


def test_the_first_password_must_be_changed_before_anything_else(make_stage: MakeStage) -> None:
    service = StaffedFake()
    service.office.must_change = True
    stage = make_stage(service)
    stage.office.show_sign_in()
    stage.office.sign_in("li.na", PASSWORD, CODE)
    answered(stage, settle)
    assert item(stage, "pageChangePassword") is not None
    stage.office.go("Users")
    assert stage.office.property("page") == ""
    for wanted, again, said in (
        ("Another-Long-1", "Another-Long-2", "不一样"),
        ("short", "short", "太弱"),
    ):
        for name, value in (
            ("presentField", PASSWORD),
            ("wantedField", wanted),
            ("againField", again),
        ):
            item(stage, name).setProperty("text", value)
        click(stage, "changeButton")
        answered(stage, settle)
        assert said in item(stage, "changeMessage").property("text")
        assert item(stage, "wantedField").property("text") == ""
    stage.office.change_password(PASSWORD, "Another-Long-1", "Another-Long-1")
    answered(stage, settle)
    assert stage.office.property("state") == "open"


def test_two_sealed_codes_open_where_nobody_can(make_stage: MakeStage) -> None:
    stage = make_stage(StaffedFake())
    stage.office.show_sign_in()
    settle(stage)
    click(stage, "emergencyButton")
    office = office_of(stage)
    office.refusals["break_glass"] = ErrorCode.BREAK_GLASS_VOID
    item(stage, "firstCode").setProperty("text", "BCDF")
    click(stage, "breakGlass")
    assert "break_glass" not in office.calls
    item(stage, "secondCode").setProperty("text", "GHJK")
    click(stage, "breakGlass")
    answered(stage, settle)
    assert "ACC-23" in item(stage, "emergencyMessage").property("text")
    office.refusals.clear()
    click(stage, "breakGlass")
    answered(stage, settle)
    assert stage.office.property("state") == "open"


@pytest.mark.parametrize("role", list(Role))
def test_the_column_holds_what_the_matrix_gives_and_nothing_else(
    make_stage: MakeStage, role: Role
) -> None:
    stage = signed_in(make_stage, role.value.lower())
    matrix = load_matrix()
    acts = {act for act in Act if matrix.may([role], act)}
    wanted = [one.page for one in PAGES if not one.acts or one.acts & acts]
    listed = [entry["page"] for entry in stage.office.property("menu")]
    assert listed == wanted
    for page in PAGES:
        stage.office.go(page.page)
        expected = page.page if page.page in wanted else stage.office.property("page")
        assert stage.office.property("page") == expected
        answered(stage, settle)
        assert stage.office.property("page") in wanted
