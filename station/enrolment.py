"""Enrolment of a resident or a member of staff: separate consents, one check, one kept template.

Nothing of the document's portrait outlives the comparison: the booth has destroyed it before the
template is made, and what is kept leaves the booth sealed. All of it is kept as one change.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from consent.receipt import ConsentReceipt
from consent.visit_receipt import Compared, Kept
from station.config import Policy
from station.decision import comparison_outcome
from station.errors import ConfigError, ErrorCode, StorageError
from station.events import Flow
from station.model import (
    Claim,
    ClaimKind,
    Enrolment,
    IdentityRecord,
    Outcome,
    Purpose,
    TemplateDraft,
)
from station.ports import Booth, Publish, ResidentDialogue, ResidentRecords
from station.reconsent import NEEDED
from station.retention import RetentionPolicy, resident_expiry
from station.states import Trigger
from station.visit import VisitDesk
from station.visit_steps import Document, SteppedVisit


class ResidentEnrolment(SteppedVisit):
    """One person from the residents' notice to the resident number."""

    flow = Flow.ENROLMENT

    def __init__(
        self,
        desk: VisitDesk,
        residents: ResidentRecords,
        dialogue: ResidentDialogue,
        publish: Publish,
        *,
        term: timedelta | None = None,
        officers_key: bytes = b"",
    ) -> None:
        """`term` is a wish for this person; without one the site's usual term holds.
        `officers_key` is what a portrait is sealed to, where the notice asks for one.

        Raises `ConfigError(TERM_TOO_LONG)` for a term above the policy or the notice, and
        `(CONFIG_INVALID)` for a portrait nobody could ever open: before anybody is asked.
        """
        if desk.notice.portraits and not officers_key:
            raise ConfigError(ErrorCode.CONFIG_INVALID)
        super().__init__(desk, dialogue, publish)
        self._residents = residents
        self._asked = dialogue
        self._term = term
        self._officers_key = officers_key
        self._until(datetime.now(UTC))

    def _serve(self, booth: Booth) -> None:
        receipt = self._ask_consent()
        if receipt is None or not self._agreed_to_enough(receipt):
            return
        self._move(Trigger.GIVEN)
        booth.begin(self._id, receipt)
        document = self._read_document(booth)
        if document is None:
            return
        keeps = receipt.purposes >= NEEDED
        if not self._may_be_captured(document, keeps=keeps):
            return
        self._dialogue.show_identity(document.identity, document.check)
        self._move(Trigger.READ)
        if not self._capture(booth):
            return
        comparison = booth.compare(self._publish)
        self._draft.compared = Compared.CARD_PORTRAIT
        self._dialogue.show_comparison(comparison)
        outcome = comparison_outcome(comparison.decision)
        if outcome is not Outcome.MATCH or not keeps:
            self._move(Trigger.COMPARED)
            self._conclude(outcome)
            return
        self._move(Trigger.MATCHED)
        if not self._keep(booth, receipt, document.identity):
            return
        self._move(Trigger.KEPT)
        self._conclude(Outcome.ENROLLED)

    def _agreed_to_enough(self, receipt: ConsentReceipt) -> bool:
        """Whether to go on: to enrol, or where only the check was agreed to and is wanted."""
        if receipt.purposes >= NEEDED:
            return True
        if Purpose.VERIFY in receipt.purposes and self._asked.ask_check_only(self._cancel):
            return True
        self._move(Trigger.REFUSED)
        self._conclude(Outcome.NOT_ENROLLED)
        return False

    def _may_be_captured(self, document: Document, *, keeps: bool) -> bool:
        # Found by the number alone, right after it is known: nobody's face is needed for it.
        if keeps and self._is_enrolled(document.identity):
            return False
        return self._is_of_age(document.identity) and self._has_portrait(document)

    def _is_enrolled(self, identity: IdentityRecord) -> bool:
        """Whether this document is enrolled already; then the visit is concluded."""
        document = Claim(ClaimKind.DOCUMENT, identity.get("document_number"))
        if not self._residents.is_enrolled(document):
            return False
        self._refuse_duplicate()
        return True

    def _refuse_duplicate(self) -> None:
        self._report = replace(self._report, code=ErrorCode.ALREADY_ENROLLED)
        self._move(Trigger.ALREADY_ENROLLED)
        self._conclude(Outcome.ALREADY_ENROLLED)

    def _keep(self, booth: Booth, receipt: ConsentReceipt, identity: IdentityRecord) -> bool:
        """Make the template and keep it with the listed fields. A fault keeps nothing at all."""
        self._go_on()
        until = self._until(datetime.now(UTC))
        draft = self._residents.new_template()
        try:
            # Before the template: with that the booth forgets the frames that matched.
            portraits = self._portraits(booth, receipt)
            enrolment = Enrolment(
                identity=self._listed(identity),
                draft=draft,
                template=booth.enrol_template(draft.keys, self._desk.policy.fmr),
                portraits=portraits,
                expires_at=until.isoformat(),
                consent_record_ids=receipt.record_ids,
                notice_digest=receipt.notice_digest,
            )
            number = self._residents.enrol(self._id, enrolment)
        except StorageError as error:
            # The office may have enrolled this document while its bearer was before the camera.
            if error.code is not ErrorCode.ALREADY_ENROLLED:
                raise
            self._refuse_duplicate()
            return False
        finally:
            wipe(draft)
        self._report = replace(self._report, resident_number=number)
        self._draft.kept_until |= {Kept.IDENTITY: until, Kept.TEMPLATE: until}
        if portraits:
            self._draft.kept_until[Kept.PORTRAITS] = until
        return True

    def _portraits(self, booth: Booth, receipt: ConsentReceipt) -> tuple[bytes, ...]:
        """One live portrait, sealed in the booth, where it was ticked for itself (M-1, M-3)."""
        if Purpose.RETAIN_PORTRAIT not in receipt.purposes:
            return ()
        return (booth.seal_portrait(self._officers_key),)

    def _listed(self, identity: IdentityRecord) -> IdentityRecord:
        """Only what the notice lists, whatever the booth sent (N-5)."""
        listed = set(self._desk.notice.fields)
        return IdentityRecord(tuple(one for one in identity.fields if one[0] in listed))

    def _until(self, now: datetime) -> datetime:
        noticed = timedelta(hours=self._desk.notice.retention_hours)
        return resident_expiry(
            now, resident_terms(self._desk.policy), term=self._term, noticed=noticed
        )


def resident_terms(policy: Policy) -> RetentionPolicy:
    """The site's terms. Raises `ConfigError(CONFIG_INVALID)` for one above its own maximum."""
    return RetentionPolicy(
        timedelta(hours=policy.visitor_retention_h),
        resident=timedelta(days=policy.resident_retention_days),
        resident_maximum=timedelta(days=policy.resident_retention_max_days),
    )


def wipe(draft: TemplateDraft) -> None:
    """What could open the template again is in the stores, wrapped, and nowhere else."""
    for secret in (draft.secret, draft.keys.rotation, draft.keys.seal_key):
        secret.wipe()
