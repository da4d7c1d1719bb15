"""What the page of filing and signs needs of the station; `station.office_filing` provides it."""

from pathlib import Path
from typing import Protocol

from station.filing import FilingStatus
from station.gate import Session
from station.handed_out import Progress
from station.processing_record import Version
from station.signage import Place, Sign


class FilingService(Protocol):
    """Each call may take long and raises `AccessError`, `OfficeError`, `ConsentError`."""

    def status(self, session: Session) -> FilingStatus:
        """Count the people whose face information is stored (FILING_READ)."""
        ...

    def pack(self, session: Session, folder: Path, *, progress: Progress) -> tuple[str, ...]:
        """Write the filing pack into `folder`; the files' names (FILING_READ)."""
        ...

    def record(self, session: Session) -> tuple[Version, ...]:
        """The record of processing, the newest version first (PROFILE_READ)."""
        ...

    def export_record(
        self, session: Session, folder: Path, *, progress: Progress
    ) -> tuple[str, ...]:
        """Write the record of processing into `folder`; the files' names (PROFILE_READ)."""
        ...

    def sign(self, session: Session, place: Place, for_security: bool) -> Sign:
        """The sign for a place, to be looked at (SIGNAGE). PLACE_FORBIDDEN."""
        ...

    def write_sign(
        self,
        session: Session,
        place: Place,
        for_security: bool,
        folder: Path,
        *,
        progress: Progress,
    ) -> tuple[str, ...]:
        """Write the sign as A4 and A3 into `folder`; the files' names (SIGNAGE)."""
        ...
