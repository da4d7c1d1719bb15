"""The steps that flows share: consent, document, live capture. Each one ends the visit or goes on.

A step that returns None or False has concluded the visit: its outcome is recorded and shown.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from consent.kinds import Kind
from consent.receipt import ConsentReceipt
from consent.recording import record_answer
from station.booth.messages import PadPolicyName
from station.challenge import SHAPES
from station.decision import (
    MANUAL_CARD_FAULTS,
    RETRYABLE_CARD_FAULTS,
    capture_trigger,
    document_trigger,
    is_under_age,
)
from station.errors import ErrorCode, StationError
from station.events import CaptureRetry, CaptureStarted, CardRetry
from station.model import Answer, Authenticity, DocumentCheck, IdentityRecord, Outcome
from station.ports import AccessKeyReply, Booth, Cancelled, Dialogue, Publish
from station.states import Trigger
from station.visit import Visit, VisitDesk


@dataclass(frozen=True, slots=True)
class Document:
    """One document as the booth read it."""

    identity: IdentityRecord
    check: DocumentCheck
    photo_fault: ErrorCode | None
    """What kept its portrait from use, if anything."""


class SteppedVisit(Visit):
    """A visit made of the steps below."""

    def __init__(self, desk: VisitDesk, dialogue: Dialogue, publish: Publish) -> None:
        super().__init__(desk, dialogue, publish)
        self._calm = False
        self._card_tries = desk.policy.card_attempts

    def _ask_consent(self) -> ConsentReceipt | None:
        """The receipt of what was agreed to; refusal and other route conclude the visit."""
        desk = self._desk
        self._deadline.restart(desk.policy.consent_timeout_s)
        reply = self._dialogue.ask_consent(desk.notice, self._cancel)
        self._move(Trigger.SHOWN)
        receipt = record_answer(
            desk.ledger,
            desk.notice,
            reply.answer,
            language=reply.language,
            method=reply.method,
            dwell_s=reply.dwell_s,
            shown_to_end=reply.shown_to_end,
            visit_id=self._id,
            station_id=desk.station_id,
            operator="",
            seal=desk.seal_evidence,
            agreed=reply.agreed,
        )
        if receipt is not None:
            self._calm = reply.calm
            self._report = replace(self._report, receipt_id=receipt.receipt_id)
            self._draft.number, self._draft.language = receipt.receipt_id, receipt.language
            return receipt
        other = reply.answer is Answer.OTHER_ROUTE
        self._move(Trigger.OTHER_ROUTE if other else Trigger.REFUSED)
        self._conclude(Outcome.MANUAL if other else Outcome.DECLINED)
        return None

    def _read_document(self, booth: Booth) -> Document | None:
        """An authentic document, read with as many tries as the policy allows."""
        policy = self._desk.policy
        while True:
            key = AccessKeyReply()
            if self._desk.needs_access_key:
                self._deadline.restart(policy.access_key_timeout_s)
                key = self._dialogue.ask_access_key(self._cancel)
            self._deadline.restart(policy.card_timeout_s)
            try:
                read = booth.read_document(
                    key, self._cancel, self._publish, self._desk.notice.fields
                )
            except StationError as error:
                if self._cancel.is_set():
                    raise Cancelled from error
                if error.code in MANUAL_CARD_FAULTS:
                    self._hand_over(error.code)
                    return None
                if error.code not in RETRYABLE_CARD_FAULTS:
                    raise
                if not self._try_again(error.code):
                    return None
                continue
            document = Document(*read)
            self._draft.fields_read = tuple(name for name, _ in document.identity.fields)
            return document if self._is_authentic(document.check) else None

    def _try_again(self, code: ErrorCode) -> bool:
        """Whether the person may try the card step once more; else staff take over."""
        self._card_tries -= 1
        if self._card_tries <= 0:
            self._hand_over(code)
            return False
        self._move(Trigger.UNREADABLE)
        self._publish(CardRetry(code, self._card_tries))
        return True

    def _is_authentic(self, check: DocumentCheck) -> bool:
        self._report = replace(self._report, document_expired=check.expired)
        trigger = document_trigger(check.authenticity, self._desk.policy.accept_unknown_issuer)
        if trigger is Trigger.READ:
            return True
        forged = check.authenticity is Authenticity.FAILED
        unknown, altered = ErrorCode.DOCUMENT_ISSUER_UNKNOWN, ErrorCode.DOCUMENT_NOT_AUTHENTIC
        self._report = replace(self._report, code=altered if forged else unknown)
        self._move(trigger)
        self._conclude(Outcome.DOCUMENT_REFUSED)
        return False

    def _is_of_age(self, identity: IdentityRecord) -> bool:
        """Asked before the photo and the camera: a child's face is not compared, whatever else
        is right. The birthday begins by the clock on the wall, not by UTC.
        """
        today = datetime.now().astimezone().date()
        if is_under_age(identity.get("birth_date"), today, self._desk.policy.minor_age_years):
            self._hand_over(ErrorCode.MINOR_NEEDS_GUARDIAN)
            return False
        return True

    def _has_portrait(self, document: Document) -> bool:
        if document.photo_fault is not None:
            self._hand_over(document.photo_fault)
            return False
        return True

    def _capture(self, booth: Booth, on_attack: Callable[[], None] = lambda: None) -> bool:
        """Whether a bona fide capture is there to compare; `on_attack` runs before it is told."""
        policy = self._desk.policy
        attempts = policy.capture_attempts
        self._deadline.restart(policy.capture_timeout_s * attempts)
        name = PadPolicyName.ASSISTED if self._calm else PadPolicyName(policy.pad)
        shape = SHAPES[name]
        for attempt in range(1, attempts + 1):
            left = attempts - attempt
            self._publish(CaptureStarted(attempt, shape.actions, left, lights=shape.colours > 0))
            pad = booth.capture(self._dialogue, self._cancel, self._publish, calm=self._calm)
            self._go_on()
            self._report = replace(self._report, pad=pad)
            trigger = capture_trigger(pad, left)
            self._move(trigger)
            if trigger is Trigger.BONA_FIDE:
                self._deadline.stop()
                return True
            if trigger is Trigger.ATTACK:
                on_attack()
                self._desk.ledger.record(
                    Kind.PAD_REJECT, {"visit": self._id, "species": pad.species_guess}
                )
                self._conclude(Outcome.ATTACK)
                return False
            if trigger is Trigger.HANDED_OVER:
                self._conclude(Outcome.MANUAL)
                return False
            self._publish(CaptureRetry(pad.decided_by, left))
        return False
