"""What every page of the office is: it asks the service, shows the answer, and forgets it."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Property, QObject, Signal, Slot

from station.errors import ErrorCode
from station.gate import Session
from ui.office.desk import OfficeDesk
from ui.office.errands import Errands

Answer = TypeVar("Answer")
_OVER = (ErrorCode.SIGNED_OUT, ErrorCode.ACCOUNT_EXPIRED)


class OfficePage(QObject):
    """One page's bridge, on the Qt thread. A page overrides `load` and `clear`.

    A property of a page cannot name a signal of this class (PySide6 then gives QML a wrong index
    and the process dies): each page declares `shown` and, for its tables, `listed`; both follow
    `changed` and `rows_changed` by themselves.
    """

    changed = Signal()
    rows_changed = Signal()
    """Apart from `changed`: a table built anew loses the reader's place."""

    def __init__(self, parent: QObject, desk: OfficeDesk, errands: Errands | None = None) -> None:
        """`errands` of its own for a page whose work must not keep the others waiting."""
        super().__init__(parent)
        self.desk = desk
        self._errands = errands or desk.errands
        self._asking = 0
        self._refusal: ErrorCode | None = None
        self._refused = False
        self._told = ""
        for of_all, name in ((self.changed, "shown"), (self.rows_changed, "listed")):
            if hasattr(self, name):
                of_all.connect(getattr(self, name))
        desk.display.language_changed.connect(self.changed)
        desk.display.language_changed.connect(self.rows_changed)
        self.clear()

    def load(self) -> None:
        """Ask for what the page shows."""

    def clear(self) -> None:
        """Drop everything the page holds: it may be personal."""

    @Slot()
    def open(self) -> None:
        """The page comes up."""
        self.load()

    @Slot()
    def refresh(self) -> None:
        """Ask anew; a message of before goes."""
        self.dismiss()
        self.load()

    def leave(self) -> None:
        """Another page comes up; a page whose work goes on meanwhile overrides this."""
        self.forget()

    def forget(self) -> None:
        """The person is gone, or the page is: nothing of it stays, nothing late arrives."""
        self._errands.forget()
        self._asking = 0
        self._refused, self._refusal, self._told = False, None, ""
        self.clear()
        self.rows_changed.emit()
        self.changed.emit()

    def close(self) -> None:
        """The window is being closed: wait for work of the page's own."""

    def ask(self, work: Callable[[Session], Answer], done: Callable[[Answer], None]) -> None:
        """Do `work` off the Qt thread, then `done` here; a refusal becomes the page's message."""
        session = self.desk.session
        if session is None:
            return
        self._asking += 1

        def answered(answer: Answer) -> None:
            self._asking -= 1
            done(answer)
            self.changed.emit()

        self._errands.run(lambda: work(session), answered, self._on_refused)
        self.changed.emit()

    def act(
        self,
        work: Callable[[Session], Answer],
        told: str,
        done: Callable[[Answer], None] | None = None,
    ) -> None:
        """As `ask`, for what changes something: says `told` (a key of `[told]`) and loads anew."""
        self.dismiss()

        def answered(answer: Answer) -> None:
            self._told = told
            if done is not None:
                done(answer)
            self.load()

        self.ask(work, answered)

    def tell(self, told: str) -> None:
        """Show that something was done: a key of `[told]`."""
        self._refused, self._refusal, self._told = False, None, told
        self.changed.emit()

    def refuse_locally(self, code: ErrorCode) -> None:
        """Show a refusal that needs no call: something was left empty."""
        self._refused, self._refusal, self._told = True, code, ""
        self.changed.emit()

    @Slot()
    def dismiss(self) -> None:
        """The message was read."""
        self._refused, self._refusal, self._told = False, None, ""
        self.changed.emit()

    def _on_refused(self, code: ErrorCode | None) -> None:
        self._asking -= 1
        if code in _OVER:
            self.desk.session_over.emit(code)
            return
        self._refused, self._refusal, self._told = True, code, ""
        self.changed.emit()

    @Property(bool, notify=changed)
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._asking > 0

    @Property(str, notify=changed)
    def message(self) -> str:
        """What was refused and why, or what was done; or ""."""
        if self._refused:
            return self.desk.error(self._refusal)
        return self.desk.word("told", self._told)

    @Property(str, notify=changed)
    def tone(self) -> str:
        """Tone of the message: "caution" or "good"."""
        return "caution" if self._refused else "good"

    @Property(str, notify=changed)
    def code(self) -> str:
        """The stable code of a refusal, small; or ""."""
        return self._refusal.value if self._refused and self._refusal else ""
