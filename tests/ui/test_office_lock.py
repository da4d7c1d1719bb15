"""The office locks, ends visits in hand, and gives the kiosk back."""

import threading

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from station.errors import ErrorCode
from station.events import State, StateChanged
from station.model import (
    Authenticity,
    DocumentCheck,
    DocumentKind,
    IdentityRecord,
    Outcome,
)
from station.ports import Dialogue, Publish
from tests.ui.conftest import MakeStage
from tests.ui.office_fakes import CODE, PASSWORD, StaffedFake
from tests.ui.office_hands import office_of, signed_in, text_of
from tests.ui.touch import VISIT, click
from ui import layout
from ui.office import presence
from ui.office_pictures import answered
from ui.screenshots import item, settle
from ui.stage import Stage

_NAME = "张晓雯"


def _sheet(stage: Stage) -> QObject:
    sheet = stage.window.findChild(QObject, "staffSheet")
    assert sheet is not None
    return sheet


def test_every_call_is_off_the_screen_thread(make_stage: MakeStage) -> None:
    stage = signed_in(make_stage, "security_admin")
    for page in ("Requests", "Users", "Health", "Devices"):
        stage.office.go(page)
        answered(stage, settle)
    office = office_of(stage)
    assert {"sign_in", "today", "requests", "accounts", "health", "devices"} <= set(office.calls)
    assert threading.get_ident() not in office.threads


def test_ten_minutes_without_a_touch_lock_and_leave_nothing(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    assert presence.IDLE_LOCK_MS == 600_000
    stage = signed_in(make_stage, "security_admin")
    stage.office.go("Users")
    answered(stage, settle)
    assert "qian.wei" in layout.shown_texts(stage.window)
    page = stage.office.pages["Users"]
    assert (
        stage.office._presence._idle.isActive()
        and stage.office._presence._idle.interval() == 600_000
    )
    stage.office._presence._idle.start(50)
    qtbot.waitUntil(lambda: bool(stage.office.property("wasLocked")), timeout=3000)
    settle(stage)
    texts = " ".join(layout.shown_texts(stage.window))
    staff = office_of(stage).staff
    assert "已锁定" in texts and not [user for user in staff if user in texts]
    assert page.property("rows") == [] and stage.office.property("menu") == []
    assert stage.office.property("user") == "" and stage.office.desk is not None
    assert stage.office.desk.session is None
    qtbot.waitUntil(lambda: office_of(stage).ended == [True])
    stage.office._presence._idle.setInterval(presence.IDLE_LOCK_MS)
    # Whoever signs in next begins at the first page, with nothing chosen by the one before.
    stage.office.sign_in("operator", PASSWORD, CODE)
    answered(stage, settle)
    assert stage.office.property("page") == "Home"


def test_a_key_keeps_the_office_open(make_stage: MakeStage) -> None:
    stage = signed_in(make_stage, "security_admin")
    idle = stage.office._presence._idle
    idle.setTimerType(Qt.TimerType.PreciseTimer)
    idle.start()
    settle(stage, 200)
    before = idle.remainingTime()
    QTest.keyClick(stage.window, Qt.Key.Key_Shift)
    assert before <= 600_000 - 150 < idle.remainingTime()


def test_an_answer_that_comes_after_the_lock_is_not_shown(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = signed_in(make_stage, "security_admin")
    asked, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        asked.set()
        assert go_on.wait(5)

    office_of(stage).before["accounts"] = wait
    stage.office.go("Users")
    qtbot.waitUntil(asked.is_set)
    stage.office.lock()
    go_on.set()
    settle(stage, 200)
    assert stage.office.pages["Users"].property("rows") == []
    assert "qian.wei" not in layout.shown_texts(stage.window)


def test_a_sign_in_that_was_given_up_leaves_nobody_signed_in(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    service = StaffedFake()
    stage = make_stage(service)
    asked, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        asked.set()
        assert go_on.wait(5)

    service.office.before["sign_in"] = wait
    stage.office.show_sign_in()
    stage.office.sign_in("operator", PASSWORD, CODE)
    qtbot.waitUntil(asked.is_set)
    stage.office.leave()
    go_on.set()
    qtbot.waitUntil(lambda: service.office.ended == [False])
    assert stage.office.property("state") == "" and stage.office.property("user") == ""


@pytest.mark.parametrize("way", ["sign_in", "lock"])
def test_a_visit_in_hand_ends_in_its_purge_and_is_nowhere_on_the_screen(
    make_stage: MakeStage, qtbot: QtBot, way: str
) -> None:
    purged = threading.Event()

    def script(dialogue: Dialogue, publish: Publish, cancel: threading.Event) -> Outcome:
        publish(StateChanged(VISIT, State.CARD))
        checked = DocumentCheck(DocumentKind.EMRTD, Authenticity.VERIFIED, False, "BAC")
        dialogue.show_identity(IdentityRecord((("name", _NAME),)), checked)
        cancel.wait(5)
        dialogue.forget()
        purged.set()
        return Outcome.CANCELLED

    stage = make_stage(StaffedFake(script))
    if way == "lock":
        stage.office.show_sign_in()
        stage.office.sign_in("operator", PASSWORD, CODE)
        answered(stage, settle)
    stage.visit.start()
    qtbot.waitUntil(lambda: bool(stage.card.rows))
    if way == "sign_in":
        settle(stage)
        assert _NAME in layout.shown_texts(stage.window)
        stage.office.show_sign_in()
    else:
        stage.office.lock()
    settle(stage)
    assert _NAME not in " ".join(layout.shown_texts(stage.window))
    qtbot.waitUntil(purged.is_set)
    qtbot.waitUntil(lambda: stage.visit.property("page") == "Idle")
    assert stage.card.property("rows") == []


def test_a_session_the_core_has_ended_is_locked_with_its_reason(make_stage: MakeStage) -> None:
    stage = signed_in(make_stage, "security_admin")
    office_of(stage).refusals["accounts"] = ErrorCode.SIGNED_OUT
    stage.office.go("Users")
    answered(stage, settle)
    assert stage.office.property("state") == "signIn"
    assert "ACC-04" in item(stage, "signInMessage").property("text")


def test_a_sign_in_left_alone_gives_the_kiosk_back(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage(StaffedFake())
    stage.office.show_sign_in()
    settle(stage)
    item(stage, "userField").setProperty("text", "li.na")
    assert (
        stage.office._presence._left.isActive()
        and stage.office._presence._left.interval() == 90_000
    )
    stage.office._presence._left.start(20)
    qtbot.waitUntil(lambda: stage.office.property("state") == "", timeout=3000)
    stage.office._presence._left.setInterval(90_000)
    stage.office.show_sign_in()
    settle(stage)
    assert item(stage, "userField").property("text") == ""


def test_a_bug_is_told_without_its_words(
    make_stage: MakeStage, capfd: pytest.CaptureFixture[str]
) -> None:
    stage = signed_in(make_stage, "security_admin")

    def fail() -> None:
        raise ValueError(_NAME)

    office_of(stage).before["accounts"] = fail
    stage.office.go("Users")
    answered(stage, settle)
    assert "没有做完" in item(stage, "officeMessage").property("text")
    said = capfd.readouterr().err
    assert "ValueError" in said and _NAME not in said


def test_signing_out_gives_the_kiosk_back_and_the_display_stays_while_staff_work(
    make_stage: MakeStage,
) -> None:
    stage = signed_in(make_stage, "operator")
    touch, rest = stage.office._presence._touch, stage.visit._rest
    assert touch.isActive() and touch.interval() < rest.interval()
    # However long staff read, nothing of the display is put back for visitors meanwhile.
    rest.setTimerType(Qt.TimerType.PreciseTimer)
    rest.start(60_000)
    touch.timeout.emit()
    assert rest.remainingTime() > 0 and rest.isActive()
    settle(stage, 30)
    before = rest.remainingTime()
    touch.timeout.emit()
    assert rest.remainingTime() > before
    click(stage, "signOutButton")
    assert stage.office.property("state") == "" and item(stage, "startButton") is not None
    assert not touch.isActive()


def test_on_duty_visitors_are_served_and_only_a_sign_in_leads_back(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    service = StaffedFake()
    service.fault = ErrorCode.OPERATOR_MISSING
    stage = signed_in(make_stage, "operator", service)
    office = office_of(stage)
    service.fault = None
    click(stage, "serveButton")
    assert stage.office.property("state") == "" and office.ended == []
    assert stage.office.property("onDuty") == "operator"
    assert stage.office.pages["Home"].property("figures") == []
    click(stage, "startButton")
    qtbot.waitUntil(lambda: len(service.served) == 1)
    stage.visit.cancel()
    qtbot.waitUntil(lambda: stage.visit._thread is None)
    # The sheet says who is on duty; the office opens to a password, not to a touch.
    _sheet(stage).setProperty("open", True)
    settle(stage)
    assert "operator" in text_of(stage, "dutyNote")
    click(stage, "staffSignIn")
    assert stage.office.property("user") == "" and item(stage, "pageSignIn") is not None
    click(stage, "leaveSignIn")
    assert stage.office.property("onDuty") == "operator" and office.ended == []
    stage.office.show_sign_in()
    stage.office.sign_in("manager", PASSWORD, CODE)
    answered(stage, settle)
    qtbot.waitUntil(lambda: office.ended == [False])
    assert stage.office.property("onDuty") == "" and stage.office.property("user") == "manager"


def test_duty_can_be_ended_and_is_only_for_whoever_serves(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = signed_in(make_stage, "auditor")
    stage.office.serve()
    assert stage.office.property("state") == "open"
    with pytest.raises(LookupError):
        item(stage, "serveButton")
    stage.office.sign_out()
    stage.office.show_sign_in()
    stage.office.sign_in("operator", PASSWORD, CODE)
    answered(stage, settle)
    stage.office.serve()
    _sheet(stage).setProperty("open", True)
    settle(stage)
    click(stage, "staffEndDuty")
    qtbot.waitUntil(lambda: office_of(stage).ended == [False, False])
    assert stage.office.property("onDuty") == ""


def test_a_duty_the_core_has_ended_names_nobody_any_more(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    service = StaffedFake()
    service.fault = ErrorCode.OPERATOR_MISSING
    stage = signed_in(make_stage, "operator", service)
    stage.visit.check_health()
    assert stage.visit.property("staffCode") == "ACC-24"
    service.fault = None
    stage.office.serve()
    assert stage.visit.property("page") == "Idle"
    assert stage.office.property("onDuty") == "operator"
    service.fault = ErrorCode.OPERATOR_MISSING
    stage.visit.check_health()
    assert stage.office.property("onDuty") == ""
    qtbot.waitUntil(lambda: office_of(stage).ended == [False])
