"""The visit as the pages see it: which page, which step, how it ended and the proof of its end."""

import sys
import threading

from PySide6.QtCore import Property, QObject, Qt, QTimer, Signal, Slot

from station.errors import ErrorCode, StationError
from station.events import (
    Event,
    OutcomeReached,
    Purged,
    ReceiptIssued,
    State,
    StateChanged,
    StationFault,
    StationLocked,
)
from station.model import Outcome
from station.ports import Cancelled, Dialogue
from ui.bridge.display import Display
from ui.bridge.ribbon import local_clock
from ui.service import KioskService

_PAGES = {
    State.NOTICE: "Notice",
    State.CONSENT: "Notice",
    State.CARD: "Card",
    State.CAPTURE: "Capture",
    State.COMPARE: "Compare",
}
_STEPS = {
    State.NOTICE: 0,
    State.CONSENT: 0,
    State.CARD: 1,
    State.CAPTURE: 2,
    State.COMPARE: 3,
    State.OUTCOME: 4,
    State.PURGE: 4,
}
_CAUSED = frozenset({Outcome.FAILED, Outcome.MANUAL, Outcome.DOCUMENT_REFUSED})
"""Outcomes whose cause, where one is known, says more than the outcome's own text."""

_TONES = {
    Outcome.MATCH: ("good", "check"),
    Outcome.NON_MATCH: ("caution", "person"),
    Outcome.ATTACK: ("stop", "warning"),
    Outcome.DOCUMENT_REFUSED: ("stop", "card"),
    Outcome.DECLINED: ("neutral", "hand"),
    Outcome.MANUAL: ("neutral", "person"),
    Outcome.UNDECIDED: ("caution", "eye"),
    Outcome.CANCELLED: ("neutral", "back"),
    Outcome.TIMED_OUT: ("neutral", "clock"),
    Outcome.FAILED: ("caution", "warning"),
    Outcome.ENROLLED: ("good", "check"),
    Outcome.ALREADY_ENROLLED: ("neutral", "person"),
    Outcome.NOT_ENROLLED: ("neutral", "hand"),
    Outcome.WITHDRAWN: ("good", "check"),
}
_PROOF_HOLD_MS = 6000
_IDLE_RESET_MS = 90_000
_PRESS_MS = 350
_JOIN_S = 10.0


class Visit(QObject):
    """Runs visits on a worker thread and shows them. Lives on the Qt thread."""

    changed = Signal()
    acknowledged = Signal()
    outcome_shown = Signal(str)
    attention_wanted = Signal()
    idle_reached = Signal()
    quit_wanted = Signal()
    forget_wanted = Signal()
    left_alone = Signal()
    event_followed = Signal(object)
    _event_posted = Signal(object)
    _ended = Signal(str)

    def __init__(self, parent: QObject, service: KioskService, display: Display) -> None:
        super().__init__(parent)
        self._service = service
        self._display = display
        self._dialogue: Dialogue | None = None
        self._thread: threading.Thread | None = None
        self._cancel = threading.Event()
        self._page, self._step = "Idle", -1
        self._outcome: OutcomeReached | None = None
        self._purged: Purged | None = None
        self._receipt_code = ""
        self._lingered = self._seen = self._pressed = self._locked = False
        self._code: ErrorCode | None = None
        self._hold = QTimer(self, singleShot=True, interval=_PROOF_HOLD_MS)
        self._hold.timeout.connect(self._go_idle)
        self._rest = QTimer(self, singleShot=True, interval=_IDLE_RESET_MS)
        self._rest.timeout.connect(display.reset)
        self._rest.timeout.connect(self.left_alone)
        display.look_changed.connect(self.someone_here)
        display.language_changed.connect(self.someone_here)
        self._watch = QTimer(self, interval=2000)
        self._watch.timeout.connect(self.check_health)
        display.language_changed.connect(self.changed)
        self._event_posted.connect(self.on_event, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)

    def attach(self, dialogue: Dialogue) -> None:
        """The dialogue handed to every visit."""
        self._dialogue = dialogue

    def publish(self, event: Event) -> None:
        """Take an event from any thread; returns at once."""
        self._event_posted.emit(event)

    def watch(self) -> None:
        """Start asking the service for its health while nobody is served."""
        self.check_health()
        self._watch.start()

    @Slot()
    def start(self) -> None:
        """Begin a visit, unless one runs or the station may not serve."""
        if self._thread is not None or self._page != "Idle" or self._dialogue is None:
            return
        self._rest.stop()
        self._cancel = threading.Event()
        self._outcome = self._purged = None
        self._receipt_code = ""
        self._lingered = self._seen = self._pressed = False
        self._thread = threading.Thread(target=self._run, args=(self._dialogue,), name="visit")
        self._thread.start()

    @Slot()
    def cancel(self) -> None:
        """Stop the visit; whatever it does, it ends in its purge."""
        self._cancel.set()

    @Slot()
    def acknowledge(self) -> None:
        """The person has seen the outcome; before its purge is done, this is remembered."""
        self._seen = self._page == "Result"
        self.acknowledged.emit()
        if self._thread is None and not self._locked:
            self._go_idle()

    def linger(self) -> None:
        """The visit waits for the outcome to be acknowledged, after its purge."""
        self._lingered = True
        if self._seen:
            self.acknowledged.emit()

    @Slot()
    def someone_here(self) -> None:
        """Somebody reads or changes the display without a visit: the rest begins anew."""
        if self._step < 0:
            self._rest.start()

    def press_start(self) -> None:
        """Show the start button pressed, then start (demo's pilot)."""
        self._pressed = True
        self.changed.emit()
        QTimer.singleShot(_PRESS_MS, self, self.start)

    def press(self) -> None:
        """Show the button pressed, then acknowledge (demo's pilot)."""
        self._pressed = True
        self.changed.emit()
        QTimer.singleShot(_PRESS_MS, self, self.acknowledge)

    @Slot()
    def unlock_and_quit(self) -> None:
        """Staff confirmed the hidden long press: let the window close."""
        self.cancel()
        self.quit_wanted.emit()

    def stop(self) -> None:
        """Cancel what runs and wait for its purge (application shutdown)."""
        self._watch.stop()
        self.cancel()
        if self._thread is not None:
            self._thread.join(_JOIN_S)

    def check_health(self) -> None:
        """Show or clear a fault while nobody is served."""
        waiting = self._page in ("Idle", "Fault") and not self._hold.isActive()
        if self._thread is None and waiting and not self._locked:
            self._set_fault(self._service.health())

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Follow one event, then let the other bridges follow it (Qt thread)."""
        self._follow_event(event)
        self.event_followed.emit(event)

    def _follow_event(self, event: Event) -> None:
        if isinstance(event, StateChanged):
            self._follow(event.state)
        elif isinstance(event, OutcomeReached):
            self._outcome, self._page, self._step = event, "Result", 4
            self._receipt_code = ""
            self.outcome_shown.emit(_TONES[event.outcome][0])
        elif isinstance(event, Purged):
            self._purged = event
        elif isinstance(event, ReceiptIssued):
            self._receipt_code = event.code
        elif isinstance(event, StationLocked):
            self._locked, self._code, self._page, self._step = True, event.code, "Locked", -1
        elif isinstance(event, StationFault) and self._thread is None:
            self._set_fault(event.code)
        else:
            return
        self.changed.emit()

    def _follow(self, state: State) -> None:
        if state is State.LOCKED:
            self._locked, self._page, self._step = True, "Locked", -1
        elif not self._locked:
            self._page = _PAGES.get(state, self._page)
            self._step = _STEPS.get(state, self._step)
        if state in (State.CARD, State.CAPTURE):
            self.attention_wanted.emit()

    def _set_fault(self, code: ErrorCode | None) -> None:
        page = "Idle" if code is None else "Fault"
        if (page, code) != (self._page, self._code):
            self._page, self._code, self._step = page, code, -1
            self.changed.emit()

    def _run(self, dialogue: Dialogue) -> None:
        """The visit thread: top of a thread, so nothing may escape."""
        try:
            self._service.run_visit(dialogue, self.publish, self._cancel)
        except StationError as error:
            self._ended.emit(error.code.value)
        except Cancelled:
            # The window is being closed while the outcome is shown: the purge is already done.
            self._ended.emit("")
        except Exception as bug:
            # Type only: the message of an unexpected error could hold personal data.
            sys.stderr.write(f"visit ended by {type(bug).__name__}\n")
            self._ended.emit("BUG")
        else:
            self._ended.emit("")

    @Slot(str)
    def _on_ended(self, code: str) -> None:
        if self._thread is not None:
            self._thread.join(_JOIN_S)
        self._thread = None
        if code:
            # It may have ended before it could say so itself.
            self.forget_wanted.emit()
        if code == "BUG":
            # Nobody can say what a visit with a bug left behind: serve no one until staff looked.
            self._follow(State.LOCKED)
        elif self._locked:
            pass
        elif code:
            self._page, self._code, self._step = "Fault", ErrorCode(code), -1
            self._hold.start()
        elif self._page == "Result" and not self._lingered:
            self._hold.start()
        else:
            self._go_idle()
        self.changed.emit()

    def _go_idle(self) -> None:
        self._hold.stop()
        if self._thread is not None or self._locked:
            return
        self._outcome = self._purged = None
        self._receipt_code = ""
        self._page, self._step, self._code = "Idle", -1, None
        self._rest.start()
        self.changed.emit()
        self.idle_reached.emit()
        self.check_health()

    @Property(str, notify=changed)
    def page(self) -> str:
        """Name of the page file to show."""
        return self._page

    @Property(int, notify=changed)
    def step(self) -> int:
        """Present one of the five steps, 0..4; -1 when nobody is served."""
        return self._step

    @Property(str, notify=changed)
    def tone(self) -> str:
        """ "good", "caution", "stop" or "neutral"."""
        if self._outcome is None:
            return "neutral"
        if self._outcome.code is ErrorCode.DOCUMENT_ISSUER_UNKNOWN:
            # Nothing speaks against the document: this station lacks a certificate.
            return "caution"
        return _TONES[self._outcome.outcome][0]

    @Property(str, notify=changed)
    def icon(self) -> str:
        """Name of the outcome's icon."""
        return _TONES[self._outcome.outcome][1] if self._outcome else "check"

    @Property(str, notify=changed)
    def headline(self) -> str:
        """The outcome in a few words."""
        return self._display.say("outcome", self._outcome.outcome) if self._outcome else ""

    @Property(str, notify=changed)
    def nextText(self) -> str:
        """What happens next; the cause's own text where there is one."""
        if self._outcome is None:
            return ""
        caused = self._outcome.outcome in _CAUSED
        if caused and self._outcome.code:
            return self._display.say("error", self._outcome.code)
        return self._display.say("next", self._outcome.outcome)

    @Property(bool, notify=changed)
    def documentExpired(self) -> bool:
        """Whether to say that the document's validity has ended."""
        return self._outcome is not None and self._outcome.document_expired

    @Property(str, notify=changed)
    def receiptId(self) -> str:
        """Short id of the consent receipt, or ""."""
        return self._outcome.receipt_id if self._outcome else ""

    @Property(str, notify=changed)
    def receiptCode(self) -> str:
        """Text of the signed receipt's QR code, once the booth is gone; or ""."""
        return self._receipt_code

    @Property(bool, notify=changed)
    def untouched(self) -> bool:
        """Whether no device was opened, because consent was never given."""
        return self._outcome is not None and not self._outcome.receipt_id

    @Property(bool, notify=changed)
    def gone(self) -> bool:
        """Whether the booth has ended and the preview is zero."""
        return self._purged is not None and self._purged.ring_zeroed

    @Property(str, notify=changed)
    def goneAt(self) -> str:
        """Local time of the booth's end, or ""."""
        return local_clock(self._purged.ended_at) if self._purged else ""

    @Property(bool, notify=changed)
    def pressed(self) -> bool:
        """Whether the pilot is pressing the button."""
        return self._pressed

    @Property(str, notify=changed)
    def staffCode(self) -> str:
        """The stable code, small, for staff; or ""."""
        code = self._code
        if self._outcome is not None and self._page == "Result":
            code = self._outcome.code
        return code.value if code else ""

    @Property(str, notify=changed)
    def faultText(self) -> str:
        """What the fault is and who does what about it, or ""."""
        return self._display.say("error", self._code) if self._code else ""
