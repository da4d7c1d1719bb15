"""Decoding pictures that strangers made: format by magic bytes, size before any pixel is decoded.

JPEG, JPEG 2000 and PNG only. The decoder of the imaging library is native code; what it is given
is bounded in bytes and in pixels first, and what it takes is bounded in memory, so that a few bytes
cannot ask for gigabytes.
"""

import resource
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from station.booth.ports import BgrImage

SIDE_LIMIT_PX = 8192
PIXEL_LIMIT = 25_000_000
DECODE_MEMORY_BYTES = 512 * 1024 * 1024
"""Address space one decoding may add. Pixels alone do not bound JPEG 2000: 98 bytes that ask for
precincts of one pixel took 1.7 GB for 1000x1000, a palette of 255 channels as much (measured)."""
_JPEG_SCAN_LIMIT = 2000
_JPEG_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
# Start-of-frame markers, without DHT (C4), JPG (C8) and DAC (CC), which share their range.
_JPEG_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JP2_BOX_LIMIT = 64
_JP2_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_JPEG_2000_CODESTREAM = b"\xff\x4f\xff\x51"
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What a picture's header says of itself."""

    format: str
    width: int
    height: int


def read_header(data: bytes | memoryview) -> PictureHeader | None:
    """Format and size by the header alone; None where it is none of the three formats."""
    head = bytes(data[:12])
    try:
        if head.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if head == _JP2_SIGNATURE:
            return _jp2(data)
        if head.startswith(_JPEG_2000_CODESTREAM):
            return _codestream(data, 0)
        if head.startswith(_PNG_SIGNATURE):
            width, height = struct.unpack(">II", data[16:24])
            return PictureHeader("png", width, height)
    except struct.error:
        return None
    return None


def decode_picture(data: bytes | memoryview) -> BgrImage | None:
    """Decode to BGR; None where the format, the size or the content is not acceptable.

    The caller owns the array and wipes it where it shows a document's portrait.
    """
    header = read_header(data)
    if header is None or not _is_acceptable(header):
        return None
    try:
        with _bounded_memory():
            decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except (cv2.error, MemoryError):
        return None
    # The binding says it always returns an array; for a broken file it returns None.
    picture: BgrImage | None = decoded  # type: ignore[assignment]
    if picture is None or picture.dtype != np.uint8 or picture.ndim != 3:
        return None
    return picture


_one_decoding = threading.Lock()
"""The limit is the process's: two decodings must not restore each other's."""


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """Let the process grow by `DECODE_MEMORY_BYTES` at most; what asks for more fails."""
    with _one_decoding:
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
        wanted = pages * resource.getpagesize() + DECODE_MEMORY_BYTES
        finite = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_AS, (min([wanted, *finite]), hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _is_acceptable(header: PictureHeader) -> bool:
    sides = (header.width, header.height)
    return all(1 <= side <= SIDE_LIMIT_PX for side in sides) and sides[0] * sides[1] <= PIXEL_LIMIT


def _jpeg(data: bytes | memoryview) -> PictureHeader | None:
    """Walk the marker segments to the frame header (ISO/IEC 10918-1 B.2.2)."""
    position = 2
    for _ in range(_JPEG_SCAN_LIMIT):
        mark, code = struct.unpack(">BB", data[position : position + 2])
        if mark != 0xFF:
            return None
        if code == 0xFF:  # Fill bytes may precede a marker.
            position += 1
            continue
        if code in _JPEG_STANDALONE:
            position += 2
            continue
        if code in _JPEG_FRAME:
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return PictureHeader("jpeg", width, height)
        (length,) = struct.unpack(">H", data[position + 2 : position + 4])
        if length < 2:
            return None
        position += 2 + length
    return None


def _jp2(data: bytes | memoryview) -> PictureHeader | None:
    """Walk the top boxes to the code stream, whose size is the one that is decoded."""
    position = 0
    for _ in range(_JP2_BOX_LIMIT):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        header = 8
        if length == 1:
            (length,) = struct.unpack(">Q", data[position + 8 : position + 16])
            header = 16
        if kind == b"jp2c":
            return _codestream(data, position + header)
        if length < header:
            return None
        position += length
    return None


def _codestream(data: bytes | memoryview, start: int) -> PictureHeader | None:
    """Read the SIZ marker segment (ISO/IEC 15444-1 A.5.1)."""
    if bytes(data[start : start + 4]) != _JPEG_2000_CODESTREAM:
        return None
    right, bottom, left, top = struct.unpack(">IIII", data[start + 8 : start + 24])
    return PictureHeader("jpeg2000", right - left, bottom - top)
