"""What the page of incidents needs of the station; `station.office_incidents` provides it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from station.gate import Session
from station.handed_out import Progress
from station.incident_clock import IncidentLine
from station.incidents import Addressee, Incident


class IncidentsService(Protocol):
    """The incident book; each call may take long and raises `AccessError`, `OfficeError`."""

    def incidents(self, session: Session) -> tuple[IncidentLine, ...]:
        """Every incident, the newest first, with its clocks (INCIDENT_READ)."""
        ...

    def open(self, session: Session, sheet: Incident) -> str:
        """Start a sheet; returns its number (INCIDENT_WRITE). INCIDENT_INCOMPLETE."""
        ...

    def change(
        self, session: Session, number: str, changes: Mapping[str, object], begun_from: Incident
    ) -> None:
        """Change what a sheet says (INCIDENT_WRITE); `begun_from` is what stood there when it was
        begun. CHANGED_MEANWHILE, INCIDENT_CLOSED, INCIDENT_INCOMPLETE."""
        ...

    def note(self, session: Session, number: str, text: str) -> None:
        """Add what was found out or done (INCIDENT_WRITE)."""
        ...

    def contained(self, session: Session, number: str) -> None:
        """It cannot spread any more (INCIDENT_WRITE)."""
        ...

    def told(self, session: Session, number: str, whom: Addressee) -> None:
        """A notice went out (INCIDENT_WRITE). INCIDENT_INCOMPLETE."""
        ...

    def close(self, session: Session, number: str, not_told_why: str) -> None:
        """Close it once everybody was told who must be (INCIDENT_WRITE). INCIDENT_INCOMPLETE."""
        ...

    def notices(
        self, session: Session, number: str, folder: Path, *, progress: Progress
    ) -> tuple[str, ...]:
        """Write the notices as new PDFs into `folder`; their names (INCIDENT_READ)."""
        ...
