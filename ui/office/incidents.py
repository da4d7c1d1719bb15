"""The incident book: what went wrong with people's data, what is still to be done, who was told."""

import time
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Property, QObject, Signal, Slot

from station.access import Act
from station.errors import ErrorCode
from station.incident_clock import IncidentLine
from station.incidents import Addressee, IncidentState
from ui.office.desk import OfficeDesk
from ui.office.incident_form import PARTS, IncidentDraft
from ui.office.incident_words import IncidentWords
from ui.office.writing import WritingPage

_WRITES = ("change", "note", "contained", "told", "close")


class IncidentsPage(WritingPage):
    """Incidents, one in full with its clocks, and a form."""

    shown = Signal()
    listed = Signal()
    ticked = Signal()
    """Time went on: apart from `shown`, so that nothing else is drawn anew."""
    drafted = Signal()
    """Another part of the form: apart from `shown`, so that what is typed keeps its field."""

    def __init__(self, parent: QObject, desk: OfficeDesk) -> None:
        super().__init__(parent, desk)
        desk.display.language_changed.connect(self.drafted)
        self.changed.connect(self.ticked)

    def clear(self) -> None:
        """Drop sheets and drafts."""
        self._words = IncidentWords(self.desk)
        self._lines: tuple[IncidentLine, ...] = ()
        self._read_s = time.monotonic()
        self._chosen = self._form = self._written = self._whom = ""
        self._draft: IncidentDraft | None = None
        self._part = PARTS[0]

    def load(self) -> None:
        """Ask for the book."""
        self.ask(self.desk.service.incidents.incidents, self._show)

    def _show(self, found: tuple[IncidentLine, ...]) -> None:
        self._lines, self._read_s = found, time.monotonic()
        self.rows_changed.emit()

    def _may(self, act: Act) -> bool:
        who = self.desk.signed_in
        return who is not None and act in who.acts

    def _open(self) -> IncidentLine | None:
        return next((one for one in self._lines if one.incident.id == self._chosen), None)

    def _still_to_tell(self) -> list[Addressee]:
        line = self._open()
        if line is None:
            return []
        sheet = line.incident
        whom = [one for one in Addressee if sheet.minors or one is not Addressee.GUARDIANS]
        return [one for one in whom if one.value not in sheet.told]

    @Slot()
    def tick(self) -> None:
        """Show how much time is left now."""
        self.ticked.emit()

    @Slot(str)
    def choose(self, number: str) -> None:
        """Show one incident in full; "" for none."""
        self._chosen, self._form, self._written = number, "", ""
        self._draft = None
        self.changed.emit()

    @Slot(str)
    def begin(self, form: str) -> None:
        """Open a form: "open" for a new sheet, or a key of the choices; "" closes it."""
        line = self._open()
        self._form, self._part = form, PARTS[0]
        self._draft = None
        if form in ("open", "change"):
            sheet = line.incident if line and form == "change" else None
            self._draft = IncidentDraft(sheet, datetime.now(UTC))
        whom = self._still_to_tell() if form == "told" else []
        self._whom = whom[0].value if whom else ""
        self.dismiss()
        self.drafted.emit()

    @Slot(str)
    def show_part(self, part: str) -> None:
        """Another part of the form: a key of `parts`."""
        self._part = part
        self.drafted.emit()

    @Slot(str, str)
    def set_value(self, key: str, text: str) -> None:
        """Something was typed or ticked."""
        if self._draft is not None:
            self._draft.values[key] = text

    @Slot(str)
    def choose_whom(self, whom: str) -> None:
        """Who was told: a name of `Addressee`."""
        self._whom = whom
        self.changed.emit()

    @Slot()
    def submit(self) -> None:
        """Hand the sheet in, new or changed."""
        service, draft, number = self.desk.service.incidents, self._draft, self._chosen
        if draft is None:
            return
        try:
            sheet, changes = draft.sheet(), draft.changes()
        except ValueError:
            self.refuse_locally(ErrorCode.INCIDENT_INCOMPLETE)
            return
        if self._form == "open":
            self.act(lambda s: service.open(s, sheet), "incident_open", self._opened)
        elif changes and (begun := draft.begun_from) is not None:
            self.act(
                lambda s: service.change(s, number, changes, begun),
                "incident_changed",
                self._done,
            )
        else:
            self.begin("")

    def _on_refused(self, code: ErrorCode | None) -> None:
        super()._on_refused(code)
        if code is ErrorCode.CHANGED_MEANWHILE:
            # What a colleague wrote is to be looked at: the next form begins from that.
            self.load()

    def _opened(self, number: str) -> None:
        self.choose(number)
        self._told = "incident_open"

    @Slot(str)
    def carry_out(self, typed: str) -> None:
        """Do what the open form is about: "note", "contained", "told", "close"."""
        service, number, text = self.desk.service.incidents, self._chosen, typed.strip()
        if self._form == "note":
            self.act(lambda s: service.note(s, number, text), "noted", self._done)
        elif self._form == "contained":
            self.act(lambda s: service.contained(s, number), "contained", self._done)
        elif self._form == "told" and self._whom:
            whom = Addressee(self._whom)
            self.act(lambda s: service.told(s, number, whom), "incident_told", self._done)
        elif self._form == "close":
            self.act(lambda s: service.close(s, number, text), "incident_closed", self._done)

    @Slot(str)
    def write_notices(self, folder: str) -> None:
        """Write the notices of the chosen incident into a folder."""
        service, number, where = self.desk.service.incidents, self._chosen, folder.strip()
        if not where:
            self.refuse_locally(ErrorCode.PAPER_NOT_WRITTEN)
            return
        self._written = ""
        self.write(
            lambda s, tell: service.notices(s, number, Path(where), progress=tell),
            "notices_written",
            self._on_written,
        )

    def _on_written(self, names: str) -> None:
        self._form, self._written = "", names

    def _done(self, _: object) -> None:
        self._form, self._draft = "", None

    # What the screens show

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, str]]:
        """Incidents, as `IncidentWords.row` writes them."""
        return [self._words.row(one) for one in self._lines]

    @Property(str, notify=shown)
    def chosen(self) -> str:
        """Number of the incident in full, or ""."""
        return self._chosen

    @Property(str, notify=shown)
    def form(self) -> str:
        """Name of the open form, or ""."""
        return self._form

    @Property(bool, notify=shown)
    def mayWrite(self) -> bool:
        """Whether this person writes the book."""
        return self._may(Act.INCIDENT_WRITE)

    @Property(list, notify=shown)
    def choices(self) -> list[str]:
        """What may be done about the chosen incident."""
        line = self._open()
        if line is None:
            return []
        state = line.incident.state
        if state is IncidentState.CLOSED or not self._may(Act.INCIDENT_WRITE):
            return ["notices"]
        dropped = {"contained"} if state is not IncidentState.OPEN else set()
        if not self._still_to_tell():
            dropped.add("told")
        return [form for form in ("notices", *_WRITES) if form not in dropped]

    @Property(list, notify=shown)
    def addressees(self) -> list[dict[str, str]]:
        """Who is still to be told: "key", "label"."""
        return [
            {"key": one.value, "label": self._words.word("duty", one.value)}
            for one in self._still_to_tell()
        ]

    @Property(str, notify=shown)
    def whom(self) -> str:
        """Who was told, as chosen in the form."""
        return self._whom

    @Property(list, notify=ticked)
    def clocks(self) -> list[dict[str, str]]:
        """What the chosen incident asks for, and how long there is left."""
        line = self._open()
        if line is None or line.incident.state is IncidentState.CLOSED:
            return []
        passed_s = int(time.monotonic() - self._read_s)
        return [self._words.clock(one, passed_s) for one in line.clocks]

    @Property(list, notify=shown)
    def facts(self) -> list[dict[str, str]]:
        """The chosen sheet: "label", "value"."""
        line = self._open()
        return self._words.facts(line.incident) if line else []

    @Property(str, notify=shown)
    def advice(self) -> str:
        """What to do about leaked templates, or ""."""
        line = self._open()
        return self._words.advice(line.incident) if line else ""

    @Property(str, notify=shown)
    def missing(self) -> str:
        """What a notice about the chosen incident still lacks, or ""."""
        line = self._open()
        return self._words.missing(line.incident) if line else ""

    @Property(list, notify=drafted)
    def parts(self) -> list[dict[str, str]]:
        """Parts of the form: "key", "label"."""
        return [{"key": one, "label": self._words.word("incident_part", one)} for one in PARTS]

    @Property(str, notify=drafted)
    def part(self) -> str:
        """The part that is shown."""
        return self._part

    @Property(list, notify=drafted)
    def fields(self) -> list[dict[str, object]]:
        """The questions of the part that is shown."""
        language = self.desk.display.current.value
        return self._draft.fields(self._part, language) if self._draft else []

    @Property(str, notify=shown)
    def written(self) -> str:
        """Names of the files just written, or ""."""
        return self._written
