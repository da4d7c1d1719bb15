"""Command and response APDUs of ISO/IEC 7816-4, and the port a card is reached through."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from threading import Event
from typing import Protocol, Self

from station.errors import CardError, ErrorCode

MAX_RESPONSE_LENGTH = 65_538
"""Longest answer an extended-length APDU can have: 65 536 data bytes and the status word."""


class StatusWord(IntEnum):
    """Status words the reader acts on (ISO/IEC 7816-4 §5.6)."""

    SUCCESS = 0x9000
    END_OF_FILE = 0x6282
    SECURITY_STATUS_NOT_SATISFIED = 0x6982
    CONDITIONS_NOT_SATISFIED = 0x6985
    FILE_NOT_FOUND = 0x6A82


class Instruction(IntEnum):
    """Instruction bytes an eMRTD is read with (ICAO 9303-10 §3.6, 9303-11 §4.3)."""

    EXTERNAL_AUTHENTICATE = 0x82
    GET_CHALLENGE = 0x84
    SELECT = 0xA4
    READ_BINARY = 0xB0
    READ_BINARY_ODD = 0xB1
    """READ BINARY with the offset in a data object, for offsets from 32 KiB on."""


@dataclass(frozen=True, slots=True)
class CommandApdu:
    """One command. `le` is the longest answer wanted, 1..65 536, or None for no answer data."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    def header(self) -> bytes:
        """CLA INS P1 P2."""
        return bytes((self.cla, self.ins, self.p1, self.p2))

    def encode(self) -> bytes:
        """The bytes on the wire: short form unless a length needs the extended one."""
        if len(self.data) > 0xFFFF or not (self.le is None or 1 <= self.le <= 0x10000):
            raise ValueError("APDU lengths are 0..65535 bytes in and 1..65536 bytes out")
        extended = len(self.data) > 0xFF or (self.le or 0) > 0x100
        out = self.header()
        if extended:
            out += b"\x00"
            if self.data:
                out += len(self.data).to_bytes(2, "big") + self.data
            if self.le is not None:
                out += (self.le & 0xFFFF).to_bytes(2, "big")
            return out
        if self.data:
            out += bytes((len(self.data),)) + self.data
        if self.le is not None:
            out += bytes((self.le & 0xFF,))
        return out

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The command in `raw`. Raises `ValueError` where its lengths do not add up."""
        if len(raw) < 4:
            raise ValueError("an APDU has a header of four bytes")
        header, body = raw[:4], raw[4:]
        if len(body) > 1 and body[0] == 0:
            data, le = _extended_body(body[1:])
        else:
            data, le = _short_body(body)
        return cls(header[0], header[1], header[2], header[3], data, le)


def _short_body(body: bytes) -> tuple[bytes, int | None]:
    if not body:
        return b"", None
    if len(body) == 1:
        return b"", body[0] or 0x100
    data, rest = body[1 : 1 + body[0]], body[1 + body[0] :]
    if len(data) != body[0] or len(rest) > 1:
        raise ValueError("Lc does not fit the APDU")
    return data, (rest[0] or 0x100) if rest else None


def _extended_body(body: bytes) -> tuple[bytes, int | None]:
    if len(body) < 2:
        raise ValueError("an extended length has two bytes")
    first = int.from_bytes(body[:2], "big")
    if len(body) == 2:
        return b"", first or 0x10000
    data, rest = body[2 : 2 + first], body[2 + first :]
    if not first or len(data) != first or len(rest) not in (0, 2):
        raise ValueError("extended Lc does not fit the APDU")
    return data, (int.from_bytes(rest, "big") or 0x10000) if rest else None


@dataclass(frozen=True, slots=True)
class ResponseApdu:
    """One answer. `data` belongs to the receiver, who wipes it when it held personal data."""

    data: bytearray
    sw: int

    @classmethod
    def parse(cls, raw: bytearray) -> Self:
        """Take over `raw`. Raises `CardError(CARD_UNREADABLE)` for an impossible length."""
        if not 2 <= len(raw) <= MAX_RESPONSE_LENGTH:
            raise CardError(ErrorCode.CARD_UNREADABLE, length=len(raw))
        sw = int.from_bytes(raw[-2:], "big")
        del raw[-2:]
        return cls(raw, sw)

    @property
    def ok(self) -> bool:
        """Whether the status word is 9000."""
        return self.sw == StatusWord.SUCCESS

    def require_ok(self, code: ErrorCode = ErrorCode.CARD_UNREADABLE) -> Self:
        """This answer if it is 9000; otherwise raise `CardError(code)` with the status word."""
        if not self.ok:
            raise CardError(code, sw=self.sw)
        return self

    def __repr__(self) -> str:
        return f"ResponseApdu({len(self.data)} bytes, sw={self.sw:04X})"


def wipe(data: bytearray) -> None:
    """Overwrite `data` in place, keeping its length."""
    data[:] = bytes(len(data))


class Transport(Protocol):
    """A card within reach. Lives in the booth, used by one thread."""

    def transmit(self, apdu: bytes) -> bytearray:
        """Send `apdu` and return the whole answer; the caller owns it.

        Raises `CardError` CARD_REMOVED when the card is gone.
        """
        ...

    def close(self) -> None:
        """Let go of the card; safe to call twice."""
        ...


TransportFactory = Callable[[Event], Transport]
"""Waits for a card until the event is set. Raises `CardError` READER_NOT_FOUND, READER_BUSY,
CARD_NOT_PRESENTED (also when the event fires first) or CARD_UNREADABLE."""


class Channel(Protocol):
    """Commands in, answers out: plain or wrapped in secure messaging."""

    def exchange(self, command: CommandApdu) -> ResponseApdu:
        """Send one command. Raises `CardError` CARD_REMOVED or CARD_UNREADABLE."""
        ...


class PlainChannel:
    """Commands as they are, before access control."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def exchange(self, command: CommandApdu) -> ResponseApdu:
        """Send `command` unprotected; a wrong Le (6Cxx) is sent again with the card's own."""
        answer = ResponseApdu.parse(self._transport.transmit(command.encode()))
        if answer.sw >> 8 != 0x6C or command.le is None:
            return answer
        again = CommandApdu(
            command.cla, command.ins, command.p1, command.p2, command.data, answer.sw & 0xFF or 256
        )
        return ResponseApdu.parse(self._transport.transmit(again.encode()))
