"""Whether somebody is at the office: notices keys and touches, and tells when they stop."""

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtQuick import QQuickWindow

IDLE_LOCK_MS = 10 * 60_000
"""Nobody touched key or screen for so long: locked (U-4)."""
_SIGN_IN_LEFT_MS = 90_000
_TOUCH_MS = 20_000
_USES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.TouchBegin,
        QEvent.Type.Wheel,
    }
)


class Presence(QObject):
    """Lives on the Qt thread. Takes no event away."""

    idle = Signal()
    """Whoever is signed in did nothing for ten minutes."""
    left = Signal()
    """Nobody went on with the sign-in."""
    due = Signal(bool)
    """At most once in a while, while the office covers the screen; whether it was used since."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._idle = QTimer(self, singleShot=True, interval=IDLE_LOCK_MS)
        self._idle.timeout.connect(self.idle)
        self._left = QTimer(self, singleShot=True, interval=_SIGN_IN_LEFT_MS)
        self._left.timeout.connect(self.left)
        self._touch = QTimer(self, interval=_TOUCH_MS)
        self._touch.timeout.connect(self._on_touch_due)
        self._used = False

    def watch(self, window: QQuickWindow) -> None:
        """The window whose keys and touches count."""
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Notice that somebody is there."""
        if event.type() in _USES:
            self._used = True
            for timer in (self._idle, self._left):
                if timer.isActive():
                    timer.start()
        return False

    def at_entrance(self) -> None:
        """The sign-in is shown: after a while without a touch it is given up."""
        self._idle.stop()
        self._left.start()
        self._touch.start()

    def inside(self) -> None:
        """Somebody is signed in."""
        self._left.stop()
        self._idle.start()

    def gone(self) -> None:
        """The visitor's pages have the screen."""
        for timer in (self._idle, self._left, self._touch):
            timer.stop()

    def _on_touch_due(self) -> None:
        used, self._used = self._used, False
        self.due.emit(used)
