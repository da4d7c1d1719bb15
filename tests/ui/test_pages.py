"""The pages as a person uses them: order of consent, language, pad, outcome, ribbon, sheets."""

import threading
import time

import pytest
from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from station.booth.messages import Action
from station.errors import ErrorCode, StationError
from station.events import (
    CaptureStarted,
    DevicesChanged,
    OutcomeReached,
    Purged,
    State,
    StateChanged,
    StationLocked,
)
from station.model import (
    Answer,
    Authenticity,
    DocumentCheck,
    DocumentKind,
    IdentityRecord,
    Language,
    Outcome,
    VisitId,
)
from station.ports import AccessKeyReply, Dialogue, NoticeReply, Publish
from tests.ui.conftest import MakeStage
from tests.ui.kiosk_fakes import FakeService
from ui import layout
from ui.screenshots import demo_notice, item, settle
from ui.stage import Stage

VISIT = VisitId("0" * 32)


def click(stage: Stage, name: str) -> None:
    target: QQuickItem = item(stage, name)
    settle(stage)
    centre = target.mapToScene(QPointF(target.width() / 2, target.height() / 2))
    QTest.mouseClick(
        stage.window,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QPoint(int(centre.x()), int(centre.y())),
    )
    settle(stage)


class Asked:
    """Runs one dialogue call on a thread and keeps its answer."""

    def __init__(self, call: object, *arguments: object) -> None:
        self.answer: object = None
        self.error: BaseException | None = None
        self._call, self._arguments = call, arguments
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.answer = self._call(*self._arguments)  # type: ignore[operator]
        except BaseException as error:
            self.error = error


def asked_consent(stage: Stage, cancel: threading.Event | None = None) -> Asked:
    stage.visit.on_event(StateChanged(VISIT, State.NOTICE))
    question = Asked(stage.dialogue.ask_consent, demo_notice(), cancel or threading.Event())
    settle(stage, 120)
    return question


def finish(question: Asked, qtbot: QtBot) -> object:
    qtbot.waitUntil(lambda: not question.thread.is_alive(), timeout=5000)
    return question.answer


def test_agreeing_needs_the_end_of_the_notice_and_then_the_tick(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = make_stage()
    question = asked_consent(stage)
    assert "人脸核验告知书" in layout.shown_texts(stage.window)
    with pytest.raises(LookupError):
        item(stage, "agreeButton")
    stage.notice.agree()
    stage.notice.tick(True)
    assert not stage.notice.ticked
    for _ in range(12):
        if stage.notice.atEnd:
            break
        click(stage, "scrollButton")
    assert item(stage, "agreeButton").isEnabled() is False
    assert item(stage, "consentBox").property("checked") is False
    click(stage, "agreeButton")
    assert question.thread.is_alive()
    click(stage, "consentBox")
    click(stage, "agreeButton")
    reply = finish(question, qtbot)
    assert isinstance(reply, NoticeReply)
    assert reply.answer is Answer.GIVEN and reply.shown_to_end
    assert reply.language is Language.ZH_CN and reply.method == "SCREEN" and reply.dwell_s > 0


@pytest.mark.parametrize(
    ("button", "answer"),
    [("refuseButton", Answer.REFUSED), ("otherButton", Answer.OTHER_ROUTE)],
)
def test_saying_no_needs_one_click_and_nothing_before_it(
    make_stage: MakeStage, qtbot: QtBot, button: str, answer: Answer
) -> None:
    stage = make_stage()
    question = asked_consent(stage)
    click(stage, button)
    reply = finish(question, qtbot)
    assert isinstance(reply, NoticeReply)
    assert reply.answer is answer and not reply.shown_to_end


def test_the_other_route_is_as_large_as_the_agreement(make_stage: MakeStage) -> None:
    stage = make_stage()
    cancel = threading.Event()
    asked_consent(stage, cancel)
    stage.notice.reached_end()
    settle(stage)
    agree, other = item(stage, "agreeButton"), item(stage, "otherButton")
    refuse = item(stage, "refuseButton")
    assert (other.width(), other.height()) == (agree.width(), agree.height())
    assert refuse.height() == agree.height() >= 64
    cancel.set()


def test_changing_the_language_starts_the_reading_again(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = make_stage()
    cancel = threading.Event()
    question = asked_consent(stage, cancel)
    stage.notice.reached_end()
    stage.notice.tick(True)
    assert stage.notice.mayAgree
    click(stage, "languageButton")
    texts = layout.shown_texts(stage.window)
    assert "Before we check your face" in texts and "Camera off" in texts
    assert not stage.notice.ticked and not stage.notice.atEnd
    cancel.set()
    finish(question, qtbot)
    assert type(question.error).__name__ == "Cancelled"


def test_a_late_answer_to_a_closed_question_is_dropped(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage()
    question = asked_consent(stage)
    click(stage, "refuseButton")
    finish(question, qtbot)
    stage.dialogue.reply("consent", "late")
    again = asked_consent(stage)
    assert again.thread.is_alive()
    stage.notice.take_other_route()
    reply = finish(again, qtbot)
    assert isinstance(reply, NoticeReply) and reply.answer is Answer.OTHER_ROUTE


def test_the_pad_and_the_keyboard_type_the_chip_key(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage()
    stage.visit.on_event(StateChanged(VISIT, State.CARD))
    question = Asked(stage.dialogue.ask_access_key, threading.Event())
    settle(stage, 120)
    for key in ("keyE", "key1", "key2", "keyRubOut"):
        click(stage, key)
    item(stage, "cardKey").forceActiveFocus()
    QTest.keyClick(stage.window, "x")
    assert stage.card.values[0] == "E1X"
    click(stage, "keyField1")
    for digit in "901332":
        QTest.keyClick(stage.window, digit)
    assert not stage.card.complete
    stage.card.choose(1)
    for _ in range(4):
        stage.card.rub_out()
    for character in "0131" + "310630":
        stage.card.type(character)
    settle(stage)
    click(stage, "keyDone")
    assert finish(question, qtbot) == AccessKeyReply("E1X", "900131", "310630")


def test_the_prompt_time_is_taken_when_it_is_painted(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage()
    stage.visit.on_event(StateChanged(VISIT, State.CAPTURE))
    stage.visit.on_event(CaptureStarted(1, 2, 1))
    settle(stage)
    before = time.monotonic_ns()
    question = Asked(stage.dialogue.show_prompt, 0, Action.TURN_LEFT.value)
    painted = finish(question, qtbot)
    assert isinstance(painted, int) and before < painted <= time.monotonic_ns()
    assert painted - before < 900_000_000
    assert "请向左转头" in layout.shown_texts(stage.window)


def test_a_hidden_screen_does_not_hang_the_prompt(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage()
    stage.window.hide()
    question = Asked(stage.dialogue.show_prompt, 0, Action.BLINK.value)
    assert isinstance(finish(question, qtbot), int)


def test_the_ribbon_follows_events_only(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit.on_event(StateChanged(VISIT, State.CAPTURE))
    settle(stage)
    assert "摄像头 关" in layout.shown_texts(stage.window)
    stage.visit.on_event(DevicesChanged(True, False, 5))
    settle(stage)
    texts = layout.shown_texts(stage.window)
    assert "摄像头 开" in texts and "本机此刻持有的图像 5" in texts
    stage.visit.on_event(Purged(1, "not a time", False))
    settle(stage)
    assert stage.ribbon.images == 5
    stage.visit.on_event(Purged(1, "2026-01-05T02:15:31.250+00:00", True))
    settle(stage)
    texts = layout.shown_texts(stage.window)
    assert "摄像头 关" in texts and "本机此刻持有的图像 0" in texts
    assert any(text.startswith("已于 ") and ":15:31" in text for text in texts)


def test_forgetting_leaves_no_personal_text_and_returns_after_it(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = make_stage()
    stage.visit.on_event(StateChanged(VISIT, State.COMPARE))
    check = DocumentCheck(DocumentKind.EMRTD, Authenticity.VERIFIED, True, "BAC")
    fields = (("name", "张晓雯"), ("document_number", "E12345678"))
    stage.dialogue.show_identity(IdentityRecord(fields), check)
    settle(stage)
    texts = layout.shown_texts(stage.window)
    assert "张晓雯" in texts and "E1•••••78" in texts and "E12345678" not in texts
    question = Asked(stage.dialogue.forget)
    finish(question, qtbot)
    assert stage.card.rows == [] and stage.card.values == ["", "", ""]
    settle(stage)
    assert "张晓雯" not in layout.shown_texts(stage.window)


def test_the_score_never_reaches_the_screen(make_stage: MakeStage) -> None:
    from station.model import ComparisonDecision, ComparisonResult

    stage = make_stage()
    stage.visit.on_event(StateChanged(VISIT, State.COMPARE))
    score = ComparisonResult(ComparisonDecision.MATCH, 0.7312, 0.36, 1e-4, "0" * 64, "test")
    stage.dialogue.show_comparison(score)
    settle(stage)
    assert not [text for text in layout.shown_texts(stage.window) if "731" in text]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_each_outcome_says_what_happens_next(make_stage: MakeStage, outcome: Outcome) -> None:
    from resources.texts import text

    stage = make_stage(language=Language.EN)
    stage.visit.on_event(OutcomeReached(outcome, None, False, ""))
    settle(stage)
    shown = layout.shown_texts(stage.window)
    assert text("outcome", outcome, "en") in shown and text("next", outcome, "en") in shown


@pytest.mark.parametrize("outcome", [Outcome.MANUAL, Outcome.FAILED])
def test_a_cause_is_told_in_its_own_words(make_stage: MakeStage, outcome: Outcome) -> None:
    from resources.texts import text

    stage = make_stage(language=Language.EN)
    code = ErrorCode.CARD_NOT_SUPPORTED
    stage.visit.on_event(OutcomeReached(outcome, code, False, ""))
    settle(stage)
    shown = layout.shown_texts(stage.window)
    assert text("error", code, "en") in shown and "For staff: CRD-08" in shown


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
