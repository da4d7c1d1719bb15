"""Tickets and people that are written down here, for pictures and tests. Nobody is real."""

from dataclasses import replace
from pathlib import Path

import msgspec

from station.gate import Session
from station.handed_out import Progress
from station.model import Language
from station.rights_view import Person, TicketLine
from station.subject_records import Portion
from station.tickets import Did, Ticket, TicketKind, TicketState

_PERSON = Person("住***", "3***************34", True, False, False, "2026-12-01T00:00:00Z", 1, 1, 2)
_PERSON = replace(_PERSON, correctable=("name", "birth_date", "address", "document_number"))


def _ticket(at: int, kind: TicketKind, state: TicketState = TicketState.OPEN) -> Ticket:
    opened, due = f"2026-02-{20 + at:02}T02:00:00+00:00", f"2026-03-{7 + at:02}T02:00:00+00:00"
    steps = (Did(opened, "chen.jie", "OPENED"),)
    masked, wish = "3***************34", "想知道存了哪些内容" if at == 1 else ""
    return Ticket(f"{at:012x}", kind, state, opened, due, "ref", masked, wish=wish, steps=steps)


def _finished() -> Ticket:
    at = "2026-03-02T06:12:00+00:00"
    ticket = _ticket(3, TicketKind.EXPLAIN, TicketState.DONE)
    steps = (*ticket.steps, Did(at, "he.min", "EXPLAINED"), Did(at, "he.min", "CLOSED"))
    return msgspec.structs.replace(ticket, steps=steps, answer="当面说明，本人没有异议", salt="s")


class StillRights:
    """A `RightsService` that remembers what was asked of it and touches nobody's data."""

    def __init__(self) -> None:
        self.lines = [
            TicketLine(_ticket(0, TicketKind.DELETE), -3, True),
            TicketLine(_ticket(1, TicketKind.COPY), 2, False),
            TicketLine(_ticket(2, TicketKind.RESTRICT), 11, False),
            TicketLine(_finished(), 9, False),
        ]
        self.found: Person | None = _PERSON
        self.calls: list[str] = []

    def tickets(self, session: Session) -> tuple[TicketLine, ...]:
        """The written ones."""
        return tuple(self.lines)

    def look_up(self, session: Session, number: str) -> Person | None:
        """The written person."""
        return self.found

    def open(self, session: Session, kind: TicketKind, number: str, wish: str) -> str:
        """Added."""
        self.calls.append(f"open {kind} {wish}")
        self.lines.append(TicketLine(_ticket(len(self.lines), kind), 15, False))
        return self.lines[-1].ticket.id

    def person(self, session: Session, ticket: str) -> Person | None:
        """The written person."""
        return self.found

    def copy(
        self,
        session: Session,
        ticket: str,
        folder: Path,
        reason: str,
        language: Language,
        *,
        progress: Progress,
    ) -> tuple[str, ...]:
        """Nothing is written."""
        self.calls.append(f"copy {reason}")
        progress(1, 2)
        return f"copy-{ticket}.json", f"copy-{ticket}.pdf"

    def correct(self, session: Session, ticket: str, field: str, content: str) -> None:
        """Taken."""
        self.calls.append(f"correct {field}={content}")

    def ask_minor(self, session: Session, ticket: str, reason: str) -> None:
        """Taken."""
        self.calls.append("ask_minor")

    def restrict(self, session: Session, ticket: str, restricted: bool) -> None:
        """Taken."""
        self.calls.append(f"restrict {restricted}")
        if self.found is not None:
            self.found = replace(self.found, restricted=restricted)

    def erase(self, session: Session, ticket: str, folder: Path, portion: Portion) -> str:
        """Nobody is there any more, or only their fields."""
        self.calls.append(f"erase {portion}")
        if portion is Portion.FACE and self.found is not None:
            self.found = replace(self.found, templates=0, portraits=0)
            return f"erased-face-{ticket}.json"
        self.found = None
        self._end(ticket, TicketState.DONE)
        return f"erased-{ticket}.json"

    def receipt(self, session: Session, ticket: str, folder: Path) -> str:
        """Nothing is written."""
        self.calls.append("receipt")
        return f"erased-{ticket}.jsonl"

    def explain(self, session: Session, ticket: str, language: Language) -> str:
        """A sentence."""
        self.calls.append("explain")
        return "本机怎样核验" if language is Language.ZH_CN else "How this machine decides"

    def refuse(self, session: Session, ticket: str, why: str) -> None:
        """Refused."""
        self.calls.append(f"refuse {why}")
        self._end(ticket, TicketState.REFUSED)

    def extend(self, session: Session, ticket: str, days: int, why: str) -> None:
        """Taken."""
        self.calls.append(f"extend {days} {why}")

    def close(self, session: Session, ticket: str, answer: str) -> None:
        """Closed."""
        self.calls.append(f"close {answer}")
        self._end(ticket, TicketState.DONE)

    def _end(self, ticket: str, state: TicketState) -> None:
        self.lines = [
            replace(one, ticket=msgspec.structs.replace(one.ticket, state=state))
            if one.ticket.id == ticket
            else one
            for one in self.lines
        ]
