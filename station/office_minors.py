"""A child with a guardian, begun on the office's screens: form, grant, and one run at the kiosk.

What staff typed about the guardian is in the form, then in one `ChildVisit` until that is run or
let go, and from there on sealed in the consent record (`station.minors`).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from station.access import Act
from station.attendance import while_present
from station.deployment_checks import Missing
from station.errors import AccessError, ConsentError, ErrorCode, StationBug
from station.gate import Permit, Session, check_text
from station.minors import (
    MOST_CONTACT,
    MOST_NAME,
    MOST_NUMBER,
    Guardian,
    GuardianDocument,
    MinorCase,
    MinorDialogue,
    Proof,
    Relation,
)
from station.model import Outcome
from station.ports import Publish
from station.premises import Premises
from station.staffroom import Staffroom
from station.visit import VisitReport

Enrol = Callable[[MinorDialogue, Publish, threading.Event, Permit, MinorCase], VisitReport]
"""`ResidentDesk.enrol_minor`."""
_LOOKING = "readiness"
"""What a grant is about that only shows the page: nobody is registered by it."""


class Slip(StrEnum):
    """What is wrong with one field of the form."""

    EMPTY = "EMPTY"
    UNUSABLE = "UNUSABLE"
    """Too long, characters that cannot be seen, or an identity number where none is kept."""
    NOT_CHOSEN = "NOT_CHOSEN"
    NOT_TICKED = "NOT_TICKED"


@dataclass(frozen=True, slots=True)
class ChildForm:
    """What staff typed and chose, as it stands; empty where nothing was."""

    child_document: str = field(repr=False)
    name: str = field(repr=False)
    contact: str = field(repr=False)
    document: str = ""
    """A name of `GuardianDocument`."""
    relation: str = ""
    """A name of `Relation`."""
    proof: str = ""
    """A name of `Proof`."""
    seen: bool = False
    """Whether staff ticked that the guardian is here and both papers were seen."""


@dataclass(frozen=True, slots=True)
class ChildStanding:
    """Whether a child may be registered here now."""

    code: ErrorCode | None = None
    """Why not; None: it may."""
    missing: tuple[Missing, ...] = ()
    """What the profile or the notice lacks."""
    registers: bool = True
    """Whether anybody at all is registered here."""


def slips_of(form: ChildForm) -> dict[str, Slip]:
    """What is wrong, by name of the field, in the order of the form; empty where nothing is."""
    found = {
        "child_document": _number_slip(form.child_document.strip()),
        "name": _text_slip(form.name.strip(), MOST_NAME),
        "contact": _text_slip(form.contact.strip(), MOST_CONTACT),
        "document": _choice_slip(form.document, GuardianDocument),
        "relation": _choice_slip(form.relation, Relation),
        "proof": _choice_slip(form.proof, Proof),
        "seen": None if form.seen else Slip.NOT_TICKED,
    }
    return {name: slip for name, slip in found.items() if slip is not None}


def case_of(form: ChildForm) -> MinorCase:
    """The case, as the flow wants it. Raises `AccessError(TEXT_UNUSABLE)` for any slip."""
    if slips_of(form):
        raise AccessError(ErrorCode.TEXT_UNUSABLE)
    guardian = Guardian(
        form.name.strip(),
        GuardianDocument(form.document),
        Relation(form.relation),
        Proof(form.proof),
        form.contact.strip(),
    )
    return MinorCase(guardian, form.child_document.strip())


def _number_slip(number: str) -> Slip | None:
    # The child's own number is compared and not kept: here it may look like one.
    if not number:
        return Slip.EMPTY
    return None if len(number) <= MOST_NUMBER and number.isprintable() else Slip.UNUSABLE


def _text_slip(text: str, most: int) -> Slip | None:
    if not text:
        return Slip.EMPTY
    try:
        check_text(text, most)
    except AccessError:
        return Slip.UNUSABLE
    return None


def _choice_slip(chosen: str, offered: type[StrEnum]) -> Slip | None:
    return None if chosen in set(offered) else Slip.NOT_CHOSEN


class ChildVisit:
    """One registration that was granted: run once, on the visit thread, or let go."""

    def __init__(
        self,
        case: MinorCase,
        serve: Callable[[MinorCase, MinorDialogue, Publish, threading.Event], VisitReport],
    ) -> None:
        self._case: MinorCase | None = case
        self._serve = serve

    def run(self, dialogue: MinorDialogue, publish: Publish, cancel: threading.Event) -> Outcome:
        """From the guardian's notice to the purge; blocks. What was typed is held no longer here.

        Raises `AccessError(OPERATOR_MISSING)` where whoever began it has left the desk, and what
        `ResidentDesk.enrol_minor` does.
        """
        case, self._case = self._case, None
        if case is None:
            raise StationBug("a child's visit is run once")
        return self._serve(case, dialogue, publish, cancel).outcome


class OfficeMinors:
    """`MinorsService` of an open station. Safe from any thread."""

    def __init__(
        self,
        room: Staffroom,
        premises: Premises,
        enrol: Enrol | None,
        health: Callable[[], ErrorCode | None],
    ) -> None:
        """`enrol` is None where nobody is registered; `health` says what keeps people waiting."""
        self._room = room
        self._premises = premises
        self._enrol = enrol
        self._health = health

    def standing(self, session: Session) -> ChildStanding:
        """Whether a child may be registered now, and what is missing. Raises `AccessError`."""
        permit = self._room.gate.permit(session, Act.MINOR_ENROL, about=_LOOKING)
        permit.for_act(Act.MINOR_ENROL)
        if self._enrol is None:
            return ChildStanding(ErrorCode.NOTICE_INCOMPLETE, registers=False)
        code, found = self._premises.readiness.child()
        return ChildStanding(code or self._health(), found)

    def begin(self, session: Session, form: ChildForm) -> ChildVisit:
        """Grant one child's registration; nobody is asked yet.

        Raises `AccessError`: ACCESS_DENIED, TEXT_UNUSABLE; `ConsentError`: MINOR_NEEDS_GUARDIAN,
        REFUSED_RECENTLY, NOTICE_INCOMPLETE (nobody is registered here); `ConfigError` as
        `Readiness.require_child`.
        """
        permit, enrol = self._room.gate.permit(session, Act.MINOR_ENROL), self._enrol
        if enrol is None:
            raise ConsentError(ErrorCode.NOTICE_INCOMPLETE)
        self._premises.readiness.require_child()
        case = case_of(form)
        if not self._premises.refusals.may_ask(case.child_document):
            raise ConsentError(ErrorCode.REFUSED_RECENTLY)

        def serve(
            case: MinorCase, dialogue: MinorDialogue, publish: Publish, cancel: threading.Event
        ) -> VisitReport:
            # The desk is staffed by whoever saw the papers, or no child is asked.
            if session not in self._room.accounts.present(Act.MINOR_ENROL):
                raise AccessError(ErrorCode.OPERATOR_MISSING)
            with while_present(self._room, session, Act.MINOR_ENROL, cancel):
                return enrol(dialogue, publish, cancel, permit, case)

        return ChildVisit(case, serve)
