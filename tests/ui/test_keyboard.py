"""The kiosk with a keyboard alone: no step needs a touch, and the place of the keyboard is kept."""

import threading

from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from station.events import State, StateChanged
from station.ports import AccessKeyReply
from tests.ui.conftest import MakeStage
from tests.ui.touch import VISIT, Asked, asked_consent, finish
from ui.screenshots import item, settle
from ui.stage import Stage

_ENTER, _TAB, _BACKSPACE = Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Backspace


def _active(make_stage: MakeStage, qtbot: QtBot) -> Stage:
    stage = make_stage()
    stage.window.requestActivate()
    qtbot.waitUntil(stage.window.isActive)
    return stage


def _press(stage: Stage, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(stage.window, key)
        settle(stage)


def _type(stage: Stage, characters: str) -> None:
    for character in characters:
        QTest.keyClick(stage.window, character)


def _focused(stage: Stage) -> str:
    held = stage.window.activeFocusItem()
    return "" if held is None else held.objectName()


def test_enter_presses_and_a_closed_sheet_gives_the_keyboard_back(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = _active(make_stage, qtbot)
    assert _focused(stage) == "startButton"
    for name in ("helpButton", "ribbon"):
        item(stage, name).forceActiveFocus()
        _press(stage, _ENTER)
        assert _focused(stage) == "closeHelp"
        _press(stage, _ENTER)
        sheet = stage.window.findChild(QObject, "helpSheet")
        assert sheet is not None and sheet.property("open") is False
        assert _focused(stage) == name


def test_the_chip_key_is_typed_before_anything_is_touched(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = _active(make_stage, qtbot)
    stage.visit.on_event(StateChanged(VISIT, State.CARD))
    question = Asked(stage.dialogue.ask_access_key, threading.Event())
    settle(stage, 120)
    _type(stage, "e12")
    _press(stage, _BACKSPACE)
    assert stage.card.values[0] == "E1"
    _press(stage, _TAB, _TAB)
    assert _focused(stage) == "keyField1" and stage.card.active == 1
    _type(stage, "900131310630")
    _press(stage, _ENTER)
    assert finish(question, qtbot) == AccessKeyReply("E1", "900131", "310630")


def test_reading_on_by_the_space_bar_never_ticks_the_box(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = _active(make_stage, qtbot)
    cancel = threading.Event()
    question = asked_consent(stage, cancel)
    for _ in range(20):
        _press(stage, Qt.Key.Key_Space)
    assert stage.notice.atEnd and not stage.notice.ticked
    _press(stage, _TAB, _TAB)
    assert _focused(stage) == "consentBox"
    _press(stage, Qt.Key.Key_Space)
    assert stage.notice.mayAgree
    cancel.set()
    finish(question, qtbot)
