"""What a page keeps, shows and forgets when nobody, or no code, does what was expected."""

import threading

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from resources.texts import text
from station.errors import ErrorCode, StationError
from station.events import CardRetry, OutcomeReached, Purged, State, StateChanged
from station.model import (
    Authenticity,
    DocumentCheck,
    DocumentKind,
    IdentityRecord,
    Language,
    Outcome,
)
from station.ports import Dialogue, Publish
from tests.ui.conftest import MakeStage
from tests.ui.kiosk_fakes import FakeService
from tests.ui.touch import VISIT, asked_consent, click
from ui import layout
from ui.bridge import visit as visit_bridge
from ui.screenshots import item, settle


def _checked() -> DocumentCheck:
    return DocumentCheck(DocumentKind.EMRTD, Authenticity.VERIFIED, False, "BAC")


@pytest.mark.parametrize("error", [StationError(ErrorCode.DISK_FULL), ValueError("bug")])
def test_a_visit_that_ends_by_an_error_leaves_nothing_personal(
    make_stage: MakeStage, qtbot: QtBot, error: Exception
) -> None:
    def script(dialogue: Dialogue, publish: Publish, _c: threading.Event) -> Outcome:
        publish(StateChanged(VISIT, State.CARD))
        dialogue.show_identity(IdentityRecord((("name", "张晓雯"),)), _checked())
        raise error

    stage = make_stage(FakeService(script))
    stage.visit.start()
    qtbot.waitUntil(lambda: stage.visit.page in ("Fault", "Locked"))
    assert stage.card.rows == []


def test_an_error_stays_readable_though_the_station_is_well_again(
    make_stage: MakeStage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(_d: Dialogue, _p: Publish, _c: threading.Event) -> Outcome:
        raise StationError(ErrorCode.STORE_LOCKED)

    monkeypatch.setattr(visit_bridge, "_PROOF_HOLD_MS", 400)
    stage = make_stage(FakeService(script))
    stage.visit.start()
    qtbot.waitUntil(lambda: stage.visit.page == "Fault")
    stage.visit.check_health()
    assert stage.visit.page == "Fault" and stage.visit.staffCode == "STO-01"
    qtbot.waitUntil(lambda: stage.visit.page == "Idle", timeout=3000)


def test_a_display_changed_and_left_alone_is_put_back(
    make_stage: MakeStage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit_bridge, "_IDLE_RESET_MS", 300)
    stage = make_stage()
    stage.display.set_text_size(2)
    stage.display.toggle_language()
    click(stage, "helpButton")
    sheet = stage.window.findChild(QObject, "helpSheet")
    assert sheet is not None and sheet.property("open") is True
    qtbot.waitUntil(lambda: sheet.property("open") is False, timeout=3000)
    assert stage.display.textSize == 0 and stage.display.current is Language.ZH_CN


def test_done_pressed_while_clearing_is_remembered(make_stage: MakeStage, qtbot: QtBot) -> None:
    cleared = threading.Event()

    def script(dialogue: Dialogue, publish: Publish, cancel: threading.Event) -> Outcome:
        publish(OutcomeReached(Outcome.MATCH, None, False, "R"))
        cleared.wait(5)
        publish(Purged(1, "2026-01-05T02:15:31+00:00", True))
        dialogue.acknowledge(cancel, 60.0)
        return Outcome.MATCH

    stage = make_stage(FakeService(script))
    stage.visit.start()
    qtbot.waitUntil(lambda: stage.visit.page == "Result")
    click(stage, "doneButton")
    assert stage.visit.page == "Result"
    cleared.set()
    qtbot.waitUntil(lambda: stage.visit.page == "Idle", timeout=3000)


@pytest.mark.parametrize(
    ("outcome", "receipt", "said", "unsaid"),
    [
        (Outcome.DECLINED, "", "no picture was taken", "are gone"),
        (Outcome.MANUAL, "", "no picture was taken", "Receipt number"),
        (Outcome.MANUAL, "7F3A-49C2-K4TM", "are gone", "no picture was taken"),
        (Outcome.MATCH, "7F3A-49C2-K4TM", "Receipt number 7F3A-49C2-K4TM", "no picture"),
    ],
)
def test_the_proof_says_what_was(
    make_stage: MakeStage, outcome: Outcome, receipt: str, said: str, unsaid: str
) -> None:
    stage = make_stage(language=Language.EN)
    stage.visit.on_event(OutcomeReached(outcome, None, False, receipt))
    stage.visit.on_event(Purged(1, "2026-01-05T02:15:31+00:00", True))
    settle(stage)
    shown = " ".join(layout.shown_texts(stage.window))
    assert said in shown and unsaid not in shown
    assert item(stage, "proof").property("tone") == "good"


@pytest.mark.parametrize(
    ("code", "tone"),
    [
        (ErrorCode.DOCUMENT_NOT_AUTHENTIC, "stop"),
        (ErrorCode.DOCUMENT_ISSUER_UNKNOWN, "caution"),
    ],
)
def test_an_unknown_issuer_is_no_accusation(
    make_stage: MakeStage, code: ErrorCode, tone: str
) -> None:
    stage = make_stage()
    stage.visit.on_event(OutcomeReached(Outcome.DOCUMENT_REFUSED, code, False, "R"))
    assert stage.outcome.tone == tone


def test_the_chip_key_asked_again_says_why(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit.on_event(StateChanged(VISIT, State.CARD))
    stage.card.ask_key()
    for character in "E1" + "900131" * 2:
        stage.card.type(character)
        if stage.card.values[0] == "E1":
            stage.card.choose(1 + (len(stage.card.values[1]) == 6))
    stage.card.submit()
    stage.visit.on_event(CardRetry(ErrorCode.CARD_ACCESS_DENIED, 2))
    stage.card.ask_key()
    settle(stage)
    shown = " ".join(layout.shown_texts(stage.window))
    assert (
        text("error", ErrorCode.CARD_ACCESS_DENIED, "zh_CN") in shown and "还可以试 2 次" in shown
    )
    stage.card.submit()
    assert stage.card.retryText == ""


def test_a_date_that_cannot_be_is_said_beside_its_field(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.visit.on_event(StateChanged(VISIT, State.CARD))
    stage.card.ask_key()
    stage.card.choose(1)
    for character in "90133":
        stage.card.type(character)
    assert stage.card.wrong == [False, False, False]
    stage.card.type("1")
    settle(stage)
    assert stage.card.wrong == [False, True, False]
    assert "出生日期 · 请核对日期" in layout.shown_texts(stage.window)


def test_a_screen_that_holds_the_whole_notice_is_no_dead_end(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.window.resize(1080, 5000)
    cancel = threading.Event()
    asked_consent(stage, cancel)
    stage.display.toggle_language()
    settle(stage)
    assert not stage.notice.atEnd
    click(stage, "scrollButton")
    assert stage.notice.atEnd
    cancel.set()
