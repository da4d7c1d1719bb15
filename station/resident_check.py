"""Resident verification: the live face against the one template of a claimed identity (C3-1).

Who it is comes first, from a document or a resident number, never from a face. Consent comes even
before that: reading a document is opening a device. The score stays in this process and goes to
the operator's own screen only; every comparison is counted before its outcome is shown.
"""

from consent.visit_receipt import Compared
from station.decision import CLAIM_FAULTS, comparison_outcome
from station.errors import ErrorCode, StationError
from station.events import Flow
from station.model import (
    Claim,
    ClaimKind,
    ComparisonDecision,
    ComparisonResult,
    TemplateReference,
)
from station.ports import Booth, Publish, ResidentDialogue, ResidentRecords
from station.reconsent import NEEDED, Reconsent
from station.states import Trigger
from station.visit import VisitDesk
from station.visit_steps import SteppedVisit


class ClaimedVisit(SteppedVisit):
    """A visit of somebody who is enrolled: the claim, and the comparison with its template."""

    def __init__(
        self,
        desk: VisitDesk,
        residents: ResidentRecords,
        dialogue: ResidentDialogue,
        publish: Publish,
    ) -> None:
        super().__init__(desk, dialogue, publish)
        self._residents = residents
        self._asked = dialogue

    def _claim(self, booth: Booth) -> Claim | None:
        """Who the person says they are: somebody enrolled, or the visit has been concluded."""
        while True:
            self._deadline.restart(self._desk.policy.access_key_timeout_s)
            claim = self._asked.ask_claim(self._cancel)
            if claim is None:
                document = self._read_document(booth)
                if document is None:
                    return None
                self._dialogue.show_identity(document.identity, document.check)
                claim = Claim(ClaimKind.DOCUMENT, document.identity.get("document_number"))
            if not claim.value.strip():
                code = ErrorCode.CLAIM_MISSING
            elif self._residents.is_enrolled(claim):
                self._resident = self._residents.blind_reference(claim)
                return claim
            else:
                code = ErrorCode.RESIDENT_UNKNOWN
            if not self._try_again(code):
                return None

    def _reference(self, claim: Claim) -> TemplateReference | None:
        """The template, or None when the resident is known but must not be compared now."""
        try:
            return self._residents.reference(claim)
        except StationError as error:
            if error.code not in CLAIM_FAULTS:
                raise
            self._hand_over(error.code)
            return None

    def _compare(
        self, booth: Booth, claim: Claim, reference: TemplateReference
    ) -> ComparisonResult | None:
        """The decision, counted; None when the template could not be used and staff take over."""

        def failed() -> None:
            # A picture held up is an attempt on this resident as much as a wrong face is.
            self._residents.attempted(claim, matched=False)

        if not self._capture(booth, failed):
            return None
        try:
            comparison = booth.compare_template(reference, self._publish)
        except StationError as error:
            if error.code is not ErrorCode.TEMPLATE_REFUSED:
                raise
            self._hand_over(error.code)
            return None
        self._draft.compared = Compared.TEMPLATE
        matched = comparison.decision is ComparisonDecision.MATCH
        self._residents.attempted(claim, matched=matched)
        self._dialogue.show_comparison(comparison)
        return comparison


class ResidentCheck(ClaimedVisit):
    """One resident from the short notice to the decision; nothing new is kept.

    Whoever agreed to an older notice reads the present one before anything is compared.
    """

    flow = Flow.RESIDENT_CHECK

    def __init__(
        self,
        desk: VisitDesk,
        residents: ResidentRecords,
        dialogue: ResidentDialogue,
        publish: Publish,
        reconsent: Reconsent | None = None,
    ) -> None:
        super().__init__(desk, residents, dialogue, publish)
        self._reconsent = reconsent

    def _serve(self, booth: Booth) -> None:
        receipt = self._ask_consent()
        if receipt is None:
            return
        self._move(Trigger.GIVEN)
        booth.begin(self._id, receipt)
        claim = self._claim(booth)
        if claim is None:
            return
        reference = self._reference(claim)
        if reference is None or not self._consent_holds(claim):
            return
        self._move(Trigger.READ)
        comparison = self._compare(booth, claim, reference)
        if comparison is None:
            return
        self._move(Trigger.COMPARED)
        self._conclude(comparison_outcome(comparison.decision))

    def _consent_holds(self, claim: Claim) -> bool:
        """Whether they agreed to what is in force, now if need be; else the visit is concluded."""
        asked = self._reconsent
        due = None if asked is None else asked.due(claim)
        if asked is None or due is None:
            return True
        if due.notice is None:
            self._hand_over(due.code)
            return False
        self._move(Trigger.NOTICE_CHANGED)
        reply = self._show_notice(due.notice)
        receipt = self._record_reply(due.notice, reply)
        if receipt is not None and receipt.purposes >= NEEDED:
            asked.given(claim, receipt)
            self._move(Trigger.GIVEN)
            return True
        asked.refused(claim)
        self._declined(reply.answer, due.code)
        return False
