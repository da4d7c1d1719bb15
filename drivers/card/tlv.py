"""BER-TLV data objects (ISO/IEC 7816-4 §5.2.2) read from a chip that may lie about lengths."""

from collections.abc import Iterator
from dataclasses import dataclass

from station.errors import CardError, ErrorCode

Buffer = bytes | bytearray | memoryview

MAX_LENGTH = 0xFF_FFFF
"""Longest value accepted: three length bytes, as the LDS never needs more."""
_MAX_TAG_BYTES = 3


@dataclass(frozen=True, slots=True)
class DataObject:
    """Where one data object lies in its buffer: [start, end) whole, [value_start, end) value."""

    tag: int
    start: int
    value_start: int
    end: int

    def value(self, data: Buffer) -> memoryview:
        """A view of the value; no copy is made."""
        return memoryview(data)[self.value_start : self.end]

    def whole(self, data: Buffer) -> memoryview:
        """A view of tag, length and value."""
        return memoryview(data)[self.start : self.end]


def read_header(data: Buffer, offset: int = 0) -> tuple[int, int, int]:
    """Tag, where the value starts, and its length; the value itself need not be there.

    Raises `CardError(CARD_UNREADABLE)` for a cut or indefinite header or one over `MAX_LENGTH`.
    """
    tag, at = _read_tag(data, offset)
    first = _byte(data, at)
    at += 1
    if first < 0x80:
        return tag, at, first
    count = first & 0x7F
    if not 1 <= count <= 3:
        raise CardError(ErrorCode.CARD_UNREADABLE, length_bytes=count)
    length = 0
    for _ in range(count):
        length = length << 8 | _byte(data, at)
        at += 1
    return tag, at, length


def read_object(data: Buffer, offset: int = 0, limit: int | None = None) -> DataObject:
    """The data object at `offset`; it must end at or before `limit` (default: the buffer's end)."""
    end_of_room = len(data) if limit is None else min(limit, len(data))
    tag, value_start, length = read_header(data, offset)
    end = value_start + length
    if end > end_of_room:
        raise CardError(ErrorCode.CARD_UNREADABLE, length=length)
    return DataObject(tag, offset, value_start, end)


def children(
    data: Buffer, start: int = 0, end: int | None = None, limit: int = 64
) -> Iterator[DataObject]:
    """Every data object in [start, end), at most `limit` of them; gaps and overruns are refused."""
    stop = len(data) if end is None else end
    at = start
    for _ in range(limit):
        if at >= stop:
            return
        child = read_object(data, at, stop)
        yield child
        at = child.end
    if at < stop:
        raise CardError(ErrorCode.CARD_UNREADABLE, objects=limit)


def find(data: Buffer, *path: int) -> DataObject:
    """The first data object reached by following the tags of `path` inward.

    Raises `CardError(CARD_UNREADABLE)` naming the tag that is missing.
    """
    start, end = 0, len(data)
    found: DataObject | None = None
    for tag in path:
        found = next((c for c in children(data, start, end) if c.tag == tag), None)
        if found is None:
            raise CardError(ErrorCode.CARD_UNREADABLE, missing_tag=tag)
        start, end = found.value_start, found.end
    if found is None:
        raise ValueError("a path has at least one tag")
    return found


def encode(tag: int, value: bytes) -> bytes:
    """One data object; the length takes its shortest form."""
    tag_bytes = tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big")
    length = len(value)
    if length > MAX_LENGTH:
        raise ValueError("value too long for a data object")
    if length < 0x80:
        return tag_bytes + bytes((length,)) + value
    length_bytes = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return tag_bytes + bytes((0x80 | len(length_bytes),)) + length_bytes + value


def _byte(data: Buffer, at: int) -> int:
    if not 0 <= at < len(data):
        raise CardError(ErrorCode.CARD_UNREADABLE, offset=at)
    return data[at]


def _read_tag(data: Buffer, offset: int) -> tuple[int, int]:
    tag = _byte(data, offset)
    at = offset + 1
    if tag & 0x1F != 0x1F:
        return tag, at
    for _ in range(_MAX_TAG_BYTES - 1):
        following = _byte(data, at)
        tag, at = tag << 8 | following, at + 1
        if not following & 0x80:
            return tag, at
    raise CardError(ErrorCode.CARD_UNREADABLE, tag=tag)
