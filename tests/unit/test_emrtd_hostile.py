"""The eMRTD reader against cards that lie, and its secure channel against cards that leave it."""

from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card.apdu import CommandApdu, PlainChannel, Transport
from drivers.card.bac import authenticate
from drivers.card.emrtd import EmrtdReader
from drivers.card.secure_messaging import SecureChannelLostError
from station.errors import CardError, ErrorCode
from station.model import IDENTITY_FIELDS
from tests.card_desk import ACCESS, MemoryTransport, desk_with


class HostileTransport:
    """Answers with whatever it is given, whole status words included."""

    def __init__(self, answers: list[bytes]) -> None:
        self.answers = answers

    def transmit(self, apdu: bytes) -> bytearray:
        if not self.answers:
            raise CardError(ErrorCode.CARD_REMOVED)
        return bytearray(self.answers.pop(0))

    def close(self) -> None:
        """Nothing to let go of."""


ok_answers = st.binary(max_size=300).map(lambda data: data + b"\x90\x00")


@given(st.lists(ok_answers | st.binary(max_size=300), max_size=30), st.booleans())
def test_a_hostile_card_ends_in_a_typed_error(answers: list[bytes], with_key: bool) -> None:
    transport: Transport = HostileTransport(answers)
    reader = EmrtdReader(lambda _: transport, Path("/nonexistent"), IDENTITY_FIELDS)
    with (
        pytest.raises(CardError),
        reader.read(ACCESS if with_key else None, Event(), lambda _: None),
    ):
        pytest.fail("a reading was given")


def test_a_file_that_claims_to_be_huge_is_not_read(tmp_path: Path) -> None:
    # SELECT, probe, SELECT EF.COM, and a header that promises four megabytes.
    answers = [b"\x90\x00"] * 2 + [b"\x60\x90\x00", b"\x90\x00"]
    answers.append(bytes.fromhex("6083400000000000") + b"\x90\x00")
    reader = EmrtdReader(lambda _: HostileTransport(answers), tmp_path, IDENTITY_FIELDS)
    with (
        pytest.raises(CardError, match=ErrorCode.CARD_UNREADABLE) as caught,
        reader.read(None, Event(), lambda _: None),
    ):
        pytest.fail("a reading was given")
    assert caught.value.numbers["length"] == 5 + 0x400000
    assert not answers


def _channel(tmp_path: Path, **quirks: object) -> tuple[MemoryTransport, PlainChannel]:
    transport = desk_with(tmp_path, **quirks).transport
    plain = PlainChannel(transport)
    select = CommandApdu(0, 0xA4, 0x04, 0x0C, bytes.fromhex("a0000002471001"))
    assert plain.exchange(select).ok
    return transport, plain


def test_a_read_by_short_identifier_may_cost_the_channel(tmp_path: Path) -> None:
    transport, plain = _channel(tmp_path, short_identifier_kills_channel=True)
    channel = authenticate(plain, transport, ACCESS)
    with pytest.raises(SecureChannelLostError) as caught:
        channel.exchange(CommandApdu(0, 0xB0, 0x9E, 0, le=8))
    assert caught.value.numbers == {"sw": 0x6F00}


def test_a_plain_error_closes_the_channel_until_access_control_is_done_again(
    tmp_path: Path,
) -> None:
    transport, plain = _channel(tmp_path, plain_errors=True)
    channel = authenticate(plain, transport, ACCESS)
    missing = CommandApdu(0, 0xA4, 0x02, 0x0C, b"\x01\x0b")
    with pytest.raises(SecureChannelLostError):
        channel.exchange(missing)
    with pytest.raises(SecureChannelLostError):
        channel.exchange(CommandApdu(0, 0xA4, 0x02, 0x0C, b"\x01\x01"))
    again = authenticate(plain, transport, ACCESS)
    assert again.exchange(CommandApdu(0, 0xA4, 0x02, 0x0C, b"\x01\x01")).ok


def test_an_error_inside_the_channel_keeps_it_open(tmp_path: Path) -> None:
    transport, plain = _channel(tmp_path)
    channel = authenticate(plain, transport, ACCESS)
    assert channel.exchange(CommandApdu(0, 0xA4, 0x02, 0x0C, b"\x01\x0b")).sw == 0x6A82
    assert channel.exchange(CommandApdu(0, 0xA4, 0x02, 0x0C, b"\x01\x03")).sw == 0x6982
    assert channel.exchange(CommandApdu(0, 0xA4, 0x02, 0x0C, b"\x01\x01")).ok
