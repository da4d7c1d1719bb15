"""A page whose files take a while: how many parts of them are made, while they are."""

from collections.abc import Callable

from PySide6.QtCore import Property, QObject, Qt, Signal

from station.errors import ErrorCode
from station.gate import Session
from station.handed_out import Progress
from ui.office.desk import OfficeDesk
from ui.office.errands import Errands
from ui.office.page import OfficePage


class WritingPage(OfficePage):
    """An `OfficePage` that writes files staff hand out, one work at a time."""

    progressed = Signal()
    _made = Signal(int, int)

    def __init__(self, parent: QObject, desk: OfficeDesk, errands: Errands | None = None) -> None:
        self._writing = False
        self._done_count = self._all_count = 0
        super().__init__(parent, desk, errands)
        self._made.connect(self._on_made, Qt.ConnectionType.QueuedConnection)

    def write(
        self,
        work: Callable[[Session, Progress], tuple[str, ...]],
        told: str,
        done: Callable[[str], None],
    ) -> None:
        """Do `work` off the Qt thread; `done` gets the names of the files, in one line."""
        if self._writing:
            return
        self._set(True)
        tell = self._made.emit

        def written(names: tuple[str, ...]) -> None:
            self._set(False)
            done(" · ".join(names))

        self.act(lambda session: work(session, tell), told, written)

    def forget(self) -> None:
        """What is being written is finished by the core, and not told here any more."""
        self._set(False)
        super().forget()

    def _on_refused(self, code: ErrorCode | None) -> None:
        self._set(False)
        super()._on_refused(code)

    def _on_made(self, done: int, of: int) -> None:
        if self._writing:
            self._done_count, self._all_count = done, of
            self.progressed.emit()

    def _set(self, writing: bool) -> None:
        self._writing = writing
        self._done_count = self._all_count = 0
        self.progressed.emit()

    @Property(bool, notify=progressed)
    def writing(self) -> bool:
        """Whether files are being made."""
        return self._writing

    @Property(int, notify=progressed)
    def doneCount(self) -> int:
        """Parts made so far."""
        return self._done_count

    @Property(int, notify=progressed)
    def allCount(self) -> int:
        """Parts to be made; 0 while that is not known."""
        return self._all_count
