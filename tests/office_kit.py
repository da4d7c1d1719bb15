"""The real office over a staffroom in memory, for tests of the core and of the screens."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from consent.bundle import BundleSource, Summary
from consent.digest import sm3
from consent.notice import Notice
from consent.notice_source import read_notice
from station.audit_desk import AuditDesk
from station.config import ROOT, load
from station.errors import ErrorCode, OfficeError, StorageError
from station.explanation import Decides
from station.filing import FilingCounter
from station.filing_pack import FilingFacts
from station.incident_notice import Handler
from station.incidents import IncidentBook
from station.model import Claim, Language
from station.office_audit import OfficeAudit
from station.office_desk import OfficeNews, StationOffice
from station.office_devices import DevicesSource, OfficeDevices
from station.office_filing import OfficeFiling
from station.office_incidents import OfficeIncidents
from station.office_minors import Enrol, OfficeMinors
from station.office_place import OfficePlace
from station.office_residents import OfficeResidents, ResidentsSource
from station.office_rights import OfficeRights, RightsSource
from station.office_terms import OfficeTerms, TermsSource
from station.office_view import HealthLine
from station.pad_policy import load_policy
from station.ports import Erased
from station.premises import Clocks, Premises, open_premises
from station.processing_record import ProcessingBook
from station.rights_desk import RightsDesk
from station.staffroom import Staffroom
from station.subject_copy import CopyFrame
from station.subject_records import Portion, Subject, SubjectFile
from station.terms_view import Kept
from station.tickets import TicketBook
from tests.staff_kit import StaffKit


class NoConsents:
    """A ledger without consent evidence."""

    def evidence(self, seq: int, record_id: str) -> None:
        raise AssertionError("no consent in this ledger")

    def people(self) -> "tuple[()]":
        return ()


def nobody_known(_claim: Claim) -> str:
    raise StorageError(ErrorCode.RESIDENT_UNKNOWN)


def paper(path: Path, summary: Summary) -> None:
    path.write_bytes(b"%PDF-1.4\n%%EOF\n")


class NobodyKept:
    """A rights desk over stores in which nobody is kept."""

    def __init__(self, kit: StaffKit) -> None:
        self.tickets = TicketBook(kit.book, kit.ledger, kit.clock)
        self.rights = RightsDesk(NoRecords(), self.tickets, kit.ledger, lambda _: b"{}", frozenset)
        self.incidents = IncidentBook(kit.book, kit.ledger, kit.clock)
        self.filing = FilingCounter(lambda: 0, lambda: (), kit.ledger)
        self.processing = ProcessingBook(kit.book, kit.ledger, kit.clock)
        self._now = kit.clock
        self.demo = True

    def handler(self, language: Language) -> Handler:
        return Handler("演示物业", "内线 0001", demo=True)

    def notices(self) -> tuple[Notice, ...]:
        return tuple(read_notice(SITE.parent, one, SITE) for one in ("visitor", "resident"))

    def filing_facts(self) -> FilingFacts:
        return FilingFacts("test", self.notices(), "PIA-7", self._now(), demo=True)

    def receipts(self, ticket: str) -> "tuple[()]":
        return ()

    def copy_frame(self, *, resident: bool) -> CopyFrame:
        raise AssertionError("nobody has a copy")

    def decides(self) -> Decides:
        return Decides(1e-4, 3, 3, 5, 15)


class NoRows:
    """A store in which nothing is kept."""

    def terms(self) -> "Iterator[tuple[bytes, datetime]]":
        return iter(())

    def residents(self) -> "tuple[()]":
        return ()


class EmptyStores:
    """Stores in which nothing is kept."""

    identity = template = portrait = NoRows()


def terms_of(kit: StaffKit, room: Staffroom, premises: Premises) -> OfficeTerms:
    """The page of retention over empty stores and the shipped thresholds."""
    source = TermsSource(
        premises.terms,
        lambda: premises.readiness.terms,
        EmptyStores(),
        kit.clock,
        lambda: "",
        lambda: Kept(0, "", ""),
        lambda: True,
        1e-4,
        load_policy(ROOT, sm3, lambda _statement, _signature: False),
        lambda: None,
    )
    return OfficeTerms(room, source)


def no_devices(kit: StaffKit, room: Staffroom) -> OfficeDevices:
    """The page of devices where nothing is plugged in."""
    return OfficeDevices(
        room,
        DevicesSource(
            kit.ledger,
            Path("/nowhere/config.toml"),
            lambda: load(None),
            lambda _config: (),
            lambda _config: None,
        ),
    )


class NoRecords:
    """Stores in which nobody is kept."""

    def find(self, claim: Claim) -> Subject:
        raise OfficeError(ErrorCode.NOTHING_KEPT)

    def again(self, reference: str) -> Subject:
        raise OfficeError(ErrorCode.NOTHING_KEPT)

    def file(self, reference: str) -> SubjectFile:
        raise OfficeError(ErrorCode.NOTHING_KEPT)

    def correct(self, reference: str, changes: Mapping[str, str]) -> None:
        raise OfficeError(ErrorCode.NOTHING_KEPT)

    def erase(self, reference: str, *, withdrawn: bool, portion: Portion) -> Erased:
        raise OfficeError(ErrorCode.NOTHING_KEPT)

    def restrict(self, reference: str, *, restricted: bool) -> None:
        raise OfficeError(ErrorCode.NOTHING_KEPT)

    def known(self, references: frozenset[str]) -> frozenset[str]:
        return frozenset()

    def face_count(self) -> int:
        return 0


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
    rights: RightsSource | None = None,
    *,
    residents: ResidentsSource | None = None,
    enrol_minor: Enrol | None = None,
    reference_of: Callable[[Claim], str] | None = None,
) -> StationOffice:
    """The office of `kit`, with a self-check of one line and one device."""
    room = Staffroom(kit.accounts, kit.requests, kit.gate)
    source = BundleSource(kit.store, kit.ledger.public_key, kit.ledger._signer.sign, NoConsents())
    desk = AuditDesk(kit.ledger, source, paper, kit.clock)
    news = OfficeNews(
        health,
        lambda language: (HealthLine("zh" if language is Language.ZH_CN else "en", "OK", "x"),),
        lambda: 12,
    )
    premises = premises or premises_of(kit)
    place = OfficePlace(room, premises, SITE, kit.clock)
    minors = OfficeMinors(room, premises, enrol_minor, health)
    audit = OfficeAudit(room, desk, kit.store, kit.clock, reference_of or nobody_known)
    nobody = NobodyKept(kit)
    source = rights or nobody
    incidents = OfficeIncidents(
        room, nobody.incidents, nobody.handler, lambda _: b"%PDF-1.4", kit.clock
    )
    filing = OfficeFiling(room, nobody, lambda _: b"%PDF-1.4", lambda *_: b"%PDF-1.4", kit.clock)
    desk_of_rights = OfficeRights(room, source, lambda _: b"%PDF-1.4", kit.clock)
    registered = OfficeResidents(room, residents, source.rights, kit.clock)
    return StationOffice(
        room,
        kit.store,
        audit,
        news,
        kit.clock,
        place=place,
        rights=desk_of_rights,
        incidents=incidents,
        filing=filing,
        terms=terms_of(kit, room, premises),
        devices=no_devices(kit, room),
        residents=registered,
        minors=minors,
    )
