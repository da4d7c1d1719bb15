"""The devices this station uses or knows."""

from PySide6.QtCore import Property, Signal

from station.office_view import DeviceLine
from ui.office.page import OfficePage


class DevicesPage(OfficePage):
    """A list; registering a device is for a page of its own."""

    shown = Signal()
    listed = Signal()

    def clear(self) -> None:
        """Drop the list."""
        self._lines: tuple[DeviceLine, ...] = ()

    def load(self) -> None:
        """Ask for the devices."""
        self.ask(self.desk.service.devices, self._show)

    def _show(self, found: tuple[DeviceLine, ...]) -> None:
        self._lines = found
        self.rows_changed.emit()

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, str]]:
        """Lines: "id", "kind", "name", "identity", "state", "tone"."""
        return [
            {
                "id": str(at),
                "kind": self.desk.word("device", line.kind),
                "name": line.name or "–",
                "identity": line.identity or "–",
                "state": self.desk.word("state", _state(line)),
                "tone": "good" if line.present and line.allowed else "caution",
            }
            for at, line in enumerate(self._lines)
        ]


def _state(line: DeviceLine) -> str:
    if not line.present:
        return "ABSENT"
    return "ALLOWED" if line.allowed else "UNKNOWN"
