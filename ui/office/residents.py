"""Residents: who is registered and until when, one in full, and what may be done about them."""

import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Property, QObject, Qt, Signal, Slot

from station.access import Act
from station.errors import ErrorCode
from station.events import Flow
from station.gate import Session
from station.residents_view import (
    MOST_AT_ONCE,
    BatchDone,
    ResidentDetail,
    ResidentLine,
    ResidentLines,
    ResidentState,
)
from ui.office.desk import OfficeDesk
from ui.office.errands import Errands
from ui.office.page import OfficePage
from ui.office.resident_words import (
    batch_of,
    choices_of,
    choosable_of,
    consents_of,
    effect_of,
    fields_of,
    notes_of,
    row_of,
)

_HAND_OVER = {"register": Flow.ENROLMENT, "withdraw": Flow.WITHDRAWAL}


class ResidentsPage(OfficePage):
    """The list, one person, and a form. An erasure of several goes on while the page is left."""

    shown = Signal()
    listed = Signal()
    _progressed = Signal(int, int)

    def __init__(self, parent: QObject, desk: OfficeDesk) -> None:
        self._looking = self._cancel = threading.Event()
        super().__init__(parent, desk, Errands(parent))
        self._progressed.connect(self._on_progressed, Qt.ConnectionType.QueuedConnection)

    def clear(self) -> None:
        """Stop what goes on between two steps; drop everybody and what was typed."""
        self._looking.set()
        self._cancel.set()
        self._looking, self._cancel = threading.Event(), threading.Event()
        self._lines: tuple[ResidentLine, ...] = ()
        self._total = self._next = self._looked = 0
        self._registers, self._found = True, False
        self._state = ResidentState.ALL
        self._chosen = self._form = self._written = ""
        self._detail: ResidentDetail | None = None
        self._fields: tuple[tuple[str, str], ...] = ()
        self._ticking = self._running = False
        self._ticked: dict[str, ResidentLine] = {}
        self._progress = 0, 0
        self._batch: BatchDone | None = None

    def leave(self) -> None:
        """An erasure that runs goes on."""
        if not self._running:
            self.forget()

    def close(self) -> None:
        """Stop between two steps, and wait for that."""
        self._looking.set()
        self._cancel.set()
        self._errands.close()

    def load(self) -> None:
        """Ask for the list from its beginning."""
        if not self._running:
            self._look(0)

    def _look(self, after: int) -> None:
        self._looking.set()
        self._looking = looking = threading.Event()
        service, state = self.desk.service.residents, self._state

        def tell(done: int, of: int) -> None:
            if not looking.is_set():
                self._progressed.emit(done, of)

        def show(found: ResidentLines) -> None:
            if looking is not self._looking:
                return
            self._lines = (*self._lines, *found.lines) if after else found.lines
            self._total, self._next = found.total, found.next
            self._registers, self._found, self._looked = found.registers, False, 0
            self.rows_changed.emit()

        self.ask(lambda who: service.residents(who, state, after, tell, looking), show)

    # What staff do

    @Slot(str)
    def narrow(self, state: str) -> None:
        """Show one state alone: a name of `ResidentState`."""
        self._state, self._lines, self._next = ResidentState(state), (), 0
        self.choose("")
        self.rows_changed.emit()
        self._look(0)

    @Slot()
    def go_on(self) -> None:
        """Show those whose term ends later."""
        if self._next:
            self._look(self._next)

    @Slot(str)
    def look_up(self, number: str) -> None:
        """Show whom a number leads to, alone."""
        typed, service = number.strip(), self.desk.service.residents
        if not typed:
            self.refuse_locally(ErrorCode.RESIDENT_UNKNOWN)
            return
        self.dismiss()

        def show(line: ResidentLine | None) -> None:
            if line is None:
                self.refuse_locally(ErrorCode.RESIDENT_UNKNOWN)
                return
            self._looking.set()
            self._lines, self._next, self._found = (line,), 0, True
            self.rows_changed.emit()
            if not self._ticking:
                self.choose(line.reference)

        self.ask(lambda who: service.look_up(who, typed), show)

    @Slot(str)
    def choose(self, reference: str) -> None:
        """Show one person, or tick them while several are picked; "" for none."""
        if self._ticking and reference:
            self._tick(reference)
            return
        self._chosen, self._form, self._written = reference, "", ""
        self.dismiss()
        self._read()

    def _read(self) -> None:
        self._detail, self._fields = None, ()
        chosen, service = self._chosen, self.desk.service.residents
        if not chosen:
            self.changed.emit()
            return

        def show(detail: ResidentDetail) -> None:
            if chosen == self._chosen:
                self._detail = detail

        self.ask(lambda who: service.detail(who, chosen), show)

    @Slot(bool)
    def pick_several(self, wanted: bool) -> None:
        """Tick people in the list, to erase them together; or drop all ticks."""
        self.choose("")
        self._ticking, self._ticked = wanted, {}
        self.dismiss()
        self.rows_changed.emit()

    def _tick(self, reference: str) -> None:
        line = next((one for one in self._lines if one.reference == reference), None)
        was_ticked = self._ticked.pop(reference, None) is not None
        fits = len(self._ticked) < MOST_AT_ONCE
        # A damaged record would stop the others: it is no part of this.
        if not was_ticked and fits and line is not None and line.readable:
            self._ticked[reference] = line
        self._chosen = reference
        self.changed.emit()
        self.rows_changed.emit()

    @Slot(str)
    def begin(self, form: str) -> None:
        """Open a form: a choice, "batch", "register" or "withdraw"; "" closes it."""
        if form != "batch" or self._ticked:
            self._form, self._fields = form, ()
            self.dismiss()

    @Slot()
    def hand_over(self) -> None:
        """Give the screen to whoever registers or withdraws, and stay on duty."""
        if (flow := _HAND_OVER.get(self._form)) is not None:
            self.desk.flow_wanted.emit(flow)

    @Slot(str, str)
    def submit(self, typed: str, folder: str) -> None:
        """Do what the open form is about; the core says what is missing or not allowed."""
        form, who, why, where = self._form, self._chosen, typed.strip(), folder.strip()
        service = self.desk.service.residents
        if form in ("erase", "batch") and not where:
            self.refuse_locally(ErrorCode.PAPER_NOT_WRITTEN)
        elif form == "batch":
            self._erase_several(Path(where))
        elif form == "erase":
            self.act(lambda s: service.erase(s, who, Path(where)), "erased", self._on_erased)
        elif form == "clear":
            self.dismiss()
            self.ask(lambda s: service.in_clear(s, who, why), lambda got: self._on_clear(who, got))
        elif form == "ask":
            self.act(lambda s: service.ask_erase(s, who, why), "erase_asked", self._on_asked)
        elif form == "renew":
            self._carry(lambda s: service.renew(s, who), "renewed")
        elif form in ("restrict", "lift"):
            told = "on_hold" if form == "restrict" else "lifted"
            self._carry(lambda s: service.restrict(s, who, form == "restrict"), told)

    @Slot()
    def stop(self) -> None:
        """Stop erasing after the step in hand; who is gone stays gone."""
        self._cancel.set()

    def _carry(self, work: Callable[[Session], None], told: str) -> None:
        def done(_: None) -> None:
            self._form = ""
            self._read()

        self.act(work, told, done)

    def _erase_several(self, folder: Path) -> None:
        if self._running:
            return
        service, tell = self.desk.service.residents, self._progressed.emit
        named, cancel = tuple(self._ticked), threading.Event()
        self._cancel, self._running = cancel, True
        self._progress = 0, len(named)
        self.act(
            lambda who: service.erase_several(who, named, folder, tell, cancel),
            "erased_several",
            self._on_batch,
        )

    def _on_batch(self, done: BatchDone) -> None:
        self._running = self._ticking = False
        self._ticked, self._batch = {}, done
        self._form, self._chosen, self._written = "done", "", done.receipts

    def _on_erased(self, written: str) -> None:
        self._chosen, self._detail, self._batch = "", None, None
        self._form, self._written = "done", written

    def _on_asked(self, ticket: str) -> None:
        self._form, self._written = "", ticket

    def _on_clear(self, who: str, fields: tuple[tuple[str, str], ...]) -> None:
        # It may come late: nobody's fields are shown with somebody else's name.
        if who == self._chosen and not self._ticking:
            self._form, self._fields = "", fields

    def _on_refused(self, code: ErrorCode | None) -> None:
        was_erasing, self._running = self._running, False
        super()._on_refused(code)
        if was_erasing or code is ErrorCode.RECEIPT_NOT_WRITTEN:
            # Some may be gone: the list says who is left.
            self._chosen, self._detail, self._form = "", None, self._form if was_erasing else ""
            self.load()

    def _on_progressed(self, done: int, of: int) -> None:
        if self._running:
            self._progress = done, of
        else:
            self._looked = done
        self.changed.emit()

    # What the screens show

    def _acts(self) -> frozenset[Act]:
        who = self.desk.signed_in
        return frozenset() if who is None else who.acts

    def _line(self) -> ResidentLine | None:
        return None if self._detail is None else self._detail.line

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, str]]:
        """People: "id", "mark", "number", "name", "document", "kept", "until", "state", "tone"."""
        ticked = self._ticked
        return [row_of(self.desk, one, ticked=one.reference in ticked) for one in self._lines]

    @Property("QVariantMap", notify=shown)  # type: ignore[arg-type]
    def person(self) -> dict[str, str]:
        """The chosen person, masked, as a row; or empty."""
        line = self._line()
        return {} if line is None else row_of(self.desk, line, ticked=False)

    @Property(str, notify=shown)
    def consents(self) -> str:
        """What they consented to, and when, one to a line."""
        return consents_of(self.desk, self._detail)

    @Property(list, notify=shown)
    def fields(self) -> list[dict[str, str]]:
        """The chosen person in clear: "label", "value"; empty unless just unmasked."""
        return fields_of(self.desk, self._fields)

    @Property(list, notify=shown)
    def choices(self) -> list[str]:
        """What may be done about the chosen person."""
        return choices_of(self._acts(), self._line())

    @Property(list, notify=shown)
    def notes(self) -> list[str]:
        """What is to be said about the chosen person: "RECALLED", "MINOR", "LOCKED" …"""
        return notes_of(self._acts(), self._line())

    @Property(list, notify=shown)
    def states(self) -> list[dict[str, str]]:
        """What the list can be narrowed down to: "key", "label"."""
        return choosable_of(self.desk, self._acts())

    @Property(str, notify=shown)
    def state(self) -> str:
        """What the list is narrowed down to."""
        return self._state.value

    @Property(str, notify=shown)
    def chosen(self) -> str:
        """Reference of the person in full, or ""."""
        return self._chosen

    @Property(str, notify=shown)
    def form(self) -> str:
        """Name of the open form, or ""."""
        return self._form

    @Property(bool, notify=shown)
    def registers(self) -> bool:
        """Whether this station registers anybody at all."""
        return self._registers

    @Property(bool, notify=shown)
    def found(self) -> bool:
        """Whether the list is what a number led to."""
        return self._found

    @Property(bool, notify=shown)
    def more(self) -> bool:
        """Whether there are people whose term ends later."""
        return self._next > 0

    @Property(int, notify=shown)
    def total(self) -> int:
        """How many are registered."""
        return self._total

    @Property(int, notify=shown)
    def looked(self) -> int:
        """How many a long look has come to by now; 0 without one."""
        return self._looked

    @Property(list, notify=shown)
    def may(self) -> list[str]:
        """What their roles offer: "serve" (hand the screen over), "tick" (erase several)."""
        offered = {"serve": Act.RUN_VISIT, "tick": Act.ERASE_BATCH}
        return [key for key, act in offered.items() if self._registers and act in self._acts()]

    @Property(bool, notify=shown)
    def ticking(self) -> bool:
        """Whether people are being ticked."""
        return self._ticking

    @Property(int, notify=shown)
    def tickedCount(self) -> int:
        """How many are ticked."""
        return len(self._ticked)

    @Property(str, notify=shown)
    def effect(self) -> str:
        """What an erasure of the ticked ones, or of the chosen one, takes away."""
        line = self._line()
        lines = list(self._ticked.values()) if self._form == "batch" else [line] if line else []
        return effect_of(self.desk, lines)

    @Property(bool, notify=shown)
    def running(self) -> bool:
        """Whether several are being erased."""
        return self._running

    @Property(list, notify=shown)
    def progress(self) -> list[int]:
        """How many of them are done, and how many they are."""
        return list(self._progress)

    @Property(str, notify=shown)
    def written(self) -> str:
        """Name of the file just written, or the number of the ticket just opened; or ""."""
        return self._written

    @Property(str, notify=shown)
    def batch(self) -> str:
        """What became of an erasure of several, in words; or ""."""
        return batch_of(self.desk, self._batch)
