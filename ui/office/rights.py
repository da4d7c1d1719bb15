"""The rights desk: what people ask about their own data, until when, and what is done."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Property, Signal, Slot

from resources.rights_texts import words
from station.access import Act
from station.errors import ErrorCode
from station.gate import Session
from station.rights_view import Person, TicketLine
from station.tickets import TicketKind, TicketState
from ui.office.desk import local_time
from ui.office.page import OfficePage

_SOON_DAYS = 3
_FORMS = {
    "copy": Act.VIEW_FULL,
    "minor": Act.MINOR_READ,
    "restrict": Act.RESTRICT,
    "lift": Act.RESTRICT,
    "erase": Act.ERASE,
    "explain": Act.TICKET_READ,
    "close": Act.TICKET_DECIDE,
    "refuse": Act.TICKET_DECIDE,
}
_PLAIN = {
    "restrict": "on_hold",
    "lift": "lifted",
    "minor": "asked",
    "refuse": "ticket_refused",
    "close": "ticket_closed",
}


class RightsPage(OfficePage):
    """Tickets, one in full, and a form. A number that was typed is dropped with the form."""

    shown = Signal()
    listed = Signal()

    def clear(self) -> None:
        """Drop tickets, people and what was typed."""
        self._lines: tuple[TicketLine, ...] = ()
        self._chosen = self._form = self._written = self._explained = ""
        self._person: Person | None = None
        self._asked = False
        self._found: Person | None = None
        self._number = ""
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
        if form in ("copy", "erase") and not where:
            self.refuse_locally(ErrorCode.EXPORT_FAILED)
            return
        place = Path(where)
        if form == "copy":
            self._do(lambda s: " · ".join(service.copy(s, ticket, place, why, language)), "copied")
        elif form == "erase":
            self._do(lambda s: service.erase(s, ticket, place), "erased")
        elif form == "explain":
            self.act(lambda s: service.explain(s, ticket, language), "explained", self._tell)
        elif form in _PLAIN:
            self._carry(self._plain(form, ticket, why), _PLAIN[form])

    def _plain(self, form: str, ticket: str, why: str) -> Callable[[Session], None]:
        service = self.desk.service.rights
        if form in ("restrict", "lift"):
            return lambda s: service.restrict(s, ticket, form == "restrict")
        if form == "minor":
            return lambda s: service.ask_minor(s, ticket, why)
        if form == "refuse":
            return lambda s: service.refuse(s, ticket, why)
        return lambda s: service.close(s, ticket, why)

    def _do(self, work: Callable[[Session], str], told: str) -> None:
        self._written = ""
        self.act(work, told, self._done)

    def _carry(self, work: Callable[[Session], None], told: str) -> None:
        self._written = ""
        self.act(work, told, lambda _: self._done(""))

    def _done(self, written: str) -> None:
        self._form, self._written = "", written
        self._read_person()

    def _tell(self, explained: str) -> None:
        self._form, self._explained = "", explained

    # What the screens show

    def _word(self, section: str, key: str) -> str:
        return words(section, key, self.desk.display.current.value)

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, str]]:
        """Tickets: "id", "kind", "document", "due", "state", "tone"."""
        return [self._row(one) for one in self._lines]

    def _row(self, line: TicketLine) -> dict[str, str]:
        ticket = line.ticket
        tone = "good"
        state = self._word("ticket_state", ticket.state)
        if ticket.state is TicketState.OPEN:
            tone = "caution" if line.days_left <= _SOON_DAYS else "neutral"
            key = "overdue" if line.overdue else "days_left"
            tone = "stop" if line.overdue else tone
            state = self.desk.word("say", key).format(days=abs(line.days_left))
        return {
            "id": ticket.id,
            "kind": self._word("ticket_kind", ticket.kind),
            "document": ticket.masked,
            "due": local_time(ticket.deadline)[:10],
            "state": state,
            "tone": tone,
            "wish": ticket.wish,
            "answer": ticket.answer,
            "opened": local_time(ticket.opened_at),
            "steps": "\n".join(
                f"{local_time(one.at)}  {self._word('ticket_step', one.step)}  {one.actor}"
                for one in ticket.steps
            ),
        }

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
        line = self._open()
        if line is None or line.ticket.state is not TicketState.OPEN:
            return []
        found = [form for form, act in _FORMS.items() if self._may(act)]
        person = self._person
        if person is None:
            return [form for form in found if form in ("explain", "close", "refuse")]
        dropped = {"restrict" if person.restricted else "lift"}
        if not person.minor or person.approval in ("WAITING", "AGREED"):
            dropped.add("minor")
        if person.minor and person.approval != "AGREED":
            dropped.add("copy")
        return [form for form in found if form not in dropped]

    def _of(self, person: Person | None) -> dict[str, str]:
        if person is None:
            return {}
        yes, no = self.desk.word("say", "yes"), self.desk.word("say", "no")
        return {
            "name": person.name,
            "document": person.document_number,
            "who": self.desk.word("say", "resident" if person.resident else "visitor"),
            "minor": yes if person.minor else no,
            "restricted": yes if person.restricted else no,
            "until": local_time(person.expires_at),
            "approval": self.desk.word("state", person.approval),
            "effect": self.desk.word("say", "effect").format(
                records=person.records, templates=person.templates, portraits=person.portraits
            ),
        }

    @Property("QVariantMap", notify=shown)  # type: ignore[arg-type]
    def person(self) -> dict[str, str]:
        """Whom the ticket is about, masked; or empty."""
        return self._of(self._person)

    @Property(bool, notify=shown)
    def gone(self) -> bool:
        """Whether nothing is kept of the ticket's person."""
        return self._asked and self._person is None

    @Property("QVariantMap", notify=shown)  # type: ignore[arg-type]
    def found(self) -> dict[str, str]:
        """Who was looked up, masked; or empty."""
        return self._of(self._found)

    @Property(bool, notify=shown)
    def looked(self) -> bool:
        """Whether somebody was looked up for the new ticket."""
        return self._looked

    @Property(list, notify=shown)
    def kinds(self) -> list[dict[str, str]]:
        """What can be asked for: "key", "label"."""
        return [{"key": one.value, "label": self._word("ticket_kind", one)} for one in TicketKind]

    @Property(str, notify=shown)
    def kind(self) -> str:
        """What the new ticket asks for."""
        return self._kind.value

    @Property(str, notify=shown)
    def written(self) -> str:
        """Names of the files just written, or ""."""
        return self._written

    @Property(str, notify=shown)
    def explained(self) -> str:
        """What is to be read to the person, or ""."""
        return self._explained
