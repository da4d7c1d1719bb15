"""Who a resident says they are: the resident number on an own pad, or the document instead."""

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot

from station.events import CardRetry, Event, State, StateChanged
from station.model import Claim, ClaimKind
from station.resident_number import RESIDENT_NUMBER_DIGITS, is_resident_number
from ui.bridge.display import Display
from ui.bridge.resident_text import grouped

_PILOT_PRESS_MS = 700


class ClaimPage(QObject):
    """One question, asked again after a number nobody has. Holds the number until `forget`."""

    changed = Signal()
    given = Signal(object)

    def __init__(self, parent: QObject, display: Display) -> None:
        super().__init__(parent)
        self._display = display
        display.language_changed.connect(self.changed)
        self._asking = self._with_document = self._pressed = False
        self._number = self._retry = ""
        self._attempts_left = 0

    def on_event(self, event: Event) -> None:
        """Remember why the claim is asked for again."""
        if isinstance(event, CardRetry):
            self._retry, self._attempts_left = event.code.value, event.attempts_left
        elif isinstance(event, StateChanged) and event.state is not State.CARD:
            self._with_document = False
        else:
            return
        self.changed.emit()

    def ask(self) -> None:
        """Open the question; a number typed before stays, to be corrected."""
        self._asking, self._with_document, self._pressed = True, False, False
        self.changed.emit()

    def close(self) -> None:
        """The question is over, answered or not."""
        self._asking = False
        self.changed.emit()

    def forget(self) -> None:
        """Drop the number."""
        self._asking = self._with_document = self._pressed = False
        self._number = self._retry = ""
        self.changed.emit()

    def press(self, number: str) -> None:
        """Type and submit visibly; an empty number chooses the document (demo's pilot)."""
        self._number, self._pressed = number[:RESIDENT_NUMBER_DIGITS], True
        self.changed.emit()
        answer = self.submit if number else self.use_document
        QTimer.singleShot(_PILOT_PRESS_MS, self, answer)

    @Slot(str)
    def type(self, character: str) -> None:
        """Add one digit, if it fits."""
        digit = len(character) == 1 and character.isascii() and character.isdigit()
        if digit and len(self._number) < RESIDENT_NUMBER_DIGITS:
            self._number += character
            self.changed.emit()

    @Slot()
    def rub_out(self) -> None:
        """Take the last digit back."""
        self._number = self._number[:-1]
        self.changed.emit()

    @Slot()
    def submit(self) -> None:
        """Claim the number, if it can be one."""
        if is_resident_number(self._number):
            self._answer(Claim(ClaimKind.RESIDENT_NUMBER, self._number))

    @Slot()
    def use_document(self) -> None:
        """Say it with the document instead."""
        if self._asking:
            self._number, self._with_document = "", True
            self._answer(None)

    def _answer(self, claim: Claim | None) -> None:
        if not self._asking:
            return
        self._asking, self._retry = False, ""
        self.given.emit(claim)
        self.changed.emit()

    @Property(bool, notify=changed)
    def asking(self) -> bool:
        """Whether an answer would count now."""
        return self._asking

    @Property(bool, notify=changed)
    def withDocument(self) -> bool:
        """Whether the document is to be read, as the person chose."""
        return self._with_document

    @Property(str, notify=changed)
    def shown(self) -> str:
        """The number as typed, in groups."""
        return grouped(self._number)

    @Property(bool, notify=changed)
    def wrong(self) -> bool:
        """Whether it is typed in full and its check digit says that it holds a slip."""
        full = len(self._number) == RESIDENT_NUMBER_DIGITS
        return full and not is_resident_number(self._number)

    @Property(bool, notify=changed)
    def complete(self) -> bool:
        """Whether it may be handed over."""
        return self._asking and is_resident_number(self._number)

    @Property(bool, notify=changed)
    def pressed(self) -> bool:
        """Whether the pilot is pressing the button."""
        return self._pressed

    @Property(str, notify=changed)
    def retryText(self) -> str:
        """Why it is asked for again, or ""."""
        return self._display.say("error", self._retry)

    @Property(int, notify=changed)
    def attemptsLeft(self) -> int:
        """How often it may still be tried."""
        return self._attempts_left
