"""`MinorDialogue` on the Qt screens: asked on the visit thread, answered on the Qt thread."""

import threading
import time
from collections.abc import Callable
from queue import Empty, Queue
from typing import Any

from PySide6.QtCore import QObject, Signal

from consent.notice import Notice
from station.events import Flow
from station.model import (
    Answer,
    Claim,
    ComparisonResult,
    DocumentCheck,
    IdentityRecord,
    Language,
    Purpose,
)
from station.ports import AccessKeyReply, Cancelled, NoticeReply

_POLL_S = 0.05
_PAINT_WAIT_S = 1.0
_PILOT_WAIT_S = 60.0


class QtDialogue(QObject):
    """Posts each question to the Qt thread and waits for the one answer that belongs to it.

    The `answer_…` and `acknowledge_now` methods are for the demo's pilot: they may be called from
    any thread, wait until the question is on the screen, and press its button visibly.
    """

    consent_asked = Signal(object)
    key_asked = Signal()
    claim_asked = Signal()
    check_only_asked = Signal()
    erasure_asked = Signal()
    child_asked = Signal(object, object)
    prompt_asked = Signal(int, str, object)
    light_asked = Signal(str, object)
    identity_read = Signal(object, object)
    forgotten = Signal()
    closed = Signal()
    outcome_asked = Signal()
    consent_pressed = Signal(object, object)
    key_typed = Signal(object)
    claim_typed = Signal(str)
    yes_no_pressed = Signal(bool)
    acknowledge_pressed = Signal()
    visit_wanted = Signal(object)
    quit_wanted = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._open = self._asked = ""
        self._answers: Queue[Any] = Queue()
        self._changed = threading.Condition()
        self._forget_done = threading.Event()
        self._idle = threading.Event()
        self._idle.set()

    # Called by the visit, on its thread

    def ask_consent(self, notice: Notice, cancel: threading.Event) -> NoticeReply:
        """Show the notice to its end, then ask. Raises `Cancelled`."""
        answers = self._begin("consent", lambda: self.consent_asked.emit(notice))
        reply: NoticeReply = self._wait(answers, cancel)
        return reply

    def ask_access_key(self, cancel: threading.Event) -> AccessKeyReply:
        """Ask for the MRZ items. Raises `Cancelled`."""
        answers = self._begin("key", self.key_asked.emit)
        reply: AccessKeyReply = self._wait(answers, cancel)
        return reply

    def ask_claim(self, cancel: threading.Event) -> Claim | None:
        """Ask who somebody is; None for "with my document". Raises `Cancelled`."""
        answers = self._begin("claim", self.claim_asked.emit)
        claim: Claim | None = self._wait(answers, cancel)
        return claim

    def ask_check_only(self, cancel: threading.Event) -> bool:
        """Ask whether to check once though nothing will be kept. Raises `Cancelled`."""
        answers = self._begin("yes_no", self.check_only_asked.emit)
        return bool(self._wait(answers, cancel))

    def ask_erasure(self, cancel: threading.Event) -> bool:
        """Ask whether to erase everything that is kept. Raises `Cancelled`."""
        answers = self._begin("yes_no", self.erasure_asked.emit)
        return bool(self._wait(answers, cancel))

    def ask_child(self, notice: Notice, language: Language, cancel: threading.Event) -> bool:
        """Show the child its own summary and ask whether it is willing. Raises `Cancelled`."""
        answers = self._begin("child", lambda: self.child_asked.emit(notice, language))
        return bool(self._wait(answers, cancel))

    def show_prompt(self, index: int, action: str) -> int:
        """Paint a prompt; CLOCK_MONOTONIC ns of the frame that shows it.

        A frame that never comes (a screen switched off) must not hang the visit: after a second
        the present time is taken, which is late and so never favours an early answer.
        """
        painted: Queue[int] = Queue(1)
        self.prompt_asked.emit(index, action, painted)
        try:
            return painted.get(timeout=_PAINT_WAIT_S)
        except Empty:
            return time.monotonic_ns()

    def show_light(self, light: str) -> int:
        """Light the face with the whole screen; CLOCK_MONOTONIC ns of the frame that does."""
        painted: Queue[int] = Queue(1)
        self.light_asked.emit(light, painted)
        try:
            return painted.get(timeout=_PAINT_WAIT_S)
        except Empty:
            return time.monotonic_ns()

    def show_identity(self, identity: IdentityRecord, check: DocumentCheck) -> None:
        """Show the fields just read; dropped by `forget`."""
        self.identity_read.emit(identity, check)

    def show_comparison(self, comparison: ComparisonResult) -> None:
        """Nothing: this is the visitor's screen, and a score belongs on the operator's (C3-1)."""

    def acknowledge(self, cancel: threading.Event, timeout_s: float) -> None:
        """Leave the outcome on screen until acknowledged or the time is up. Raises `Cancelled`."""
        answers = self._begin("outcome", self.outcome_asked.emit)
        self._wait(answers, cancel, timeout_s)

    def forget(self) -> None:
        """Drop everything personal, and return only when the Qt thread has done so."""
        if threading.current_thread() is threading.main_thread():
            self.forgotten.emit()
            return
        self._forget_done.clear()
        self.forgotten.emit()
        self._forget_done.wait(_PAINT_WAIT_S)

    # Called by the stage, on the Qt thread

    def forget_done(self) -> None:
        """The Qt thread has dropped everything."""
        self._forget_done.set()

    def idle_reached(self) -> None:
        """Nobody is served any more."""
        self._idle.set()

    def reply(self, question: str, value: object) -> None:
        """Answer the open question; an answer to a question no longer open is dropped."""
        with self._changed:
            if self._open == question:
                self._open = ""
                self._answers.put(value)

    # Called by the pilot, on any thread

    def begin_visit(self, flow: Flow = Flow.VISITOR) -> None:
        """Press the way in as soon as the idle page is there. Raises `TimeoutError`."""
        self.wait_until_idle()
        self._idle.clear()
        self.visit_wanted.emit(flow)

    def answer_consent(self, answer: Answer, agreed: frozenset[Purpose] = frozenset()) -> None:
        """Scroll, tick and press; `agreed` are the ticks where there are several.

        Raises `TimeoutError` when the question does not come.
        """
        self._await_question("consent")
        self.consent_pressed.emit(answer, agreed)

    def answer_claim(self, number: str) -> None:
        """Type the resident number and press, or with "" choose the document.

        Raises `TimeoutError` when the question does not come.
        """
        self._await_question("claim")
        self.claim_typed.emit(number)

    def answer_yes_no(self, *, yes: bool) -> None:
        """Press a button of a plain question. Raises `TimeoutError` when it does not come."""
        self._await_question("yes_no")
        self.yes_no_pressed.emit(yes)

    def answer_access_key(self, reply: AccessKeyReply) -> None:
        """Type the items and press. Raises `TimeoutError` when the question does not come."""
        self._await_question("key")
        self.key_typed.emit(reply)

    def acknowledge_now(self) -> None:
        """Press the outcome's button. Raises `TimeoutError` when no outcome is waiting."""
        self._await_question("outcome")
        self.acknowledge_pressed.emit()

    def wait_until_idle(self) -> None:
        """Wait until the next person could start. Raises `TimeoutError`."""
        if not self._idle.wait(_PILOT_WAIT_S):
            raise TimeoutError("idle")

    def close_kiosk(self) -> None:
        """Close the window after the visit in hand has been purged."""
        self.quit_wanted.emit()

    def _begin(self, question: str, ask: Callable[[], object]) -> Queue[Any]:
        with self._changed:
            self._open, self._answers = question, Queue(1)
            answers = self._answers
        ask()
        with self._changed:
            # Only now may the pilot answer: its press must reach Qt after the question.
            self._asked = question
            self._changed.notify_all()
        return answers

    def _wait(
        self, answers: Queue[Any], cancel: threading.Event, timeout_s: float | None = None
    ) -> Any:  # noqa: ANN401 - each question has its own type of answer
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        try:
            while not cancel.is_set():
                try:
                    return answers.get(timeout=_POLL_S)
                except Empty:
                    if deadline is not None and time.monotonic() >= deadline:
                        return None
        finally:
            with self._changed:
                self._open = self._asked = ""
            self.closed.emit()
        raise Cancelled

    def _await_question(self, question: str) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._asked == question, _PILOT_WAIT_S):
                raise TimeoutError(question)
