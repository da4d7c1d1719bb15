"""Resident-card reader with a SAM module on a serial line (8N1, 115200 baud unless configured).

The only module of the product that imports pyserial.
"""

import errno
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from enum import IntEnum
from threading import Event

import serial

from drivers.card.id_number import examine
from drivers.card.resident_text import ResidentText, parse_text
from drivers.card.sam_frames import ReplyAssembler, SamReply, encode_command, split_content
from station.booth.portrait import CardPortrait
from station.booth.ports import AccessKey, CardReading
from station.errors import CardError, ErrorCode
from station.model import Authenticity, DocumentCheck, IdentityRecord

BAUD = 115_200
REPLY_TIMEOUT_S = 3.5
"""Longest silence after a request; sources wait 3 s, a read takes 1 to 1.5 s."""
FIND_PERIOD_S = 0.3
_SLICE_S = 0.05
"""How long one wait on the line lasts before `cancel` is looked at again."""
_DRIP_FACTOR = 3
"""A reply may take this many silences in all, so that single bytes cannot hold the line."""
_CHINA_TIME = timezone(timedelta(hours=8))
_SELECT_ATTEMPTS = 2
_LINE_FAILED = (serial.SerialException, OSError, termios.error)
"""The last is no `OSError`, and pyserial lets it through when it flushes a line that hung up."""

DecodePhoto = Callable[[bytearray], CardPortrait]
"""Turns 1024 WLT bytes into a portrait; raises `CardError` CARD_PHOTO_…"""


class SamStatus(IntEnum):
    """SW3 of a reply (two independent public tables agree)."""

    OK = 0x90
    ITEM_ABSENT = 0x91
    CARD_FOUND = 0x9F
    CHECKSUM_ERROR = 0x10
    LENGTH_ERROR = 0x11
    BAD_COMMAND = 0x21
    NOT_PERMITTED = 0x23
    UNKNOWN_ERROR = 0x24
    CARD_REFUSES_SAM = 0x31
    SAM_REFUSES_CARD = 0x32
    INFO_CHECK_FAILED = 0x33
    FINGERPRINT_CHECK_FAILED = 0x37
    INFO_LENGTH_ERROR = 0x3F
    UNKNOWN_CARD_TYPE = 0x40
    READ_FAILED = 0x41
    RANDOM_FAILED = 0x47
    SELF_TEST_FAILED = 0x60
    SAM_NOT_AUTHORISED = 0x66
    FIND_FAILED = 0x80
    SELECT_FAILED = 0x81


# A SAM that failed its self-test or lacks its licence is as good as no reader: the number `sw3`
# of the error tells service staff which of them it is.
STATUS_CODES: dict[SamStatus, ErrorCode] = {
    SamStatus.ITEM_ABSENT: ErrorCode.CARD_UNREADABLE,
    SamStatus.CHECKSUM_ERROR: ErrorCode.CARD_UNREADABLE,
    SamStatus.LENGTH_ERROR: ErrorCode.CARD_UNREADABLE,
    SamStatus.BAD_COMMAND: ErrorCode.CARD_NOT_SUPPORTED,
    SamStatus.NOT_PERMITTED: ErrorCode.CARD_ACCESS_DENIED,
    SamStatus.UNKNOWN_ERROR: ErrorCode.CARD_UNREADABLE,
    SamStatus.CARD_REFUSES_SAM: ErrorCode.CARD_ACCESS_DENIED,
    SamStatus.SAM_REFUSES_CARD: ErrorCode.CARD_ACCESS_DENIED,
    SamStatus.INFO_CHECK_FAILED: ErrorCode.CARD_UNREADABLE,
    SamStatus.FINGERPRINT_CHECK_FAILED: ErrorCode.CARD_UNREADABLE,
    SamStatus.INFO_LENGTH_ERROR: ErrorCode.CARD_UNREADABLE,
    SamStatus.UNKNOWN_CARD_TYPE: ErrorCode.CARD_WRONG_KIND,
    SamStatus.READ_FAILED: ErrorCode.CARD_UNREADABLE,
    SamStatus.RANDOM_FAILED: ErrorCode.CARD_UNREADABLE,
    SamStatus.SELF_TEST_FAILED: ErrorCode.READER_FAULTY,
    SamStatus.SAM_NOT_AUTHORISED: ErrorCode.READER_FAULTY,
    SamStatus.FIND_FAILED: ErrorCode.CARD_NOT_PRESENTED,
    SamStatus.SELECT_FAILED: ErrorCode.CARD_UNREADABLE,
}
_LIFTED = (SamStatus.READ_FAILED, SamStatus.SELECT_FAILED, SamStatus.RANDOM_FAILED)
"""Statuses that a card lifted too early also produces; one more find tells which it was."""

_MODULE_STATE = (0x11, 0xFF)
_FIND = (0x20, 0x01)
_SELECT = (0x20, 0x02)


class ReadCommand(IntEnum):
    """Which read a SAM is asked for. Fingerprints are never wanted, and wiped when they come."""

    TEXT_AND_PHOTO = 0x01
    TEXT_PHOTO_FINGERPRINT = 0x10
    """For SAM firmware that answers only this one."""


class SamLine:
    """One open serial line to a SAM. Booth only, one thread."""

    def __init__(self, device: str, baud: int = BAUD) -> None:
        """Open exclusively. Raises `CardError` READER_NOT_FOUND or READER_BUSY."""
        try:
            self._port = serial.Serial(device, baud, timeout=_SLICE_S, write_timeout=1.0,
                                       exclusive=True)  # fmt: skip
        except (*_LINE_FAILED, ValueError) as error:
            busy = getattr(error, "errno", None) in (errno.EBUSY, errno.EAGAIN, errno.EACCES)
            code = ErrorCode.READER_BUSY if busy else ErrorCode.READER_NOT_FOUND
            raise CardError(code) from error

    def exchange(
        self,
        request: bytes,
        cancel: Event,
        timeout_s: float,
        progress: Callable[[float], None] | None = None,
    ) -> SamReply:
        """Send one request and wait for its reply; `timeout_s` is the longest silence allowed.

        Raises `CardError` READER_NOT_FOUND (unplugged or silent), CARD_UNREADABLE (damaged
        frame) or CARD_NOT_PRESENTED (`cancel`).
        """
        assembler = ReplyAssembler()
        try:
            self._port.reset_input_buffer()
            self._port.write(request)
            start_s = last_byte_s = time.monotonic()
            while (reply := assembler.take()) is None:
                if cancel.is_set():
                    raise CardError(ErrorCode.CARD_NOT_PRESENTED)
                chunk = self._port.read(assembler.missing)
                if chunk:
                    last_byte_s = time.monotonic()
                    assembler.feed(chunk)
                    if progress is not None:
                        progress(assembler.fraction)
                now_s = time.monotonic()
                if now_s - last_byte_s > timeout_s or now_s - start_s > _DRIP_FACTOR * timeout_s:
                    raise CardError(ErrorCode.READER_NOT_FOUND)
            return reply
        except _LINE_FAILED as error:
            raise CardError(ErrorCode.READER_NOT_FOUND) from error
        finally:
            assembler.wipe()

    def close(self) -> None:
        """Release the line; safe to call twice."""
        self._port.close()


class SamReader:
    """Reads resident cards. `fields` are the identity fields the notice lists; no other leaves.

    Without `decode_photo` the text is read and the portrait is None. Booth only, one thread.
    """

    def __init__(
        self,
        open_line: Callable[[], SamLine],
        fields: tuple[str, ...],
        timeout_s: float,
        *,
        decode_photo: DecodePhoto | None = None,
        read_command: ReadCommand = ReadCommand.TEXT_AND_PHOTO,
        reply_timeout_s: float = REPLY_TIMEOUT_S,
        today: Callable[[], date] = lambda: datetime.now(_CHINA_TIME).date(),
    ) -> None:
        self._open_line = open_line
        self._fields = fields
        self._timeout_s = timeout_s
        self._decode_photo = decode_photo
        self._read_command = read_command
        self._reply_timeout_s = reply_timeout_s
        self._today = today

    @contextmanager
    def read(
        self, access: AccessKey | None, cancel: Event, progress: Callable[[float], None]
    ) -> Iterator[CardReading]:
        """Wait for a card, read it and yield it; the portrait is wiped on exit.

        `access` is not needed: the SAM opens the card. Raises `CardError` as the port says, and
        CARD_PHOTO_… when a configured decoder cannot decode the photo.
        """
        line = self._open_line()
        try:
            text, portrait = self._read_card(line, cancel, progress)
        finally:
            line.close()
        try:
            progress(1.0)
            yield self._reading(text, portrait)
        finally:
            if portrait is not None:
                portrait.destroy()

    def _read_card(
        self, line: SamLine, cancel: Event, progress: Callable[[float], None]
    ) -> tuple[ResidentText, CardPortrait | None]:
        self._wait_for_card(line, cancel)
        progress(0.05)
        self._select(line, cancel)
        progress(0.1)
        reply = self._ask(
            line,
            (0x30, self._read_command),
            cancel,
            lambda fraction: progress(0.1 + 0.8 * fraction),
        )
        self._check(line, reply, cancel)
        content = split_content(reply.data)
        try:
            text = parse_text(content.text)
            _check_number(text, self._today())
            portrait = None if self._decode_photo is None else self._decode_photo(content.photo)
        finally:
            content.wipe()
        return text, portrait

    def _wait_for_card(self, line: SamLine, cancel: Event) -> None:
        deadline_s = time.monotonic() + self._timeout_s
        while True:
            reply = self._ask(line, _FIND, cancel)
            if reply.status == SamStatus.CARD_FOUND:
                return
            if reply.status != SamStatus.FIND_FAILED:
                raise status_error(reply.status)
            if time.monotonic() >= deadline_s or cancel.wait(FIND_PERIOD_S):
                raise CardError(ErrorCode.CARD_NOT_PRESENTED)

    def _select(self, line: SamLine, cancel: Event) -> None:
        # A card still moving into the field is found but not selected: one more try is normal.
        for attempt in range(_SELECT_ATTEMPTS):
            reply = self._ask(line, _SELECT, cancel)
            if reply.status == SamStatus.OK:
                return
            if reply.status != SamStatus.SELECT_FAILED or attempt + 1 == _SELECT_ATTEMPTS:
                self._check(line, reply, cancel)
            self._ask(line, _FIND, cancel)

    def _check(self, line: SamLine, reply: SamReply, cancel: Event) -> None:
        if reply.status == SamStatus.OK:
            return
        if reply.status in _LIFTED:
            found = self._ask(line, _FIND, cancel)
            if found.status == SamStatus.FIND_FAILED:
                raise CardError(ErrorCode.CARD_REMOVED, sw3=reply.status)
        raise status_error(reply.status)

    def _ask(
        self,
        line: SamLine,
        command: tuple[int, int],
        cancel: Event,
        progress: Callable[[float], None] | None = None,
    ) -> SamReply:
        return line.exchange(encode_command(*command), cancel, self._reply_timeout_s, progress)

    def _reading(self, text: ResidentText, portrait: CardPortrait | None) -> CardReading:
        listed = tuple((n, text.fields[n]) for n in self._fields if n in text.fields)
        check = DocumentCheck(
            kind=text.kind,
            authenticity=Authenticity.READER_VOUCHED,
            expired=text.expired(self._today()),
            access="SAM",
        )
        return CardReading(IdentityRecord(listed), check, portrait)


def probe(device: str, timeout_s: float = REPLY_TIMEOUT_S) -> None:
    """Ask the SAM at `device` whether it works, for the self-check; no card is touched.

    Raises `CardError` READER_NOT_FOUND (nothing there, silent), READER_FAULTY (self-test failed,
    not authorised), READER_BUSY, or CARD_UNREADABLE when what answers is not a SAM.
    """
    line = SamLine(device)
    try:
        reply = line.exchange(encode_command(*_MODULE_STATE), Event(), timeout_s)
    finally:
        line.close()
    if reply.status != SamStatus.OK:
        raise status_error(reply.status)


def status_error(status: int) -> CardError:
    """The typed error of a status that is not a success; `sw3` keeps the figure."""
    try:
        code = STATUS_CODES.get(SamStatus(status), ErrorCode.CARD_UNREADABLE)
    except ValueError:
        code = ErrorCode.CARD_UNREADABLE
    return CardError(code, sw3=status)


def _check_number(text: ResidentText, today: date) -> None:
    """Refuse text whose number cannot exist: an 8-bit XOR does not see every damaged byte."""
    if not examine(text.fields["document_number"], today).possible:
        raise CardError(ErrorCode.CARD_UNREADABLE)
