"""The office's pages show what the core says, and what is pressed on them reaches the core."""

from collections import Counter
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from pytestqt.qtbot import QtBot

from station.access import Act, Role, load_matrix
from station.errors import ErrorCode
from station.gate import Session
from station.model import Language
from station.office_view import Today
from tests.ui.conftest import MakeStage
from tests.ui.office_fakes import FakeOffice
from tests.ui.office_hands import office_of, opened, press, text_of
from tests.ui.touch import click
from ui import layout
from ui.office.requests import RequestsPage
from ui.office.users import UsersPage
from ui.office_pictures import answered, office_pages
from ui.screenshots import StillService, demo_notice, item, settle
from ui.stage import Stage

_REASON = "夜班需要"


def test_a_request_shows_what_changes_and_is_agreed_to_by_a_second_press(
    make_stage: MakeStage,
) -> None:
    stage = opened(make_stage, "li.na", "Requests")
    click(stage, "requestsRow0")
    texts = " ".join(layout.shown_texts(stage.window))
    for shown in ("wu.gang", "街道来检查，为期三周", "sun.yu", "检查人员", "新建账号"):
        assert shown in texts
    click(stage, "agreeButton")
    assert "agree" not in office_of(stage).calls
    click(stage, "agreeNot")
    click(stage, "agreeButton")
    click(stage, "agreeSure")
    answered(stage, settle)
    assert "agree" in office_of(stage).calls and "已同意" in text_of(stage, "officeMessage")
    assert [row["user"] for row in stage.office.bridge(RequestsPage).property("rows")] == [
        "qian.wei"
    ]


def test_what_was_before_is_beside_what_comes_after(make_stage: MakeStage) -> None:
    stage = opened(make_stage, "wu.gang", "Requests")
    page = stage.office.bridge(RequestsPage)
    wanted = next(row for row in page.property("rows") if row["user"] == "li.na")
    page.choose(wanted["id"])
    settle(stage)
    texts = layout.shown_texts(stage.window)
    assert "原来：操作员" in texts and "操作员、物业管理员" in texts


def test_a_refusal_needs_words_and_reaches_the_core(make_stage: MakeStage) -> None:
    stage = opened(make_stage, "li.na", "Requests")
    click(stage, "requestsRow0")
    click(stage, "refuseButton")
    click(stage, "refuseSure")
    assert "refuse" not in office_of(stage).calls
    item(stage, "refuseReason").setProperty("text", _REASON)
    click(stage, "refuseSure")
    answered(stage, settle)
    asked = next(one for one in office_of(stage).asked if one.user == "wu.gang")
    assert (asked.state, asked.answer, asked.second) == ("REFUSED", _REASON, "li.na")
    stage.office.bridge(RequestsPage).refuse(" ")
    assert stage.office.bridge(RequestsPage).property("code") == ""


def test_what_the_core_refuses_is_its_message_and_the_list_stays(make_stage: MakeStage) -> None:
    stage = opened(make_stage, "li.na", "Requests")
    office_of(stage).refusals["agree"] = ErrorCode.REQUEST_INVALID
    click(stage, "requestsRow0")
    click(stage, "agreeButton")
    click(stage, "agreeSure")
    answered(stage, settle)
    assert "ACC-13" in text_of(stage, "officeMessage")
    assert len(stage.office.bridge(RequestsPage).property("rows")) == 2


def test_a_first_password_is_shown_once_and_gone_when_handed_over(make_stage: MakeStage) -> None:
    stage = opened(make_stage, "wu.gang", "Requests")
    click(stage, "tabmine")
    page = stage.office.bridge(RequestsPage)
    agreed = next(row for row in page.property("rows") if row["tone"] == "good")
    page.choose(agreed["id"])
    settle(stage)
    click(stage, "carryOut")
    answered(stage, settle)
    assert "Sample-first-password-9" in layout.shown_texts(stage.window)
    click(stage, "secretDone")
    assert page.property("secret") == {}
    assert "Sample-first-password-9" not in layout.shown_texts(stage.window)
    page.carry_out()
    page._secret = None
    # A lock takes it away as well, handed over or not.
    stage.office.lock()
    settle(stage)
    assert page.property("secret") == {}


def test_roles_that_exclude_each_other_cannot_be_ticked_together(make_stage: MakeStage) -> None:
    stage = opened(make_stage, "wu.gang", "Users")
    click(stage, "addAccount")
    page = stage.office.bridge(UsersPage)
    click(stage, "role_AUDITOR")
    for role in ("SYSTEM_ADMIN", "SECURITY_ADMIN"):
        assert item(stage, f"role_{role}").isEnabled() is False
        page.pick(role)
    page.pick("OPERATOR")
    picked = {one["role"] for one in page.property("roles") if one["picked"]}
    assert picked == {"AUDITOR", "OPERATOR"}
    page.pick("AUDITOR")
    settle(stage)
    assert item(stage, "role_SYSTEM_ADMIN").isEnabled()


def test_a_new_account_is_asked_for_not_made(make_stage: MakeStage) -> None:
    stage = opened(make_stage, "wu.gang", "Users")
    click(stage, "addAccount")
    for name, value in (("newUser", "ma.li"), ("newName", "马丽"), ("userReason", _REASON)):
        item(stage, name).setProperty("text", value)
    click(stage, "role_OPERATOR")
    item(stage, "newDays").setProperty("text", "abc")
    click(stage, "submitForm")
    answered(stage, settle)
    assert "ACC-16" in text_of(stage, "officeMessage")
    item(stage, "newDays").setProperty("text", "30")
    before = len(office_of(stage).asked)
    click(stage, "submitForm")
    answered(stage, settle)
    asked = office_of(stage).asked[0]
    assert len(office_of(stage).asked) == before + 1
    assert (asked.act, asked.user, asked.reason) == (Act.USER_CREATE, "wu.gang", _REASON)
    assert "待办申请" in text_of(stage, "officeMessage")
    with pytest.raises(LookupError):
        item(stage, "newUser")


@pytest.mark.parametrize("form", ["lock", "end", "roles"])
def test_what_is_done_about_an_account_says_its_effect_first(
    make_stage: MakeStage, form: str
) -> None:
    stage = opened(make_stage, "li.na", "Users")
    click(stage, "usersRow0")
    click(stage, f"choice_{form}")
    texts = " ".join(layout.shown_texts(stage.window))
    calls = {"lock": "lock", "end": "ask_end", "roles": "ask_roles"}
    assert calls[form] not in office_of(stage).calls
    if form != "roles":
        assert "chen.jie" in texts and ("不能登录" in texts or "不能再登录" in texts)
    click(stage, "submitForm")
    answered(stage, settle)
    assert calls[form] in office_of(stage).calls


def test_one_s_own_account_offers_nothing(make_stage: MakeStage) -> None:
    stage = opened(make_stage, "li.na", "Users")
    page = stage.office.bridge(UsersPage)
    page.choose("li.na")
    assert page.property("choices") == []
    page.choose("zhou.ting")
    assert "unlock" in page.property("choices")


def test_a_list_is_walked_with_the_keyboard_alone(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = opened(make_stage, "li.na", "Users")
    stage.window.requestActivate()
    qtbot.waitUntil(stage.window.isActive)
    item(stage, "menuUsers").forceActiveFocus(Qt.FocusReason.TabFocusReason)
    press(stage, Qt.Key.Key_Down, Qt.Key.Key_Up)
    held = stage.window.activeFocusItem()
    assert held is not None and held.objectName() == "menuUsers"
    item(stage, "usersList").forceActiveFocus(Qt.FocusReason.TabFocusReason)
    page = stage.office.bridge(UsersPage)
    press(stage, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert page.property("chosen") == "li.na"
    press(stage, Qt.Key.Key_End, Qt.Key.Key_Return)
    assert page.property("chosen") == "zhou.ting"
    press(stage, Qt.Key.Key_Home, Qt.Key.Key_Return)
    assert page.property("chosen") == "chen.jie"
    item(stage, "closePane").forceActiveFocus(Qt.FocusReason.TabFocusReason)
    press(stage, Qt.Key.Key_Escape)
    assert page.property("chosen") == ""


def test_every_control_is_reached_by_tab(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = opened(make_stage, "li.na", "Requests")
    stage.window.requestActivate()
    qtbot.waitUntil(stage.window.isActive)
    click(stage, "requestsRow0")
    seen = set()
    for _ in range(40):
        press(stage, Qt.Key.Key_Tab)
        held = stage.window.activeFocusItem()
        if held is not None:
            seen.add(held.objectName())
    wanted = {"menuHome", "menuUsers", "lockButton", "signOutButton", "refreshButton"}
    wanted |= {"tabwaiting", "tabmine", "requestsRow0", "closePane", "agreeButton", "refuseButton"}
    assert wanted <= seen


def test_used_sealed_codes_are_an_alarm_until_new_ones_are_asked_for(
    make_stage: MakeStage,
) -> None:
    class Alarmed(FakeOffice):
        def today(self, session: Session) -> Today:
            return replace(super().today(session), alarm=True)

    stage = opened(make_stage, "wu.gang", "Users", Alarmed())
    stage.office.go("Home")
    answered(stage, settle)
    assert any("紧急码已被使用" in text for text in layout.shown_texts(stage.window))
    click(stage, "step1")
    assert stage.office.property("page") == "Users"
    answered(stage, settle)
    click(stage, "renewCodes")
    item(stage, "userReason").setProperty("text", "旧码已用")
    click(stage, "submitForm")
    answered(stage, settle)
    assert office_of(stage).asked[0].act is Act.FACTOR_RESET
    assert "ask_codes" in office_of(stage).calls


def test_an_alarm_leads_nobody_to_a_page_they_do_not_have(make_stage: MakeStage) -> None:
    class Alarmed(FakeOffice):
        def today(self, session: Session) -> Today:
            return replace(super().today(session), alarm=True)

    stage = opened(make_stage, "operator", "Close", Alarmed())
    stage.office.go("Home")
    answered(stage, settle)
    steps = stage.office.pages["Home"].property("steps")
    assert [step["page"] for step in steps] == ["", ""]


def test_closing_says_what_it_ends(make_stage: MakeStage) -> None:
    stage = opened(make_stage, "operator", "Close")
    assert "23" in layout.shown_texts(stage.window)


def test_every_button_and_field_of_every_page_has_a_name(qtbot: QtBot) -> None:
    from ui.app import prepare
    from ui.sound import Sounds

    prepare()
    service = StillService(demo_notice(), Language.EN, None)
    stage = Stage(service, Language.EN, Sounds(enabled=False))
    stage.window.setProperty("mayClose", True)
    stage.window.show()
    settle(stage, 250)
    roles = {
        QAccessible.Role.Button,
        QAccessible.Role.CheckBox,
        QAccessible.Role.EditableText,
        QAccessible.Role.ListItem,
        QAccessible.Role.PageTab,
        QAccessible.Role.Table,
        QAccessible.Role.Row,
        QAccessible.Role.Chart,
    }
    seen: Counter[QAccessible.Role] = Counter()
    for name in office_pages(stage, settle, service.office):
        settle(stage)
        root = QAccessible.queryAccessibleInterface(stage.window)
        assert root is not None
        for found in _tree(root):
            if found.role() in roles and not found.state().invisible:
                seen[found.role()] += 1
                assert found.text(QAccessible.Text.Name).strip(), (name, found.role())
    stage.close()
    settle(None)
    assert seen.keys() == roles


def _tree(found: QAccessibleInterface) -> list[QAccessibleInterface]:
    every = [found]
    for at in range(found.childCount()):
        child = found.child(at)
        if child is not None:
            every += _tree(child)
    return every


def test_every_role_has_somebody_in_the_pictures() -> None:
    matrix = load_matrix()
    office = FakeOffice()
    for role in Role:
        assert office.known(role.value.lower()).acts == {
            act for act in Act if matrix.may([role], act)
        }
