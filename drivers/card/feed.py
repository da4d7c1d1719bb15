"""A card at the other end of an inherited socket, in the words of vpcd (cards.md 1.3).

Every message is a 2-byte big-endian length and a payload. From here: one byte 00 power off, 01
power on, 02 reset (no answer), 04 send ATR (answer: the ATR), or a command APDU (answer: the
response APDU). A card is there once it answers the ATR request; end of file means it was pulled.
Used by the demo profile, where no PC/SC service runs.
"""

import contextlib
import select
import socket
import time
from threading import Event

from drivers.card.apdu import Transport
from station.errors import CardError, ErrorCode

POWER_OFF, POWER_ON, RESET, GET_ATR = b"\x00", b"\x01", b"\x02", b"\x04"
_MAX_ATR_LENGTH = 33
_MAX_PAYLOAD = 0xFFFF
_POLL_S = 0.1
_ANSWER_TIMEOUT_S = 5.0
_MAX_STALE_ATRS = 16


class FeedConnector:
    """A transport factory over one socket, good for several documents one after another.

    Takes ownership of `descriptor`. Waits at most `timeout_s` for a card.
    """

    def __init__(self, descriptor: int, timeout_s: float) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._timeout_s = timeout_s
        self._received = bytearray()
        self._atr_asked = False
        self._atr = b""
        self._broken = False

    def __call__(self, cancel: Event) -> Transport:
        """Wait for a card. Raises `CardError` CARD_NOT_PRESENTED or READER_NOT_FOUND."""
        if self._broken:
            raise CardError(ErrorCode.READER_NOT_FOUND)
        try:
            # After a wait that ended early the old request is still open: do not ask twice.
            if not self._atr_asked:
                self._send(POWER_ON)
                self._send(GET_ATR)
                self._atr_asked = True
            atr = self._receive(self._timeout_s, cancel)
        except OSError as error:
            self._broken = True
            raise CardError(ErrorCode.READER_NOT_FOUND) from error
        if atr is None:
            raise CardError(ErrorCode.CARD_NOT_PRESENTED)
        self._atr_asked = False
        if not 2 <= len(atr) <= _MAX_ATR_LENGTH:
            raise CardError(ErrorCode.CARD_UNREADABLE, length=len(atr))
        self._atr = bytes(atr)
        return _FeedTransport(self)

    def transmit(self, apdu: bytes) -> bytearray:
        """One command and its answer. Raises `CardError(CARD_REMOVED)` on silence or end."""
        # One byte would be taken for a control message; no APDU is that short.
        if self._broken or not 4 <= len(apdu) <= _MAX_PAYLOAD:
            raise CardError(ErrorCode.CARD_REMOVED)
        try:
            self._send(apdu)
            answer = self._answer()
        except OSError as error:
            self._broken = True
            raise CardError(ErrorCode.CARD_REMOVED) from error
        if answer is None:
            # A late answer would be taken for that of the next command.
            self._broken = True
            raise CardError(ErrorCode.CARD_REMOVED)
        return answer

    def _answer(self) -> bytearray | None:
        """The next response APDU.

        An earlier connector on the same socket may have given up waiting for a card; the ATR it
        asked for comes now, and is told from an answer by not ending in a status word.
        """
        for _ in range(_MAX_STALE_ATRS):
            answer = self._receive(_ANSWER_TIMEOUT_S, None)
            if answer is None or answer != self._atr or answer[-2] >> 4 in (6, 9):
                return answer
        return None

    def power_off(self) -> None:
        """Tell the card that it is no longer used."""
        with contextlib.suppress(OSError):
            self._send(POWER_OFF)

    def close(self) -> None:
        """Close the socket; no further card can be read."""
        self._broken = True
        self._socket.close()

    def _send(self, payload: bytes) -> None:
        self._socket.sendall(len(payload).to_bytes(2, "big") + payload)

    def _receive(self, timeout_s: float, cancel: Event | None) -> bytearray | None:
        """The next payload, or None on time-out or cancel. Raises `OSError` at end of file."""
        deadline = time.monotonic() + timeout_s
        while True:
            payload = self._take_payload()
            if payload is not None:
                return payload
            left = deadline - time.monotonic()
            if left <= 0 or (cancel is not None and cancel.is_set()):
                return None
            if not select.select([self._socket], [], [], min(left, _POLL_S))[0]:
                continue
            chunk = self._socket.recv(4096)
            if not chunk:
                raise ConnectionResetError
            self._received += chunk

    def _take_payload(self) -> bytearray | None:
        if len(self._received) < 2:
            return None
        end = 2 + int.from_bytes(self._received[:2], "big")
        if len(self._received) < end:
            return None
        payload = self._received[2:end]
        self._received[:end] = bytes(end)
        del self._received[:end]
        return payload


class _FeedTransport:
    """One presentation of the card."""

    def __init__(self, connector: FeedConnector) -> None:
        self._connector: FeedConnector | None = connector

    def transmit(self, apdu: bytes) -> bytearray:
        """Send `apdu` and return the answer."""
        if self._connector is None:
            raise CardError(ErrorCode.CARD_REMOVED)
        return self._connector.transmit(apdu)

    def close(self) -> None:
        """Power the card off; the socket stays open for the next one."""
        if self._connector is not None:
            self._connector.power_off()
            self._connector = None
