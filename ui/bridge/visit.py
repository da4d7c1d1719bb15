"""The visit as the pages see it: what somebody came for, which page, which step."""

import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Property, QObject, Qt, QTimer, Signal, Slot

from station.errors import ErrorCode, StationError
from station.events import (
    Event,
    Flow,
    OutcomeReached,
    State,
    StateChanged,
    StationFault,
    StationLocked,
)
from station.ports import Cancelled, Publish
from ui.bridge.display import Display
from ui.service import KioskService, ResidentService

if TYPE_CHECKING:
    from station.minors import MinorDialogue

_PAGES = {
    State.NOTICE: "Notice",
    State.CONSENT: "Notice",
    State.CARD: "Card",
    State.CAPTURE: "Capture",
    State.COMPARE: "Compare",
    State.KEEP: "Compare",
    State.ERASE: "Erase",
}
_STEPS = {
    State.NOTICE: 0,
    State.CONSENT: 0,
    State.CARD: 1,
    State.CAPTURE: 2,
    State.COMPARE: 3,
    State.KEEP: 3,
    State.OUTCOME: 4,
    State.PURGE: 4,
}
# The face is a part of saying who one is, and left out with a document: no step of its own.
_WITHDRAWAL_STEPS = {
    State.NOTICE: 0,
    State.CONSENT: 0,
    State.CARD: 1,
    State.CAPTURE: 1,
    State.COMPARE: 1,
    State.ERASE: 2,
    State.OUTCOME: 3,
    State.PURGE: 3,
}
_PROOF_HOLD_MS = 6000
_IDLE_RESET_MS = 90_000
_PRESS_MS = 350
_JOIN_S = 10.0
Serve = Callable[["MinorDialogue", Publish, threading.Event], object]
"""Runs one visit from notice to purge; blocks."""


class Visit(QObject):
    """Runs visits on a worker thread and shows them. Lives on the Qt thread."""

    changed = Signal()
    acknowledged = Signal()
    attention_wanted = Signal()
    idle_reached = Signal()
    quit_wanted = Signal()
    forget_wanted = Signal()
    left_alone = Signal()
    event_followed = Signal(object)
    child_here = Signal()
    """What begins is a child's registration; it is over when the idle page is reached."""
    _event_posted = Signal(object)
    _ended = Signal(str)

    def __init__(self, parent: QObject, service: KioskService, display: Display) -> None:
        super().__init__(parent)
        self._service = service
        self._display = display
        self._residents: ResidentService | None = None
        if isinstance(service, ResidentService) and service.registers_residents:
            self._residents = service
        self._flow = Flow.VISITOR
        self._working = State.IDLE
        self._dialogue: MinorDialogue | None = None
        self._thread: threading.Thread | None = None
        self._cancel = threading.Event()
        self._page, self._step = "Idle", -1
        self._reached: set[int] = set()
        self._cause: ErrorCode | None = None
        self._lingered = self._seen = self._pressed = self._locked = False
        self._code: ErrorCode | None = None
        self._hold = QTimer(self, singleShot=True, interval=_PROOF_HOLD_MS)
        self._hold.timeout.connect(self._go_idle)
        self._rest = QTimer(self, singleShot=True, interval=_IDLE_RESET_MS)
        self._rest.timeout.connect(display.reset)
        self._rest.timeout.connect(self.leave_residents)
        self._rest.timeout.connect(self.left_alone)
        display.look_changed.connect(self.someone_here)
        display.language_changed.connect(self.someone_here)
        self._watch = QTimer(self, interval=2000)
        self._watch.timeout.connect(self.check_health)
        display.language_changed.connect(self.changed)
        self._event_posted.connect(self.on_event, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)

    def attach(self, dialogue: "MinorDialogue") -> None:
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
        """Begin a visitor's check, unless a visit runs or the station may not serve."""
        self._begin(Flow.VISITOR)

    @Slot()
    def show_residents(self) -> None:
        """Let a resident choose what they came for."""
        if self._page == "Idle" and self._residents is not None:
            self._page = "Residents"
            self._rest.start()
            self.changed.emit()

    @Slot()
    def leave_residents(self) -> None:
        """Back from that choice."""
        if self._page == "Residents":
            self._page = "Idle"
            self.changed.emit()

    @Slot()
    def check_in(self) -> None:
        """Begin a registered resident's check."""
        self._begin(Flow.RESIDENT_CHECK)

    @Slot()
    def register(self) -> None:
        """Begin an enrolment."""
        self._begin(Flow.ENROLMENT)

    @Slot()
    def withdraw(self) -> None:
        """Begin a withdrawal; nothing is erased before it was asked once more."""
        self._begin(Flow.WITHDRAWAL)

    def begin_at_desk(self, flow: Flow) -> None:
        """Begin what staff chose at the office; a station with a fault shows that instead."""
        if self._page == "Result":
            self._go_idle()
        self.show_residents()
        self._begin(flow)

    def _begin(self, flow: Flow) -> None:
        if self._page == ("Idle" if flow is Flow.VISITOR else "Residents"):
            self._start(flow, self._serve)

    def begin_child(self, serve: Serve) -> None:
        """Begin what staff were granted at the office: a child, with its guardian."""
        if self._thread is None and not self._locked:
            self._hold.stop()
            self.child_here.emit()
            self._start(Flow.ENROLMENT, serve)

    def _start(self, flow: Flow, serve: Serve) -> None:
        if self._thread is not None or self._dialogue is None:
            return
        self._flow = flow
        self._rest.stop()
        self._cancel = threading.Event()
        self._cause = None
        self._lingered = self._seen = self._pressed = False
        asked = (serve, self._dialogue)
        self._thread = threading.Thread(target=self._run, args=asked, name="visit")
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

    def show_question(self, page: str) -> None:
        """A question with a page of its own; the next state takes it away."""
        if not self._locked:
            self._page = page
            self.changed.emit()

    def press_start(self, flow: Flow) -> None:
        """Show the way in pressed, then go in (demo's pilot)."""
        if flow is not Flow.VISITOR:
            self.show_residents()
        self._flow, self._pressed = flow, True
        self.changed.emit()
        QTimer.singleShot(_PRESS_MS, self, lambda: self._begin(flow))

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
        waiting = self._page in ("Idle", "Residents", "Fault") and not self._hold.isActive()
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
            self._cause, self._flow = event.code, event.flow
            self._page, self._step = "Result", self._steps()[State.OUTCOME]
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
            self._step = self._steps().get(state, self._step)
            self._working = state
            self._reached = {0} if state is State.NOTICE else self._reached | {self._step}
        if state in (State.CARD, State.CAPTURE):
            self.attention_wanted.emit()

    def _steps(self) -> dict[State, int]:
        return _WITHDRAWAL_STEPS if self._flow is Flow.WITHDRAWAL else _STEPS

    def _set_fault(self, code: ErrorCode | None) -> None:
        well = "Residents" if self._page == "Residents" else "Idle"
        page = well if code is None else "Fault"
        if (page, code) != (self._page, self._code):
            self._page, self._code, self._step = page, code, -1
            self.changed.emit()

    def _serve(self, dialogue: "MinorDialogue", publish: Publish, cancel: threading.Event) -> None:
        residents = self._residents
        if residents is None or self._flow is Flow.VISITOR:
            self._service.run_visit(dialogue, publish, cancel)
        elif self._flow is Flow.ENROLMENT:
            residents.run_enrolment(dialogue, publish, cancel)
        elif self._flow is Flow.RESIDENT_CHECK:
            residents.run_resident_check(dialogue, publish, cancel)
        else:
            residents.run_withdrawal(dialogue, publish, cancel)

    def _run(self, serve: Serve, dialogue: "MinorDialogue") -> None:
        """The visit thread: top of a thread, so nothing may escape."""
        try:
            serve(dialogue, self.publish, self._cancel)
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
        self._cause = None
        self._page, self._step, self._code = "Idle", -1, None
        self._flow, self._working = Flow.VISITOR, State.IDLE
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
        """Present one of the flow's steps, from 0; -1 when nobody is served."""
        return self._step

    @Property(list, notify=changed)
    def reached(self) -> list[int]:
        """The steps that were really taken: a visit may end before, or leave one out."""
        return sorted(self._reached)

    @Property(bool, constant=True)
    def residents(self) -> bool:
        """Whether residents can register here."""
        return self._residents is not None

    @Property(str, notify=changed)
    def flow(self) -> str:
        """What is being done: a name of `Flow`."""
        return self._flow.value

    @Property(bool, notify=changed)
    def keeping(self) -> bool:
        """Whether an enrolment is being written down."""
        return self._working is State.KEEP

    @Property(bool, notify=changed)
    def pressed(self) -> bool:
        """Whether the pilot is pressing the button."""
        return self._pressed

    @Property(str, notify=changed)
    def staffCode(self) -> str:
        """The stable code, small, for staff; or ""."""
        code = self._cause if self._page == "Result" else self._code
        return code.value if code else ""

    @Property(str, notify=changed)
    def faultText(self) -> str:
        """What the fault is and who does what about it, or ""."""
        return self._display.say("error", self._code) if self._code else ""
