"""Slow work off the Qt thread; its answers come back on the Qt thread."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from station.errors import ErrorCode, StationError

Answer = TypeVar("Answer")
Done = Callable[[Answer], None]
Failed = Callable[[ErrorCode | None], None]
"""Told what the core refused by, or None for a fault of our own."""


class Errands(QObject):
    """Owns its worker threads. What was asked before `forget` is never answered after it.

    A late answer would put the page of the person before on the screen of the next one.
    """

    _answered = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        # Two: a slow self-check must not keep the next page empty.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="office")
        self._round = 0
        self._answered.connect(self._on_answered, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], Answer],
        done: Done[Answer],
        failed: Failed,
        late: Done[Answer] | None = None,
    ) -> None:
        """Do `work` on a worker thread, then `done` or `failed` on the Qt thread.

        `late` is told instead of `done` once it was forgotten, for what must not stay as it is.
        """
        began = self._round

        def answer(reply: Callable[[], None], unwanted: Callable[[], None] | None = None) -> None:
            self._answered.emit((began, reply, unwanted))

        def carry_out() -> None:
            """Top of a thread: nothing may escape."""
            try:
                found = work()
            except StationError as error:
                code = error.code
                answer(lambda: failed(code))
            except Exception as bug:
                # Type only: the message of an unexpected error could hold personal data.
                sys.stderr.write(f"office errand ended by {type(bug).__name__}\n")
                answer(lambda: failed(None))
            else:
                answer(lambda: done(found), None if late is None else lambda: late(found))

        self._threads.submit(carry_out)

    def forget(self) -> None:
        """Drop every answer that has not been given yet."""
        self._round += 1

    def close(self) -> None:
        """Wait for the errands in hand; drop the others."""
        self.forget()
        self._threads.shutdown(wait=True, cancel_futures=True)

    @Slot(object)
    def _on_answered(
        self, posted: tuple[int, Callable[[], None], Callable[[], None] | None]
    ) -> None:
        began, reply, unwanted = posted
        if began == self._round:
            reply()
        elif unwanted is not None:
            unwanted()
