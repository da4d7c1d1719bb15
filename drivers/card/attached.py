"""Which document readers are plugged in, who they are, and whether the registered one is there.

Identity comes from sysfs (USB ids, serial number, port), as for cameras: a serial line says nothing
of itself, and a PC/SC name only what its maker chose. Nothing is opened here.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.sysfs import first_line
from station.booth.messages import NONE_ALLOWED
from station.errors import CardError, ErrorCode

SYSFS = Path("/sys")
DEV = Path("/dev")

_MOST = 32
_CHIP_CARD_CLASS = "0b"
"""USB interface class of chip card devices (CCID)."""
_USB_FOLDER = "bus/usb/devices"
_LINES = re.compile(r"tty(USB|ACM)[0-9]{1,3}")
_SOFTWARE_BUSES = ("/virtual/", "dummy_hcd", "dummy_udc", "vhci_hcd", "usbip")


@dataclass(frozen=True, slots=True)
class AttachedReader:
    """One reader. `identity` is "VID:PID:serial", lower case, or "" where it cannot be told."""

    kind: str
    """"pcsc" or "sam": what the configuration calls it."""
    name: str
    """PC/SC name, or path of the serial line."""
    identity: str
    bus_path: str
    software: bool
    """On a bus that software can pretend to be."""


@dataclass(frozen=True, slots=True)
class _Usb:
    product: str
    serial: str
    identity: str
    bus_path: str
    software: bool


def pcsc_names() -> list[str]:
    """PC/SC names attached now; none where the client library or the service is missing."""
    try:
        from drivers.card.pcsc import reader_names
    except ImportError:
        return []
    return reader_names()


def list_readers(
    names: Callable[[], list[str]] = pcsc_names, sysfs: Path = SYSFS, dev: Path = DEV
) -> tuple[AttachedReader, ...]:
    """PC/SC readers by name, then USB serial lines; a built-in serial port cannot be told apart."""
    # One with two slots has an interface for each, and is one device all the same.
    chips = tuple(dict.fromkeys(_chip_card_devices(sysfs)))
    found = [_pcsc(name, chips) for name in names()[:_MOST]]
    return (*found, *_serial_lines(sysfs, dev))


def require_registered(
    kind: str, name: str, identity: str, readers: Callable[[], tuple[AttachedReader, ...]]
) -> None:
    """Raises `CardError(READER_NOT_ALLOWED)` where another reader is in the registered one's place.

    `identity` is the registered one; "" lets any pass, `NONE_ALLOWED` none. A reader that is not
    there at all is told by whoever opens it.
    """
    if not identity:
        return
    if identity == NONE_ALLOWED:
        raise CardError(ErrorCode.READER_NOT_ALLOWED)
    wanted = identity.lower()
    here = [one for one in readers() if one.kind == kind]
    if name:
        here = [one for one in here if _node(one.name) == _node(name)]
        others = bool(here) and all(one.identity != wanted for one in here)
    else:
        # Without a name whichever holds a card is opened.
        others = any(one.identity != wanted for one in here)
    if others:
        raise CardError(ErrorCode.READER_NOT_ALLOWED)


def _node(name: str) -> str:
    """A serial line by its node: the links of /dev/serial lead to it."""
    path = Path(name)
    return str(path.resolve()) if path.is_absolute() else name


def _pcsc(name: str, chips: tuple[_Usb, ...]) -> AttachedReader:
    # The driver writes "product [interface] (serial) 00 00"; not every one writes the serial.
    by_serial = [one for one in chips if one.serial and f"({one.serial})" in name]
    by_name = [one for one in chips if one.product and one.product in name]
    for found in (by_serial, by_name):
        if len(found) == 1:
            (one,) = found
            return AttachedReader("pcsc", name, one.identity, one.bus_path, one.software)
    return AttachedReader("pcsc", name, "", "", software=False)


def _chip_card_devices(sysfs: Path) -> Iterator[_Usb]:
    folder = sysfs / _USB_FOLDER
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir())[: 8 * _MOST]:
        if first_line(entry / "bInterfaceClass") == _CHIP_CARD_CLASS:
            found = _usb(entry.resolve().parent)
            if found is not None:
                yield found


def _serial_lines(sysfs: Path, dev: Path) -> Iterator[AttachedReader]:
    folder = sysfs / "class" / "tty"
    if not folder.is_dir():
        return
    named = sorted(entry for entry in folder.iterdir() if _LINES.fullmatch(entry.name))
    for entry in named[:_MOST]:
        usb = _usb_above((entry / "device").resolve(), sysfs)
        if usb is not None:
            path = _lasting(dev, dev / entry.name)
            yield AttachedReader("sam", str(path), usb.identity, usb.bus_path, usb.software)


def _lasting(dev: Path, node: Path) -> Path:
    """The link that names the device itself: a node's number is drawn anew at every plugging."""
    folder = dev / "serial" / "by-id"
    if folder.is_dir():
        for link in sorted(folder.iterdir())[:_MOST]:
            if link.resolve() == node:
                return link
    return node


def _usb_above(folder: Path, sysfs: Path) -> _Usb | None:
    for one in (folder, *folder.parents):
        if one in (sysfs, one.parent):
            return None
        if (found := _usb(one)) is not None:
            return found
    return None


def _usb(folder: Path) -> _Usb | None:
    vendor, product = (
        first_line(folder / "idVendor").lower(),
        first_line(folder / "idProduct").lower(),
    )
    if not (re.fullmatch("[0-9a-f]{4}", vendor) and re.fullmatch("[0-9a-f]{4}", product)):
        return None
    serial = re.sub(r"[^0-9a-zA-Z._-]", "", first_line(folder / "serial"))
    return _Usb(
        first_line(folder / "product"),
        serial,
        f"{vendor}:{product}:{serial.lower()}",
        folder.name,
        any(bus in str(folder) for bus in _SOFTWARE_BUSES),
    )
