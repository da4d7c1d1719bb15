"""The rights desk: what people ask about their own data, until when, and what is done."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Property, Signal, Slot

from station.access import Act
from station.errors import ErrorCode
from station.gate import Session
from station.rights_view import Person, TicketLine
from station.tickets import TicketKind
from ui.office.rights_forms import PLAIN, PORTIONS, choices, extensions
from ui.office.rights_words import RightsWords
from ui.office.writing import WritingPage


class RightsPage(WritingPage):
    """Tickets, one in full, and a form. A number that was typed is dropped with the form."""

    shown = Signal()
    listed = Signal()

    def clear(self) -> None:
        """Drop tickets, people and what was typed."""
        self._words = RightsWords(self.desk)
        self._lines: tuple[TicketLine, ...] = ()
        self._chosen = self._form = self._written = self._explained = ""
        self._person: Person | None = None
        self._asked = False
        self._found: Person | None = None
        self._number = self._field = self._days = ""
        self._looked = False
        self._kind = TicketKind.ACCESS

    def load(self) -> None:
        """Ask for the tickets, where this person may see them."""
        if self._may(Act.TICKET_READ):
            self.ask(self.desk.service.rights.tickets, self._show)

    def _show(self, found: tuple[TicketLine, ...]) -> None:
        self._lines = found
        self.rows_changed.emit()

    def _may(self, act: Act) -> bool:
        who = self.desk.signed_in
        return who is not None and act in who.acts

    def _open(self) -> TicketLine | None:
        return next((one for one in self._lines if one.ticket.id == self._chosen), None)

    @Slot(str)
    def choose(self, ticket: str) -> None:
        """Show one ticket in full; "" for none."""
        self._chosen, self._form = ticket, ""
        self._written = self._explained = ""
        self._read_person()

    def _read_person(self) -> None:
        self._person, self._asked = None, False
        ticket, service = self._chosen, self.desk.service.rights
        if not ticket:
            self.changed.emit()
            return

        def show(person: Person | None) -> None:
            if ticket == self._chosen:
                self._person, self._asked = person, True

        self.ask(lambda session: service.person(session, ticket), show)

    @Slot(str)
    def begin(self, form: str) -> None:
        """Open a form: "open" for a new ticket, or a key of the choices; "" closes it."""
        self._form = form
        self._number, self._found, self._looked = "", None, False
        self._field = self._days = ""
        self._kind = TicketKind.ACCESS
        self.dismiss()

    @Slot(str)
    def look_up(self, number: str) -> None:
        """Look somebody up by the document they showed."""
        typed, service = number.strip(), self.desk.service.rights
        if not typed:
            self.refuse_locally(ErrorCode.TEXT_UNUSABLE)
            return
        self.dismiss()

        def show(person: Person | None) -> None:
            self._found, self._number, self._looked = person, typed, True

        self.ask(lambda session: service.look_up(session, typed), show)

    @Slot(str)
    def choose_kind(self, kind: str) -> None:
        """What they ask for: a name of `TicketKind`."""
        self._kind = TicketKind(kind)
        self.changed.emit()

    @Slot(str)
    def choose_field(self, field: str) -> None:
        """Which field is corrected."""
        self._field = field
        self.changed.emit()

    @Slot(str)
    def choose_days(self, days: str) -> None:
        """Until when the ticket is put off: days from the first."""
        self._days = days
        self.changed.emit()

    @Slot(str)
    def open_ticket(self, wish: str) -> None:
        """Take it in."""
        kind, number, service = self._kind, self._number, self.desk.service.rights
        if self._looked:
            said = wish.strip()
            self.act(lambda s: service.open(s, kind, number, said), "ticket_open", self._opened)

    def _opened(self, ticket: str) -> None:
        self.begin("")
        self._told = "ticket_open"
        if self._may(Act.TICKET_READ):
            self.choose(ticket)

    @Slot(str, str)
    def submit(self, typed: str, folder: str) -> None:
        """Do what the open form is about; the core says what is missing or not allowed."""
        ticket, form, why = self._chosen, self._form, typed.strip()
        service, where = self.desk.service.rights, folder.strip()
        language = self.desk.display.current
        if (form in ("copy", "receipt") or form in PORTIONS) and not where:
            self.refuse_locally(ErrorCode.PAPER_NOT_WRITTEN)
            return
        if (form == "correct" and not self._field) or (form == "extend" and not self._days):
            return
        self._written, place = "", Path(where)
        if form == "copy":
            self.write(
                lambda s, tell: service.copy(s, ticket, place, why, language, progress=tell),
                "copied",
                self._done,
            )
        elif form == "receipt":
            self.act(lambda s: service.receipt(s, ticket, place), "receipt_again", self._done)
        elif form == "explain":
            self.act(lambda s: service.explain(s, ticket, language), "explained", self._tell)
        elif form in PORTIONS:
            portion, told = PORTIONS[form]
            self.act(lambda s: service.erase(s, ticket, place, portion), told, self._done)
        elif form in PLAIN:
            self.act(self._plain(form, ticket, why), PLAIN[form], lambda _: self._done(""))

    def _plain(self, form: str, ticket: str, why: str) -> Callable[[Session], None]:
        service, field, days = self.desk.service.rights, self._field, self._days
        calls: dict[str, Callable[[Session], None]] = {
            "restrict": lambda s: service.restrict(s, ticket, True),
            "lift": lambda s: service.restrict(s, ticket, False),
            "minor": lambda s: service.ask_minor(s, ticket, why),
            "correct": lambda s: service.correct(s, ticket, field, why),
            "extend": lambda s: service.extend(s, ticket, int(days), why),
            "refuse": lambda s: service.refuse(s, ticket, why),
            "close": lambda s: service.close(s, ticket, why),
        }
        return calls[form]

    def _done(self, written: str) -> None:
        self._form, self._written = "", written
        self._read_person()

    def _tell(self, explained: str) -> None:
        self._form, self._explained = "", explained

    # What the screens show

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, str]]:
        """Tickets, as `RightsWords.row` writes them."""
        return [self._words.row(one) for one in self._lines]

    @Property(str, notify=shown)
    def chosen(self) -> str:
        """Number of the ticket in full, or ""."""
        return self._chosen

    @Property(str, notify=shown)
    def form(self) -> str:
        """Name of the open form, or ""."""
        return self._form

    @Property(bool, notify=shown)
    def mayRead(self) -> bool:
        """Whether this person sees the tickets; else they only take requests in."""
        return self._may(Act.TICKET_READ)

    @Property(bool, notify=shown)
    def mayOpen(self) -> bool:
        """Whether this person takes requests in."""
        return self._may(Act.TICKET_OPEN)

    @Property(list, notify=shown)
    def choices(self) -> list[str]:
        """What may be done about the chosen ticket."""
        return choices(self._open(), self._person, self._may)

    @Property("QVariantMap", notify=shown)  # type: ignore[arg-type]
    def person(self) -> dict[str, str]:
        """Whom the ticket is about, masked; or empty."""
        return self._words.person(self._person)

    @Property(bool, notify=shown)
    def gone(self) -> bool:
        """Whether nothing is kept of the ticket's person."""
        return self._asked and self._person is None

    @Property("QVariantMap", notify=shown)  # type: ignore[arg-type]
    def found(self) -> dict[str, str]:
        """Who was looked up, masked; or empty."""
        return self._words.person(self._found)

    @Property(bool, notify=shown)
    def looked(self) -> bool:
        """Whether somebody was looked up for the new ticket."""
        return self._looked

    @Property(list, notify=shown)
    def kinds(self) -> list[dict[str, str]]:
        """What can be asked for: "key", "label"."""
        return self._words.options("ticket_kind", tuple(TicketKind))

    @Property(str, notify=shown)
    def kind(self) -> str:
        """What the new ticket asks for."""
        return self._kind.value

    @Property(list, notify=shown)
    def fields(self) -> list[dict[str, str]]:
        """What can be corrected: "key", "label"."""
        return self._words.options("field", self._person.correctable if self._person else ())

    @Property(str, notify=shown)
    def field(self) -> str:
        """What is corrected, or ""."""
        return self._field

    @Property(list, notify=shown)
    def extensions(self) -> list[dict[str, str]]:
        """Ends the ticket can be put off to: "key", "label"."""
        line = self._open()
        return extensions(line.ticket) if line else []

    @Property(str, notify=shown)
    def days(self) -> str:
        """Key of the chosen end, or ""."""
        return self._days

    @Property(str, notify=shown)
    def written(self) -> str:
        """Names of the files just written, or ""."""
        return self._written

    @Property(str, notify=shown)
    def explained(self) -> str:
        """What is to be read to the person, or ""."""
        return self._explained
