"""The signed bundle for auditors: asked for, agreed to by a second person, then written."""

import threading
from pathlib import Path

from PySide6.QtCore import Property, QObject, Qt, Signal, Slot

from station.access import Act
from station.errors import ErrorCode
from station.office_view import Asked, ExportDone, ExportTerms
from ui.office.change_words import terms_words
from ui.office.desk import OfficeDesk, local_time
from ui.office.errands import Errands
from ui.office.ledger_filters import LedgerFilters
from ui.office.page import OfficePage

_EXPORTS = (Act.AUDIT_EXPORT, Act.AUDIT_UNMASK)


class ExportPage(OfficePage):
    """Goes on writing while another page is shown; a lock stops it."""

    shown = Signal()
    listed = Signal()

    _progressed = Signal(int, int)

    def __init__(self, parent: QObject, desk: OfficeDesk) -> None:
        self._cancel = threading.Event()
        super().__init__(parent, desk, Errands(parent))
        self._progressed.connect(self._on_progressed, Qt.ConnectionType.QueuedConnection)

    def clear(self) -> None:
        """Stop what is being written; drop the requests and what was written where."""
        self._cancel.set()
        self._cancel = threading.Event()
        self._mine: tuple[Asked, ...] = ()
        if not hasattr(self, "_filters"):
            self._filters = LedgerFilters(self, "MONTH", self.changed.emit)
        self._filters.reset()
        self._unmasked = False
        self._running = self._stopped = False
        self._done_count = self._all_count = 0
        self._written: ExportDone | None = None

    def leave(self) -> None:
        """What is being written goes on."""
        if not self._running:
            self.forget()

    def close(self) -> None:
        """Stop what is being written and wait for it."""
        self._cancel.set()
        self._errands.close()

    def load(self) -> None:
        """Ask for my own requests of exports."""
        self.ask(self.desk.service.requests, self._show)

    def _show(self, found: tuple[Asked, ...]) -> None:
        self._mine = tuple(one for one in found if one.mine and one.act in _EXPORTS)
        self.rows_changed.emit()

    @Slot(bool)
    def choose_unmasked(self, unmasked: bool) -> None:
        """Whether consent records show whom they are about; needs another second person."""
        self._unmasked = unmasked
        self.changed.emit()

    @Slot(str)
    def ask_for(self, reason: str) -> None:
        """Ask for the export as chosen; not while a number is being looked up."""
        if self._asking:
            return
        asked, service, why = self._filters.query(), self.desk.service, reason.strip()
        terms = ExportTerms(
            asked.first, asked.last, self._unmasked, asked.kinds, asked.actor, asked.person
        )
        self.act(lambda session: service.ask_export(session, terms, why), "asked")

    @Slot(str, str)
    def write(self, request_id: str, folder: str) -> None:
        """Write the bundle of an agreed request below `folder`."""
        if self._running or not folder.strip():
            return
        where = Path(folder.strip())
        self._running, self._written = True, None
        self._done_count = self._all_count = 0
        cancel, service, tell = self._cancel, self.desk.service, self._progressed.emit
        self.act(
            lambda session: service.export(session, request_id, where, tell, cancel),
            "exported",
            self._on_written,
        )

    @Slot()
    def stop(self) -> None:
        """Stop writing; what was written of it is removed by the core."""
        self._stopped = self._running
        self._cancel.set()
        self._cancel = threading.Event()

    def _on_written(self, written: ExportDone) -> None:
        self._running, self._written = False, written

    def _on_refused(self, code: ErrorCode | None) -> None:
        stopped, self._running, self._stopped = self._stopped, False, False
        super()._on_refused(code)
        if stopped:
            # What the core calls a failure is what was wanted.
            self.tell("stopped")
            self.load()

    def _on_progressed(self, done: int, of: int) -> None:
        if self._running:
            self._done_count, self._all_count = done, of
            self.changed.emit()

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, object]]:
        """My requests of exports: "id", "what", "terms", "time", "state", "second", "ready"."""
        return [
            {
                "id": one.id,
                "what": self.desk.word("act", one.act.value),
                "terms": terms_words(self.desk, one.changes),
                "time": local_time(one.time),
                "state": self.desk.word("state", one.state),
                "second": one.second,
                "ready": one.ready,
                "tone": "good" if one.state == "AGREED" else "neutral",
            }
            for one in self._mine
        ]

    @Property(QObject, constant=True)
    def filters(self) -> LedgerFilters:
        """What is to be exported."""
        return self._filters

    @Property(bool, notify=shown)
    def unmasked(self) -> bool:
        """Whether the export is to show whom it is about."""
        return self._unmasked

    @Property(bool, notify=shown)
    def mayUnmask(self) -> bool:
        """Whether this person's column offers that."""
        who = self.desk.signed_in
        return who is not None and Act.AUDIT_UNMASK in who.acts

    @Property(bool, notify=shown)
    def running(self) -> bool:
        """Whether a bundle is being written."""
        return self._running

    @Property(int, notify=shown)
    def doneCount(self) -> int:
        """Entries written so far."""
        return self._done_count

    @Property(int, notify=shown)
    def allCount(self) -> int:
        """Entries to be written; 0 while that is not known."""
        return self._all_count

    @Property("QVariantMap", notify=shown)  # type: ignore[arg-type]
    def written(self) -> dict[str, object]:
        """The bundle just written: "folder", "entries", "megabytes"; or empty."""
        done = self._written
        if done is None:
            return {}
        return {
            "folder": done.folder,
            "entries": done.entries,
            "megabytes": f"{done.size_bytes / 1e6:.1f}",
        }
