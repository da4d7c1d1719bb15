"""The self-check, line by line, in words."""

from PySide6.QtCore import Property, Signal

from station.office_view import HealthLine
from ui.office.page import OfficePage

_TONES = {"OK": "good", "NOTE": "caution", "FAULT": "stop"}
_ICONS = {"OK": "check", "NOTE": "hand", "FAULT": "warning"}
_ORDER = ("FAULT", "NOTE", "OK")


class HealthPage(OfficePage):
    """What `doctor` says, faults first."""

    shown = Signal()
    listed = Signal()

    def clear(self) -> None:
        """Drop the lines."""
        self._lines: tuple[HealthLine, ...] = ()

    def load(self) -> None:
        """Run the self-check; takes seconds."""
        language, service = self.desk.display.current, self.desk.service
        self.ask(lambda session: service.health(session, language), self._show)

    def _show(self, found: tuple[HealthLine, ...]) -> None:
        self._lines = tuple(sorted(found, key=lambda line: _ORDER.index(line.verdict)))
        self.rows_changed.emit()

    @Property(list, notify=listed)
    def rows(self) -> list[dict[str, str]]:
        """Lines: "id", "name", "state", "text", "tone", "icon"."""
        return [
            {
                "id": f"{line.name}{at}",
                "name": line.name,
                "state": self.desk.word("verdict", line.verdict),
                "text": f"{line.text} ({line.code})" if line.code else line.text,
                "tone": _TONES[line.verdict],
                "icon": _ICONS[line.verdict],
            }
            for at, line in enumerate(self._lines)
        ]

    @Property(int, notify=shown)
    def faults(self) -> int:
        """How many lines say that nobody can be served."""
        return sum(line.verdict == "FAULT" for line in self._lines)
