"""Opens the office over an open station: the half of the composition that staff use.

As `station.build`, it may name what the rest of the core may not.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol

from consent.bundle import BundleSource, Summary
from consent.ledger import Ledger
from consent.signing import HeadSigner
from resources.doctor_texts import doctor_name, doctor_sentence
from station.audit_desk import AuditDesk
from station.checks import Check, run_checks
from station.config import Config
from station.devices_opening import open_devices
from station.errors import ErrorCode
from station.model import Language
from station.office_audit import OfficeAudit
from station.office_desk import OfficeNews, StationOffice
from station.office_filing import OfficeFiling
from station.office_incidents import OfficeIncidents
from station.office_minors import OfficeMinors
from station.office_place import OfficePlace
from station.office_residents import OfficeResidents
from station.office_rights import OfficeRights
from station.office_view import HealthLine
from station.pad_policy import PadPolicy
from station.paper import Paper
from station.premises import Premises, site_file
from station.resident_desk import ResidentDesk
from station.residents_room import ResidentsRoom
from station.rights_room import RightsRoom
from station.signage import Sign
from station.staffroom import Staffroom
from station.terms_opening import open_terms
from storage.audit_source import AuditSource
from storage.stores import Stores
from storage.sweeper import Sweeper
from ui.office_service import OfficeService


class Folders(Protocol):
    """Where the station keeps what."""

    @property
    def home(self) -> Path:
        """Its own folder."""
        ...

    @property
    def config(self) -> Path:
        """The site's configuration."""
        ...

    @property
    def models(self) -> Path:
        """The verified models."""
        ...

    @property
    def policies(self) -> Path:
        """Thresholds of attack detection."""
        ...

    @property
    def site(self) -> Path:
        """The file of the site's own words."""
        ...


class OpenedStation(Protocol):
    """What of an open station the office stands on (`station.build.Station`)."""

    config: Config
    stores: Stores
    ledger: Ledger
    staff: Staffroom
    premises: Premises
    sweeper: Sweeper
    pad: PadPolicy

    @property
    def rights(self) -> RightsRoom:
        """Its rights desk."""
        ...

    @property
    def paths(self) -> Folders:
        """Its folders."""
        ...

    @property
    def registers_residents(self) -> bool:
        """Whether anybody is registered here at all."""
        ...

    @property
    def residents(self) -> ResidentDesk:
        """What serves residents. Raises `ConsentError(NOTICE_INCOMPLETE)` where none are."""
        ...

    def health(self) -> ErrorCode | None:
        """What keeps visitors waiting."""
        ...

    def use_devices(self, config: Config) -> None:
        """Let the devices of `config` be used from the next visit on."""
        ...


def open_office(station: OpenedStation, signer: HeadSigner) -> OfficeService:
    """The office of a station that is open; `signer` is the ledger's."""
    stores, rows = station.stores, station.stores.ledger
    people = AuditSource(stores)
    source = BundleSource(rows, signer.public_key, signer.sign, people)
    desk = AuditDesk(station.ledger, source, _summarise, _now)
    audit = OfficeAudit(
        station.staff, desk, rows, _now, lambda claim: people.reference_of(claim, _now())
    )
    checks = _Checks(station)

    def residents() -> int | None:
        return stores.identity.residents_count() if station.registers_residents else None

    news = OfficeNews(station.health, checks.lines, residents)
    site = site_file(station.config, station.paths.site)
    place = OfficePlace(station.staff, station.premises, site, _now)
    rights = OfficeRights(station.staff, station.rights, _draw, _now)
    incidents = OfficeIncidents(
        station.staff, station.rights.incidents, station.rights.handler, _draw, _now
    )
    filing = OfficeFiling(station.staff, station.rights, _draw, _draw_sign, _now)
    terms, devices = open_terms(station, station.rights), open_devices(station)
    enrol = station.residents.enrol_minor if station.registers_residents else None
    minors = OfficeMinors(station.staff, station.premises, enrol, station.health)
    residents_room = (
        ResidentsRoom(stores, station.ledger, station.residents)
        if station.registers_residents
        else None
    )
    registered = OfficeResidents(station.staff, residents_room, station.rights.rights, _now)
    return StationOffice(
        station.staff,
        rows,
        audit,
        news,
        _now,
        place=place,
        rights=rights,
        incidents=incidents,
        filing=filing,
        terms=terms,
        devices=devices,
        residents=registered,
        minors=minors,
    )


class _Checks:
    """The self-check of this station, in words."""

    def __init__(self, station: OpenedStation) -> None:
        self._station = station

    def lines(self, language: Language) -> tuple[HealthLine, ...]:
        checks = tuple(
            HealthLine(
                doctor_name(check.name, language.value),
                check.verdict.value,
                doctor_sentence(check.reason, check.values, language.value),
                check.code.value if check.code else "",
            )
            for check in self._run()
        )
        return checks + self._station.rights.health(language)

    def _run(self) -> Iterator[Check]:
        paths = self._station.paths
        return run_checks(self._station.config, paths.home, paths.models)


def _summarise(path: Path, summary: Summary) -> None:
    # Paper is drawn by the screens' library: loaded when the first bundle is written.
    import_module("ui.audit_summary").write_summary(path, summary)


def _draw(paper: Paper) -> bytes:
    drawn: bytes = import_module("ui.report_pdf").paper_pdf(paper)
    return drawn


def _draw_sign(sign: Sign, paper: str) -> bytes:
    sheet = import_module("ui.signage_sheet")
    drawn: bytes = sheet.sign_pdf(sign, sheet.SignPaper(paper))
    return drawn


def _now() -> datetime:
    return datetime.now(UTC)
