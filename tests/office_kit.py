"""The real office over a staffroom in memory, for tests of the core and of the screens."""

from collections.abc import Callable
from pathlib import Path

from consent.bundle import BundleSource, Summary
from station.audit_desk import AuditDesk
from station.config import ROOT, load
from station.errors import ErrorCode
from station.model import Language
from station.office_audit import OfficeAudit
from station.office_desk import OfficeNews, StationOffice
from station.office_place import OfficePlace
from station.office_view import DeviceLine, HealthLine
from station.premises import Clocks, Premises, open_premises
from station.staffroom import Staffroom
from tests.staff_kit import StaffKit


class NoConsents:
    """A ledger without consent evidence."""

    def evidence(self, seq: int, record_id: str) -> None:
        raise AssertionError("no consent in this ledger")

    def people(self) -> "tuple[()]":
        return ()


def paper(path: Path, summary: Summary) -> None:
    path.write_bytes(b"%PDF-1.4\n%%EOF\n")


SITE = ROOT / "resources" / "notices" / "demo_site.toml"


def premises_of(kit: StaffKit) -> Premises:
    """A place nobody has filled in a profile for, with the demo's words of the site."""
    return open_premises(
        kit.book,
        kit.ledger,
        load(None, {}),
        SITE,
        clocks=Clocks(kit.clock, kit.clock),
        reference=lambda number: number.encode(),
    )


def office_of(
    kit: StaffKit,
    health: Callable[[], ErrorCode | None] = lambda: None,
    premises: Premises | None = None,
) -> StationOffice:
    """The office of `kit`, with a self-check of one line and one device."""
    room = Staffroom(kit.accounts, kit.requests, kit.gate)
    source = BundleSource(kit.store, kit.ledger.public_key, kit.ledger._signer.sign, NoConsents())
    desk = AuditDesk(kit.ledger, source, paper, kit.clock)
    news = OfficeNews(
        health,
        lambda language: (HealthLine("zh" if language is Language.ZH_CN else "en", "OK", "x"),),
        lambda: (DeviceLine("camera", "Desk", "046d:0825", allowed=True, present=True),),
        lambda: 12,
    )
    place = OfficePlace(room, premises or premises_of(kit), SITE, kit.clock)
    audit = OfficeAudit(room, desk, kit.store, kit.clock)
    return StationOffice(room, kit.store, audit, news, kit.clock, place=place)
