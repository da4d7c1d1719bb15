"""The notice and the question at its end; keeps the evidence N-4 asks for."""

import time

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot

from consent.notice import Notice, NoticeText
from station.model import Answer
from station.ports import NoticeReply
from ui.bridge.display import Display

_PILOT_STEP_MS = 350
_BUTTONS = {Answer.GIVEN: "agree", Answer.REFUSED: "refuse", Answer.OTHER_ROUTE: "other"}


class NoticePage(QObject):
    """One reading of the notice: shown to its end, box ticked by the person, one answer.

    Changing the language starts the reading again: what counts is the text that was agreed to.
    """

    changed = Signal()
    scroll_wanted = Signal()
    answered = Signal(object)

    def __init__(self, parent: QObject, display: Display) -> None:
        super().__init__(parent)
        self._display = display
        self._notice: Notice | None = None
        self._open = False
        self._opened = 0.0
        self._at_end = False
        self._ticked = False
        self._pressed = ""
        display.language_changed.connect(self._read_again)

    def open(self, notice: Notice) -> None:
        """Begin a reading of `notice`, with nothing ticked."""
        self._notice, self._opened, self._open = notice, time.monotonic(), True
        self._read_again()

    def close(self) -> None:
        """End the reading."""
        self._open = False

    def press(self, answer: Answer) -> None:
        """Answer visibly, the way a person does: scroll, tick, press (demo's pilot)."""
        steps = [lambda: self._press_button(answer), lambda: self._answer(answer)]
        if answer is Answer.GIVEN:
            steps = [self.scroll_wanted.emit, lambda: self.tick(True), *steps]
        for number, step in enumerate(steps, start=1):
            QTimer.singleShot(number * _PILOT_STEP_MS, self, step)

    @Slot()
    def reached_end(self) -> None:
        """The page shows the notice's last line."""
        if self._open and not self._at_end:
            self._at_end = True
            self.changed.emit()

    @Slot(bool)
    def tick(self, ticked: bool) -> None:
        """The person ticks the separate consent; only after the end was shown."""
        self._ticked = ticked and self._at_end
        self.changed.emit()

    @Slot()
    def agree(self) -> None:
        """Consent; counts only when everything was shown and the box was ticked."""
        if self._at_end and self._ticked:
            self._answer(Answer.GIVEN)

    @Slot()
    def refuse(self) -> None:
        """No consent; needs neither scrolling nor ticking."""
        self._answer(Answer.REFUSED)

    @Slot()
    def take_other_route(self) -> None:
        """The way without a face; needs neither scrolling nor ticking."""
        self._answer(Answer.OTHER_ROUTE)

    def _answer(self, answer: Answer) -> None:
        if not self._open:
            return
        reply = NoticeReply(
            answer=answer,
            language=self._display.current,
            method="SCREEN",
            dwell_s=time.monotonic() - self._opened,
            shown_to_end=self._at_end,
            calm=self._display.wants_calm,
        )
        self._open = False
        self.answered.emit(reply)

    def _press_button(self, answer: Answer) -> None:
        self._pressed = _BUTTONS[answer]
        self.changed.emit()

    def _read_again(self) -> None:
        self._at_end = self._ticked = False
        self._pressed = ""
        self.changed.emit()

    def _text(self) -> NoticeText | None:
        return None if self._notice is None else self._notice.text(self._display.current)

    @Property(str, notify=changed)
    def title(self) -> str:
        """The notice's title."""
        shown = self._text()
        return "" if shown is None else shown.title

    @Property(list, notify=changed)
    def sections(self) -> list[dict[str, str]]:
        """Heading and body of each section."""
        shown = self._text()
        if shown is None:
            return []
        return [{"heading": heading, "body": body.strip()} for heading, body in shown.sections]

    @Property(str, notify=changed)
    def declaration(self) -> str:
        """The words beside the box."""
        shown = self._text()
        return "" if shown is None else shown.declaration.strip()

    @Property(str, notify=changed)
    def summary(self) -> str:
        """The notice in two sentences."""
        shown = self._text()
        return "" if shown is None else shown.summary.strip()

    @Property(dict, notify=changed)
    def labels(self) -> dict[str, str]:
        """The notice's own words on the three buttons: "agree", "other", "refuse"."""
        shown = self._text()
        if shown is None:
            return {"agree": "", "other": "", "refuse": ""}
        return {"agree": shown.agree, "other": shown.other_route, "refuse": shown.refuse}

    @Property(bool, notify=changed)
    def atEnd(self) -> bool:
        """Whether the last line was shown in this language."""
        return self._at_end

    @Property(bool, notify=changed)
    def ticked(self) -> bool:
        """Whether the person ticked the box."""
        return self._ticked

    @Property(bool, notify=changed)
    def mayAgree(self) -> bool:
        """Whether the agreement would count now."""
        return self._at_end and self._ticked

    @Property(str, notify=changed)
    def pressed(self) -> str:
        """Which button the pilot is pressing: "agree", "refuse", "other" or ""."""
        return self._pressed
