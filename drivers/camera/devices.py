"""Which cameras are plugged in, who they are, and which of them may be used.

Identity comes from sysfs (USB ids, serial number, bus path), never from the name a device gives
itself; names only ever add a reason to refuse.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from drivers.sysfs import first_line
from station.booth.messages import NONE_ALLOWED
from station.errors import CameraError, ErrorCode

SYSFS = Path("/sys")
DEV = Path("/dev")

_CLASS_FOLDER = "class/video4linux"
_UVC_DRIVER = "uvcvideo"
_MAX_NODES = 64
# Buses that software can pretend to be: a gadget looped back, USB over a network, platform nodes.
_SOFTWARE_BUSES = ("/virtual/", "dummy_hcd", "dummy_udc", "vhci_hcd", "usbip")
_SOFTWARE_NAMES = re.compile(
    r"loopback|dummy|virtual|\bobs\b|akvcam|vivid|vimc|droidcam|iriun|manycam|snap ?camera|"
    r"screen ?cap|fake",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CameraDevice:
    """One capture node. `identity` is "VID:PID:serial", lower case, serial possibly empty."""

    node: Path
    name: str
    driver: str
    identity: str
    bus_path: str
    software: bool
    """True for anything that is not a USB camera on a hardware bus."""


def list_cameras(sysfs: Path = SYSFS, dev: Path = DEV) -> tuple[CameraDevice, ...]:
    """All capture nodes in numerical order; a camera's extra metadata nodes are left out."""
    folder = sysfs / _CLASS_FOLDER
    if not folder.is_dir():
        return ()
    numbered = sorted(
        (int(entry.name[5:]), entry)
        for entry in folder.iterdir()
        if re.fullmatch(r"video[0-9]{1,4}", entry.name)
    )
    described = (_describe(entry, dev) for _, entry in numbered[:_MAX_NODES])
    return tuple(device for device in described if device is not None)


def choose_device(
    devices: tuple[CameraDevice, ...], node: str, identity: str, bus_path: str = ""
) -> CameraDevice:
    """The camera to open: the pinned `identity` at its `bus_path`, else `node`, else the first.

    A pinned camera is followed to whatever node it has now: nodes change when it is plugged in
    again. Raises `CameraError` CAMERA_NOT_FOUND, or CAMERA_NOT_ALLOWED for a virtual camera and
    for another camera in the pinned one's place: with another serial, at its port or node, or
    itself at another port (requirements U-6 and L-5). After a withdrawal (`NONE_ALLOWED`) every
    camera is one that is not allowed.
    """
    if identity == NONE_ALLOWED:
        raise CameraError(ErrorCode.CAMERA_NOT_ALLOWED)
    if identity:
        wanted = identity.lower()
        pinned = [d for d in devices if d.identity == wanted and bus_path in ("", d.bus_path)]
        at_node = [d for d in pinned if str(d.node) == node]
        found = at_node or pinned
        if not found and any(_is_in_place_of(d, node, wanted, bus_path) for d in devices):
            raise CameraError(ErrorCode.CAMERA_NOT_ALLOWED)
    elif node:
        found = [d for d in devices if str(d.node) == node]
    else:
        found = [d for d in devices if not d.software] or list(devices)
    if not found:
        raise CameraError(ErrorCode.CAMERA_NOT_FOUND)
    if found[0].software:
        raise CameraError(ErrorCode.CAMERA_NOT_ALLOWED)
    return found[0]


def _is_in_place_of(device: CameraDevice, node: str, identity: str, bus_path: str) -> bool:
    same_model = device.identity.rsplit(":", 1)[0] == identity.rsplit(":", 1)[0]
    at_port = bus_path != "" and device.bus_path == bus_path
    return same_model or at_port or str(device.node) == node


def _describe(entry: Path, dev: Path) -> CameraDevice | None:
    if first_line(entry / "index") not in ("", "0"):
        return None
    name = first_line(entry / "name")
    interface = (entry / "device").resolve()
    usb = interface.parent
    driver = (interface / "driver").resolve().name if (interface / "driver").exists() else ""
    vendor, product = first_line(usb / "idVendor").lower(), first_line(usb / "idProduct").lower()
    is_usb = bool(re.fullmatch("[0-9a-f]{4}", vendor) and re.fullmatch("[0-9a-f]{4}", product))
    serial = re.sub(r"[^0-9a-zA-Z._-]", "", first_line(usb / "serial")).lower()
    location = str(entry.resolve()) + "\n" + str(interface)
    software = (
        not is_usb
        or driver != _UVC_DRIVER
        or any(bus in location for bus in _SOFTWARE_BUSES)
        or _SOFTWARE_NAMES.search(name) is not None
    )
    return CameraDevice(
        node=dev / entry.name,
        name=name,
        driver=driver,
        identity=f"{vendor}:{product}:{serial}" if is_usb else "",
        bus_path=usb.name if is_usb else "",
        software=software,
    )
