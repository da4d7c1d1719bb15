"""Waits until a security key is there: a USB device that says it is one, or a card that does.

Of a device only its kernel's description is compared, of a card only the status word of the FIDO
application's SELECT (CTAP 2.1, 11.3.3): nothing else of a stranger's key is looked at here.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from drivers.card import pcsc
from drivers.card.apdu import CommandApdu, Instruction, Transport
from station.errors import AccessError, CardError, ErrorCode

FIDO_APPLICATION = bytes.fromhex("a0000006472f0001")
_POLL_S = 0.2
_SETTLE_S = 1.0
_HID = Path("/sys/class/hidraw")
_DEV = Path("/dev")
_MOST_DESCRIPTOR_BYTES = 4096
# Usage page 0xF1D0, usage 1 (CTAP 2.1, 11.2.8.1).
_FIDO_USAGE = bytes.fromhex("06d0f10901")
# Success, or success with more to fetch (T=0).
_SELECTED = (0x90, 0x61)


@dataclass(frozen=True, slots=True)
class HidKey:
    """A key on USB, by its device node."""

    node: Path


@dataclass(frozen=True, slots=True)
class CardKey:
    """A key on a card reader, with the FIDO application selected."""

    transport: Transport


def wait_for_key(deadline: float, hid: Path = _HID, dev: Path = _DEV) -> HidKey | CardKey:
    """The first key there is; `deadline` is on the monotonic clock.

    Raises `AccessError` when the time is over: KEY_ABSENT; KEY_NOT_PERMITTED for a USB key this
    program may not open; KEY_UNREADABLE where only other cards lay on the readers; READER_BUSY.
    """
    seen = ErrorCode.KEY_ABSENT
    strangers: set[str] = set()
    while True:
        nodes = [dev / name for name in hid_keys(hid)]
        for node in nodes:
            if os.access(node, os.R_OK | os.W_OK):
                return HidKey(node)
        if nodes:
            seen = ErrorCode.KEY_NOT_PERMITTED
        present = pcsc.readers_with_card()
        strangers.intersection_update(present)
        for reader in present:
            if reader in strangers:
                continue
            found = _selected(reader)
            if isinstance(found, CardKey):
                return found
            seen = found
            if found is ErrorCode.KEY_UNREADABLE:
                strangers.add(reader)
        if time.monotonic() >= deadline:
            raise AccessError(seen)
        time.sleep(_POLL_S)


def hid_keys(hid: Path = _HID) -> list[str]:
    """Names of the USB devices whose report descriptor is a security key's."""
    found = []
    for node in sorted(hid.glob("hidraw[0-9]*")):
        try:
            with (node / "device" / "report_descriptor").open("rb") as file:
                if _FIDO_USAGE in file.read(_MOST_DESCRIPTOR_BYTES):
                    found.append(node.name)
        except OSError:
            # Pulled out while we look.
            continue
    return found


def _selected(reader: str) -> CardKey | ErrorCode:
    """The card on `reader` as a key, or why it is none."""
    try:
        transport = pcsc.connector(reader, _SETTLE_S)(Event())
    except CardError as error:
        busy = error.code is ErrorCode.READER_BUSY
        return error.code if busy else ErrorCode.KEY_ABSENT
    select = CommandApdu(0x00, Instruction.SELECT, 0x04, 0x00, FIDO_APPLICATION, 256)
    try:
        answer = transport.transmit(select.encode())
    except CardError:
        transport.close()
        return ErrorCode.KEY_ABSENT
    if answer[-2] not in _SELECTED:
        transport.close()
        return ErrorCode.KEY_UNREADABLE
    return CardKey(transport)
