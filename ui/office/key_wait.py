"""Waiting for a security key on the screen: what to do with it now, and for how long."""

import threading
import time

from PySide6.QtCore import Property, QObject, Qt, QTimer, Signal, Slot

from station.key_wire import KEY_WAIT_S, KeyStep
from station.security_key import KeyHand

_TICK_MS = 250


class KeyWait(QObject):
    """Belongs to whoever asks: anything with `busy`, `changed` and `dismiss`. On the Qt thread.

    The waiting is over when its owner is not busy any more, for whatever reason: then the key is
    not asked any longer either.
    """

    changed = Signal()
    _stepped = Signal(object, str)

    def __init__(self, owner: QObject) -> None:
        super().__init__(owner)
        self._owner = owner
        self._hand: KeyHand | None = None
        self._step = ""
        self._began_s = 0.0
        self._cancelled = False
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self.changed)
        self._stepped.connect(self._on_stepped, Qt.ConnectionType.QueuedConnection)
        owner.changed.connect(self._on_owner_changed)  # type: ignore[attr-defined]

    def begin(self) -> KeyHand:
        """What a worker thread asks a key with, from now on. Its owner is busy right after."""
        cancel = threading.Event()
        hand = KeyHand(lambda step: self._stepped.emit(cancel, step.value), cancel)
        self._hand, self._cancelled = hand, False
        self._show(KeyStep.INSERT)
        self._tick.start()
        return hand

    @Slot()
    def cancel(self) -> None:
        """Whoever waits does not want to any more; nothing was tried."""
        if self._hand is not None:
            self._cancelled = True
            self._hand.cancel.set()
            self._end()

    def _show(self, step: str) -> None:
        # Each step has the whole time: a key may take that long to be found, and to be touched.
        self._step, self._began_s = step, time.monotonic()
        self.changed.emit()

    def _end(self) -> None:
        self._hand, self._step = None, ""
        self._tick.stop()
        self.changed.emit()

    @Slot(object, str)
    def _on_stepped(self, cancel: threading.Event, step: str) -> None:
        if self._hand is not None and self._hand.cancel is cancel:
            self._show(step)

    def _on_owner_changed(self) -> None:
        if self._owner.property("busy"):
            return
        if self._hand is not None:
            self._hand.cancel.set()
            self._end()
        if self._cancelled:
            self._cancelled = False
            self._owner.dismiss()  # type: ignore[attr-defined]

    @Property(str, notify=changed)
    def step(self) -> str:
        """ "INSERT", "TOUCH", or "" while no key is waited for."""
        return self._step

    @Property(int, notify=changed)
    def left(self) -> int:
        """Seconds until the waiting is given up."""
        gone_s = time.monotonic() - self._began_s
        return max(0, round(KEY_WAIT_S - gone_s)) if self._step else 0

    @Property(float, notify=changed)
    def fraction(self) -> float:
        """How much of the time is left, 1 to 0."""
        gone_s = time.monotonic() - self._began_s
        return max(0.0, 1.0 - gone_s / KEY_WAIT_S) if self._step else 0.0
