"""The residents' side of an open station: their stores, notices and flows. Part of the composition.

A site that registers no residents has none of this: its notices cannot be published.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event

from consent.ledger import Ledger
from consent.notice import Notice
from consent.notice_source import read_notice
from consent.signing import HeadSigner
from station.access import Act
from station.booth.portrait_talk import Ceremony
from station.booth.visit_booth import VisitBooths
from station.config import ROOT, Policy
from station.deletion_receipt import make_deletion_receipt
from station.enrolment import ResidentEnrolment, resident_terms, wipe
from station.events import Flow
from station.gate import Permit
from station.minors import MinorCase, MinorDialogue, MinorEnrolment, MinorKeeping
from station.model import Claim, Secret
from station.ports import Erased, Publish, ResidentDialogue
from station.premises import Premises
from station.reconsent import AskedAnew, NoticesOfResidents
from station.renewal_campaign import CampaignReport, Progress, RenewalCampaign, renew_one
from station.resident_check import ResidentCheck
from station.visit import Visit, VisitDesk, VisitReport
from station.withdrawal import Withdrawal
from storage.attempts import AttemptPolicy
from storage.clock import HighWaterClock
from storage.erasure import ErasureReport
from storage.guardian_seal import GuardianSeal
from storage.portrait_renewal import PortraitRenewal
from storage.renewal import TemplateRenewal
from storage.resident_consents import ResidentConsents
from storage.resident_records import SealedResidentRecords
from storage.resident_register import ResidentRegister
from storage.resident_register import Withdrawal as Withdrawn
from storage.stores import Stores

MakeVisit = Callable[[VisitDesk, Publish], Visit]
Serve = Callable[[MakeVisit, Publish, Event], VisitReport]

_NOTICES = ROOT / "resources" / "notices"


@dataclass(frozen=True, slots=True)
class ResidentNotices:
    """What residents read: before they are registered, and before each check."""

    enrolment: Notice
    check: Notice


def read_resident_notices(site_file: Path) -> ResidentNotices:
    """The notices of this site. Raises `ConsentError(NOTICE_INCOMPLETE)` for one with a blank."""
    return ResidentNotices(
        read_notice(_NOTICES, "resident", site_file),
        read_notice(_NOTICES, "resident_check", site_file),
    )


class ResidentStores:
    """Everything the residents' flows keep and find, over the open stores."""

    def __init__(
        self,
        stores: Stores,
        ledger: Ledger,
        clock: HighWaterClock,
        pepper: Secret,
        policy: Callable[[], Policy],
    ) -> None:
        """`policy` is asked anew for each visit: terms change while the station runs.

        Raises `ConfigError(CONFIG_INVALID)` for a term above the site's own maximum.
        """
        self._open = (stores, ledger, clock, pepper)
        self._policy, at_start = policy, policy()
        resident_terms(at_start)
        lock_out = timedelta(minutes=at_start.resident_lock_min)
        self._attempts = AttemptPolicy(at_start.resident_attempts, lock_out)
        self.renewal = TemplateRenewal(stores, ledger, clock, pepper)
        self.portrait_renewal = PortraitRenewal(stores, ledger, clock, pepper)
        self.register = ResidentRegister(stores, ledger, clock)

        self.consents = ResidentConsents(stores, ledger, clock)
        self.guardians = GuardianSeal(pepper)

    def records(self, noticed: timedelta) -> SealedResidentRecords:
        """The records, bounded by what the notice promised as well (R-5)."""
        longest = resident_terms(self._policy()).longest_resident(noticed)
        return SealedResidentRecords(*self._open, longest, attempts=self._attempts)


class ResidentDesk:
    """Serves residents at an open station. Lives in the desk; flows run on the visit thread."""

    def __init__(
        self,
        premises: Premises,
        stores: ResidentStores,
        booths: VisitBooths,
        serve: Serve,
        *,
        receipt: Callable[[Erased], bytes],
        officers_key: Callable[[], bytes],
    ) -> None:
        """`serve` runs a visit as the station runs every one; `receipt` signs for an erasure;
        `officers_key` is what portraits are sealed to, and raises where there is none yet.

        Raises `ConsentError(NOTICE_INCOMPLETE)` for a notice with a blank.
        """
        self.register = stores.register
        self.receipt = receipt
        self._notices = premises.notices
        self._ready = premises.readiness
        self._refusals = premises.refusals
        self._stores = stores
        limit_years = self._ready.policy.minor_age_years
        self._asked_anew = AskedAnew(
            stores.consents, premises.refusals, self._agreed_notices, _today, limit_years
        )
        # A site whose notices have a blank is told so at the start, not by its first resident.
        self._agreed_notices()
        self._notices.current("resident_check")
        self._renewal = stores.renewal
        self._portrait_renewal = stores.portrait_renewal
        self._booths = booths
        self._serve = serve
        self._officers_key = officers_key

    def enrol(
        self,
        dialogue: ResidentDialogue,
        publish: Publish,
        cancel: Event,
        term: timedelta | None = None,
    ) -> VisitReport:
        """One enrolment from notice to purge; blocks.

        Raises before it begins: `ConfigError(TERM_TOO_LONG)` and what `Readiness.require` does, and
        `StorageError(KEY_MISSING)` where the site keeps portraits and no officers' key has been
        made to seal them to.
        """
        self._ready.require(Flow.ENROLMENT)
        notice = self._notices.current("resident")
        key = self._officers_key() if notice.portraits else b""

        def make(desk: VisitDesk, tell: Publish) -> Visit:
            at, records = replace(desk, notice=notice), self._records(notice)
            return ResidentEnrolment(at, records, dialogue, tell, term=term, officers_key=key)

        return self._serve(make, publish, cancel)

    def enrol_minor(
        self,
        dialogue: MinorDialogue,
        publish: Publish,
        cancel: Event,
        permit: Permit,
        case: MinorCase,
    ) -> VisitReport:
        """One child at the staffed desk, from the guardian's notice to the purge; blocks.

        Raises before it begins: `ConsentError`: MINOR_NEEDS_GUARDIAN (the profile lets no child be
        registered), REFUSED_RECENTLY; `AccessError(TEXT_UNUSABLE)`; what `Readiness` does.
        """
        permit.for_act(Act.MINOR_ENROL)
        self._ready.require_child()
        notice = self._notices.current("resident_minor")

        def make(desk: VisitDesk, tell: Publish) -> Visit:
            at, records = replace(desk, notice=notice), self._records(notice)
            keeping = MinorKeeping(self._refusals, self._stores.guardians)
            return MinorEnrolment(
                at, records, dialogue, tell, permit=permit, case=case, keeping=keeping
            )

        return self._serve(make, publish, cancel)

    def check(self, dialogue: ResidentDialogue, publish: Publish, cancel: Event) -> VisitReport:
        """One resident verification from notice to purge; blocks."""
        self._ready.require(Flow.RESIDENT_CHECK)

        def make(desk: VisitDesk, tell: Publish) -> Visit:
            at, records = self._at_check(desk)
            return ResidentCheck(at, records, dialogue, tell, self._asked_anew)

        return self._serve(make, publish, cancel)

    def withdraw(self, dialogue: ResidentDialogue, publish: Publish, cancel: Event) -> VisitReport:
        """One withdrawal from notice to purge; blocks."""
        self._ready.require(Flow.WITHDRAWAL)

        def make(desk: VisitDesk, tell: Publish) -> Visit:
            at, records = self._at_check(desk)
            return Withdrawal(at, records, self._erase, dialogue, tell)

        return self._serve(make, publish, cancel)

    def renew(self, claim: Claim) -> None:
        """Exchange one resident's template for a renewed one.

        Raises `StorageError`: RESIDENT_UNKNOWN, RECALLED; `StationError(TEMPLATE_REFUSED)` for a
        template of another model. The old template is then still valid.
        """
        planned = self._renewal.plan(claim)
        try:
            with self._booths.apart() as booth:
                renewed = booth.renew_template(planned.old, planned.draft.keys)
                self._renewal.carry_out([(planned, renewed)])
        finally:
            wipe(planned.draft)

    def renew_from_portraits(self, claim: Claim, ceremony: Ceremony) -> None:
        """Make one resident's template anew from sealed portraits, which are sealed anew too.

        Raises `StorageError`: RESIDENT_UNKNOWN, RECALLED (no portrait); `StationError`:
        OFFICER_KEY_WRONG, TEMPLATE_REFUSED. Nothing is changed then.
        """
        planned = self._portrait_renewal.plan(claim)
        with self._booths.apart() as booth:
            renew_one(planned, self._portrait_renewal, booth, ceremony)

    def renew_all(
        self, progress: Progress, *, ceremony: Ceremony | None = None, recall: bool = False
    ) -> CampaignReport:
        """Renew every template, or go on; see `RenewalCampaign.run`."""
        with self._booths.apart() as booth:
            campaign = RenewalCampaign(self._renewal, self._portrait_renewal, booth)
            return campaign.run(progress, ceremony=ceremony, recall=recall)

    def renewals_to_do(self) -> int:
        """How many templates `renew_all` would come to; begins a campaign where none is open."""
        return self._renewal.begin_all()

    def ceremony(self, private_key: Secret, fmr: float) -> Ceremony:
        """What the officers brought, beside their public key in force.

        Raises `StorageError` KEY_MISSING, OFFICER_KEY_WRONG as the stored public key does.
        """
        return Ceremony(private_key, self._officers_key(), fmr)

    def _at_check(self, desk: VisitDesk) -> tuple[VisitDesk, SealedResidentRecords]:
        notice = self._notices.current("resident_check")
        return replace(desk, notice=notice), self._records(self._notices.current("resident"))

    def _records(self, noticed: Notice) -> SealedResidentRecords:
        return self._stores.records(timedelta(hours=noticed.retention_hours))

    def _agreed_notices(self) -> NoticesOfResidents:
        current = self._notices.current
        return NoticesOfResidents(current("resident"), current("resident_minor"))

    def _erase(self, claim: Claim) -> Erased:
        return erased_of(self.register.withdraw(claim, Withdrawn.EVERYTHING))


def _today() -> date:
    return datetime.now().astimezone().date()


def erased_of(report: ErasureReport) -> Erased:
    """An erasure of the stores as the flows and the deletion receipt know it."""
    rows = tuple(sorted(report.rows.items()))
    return Erased(report.op_id, rows, report.remaining, report.wal_bytes)


def deletion_receipt(erased: Erased, *, ledger: Ledger, signer: HeadSigner, demo: bool) -> bytes:
    """The signed receipt of an erasure that has just been completed."""
    return make_deletion_receipt(erased, ledger.head(), signer.sign, demo=demo)
