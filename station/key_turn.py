"""Whose turn the readers are: a person's who is served, or a security key's. Never both.

A key is looked for on every card reader, the one for documents too. While somebody is served, what
lies there is theirs, and nothing touches it before they have agreed: no key is asked for then, and
a question under way ends when a visit begins.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from station.errors import AccessError, ErrorCode
from station.key_process import KeyReader, Told
from station.security_key import KeyAnswer, KeyQuestion, SecurityKeys

PATIENCE_S = 3.0
"""How long either waits for the other's end: a purge under way, a key's process being killed."""
Make = Callable[[Told, threading.Event], SecurityKeys]


class KeyTurn:
    """The turns of one desk. Safe from any thread."""

    def __init__(self, make: Make = KeyReader, patience_s: float = PATIENCE_S) -> None:
        self._make = make
        self._patience_s = patience_s
        self._turn = threading.Condition()
        self._serving = 0
        self._closed = False
        self._asked: list[threading.Event] = []

    def reader(
        self, told: Told = lambda _step: None, cancel: threading.Event | None = None
    ) -> SecurityKeys:
        """As `KeyReader`, in turn; `cancel` is set as well when a visit takes the turn away."""
        return _InTurn(self, self._make, told, cancel or threading.Event())

    @contextmanager
    def serving(self) -> Iterator[None]:
        """One visit, enrolment or check."""
        with self._turn:
            self._serving += 1
            self._stop_asking()
        try:
            yield
        finally:
            with self._turn:
                self._serving -= 1
                self._turn.notify_all()

    @contextmanager
    def asking(self, cancel: threading.Event) -> Iterator[None]:
        """One question to a key. Raises `AccessError(KEY_NOT_IN_TURN)` while somebody is served."""
        with self._turn:
            free = self._turn.wait_for(
                lambda: self._closed or not self._serving, timeout=self._patience_s
            )
            if not free or self._closed:
                raise AccessError(ErrorCode.KEY_NOT_IN_TURN)
            self._asked.append(cancel)
        try:
            yield
        finally:
            with self._turn:
                self._asked.remove(cancel)
                self._turn.notify_all()

    def close(self) -> None:
        """The station closes: nobody is asked any more, nor waits for a key."""
        with self._turn:
            self._closed = True
            self._stop_asking()
            self._turn.notify_all()

    def _stop_asking(self) -> None:
        for cancel in self._asked:
            cancel.set()
        self._turn.wait_for(lambda: not self._asked, timeout=self._patience_s)


class _InTurn:
    def __init__(self, turn: KeyTurn, make: Make, told: Told, cancel: threading.Event) -> None:
        self._turn, self._cancel = turn, cancel
        self._keys = make(told, cancel)

    def show(self, question: KeyQuestion) -> KeyAnswer | None:
        with self._turn.asking(self._cancel):
            return self._keys.show(question)

    def make(self, question: KeyQuestion) -> bytes:
        with self._turn.asking(self._cancel):
            return self._keys.make(question)
