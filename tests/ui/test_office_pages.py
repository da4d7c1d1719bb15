"""The office's pages show what the core says, and what is pressed on them reaches the core."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from consent.figures import Figures
from consent.kinds import Kind
from consent.search import row_of
from station.access import Act, Role, load_matrix
from station.errors import ErrorCode
from station.gate import Session
from station.ledger_counts import LedgerCounts, count_days
from station.model import Language
from station.office_view import Today
from tests.ledger_fakes import new_ledger
from tests.ui.conftest import MakeStage
from tests.ui.office_fakes import CODE, PASSWORD, FakeOffice, StaffedFake
from tests.ui.touch import click
from ui import layout
from ui.office.export import ExportPage
from ui.office.ledger import LedgerPage
from ui.office.requests import RequestsPage
from ui.office.users import UsersPage
from ui.office_pictures import answered, office_pages
from ui.screenshots import StillService, demo_notice, item, settle
from ui.stage import Stage

_REASON = "夜班需要"


def _open(make_stage: MakeStage, user: str, page: str, office: FakeOffice | None = None) -> Stage:
    service = StaffedFake()
    if office is not None:
        service.office = office
    stage = make_stage(service)
    stage.office.show_sign_in()
    stage.office.sign_in(user, PASSWORD, CODE)
    answered(stage, settle)
    stage.office.go(page)
    answered(stage, settle)
    assert stage.office.property("page") == page
    return stage


def _office(stage: Stage) -> FakeOffice:
    assert stage.office.desk is not None
    service = stage.office.desk.service
    assert isinstance(service, FakeOffice)
    return service


def _text(stage: Stage, name: str) -> str:
    return str(item(stage, name).property("text"))


def _press(stage: Stage, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(stage.window, key)
        settle(stage)


def test_a_request_shows_what_changes_and_is_agreed_to_by_a_second_press(
    make_stage: MakeStage,
) -> None:
    stage = _open(make_stage, "li.na", "Requests")
    click(stage, "requestsRow0")
    texts = " ".join(layout.shown_texts(stage.window))
    for shown in ("wu.gang", "街道来检查，为期三周", "sun.yu", "检查人员", "新建账号"):
        assert shown in texts
    click(stage, "agreeButton")
    assert "agree" not in _office(stage).calls
    click(stage, "agreeNot")
    click(stage, "agreeButton")
    click(stage, "agreeSure")
    answered(stage, settle)
    assert "agree" in _office(stage).calls and "已同意" in _text(stage, "officeMessage")
    assert [row["user"] for row in stage.office.bridge(RequestsPage).property("rows")] == [
        "qian.wei"
    ]


def test_what_was_before_is_beside_what_comes_after(make_stage: MakeStage) -> None:
    stage = _open(make_stage, "wu.gang", "Requests")
    page = stage.office.bridge(RequestsPage)
    wanted = next(row for row in page.property("rows") if row["user"] == "li.na")
    page.choose(wanted["id"])
    settle(stage)
    texts = layout.shown_texts(stage.window)
    assert "原来：操作员" in texts and "操作员、物业管理员" in texts


def test_a_refusal_needs_words_and_reaches_the_core(make_stage: MakeStage) -> None:
    stage = _open(make_stage, "li.na", "Requests")
    click(stage, "requestsRow0")
    click(stage, "refuseButton")
    click(stage, "refuseSure")
    assert "refuse" not in _office(stage).calls
    item(stage, "refuseReason").setProperty("text", _REASON)
    click(stage, "refuseSure")
    answered(stage, settle)
    asked = next(one for one in _office(stage).asked if one.user == "wu.gang")
    assert (asked.state, asked.answer, asked.second) == ("REFUSED", _REASON, "li.na")
    stage.office.bridge(RequestsPage).refuse(" ")
    assert stage.office.bridge(RequestsPage).property("code") == ""


def test_what_the_core_refuses_is_its_message_and_the_list_stays(make_stage: MakeStage) -> None:
    stage = _open(make_stage, "li.na", "Requests")
    _office(stage).refusals["agree"] = ErrorCode.REQUEST_INVALID
    click(stage, "requestsRow0")
    click(stage, "agreeButton")
    click(stage, "agreeSure")
    answered(stage, settle)
    assert "ACC-13" in _text(stage, "officeMessage")
    assert len(stage.office.bridge(RequestsPage).property("rows")) == 2


def test_a_first_password_is_shown_once_and_gone_when_handed_over(make_stage: MakeStage) -> None:
    stage = _open(make_stage, "wu.gang", "Requests")
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
    stage = _open(make_stage, "wu.gang", "Users")
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
    stage = _open(make_stage, "wu.gang", "Users")
    click(stage, "addAccount")
    for name, value in (("newUser", "ma.li"), ("newName", "马丽"), ("userReason", _REASON)):
        item(stage, name).setProperty("text", value)
    click(stage, "role_OPERATOR")
    item(stage, "newDays").setProperty("text", "abc")
    click(stage, "submitForm")
    answered(stage, settle)
    assert "ACC-16" in _text(stage, "officeMessage")
    item(stage, "newDays").setProperty("text", "30")
    before = len(_office(stage).asked)
    click(stage, "submitForm")
    answered(stage, settle)
    asked = _office(stage).asked[0]
    assert len(_office(stage).asked) == before + 1
    assert (asked.act, asked.user, asked.reason) == (Act.USER_CREATE, "wu.gang", _REASON)
    assert "待办申请" in _text(stage, "officeMessage")
    with pytest.raises(LookupError):
        item(stage, "newUser")


@pytest.mark.parametrize("form", ["lock", "end", "roles"])
def test_what_is_done_about_an_account_says_its_effect_first(
    make_stage: MakeStage, form: str
) -> None:
    stage = _open(make_stage, "li.na", "Users")
    click(stage, "usersRow0")
    click(stage, f"choice_{form}")
    texts = " ".join(layout.shown_texts(stage.window))
    calls = {"lock": "lock", "end": "ask_end", "roles": "ask_roles"}
    assert calls[form] not in _office(stage).calls
    if form != "roles":
        assert "chen.jie" in texts and ("不能登录" in texts or "不能再登录" in texts)
    click(stage, "submitForm")
    answered(stage, settle)
    assert calls[form] in _office(stage).calls


def test_one_s_own_account_offers_nothing(make_stage: MakeStage) -> None:
    stage = _open(make_stage, "li.na", "Users")
    page = stage.office.bridge(UsersPage)
    page.choose("li.na")
    assert page.property("choices") == []
    page.choose("zhou.ting")
    assert "unlock" in page.property("choices")


def test_a_list_is_walked_with_the_keyboard_alone(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = _open(make_stage, "li.na", "Users")
    stage.window.requestActivate()
    qtbot.waitUntil(stage.window.isActive)
    item(stage, "menuUsers").forceActiveFocus(Qt.FocusReason.TabFocusReason)
    _press(stage, Qt.Key.Key_Down, Qt.Key.Key_Up)
    held = stage.window.activeFocusItem()
    assert held is not None and held.objectName() == "menuUsers"
    item(stage, "usersList").forceActiveFocus(Qt.FocusReason.TabFocusReason)
    page = stage.office.bridge(UsersPage)
    _press(stage, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert page.property("chosen") == "li.na"
    _press(stage, Qt.Key.Key_End, Qt.Key.Key_Return)
    assert page.property("chosen") == "zhou.ting"
    _press(stage, Qt.Key.Key_Home, Qt.Key.Key_Return)
    assert page.property("chosen") == "chen.jie"
    item(stage, "closePane").forceActiveFocus(Qt.FocusReason.TabFocusReason)
    _press(stage, Qt.Key.Key_Escape)
    assert page.property("chosen") == ""


def test_every_control_is_reached_by_tab(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = _open(make_stage, "li.na", "Requests")
    stage.window.requestActivate()
    qtbot.waitUntil(stage.window.isActive)
    click(stage, "requestsRow0")
    seen = set()
    for _ in range(40):
        _press(stage, Qt.Key.Key_Tab)
        held = stage.window.activeFocusItem()
        if held is not None:
            seen.add(held.objectName())
    wanted = {"menuHome", "menuUsers", "lockButton", "signOutButton", "refreshButton"}
    wanted |= {"tabwaiting", "tabmine", "requestsRow0", "closePane", "agreeButton", "refuseButton"}
    assert wanted <= seen


def test_a_search_hands_on_what_was_chosen_and_says_what_it_found(make_stage: MakeStage) -> None:
    stage = _open(make_stage, "qian.wei", "Ledger")
    assert "显示 100 条，共 208 条" in layout.shown_texts(stage.window)
    click(stage, "groupSECURITY")
    answered(stage, settle)
    page = stage.office.bridge(LedgerPage)
    kinds = {row["what"] for row in page.property("rows")}
    assert kinds == {"不准许", "登录被拒绝", "活体检测没有放行"}
    assert {row["tone"] for row in page.property("rows")} == {"stop"}
    item(stage, "actorField").setProperty("text", "zhou.ting")
    click(stage, "groupALL")
    answered(stage, settle)
    assert {row["who"] for row in page.property("rows")} == {"zhou.ting"}
    item(stage, "actorField").setProperty("text", "nobody")
    click(stage, "groupALL")
    answered(stage, settle)
    assert "没有记录" in _text(stage, "ledgerEmpty")


def test_older_lines_follow_and_the_live_view_brings_new_ones(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    office = FakeOffice()
    stage = _open(make_stage, "qian.wei", "Ledger", office)
    page = stage.office.bridge(LedgerPage)
    page.show_more()
    answered(stage, settle)
    rows = page.property("rows")
    assert len(rows) == 200 and [int(row["seq"]) for row in rows] == list(range(207, 7, -1))
    page._live.setInterval(50)
    click(stage, "liveButton")
    new = row_of(
        type("Stored", (), {"seq": 208, "body": office.entries[3].body})()  # type: ignore[arg-type]
    )
    office.entries.append(new)
    qtbot.waitUntil(lambda: page.property("rows")[0]["seq"] == "208", timeout=5000)
    click(stage, "liveButton")
    assert page.property("live") is False
    page.set_live(True)
    stage.office.go("Home")
    assert page.property("live") is False and page.property("rows") == []


def test_a_live_view_that_may_not_go_on_locks_the_office(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = _open(make_stage, "qian.wei", "Ledger")
    _office(stage).refusals["newer"] = ErrorCode.SIGNED_OUT
    click(stage, "liveButton")
    qtbot.waitUntil(lambda: stage.office.property("state") == "signIn", timeout=5000)


def test_whoever_may_only_see_figures_gets_no_entries(make_stage: MakeStage) -> None:
    stage = _open(make_stage, "manager", "Ledger")
    assert item(stage, "charts") is not None
    with pytest.raises(LookupError):
        item(stage, "viewlines")
    assert "ledger" not in _office(stage).calls


def _drawn(stage: Stage, chart: str, bars: int) -> list[int]:
    """The figures a chart says in letters, and their bars in proportion."""
    found = []
    for at in range(bars):
        try:
            found.append(int(_text(stage, f"{chart}Value{at}")))
        except LookupError:
            found.append(0)
    most = max(found)
    heights = [item(stage, f"{chart}Bar{at}").height() if n else 0.0 for at, n in enumerate(found)]
    full = max(heights)
    assert [round(height / full * most) if full else 0 for height in heights] == found
    return found


def test_the_charts_are_the_counts_of_the_ledger(make_stage: MakeStage) -> None:
    ledger, store, _, clock = new_ledger()
    for day in range(14):
        for outcome in ("MATCH",) * (day * 3 % 7) + ("DECLINED",) * (day % 3):
            ledger.record(Kind.VISIT_OUTCOME, {"outcome": outcome})
        for _ in range(day % 3):
            ledger.record(Kind.CONSENT_REFUSED, {})
        for _ in range(day % 4 // 3):
            ledger.record(Kind.PAD_REJECT, {"species": "print"})
            ledger.record(Kind.VISIT_OUTCOME, {"outcome": "ATTACK"})
            ledger.record(Kind.ACCESS_REFUSED, {"actor": "li.na", "code": "ACC-01"})
        clock.moment = clock.moment.replace(day=day + 2)
    counts = count_days(store.newest_first(), date(2026, 3, 14), 14, UTC)

    class Counted(FakeOffice):
        def counts(self, session: Session, days: int) -> LedgerCounts:
            assert days == 14
            return counts

    stage = _open(make_stage, "qian.wei", "Ledger", Counted())
    click(stage, "viewcharts")
    answered(stage, settle)
    stage.window.resize(1080, 1920)
    settle(stage)
    assert _drawn(stage, "visits", 14) == list(counts.visits)
    assert _drawn(stage, "declined", 14) == list(counts.declined)
    assert _drawn(stage, "attacks", 14) == list(counts.attacks)
    # The other way of counting, which draws the summary of an export, comes to the same.
    figures = Figures(UTC)
    for stored in store.entries():
        figures.take(row_of(stored))
    assert [figures.visits_by_day[day] for day in counts.days] == list(counts.visits)
    assert [figures.attacks_by_day[day] for day in counts.days] == list(counts.attacks)
    assert figures.visits == sum(counts.visits) and figures.attacks == sum(counts.attacks)
    drawn = {
        entry["label"]: entry["count"]
        for entry in stage.office.bridge(LedgerPage).property("outcomes")
    }
    plain = Counter(figures.outcomes)
    assert drawn == {
        "一致": plain["MATCH"],
        "没有同意": plain["DECLINED"],
        "活体未过": plain["ATTACK"],
    }
    assert _text(stage, "visitsTotal") == f"共 {sum(counts.visits)}"


def test_an_export_waits_for_a_second_person_then_shows_how_far_it_is(
    make_stage: MakeStage, qtbot: QtBot, tmp_path: Path
) -> None:
    office = FakeOffice()
    stage = _open(make_stage, "qian.wei", "Export", office)
    assert item(stage, "writeExport").isEnabled() is False
    request = next(one for one in office.asked if one.user == "qian.wei")
    office._decide(request.id, "AGREED", "li.na")
    click(stage, "refreshButton")
    answered(stage, settle)
    item(stage, "exportFolder").setProperty("text", str(tmp_path))
    halfway, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        halfway.set()
        assert go_on.wait(5)

    office.before["halfway"] = wait
    page = stage.office.bridge(ExportPage)
    page.write(request.id, str(tmp_path))
    qtbot.waitUntil(halfway.is_set)
    qtbot.waitUntil(lambda: page.property("doneCount") == 300)
    settle(stage)
    bar, fill = item(stage, "exportProgress"), item(stage, "progressFill")
    assert fill.width() == pytest.approx(0.3 * bar.width(), rel=0.01)
    # Another page meanwhile does not stop it.
    stage.office.go("Home")
    stage.office.go("Export")
    assert page.property("running") is True
    go_on.set()
    answered(stage, settle)
    assert page.property("running") is False
    assert "184200" in _text(stage, "exportDone")


@pytest.mark.parametrize("how", ["stop", "lock"])
def test_an_export_can_be_stopped_and_a_lock_stops_it(
    make_stage: MakeStage, qtbot: QtBot, tmp_path: Path, how: str
) -> None:
    office = FakeOffice()
    stage = _open(make_stage, "qian.wei", "Export", office)
    halfway, seen = threading.Event(), threading.Event()
    page = stage.office.bridge(ExportPage)

    def wait() -> None:
        halfway.set()
        cancel = page._cancel
        seen.set()
        cancel.wait(5)

    office.before["halfway"] = wait
    page.write("0" * 32, str(tmp_path))
    qtbot.waitUntil(lambda: halfway.is_set() and seen.is_set())
    settle(stage)
    if how == "stop":
        click(stage, "stopExport")
        answered(stage, settle)
        assert "已停止" in _text(stage, "officeMessage")
    else:
        stage.office.lock()
        settle(stage, 200)
        assert page.property("running") is False
        assert page.property("written") == {}


def test_faults_come_first_and_are_counted(make_stage: MakeStage) -> None:
    stage = _open(make_stage, "li.na", "Health")
    rows = stage.office.pages["Health"].property("rows")
    assert [row["tone"] for row in rows[:2]] == ["stop", "caution"]
    assert "影响接待的故障：1" in layout.shown_texts(stage.window)


def test_the_day_s_figures_lead_on_to_what_waits(make_stage: MakeStage) -> None:
    stage = _open(make_stage, "li.na", "Home")
    assert any("有 2 件申请等您处理" in text for text in layout.shown_texts(stage.window))
    click(stage, "step1")
    assert stage.office.property("page") == "Requests"


def test_used_sealed_codes_are_an_alarm_until_new_ones_are_asked_for(
    make_stage: MakeStage,
) -> None:
    class Alarmed(FakeOffice):
        def today(self, session: Session) -> Today:
            return replace(super().today(session), alarm=True)

    stage = _open(make_stage, "wu.gang", "Users", Alarmed())
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
    assert _office(stage).asked[0].act is Act.FACTOR_RESET
    assert "ask_codes" in _office(stage).calls


def test_an_alarm_leads_nobody_to_a_page_they_do_not_have(make_stage: MakeStage) -> None:
    class Alarmed(FakeOffice):
        def today(self, session: Session) -> Today:
            return replace(super().today(session), alarm=True)

    stage = _open(make_stage, "operator", "Close", Alarmed())
    stage.office.go("Home")
    answered(stage, settle)
    steps = stage.office.pages["Home"].property("steps")
    assert [step["page"] for step in steps] == ["", ""]


def test_closing_says_what_it_ends(make_stage: MakeStage) -> None:
    stage = _open(make_stage, "operator", "Close")
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
