"""How long there is left to do what an incident asks for (X-16).

PIPL 57 says "at once" and names no hours. The clock is therefore the station's own [P], except for
the authority: art. 4 of the Measures for Reporting Cybersecurity Incidents (2025-11-01) gives who
runs a network at most four hours for larger incidents, and nobody should first have to find out
whether theirs is one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from station.incidents import Addressee, Incident, IncidentState


class Duty(StrEnum):
    """What has to be done."""

    CONTAINED = "CONTAINED"
    AUTHORITY = "AUTHORITY"
    PERSONS = "PERSONS"
    GUARDIANS = "GUARDIANS"


HOURS = {Duty.CONTAINED: 1, Duty.AUTHORITY: 4, Duty.PERSONS: 72, Duty.GUARDIANS: 72}
"""Hours from the time it was found; all but the authority's are [P]."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One duty of one incident."""

    duty: Duty
    due: str
    """ISO 8601 UTC."""
    left_s: int
    """Seconds to it; negative once it has passed."""
    done: bool


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """One incident with its clocks, the nearest that still runs first."""

    incident: Incident
    clocks: tuple[Clock, ...]


def clocks(incident: Incident, now: datetime) -> tuple[Clock, ...]:
    """What an incident asks for, and how long there is left. Those that are done come last."""
    found_at = datetime.fromisoformat(incident.found_at)
    running = []
    for duty in _asked(incident):
        due = found_at + timedelta(hours=HOURS[duty])
        text = due.astimezone(UTC).isoformat(timespec="seconds")
        left_s = (due - now) // timedelta(seconds=1)
        running.append(Clock(duty, text, left_s, _done(incident, duty)))
    return tuple(sorted(running, key=lambda one: (one.done, one.left_s)))


def _asked(incident: Incident) -> tuple[Duty, ...]:
    """Nobody to be told where nobody is concerned, or where they need not be (PIPL 57 II)."""
    found = [Duty.CONTAINED, Duty.AUTHORITY]
    if incident.people and not incident.not_told_why:
        found.append(Duty.PERSONS)
        if incident.minors:
            found.append(Duty.GUARDIANS)
    return tuple(found)


def _done(incident: Incident, duty: Duty) -> bool:
    if duty is Duty.CONTAINED:
        return incident.state is not IncidentState.OPEN
    return Addressee(duty.value).value in incident.told
