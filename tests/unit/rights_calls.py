"""What the pages of rights, incidents and filing call, each with its act (`test_access_cells`)."""

from collections.abc import Callable
from pathlib import Path

from station.access import Act
from station.config import ROOT
from station.gate import Session
from station.incidents import Addressee, Incident
from station.model import Language
from station.office_desk import StationOffice
from station.signage import Place
from station.tickets import TicketKind

REASON = "for a test"
TICKET = "0" * 32
"""Of no ticket and no incident there is: what passes the gate finds nothing."""
NOTHING_HAPPENED = Incident(data=(), people=0, found_at="")
NOWHERE = Path("/nowhere")
Call = Callable[[StationOffice, Session], object]
RIGHTS_CALLS: dict[str, tuple[Act, Call]] = {
    "rights.tickets": (Act.TICKET_READ, lambda office, who: office.rights.tickets(who)),
    "rights.look_up": (Act.VIEW_MASKED, lambda office, who: office.rights.look_up(who, "X1")),
    "rights.open": (
        Act.TICKET_OPEN,
        lambda office, who: office.rights.open(who, TicketKind.ACCESS, "X1", ""),
    ),
    "rights.person": (Act.TICKET_READ, lambda office, who: office.rights.person(who, TICKET)),
    "rights.copy": (
        Act.VIEW_FULL,
        lambda office, who: office.rights.copy(who, TICKET, ROOT, REASON, Language.EN),
    ),
    "rights.restrict": (
        Act.RESTRICT,
        lambda office, who: office.rights.restrict(who, TICKET, True),
    ),
    "rights.erase": (Act.ERASE, lambda office, who: office.rights.erase(who, TICKET, ROOT)),
    "rights.receipt": (
        Act.TICKET_READ,
        lambda office, who: office.rights.receipt(who, TICKET, ROOT),
    ),
    "rights.correct": (
        Act.TICKET_DECIDE,
        lambda office, who: office.rights.correct(who, TICKET, "name", "x"),
    ),
    "rights.extend": (
        Act.TICKET_DECIDE,
        lambda office, who: office.rights.extend(who, TICKET, 30, REASON),
    ),
    "rights.explain": (
        Act.TICKET_READ,
        lambda office, who: office.rights.explain(who, TICKET, Language.EN),
    ),
    "rights.refuse": (
        Act.TICKET_DECIDE,
        lambda office, who: office.rights.refuse(who, TICKET, REASON),
    ),
    "rights.close": (
        Act.TICKET_DECIDE,
        lambda office, who: office.rights.close(who, TICKET, REASON),
    ),
    "incidents.incidents": (
        Act.INCIDENT_READ,
        lambda office, who: office.incidents.incidents(who),
    ),
    "incidents.open": (
        Act.INCIDENT_WRITE,
        lambda office, who: office.incidents.open(who, NOTHING_HAPPENED),
    ),
    "incidents.change": (
        Act.INCIDENT_WRITE,
        lambda office, who: office.incidents.change(who, TICKET, {"people": 1}, NOTHING_HAPPENED),
    ),
    "incidents.note": (
        Act.INCIDENT_WRITE,
        lambda office, who: office.incidents.note(who, TICKET, REASON),
    ),
    "incidents.contained": (
        Act.INCIDENT_WRITE,
        lambda office, who: office.incidents.contained(who, TICKET),
    ),
    "incidents.told": (
        Act.INCIDENT_WRITE,
        lambda office, who: office.incidents.told(who, TICKET, Addressee.AUTHORITY),
    ),
    "incidents.close": (
        Act.INCIDENT_WRITE,
        lambda office, who: office.incidents.close(who, TICKET, REASON),
    ),
    "incidents.notices": (
        Act.INCIDENT_READ,
        lambda office, who: office.incidents.notices(who, TICKET, NOWHERE, progress=print),
    ),
    "filing.status": (Act.FILING_READ, lambda office, who: office.filing.status(who)),
    "filing.pack": (
        Act.FILING_READ,
        lambda office, who: office.filing.pack(who, NOWHERE, progress=print),
    ),
    "filing.record": (Act.PROFILE_READ, lambda office, who: office.filing.record(who)),
    "filing.export_record": (
        Act.PROFILE_READ,
        lambda office, who: office.filing.export_record(who, NOWHERE, progress=print),
    ),
    "filing.sign": (Act.SIGNAGE, lambda office, who: office.filing.sign(who, Place.DESK, False)),
    "filing.write_sign": (
        Act.SIGNAGE,
        lambda office, who: office.filing.write_sign(
            who, Place.DESK, False, NOWHERE, progress=print
        ),
    ),
}
