"""How residents' visits end on the screen: the number, what is kept or erased, nothing untrue."""

import pytest
from pytestqt.qtbot import QtBot

from resources.texts import text
from station.errors import ErrorCode
from station.events import Event, Flow, OutcomeReached, Purged, State, StateChanged
from station.model import Language, Outcome
from tests.ui.conftest import MakeStage
from tests.ui.touch import VISIT
from ui import layout
from ui.screenshots import settle
from ui.stage import Stage

NUMBER = "3141592653"
KEPT = (("IDENTITY", "2031-01-05T02:15:31+00:00"), ("TEMPLATE", "2031-01-05T02:15:31+00:00"))


def shown_after(stage: Stage, *events: Event) -> str:
    for event in events:
        stage.visit.on_event(event)
    settle(stage)
    return " | ".join(layout.shown_texts(stage.window))


def test_an_enrolment_shows_the_number_and_never_says_that_nothing_is_kept(
    make_stage: MakeStage,
) -> None:
    stage = make_stage()
    reached = OutcomeReached(
        Outcome.ENROLLED, None, False, "7F3A", Flow.ENROLMENT, NUMBER, kept_until=KEPT
    )
    shown = shown_after(stage, reached, Purged(1, "2026-01-05T02:15:31.250+00:00", True))
    assert "314 159 2653" in shown and "2031-01-05" in shown
    assert "现在保存着" in shown and "存有人脸特征" in shown
    stage.visit.acknowledge()
    shown = shown_after(stage)
    assert "314 159" not in shown and "存有人脸特征" not in shown


def test_kept_pictures_are_named_and_not_called_gone(make_stage: MakeStage) -> None:
    stage = make_stage(language=Language.EN)
    kept = (*KEPT, ("PORTRAITS", KEPT[0][1]))
    reached = OutcomeReached(
        Outcome.ENROLLED, None, False, "7F3A", Flow.ENROLMENT, NUMBER, kept_until=kept
    )
    shown = shown_after(stage, reached, Purged(1, "2026-01-05T02:15:31.250+00:00", True))
    assert "locked face images" in shown and "face pictures kept" in shown
    assert "No picture" not in shown and "Your pictures are gone" not in shown


@pytest.mark.parametrize(
    ("outcome", "flow", "said"),
    [
        (Outcome.MATCH, Flow.RESIDENT_CHECK, "AS_IT_WAS"),
        (Outcome.CANCELLED, Flow.WITHDRAWAL, "NOT_ERASED"),
        (Outcome.TIMED_OUT, Flow.WITHDRAWAL, "NOT_ERASED"),
        (Outcome.MATCH, Flow.ENROLMENT, "KEPT_NOTHING"),
        (Outcome.FAILED, Flow.WITHDRAWAL, ""),
        (Outcome.FAILED, Flow.ENROLMENT, ""),
    ],
)
def test_what_is_kept_is_told_as_it_is_or_not_at_all(
    make_stage: MakeStage, outcome: Outcome, flow: Flow, said: str
) -> None:
    stage = make_stage(language=Language.EN)
    shown_after(stage, OutcomeReached(outcome, None, False, "7F3A", flow))
    assert stage.outcome.keptText == (text("resident", said, "en") if said else "")


def test_a_visitors_kept_text_has_its_end(make_stage: MakeStage) -> None:
    stage = make_stage(language=Language.EN)
    kept = (("IDENTITY", "2026-01-06T02:15:31+00:00"),)
    reached = OutcomeReached(Outcome.MATCH, None, False, "7F3A", kept_until=kept)
    assert "document is kept until 2026-01-06 " in shown_after(stage, reached)
    broken = OutcomeReached(Outcome.MATCH, None, False, "7F3A", kept_until=(("IDENTITY", "soon"),))
    shown_after(stage, broken)


@pytest.mark.parametrize(
    ("code", "headline"),
    [
        (ErrorCode.RESIDENT_LOCKED, "Paused for now"),
        (ErrorCode.RESIDENT_UNKNOWN, "No registration found"),
        (ErrorCode.RECALLED, "Please register again"),
        (ErrorCode.TEMPLATE_REFUSED, "Please register again"),
        (ErrorCode.RESIDENT_RESTRICTED, "Registration on hold"),
    ],
)
def test_a_claim_that_was_not_compared_says_why_and_where_to_go(
    make_stage: MakeStage, code: ErrorCode, headline: str
) -> None:
    stage = make_stage(language=Language.EN)
    reached = OutcomeReached(Outcome.MANUAL, code, False, "7F3A", Flow.RESIDENT_CHECK)
    shown = shown_after(stage, reached)
    assert headline in shown and text("error", code, "en") in shown
    assert f"For staff: {code.value}" in shown


def test_an_erasure_shows_its_receipt_number(make_stage: MakeStage) -> None:
    stage = make_stage(language=Language.EN)
    reached = OutcomeReached(
        Outcome.WITHDRAWN, None, False, "7F3A", Flow.WITHDRAWAL, erasure="5f0c9a71be2d4438"
    )
    shown = shown_after(stage, reached)
    assert "Everything is erased" in shown and "5f0c 9a71 be2d 4438" in shown
    assert "template kept" not in shown


def test_the_steps_of_a_withdrawal_never_show_a_face_that_was_not_asked_for(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = make_stage(language=Language.EN)
    stage.visit.show_residents()
    stage.visit.withdraw()
    steps = []
    for state in (State.NOTICE, State.CARD, State.ERASE):
        shown = shown_after(stage, StateChanged(VISIT, state))
        steps.append(stage.visit.step)
        assert "Delete" in shown and "Face" not in shown
    assert steps == [0, 1, 2]
    assert stage.visit.reached == [0, 1, 2]
    stage.visit.cancel()


def test_an_outcome_ticks_only_the_steps_that_were_taken(make_stage: MakeStage) -> None:
    stage = make_stage()
    shown_after(
        stage,
        StateChanged(VISIT, State.NOTICE),
        StateChanged(VISIT, State.CARD),
        OutcomeReached(Outcome.ALREADY_ENROLLED, None, False, "7F3A", Flow.ENROLMENT),
    )
    assert stage.visit.step == 4 and stage.visit.reached == [0, 1]
