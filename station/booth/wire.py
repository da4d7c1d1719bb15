"""Length-prefixed messages over the socketpair, with descriptors alongside where a step needs them.

The receiver reads the length first and refuses anything above its cap before reading on: msgspec's
encoder checks nothing, so a compromised peer could otherwise push a picture through (style.md 4).
Only the messages that carry sealed portraits may be longer, and the desk reads one only while it
waits for one.
The desk gives the rest of a begun message, and room for its own, a short time: a booth that stops
in the middle must not hold the visit. Descriptors travel only from the desk to the booth.
"""

import contextlib
import os
import select
import socket
import struct
import time
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from station.booth.messages import BoothMessage, DeskMessage
from station.booth.portrait_form import PORTRAIT_BYTES
from station.booth.template_messages import PortraitSealed, PortraitsRenewed, RenewFromPortraits
from station.errors import BoothError, ErrorCode

MAX_MESSAGE_BYTES = 16 * 1024
"""Far below the smallest useful portrait at full size, far above the largest honest message."""

PORTRAIT_MESSAGE_BYTES = PORTRAIT_BYTES + 1024
"""Cap of an answer with one sealed portrait."""
PORTRAITS_MESSAGE_BYTES = 2 * PORTRAIT_BYTES + MAX_MESSAGE_BYTES
"""Cap of the ceremony's messages: two sealed portraits beside keys and a template."""
_CAPS: dict[type, int] = {
    PortraitSealed: PORTRAIT_MESSAGE_BYTES,
    RenewFromPortraits: PORTRAITS_MESSAGE_BYTES,
    PortraitsRenewed: PORTRAITS_MESSAGE_BYTES,
}

_MAX_DESCRIPTORS = 2
_DESK_PATIENCE_S = 2.0
"""An honest booth writes a message at once and reads on a thread of its own."""
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
    """One end of the socketpair: sends `S`, receives `R`.

    `patience_s` is how long a begun message may take either way; None: without end. Only an end
    that `takes_descriptors` ever holds one: the kernel drops those sent to the other.
    """

    def __init__(
        self,
        sock: socket.socket,
        decoder: msgspec.msgpack.Decoder[R],
        *,
        patience_s: float | None,
        takes_descriptors: bool,
    ) -> None:
        self._sock = sock
        self._patience_s = patience_s
        self._takes_descriptors = takes_descriptors
        sock.settimeout(patience_s)
        self._decoder = decoder
        self._encoder = msgspec.msgpack.Encoder()
        self._descriptors: list[int] = []

    def send(self, message: S, descriptors: tuple[int, ...] = ()) -> None:
        """Send one message. Raises `BoothError(BOOTH_LOST)` when the peer is gone or reads none."""
        body = self._encoder.encode(message)
        if len(body) > _cap(message):
            raise BoothError(ErrorCode.BOOTH_PROTOCOL, length=len(body))
        data = _LENGTH.pack(len(body)) + body
        try:
            if descriptors:
                sent = socket.send_fds(self._sock, [data], list(descriptors))
                data = data[sent:]
            self._sock.sendall(data)
        except OSError as error:
            raise BoothError(ErrorCode.BOOTH_LOST) from error

    def receive(
        self, timeout_s: float | None, most_bytes: int = MAX_MESSAGE_BYTES
    ) -> Received[R] | None:
        """The next message, or None when none begins within `timeout_s`.

        `most_bytes` admits longer ones, of those kinds alone that may be longer.
        Raises `BoothError` BOOTH_LOST at end of file or when a begun message stops in the middle,
        BOOTH_PROTOCOL on a bad message.
        """
        try:
            if timeout_s is not None and not select.select([self._sock], [], [], timeout_s)[0]:
                return None
            deadline = None if self._patience_s is None else time.monotonic() + self._patience_s
            (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size, deadline))
            if length > most_bytes:
                raise BoothError(ErrorCode.BOOTH_PROTOCOL, length=length)
            body = self._exactly(length, deadline)
        except OSError as error:
            raise BoothError(ErrorCode.BOOTH_LOST) from error
        try:
            message = self._decoder.decode(body)
        except msgspec.MsgspecError:
            # The cause is dropped: its text can quote the message's content.
            raise BoothError(ErrorCode.BOOTH_PROTOCOL, length=length) from None
        if length > _cap(message):
            raise BoothError(ErrorCode.BOOTH_PROTOCOL, length=length)
        descriptors, self._descriptors = tuple(self._descriptors), []
        return Received(message, descriptors)

    def close(self) -> None:
        """Close the socket and any descriptor nobody claimed."""
        self._sock.close()
        for descriptor in self._descriptors:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._descriptors = []

    def _exactly(self, count: int, deadline: float | None) -> bytes:
        data = bytearray()
        while len(data) < count:
            # The socket's own time-out counts anew for every byte.
            if deadline is not None and time.monotonic() > deadline:
                raise BoothError(ErrorCode.BOOTH_LOST)
            chunk = self._some(count - len(data))
            if not chunk:
                raise BoothError(ErrorCode.BOOTH_LOST)
            data += chunk
        return bytes(data)

    def _some(self, most: int) -> bytes:
        if not self._takes_descriptors:
            return self._sock.recv(most)
        chunk, descriptors, _, _ = socket.recv_fds(self._sock, most, _MAX_DESCRIPTORS)
        self._descriptors.extend(descriptors)
        return chunk


def _cap(message: object) -> int:
    return _CAPS.get(type(message), MAX_MESSAGE_BYTES)


def desk_wire(sock: socket.socket) -> Wire[DeskMessage, BoothMessage]:
    """The desk's end."""
    return Wire(
        sock,
        msgspec.msgpack.Decoder(BoothMessage),
        patience_s=_DESK_PATIENCE_S,
        takes_descriptors=False,
    )


def booth_wire(sock: socket.socket) -> Wire[BoothMessage, DeskMessage]:
    """The booth's end."""
    return Wire(sock, msgspec.msgpack.Decoder(DeskMessage), patience_s=None, takes_descriptors=True)
