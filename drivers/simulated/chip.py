"""A software eMRTD: command APDUs in, response APDUs out. Demo profile and tests only."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from drivers.simulated import chip_files
from drivers.simulated.chip_secure_channel import (
    ChipChannel,
    SecureChannelError,
    answer_authentication,
)

_INSTRUCTIONS = (0x82, 0x84, 0x88, 0xB0, 0xB1)
ATR = bytes.fromhex("3b80800101")
_AID = bytes.fromhex("a0000002471001")


class ChipRemovedError(Exception):
    """The simulated document was pulled from the reader."""


@dataclass(frozen=True, slots=True)
class ChipQuirks:
    """Ways real chips differ, most seen on a card or emulator (cards.md 1.5); by default none."""

    authentication_answers_6f00: bool = False
    """EXTERNAL AUTHENTICATE fails with 6F00 even with the right key."""
    plain_errors: bool = False
    """An error inside secure messaging comes back plain and ends the channel."""
    short_identifier_kills_channel: bool = False
    """READ BINARY by short file identifier answers 6F00 and ends the channel."""
    le_256_gives_nothing: bool = False
    """A protected read of 256 bytes answers 9000 with no data."""
    internal_authenticate_sw: int = 0x6D00
    """Status word of INTERNAL AUTHENTICATE; one card answered the odd 0005."""
    longest_read: int = 256
    """Reads give at most so many bytes, with 9000."""
    reads_give_nothing: bool = False
    """Every read answers 9000 with no data."""
    pace_only: bool = False
    """No BAC, the application is hidden, and EF.CardAccess is in the master file."""
    pace_only_shows_application: bool = False
    """With `pace_only`: SELECT of the application succeeds all the same."""
    no_access_control: bool = False
    """Every file can be read plainly and there is no BAC."""
    without_application: bool = False
    """Some other card: there is no eMRTD application."""
    without_sod: bool = False
    """EF.SOD does not exist."""
    removed_after: int | None = None
    """The card is pulled after so many commands."""
    loses_channel_at: frozenset[int] = field(default_factory=frozenset)
    """At these commands, counted from 1, the chip forgets its session and answers 6988 plain."""
    wrong_mac_at: int | None = None
    """At this command the answer carries a wrong MAC."""
    challenge_length: int = 8
    """Bytes GET CHALLENGE gives."""


_Reply = tuple[bytes, int]


class SimulatedChip:
    """One document. Holds its files in plain; `transmit` enforces access like a real chip.

    `random_bytes` serves the challenge and key material, so that worked examples can be replayed.
    """

    def __init__(
        self,
        files: Mapping[int, bytes],
        keys: tuple[bytes, bytes],
        quirks: ChipQuirks | None = None,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._files = dict(files)
        self._keys = keys
        self._quirks = quirks or ChipQuirks()
        self._random_bytes = random_bytes
        self._commands = 0
        self._application = False
        self._selected: int | None = None
        self._challenge: bytes | None = None
        self._channel: ChipChannel | None = None

    def reset(self) -> None:
        """Power off and on: selection, challenge and session are gone."""
        self._application = False
        self._selected = self._challenge = self._channel = None

    def transmit(self, apdu: bytes) -> bytes:
        """Answer one command. Raises `ChipRemovedError` where the quirks pull the card."""
        self._commands += 1
        quirks = self._quirks
        if quirks.removed_after is not None and self._commands > quirks.removed_after:
            raise ChipRemovedError
        if self._commands in quirks.loses_channel_at and self._channel is not None:
            self._channel = None
            return _plain(b"", 0x6988)
        try:
            header, data, le = _dissect(apdu)
        except ValueError:
            return _plain(b"", 0x6700)
        if header[0] & 0x0C == 0x0C:
            answer = self._protected(header, data)
        else:
            # A command without protection ends the session (ICAO 9303-11 §9.8.2).
            self._channel = None
            answer = _plain(*self._execute(header, data, le))
        if self._commands == quirks.wrong_mac_at and len(answer) > 10:
            answer = answer[:-3] + bytes([answer[-3] ^ 1]) + answer[-2:]
        return answer

    def _protected(self, header: bytes, body: bytes) -> bytes:
        if self._channel is None:
            return _plain(b"", 0x6988)
        channel = self._channel
        try:
            command = channel.open_command(header, body)
        except SecureChannelError as error:
            self._channel = None
            return _plain(b"", error.sw)
        data, sw = self._execute(header, command.data, command.le)
        ended = self._channel is not channel
        if ended or (sw != 0x9000 and self._quirks.plain_errors):
            self._channel = None
            return _plain(b"", sw)
        if self._quirks.le_256_gives_nothing and command.le == 256:
            data = b""
        return channel.seal_answer(data, sw, odd=header[1] % 2 == 1)

    def _execute(self, header: bytes, data: bytes, le: int | None) -> _Reply:
        instruction = header[1]
        if instruction == 0xA4:
            return self._select(header[2], data)
        if self._quirks.without_application or instruction not in _INSTRUCTIONS:
            return b"", 0x6D00
        if instruction in (0x82, 0x84):
            challenge = instruction == 0x84
            return self._get_challenge() if challenge else self._external_authenticate(data)
        if instruction == 0x88:
            return b"", self._quirks.internal_authenticate_sw
        if instruction == 0xB0:
            return self._read_binary(header[2], header[3], le)
        return self._read_binary_odd(header[2:4], data, le)

    def _select(self, how: int, data: bytes) -> _Reply:
        if how == 0x04:
            return b"", self._select_application(data)
        if how == 0x00 and data in (b"", b"\x3f\x00"):
            self._application, self._selected = False, None
            return b"", 0x9000
        if how == 0x02 and len(data) == 2:
            return b"", self._select_file(int.from_bytes(data, "big"))
        return b"", 0x6A86

    def _select_application(self, name: bytes) -> int:
        quirks = self._quirks
        if name != _AID or quirks.without_application:
            return 0x6A82
        if quirks.pace_only and not quirks.pace_only_shows_application:
            return 0x6982
        self._application, self._selected = True, None
        return 0x9000

    def _select_file(self, identifier: int) -> int:
        if self._application:
            present = identifier in self._files
        else:
            present = self._quirks.pace_only and identifier == chip_files.EF_CARD_ACCESS
        if not present:
            return 0x6A82
        if self._application and not self._may_read(identifier):
            return 0x6982
        self._selected = identifier
        return 0x9000

    def _may_read(self, identifier: int) -> bool:
        if identifier == chip_files.EF_DG3:
            return False  # Fingerprints need Extended Access Control.
        return self._channel is not None or self._quirks.no_access_control

    def _get_challenge(self) -> _Reply:
        if not self._application or self._quirks.pace_only:
            return b"", 0x6985
        if self._quirks.no_access_control:
            return b"", 0x6D00
        self._challenge = self._random_bytes(self._quirks.challenge_length)
        return self._challenge, 0x9000

    def _external_authenticate(self, proof: bytes) -> _Reply:
        challenge, self._challenge = self._challenge, None
        if self._quirks.authentication_answers_6f00:
            return b"", 0x6F00
        if challenge is None:
            return b"", 0x6985
        try:
            answer, channel = answer_authentication(
                self._keys, challenge, proof, self._random_bytes(16)
            )
        except SecureChannelError as error:
            return b"", error.sw
        self._channel = channel
        return answer, 0x9000

    def _read_binary(self, p1: int, p2: int, le: int | None) -> _Reply:
        if p1 & 0x80 and self._quirks.short_identifier_kills_channel:
            self._channel = None
            return b"", 0x6F00
        offset = p1 << 8 | p2
        if p1 & 0x80:
            self._selected, offset = 0x0100 | p1 & 0x1F, p2
        return self._content(offset, le)

    def _read_binary_odd(self, file: bytes, data: bytes, le: int | None) -> _Reply:
        """READ BINARY with the offset in DO'54' and the answer in DO'53'; current file only."""
        if file != b"\x00\x00" or data[:2] != b"\x54\x02" or len(data) != 4 or le is None:
            return b"", 0x6A80
        content, sw = self._content(int.from_bytes(data[2:], "big"), max(1, le - 3))
        return (chip_files.node("53", content) if content else b""), sw

    def _content(self, offset: int, le: int | None) -> _Reply:
        if self._selected is None or not self._may_read(self._selected):
            return b"", 0x6982
        content = self._files.get(self._selected)
        if content is None:
            return b"", 0x6A82
        if le is None or offset >= len(content):
            return b"", 0x6B00
        if self._quirks.reads_give_nothing:
            return b"", 0x9000
        data = content[offset : offset + min(le, self._quirks.longest_read)]
        short = len(data) < le and offset + len(data) == len(content)
        return data, 0x6282 if short else 0x9000


def _plain(data: bytes, sw: int) -> bytes:
    return data + sw.to_bytes(2, "big")


def _dissect(apdu: bytes) -> tuple[bytes, bytes, int | None]:
    """Header, data and Le of a short command. Raises `ValueError`, also for extended length."""
    if len(apdu) < 4:
        raise ValueError("too short")
    header, body = apdu[:4], apdu[4:]
    if not body:
        return header, b"", None
    if len(body) == 1:
        return header, b"", body[0] or 256
    size = body[0]
    data, rest = body[1 : 1 + size], body[1 + size :]
    if size == 0 or len(data) != size or len(rest) > 1:
        raise ValueError("lengths do not add up, or extended length")
    return header, data, (rest[0] or 256) if rest else None
