"""The real office over a staffroom in memory, for tests of the core and of the screens."""

from collections.abc import Callable
from pathlib import Path

from consent.bundle import BundleSource, Summary
from station.audit_desk import AuditDesk
from station.errors import ErrorCode
from station.model import Language
from station.office_audit import OfficeAudit
from station.office_desk import OfficeNews, StationOffice
from station.office_view import DeviceLine, HealthLine
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


def office_of(
    kit: StaffKit, health: Callable[[], ErrorCode | None] = lambda: None
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
    return StationOffice(
        room, kit.store, OfficeAudit(room, desk, kit.store, kit.clock), news, kit.clock
    )
