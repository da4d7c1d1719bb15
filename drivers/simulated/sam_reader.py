"""Software SAM reader behind a pseudo-terminal, and the resident cards laid on it.

Speaks the real frames of GA 450 readers, so everything above the serial line runs as with
hardware. Written apart from `drivers.card`: it shares no frame or layout code with the reader, so
that both sides cannot make the same mistake. Demo profile and tests only.
"""

import os
import select
import struct
import termios
import threading
import tty
from dataclasses import dataclass, field
from enum import Enum

_PREAMBLE = bytes.fromhex("AAAAAA9669")
_ANSWER_OK = 0x90
_ANSWER_FOUND = 0x9F
_ANSWER_NOT_FOUND = 0x80
_ANSWER_SELECT_FAILED = 0x81
_ANSWER_READ_FAILED = 0x41
_ANSWER_BAD_SUM = 0x10
_ANSWER_BAD_COMMAND = 0x21


class Layout(Enum):
    """The four text layouts: a struct of UTF-16 fields that sums to 256 bytes."""

    RESIDENT = (
        "name:15 sex:1 nation:2 birth:8 address:35 number:18 issuer:15 from:8 until:8 rest:18"
    )
    HMT = (
        "name:15 sex:1 rest:2 birth:8 address:35 number:18 issuer:15 from:8 until:8 "
        "permit:9 issues:2 rest:3 J rest:3"
    )
    FOREIGNER_2023 = (
        "name:15 sex:1 renewals:2 birth:8 latin1:35 number:18 rest:15 from:8 until:8 "
        "latin2:11 country:3 Y earlier:3"
    )
    FOREIGNER_2017 = (
        "latin:60 sex:1 number:15 country:3 name:15 from:8 until:8 birth:8 version:2 agency:4 "
        "I rest:3"
    )


def text_block(layout: Layout, **values: str) -> bytes:
    """256 bytes of UTF-16LE text, each field padded with spaces.

    Raises `ValueError` when a value is too long or not a field of the layout.
    """
    left = dict(values)
    out = b""
    for part in layout.value.split():
        name, _, width = part.partition(":")
        if not width:
            out += struct.pack("<H", ord(name))
            continue
        units = left.pop(name, "").encode("utf-16-le")
        if len(units) > 2 * int(width):
            raise ValueError(f"{name} is too long")
        out += units + b" \0" * (int(width) - len(units) // 2)
    if left or len(out) != 256:
        raise ValueError(f"not of this layout: {sorted(left)}")
    return out


@dataclass(frozen=True, slots=True)
class SimulatedResidentCard:
    """A card: 256 text bytes, 1024 photo bytes, 0, 512 or 1024 fingerprint bytes."""

    text: bytes
    photo: bytes
    fingerprint: bytes = b""
    serial_number: bytes = bytes(8)

    def __post_init__(self) -> None:
        if len(self.text) != 256 or len(self.photo) != 1024:
            raise ValueError("a card holds 256 text and 1024 photo bytes")
        if len(self.fingerprint) not in (0, 512, 1024):
            raise ValueError("a card holds no, one or two fingerprints of 512 bytes")


@dataclass
class Misbehaviour:
    """Faults the reader shows; every field is off at the start and may be changed at any time."""

    damage_sum: bool = False
    silent: bool = False
    noise_before: bytes = b""
    answers: dict[tuple[int, int], int] = field(default_factory=dict)
    """(command, parameter) -> status answered instead."""
    raw_answer: bytes | None = None
    """Sent as it is in place of any answer."""
    cut_answer_at: int | None = None
    """Only so many bytes of each answer are sent."""
    pull_on: tuple[int, int] | None = None
    """The card is lifted when this (command, parameter) arrives."""


class SimulatedSamReader:
    """One software reader; its thread lives from the constructor to `close`."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave, termios.TCSANOW)
        self.device = os.ttyname(self._slave)
        """Path to open as the serial device."""
        self.misbehaviour = Misbehaviour()
        self.requests: list[tuple[int, int]] = []
        """Commands received so far, as (command, parameter)."""
        self._lock = threading.Lock()
        self._card: SimulatedResidentCard | None = None
        self._read_since_laid = False
        self._selected = False
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="simulated-sam")
        self._thread.start()

    def present(self, card: SimulatedResidentCard) -> None:
        """Lay a card on the reader."""
        with self._lock:
            self._card = card
            self._read_since_laid = self._selected = False

    def lift(self) -> None:
        """Take the card away."""
        with self._lock:
            self._card = None
            self._selected = False

    def close(self) -> None:
        """Unplug the reader: its line hangs up; safe to call twice."""
        if self._thread.is_alive():
            os.write(self._stop_write, b"x")
            self._thread.join()
        for descriptor in (self._master, self._slave, self._stop_read, self._stop_write):
            if descriptor >= 0:
                os.close(descriptor)
        self._master = self._slave = self._stop_read = self._stop_write = -1

    def __enter__(self) -> "SimulatedSamReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self) -> None:
        pending = b""
        while True:
            ready, _, _ = select.select([self._master, self._stop_read], [], [])
            if self._stop_read in ready:
                return
            pending += os.read(self._master, 4096)
            while (request := self._next_request(pending)) is not None:
                pending = pending[len(request) :]
                self._reply(request)

    @staticmethod
    def _next_request(pending: bytes) -> bytes | None:
        if len(pending) < 7:
            return None
        (length,) = struct.unpack_from(">H", pending, 5)
        total = 7 + int(length)
        return pending[:total] if len(pending) >= total else None

    def _reply(self, request: bytes) -> None:
        faults = self.misbehaviour
        if faults.silent:
            return
        if faults.raw_answer is not None:
            answer = faults.raw_answer
        else:
            answer = faults.noise_before + self._answer(request)
        if faults.damage_sum:
            answer = answer[:-1] + bytes((answer[-1] ^ 0x55,))
        if faults.cut_answer_at is not None:
            answer = answer[: faults.cut_answer_at]
        while answer:
            answer = answer[os.write(self._master, answer) :]

    def _answer(self, request: bytes) -> bytes:
        total = 0
        for byte in request[5:]:
            total ^= byte
        if total != 0 or not request.startswith(_PREAMBLE):
            return _frame(_ANSWER_BAD_SUM)
        command = (request[7], request[8])
        self.requests.append(command)
        with self._lock:
            if command == self.misbehaviour.pull_on:
                self._card = None
                self._selected = False
            if command in self.misbehaviour.answers:
                return _frame(self.misbehaviour.answers[command])
            return self._obey(command)

    def _obey(self, command: tuple[int, int]) -> bytes:
        match command:
            case (0x10, 0xFF) | (0x11, 0xFF):
                return _frame(_ANSWER_OK)
            case (0x20, 0x01):
                there = self._card is not None and not self._read_since_laid
                return _frame(_ANSWER_FOUND, bytes(4)) if there else _frame(_ANSWER_NOT_FOUND)
            case (0x20, 0x02):
                if self._card is None:
                    return _frame(_ANSWER_SELECT_FAILED)
                self._selected = True
                return _frame(_ANSWER_OK, self._card.serial_number)
            case (0x30, 0x01) | (0x30, 0x10):
                return self._content(with_fingerprint=command[1] == 0x10)
            case _:
                return _frame(_ANSWER_BAD_COMMAND)

    def _content(self, *, with_fingerprint: bool) -> bytes:
        if self._card is None or not self._selected:
            return _frame(_ANSWER_READ_FAILED)
        self._read_since_laid = True
        card = self._card
        if not with_fingerprint:
            return _frame(_ANSWER_OK, struct.pack(">HH", 256, 1024) + card.text + card.photo)
        lengths = struct.pack(">HHH", 256, 1024, len(card.fingerprint))
        return _frame(_ANSWER_OK, lengths + card.text + card.photo + card.fingerprint)


def _frame(status: int, data: bytes = b"") -> bytes:
    counted = struct.pack(">HBBB", len(data) + 4, 0, 0, status) + data
    total = 0
    for byte in counted:
        total ^= byte
    return _PREAMBLE + counted + bytes((total,))
