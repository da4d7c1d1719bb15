"""The pages as a person uses them: order of consent, language, pad, outcome, ribbon."""

import threading
import time

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from station.booth.messages import Action
from station.errors import ErrorCode
from station.events import (
    CaptureStarted,
    DevicesChanged,
    OutcomeReached,
    Purged,
    State,
    StateChanged,
)
from station.model import (
    Answer,
    Authenticity,
    DocumentCheck,
    DocumentKind,
    IdentityRecord,
    Language,
    Outcome,
)
from station.ports import AccessKeyReply, NoticeReply
from tests.ui.conftest import MakeStage
from tests.ui.touch import VISIT, Asked, asked_consent, click, finish
from ui import layout
from ui.screenshots import item, settle


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
