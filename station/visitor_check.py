"""A visitor's check: the live face against the document in hand; nothing biometric is kept."""

from datetime import UTC, datetime, timedelta

from consent.visit_receipt import Compared, Kept
from station.decision import comparison_outcome, keeps_identity
from station.events import Flow
from station.model import IdentityRecord
from station.ports import Booth
from station.retention import RetentionPolicy, expiry
from station.states import Trigger
from station.visit_steps import SteppedVisit


class VisitorCheck(SteppedVisit):
    """One visitor from notice to purge."""

    flow = Flow.VISITOR

    def _serve(self, booth: Booth) -> None:
        receipt = self._ask_consent()
        if receipt is None:
            return
        self._move(Trigger.GIVEN)
        booth.begin(self._id, receipt)
        document = self._read_document(booth)
        if document is None:
            return
        if not self._is_of_age(document.identity) or not self._has_portrait(document):
            return
        self._dialogue.show_identity(document.identity, document.check)
        self._move(Trigger.READ)
        if not self._capture(booth):
            return
        comparison = booth.compare(self._publish)
        self._draft.compared = Compared.CARD_PORTRAIT
        self._move(Trigger.COMPARED)
        self._dialogue.show_comparison(comparison)
        outcome = comparison_outcome(comparison.decision)
        if keeps_identity(outcome):
            self._keep(document.identity)
        self._conclude(outcome)

    def _keep(self, identity: IdentityRecord) -> None:
        """Both the policy and the consented notice say "at most": the shorter term holds."""
        policy = RetentionPolicy(timedelta(hours=self._desk.policy.visitor_retention_h))
        noticed = timedelta(hours=self._desk.notice.retention_hours)
        term = min(policy.visitor, noticed)
        until = expiry(datetime.now(UTC), policy, term=term, noticed=noticed)
        self._desk.records.keep_identity(self._id, identity, until.isoformat())
        self._draft.kept_until[Kept.IDENTITY] = until
