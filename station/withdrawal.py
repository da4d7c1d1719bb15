"""Withdrawal on the spot: who it is, one question, and everything that was kept is erased.

No more steps than consent took (PIPL art. 15): a document in the hand says enough, a resident
number needs the face that belongs to it. Whoever wants neither goes to the staffed desk.
"""

from dataclasses import replace

from station.decision import comparison_outcome
from station.events import Flow
from station.model import Claim, ClaimKind, Outcome
from station.ports import Booth, Cancelled, Publish, ResidentDialogue, ResidentRecords, Withdraw
from station.resident_check import ClaimedVisit
from station.states import Trigger
from station.visit import VisitDesk


class Withdrawal(ClaimedVisit):
    """One resident from the short notice to the erasure."""

    flow = Flow.WITHDRAWAL

    def __init__(
        self,
        desk: VisitDesk,
        residents: ResidentRecords,
        withdraw: Withdraw,
        dialogue: ResidentDialogue,
        publish: Publish,
    ) -> None:
        super().__init__(desk, residents, dialogue, publish)
        self._withdraw = withdraw

    def _serve(self, booth: Booth) -> None:
        receipt = self._ask_consent()
        if receipt is None:
            return
        self._move(Trigger.GIVEN)
        booth.begin(self._id, receipt)
        claim = self._claim(booth)
        if claim is None or not self._is_shown_to_be(booth, claim):
            return
        self._erase(claim)
        self._move(Trigger.ERASED)
        self._conclude(Outcome.WITHDRAWN)

    def _is_shown_to_be(self, booth: Booth, claim: Claim) -> bool:
        """Whether the person may erase what belongs to the claim; else the visit is concluded."""
        if claim.kind is ClaimKind.DOCUMENT:
            self._move(Trigger.CLAIMED)
            return True
        reference = self._reference(claim)
        if reference is None:
            return False
        self._move(Trigger.READ)
        comparison = self._compare(booth, claim, reference)
        if comparison is None:
            return False
        outcome = comparison_outcome(comparison.decision)
        if outcome is Outcome.MATCH:
            self._move(Trigger.MATCHED)
            return True
        self._move(Trigger.COMPARED)
        self._conclude(outcome)
        return False

    def _erase(self, claim: Claim) -> None:
        """Ask once, then erase. What was left unanswered or denied changes nothing."""
        self._deadline.restart(self._desk.policy.consent_timeout_s)
        if not self._asked.ask_erasure(self._cancel):
            raise Cancelled
        self._deadline.stop()
        self._go_on()
        self._report = replace(self._report, erased=self._withdraw(claim))
