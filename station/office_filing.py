"""Filing, signs and the record of processing at the office: read, shown, and written as papers."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from consent.notice import Notice
from station.access import Act
from station.filing import FilingCounter, FilingStatus
from station.filing_pack import FilingFacts, pack_json, pack_paper
from station.gate import Session
from station.handed_out import Draws, Progress, hand_out
from station.model import Language
from station.paper import Paper
from station.processing_paper import record_json, record_paper
from station.processing_record import ProcessingBook, Version
from station.signage import Place, Sign, make_sign
from station.staffroom import Staffroom

PAPERS = ("a4", "a3")
"""Papers a sign is made for."""
DrawSign = Callable[[Sign, str], bytes]
"""Puts a sign on one of `PAPERS`, as the bytes of a PDF."""


class FilingSource(Protocol):
    """What the page stands on (`station.rights_room.RightsRoom`)."""

    filing: FilingCounter
    processing: ProcessingBook

    def filing_facts(self) -> FilingFacts:
        """What the pack says of the station."""
        ...

    def notices(self) -> tuple[Notice, ...]:
        """The notices in force, the visitors' first."""
        ...

    @property
    def demo(self) -> bool:
        """Whether what it prints is marked as a demonstration."""
        ...


class OfficeFiling:
    """`FilingService` of an open station. Safe from any thread."""

    def __init__(
        self,
        room: Staffroom,
        source: FilingSource,
        draw: Callable[[Paper], bytes],
        draw_sign: DrawSign,
        now: Callable[[], datetime],
    ) -> None:
        """`draw` puts a paper into the bytes of a PDF."""
        self._room = room
        self._source = source
        self._draw = draw
        self._draw_sign = draw_sign
        self._now = now

    def status(self, session: Session) -> FilingStatus:
        """Count the people whose face information is stored, now. Raises `AccessError`."""
        permit = self._room.gate.permit(session, Act.FILING_READ)
        return self._source.filing.read(permit)

    def pack(self, session: Session, folder: Path, *, progress: Progress) -> tuple[str, ...]:
        """Write the filing pack: JSON, and a PDF in each language; returns their names.

        Raises `AccessError`, `OfficeError(PAPER_NOT_WRITTEN)`, `ConsentError(NOTICE_INCOMPLETE)`.
        """
        permit = self._room.gate.permit(session, Act.FILING_READ)
        status, facts = self._source.filing.read(permit), self._source.filing_facts()
        stem = self._stem("filing")
        papers: Draws = [
            (f"{stem}.json", lambda: pack_json(status, facts)),
            *(
                (f"{stem}-{one.value}.pdf", self._drawing(pack_paper(status, facts, one)))
                for one in Language
            ),
        ]
        return hand_out(folder, papers, progress)

    def record(self, session: Session) -> tuple[Version, ...]:
        """Every version of the record of processing, the newest first. Raises `AccessError`."""
        permit = self._room.gate.permit(session, Act.PROFILE_READ)
        return tuple(kept.version for kept in self._source.processing.read(permit))

    def export_record(
        self, session: Session, folder: Path, *, progress: Progress
    ) -> tuple[str, ...]:
        """Write every version as JSON and as a PDF in each language; returns their names.

        Raises `AccessError`, `OfficeError(PAPER_NOT_WRITTEN)`, `ConsentError(NOTICE_INCOMPLETE)`.
        """
        versions, facts = self.record(session), self._source.filing_facts()
        stem = self._stem("processing")
        papers: Draws = [
            (f"{stem}.json", lambda: record_json(versions, facts)),
            *(
                (f"{stem}-{one.value}.pdf", self._drawing(record_paper(versions, facts, one)))
                for one in Language
            ),
        ]
        return hand_out(folder, papers, progress)

    def sign(self, session: Session, place: Place, for_security: bool) -> Sign:
        """The sign for a place, to be looked at. Raises `AccessError`,
        `OfficeError(PLACE_FORBIDDEN)`, `ConsentError(NOTICE_INCOMPLETE)`."""
        permit = self._room.gate.permit(session, Act.SIGNAGE, about=place.value)
        source = self._source
        return make_sign(
            permit, place, source.notices(), for_security=for_security, demo=source.demo
        )

    def write_sign(
        self,
        session: Session,
        place: Place,
        for_security: bool,
        folder: Path,
        *,
        progress: Progress,
    ) -> tuple[str, ...]:
        """Write the sign for a place as A4 and A3; returns the names of the files.

        Raises as `sign`, and `OfficeError(PAPER_NOT_WRITTEN)`.
        """
        made = self.sign(session, place, for_security)
        stem = self._stem(f"sign-{place.value.lower().replace('_', '-')}")
        papers = [(f"{stem}-{paper}.pdf", self._sign_drawing(made, paper)) for paper in PAPERS]
        return hand_out(folder, papers, progress)

    def _stem(self, name: str) -> str:
        return f"{name}-{self._now().astimezone().strftime('%Y%m%d-%H%M%S')}"

    def _drawing(self, paper: Paper) -> Callable[[], bytes]:
        return lambda: self._draw(paper)

    def _sign_drawing(self, sign: Sign, paper: str) -> Callable[[], bytes]:
        return lambda: self._draw_sign(sign, paper)
