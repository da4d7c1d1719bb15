"""The residents' pages as a person uses them: way in, claim, separate consents, erasure."""

import threading

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from resources.texts import text
from station.errors import ErrorCode
from station.events import (
    CardRetry,
    Flow,
    OutcomeReached,
    State,
    StateChanged,
)
from station.model import Answer, Claim, ClaimKind, Language, Outcome, Purpose
from station.ports import NoticeReply, Publish, ResidentDialogue
from tests.ui.conftest import MakeStage
from tests.ui.kiosk_fakes import FakeService
from tests.ui.touch import VISIT, Asked, click, finish
from ui import layout
from ui.bridge import visit as visit_bridge
from ui.resident_pictures import resident_notice
from ui.screenshots import item, settle
from ui.stage import Stage

NUMBER = "3141592653"
CHECK, KEEP, PICTURES = range(3)


def asked_questions(stage: Stage, cancel: threading.Event | None = None) -> Asked:
    """The notice read to its end, and the page of the separate questions open."""
    stage.visit.on_event(StateChanged(VISIT, State.NOTICE))
    question = Asked(stage.dialogue.ask_consent, resident_notice(), cancel or threading.Event())
    settle(stage, 120)
    for _ in range(30):
        if stage.notice.atEnd:
            break
        click(stage, "scrollButton")
    click(stage, "askButton")
    return question


def asked_claim(stage: Stage, qtbot: QtBot) -> Asked:
    """A resident's check at its claim page."""
    stage.visit.show_residents()
    stage.visit.check_in()
    stage.visit.on_event(StateChanged(VISIT, State.CARD))
    question = Asked(stage.dialogue.ask_claim, threading.Event())
    qtbot.waitUntil(lambda: stage.claim.asking)
    settle(stage)
    return question


@pytest.mark.parametrize(
    ("button", "flow"),
    [
        ("checkInButton", Flow.RESIDENT_CHECK),
        ("registerButton", Flow.ENROLMENT),
        ("withdrawButton", Flow.WITHDRAWAL),
    ],
)
def test_each_way_in_begins_its_own_flow(
    make_stage: MakeStage, qtbot: QtBot, button: str, flow: Flow
) -> None:
    service = FakeService()
    stage = make_stage(service)
    click(stage, "residentsButton")
    click(stage, button)
    qtbot.waitUntil(lambda: service.served == [flow])
    assert stage.visit.flow == flow
    stage.visit.cancel()


def test_visitors_come_first_and_residents_have_a_row_of_their_own(make_stage: MakeStage) -> None:
    stage = make_stage()
    start, residents = item(stage, "startButton"), item(stage, "residentsButton")
    assert start.height() > residents.height() >= 64
    assert start.mapToScene(QPointF()).y() < residents.mapToScene(QPointF()).y()
    click(stage, "residentsButton")
    sizes = {
        (item(stage, name).width(), item(stage, name).height())
        for name in ("checkInButton", "registerButton", "withdrawButton")
    }
    assert len(sizes) == 1
    click(stage, "backButton")
    assert item(stage, "startButton")


def test_a_site_that_registers_nobody_shows_no_way_in(make_stage: MakeStage) -> None:
    service = FakeService(registers_residents=False)
    stage = make_stage(service)
    with pytest.raises(LookupError):
        item(stage, "residentsButton")
    stage.visit.show_residents()
    stage.visit.register()
    assert stage.visit.page == "Idle" and service.served == []


def test_the_choice_left_alone_goes_back_to_the_first_page(
    make_stage: MakeStage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit_bridge, "_IDLE_RESET_MS", 300)
    stage = make_stage()
    seen: list[str] = []
    stage.visit.changed.connect(lambda: seen.append(stage.visit.page))
    stage.visit.show_residents()
    stage.visit.check_health()
    assert seen == ["Residents"]
    qtbot.waitUntil(lambda: stage.visit.page == "Idle", timeout=5000)


def test_a_fault_closes_the_choice_too(make_stage: MakeStage) -> None:
    service = FakeService()
    stage = make_stage(service)
    click(stage, "residentsButton")
    service.fault = ErrorCode.DISK_FULL
    stage.visit.check_health()
    assert stage.visit.page == "Fault"
    service.fault = None
    stage.visit.check_health()
    assert stage.visit.page == "Idle"


def test_a_slip_in_the_number_is_told_at_once_and_cannot_be_sent(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = make_stage()
    question = asked_claim(stage, qtbot)
    for digit in "3141592650":
        click(stage, "keyZero" if digit == "0" else f"key{digit}")
    assert "住户号 · 有一位不对，请核对" in layout.shown_texts(stage.window)
    assert not item(stage, "keyDone").isEnabled()
    stage.claim.submit()
    assert question.thread.is_alive()
    click(stage, "keyRubOut")
    click(stage, "key3")
    click(stage, "keyDone")
    assert finish(question, qtbot) == Claim(ClaimKind.RESIDENT_NUMBER, NUMBER)
    stage.visit.cancel()


def test_the_claim_needs_no_touch(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage()
    stage.window.requestActivate()
    qtbot.waitUntil(stage.window.isActive)
    question = asked_claim(stage, qtbot)
    settle(stage)
    for character in "31x4 1592659":
        QTest.keyClick(stage.window, character)
    QTest.keyClick(stage.window, Qt.Key.Key_Backspace)
    QTest.keyClick(stage.window, "3")
    assert stage.claim.shown == "314 159 2653"
    QTest.keyClick(stage.window, Qt.Key.Key_Return)
    assert finish(question, qtbot) == Claim(ClaimKind.RESIDENT_NUMBER, NUMBER)
    stage.visit.cancel()


def test_an_unknown_number_is_asked_again_and_the_document_will_do(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = make_stage(language=Language.EN)
    question = asked_claim(stage, qtbot)
    for digit in NUMBER:
        stage.claim.type(digit)
    stage.claim.submit()
    finish(question, qtbot)
    stage.visit.on_event(CardRetry(ErrorCode.RESIDENT_UNKNOWN, 2))
    again = Asked(stage.dialogue.ask_claim, threading.Event())
    qtbot.waitUntil(lambda: stage.claim.asking)
    settle(stage)
    shown = " ".join(layout.shown_texts(stage.window))
    assert text("error", ErrorCode.RESIDENT_UNKNOWN, "en") in shown and "314 159 2653" in shown
    click(stage, "useDocument")
    assert finish(again, qtbot) is None and again.error is None
    settle(stage)
    shown = " ".join(layout.shown_texts(stage.window))
    assert "lay your document" in shown
    assert text("error", ErrorCode.RESIDENT_UNKNOWN, "en") not in shown
    finish(Asked(stage.dialogue.forget), qtbot)
    assert stage.claim.shown == ""
    stage.visit.cancel()


def test_every_purpose_has_a_box_of_its_own_and_none_is_ticked(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = make_stage()
    cancel = threading.Event()
    question = asked_questions(stage, cancel)
    boxes = [item(stage, f"purposeBox{index}") for index in range(3)]
    assert [box.property("checked") for box in boxes] == [False] * 3
    assert all(box.height() >= 48 for box in boxes)
    assert [box.property("term") for box in boxes] == [
        "核对完就删除",
        "最多保存 365 天",
        "最多 2 张，不比特征存得久",
    ]
    agree = item(stage, "agreeButton")
    assert not agree.isEnabled()
    for name in ("refuseButton", "otherButton"):
        assert item(stage, name).height() == agree.height() and item(stage, name).isEnabled()
    stage.notice.agree()
    assert question.thread.is_alive()
    cancel.set()
    finish(question, qtbot)


def test_the_button_says_what_the_ticks_come_to(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage(language=Language.EN)
    question = asked_questions(stage)
    agree = item(stage, "agreeButton")
    told = []
    for box in (KEEP, CHECK, PICTURES, PICTURES, KEEP):
        click(stage, f"purposeBox{box}")
        told.append((agree.property("detail"), agree.isEnabled()))
        assert stage.notice.tickedText in layout.shown_texts(stage.window)
    assert told == [
        ("the check needs a tick", False),
        ("check and register", True),
        ("register, keep pictures", True),
        ("check and register", True),
        ("check, keep nothing", True),
    ]
    click(stage, f"purposeBox{KEEP}")
    click(stage, "agreeButton")
    reply = finish(question, qtbot)
    assert isinstance(reply, NoticeReply)
    assert reply.agreed == {Purpose.VERIFY, Purpose.RETAIN_TEMPLATE}
    assert reply.answer is Answer.GIVEN and reply.shown_to_end


@pytest.mark.parametrize(
    ("button", "answer"),
    [("refuseButton", Answer.REFUSED), ("otherButton", Answer.OTHER_ROUTE)],
)
def test_no_is_one_touch_on_the_questions_too_and_carries_no_tick(
    make_stage: MakeStage, qtbot: QtBot, button: str, answer: Answer
) -> None:
    stage = make_stage()
    question = asked_questions(stage)
    click(stage, f"purposeBox{CHECK}")
    click(stage, button)
    reply = finish(question, qtbot)
    assert isinstance(reply, NoticeReply) and (reply.answer, reply.agreed) == (answer, None)


def test_the_questions_need_no_touch_and_a_held_space_bar_ticks_nothing(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = make_stage()
    stage.window.requestActivate()
    qtbot.waitUntil(stage.window.isActive)
    question = asked_questions(stage)
    for _ in range(5):
        QTest.keyClick(stage.window, Qt.Key.Key_Space)
    assert stage.notice.ticks == [False] * 3
    for _ in range(2):
        QTest.keyClick(stage.window, Qt.Key.Key_Tab)
        QTest.keyClick(stage.window, Qt.Key.Key_Space)
        settle(stage)
    assert stage.notice.ticks == [True, True, False]
    for _ in range(8):
        held = stage.window.activeFocusItem()
        if held is not None and held.objectName() == "agreeButton":
            break
        QTest.keyClick(stage.window, Qt.Key.Key_Tab)
    QTest.keyClick(stage.window, Qt.Key.Key_Return)
    reply = finish(question, qtbot)
    assert isinstance(reply, NoticeReply)
    assert reply.agreed == {Purpose.VERIFY, Purpose.RETAIN_TEMPLATE}


def test_another_language_takes_every_tick_away(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage()
    cancel = threading.Event()
    question = asked_questions(stage, cancel)
    click(stage, f"purposeBox{CHECK}")
    click(stage, "languageButton")
    assert stage.notice.ticks == [False] * 3 and not stage.notice.asking
    cancel.set()
    finish(question, qtbot)


@pytest.mark.parametrize(("button", "answer"), [("yesButton", True), ("noButton", False)])
@pytest.mark.parametrize("ask", ["ask_check_only", "ask_erasure"])
def test_yes_and_no_are_equal_and_answer_once(
    make_stage: MakeStage, qtbot: QtBot, ask: str, button: str, answer: bool
) -> None:
    stage = make_stage()
    question = Asked(getattr(stage.dialogue, ask), threading.Event())
    qtbot.waitUntil(lambda: stage.question.open)
    settle(stage, 120)
    yes, no = item(stage, "yesButton"), item(stage, "noButton")
    assert (yes.width(), yes.height()) == (no.width(), no.height())
    click(stage, button)
    assert finish(question, qtbot) is answer
    stage.question.answer(True)
    assert not stage.question.open


def test_the_erasure_says_what_goes_and_the_keyboard_rests_on_keeping(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = make_stage()
    stage.window.requestActivate()
    qtbot.waitUntil(stage.window.isActive)
    stage.visit.on_event(StateChanged(VISIT, State.ERASE))
    question = Asked(stage.dialogue.ask_erasure, threading.Event())
    qtbot.waitUntil(lambda: stage.question.open)
    settle(stage, 120)
    shown = " ".join(layout.shown_texts(stage.window))
    assert all(words in shown for words in ("人脸特征", "证件文字", "住户号", "不能恢复"))
    QTest.keyClick(stage.window, Qt.Key.Key_Return)
    assert finish(question, qtbot) is False


def test_a_cancelled_question_raises_and_is_closed(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage()
    cancel = threading.Event()
    for ask in (stage.dialogue.ask_claim, stage.dialogue.ask_erasure):
        question = Asked(ask, cancel)
        settle(stage, 80)
        cancel.set()
        finish(question, qtbot)
        assert type(question.error).__name__ == "Cancelled"
        settle(stage)
        assert not stage.question.open and not stage.claim.asking
        cancel.clear()


def test_a_whole_enrolment_is_flown_by_the_pilot(make_stage: MakeStage, qtbot: QtBot) -> None:
    def script(dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event) -> Outcome:
        publish(StateChanged(VISIT, State.NOTICE))
        reply = dialogue.ask_consent(resident_notice(), cancel)
        assert reply.agreed == {Purpose.VERIFY}
        assert dialogue.ask_check_only(cancel)
        publish(StateChanged(VISIT, State.CARD))
        publish(StateChanged(VISIT, State.KEEP))
        publish(OutcomeReached(Outcome.MATCH, None, False, "7F3A", Flow.ENROLMENT))
        dialogue.forget()
        dialogue.acknowledge(cancel, 20.0)
        return Outcome.MATCH

    service = FakeService(script)
    stage = make_stage(service)
    pilot = stage.dialogue

    def fly() -> None:
        pilot.begin_visit(Flow.ENROLMENT)
        pilot.answer_consent(Answer.GIVEN, frozenset({Purpose.VERIFY}))
        pilot.answer_yes_no(yes=True)
        pilot.acknowledge_now()

    flown = Asked(fly)
    pages: list[str] = []
    stage.visit.changed.connect(lambda: pages.append(stage.visit.page))
    qtbot.waitUntil(lambda: "Result" in pages and stage.visit.page == "Idle", timeout=15000)
    finish(flown, qtbot)
    assert flown.error is None and service.served == [Flow.ENROLMENT]
    assert [page for i, page in enumerate(pages) if i == 0 or page != pages[i - 1]] == [
        "Residents",
        "Notice",
        "CheckOnly",
        "Card",
        "Compare",
        "Result",
        "Idle",
    ]
