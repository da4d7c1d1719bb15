"""Frames between host and SAM module of a resident-card reader (GA 450 / 1GA-467).

Request: `AA AA AA 96 69 | LEN(2) | CMD PARA [DATA] | CHK`; reply: the same head, then
`LEN(2) | SW1 SW2 SW3 [DATA] | CHK`. LEN counts everything after itself; CHK is the XOR of every
byte from LEN up to the byte before CHK.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import reduce
from operator import xor

from station.errors import CardError, ErrorCode

HEAD = b"\xaa\xaa\xaa\x96\x69"
TEXT_BYTES = 256
PHOTO_BYTES = 1024
FINGERPRINT_BYTES = (0, 512, 1024)

_LENGTH_BYTES = 2
_MIN_REPLY_LENGTH = 4
_MAX_REPLY_LENGTH = 0x090A
"""The longest answer the protocol knows: text, photo and two fingerprints."""
_MAX_REQUEST_DATA = 256
_MAX_NOISE_BYTES = 64
"""Line noise tolerated before a head; more means that no SAM speaks here."""


class FrameFault(IntEnum):
    """What was wrong with a reply; travels as the number `frame` of the error."""

    HEAD = 1
    LENGTH = 2
    CHECKSUM = 3
    STATUS = 4
    CONTENT = 5


@dataclass(frozen=True, slots=True)
class SamReply:
    """One reply: `status` is SW3, `data` what follows it (0..2310 bytes, wipeable)."""

    status: int
    data: bytearray

    def __repr__(self) -> str:
        return f"SamReply(status={self.status:#04x}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True)
class CardContent:
    """The blocks of one card: `text` 256 bytes, `photo` 1024 bytes (WLT). Both wipeable."""

    text: bytearray
    photo: bytearray

    def wipe(self) -> None:
        """Overwrite both blocks in place."""
        self.text[:] = bytes(len(self.text))
        self.photo[:] = bytes(len(self.photo))

    def __repr__(self) -> str:
        return "CardContent(redacted)"


def checksum(body: bytes | bytearray) -> int:
    """XOR of all bytes, 0..255."""
    return reduce(xor, body, 0)


def encode_command(command: int, parameter: int, data: bytes = b"") -> bytes:
    """A request frame. Raises `ValueError` when a part is out of range (our own fault)."""
    if len(data) > _MAX_REQUEST_DATA:
        raise ValueError("request data too long")
    payload = bytes((command, parameter)) + data
    body = (len(payload) + 1).to_bytes(_LENGTH_BYTES, "big") + payload
    return HEAD + body + bytes((checksum(body),))


class ReplyAssembler:
    """Joins chunks from the line into one reply; never holds more than one frame and its noise."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._noise_bytes = 0

    @property
    def missing(self) -> int:
        """How many bytes may be read next without reading past the frame, at least 1."""
        return max(1, self._frame_bytes() - len(self._buffer))

    @property
    def fraction(self) -> float:
        """Share of the present frame already received, 0..1."""
        return min(1.0, len(self._buffer) / self._frame_bytes())

    def feed(self, chunk: bytes) -> None:
        """Add received bytes. Raises `CardError(CARD_UNREADABLE)` on noise or a hostile length."""
        self._buffer += chunk
        self._drop_noise()
        if len(self._buffer) >= len(HEAD) + _LENGTH_BYTES:
            length = self._length()
            if not _MIN_REPLY_LENGTH <= length <= _MAX_REPLY_LENGTH:
                raise _refused(FrameFault.LENGTH)
        if len(self._buffer) > self._frame_bytes():
            # The protocol is one answer per request; bytes beyond it mean lost synchrony.
            raise _refused(FrameFault.LENGTH)

    def take(self) -> SamReply | None:
        """The complete reply, or None while bytes are missing. Raises like `feed`."""
        if len(self._buffer) < self._frame_bytes():
            return None
        body = self._buffer[len(HEAD) : -1]
        if checksum(body) != self._buffer[-1]:
            raise _refused(FrameFault.CHECKSUM)
        start = _LENGTH_BYTES
        if body[start] != 0 or body[start + 1] != 0:
            raise _refused(FrameFault.STATUS)
        reply = SamReply(status=body[start + 2], data=body[start + 3 :])
        self.wipe()
        body[:] = bytes(len(body))
        return reply

    def wipe(self) -> None:
        """Overwrite and drop what is buffered: it may be a portrait."""
        self._buffer[:] = bytes(len(self._buffer))
        self._buffer.clear()
        self._noise_bytes = 0

    def _length(self) -> int:
        return int.from_bytes(self._buffer[len(HEAD) : len(HEAD) + _LENGTH_BYTES], "big")

    def _frame_bytes(self) -> int:
        fixed = len(HEAD) + _LENGTH_BYTES
        if len(self._buffer) < fixed:
            return fixed + _MIN_REPLY_LENGTH
        return fixed + self._length()

    def _drop_noise(self) -> None:
        start = _find_head(self._buffer)
        self._noise_bytes += start
        del self._buffer[:start]
        if self._noise_bytes > _MAX_NOISE_BYTES:
            raise _refused(FrameFault.HEAD)


def decode_reply(frame: bytes) -> SamReply:
    """Decode exactly one reply frame. Raises `CardError(CARD_UNREADABLE)` with number `frame`."""
    assembler = ReplyAssembler()
    assembler.feed(frame)
    reply = assembler.take()
    if reply is None:
        raise _refused(FrameFault.LENGTH)
    return reply


def split_content(data: bytearray) -> CardContent:
    """Text and photo of a read reply, with or without fingerprint blocks.

    The data starts with the two block lengths (256, 1024), with fingerprints also theirs. A
    fingerprint is wiped here at once: no notice of this product lists it. `data` itself is wiped.
    Raises `CardError(CARD_UNREADABLE)` when the lengths are not the protocol's.
    """
    try:
        start = _blocks_start(data)
        photo_end = start + TEXT_BYTES + PHOTO_BYTES
        return CardContent(
            text=data[start : start + TEXT_BYTES],
            photo=data[start + TEXT_BYTES : photo_end],
        )
    finally:
        data[:] = bytes(len(data))


def _blocks_start(data: bytearray) -> int:
    blocks = TEXT_BYTES + PHOTO_BYTES
    lengths = TEXT_BYTES.to_bytes(2, "big") + PHOTO_BYTES.to_bytes(2, "big")
    if data[:4] != lengths:
        raise _refused(FrameFault.CONTENT)
    if len(data) == 4 + blocks:
        return 4
    fingerprint = int.from_bytes(data[4:6], "big")
    if fingerprint not in FINGERPRINT_BYTES or len(data) != 6 + blocks + fingerprint:
        raise _refused(FrameFault.CONTENT)
    return 6


def _find_head(buffer: bytearray) -> int:
    """Offset of the head, or of the longest tail that could still become one."""
    start = buffer.find(HEAD)
    if start >= 0:
        return start
    for length in range(min(len(HEAD) - 1, len(buffer)), 0, -1):
        if buffer.endswith(HEAD[:length]):
            return len(buffer) - length
    return len(buffer)


def _refused(fault: FrameFault) -> CardError:
    return CardError(ErrorCode.CARD_UNREADABLE, frame=int(fault))
