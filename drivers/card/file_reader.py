"""READ BINARY of one elementary file, in chunks a narrow chip can give (ICAO 9303-10 §3.6.3)."""

from collections.abc import Callable
from threading import Event

from drivers.card import tlv
from drivers.card.apdu import Channel, CommandApdu, Instruction, StatusWord, wipe
from drivers.card.lds import EXPECTED_TAG, LONGEST_FILE, MAX_FILE_LENGTH, ElementaryFile
from drivers.card.secure_messaging import MAX_LE
from station.errors import CardError, ErrorCode

_HEADER_LENGTH = 8
"""Enough for any tag and length this product accepts; the shortest file is longer than that."""


_LAST_PLAIN_OFFSET = 0x7FFF
"""READ BINARY has 15 bits for the offset."""
_TAG_OFFSET, _TAG_DISCRETIONARY = 0x54, 0x53
_DATA_OBJECT_OVERHEAD = 3
"""Tag and length bytes around a chunk of up to 255 bytes."""


class FileReader:
    """Reads whole files through one channel; every chunk it held is overwritten.

    `progress` gets 0..1 over the file. Files are selected by identifier: reading by short
    identifier ends secure messaging on some chips (cards.md 1.5).
    """

    def __init__(self, channel: Channel, cancel: Event, progress: Callable[[float], None]) -> None:
        self._channel = channel
        self._cancel = cancel
        self._progress = progress

    def read(self, file: ElementaryFile) -> bytearray | None:
        """The file's one data object, or None where the chip has no such file.

        Raises `CardError` CARD_UNREADABLE for a wrong tag, a length over the file's limit, an
        empty answer or another status word, CARD_NOT_SUPPORTED for a file beyond 64 KiB, and
        CARD_NOT_PRESENTED when the visit is cancelled.
        """
        if not self._select(file):
            return None
        head = bytearray(_HEADER_LENGTH)
        content = bytearray()
        try:
            self._fill(head, 0)
            content = bytearray(self._total_length(file, head))
            # A file shorter than the first read came with bytes that are not part of it.
            known = min(len(head), len(content))
            content[:known] = head[:known]
            self._fill(content, known)
        except BaseException:
            wipe(content)
            raise
        finally:
            wipe(head)
        return content

    def _total_length(self, file: ElementaryFile, head: bytearray) -> int:
        tag, value_start, length = tlv.read_header(head)
        total, limit = value_start + length, MAX_FILE_LENGTH[file]
        if tag != EXPECTED_TAG[file]:
            raise CardError(ErrorCode.CARD_UNREADABLE, file=int(file), tag=tag)
        if total > limit:
            too_long = limit == LONGEST_FILE
            code = ErrorCode.CARD_NOT_SUPPORTED if too_long else ErrorCode.CARD_UNREADABLE
            raise CardError(code, file=int(file), length=total)
        return total

    def _select(self, file: ElementaryFile) -> bool:
        file_id = file.to_bytes(2, "big")
        answer = self._channel.exchange(CommandApdu(0x00, Instruction.SELECT, 0x02, 0x0C, file_id))
        if answer.sw == StatusWord.FILE_NOT_FOUND:
            return False
        answer.require_ok()
        return True

    def _fill(self, content: bytearray, start: int) -> None:
        """Read into `content`, whose final length it has, so that no outgrown copy stays behind."""
        at = start
        while at < len(content):
            if self._cancel.is_set():
                raise CardError(ErrorCode.CARD_NOT_PRESENTED)
            at += self._read_chunk(content, at)
            if len(content) > _HEADER_LENGTH:
                self._progress(at / len(content))

    def _read_chunk(self, content: bytearray, at: int) -> int:
        wanted = min(MAX_LE, len(content) - at)
        command = CommandApdu(0x00, Instruction.READ_BINARY, at >> 8, at & 0xFF, le=wanted)
        beyond = at > _LAST_PLAIN_OFFSET
        if beyond:
            wanted = min(wanted, MAX_LE - _DATA_OBJECT_OVERHEAD)
            offset = tlv.encode(_TAG_OFFSET, at.to_bytes(2, "big"))
            le = wanted + _DATA_OBJECT_OVERHEAD
            command = CommandApdu(0x00, Instruction.READ_BINARY_ODD, 0, 0, offset, le)
        answer = self._channel.exchange(command)
        try:
            if answer.sw not in (StatusWord.SUCCESS, StatusWord.END_OF_FILE):
                raise CardError(ErrorCode.CARD_UNREADABLE, sw=answer.sw)
            start, end = 0, len(answer.data)
            if beyond:
                found = tlv.find(answer.data, _TAG_DISCRETIONARY)
                start, end = found.value_start, found.end
            # No bytes with 9000 is not the end of a file: some chips answer so to a large Le.
            if not 1 <= end - start <= wanted:
                raise CardError(ErrorCode.CARD_UNREADABLE, length=end - start)
            content[at : at + end - start] = memoryview(answer.data)[start:end]
            return end - start
        finally:
            wipe(answer.data)
