"""The child's own page: its summary, read aloud where the machine can, and one question."""

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot

from consent.notice import Notice
from station.model import Language
from station.read_aloud import Silence, Speaker, spoken_text
from ui.bridge.display import Display

_LISTEN_MS = 500
_CALM_MS = 600
"""A second tap or key meant for the guardian's button must not answer for the child."""


class ChildPage(QObject):
    """One question to a child; a no counts as much as a yes. Lives on the Qt thread."""

    changed = Signal()
    text_changed = Signal()
    """Apart from `changed`: what is read aloud must not have the page's lines made anew."""
    answered = Signal(bool)

    def __init__(self, parent: QObject, display: Display, speaker: Speaker | None = None) -> None:
        """`speaker` reads the summary out where the machine can."""
        super().__init__(parent)
        self._display = display
        self._speaker = speaker or Silence()
        # It ends by itself, and does not say when.
        self._listening = QTimer(self, interval=_LISTEN_MS)
        self._listening.timeout.connect(self._listen)
        self._notice: Notice | None = None
        self._language = display.current
        self._open = False
        self._calm = QTimer(self, singleShot=True, interval=_CALM_MS)
        self._calm.timeout.connect(self.take_answers)
        display.language_changed.connect(self._on_language_changed)

    def ask(self, notice: Notice, language: Language) -> None:
        """Open the question, in the language the guardian agreed in; an answer counts soon."""
        self._notice, self._language, self._open = notice, language, False
        self._calm.start()
        self.text_changed.emit()
        self.changed.emit()

    def close(self) -> None:
        """The question is over, answered or not."""
        self._open = False
        self._calm.stop()
        self._hush()
        self.changed.emit()

    def take_answers(self) -> None:
        """From now on an answer counts; comes by itself a moment after the question."""
        self._open = True
        self.changed.emit()

    @Slot(bool)
    def answer(self, willing: bool) -> None:
        """The child pressed a button; "not today" is a no."""
        if self._open:
            self._open = False
            self._hush()
            self.answered.emit(willing)
            self.changed.emit()

    @Slot()
    def read_aloud(self) -> None:
        """Read the summary out, or be silent again."""
        if self._speaker.speaking:
            self._hush()
        elif self._open and self._notice is not None and self._can_speak():
            self._speaker.say(spoken_text(self._notice, self._language, child=True), self._language)
            self._listening.start()
        self.changed.emit()

    def _on_language_changed(self) -> None:
        self._language = self._display.current
        self._hush()
        self.text_changed.emit()
        self.changed.emit()

    def _can_speak(self) -> bool:
        return self._language in self._speaker.languages

    def _hush(self) -> None:
        if self._listening.isActive():
            self._speaker.stop()
            self._listening.stop()

    def _listen(self) -> None:
        if not self._speaker.speaking:
            self._listening.stop()
            self.changed.emit()

    @Property(list, notify=text_changed)
    def lines(self) -> list[str]:
        """The summary in words a child understands, one thought to a line."""
        if self._notice is None:
            return []
        said = self._notice.text(self._language).child_summary
        return [line.strip() for line in said.splitlines() if line.strip()]

    @Property(bool, notify=changed)
    def open(self) -> bool:
        """Whether an answer would count now."""
        return self._open

    @Property(bool, notify=text_changed)
    def canSpeak(self) -> bool:
        """Whether this machine can read the summary out in the language it is shown in."""
        return self._can_speak()

    @Property(bool, notify=changed)
    def speaking(self) -> bool:
        """Whether it is being read out."""
        return self._listening.isActive()
