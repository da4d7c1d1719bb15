"""The capture page: a picture for each instruction, praise, why it is tried again, calm."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from resources.texts import retry_text, table
from station.booth.messages import Action, Guidance
from station.events import (
    CaptureRetry,
    CaptureStarted,
    Event,
    GuidanceChanged,
    PromptProgressed,
    State,
    StateChanged,
)
from station.model import Answer, Language
from station.ports import NoticeReply
from tests.ui.conftest import MakeStage
from tests.ui.touch import VISIT, asked_consent, click, finish
from ui import layout
from ui.screenshots import item, settle
from ui.stage import Stage

_WARNED = "等一下屏幕会换几种颜色"


def _tell(stage: Stage, *events: Event) -> None:
    for event in events:
        stage.visit.on_event(event)


def _capturing(stage: Stage) -> Stage:
    _tell(stage, StateChanged(VISIT, State.CAPTURE), CaptureStarted(1, 2, 1))
    settle(stage)
    return stage


def _grab(stage: Stage, name: str) -> bytes:
    shown = item(stage, name)
    area = shown.mapRectToScene(shown.boundingRect()).toRect()
    return bytes(stage.window.grabWindow().copy(area).constBits())


def test_every_guidance_and_every_action_has_a_picture_of_its_own(make_stage: MakeStage) -> None:
    stage = _capturing(make_stage())
    pictures = {}
    for guidance in Guidance:
        _tell(stage, GuidanceChanged(guidance.value))
        settle(stage)
        pictures[guidance.value] = _grab(stage, "hint")
    _tell(stage, GuidanceChanged(Guidance.NONE.value))
    for action in Action:
        stage.capture.show_prompt(0, action.value)
        settle(stage)
        pictures[action.value] = _grab(stage, "hint")
    assert len(set(pictures.values())) == len(Guidance) + len(Action)


def test_an_action_seen_is_praised_at_once(make_stage: MakeStage) -> None:
    stage = _capturing(make_stage())
    _tell(stage, GuidanceChanged(Guidance.NONE.value), PromptProgressed(0, 1.0))
    settle(stage)
    # The search for the face is no action.
    assert "好" not in layout.shown_texts(stage.window)
    stage.capture.show_prompt(0, Action.BLINK.value)
    _tell(stage, PromptProgressed(0, 0.4))
    settle(stage)
    assert "请眨眨眼" in layout.shown_texts(stage.window)
    _tell(stage, PromptProgressed(0, 1.0))
    settle(stage)
    texts = layout.shown_texts(stage.window)
    assert "好" in texts and "请眨眨眼" not in texts
    assert stage.capture.property("fractions") == [1.0, 0.0]
    stage.capture.show_prompt(1, Action.TURN_RIGHT.value)
    settle(stage)
    texts = layout.shown_texts(stage.window)
    assert "请向右转头" in texts and any(text.startswith("好 · ") for text in texts)
    _tell(stage, PromptProgressed(1, 1.0))
    settle(stage)
    assert "好，请转回正面" in layout.shown_texts(stage.window)


def test_an_action_not_seen_is_not_praised(make_stage: MakeStage) -> None:
    stage = _capturing(make_stage())
    stage.capture.show_prompt(0, Action.BLINK.value)
    _tell(stage, PromptProgressed(0, 0.4))
    stage.capture.show_prompt(1, Action.TURN_RIGHT.value)
    settle(stage)
    assert not any(text.startswith("好") for text in layout.shown_texts(stage.window))
    assert stage.capture.property("fractions") == [0.4, 0.0]


@pytest.mark.parametrize("language", list(Language))
def test_another_attempt_says_why_until_its_first_action_is_seen(
    make_stage: MakeStage, language: Language
) -> None:
    stage = _capturing(make_stage(language=language))
    for layer in [*table()["retry"], "L8_UNHEARD_OF"]:
        _tell(stage, CaptureRetry(layer, 1), CaptureStarted(2, 2, 0))
        settle(stage)
        assert retry_text(layer, language.value) in layout.shown_texts(stage.window)
    stage.capture.show_prompt(0, Action.BLINK.value)
    settle(stage)
    reason = retry_text("L8_UNHEARD_OF", language.value)
    assert reason in layout.shown_texts(stage.window)
    _tell(stage, PromptProgressed(0, 1.0))
    settle(stage)
    assert reason not in layout.shown_texts(stage.window)


def test_the_next_person_is_told_no_reason_of_the_last(make_stage: MakeStage) -> None:
    stage = _capturing(make_stage())
    _tell(stage, CaptureRetry("L2_CHALLENGE", 1), CaptureStarted(2, 2, 0))
    _tell(stage, StateChanged(VISIT, State.CAPTURE), CaptureStarted(1, 2, 1))
    settle(stage)
    reason = retry_text("L2_CHALLENGE", "zh_CN")
    assert reason not in layout.shown_texts(stage.window)


def test_people_are_told_of_the_lights_before_the_first_one(make_stage: MakeStage) -> None:
    stage = _capturing(make_stage())
    assert _WARNED in layout.shown_texts(stage.window)
    stage.capture.show_light("WHITE")
    stage.capture.show_light("")
    settle(stage)
    assert _WARNED not in layout.shown_texts(stage.window)


def test_an_attempt_without_lights_does_not_announce_any(make_stage: MakeStage) -> None:
    stage = make_stage()
    started = CaptureStarted(1, 2, 1, lights=False)
    _tell(stage, StateChanged(VISIT, State.CAPTURE), started)
    settle(stage)
    assert _WARNED not in layout.shown_texts(stage.window)


@pytest.mark.parametrize("calm", [True, False])
def test_the_calm_choice_reaches_the_answer(
    make_stage: MakeStage, qtbot: QtBot, calm: bool
) -> None:
    stage = make_stage()
    question = asked_consent(stage)
    stage.notice.reached_end()
    settle(stage)
    assert item(stage, "calmBox").property("checked") is False
    if calm:
        click(stage, "calmBox")
        assert item(stage, "calmBox").property("checked") is True
        # A wish is no consent.
        assert stage.notice.property("mayAgree") is False
    click(stage, "consentBox")
    click(stage, "agreeButton")
    reply = finish(question, qtbot)
    assert isinstance(reply, NoticeReply) and reply.answer is Answer.GIVEN
    assert reply.calm is calm


def test_the_calm_choice_is_there_before_a_visit_and_ends_with_it(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = make_stage()
    click(stage, "displayButton")
    assert item(stage, "calmChoice").isVisible()
    click(stage, "calmNone")
    assert stage.display.property("calm") is True
    click(stage, "closeDisplay")
    question = asked_consent(stage)
    stage.notice.reached_end()
    settle(stage)
    # Chosen by the same person a moment ago, and said so.
    assert item(stage, "calmBox").property("checked") is True
    stage.notice.refuse()
    finish(question, qtbot)
    stage.visit.idle_reached.emit()
    assert stage.display.property("calm") is False
    stage.display.set_calm(True)
    stage.display.reset()
    assert stage.display.property("calm") is False


def test_once_answered_the_choice_is_no_longer_offered(make_stage: MakeStage) -> None:
    stage = make_stage()
    _tell(stage, StateChanged(VISIT, State.CARD))
    click(stage, "displayButton")
    with pytest.raises(LookupError):
        item(stage, "calmChoice")


def test_the_calm_choice_needs_only_the_keyboard(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage()
    stage.window.requestActivate()
    qtbot.waitUntil(stage.window.isActive)
    question = asked_consent(stage)
    stage.notice.reached_end()
    settle(stage)
    item(stage, "consentBox").forceActiveFocus()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Tab, Qt.Key.Key_Space):
        QTest.keyClick(stage.window, key)
        settle(stage)
    assert stage.window.activeFocusItem().objectName() == "calmBox"
    assert stage.display.wants_calm
    assert stage.notice.property("mayAgree") is True
    stage.notice.agree()
    reply = finish(question, qtbot)
    assert isinstance(reply, NoticeReply) and reply.calm
