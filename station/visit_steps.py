"""The steps that flows share: consent, document, live capture. Each one ends the visit or goes on.

A step that returns None or False has concluded the visit: its outcome is recorded and shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from consent.canonical import Json
from consent.kinds import Kind
from consent.notice import Notice
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
from station.ports import AccessKeyReply, Booth, Cancelled, Dialogue, NoticeReply, Publish
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
        reply = self._show_notice(self._desk.notice)
        receipt = self._record_reply(self._desk.notice, reply)
        if receipt is None:
            self._declined(reply.answer)
            return None
        self._report = replace(self._report, receipt_id=receipt.receipt_id)
        self._draft.number, self._draft.language = receipt.receipt_id, receipt.language
        return receipt

    def _show_notice(self, notice: Notice) -> NoticeReply:
        """Have a notice read and answered; nothing is on record yet."""
        self._deadline.restart(self._desk.policy.consent_timeout_s)
        reply = self._dialogue.ask_consent(notice, self._cancel)
        self._move(Trigger.SHOWN)
        # Once asked for, it holds for the whole visit.
        self._calm = self._calm or reply.calm
        return reply

    def _record_reply(
        self,
        notice: Notice,
        reply: NoticeReply,
        *,
        operator: str = "",
        minor: Mapping[str, Json] | None = None,
    ) -> ConsentReceipt | None:
        """Put an answer on record; a receipt if it was yes to anything."""
        desk = self._desk
        return record_answer(
            desk.ledger,
            notice,
            reply.answer,
            language=reply.language,
            method=reply.method,
            dwell_s=reply.dwell_s,
            shown_to_end=reply.shown_to_end,
            visit_id=self._id,
            station_id=desk.station_id,
            operator=operator,
            seal=desk.seal_evidence,
            agreed=reply.agreed,
            read_aloud=reply.read_aloud,
            minor=minor,
        )

    def _declined(self, answer: Answer, code: ErrorCode | None = None) -> None:
        """Conclude after anything but a yes."""
        other = answer is Answer.OTHER_ROUTE
        self._report = replace(self._report, code=code)
        self._move(Trigger.OTHER_ROUTE if other else Trigger.REFUSED)
        self._conclude(Outcome.MANUAL if other else Outcome.DECLINED)

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
        if self._is_child(identity):
            self._hand_over(ErrorCode.MINOR_NEEDS_GUARDIAN)
            return False
        return True

    def _is_child(self, identity: IdentityRecord) -> bool:
        """Whether somebody else decides for this person, or it is not known who does."""
        today = datetime.now().astimezone().date()
        return is_under_age(identity.get("birth_date"), today, self._desk.policy.minor_age_years)

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
