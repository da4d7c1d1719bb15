"""One visit as straight-line code, with the purge in `finally` (house.md section 3).

The state table checks every step; it does not drive. Runs on the visit thread of the desk.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from consent.canonical import Json
from consent.kinds import Kind
from consent.ledger import Ledger, new_id
from consent.notice import Notice
from consent.receipt import ConsentReceipt
from consent.recording import record_answer
from station.booth.messages import PadPolicyName
from station.challenge import SHAPES
from station.config import Policy
from station.decision import (
    MANUAL_CARD_FAULTS,
    RETRYABLE_CARD_FAULTS,
    capture_trigger,
    comparison_outcome,
    document_trigger,
    is_under_age,
    keeps_identity,
)
from station.errors import ErrorCode, PurgeError, StationError
from station.events import (
    CaptureRetry,
    CaptureStarted,
    CardRetry,
    OutcomeReached,
    Purged,
    State,
    StateChanged,
    StationLocked,
)
from station.model import (
    Answer,
    Authenticity,
    BoothEnd,
    DocumentCheck,
    IdentityRecord,
    LayerVerdict,
    Outcome,
    PadReport,
    VisitId,
)
from station.ports import (
    AccessKeyReply,
    Booth,
    Booths,
    Cancelled,
    Dialogue,
    Publish,
    VisitRecords,
)
from station.retention import RetentionPolicy, expiry
from station.states import Trigger, advance


@dataclass(frozen=True, slots=True)
class VisitReport:
    """What is known after a visit: outcome, proof of the purge, PAD figures. No personal data."""

    visit_id: VisitId
    outcome: Outcome
    code: ErrorCode | None = None
    document_expired: bool = False
    receipt_id: str = ""
    pad: PadReport | None = None
    booth: BoothEnd | None = None
    locked: bool = False


@dataclass(frozen=True, slots=True)
class VisitDesk:
    """Everything a visit works with; the composition root fills it."""

    booths: Booths
    records: VisitRecords
    ledger: Ledger
    notice: Notice
    policy: Policy
    station_id: str
    seal_evidence: Callable[[str, bytes], bytes]
    needs_access_key: bool


class Visit:
    """One visitor from notice to purge. Make one per visit and call `run` once."""

    def __init__(self, desk: VisitDesk, dialogue: Dialogue, publish: Publish) -> None:
        self._desk = desk
        self._dialogue = dialogue
        self._publish = publish
        self._id = VisitId(new_id())
        self._state = State.IDLE
        self._report = VisitReport(self._id, Outcome.FAILED)
        self._identity: IdentityRecord | None = None
        self._calm = False

    def run(self, cancel: threading.Event) -> VisitReport:
        """Serve one visitor. Never raises for a fault of device, card or booth: it is reported.

        `cancel` may be set from any thread; the visit then purges and ends as CANCELLED.
        """
        deadline = _Deadline(cancel)
        booth: Booth | None = None
        try:
            self._move(Trigger.STARTED)
            self._desk.records.may_start()
            booth = self._desk.booths.take()
            self._serve(booth, cancel, deadline)
        except Cancelled:
            self._cancelled(deadline)
        except StationError as error:
            if cancel.is_set():
                self._cancelled(deadline)
            else:
                lost = error.code in (ErrorCode.BOOTH_LOST, ErrorCode.BOOTH_TIMEOUT)
                trigger = Trigger.BOOTH_LOST if lost else Trigger.FAILED
                self._abort(trigger, Outcome.FAILED, error.code)
        finally:
            deadline.stop()
            self._purge(booth)
        if not self._report.locked:
            self._linger(cancel, deadline)
        return self._report

    def _serve(self, booth: Booth, cancel: threading.Event, deadline: "_Deadline") -> None:
        policy = self._desk.policy
        receipt = self._ask_consent(cancel, deadline)
        if receipt is None:
            return
        booth.begin(self._id, receipt)
        check = self._read_card(booth, cancel, deadline)
        if check is None:
            return
        deadline.restart(policy.capture_timeout_s * policy.capture_attempts)
        if not self._capture(booth, cancel):
            return
        deadline.stop()
        comparison = booth.compare(self._publish)
        self._move(Trigger.COMPARED)
        self._dialogue.show_comparison(comparison)
        self._conclude(comparison_outcome(comparison.decision))

    def _ask_consent(self, cancel: threading.Event, deadline: "_Deadline") -> ConsentReceipt | None:
        deadline.restart(self._desk.policy.consent_timeout_s)
        reply = self._dialogue.ask_consent(self._desk.notice, cancel)
        self._move(Trigger.SHOWN)
        receipt = record_answer(
            self._desk.ledger,
            self._desk.notice,
            reply.answer,
            language=reply.language,
            method=reply.method,
            dwell_s=reply.dwell_s,
            shown_to_end=reply.shown_to_end,
            visit_id=self._id,
            station_id=self._desk.station_id,
            operator="",
            seal=self._desk.seal_evidence,
        )
        if receipt is not None:
            self._calm = reply.calm
            self._report = replace(self._report, receipt_id=receipt.receipt_id)
            self._move(Trigger.GIVEN)
            return receipt
        refused = reply.answer is Answer.REFUSED
        self._move(Trigger.REFUSED if refused else Trigger.OTHER_ROUTE)
        self._conclude(Outcome.DECLINED if refused else Outcome.MANUAL)
        return None

    def _read_card(
        self, booth: Booth, cancel: threading.Event, deadline: "_Deadline"
    ) -> DocumentCheck | None:
        """The document's checks, or None when the visit has been concluded without it."""
        policy = self._desk.policy
        left = policy.card_attempts
        while True:
            key = AccessKeyReply()
            if self._desk.needs_access_key:
                deadline.restart(policy.access_key_timeout_s)
                key = self._dialogue.ask_access_key(cancel)
            deadline.restart(policy.card_timeout_s)
            left -= 1
            try:
                identity, check, photo_fault = booth.read_document(
                    key, cancel, self._publish, self._desk.notice.fields
                )
            except StationError as error:
                if cancel.is_set():
                    raise Cancelled from error
                if error.code not in RETRYABLE_CARD_FAULTS | MANUAL_CARD_FAULTS:
                    raise
                if error.code in MANUAL_CARD_FAULTS or left == 0:
                    self._hand_over(error.code)
                    return None
                self._move(Trigger.UNREADABLE)
                self._publish(CardRetry(error.code, left))
                continue
            return self._accept(identity, check, photo_fault)

    def _accept(
        self, identity: IdentityRecord, check: DocumentCheck, photo_fault: ErrorCode | None
    ) -> DocumentCheck | None:
        self._report = replace(self._report, document_expired=check.expired)
        trigger = document_trigger(check.authenticity, self._desk.policy.accept_unknown_issuer)
        if trigger is Trigger.NOT_AUTHENTIC:
            forged = check.authenticity is Authenticity.FAILED
            unknown, altered = ErrorCode.DOCUMENT_ISSUER_UNKNOWN, ErrorCode.DOCUMENT_NOT_AUTHENTIC
            self._report = replace(self._report, code=altered if forged else unknown)
            self._move(trigger)
            self._conclude(Outcome.DOCUMENT_REFUSED)
            return None
        # Before the photo and the camera: a child's face is not compared, whatever else is right.
        # The visitor's birthday begins by the clock on the wall, not by UTC.
        today = datetime.now().astimezone().date()
        if is_under_age(identity.get("birth_date"), today, self._desk.policy.minor_age_years):
            self._hand_over(ErrorCode.MINOR_NEEDS_GUARDIAN)
            return None
        if photo_fault is not None:
            self._hand_over(photo_fault)
            return None
        self._identity = identity
        self._dialogue.show_identity(identity, check)
        self._move(Trigger.READ)
        return check

    def _capture(self, booth: Booth, cancel: threading.Event) -> bool:
        """Whether a bona fide capture is there to compare; else the visit has been concluded."""
        attempts = self._desk.policy.capture_attempts
        name = PadPolicyName.ASSISTED if self._calm else PadPolicyName(self._desk.policy.pad)
        shape = SHAPES[name]
        for attempt in range(1, attempts + 1):
            left = attempts - attempt
            self._publish(CaptureStarted(attempt, shape.actions, left, lights=shape.colours > 0))
            pad = booth.capture(self._dialogue, cancel, self._publish, calm=self._calm)
            if cancel.is_set():
                raise Cancelled
            self._report = replace(self._report, pad=pad)
            trigger = capture_trigger(pad, left)
            self._move(trigger)
            if trigger is Trigger.BONA_FIDE:
                return True
            if trigger is Trigger.ATTACK:
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

    def _hand_over(self, code: ErrorCode) -> None:
        self._report = replace(self._report, code=code)
        self._move(Trigger.HANDED_OVER)
        self._conclude(Outcome.MANUAL)

    def _conclude(self, outcome: Outcome) -> None:
        """Record first, show second."""
        self._report = replace(self._report, outcome=outcome)
        if keeps_identity(outcome) and self._identity is not None:
            self._desk.records.keep_identity(self._id, self._identity, self._kept_until())
        self._record_outcome()
        self._move(Trigger.RECORDED)
        self._show_outcome()

    def _kept_until(self) -> str:
        """Both the policy and the consented notice say "at most": the shorter term holds."""
        policy = RetentionPolicy(timedelta(hours=self._desk.policy.visitor_retention_h))
        noticed = timedelta(hours=self._desk.notice.retention_hours)
        term = min(policy.visitor, noticed)
        return expiry(datetime.now(UTC), policy, term=term, noticed=noticed).isoformat()

    def _cancelled(self, deadline: "_Deadline") -> None:
        if deadline.expired:
            self._abort(Trigger.TIMED_OUT, Outcome.TIMED_OUT, None)
        else:
            self._abort(Trigger.CANCELLED, Outcome.CANCELLED, None)

    def _abort(self, trigger: Trigger, outcome: Outcome, code: ErrorCode | None) -> None:
        """End early. A ledger that cannot even say so locks the station."""
        self._report = replace(self._report, outcome=outcome, code=code)
        if self._state is not State.PURGE:
            self._move(trigger)
        try:
            self._record_outcome()
        except StationError as error:
            self._lock(error.code)
        self._show_outcome()

    def _lock(self, code: ErrorCode) -> None:
        self._report = replace(self._report, locked=True, code=code)
        self._publish(StationLocked(code))

    def _record_outcome(self) -> None:
        report = self._report
        payload: dict[str, Json] = {"visit": self._id, "outcome": report.outcome.value}
        if report.code is not None:
            payload["code"] = report.code.value
        if report.pad is not None:
            payload["pad"] = {
                "result": report.pad.result.value,
                "decided_by": report.pad.decided_by,
                "species": report.pad.species_guess,
                "layers": [_figures(layer) for layer in report.pad.layers],
            }
        self._desk.ledger.record(Kind.VISIT_OUTCOME, payload)

    def _show_outcome(self) -> None:
        report = self._report
        self._publish(
            OutcomeReached(report.outcome, report.code, report.document_expired, report.receipt_id)
        )

    def _purge(self, booth: Booth | None) -> None:
        self._identity = None
        try:
            if booth is not None:
                end = booth.end()
                self._report = replace(self._report, booth=end)
                self._publish(Purged(end.pid, end.ended_at, end.ring_zeroed))
                self._desk.ledger.record(
                    Kind.PURGE,
                    {"visit": self._id, "reaped": end.reaped, "ring_zeroed": end.ring_zeroed},
                )
        except PurgeError as error:
            self._move(Trigger.PURGE_FAILED)
            self._lock(error.code)
            # The lock must hold, and be reported, even where it cannot be written down.
            with suppress(StationError):
                self._desk.ledger.record(Kind.LOCKED, {"code": error.code.value})
        except StationError as error:
            self._lock(error.code)
        finally:
            self._dialogue.forget()

    def _linger(self, cancel: threading.Event, deadline: "_Deadline") -> None:
        """Leave the outcome on screen; the booth is already gone."""
        self._desk.booths.warm_next()
        if self._report.outcome is not Outcome.CANCELLED:
            # Only the visit's own time-out is over; whoever closes the station still means it.
            if deadline.expired:
                cancel.clear()
            with suppress(Cancelled):
                self._dialogue.acknowledge(cancel, self._desk.policy.result_timeout_s)
        self._move(Trigger.PURGED)

    def _move(self, trigger: Trigger) -> None:
        self._state = advance(self._state, trigger)
        self._publish(StateChanged(self._id, self._state))


def _figures(layer: LayerVerdict) -> Json:
    """Name, judged, passed, measure and gate in thousandths: the ledger holds whole numbers."""
    figures = [round(figure * 1000) for figure in (layer.measure, layer.gate)]
    return [layer.layer, int(layer.judged), int(layer.passed), *figures]


class _Deadline:
    """Sets `cancel` when a step takes too long, and remembers that it did."""

    def __init__(self, cancel: threading.Event) -> None:
        self._cancel = cancel
        self._timer: threading.Timer | None = None
        self.expired = False

    def restart(self, timeout_s: float) -> None:
        self.stop()
        self._timer = threading.Timer(timeout_s, self._fire)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self.expired = True
        self._cancel.set()
