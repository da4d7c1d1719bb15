"""The incident book at the office: one permit per act, and the notices as papers to send.

The station sends nothing, it has no network: telling people is the site's to do, and is then noted.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from station.access import Act
from station.gate import Permit, Session
from station.handed_out import Draws, Progress, hand_out
from station.incident_clock import IncidentLine, clocks
from station.incident_notice import Handler, incident_notice
from station.incidents import Addressee, Incident, IncidentBook
from station.model import Language
from station.paper import Paper
from station.staffroom import Staffroom


class OfficeIncidents:
    """`IncidentsService` of an open station. Safe from any thread."""

    def __init__(
        self,
        room: Staffroom,
        book: IncidentBook,
        handler: Callable[[Language], Handler],
        draw: Callable[[Paper], bytes],
        now: Callable[[], datetime],
    ) -> None:
        """`handler` says whom a notice names, `draw` puts a paper into the bytes of a PDF."""
        self._room = room
        self._book = book
        self._handler = handler
        self._draw = draw
        self._now = now

    def incidents(self, session: Session) -> tuple[IncidentLine, ...]:
        """Every incident, the newest first, with its clocks. Raises `AccessError`."""
        permit, now = self._permit(session, Act.INCIDENT_READ), self._now()
        found = self._book.all(permit)
        return tuple(IncidentLine(one.incident, clocks(one.incident, now)) for one in found)

    def open(self, session: Session, sheet: Incident) -> str:
        """Start a sheet; returns its number. Raises `AccessError`, `OfficeError`."""
        return self._book.open(self._permit(session, Act.INCIDENT_WRITE), sheet).incident.id

    def change(
        self, session: Session, number: str, changes: Mapping[str, object], begun_from: Incident
    ) -> None:
        """Change what a sheet says; the history names the fields. Raises `AccessError`,
        CHANGED_MEANWHILE where somebody else has written into one of the fields since
        `begun_from` was read; `OfficeError`: INCIDENT_CLOSED, INCIDENT_INCOMPLETE."""
        permit = self._write(session, number)
        self._book.change(permit, self._book.get(number), changes, begun_from)

    def note(self, session: Session, number: str, text: str) -> None:
        """Add what was found out or done; nothing takes it away again. Raises `AccessError`,
        `OfficeError`."""
        permit = self._write(session, number)
        self._book.note(permit, self._book.get(number), text)

    def contained(self, session: Session, number: str) -> None:
        """It cannot spread any more. Raises `AccessError`, `OfficeError`."""
        permit = self._write(session, number)
        self._book.contained(permit, self._book.get(number))

    def told(self, session: Session, number: str, whom: Addressee) -> None:
        """A notice went out. Raises `AccessError`, `OfficeError`."""
        permit = self._write(session, number)
        self._book.told(permit, self._book.get(number), whom)

    def close(self, session: Session, number: str, not_told_why: str) -> None:
        """Close it once everybody was told who must be. Raises `AccessError`, `OfficeError`."""
        permit = self._write(session, number)
        self._book.close(permit, self._book.get(number), not_told_why)

    def notices(
        self, session: Session, number: str, folder: Path, *, progress: Progress
    ) -> tuple[str, ...]:
        """Write the notices to the authority, the people and guardians as PDF; returns their names.

        In Chinese, and in English where that is whole. Raises `AccessError`, `OfficeError`:
        INCIDENT_INCOMPLETE, PAPER_NOT_WRITTEN; `ConsentError` without a notice that names whom to
        reach.
        """
        permit = self._permit(session, Act.INCIDENT_READ, number)
        permit.for_act(Act.INCIDENT_READ)
        return hand_out(folder, self._papers(self._book.get(number).incident), progress)

    def _papers(self, incident: Incident) -> Draws:
        whom = [Addressee.AUTHORITY, Addressee.PERSONS]
        if incident.minors:
            whom.append(Addressee.GUARDIANS)
        stem = f"incident-{incident.id}"
        stamp = self._now().astimezone().strftime("%Y%m%d-%H%M%S")
        found = []
        for language in Language:
            # Chinese always: whatever is missing there is refused, not left out.
            if language is not Language.ZH_CN and not incident.narrative(language).whole():
                continue
            for one in whom:
                # Made before anything is written: what is not whole is written to nobody.
                paper = incident_notice(incident, one, self._handler(language), language)
                name = f"{stem}-{one.value.lower()}-{language.value}-{stamp}.pdf"
                found.append((name, _drawing(self._draw, paper)))
        return found

    def _write(self, session: Session, number: str) -> Permit:
        return self._permit(session, Act.INCIDENT_WRITE, number)

    def _permit(self, session: Session, act: Act, about: str = "") -> Permit:
        return self._room.gate.permit(session, act, about=about)


def _drawing(draw: Callable[[Paper], bytes], paper: Paper) -> Callable[[], bytes]:
    return lambda: draw(paper)
