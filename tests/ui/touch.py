"""What a person does to the kiosk's pages in the tests: touch, be asked, answer."""

import threading

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from station.events import (
    State,
    StateChanged,
)
from station.model import (
    VisitId,
)
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
