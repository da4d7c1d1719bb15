"""Length-prefixed messages over the socketpair, with descriptors alongside where a step needs them.

The receiver reads the length first and refuses anything above its cap before reading on: msgspec's
encoder checks nothing, so a compromised peer could otherwise push a picture through (style.md 4).
"""

import contextlib
import os
import select
import socket
import struct
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from station.booth.messages import BoothMessage, DeskMessage
from station.errors import BoothError, ErrorCode

MAX_MESSAGE_BYTES = 16 * 1024
"""Far below the smallest useful portrait at full size, far above the largest honest message."""

_MAX_DESCRIPTORS = 2
_LENGTH = struct.Struct(">I")

M = TypeVar("M")
S = TypeVar("S")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Received(Generic[M]):
    """One message and the descriptors that came with it (owned by the receiver)."""

    message: M
    descriptors: tuple[int, ...]


class Wire(Generic[S, R]):
    """One end of the socketpair: sends `S`, receives `R`."""

    def __init__(self, sock: socket.socket, decoder: msgspec.msgpack.Decoder[R]) -> None:
        self._sock = sock
        self._decoder = decoder
        self._encoder = msgspec.msgpack.Encoder()
        self._descriptors: list[int] = []

    def send(self, message: S, descriptors: tuple[int, ...] = ()) -> None:
        """Send one message. Raises `BoothError(BOOTH_LOST)` when the peer is gone."""
        body = self._encoder.encode(message)
        if len(body) > MAX_MESSAGE_BYTES:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL, length=len(body))
        data = _LENGTH.pack(len(body)) + body
        try:
            if descriptors:
                sent = socket.send_fds(self._sock, [data], list(descriptors))
                data = data[sent:]
            self._sock.sendall(data)
        except OSError as error:
            raise BoothError(ErrorCode.BOOTH_LOST) from error

    def receive(self, timeout_s: float | None) -> Received[R] | None:
        """The next message, or None when none begins within `timeout_s`.

        Raises `BoothError` BOOTH_LOST at end of file, BOOTH_PROTOCOL on a bad message.
        """
        try:
            if timeout_s is not None and not select.select([self._sock], [], [], timeout_s)[0]:
                return None
            (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
            if length > MAX_MESSAGE_BYTES:
                raise BoothError(ErrorCode.BOOTH_PROTOCOL, length=length)
            body = self._exactly(length)
        except OSError as error:
            raise BoothError(ErrorCode.BOOTH_LOST) from error
        try:
            message = self._decoder.decode(body)
        except msgspec.MsgspecError:
            # The cause is dropped: its text can quote the message's content.
            raise BoothError(ErrorCode.BOOTH_PROTOCOL, length=length) from None
        descriptors, self._descriptors = tuple(self._descriptors), []
        return Received(message, descriptors)

    def close(self) -> None:
        """Close the socket and any descriptor nobody claimed."""
        self._sock.close()
        for descriptor in self._descriptors:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._descriptors = []

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            chunk, descriptors, _, _ = socket.recv_fds(
                self._sock, count - len(data), _MAX_DESCRIPTORS
            )
            self._descriptors.extend(descriptors)
            if not chunk:
                raise BoothError(ErrorCode.BOOTH_LOST)
            data += chunk
        return bytes(data)


def desk_wire(sock: socket.socket) -> Wire[DeskMessage, BoothMessage]:
    """The desk's end."""
    return Wire(sock, msgspec.msgpack.Decoder(BoothMessage))


def booth_wire(sock: socket.socket) -> Wire[BoothMessage, DeskMessage]:
    """The booth's end."""
    return Wire(sock, msgspec.msgpack.Decoder(DeskMessage))
