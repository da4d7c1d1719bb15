"""Closing the station: a page of its own, so that nobody does it by a slip."""

from ui.office.page import OfficePage


class ClosePage(OfficePage):
    """Shows what closing means; `officeBridge.close_station` asks the core and does it."""
