"""The simulated chip's cable: vpcd's words over TCP or a socket pair (cards.md 1.3)."""

import contextlib
import select
import socket
from threading import Event
from typing import Protocol

from drivers.simulated.chip import ATR, ChipRemovedError

_POLL_S = 0.05
_GET_ATR = 4


class Card(Protocol):
    """Whatever is laid on the reader."""

    def transmit(self, apdu: bytes) -> bytes:
        """Its answer. Raises `ChipRemovedError` when it is pulled."""
        ...

    def reset(self) -> None:
        """Power was taken away."""
        ...


def connect_vpcd(port: int, host: str = "127.0.0.1", timeout_s: float = 5.0) -> socket.socket:
    """A connection to a vpcd reader slot, without the 52 ms per command of Nagle's algorithm."""
    link = socket.create_connection((host, port), timeout=timeout_s)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


def serve_vpcd(chip: Card, sock: socket.socket, stop: Event) -> None:
    """Answer the reader until `stop` is set, the reader hangs up, or the quirks pull the card.

    Closing the socket, which this does on return, is what removing the card looks like.
    """
    tcp = sock.family in (socket.AF_INET, socket.AF_INET6)
    with sock, contextlib.suppress(OSError, ChipRemovedError, EOFError):
        while True:
            payload = _message(sock, stop, tcp)
            if len(payload) > 1:
                _reply(sock, chip.transmit(payload))
            elif payload and payload[0] == _GET_ATR:
                _reply(sock, ATR)
            else:
                # Power off, power on and reset all leave a chip without a session.
                chip.reset()


def _reply(sock: socket.socket, payload: bytes) -> None:
    sock.sendall(len(payload).to_bytes(2, "big") + payload)


def _message(sock: socket.socket, stop: Event, tcp: bool) -> bytes:
    size = int.from_bytes(_exactly(sock, 2, stop, tcp), "big")
    return _exactly(sock, size, stop, tcp)


def _exactly(sock: socket.socket, count: int, stop: Event, tcp: bool) -> bytes:
    """`count` bytes. Raises `EOFError` at the end of the stream or when `stop` is set."""
    received = b""
    while len(received) < count:
        if stop.is_set():
            raise EOFError
        if not select.select([sock], [], [], _POLL_S)[0]:
            continue
        if tcp:
            # The kernel forgets this after each use; without it every answer waits 40 ms.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = sock.recv(count - len(received))
        if not part:
            raise EOFError
        received += part
    return received
