"""Devices that are written down here, for pictures and tests. None of them is there."""

from dataclasses import replace

from station.office_view import DeviceLine


def _line(kind: str, name: str, identity: str, port: str, state: str) -> DeviceLine:
    return DeviceLine(
        kind,
        name,
        identity,
        allowed=state == "ALLOWED",
        present=True,
        id=f"{kind}{port}",
        port=port,
        state=state,
        measured=state != "ALLOWED" or kind != "camera",
    )


class StillDevices:
    """What is plugged in; remembers what was asked of it."""

    def __init__(self) -> None:
        self.lines: tuple[DeviceLine, ...] = (
            _line("camera", "Desk camera 1080p", "046d:0825:a1b2c3", "1-2", "ALLOWED"),
            _line("camera", "Desk camera 1080p", "046d:0825:d4e5f6", "1-4", "UNKNOWN"),
            _line("camera", "Screen capture", "/dev/video9", "", "SOFTWARE"),
            _line("reader", "/dev/serial/by-id/usb-SAM", "1a86:7523:3210", "1-3", "ALLOWED"),
        )
        self.calls: list[str] = []

    def allow(self, device: str) -> None:
        """It takes the place of the one before."""
        self.calls.append(f"allow {device}")
        kind = next(one.kind for one in self.lines if one.id == device)
        self.lines = tuple(
            replace(one, state="ALLOWED" if one.id == device else "UNKNOWN")
            if one.kind == kind and one.state != "SOFTWARE"
            else one
            for one in self.lines
        )

    def withdraw(self, kind: str) -> None:
        """None of this kind is registered."""
        self.calls.append(f"withdraw {kind}")
        others = tuple(
            replace(one, state="UNKNOWN") if one.kind == kind and one.state == "ALLOWED" else one
            for one in self.lines
        )
        none = DeviceLine(kind, "", "", allowed=False, present=False, state="WITHDRAWN")
        self.lines = (*others, none)
