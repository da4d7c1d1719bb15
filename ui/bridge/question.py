"""A question with a yes and a no of equal size: check once all the same, erase everything."""

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot

_PILOT_PRESS_MS = 700


class Question(QObject):
    """One question at a time; what is pressed while none is open counts for nothing."""

    changed = Signal()
    answered = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._open = False
        self._pressed = ""

    def ask(self) -> None:
        """Open the question."""
        self._open, self._pressed = True, ""
        self.changed.emit()

    def close(self) -> None:
        """The question is over, answered or not."""
        self._open = False
        self.changed.emit()

    def forget(self) -> None:
        """Nothing is asked, and nothing was answered."""
        self._open, self._pressed = False, ""
        self.changed.emit()

    def press(self, yes: bool) -> None:
        """Show the button pressed, then answer (demo's pilot)."""
        self._pressed = "yes" if yes else "no"
        self.changed.emit()
        QTimer.singleShot(_PILOT_PRESS_MS, self, lambda: self.answer(yes))

    @Slot(bool)
    def answer(self, yes: bool) -> None:
        """The person pressed one of the two buttons."""
        if not self._open:
            return
        self._open, self._pressed = False, "yes" if yes else "no"
        self.answered.emit(yes)
        self.changed.emit()

    @Property(bool, notify=changed)
    def open(self) -> bool:
        """Whether an answer would count now."""
        return self._open

    @Property(str, notify=changed)
    def pressed(self) -> str:
        """Which button was pressed last: "yes", "no" or ""."""
        return self._pressed
