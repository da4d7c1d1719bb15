"""What the doctor knows of this station when it says how each requirement is met: all of it read.

Configuration, matrix and texts are read as the station reads them. What lies in sealed stores
(accounts, profile, tickets, ledger) is known only where the keys were opened; nothing is written
and nothing settled, so that this also works beside a running kiosk.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from consent.canonical import Json
from consent.entry import parse_entry
from consent.notice import Notice
from consent.notice_source import read_notice, registers_residents
from station.access import Matrix, load_matrix
from station.build import NOTICES, Paths
from station.config import Config
from station.deployment import Profile, Retention
from station.errors import ErrorCode, StationError
from station.filing import FilingCounter, FilingStatus
from station.network_check import network_code

if TYPE_CHECKING:
    from consent.ledger import Ledger
    from storage.keys import KeyRing
    from storage.ledger_store import SealedLedgerStore
    from storage.office_store import OfficeStore


@dataclass(frozen=True, slots=True)
class Opened:
    """What the sealed stores say. Counts and codes; nobody is named."""

    accounts: int = 0
    with_factor: int = 0
    profile: Profile | None = None
    agreed: Retention | None = None
    """Terms two people agreed to."""
    oldest_entry: datetime | None = None
    entries: int = 0
    tickets: int = 0
    overdue: int = 0
    incidents: int = 0
    incidents_open: int = 0
    processing_since: str = ""
    filing: FilingStatus | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a line may rest on."""

    config: Config
    matrix: Matrix | None
    now: datetime
    notices: tuple[Notice, ...] = ()
    """In force, the visitors' first; empty with `notice_code` saying why."""
    notice_code: ErrorCode | None = None
    opened: Opened | None = field(default_factory=Opened)
    """None: there are keys, and they were not opened."""
    speaks: bool = False
    """Whether this machine can read a notice aloud."""
    network: tuple[int, tuple[str, ...]] = (0, ())
    """Source files looked at, and those that could use a network."""
    demo_profile: bool = False
    """The profile is the demo's own, which nobody accepted."""


def gather(config: Config, paths: Paths, keyring: "KeyRing | None") -> Facts:
    """Look at everything. `keyring` is opened already, or None."""
    try:
        matrix = load_matrix()
    except StationError:
        matrix = None
    demo = config.site.profile == "demo"
    opened: Opened | None = Opened()
    notices, code = _notices_of_files(paths, demo)
    # The demo is set up anew each time, under keys that nobody can use again.
    if paths.keyring.exists() and not demo:
        opened = None
        if keyring is not None:
            with _reading(paths, keyring) as (ledger, office):
                opened = _read(paths, keyring, ledger, office)
                with suppress(StationError):
                    notices, code = _notices_in_force(paths, ledger, office, opened.profile), None
    now = datetime.now(UTC)
    return Facts(config, matrix, now, notices, code, opened, _speaks(), network_code(), demo)


def _notices_of_files(paths: Paths, demo: bool) -> tuple[tuple[Notice, ...], ErrorCode | None]:
    site = NOTICES / "demo_site.toml" if demo else paths.site
    try:
        found = [read_notice(NOTICES, "visitor", site)]
        if registers_residents(site):
            found.append(read_notice(NOTICES, "resident", site))
    except StationError as error:
        return (), error.code
    return tuple(found), None


@contextmanager
def _reading(
    paths: Paths, keyring: "KeyRing"
) -> "Iterator[tuple[SealedLedgerStore | None, OfficeStore | None]]":
    """Ledger and office where they exist. Raises `StorageError` for a damaged one."""
    from storage.stores import open_ledger_rows, open_office

    with ExitStack() as stack:
        ledger = office = None
        if (paths.stores / "ledger").exists():
            ledger = open_ledger_rows(paths.stores, keyring)
            stack.callback(ledger.database.close)
        if (paths.stores / "office").exists():
            office = open_office(paths.stores, keyring)
            stack.callback(office.database.close)
        yield ledger, office


def _read(
    paths: Paths,
    keyring: "KeyRing",
    ledger: "SealedLedgerStore | None",
    office: "OfficeStore | None",
) -> Opened:
    from storage.stores import open_person_keys
    from storage.subject_finder import face_count

    found: dict[str, Any] = {}
    if ledger is not None:
        first = next(ledger.entries(), None)
        found["entries"] = ledger.size()
        if first is not None:
            found["oldest_entry"] = datetime.fromisoformat(parse_entry(first.body).time)
    if office is not None:
        found |= _office_facts(office)
    if ledger is not None and (paths.stores / "keys").exists():
        keys = open_person_keys(paths.stores, keyring)
        try:
            counter = FilingCounter(lambda: face_count(keys), ledger.entries, _unwritten())
            found["filing"] = counter.status()
        finally:
            keys.database.close()
    return Opened(**found)


def _office_facts(office: "OfficeStore") -> dict[str, Any]:
    from station.account_sheets import AccountShelf
    from station.deployment_desk import DeploymentDesk
    from station.incidents import IncidentBook
    from station.processing_record import ProcessingBook
    from station.terms import TermsDesk
    from station.tickets import TicketBook

    accounts = [account for _, account in AccountShelf(office).accounts()]
    ledger = _unwritten()
    tickets, overdue = TicketBook(office, ledger, _now).counts()
    incidents = IncidentBook(office, ledger, _now)
    return {
        "accounts": len(accounts),
        "with_factor": sum(_has_factor(account.factor) for account in accounts),
        "profile": DeploymentDesk(office, ledger, _now).accepted,
        "agreed": TermsDesk(office, ledger, _now).terms,
        "tickets": tickets,
        "overdue": overdue,
        "incidents": incidents.count(),
        "incidents_open": incidents.still_open(),
        "processing_since": ProcessingBook(office, ledger, _now).since(),
    }


def _has_factor(factor: Mapping[str, Json]) -> bool:
    """Whether there is a secret of codes, or a security key."""
    return bool(factor.get("secret") or factor.get("credential"))


def _notices_in_force(
    paths: Paths,
    ledger: "SealedLedgerStore | None",
    office: "OfficeStore | None",
    profile: Profile | None,
) -> tuple[Notice, ...]:
    from station.notice_desk import Folder, NoticeDesk

    if ledger is None or office is None:
        raise StationError(ErrorCode.NOTICE_INCOMPLETE)
    desk = NoticeDesk(office, _unwritten(), Folder(NOTICES, paths.site), lambda: profile, _now)
    found = [desk.current("visitor")]
    if registers_residents(paths.site):
        found.append(desk.current("resident"))
    return tuple(found)


def _unwritten() -> "Ledger":
    """In the place of a ledger where only sheets are read: to write to it is a fault of ours."""
    return cast("Ledger", None)


@cache
def _speaks() -> bool:
    import shutil

    return shutil.which("espeak-ng") is not None


def _now() -> datetime:
    return datetime.now(UTC)
