"""The devices that are plugged in, and which of them may be used."""

from PySide6.QtCore import Property, Signal, Slot

from station.access import Act
from station.office_view import DeviceLine
from ui.office.page import OfficePage

_TONES = {"ALLOWED": "good", "SIMULATED": "neutral", "SOFTWARE": "stop", "WITHDRAWN": "stop"}
_MAY_ALLOW = "UNKNOWN"
_REGISTERED = ("ALLOWED", "ABSENT")
_CHOSEN = ("camera", "reader")


class DevicesPage(OfficePage):
    """A list, one device in full, and the question before it is allowed or withdrawn."""

    shown = Signal()
    listed = Signal()

    def clear(self) -> None:
        """Drop the list."""
        self._lines: tuple[DeviceLine, ...] = ()
        self._chosen = self._form = ""

    def load(self) -> None:
        """Ask for the devices."""
        self.ask(self.desk.service.devices, self._show)

    def _show(self, found: tuple[DeviceLine, ...]) -> None:
        self._lines = found
        if self._open() is None:
            self._chosen = self._form = ""
        self.rows_changed.emit()

    def _open(self) -> DeviceLine | None:
        named = {_id(one): one for one in self._lines}
        return named.get(self._chosen)

    def _may(self) -> bool:
        who = self.desk.signed_in
        return who is not None and Act.DEVICE_ALLOW in who.acts

    @Slot(str)
    def choose(self, device: str) -> None:
        """Show one device in full; "" for none."""
        self._chosen, self._form = device, ""
        self.changed.emit()

    @Slot(str)
    def begin(self, form: str) -> None:
        """Open the question before "allow" or "withdraw"; "" closes it."""
        self._form = form
        self.dismiss()

    @Slot()
    def submit(self) -> None:
        """Do what was asked about; the core says what is not allowed."""
        line, form, service = self._open(), self._form, self.desk.service
        if line is None:
            return
        device, kind = line.id, line.kind
        if form == "allow":
            self.act(
                lambda session: service.allow_device(session, device), "device_allowed", self._done
            )
        elif form == "withdraw":
            self.act(
                lambda session: service.withdraw_device(session, kind),
                "device_withdrawn",
                self._done,
            )

    def _done(self, _: None) -> None:
        self._form = ""

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, str]]:
        """Lines: "id", "kind", "name", "identity", "port", "state", "tone"."""
        return [self._row(line) for line in self._lines]

    def _row(self, line: DeviceLine) -> dict[str, str]:
        state = _state(line)
        return {
            "id": _id(line),
            "kind": self.desk.word("device", line.kind),
            "name": line.name or "–",
            "identity": line.identity or "–",
            "port": line.port or "–",
            "state": self.desk.word("state", state),
            "tone": _TONES.get(state, "caution"),
        }

    @Property(str, notify=shown)
    def chosen(self) -> str:
        """Id of the device in full, or ""."""
        return self._chosen

    @Property(str, notify=shown)
    def form(self) -> str:
        """The question that is open: "allow", "withdraw", or ""."""
        return self._form

    @Property(str, notify=shown)
    def kind(self) -> str:
        """ "camera" or "reader" of the device in full, or another word."""
        line = self._open()
        return "" if line is None else line.kind

    @Property(bool, notify=shown)
    def unmeasured(self) -> bool:
        """Whether it is a registered camera whose answer to exposure was never measured."""
        line = self._open()
        return line is not None and not line.measured

    @Property(bool, notify=shown)
    def software(self) -> bool:
        """Whether it is a program that plays a device."""
        line = self._open()
        return line is not None and line.state == "SOFTWARE"

    @Property(list, notify=shown)
    def choices(self) -> list[str]:
        """What may be done about the device in full: "allow", "withdraw"."""
        line = self._open()
        if line is None or line.kind not in _CHOSEN or not self._may():
            return []
        found = ["allow"] if line.state == _MAY_ALLOW and line.id else []
        states = {one.state for one in self._lines if one.kind == line.kind}
        # Where none is registered, any may be used: then each is the one to say "none" at.
        open_to_all = line.state == _MAY_ALLOW and not states & {*_REGISTERED, "WITHDRAWN"}
        return found + (["withdraw"] if line.state in _REGISTERED or open_to_all else [])


def _id(line: DeviceLine) -> str:
    # What is not there has none; it is one of its kind, wherever it stands in the list.
    return line.id or line.kind


def _state(line: DeviceLine) -> str:
    if line.state:
        return line.state
    if not line.present:
        return "ABSENT"
    return "ALLOWED" if line.allowed else "UNKNOWN"
