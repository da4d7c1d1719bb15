"""Composition root: configuration in, a running station out. The only file that names adapters."""

import sys
import threading
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from consent.digest import sm3
from consent.kinds import Kind
from consent.ledger import Ledger
from consent.notice import Notice
from consent.notice_source import registers_residents
from consent.signing import HeadSigner, verify
from drivers.camera.devices import choose_device, list_cameras
from station.attendance import Attendance
from station.booth.handle import BoothSpec, WarmBooths
from station.booth.kernel import give_back_memory
from station.booth.messages import NONE_ALLOWED, PadPolicyName
from station.booth.visit_booth import VisitBooths, VisitTerms
from station.config import ROOT, Config
from station.desk_permits import staff_orders
from station.errors import ConsentError, ErrorCode, StationError
from station.events import Event, Flow
from station.instance_lock import InstanceLock
from station.key_turn import KeyTurn
from station.model import Outcome, Secret
from station.office_book import OFFICE_GENERATION
from station.on_first_use import OnFirstUse
from station.pad_policy import load_policy
from station.paths import Paths as Paths  # noqa: PLC0414 - known from here
from station.paths import default_home as default_home  # noqa: PLC0414 - known from here
from station.ports import Dialogue, Publish, ResidentDialogue
from station.premises import Clocks, open_premises, site_file
from station.profile import require_allowed
from station.resident_desk import (
    MakeVisit,
    ResidentDesk,
    ResidentStores,
    deletion_receipt,
)
from station.retention import SWEEP_EVERY_S
from station.simulation import Stage
from station.staffroom import open_staffroom
from station.visit import VisitDesk, VisitReport
from station.visit_devices import devices_of
from station.visitor_check import VisitorCheck
from storage.backup_request import backup_orders, backups_of
from storage.blind_reference import document_references
from storage.clock import HighWaterClock
from storage.desk_request import DeskRequests
from storage.folder_swap import settle_restore
from storage.keys import KeyRing
from storage.officer_codes import OfficerCodes
from storage.officers import officers_public_key
from storage.recovery import start_up
from storage.revocation import open_revocations
from storage.rotation_request import rotation_orders
from storage.stores import Stores, open_stores
from storage.sweeper import Sweeper
from storage.tpm import SealedSecret
from storage.tpm_starts import count_start, next_start
from storage.visit_records import SealedVisitRecords
from ui.service import Take

if TYPE_CHECKING:
    from station.rights_room import RightsRoom
    from ui.office_service import OfficeService

NOTICES = ROOT / "resources" / "notices"


class Station:
    """An open station: stores, ledger, notice and warm booths. Lives in the desk."""

    def __init__(self, config: Config, paths: Paths, keyring: KeyRing, stage: Stage | None) -> None:
        require_allowed(config)
        self.config = config
        self.paths = paths
        self.demo = config.site.profile == "demo"
        self._stage = stage
        self._lock = InstanceLock(paths.home)
        self._stopping = threading.Event()
        self.last_report: VisitReport | None = None
        self._sweep_fault: ErrorCode | None = None
        with ExitStack() as undo:
            undo.callback(self._lock.release)
            self._open(keyring, undo)
            undo.pop_all()

    def _open(self, keyring: KeyRing, undo: ExitStack) -> None:
        config, paths = self.config, self.paths
        site = site_file(config, paths.site)
        settle_restore(paths.home)
        self.stores: Stores = open_stores(
            paths.stores, keyring, floor_bytes=config.policy.min_free_mb << 20
        )
        undo.callback(self.stores.close)
        signer = HeadSigner.from_private(keyring.ledger_signing_key(create=True).reveal())
        self.pad = load_policy(paths.policies, sm3, partial(verify, signer.public_key))
        self.ledger = Ledger(
            self.stores.ledger, signer, config.site.station_id, _now, demo=self.demo
        )
        self._keys = KeyTurn()
        room = open_staffroom(self.stores.office, self.ledger, _now)
        self.staff = replace(room, key_reader=self._keys.reader)
        self.attendance = Attendance(self.staff, attended=config.policy.attended and not self.demo)
        counted = self._settle(signer, keyring.tpm)
        self._clock = clock = HighWaterClock(self.stores.ledger)
        self.sweeper = Sweeper(self.stores, self.ledger, clock)
        self.sweeper.sweep(on_start=True)
        self.premises = open_premises(
            self.stores.office,
            self.ledger,
            config,
            site,
            clocks=Clocks(_now, clock.effective),
            reference=document_references(keyring.pepper()),
        )
        policy = self.premises.readiness.policy
        _ = self.notice  # One with a blank is told at the start, not by the first visitor.
        self.ledger.record(
            Kind.STATION_START,
            {"profile": config.site.profile, "pad_policy": self.pad.digest, **counted},
        )
        count_start(keyring.tpm, counted)
        self.booths = VisitBooths(
            WarmBooths(self._booth_spec(), config.policy.booth_ready_timeout_s),
            VisitTerms(
                devices_of(config, str(paths.trust), self._stage),
                policy,
                PadPolicyName(policy.pad),
                self.pad.gates,
                self.demo,
            ),
        )
        self._residents = self._open_residents(site, clock, keyring.pepper(), signer)
        self._has_accounts = self.staff.accounts.any
        self._rights = OnFirstUse(partial(self._open_rights, signer))
        self._office = OnFirstUse(partial(self._open_office, signer))
        opened = (self.stores, self.ledger)
        make = partial(backups_of, *opened, signer, officers=paths.officers, keyring=paths.keyring)
        carried = backup_orders(make(term=self._shortest_term)), rotation_orders(*opened)
        self.orders = DeskRequests(paths.home, staff_orders(self.staff, *carried))
        undo.callback(self.orders.stop)
        self.booths.warm_next()
        threading.Thread(target=self._sweep_often, name="sweeper", daemon=True).start()

    def _open_residents(
        self, site: Path, clock: HighWaterClock, pepper: Secret, signer: HeadSigner
    ) -> ResidentDesk | None:
        """None where the site registers none. Raises `ConsentError(NOTICE_INCOMPLETE)`."""
        if not registers_residents(site):
            return None
        stores, ledger = self.stores, self.ledger
        return ResidentDesk(
            self.premises,
            ResidentStores(stores, ledger, clock, pepper, lambda: self.premises.readiness.policy),
            self.booths,
            self._serve,
            receipt=partial(deletion_receipt, ledger=ledger, signer=signer, demo=self.demo),
            officers_key=partial(officers_public_key, self.paths.officers, signer.public_key),
        )

    def _open_rights(self, signer: HeadSigner) -> "RightsRoom":
        from station.rights_room import RightsRoom, standing_of

        known = partial(standing_of, self.premises, residents=self.registers_residents)
        return RightsRoom(self.stores, self.ledger, signer, self.config, standing=known, now=_now)

    def _open_office(self, signer: HeadSigner) -> "OfficeService":
        from station.office_opening import open_office

        return open_office(self, signer)

    def _shortest_term(self) -> timedelta:
        return self.premises.readiness.terms.policy.shortest

    def _settle(self, signer: HeadSigner, tpm: SealedSecret | None) -> dict[str, int | str]:
        """Settle open intents; a station that cannot be trusted says so in its ledger.

        Returns what security chip and office add to the entry of this start.
        """
        try:
            self.stores.revocations = open_revocations(
                self.paths.revocations,
                self.stores.op_key,
                signer,
                self.stores.ledger.newest_first(),
            )
            start_up(self.stores, self.ledger)
            counted = next_start(tpm, self.stores.ledger.newest_first())
            return {**counted, OFFICE_GENERATION: self.stores.office.generation()}
        except StationError as error:
            # A ledger that cannot take this either must not hide what is wrong.
            with suppress(StationError):
                self.ledger.record(Kind.LOCKED, {"code": error.code.value})
            raise

    @property
    def place_name(self) -> str:
        """Name of the place, shown in the header."""
        notice = self.notice
        return notice.text(next(iter(notice.languages))).place_name

    @property
    def notice(self) -> Notice:
        """The visitors' notice in force. Raises `ConsentError(NOTICE_INCOMPLETE)`."""
        return self.premises.notices.current("visitor")

    @property
    def needs_access_key(self) -> bool:
        """Whether the configured reader asks for MRZ items before it can open a chip."""
        return self.config.reader.kind in ("pcsc", "feed")

    @property
    def staffed(self) -> "Station":
        """Staff sign in here."""
        return self

    def has_accounts(self) -> bool:
        """Whether anybody can sign in at all. At once: accounts come, they do not all go."""
        self._has_accounts = self._has_accounts or self.staff.accounts.any
        return self._has_accounts

    @property
    def office(self) -> "OfficeService":
        """What staff use once they sign in. Opened then: a kiosk starts without."""
        return self._office()

    @property
    def rights(self) -> "RightsRoom":
        """Rights desk, incident book, filing counter and record of processing."""
        return self._rights()

    @property
    def residents(self) -> ResidentDesk:
        """What serves residents. Raises `ConsentError(NOTICE_INCOMPLETE)` where none are."""
        if self._residents is None:
            raise ConsentError(ErrorCode.NOTICE_INCOMPLETE)
        return self._residents

    @property
    def registers_residents(self) -> bool:
        """Whether this site registers anybody at all."""
        return self._residents is not None

    def visit(self, dialogue: Dialogue, publish: Publish, cancel: threading.Event) -> VisitReport:
        """One visitor's check from notice to purge; blocks.

        Raises before it begins what `Readiness.require` does: the camera stays closed.
        """
        self.premises.readiness.require(Flow.VISITOR)
        return self._serve(lambda desk, tell: VisitorCheck(desk, dialogue, tell), publish, cancel)

    def run_visit(self, dialogue: Dialogue, publish: Publish, cancel: threading.Event) -> Outcome:
        """As `visit`, for the kiosk."""
        return self.visit(dialogue, publish, cancel).outcome

    def run_enrolment(
        self, dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event
    ) -> Outcome:
        """As `residents.enrol`, for the kiosk."""
        return self.residents.enrol(dialogue, publish, cancel).outcome

    def run_resident_check(
        self, dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event
    ) -> Outcome:
        """As `residents.check`, for the kiosk."""
        return self.residents.check(dialogue, publish, cancel).outcome

    def run_withdrawal(
        self, dialogue: ResidentDialogue, publish: Publish, cancel: threading.Event
    ) -> Outcome:
        """As `residents.withdraw`, for the kiosk."""
        return self.residents.withdraw(dialogue, publish, cancel).outcome

    def _serve(self, make: MakeVisit, publish: Publish, cancel: threading.Event) -> VisitReport:
        try:
            with self._keys.serving(), self.attendance.during(cancel):
                self.last_report = make(self._visit_desk(), self._watched(publish)).run(cancel)
            return self.last_report
        finally:
            give_back_memory()

    def _watched(self, publish: Publish) -> Publish:
        """Tell the stage too, where the devices are simulated."""
        stage = self._stage

        def watched(event: Event) -> None:
            publish(event)
            if stage is not None:
                stage.watch(event)

        return watched

    def _visit_desk(self) -> VisitDesk:
        return VisitDesk(
            booths=self.booths,
            records=self._records(),
            ledger=self.ledger,
            notice=self.notice,
            policy=self.premises.readiness.policy,
            station_id=self.config.site.station_id,
            seal_evidence=self._records().seal_evidence,
            needs_access_key=self.needs_access_key,
        )

    def _records(self) -> SealedVisitRecords:
        """Bounded by what the notice in force promises."""
        longest = timedelta(hours=self.notice.retention_hours)
        return SealedVisitRecords(self.stores, self.ledger, self._clock, longest)

    def newest_preview(self, after: int, take: Take) -> int | None:
        """Show `take` the running visit's newest picture above `after`; its sequence, or None."""
        process = self.booths.current
        frame = None if process is None else process.ring.newest(after, take)
        return None if frame is None else frame.sequence

    def health(self) -> ErrorCode | None:
        """Why no visit may begin right now, or None."""
        if self.last_report is not None and self.last_report.locked:
            return self.last_report.code
        if self._sweep_fault is not None:
            return self._sweep_fault
        camera = self.config.camera
        try:
            self._records().may_start()
            if camera.kind == "uvc":
                # Only listed, never opened: the camera stays closed until consent.
                choose_device(list_cameras(), camera.device, camera.identity, camera.bus_path)
            if self.config.reader.identity == NONE_ALLOWED:
                return ErrorCode.READER_NOT_ALLOWED
        except StationError as error:
            return error.code
        return self.premises.readiness.code() or self.attendance.code()

    def use_devices(self, config: Config) -> None:
        """Let the devices `config` names be used from the next visit on."""
        self.config = config
        self.booths.use(devices_of(config, str(self.paths.trust), self._stage))

    def close(self) -> None:
        """End the warm booth, write the stop, close the stores."""
        self._stopping.set()
        with ExitStack() as closing:
            closing.callback(self._lock.release)
            closing.callback(self.stores.close)
            self._keys.close()
            self.orders.stop()
            self.booths.close()
            self.ledger.record(Kind.STATION_STOP, {})

    def _booth_spec(self) -> BoothSpec:
        own = self.config.models
        return BoothSpec(
            self.paths.models,
            own_manifest=own.own_manifest,
            own_calibration=own.own_calibration,
            passive=own.passive,
            children=bool(self.config.reader.photo_plugin),
        )

    def _sweep_often(self) -> None:
        """Keep trying: a full disk today must not stop tomorrow's expiries."""
        while not self._stopping.wait(SWEEP_EVERY_S):
            try:
                self.sweeper.sweep()
                self.premises.refusals.sweep()
                self.rights.sweep()
                self._sweep_fault = None
            except StationError as error:
                self._sweep_fault = error.code
            except Exception as bug:
                # Top of a thread. Without expiry nobody may be served; the type names nobody.
                sys.stderr.write(f"sweep ended by {type(bug).__name__}\n")
                self._sweep_fault = ErrorCode.RECOVERY_FAILED


def create_keyring(paths: Paths, passphrase: Secret) -> OfficerCodes:
    """Make the keys of a new station; returns the officers' codes to be written down once."""
    paths.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    _, codes = KeyRing.create(paths.keyring, passphrase)
    return codes


def open_station(
    config: Config, paths: Paths, passphrase: Secret, stage: Stage | None = None
) -> Station:
    """Open stores with the passphrase or what the chip unsealed. Raises what is wrong, typed."""
    return Station(config, paths, KeyRing.open(paths.keyring, passphrase), stage)


def _now() -> datetime:
    return datetime.now(UTC)
