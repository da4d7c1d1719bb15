"""Closing the station: a page of its own that says what it means, so nobody does it by a slip."""

from PySide6.QtCore import Property, Signal

from station.office_view import Today
from ui.office.page import OfficePage


class ClosePage(OfficePage):
    """The effect in figures; `officeBridge.close_station` asks the core and does it."""

    shown = Signal()

    def clear(self) -> None:
        """Drop the figures."""
        self._today: Today | None = None

    def load(self) -> None:
        """Ask for the figures of the day."""
        self.ask(self.desk.service.today, self._show)

    def _show(self, today: Today) -> None:
        self._today = today

    @Property(int, notify=shown)
    def visits(self) -> int:
        """Visits that ended here today."""
        return 0 if self._today is None else self._today.visits

    @Property(int, notify=shown)
    def waiting(self) -> int:
        """Requests that wait for this person and stay."""
        return 0 if self._today is None else self._today.waiting
