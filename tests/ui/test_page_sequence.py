"""Visits from page to page: whole, cancelled, faulty, locked; keyboard and sheets."""

import threading

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from station.errors import ErrorCode, StationError
from station.events import (
    OutcomeReached,
    Purged,
    State,
    StateChanged,
    StationLocked,
)
from station.model import (
    Answer,
    Outcome,
)
from station.ports import AccessKeyReply, Dialogue, Publish
from tests.ui.conftest import MakeStage
from tests.ui.kiosk_fakes import FakeService
from tests.ui.touch import VISIT, Asked, asked_consent, click, finish
from ui.screenshots import demo_notice, item, settle


def test_a_whole_visit_ends_idle(make_stage: MakeStage, qtbot: QtBot) -> None:
    def script(dialogue: Dialogue, publish: Publish, cancel: threading.Event) -> Outcome:
        publish(StateChanged(VISIT, State.NOTICE))
        reply = dialogue.ask_consent(demo_notice(), cancel)
        publish(StateChanged(VISIT, State.CARD))
        key = dialogue.ask_access_key(cancel)
        assert reply.answer is Answer.GIVEN and key.birth_date == "900131"
        publish(OutcomeReached(Outcome.MATCH, None, False, "7f3a09c2"))
        publish(Purged(4711, "2026-01-05T02:15:31.250+00:00", True))
        dialogue.forget()
        dialogue.acknowledge(cancel, 20.0)
        return Outcome.MATCH

    stage = make_stage(FakeService(script))
    pilot = stage.dialogue

    def fly() -> None:
        pilot.begin_visit()
        pilot.answer_consent(Answer.GIVEN)
        pilot.answer_access_key(AccessKeyReply("E12345678", "900131", "310630"))
        pilot.acknowledge_now()

    flown = Asked(fly)
    pages: list[str] = []
    stage.visit.changed.connect(lambda: pages.append(stage.visit.page))
    qtbot.waitUntil(lambda: "Result" in pages and stage.visit.page == "Idle", timeout=15000)
    finish(flown, qtbot)
    assert flown.error is None
    assert [page for i, page in enumerate(pages) if i == 0 or page != pages[i - 1]] == [
        "Idle",
        "Notice",
        "Card",
        "Result",
        "Idle",
    ]


def test_cancelling_ends_the_visit(make_stage: MakeStage, qtbot: QtBot) -> None:
    def script(_d: Dialogue, publish: Publish, cancel: threading.Event) -> Outcome:
        publish(StateChanged(VISIT, State.CARD))
        cancel.wait()
        publish(OutcomeReached(Outcome.CANCELLED, None, False, ""))
        return Outcome.CANCELLED

    stage = make_stage(FakeService(script))
    click(stage, "startButton")
    qtbot.waitUntil(lambda: stage.visit.page == "Card")
    click(stage, "cancelButton")
    qtbot.waitUntil(lambda: stage.visit.page == "Result")
    click(stage, "doneButton")
    assert stage.visit.page == "Idle"


@pytest.mark.parametrize(
    ("error", "page"),
    [(StationError(ErrorCode.DISK_FULL), "Fault"), (ValueError("a name"), "Locked")],
)
def test_a_visit_that_raises_is_shown_and_a_bug_locks(
    make_stage: MakeStage,
    qtbot: QtBot,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    page: str,
) -> None:
    def script(_d: Dialogue, _p: Publish, _c: threading.Event) -> Outcome:
        raise error

    stage = make_stage(FakeService(script))
    stage.visit.start()
    qtbot.waitUntil(lambda: stage.visit.page == page)
    stage.visit.start()
    assert stage.visit.page == page
    assert "a name" not in capsys.readouterr().err


def test_faults_come_and_go_and_a_lock_stays(make_stage: MakeStage) -> None:
    service = FakeService(fault=ErrorCode.CAMERA_NOT_FOUND)
    stage = make_stage(service)
    stage.visit.check_health()
    settle(stage)
    assert item(stage, "pageFault") and stage.visit.staffCode == "CAM-01"
    service.fault = None
    stage.visit.check_health()
    assert stage.visit.page == "Idle"
    stage.visit.on_event(StationLocked(ErrorCode.PURGE_FAILED))
    stage.visit.on_event(StateChanged(VISIT, State.NOTICE))
    stage.visit.check_health()
    assert stage.visit.page == "Locked"


def test_the_window_stays_until_staff_let_it_go(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.window.setProperty("mayClose", False)
    assert stage.window.close() is False and stage.window.isVisible()
    left: list[bool] = []
    stage.visit.quit_wanted.connect(lambda: left.append(True))
    sheet = stage.window.findChild(QObject, "staffSheet")
    assert sheet is not None
    sheet.setProperty("open", True)
    settle(stage)
    click(stage, "staffQuit")
    assert left == [True]


def test_keyboard_alone_reaches_and_presses_the_start(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage()
    stage.window.requestActivate()
    for _ in range(12):
        focus = stage.window.activeFocusItem()
        if focus is not None and focus.objectName() == "startButton":
            break
        QTest.keyClick(stage.window, Qt.Key.Key_Tab)
    QTest.keyClick(stage.window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: any(t.name == "visit" for t in threading.enumerate()), timeout=3000)
    stage.visit.cancel()


def test_the_accessibility_tree_names_what_a_visitor_needs(make_stage: MakeStage) -> None:
    stage = make_stage()
    cancel = threading.Event()
    asked_consent(stage, cancel)
    stage.notice.reached_end()
    settle(stage)
    root = QAccessible.queryAccessibleInterface(stage.window)
    names = _names(root)
    for name in ("人脸核验告知书", "同意，用人脸核验", "用其他方式", "不同意，结束", "帮助"):
        assert name in names
    assert any(name.startswith("摄像头 关 · 读卡器 关") for name in names)
    cancel.set()


def test_a_choice_is_named_with_what_it_chooses(make_stage: MakeStage) -> None:
    stage = make_stage()
    click(stage, "displayButton")
    names = _names(QAccessible.queryAccessibleInterface(stage.window))
    assert {"文字大小: 特大", "颜色: 深色", "动画: 关"} <= names


def _names(node: QAccessibleInterface) -> set[str]:
    names = {node.text(QAccessible.Text.Name)}
    for index in range(node.childCount()):
        names |= _names(node.child(index))
    return names


def test_the_next_person_finds_no_sheet_left_open(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit.on_event(OutcomeReached(Outcome.MANUAL, None, False, ""))
    settle(stage)
    click(stage, "helpButton")
    assert item(stage, "closeHelp")
    stage.visit.acknowledge()
    settle(stage)
    with pytest.raises(LookupError):
        item(stage, "closeHelp")
    assert item(stage, "startButton")


def test_large_targets(make_stage: MakeStage) -> None:
    stage = make_stage()
    assert item(stage, "startButton").height() >= 64
    for name in ("languageButton", "displayButton", "helpButton", "ribbon"):
        assert item(stage, name).height() >= 48, name
        assert item(stage, name).width() >= 48, name
