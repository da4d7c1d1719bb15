"""The skeleton every flow shares, with the purge in `finally` (house.md section 3).

The state table checks every step; it does not drive. Runs on the visit thread of the desk. What a
person came for is straight-line code in a subclass: `station.visitor_check`, `station.enrolment`,
`station.resident_check`, `station.withdrawal`.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import ClassVar

from consent.canonical import Json
from consent.kinds import Kind
from consent.ledger import Ledger, new_id
from consent.notice import Notice
from consent.receipt_code import pack
from consent.visit_receipt import ReceiptDraft
from station.config import Policy
from station.errors import ErrorCode, PurgeError, StationError
from station.events import (
    Flow,
    OutcomeReached,
    Purged,
    ReceiptIssued,
    State,
    StateChanged,
    StationLocked,
)
from station.model import BoothEnd, LayerVerdict, Outcome, PadReport, VisitId
from station.ports import Booth, Booths, Cancelled, Dialogue, Erased, Publish, VisitRecords
from station.states import Trigger, advance

_DONE = (Outcome.ENROLLED, Outcome.WITHDRAWN)
"""The stores have changed: whatever fails afterwards, this is what happened."""


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
    flow: Flow = Flow.VISITOR
    resident_number: str = field(default="", repr=False)
    """Given at enrolment, for the person alone; empty otherwise."""
    erased: Erased | None = None
    """What a withdrawal erased."""


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


class Visit(ABC):
    """One person from notice to purge. Make one per visit and call `run` once."""

    flow: ClassVar[Flow]

    def __init__(self, desk: VisitDesk, dialogue: Dialogue, publish: Publish) -> None:
        self._desk = desk
        self._dialogue = dialogue
        self._publish = publish
        self._id = VisitId(new_id())
        self._state = State.IDLE
        self._report = VisitReport(self._id, Outcome.FAILED, flow=self.flow)
        self._draft = ReceiptDraft()
        self._resident = ""
        """Blind reference of the resident it is about, once known; for the ledger alone."""
        self._deadline = _Deadline(threading.Event())

    def run(self, cancel: threading.Event) -> VisitReport:
        """Serve one person. Never raises for a fault of device, card, booth or store: it is told.

        `cancel` may be set from any thread; the visit then purges and ends as CANCELLED.
        """
        self._deadline = _Deadline(cancel)
        booth: Booth | None = None
        try:
            self._move(Trigger.STARTED)
            self._desk.records.may_start()
            booth = self._desk.booths.take()
            self._serve(booth)
        except Cancelled:
            self._cancelled()
        except StationError as error:
            if cancel.is_set():
                self._cancelled()
            else:
                lost = error.code in (ErrorCode.BOOTH_LOST, ErrorCode.BOOTH_TIMEOUT)
                trigger = Trigger.BOOTH_LOST if lost else Trigger.FAILED
                self._abort(trigger, Outcome.FAILED, error.code)
        finally:
            self._deadline.stop()
            self._purge(booth)
        if not self._report.locked:
            self._linger()
        return self._report

    @abstractmethod
    def _serve(self, booth: Booth) -> None:
        """What this flow does between the start and the outcome. Raises to end early."""

    @property
    def _cancel(self) -> threading.Event:
        return self._deadline.cancel

    def _go_on(self) -> None:
        """Raises `Cancelled` once somebody wants to stop: the last moment before a change."""
        if self._cancel.is_set():
            raise Cancelled

    def _conclude(self, outcome: Outcome) -> None:
        """Record first, show second."""
        self._report = replace(self._report, outcome=outcome)
        self._record_outcome()
        self._move(Trigger.RECORDED)
        self._show_outcome()

    def _hand_over(self, code: ErrorCode) -> None:
        """A member of staff goes on; `code` says why."""
        self._report = replace(self._report, code=code)
        self._move(Trigger.HANDED_OVER)
        self._conclude(Outcome.MANUAL)

    def _cancelled(self) -> None:
        if self._deadline.expired:
            self._abort(Trigger.TIMED_OUT, Outcome.TIMED_OUT, None)
        else:
            self._abort(Trigger.CANCELLED, Outcome.CANCELLED, None)

    def _abort(self, trigger: Trigger, outcome: Outcome, code: ErrorCode | None) -> None:
        """End early. A ledger that cannot even say so locks the station.

        Who was registered, or whose records are gone, is told so even then; `code` says what
        failed after it.
        """
        if self._report.outcome in _DONE:
            outcome = self._report.outcome
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
        payload: dict[str, Json] = {
            "visit": self._id,
            "flow": self.flow.value,
            "outcome": report.outcome.value,
        }
        if self._resident:
            payload["resident"] = self._resident
        if report.code is not None:
            payload["code"] = report.code.value
        if report.pad is not None:
            payload["pad"] = {
                "result": report.pad.result.value,
                "decided_by": report.pad.decided_by,
                "species": report.pad.species_guess,
                "layers": [_figures(layer) for layer in report.pad.layers],
            }
        self._draft.outcome_seq = self._desk.ledger.record(Kind.VISIT_OUTCOME, payload)

    def _show_outcome(self) -> None:
        report = self._report
        self._publish(
            OutcomeReached(
                report.outcome,
                report.code,
                report.document_expired,
                report.receipt_id,
                self.flow,
                report.resident_number,
                tuple(
                    (kept.value, end.isoformat()) for kept, end in self._draft.kept_until.items()
                ),
                report.erased.op_id if report.erased else "",
            )
        )

    def _purge(self, booth: Booth | None) -> None:
        try:
            if booth is not None:
                end = booth.end()
                self._report = replace(self._report, booth=end)
                self._publish(Purged(end.pid, end.ended_at, end.ring_zeroed))
                seq = self._desk.ledger.record(
                    Kind.PURGE,
                    {"visit": self._id, "reaped": end.reaped, "ring_zeroed": end.ring_zeroed},
                )
                self._issue_receipt(end, seq)
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

    def _issue_receipt(self, end: BoothEnd, purge_seq: int) -> None:
        """Only now, because it says that the booth is gone, and when."""
        desk = self._desk
        receipt = self._draft.issue(desk.ledger, desk.notice, self._report.outcome, end, purge_seq)
        if receipt is not None:
            self._publish(ReceiptIssued(self._draft.number, pack(receipt)))

    def _linger(self) -> None:
        """Leave the outcome on screen; the booth is already gone."""
        self._desk.booths.warm_next()
        if self._report.outcome is not Outcome.CANCELLED:
            # Only the visit's own time-out is over; whoever closes the station still means it.
            if self._deadline.expired:
                self._cancel.clear()
            shown_s = self._desk.policy.result_timeout_s
            if self._report.outcome in (Outcome.ENROLLED, Outcome.WITHDRAWN):
                # There is a number to write down, and a sentence on what now stays or is gone.
                shown_s *= 3
            with suppress(Cancelled):
                self._dialogue.acknowledge(self._cancel, shown_s)
        self._move(Trigger.PURGED)

    def _move(self, trigger: Trigger) -> None:
        self._state = advance(self._state, trigger, self.flow)
        self._publish(StateChanged(self._id, self._state))


def _figures(layer: LayerVerdict) -> Json:
    """Name, judged, passed, measure and gate in thousandths: the ledger holds whole numbers."""
    figures = [round(figure * 1000) for figure in (layer.measure, layer.gate)]
    return [layer.layer, int(layer.judged), int(layer.passed), *figures]


class _Deadline:
    """Sets `cancel` when a step takes too long, and remembers that it did."""

    def __init__(self, cancel: threading.Event) -> None:
        self.cancel = cancel
        self._timer: threading.Timer | None = None
        self.expired = False

    def restart(self, timeout_s: float) -> None:
        """Give the next step `timeout_s` seconds."""
        self.stop()
        self._timer = threading.Timer(timeout_s, self._fire)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        """Let the next step take as long as it does."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self.expired = True
        self.cancel.set()
