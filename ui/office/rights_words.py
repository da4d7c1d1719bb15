"""Tickets and masked people as the page of the rights desk words them."""

from collections.abc import Sequence

from resources.rights_texts import words
from station.rights_view import Person, TicketLine
from station.tickets import Did, Step, Ticket, TicketState
from ui.office.desk import OfficeDesk, local_time

_SOON_DAYS = 3
_ENDS = frozenset({Step.OPENED, Step.REFUSED, Step.CLOSED, Step.WIPED})
"""Steps that say nothing about what was done for the person."""


class RightsWords:
    """Words in the present language of the office; holds no data."""

    def __init__(self, desk: OfficeDesk) -> None:
        self._desk = desk

    def row(self, line: TicketLine) -> dict[str, str]:
        """One ticket: "id", "kind", "document", "due", "state", "tone", and what its pane says."""
        ticket = line.ticket
        tone, state = "good", self._word("ticket_state", ticket.state)
        if ticket.state is TicketState.OPEN:
            tone = "caution" if line.days_left <= _SOON_DAYS else "neutral"
            key = "overdue" if line.overdue else "days_left"
            tone = "stop" if line.overdue else tone
            state = self._say(key, days=abs(line.days_left))
        return {
            "id": ticket.id,
            "kind": self._word("ticket_kind", ticket.kind),
            "document": ticket.masked,
            "due": local_time(ticket.deadline)[:10],
            "state": state,
            "tone": tone,
            "wish": ticket.wish,
            "answer": ticket.answer if ticket.state is TicketState.OPEN else "",
            "opened": local_time(ticket.opened_at),
            "steps": "\n".join(self._step(one) for one in ticket.steps),
            "outcome": self._outcome(ticket),
            "outcomeTone": "good" if ticket.state is TicketState.DONE else "caution",
        }

    def person(self, person: Person | None) -> dict[str, str]:
        """Somebody masked, and how much is kept of them; empty for nobody."""
        if person is None:
            return {}
        yes, no = self._say("yes"), self._say("no")
        faces = self._say("faces", templates=person.templates, portraits=person.portraits)
        return {
            "name": person.name,
            "document": person.document_number,
            "who": self._say("resident" if person.resident else "visitor"),
            "minor": yes if person.minor else no,
            "restricted": yes if person.restricted else no,
            "until": local_time(person.expires_at),
            "approval": self._desk.word("state", person.approval),
            "effect": self._say(
                "effect",
                records=person.records,
                templates=person.templates,
                portraits=person.portraits,
            ),
            "faces": faces,
        }

    def options(self, section: str, codes: Sequence[str]) -> list[dict[str, str]]:
        """Choices: "key", "label"."""
        return [{"key": str(one), "label": self._word(section, one)} for one in codes]

    def _outcome(self, ticket: Ticket) -> str:
        """What a finished ticket came to: when and by whom, what was done, and the answer."""
        if ticket.state is TicketState.OPEN or not ticket.steps:
            return ""
        refused = ticket.state is TicketState.REFUSED
        end = Step.REFUSED if refused else Step.CLOSED
        last = next((one for one in reversed(ticket.steps) if one.step == end), ticket.steps[-1])
        key = "outcome_refused" if refused else "outcome_done"
        lines = [self._say(key, time=local_time(last.at), actor=self._actor(last))]
        done = dict.fromkeys(
            self._word("ticket_step", one.step) for one in ticket.steps if one.step not in _ENDS
        )
        if done:
            lines.append(self._say("outcome_steps", steps=" · ".join(done)))
        if ticket.answer:
            lines.append(self._say("outcome_answer", text=ticket.answer))
        elif not ticket.salt:
            lines.append(self._say("outcome_wiped"))
        return "\n".join(lines)

    def _step(self, did: Did) -> str:
        actor = f"{self._actor(did)} + {did.second}" if did.second else self._actor(did)
        return f"{local_time(did.at)}  {self._word('ticket_step', did.step)}  {actor}"

    def _actor(self, did: Did) -> str:
        return did.actor or self._say("by_station")

    def _word(self, section: str, key: str) -> str:
        return words(section, key, self._desk.display.current.value)

    def _say(self, key: str, **blanks: object) -> str:
        return self._desk.word("say", key).format(**blanks)
