"""Command and response APDUs: worked encodings, round trips and hostile bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card.apdu import CommandApdu, PlainChannel, ResponseApdu
from station.errors import CardError, ErrorCode

byte = st.integers(0, 255)


@pytest.mark.parametrize(
    ("command", "encoded"),
    [
        (CommandApdu(0x00, 0x84, 0, 0, le=8), "0084000008"),
        (CommandApdu(0x00, 0xA4, 0x02, 0x0C, b"\x01\x1e"), "00a4020c02011e"),
        (CommandApdu(0x00, 0xB0, 0, 0, le=256), "00b0000000"),
        (CommandApdu(0x00, 0xB0, 0, 0, le=257), "00b00000000101"),
        (CommandApdu(0x00, 0xB0, 0, 0, le=65536), "00b00000000000"),
        (CommandApdu(0x00, 0x20, 0, 1), "00200001"),
    ],
)
def test_encodings_of_iso_7816_4(command: CommandApdu, encoded: str) -> None:
    assert command.encode().hex() == encoded
    assert CommandApdu.decode(bytes.fromhex(encoded)) == command


@given(
    header=st.tuples(byte, byte, byte, byte),
    data=st.binary(max_size=600),
    le=st.none() | st.integers(1, 65536),
)
def test_every_command_survives_the_wire(
    header: tuple[int, int, int, int], data: bytes, le: int | None
) -> None:
    command = CommandApdu(*header, data=data, le=le)
    assert CommandApdu.decode(command.encode()) == command


@given(st.binary(max_size=40))
def test_hostile_commands_are_refused_or_well_formed(raw: bytes) -> None:
    try:
        command = CommandApdu.decode(raw)
    except ValueError:
        return
    # The extended form may be used needlessly, so only the meaning has to survive.
    assert CommandApdu.decode(command.encode()) == command


@pytest.mark.parametrize("le", [0, 65537, -1])
def test_an_impossible_le_is_refused(le: int) -> None:
    with pytest.raises(ValueError, match="APDU lengths"):
        CommandApdu(0, 0xB0, 0, 0, le=le).encode()


@given(st.binary(max_size=300))
def test_responses_split_into_data_and_status(raw: bytes) -> None:
    if len(raw) < 2:
        with pytest.raises(CardError, match=ErrorCode.CARD_UNREADABLE):
            ResponseApdu.parse(bytearray(raw))
        return
    answer = ResponseApdu.parse(bytearray(raw))
    assert bytes(answer.data) + answer.sw.to_bytes(2, "big") == raw


def test_a_response_shows_no_data() -> None:
    assert "secret" not in repr(ResponseApdu(bytearray(b"secret"), 0x9000))


class ScriptedTransport:
    """Answers in order and remembers what was sent."""

    def __init__(self, *answers: str) -> None:
        self.answers = [bytes.fromhex(a) for a in answers]
        self.sent: list[bytes] = []

    def transmit(self, apdu: bytes) -> bytearray:
        self.sent.append(apdu)
        return bytearray(self.answers.pop(0))

    def close(self) -> None:
        """Nothing to let go of."""


def test_a_wrong_le_is_corrected_once() -> None:
    transport = ScriptedTransport("6c03", "0102039000")
    answer = PlainChannel(transport).exchange(CommandApdu(0, 0xB0, 0, 0, le=8))
    assert bytes(answer.data) == b"\x01\x02\x03"
    assert transport.sent[1] == bytes.fromhex("00b0000003")
