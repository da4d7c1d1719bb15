"""One's own second factor: a security key in place of one-time codes."""

from PySide6.QtCore import Property, QObject, Signal, Slot

from station.gate import Session
from ui.office.desk import OfficeDesk
from ui.office.errands import Errands
from ui.office.key_wait import KeyWait
from ui.office.page import OfficePage


class MyKeyPage(OfficePage):
    """Shows which second factor the person has, and registers a key."""

    shown = Signal()

    def __init__(self, parent: QObject, desk: OfficeDesk) -> None:
        # A key may be waited for half a minute: nobody else's page waits with it.
        super().__init__(parent, desk, Errands(parent))
        self._wait = KeyWait(self)

    def clear(self) -> None:
        """Forget whose factor it was."""
        self._kind = ""

    def load(self) -> None:
        """Ask which factor it is."""
        self.ask(self.desk.service.second_factor, self._show)

    def close(self) -> None:
        """The window is being closed: no key is waited for any longer."""
        self._wait.cancel()
        self._errands.close()

    @Slot(str)
    def register(self, password: str) -> None:
        """Have a key registered; both the password and two touches are needed."""
        if self.property("busy") or not password:
            return
        self.dismiss()
        hand, service = self._wait.begin(), self.desk.service

        def take(session: Session) -> None:
            service.take_key(session, password, hand)

        def taken(_: None) -> None:
            self.tell("key_taken")
            self.load()

        self.ask(take, taken)

    def _show(self, kind: str) -> None:
        self._kind = kind

    @Property(QObject, constant=True)
    def wait(self) -> KeyWait:
        """What the picture of the waiting shows."""
        return self._wait

    @Property(bool, notify=shown)
    def hasKey(self) -> bool:
        """Whether this person signs in with a key."""
        return self._kind == "FIDO2"
