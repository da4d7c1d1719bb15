"""The USB side of a `SoftKey`: CTAPHID packets (CTAP 2.1, 11.2) over a connection in memory.

In place of the kernel's hidraw node, which only a plugged-in key gives.
"""

import struct
from collections import deque

from fido2.hid import CAPABILITY, CTAPHID, TYPE_INIT, CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor

from tests.soft_key import SoftKey

_PACKET = 64
_BROADCAST, _CHANNEL = 0xFFFFFFFF, 0x01020304


class SoftHid(CtapHidConnection):
    """One open connection to a key; `unplugged_after` so many packets it is gone."""

    def __init__(self, key: SoftKey, unplugged_after: int | None = None) -> None:
        self._key = key
        self._packets = 0
        self._unplugged_after = unplugged_after
        self._command, self._wanted, self._message = 0, 0, b""
        self._answers: deque[bytes] = deque()
        self._waits = False

    def open(self) -> CtapHidDevice:
        """As the library opens a node: asks for a channel."""
        return CtapHidDevice(HidDescriptor("soft", 0, 0, _PACKET, _PACKET, None, None), self)

    def write_packet(self, data: bytes) -> None:
        self._count()
        (channel,) = struct.unpack_from(">I", data)
        assert channel in (_BROADCAST, _CHANNEL) and len(data) == _PACKET
        if not data[4] & TYPE_INIT:
            self._message += data[5:]
        else:
            self._command, self._wanted = struct.unpack_from(">BH", data, 4)
            self._message = data[7:]
        if len(self._message) >= self._wanted:
            self._take(channel, self._command & ~TYPE_INIT, self._message[: self._wanted])

    def read_packet(self) -> bytes:
        self._count()
        if not self._answers:
            assert self._waits
            self._hear(self._key.go_on())
        return self._answers.popleft()

    def close(self) -> None:
        self._answers.clear()

    def _take(self, channel: int, command: int, message: bytes) -> None:
        if command == CTAPHID.INIT:
            offered = struct.pack(">IBBBBB", _CHANNEL, 2, 1, 0, 0, CAPABILITY.CBOR)
            self._send(channel, command, message + offered)
        elif command == CTAPHID.CANCEL:
            if self._waits:
                self._hear(self._key.go_on(cancel=True))
        else:
            assert command == CTAPHID.CBOR
            self._hear(self._key.begin(message))

    def _hear(self, answer: bytes | None) -> None:
        self._waits = answer is None
        if answer is None:
            self._send(_CHANNEL, CTAPHID.KEEPALIVE, b"\x02")
        else:
            self._send(_CHANNEL, CTAPHID.CBOR, answer)

    def _send(self, channel: int, command: int, data: bytes) -> None:
        head = struct.pack(">IBH", channel, TYPE_INIT | command, len(data))
        first = _PACKET - len(head)
        packets, rest = [head + data[:first]], data[first:]
        while rest:
            packets.append(struct.pack(">IB", channel, len(packets) - 1) + rest[: _PACKET - 5])
            rest = rest[_PACKET - 5 :]
        self._answers.extend(packet.ljust(_PACKET, b"\x00") for packet in packets)

    def _count(self) -> None:
        self._packets += 1
        if self._unplugged_after is not None and self._packets > self._unplugged_after:
            raise OSError("no such device")
