"""A count, a record and a sign that are written down here, for pictures and tests."""

from functools import cache
from pathlib import Path

from consent.notice import Notice
from consent.notice_source import read_notice
from station.config import ROOT
from station.errors import ErrorCode, OfficeError
from station.filing import FilingStatus
from station.gate import Session
from station.handed_out import Progress
from station.processing_record import Version, processing_of
from station.signage import Place, Sign, forbidden, sign_of

_NOTICES = ROOT / "resources" / "notices"


class StillFiling:
    """A `FilingService` that remembers what was asked of it and writes nothing."""

    def __init__(self) -> None:
        self.found = FilingStatus(84_210, 80_000, "", "")
        self.calls: list[str] = []

    def status(self, session: Session) -> FilingStatus:
        """The written count."""
        return self.found

    def pack(self, session: Session, folder: Path, *, progress: Progress) -> tuple[str, ...]:
        """Nothing is written."""
        self.calls.append(f"pack {folder}")
        progress(1, 3)
        return ("filing.json", "filing-zh_CN.pdf", "filing-en.pdf")

    def record(self, session: Session) -> tuple[Version, ...]:
        """Two versions under the demo's notices."""
        both = _notices()
        return (
            Version(2, "2026-02-20T03:00:00+00:00", processing_of(both, "PIA-2026-07")),
            Version(1, "2026-02-02T03:00:00+00:00", processing_of(both[:1], "PIA-2026-07")),
        )

    def export_record(
        self, session: Session, folder: Path, *, progress: Progress
    ) -> tuple[str, ...]:
        """Nothing is written."""
        self.calls.append(f"record {folder}")
        return ("processing.json", "processing-zh_CN.pdf", "processing-en.pdf")

    def sign(self, session: Session, place: Place, for_security: bool) -> Sign:
        """As the core makes it."""
        if forbidden(place, for_security=for_security):
            raise OfficeError(ErrorCode.PLACE_FORBIDDEN)
        return sign_of(place, _notices(), demo=True)

    def write_sign(
        self,
        session: Session,
        place: Place,
        for_security: bool,
        folder: Path,
        *,
        progress: Progress,
    ) -> tuple[str, ...]:
        """Nothing is written."""
        self.sign(session, place, for_security)
        self.calls.append(f"sign {place} {folder}")
        return (f"sign-{place.value.lower()}-a4.pdf", f"sign-{place.value.lower()}-a3.pdf")


@cache
def _notices() -> tuple[Notice, ...]:
    site = _NOTICES / "demo_site.toml"
    return tuple(read_notice(_NOTICES, name, site) for name in ("visitor", "resident"))
