"""What can be done about a ticket, by whom, and until when it can be put off."""

from collections.abc import Callable
from datetime import datetime, timedelta

from station.access import Act
from station.rights_view import Person, TicketLine
from station.subject_records import Portion
from station.ticket_receipts import ERASING_STEPS
from station.tickets import MOST_DAYS, Ticket, TicketKind, TicketState
from ui.office.desk import local_time

FORMS = {
    "copy": Act.VIEW_FULL,
    "minor": Act.MINOR_READ,
    "correct": Act.TICKET_DECIDE,
    "restrict": Act.RESTRICT,
    "lift": Act.RESTRICT,
    "face": Act.ERASE,
    "erase": Act.ERASE,
    "withdraw": Act.ERASE,
    "receipt": Act.TICKET_READ,
    "explain": Act.TICKET_READ,
    "extend": Act.TICKET_DECIDE,
    "close": Act.TICKET_DECIDE,
    "refuse": Act.TICKET_DECIDE,
}
"""Each form with the act it asks for; in the order of the buttons."""
PLAIN = {
    "restrict": "on_hold",
    "lift": "lifted",
    "minor": "asked",
    "correct": "corrected",
    "extend": "extended",
    "refuse": "ticket_refused",
    "close": "ticket_closed",
}
"""Forms that write no file, with what is told afterwards."""
PORTIONS = {
    "erase": (Portion.EVERYTHING, "erased"),
    "withdraw": (Portion.EVERYTHING, "erased"),
    "face": (Portion.FACE, "face_erased"),
}
"""Forms that erase, with how much, and what is told afterwards."""
_OF_NOBODY = ("receipt", "explain", "extend", "close", "refuse")
_STEP_DAYS = 5


def choices(
    line: TicketLine | None, person: Person | None, may: Callable[[Act], bool]
) -> list[str]:
    """Names of the forms that fit a ticket, its person (None: nothing is kept), and who asks."""
    if line is None:
        return []
    erased = any(one.step in ERASING_STEPS for one in line.ticket.steps)
    if line.ticket.state is not TicketState.OPEN:
        return ["receipt"] if erased and may(Act.TICKET_READ) else []
    found = [form for form, act in FORMS.items() if may(act) and (erased or form != "receipt")]
    dropped = set() if extensions(line.ticket) else {"extend"}
    if person is None:
        return [form for form in found if form in _OF_NOBODY and form not in dropped]
    withdrawn = line.ticket.kind is TicketKind.WITHDRAW
    dropped |= {"erase" if withdrawn else "withdraw", "restrict" if person.restricted else "lift"}
    if not person.resident:
        # A visitor's face is not kept: there is nothing to hold back, and no part of it.
        dropped |= {"restrict", "lift"}
    if not (person.templates or person.portraits):
        dropped.add("face")
    if not person.minor or person.approval in ("WAITING", "AGREED"):
        dropped.add("minor")
    if person.minor and person.approval != "AGREED":
        dropped.add("copy")
    return [form for form in found if form not in dropped]


def extensions(ticket: Ticket) -> list[dict[str, str]]:
    """Later ends a ticket can be put off to: "key" (days from the first), "label" (the day)."""
    opened = datetime.fromisoformat(ticket.opened_at)
    found = []
    for days in range(_STEP_DAYS, MOST_DAYS + 1, _STEP_DAYS):
        until = (opened + timedelta(days=days)).isoformat()
        if until > ticket.deadline:
            found.append({"key": str(days), "label": local_time(until)[:10]})
    return found
