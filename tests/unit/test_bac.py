"""Basic Access Control and secure messaging against ICAO 9303-11 appendix D.2 to D.4.

The same published bytes are put to the reader and to the simulated chip, which share no code.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card import bac
from drivers.card.apdu import CommandApdu, PlainChannel
from drivers.card.cipher_suite import SessionKeys, TripleDesSuite, pad, unpadded_length
from drivers.card.secure_messaging import SecureChannel, SecureChannelLostError
from drivers.simulated.chip import SimulatedChip
from drivers.simulated.chip_secure_channel import access_keys
from station.booth.ports import AccessKey
from station.errors import CardError, ErrorCode

ACCESS = AccessKey("L898902C", "690806", "940623")
K_ENC = "ab94fdecf2674fdfb9b391f85d7f76f2"
K_MAC = "7962d9ece03d1acd4c76089dce131543"
RND_IC, RND_IFD = "4608f91988702212", "781723860c06c226"
K_IFD, K_IC = "0b795240cb7049b01c19b33e32804f0b", "0b4f80323eb3191cb04970cb4052790b"
E_IFD = "72c29c2371cc9bdb65b779b8e8d37b29ecc154aa56a8799fae2f498f76ed92f2"
M_IFD = "5f1448eea8ad90a7"
CHIP_PROOF = "46b9342a41396cd7386bf5803104d7cedc122b9132139baf2eedc94ee178534f2f2d235d074d7449"
KS_ENC = "979ec13b1cbfe9dcd01ab0fed307eae5"
KS_MAC = "f1cb1f1fb5adf208806b89dc579dc1f8"
SSC = "887022120c06c226"
EF_COM = "60145f0104303130365f36063034303030305c026175"

# Appendix D.4: protected command and answer of SELECT EF.COM and the two reads.
D4 = [
    (
        "0ca4020c158709016375432908c044f68e08bf8b92d635ff24f800",
        "990290008e08fa855a5d4c50a8ed9000",
    ),
    (
        "0cb000000d9701048e08ed6705417e96ba5500",
        "8709019ff0ec34f9922651990290008e08ad55cc17140b2ded9000",
    ),
    (
        "0cb000040d9701128e082ea28a70f3c7b53500",
        "871901fb9235f4e4037f2327dcc8964f1f9b8c30f42c8e2fff224a990290008e08c8b2787eaea07d749000",
    ),
]


class ScriptedTransport:
    """Expects these commands in this order."""

    def __init__(self, *dialogue: tuple[str, str]) -> None:
        self.dialogue = list(dialogue)

    def transmit(self, apdu: bytes) -> bytearray:
        command, answer = self.dialogue.pop(0)
        assert apdu.hex() == command
        return bytearray.fromhex(answer)

    def close(self) -> None:
        """Nothing to let go of."""


class Replay:
    """Random bytes of the worked example, in the order they are asked for."""

    def __init__(self, *values: str) -> None:
        self.values = [bytes.fromhex(v) for v in values]

    def __call__(self, count: int) -> bytes:
        value = self.values.pop(0)
        assert len(value) == count
        return value


def _open(transport: ScriptedTransport) -> SecureChannel:
    channel = PlainChannel(transport)
    return bac.authenticate(channel, transport, ACCESS, Replay(RND_IFD, K_IFD))


AUTHENTICATION = [
    ("0084000008", RND_IC + "9000"),
    ("0082000028" + E_IFD + M_IFD + "28", CHIP_PROOF + "9000"),
]


def test_document_keys_of_appendix_d2() -> None:
    keys = bac.document_keys(ACCESS)
    assert (keys.enc.hex(), keys.mac.hex()) == (K_ENC, K_MAC)
    assert [k.hex() for k in access_keys("L898902C", "690806", "940623")] == [K_ENC, K_MAC]


def test_session_keys_of_appendix_d3() -> None:
    seed = bytes.fromhex("0036d272f5c350acac50c3f572d23600")
    keys = TripleDesSuite().derive_keys(seed)
    assert (keys.enc.hex(), keys.mac.hex()) == (KS_ENC, KS_MAC)


def test_the_reader_speaks_appendix_d3_and_d4_byte_for_byte() -> None:
    transport = ScriptedTransport(*AUTHENTICATION, *D4)
    channel = _open(transport)
    assert channel.exchange(CommandApdu(0, 0xA4, 0x02, 0x0C, b"\x01\x1e")).ok
    head = channel.exchange(CommandApdu(0, 0xB0, 0, 0, le=4))
    rest = channel.exchange(CommandApdu(0, 0xB0, 0, 4, le=0x12))
    assert (head.data + rest.data).hex() == EF_COM
    assert not transport.dialogue


def test_the_chip_speaks_appendix_d3_and_d4_byte_for_byte() -> None:
    chip = SimulatedChip(
        {0x011E: bytes.fromhex(EF_COM)},
        access_keys("L898902C", "690806", "940623"),
        random_bytes=Replay(RND_IC, K_IC),
    )
    assert chip.transmit(bytes.fromhex("00a4040c07a0000002471001")) == b"\x90\x00"
    for command, answer in [*AUTHENTICATION, *D4]:
        assert chip.transmit(bytes.fromhex(command)).hex() == answer


@pytest.mark.parametrize("sw", ["6300", "6982", "6988", "6f00"])
def test_a_refused_key_is_access_denied_with_its_status_word(sw: str) -> None:
    transport = ScriptedTransport(AUTHENTICATION[0], (AUTHENTICATION[1][0], sw))
    with pytest.raises(CardError, match=ErrorCode.CARD_ACCESS_DENIED) as caught:
        _open(transport)
    assert caught.value.numbers == {"sw": int(sw, 16)}


@pytest.mark.parametrize(
    "answer", [CHIP_PROOF[:-2], "00" * 40, CHIP_PROOF[:-2] + "00", CHIP_PROOF + "00"]
)
def test_a_chip_that_cannot_prove_itself_is_unreadable(answer: str) -> None:
    transport = ScriptedTransport(AUTHENTICATION[0], (AUTHENTICATION[1][0], answer + "9000"))
    with pytest.raises(CardError, match=ErrorCode.CARD_UNREADABLE):
        _open(transport)


def test_a_short_challenge_is_refused() -> None:
    with pytest.raises(CardError, match=ErrorCode.CARD_UNREADABLE):
        _open(ScriptedTransport(("0084000008", "46089000")))


def test_no_challenge_means_no_bac() -> None:
    with pytest.raises(bac.BacNotSupportedError):
        _open(ScriptedTransport(("0084000008", "6d00")))


def _select_with(answer: str) -> tuple[SecureChannel, type[BaseException] | None]:
    transport = ScriptedTransport(*AUTHENTICATION, (D4[0][0], answer))
    channel = _open(transport)
    try:
        channel.exchange(CommandApdu(0, 0xA4, 0x02, 0x0C, b"\x01\x1e"))
    except CardError as error:
        return channel, type(error)
    return channel, None


@pytest.mark.parametrize(
    "answer",
    [
        "6a82",
        "6988",
        "9000",
        "990290008e08fa855a5d4c50a8ee9000",
        "990290008e08fa855a5d4c50a8ed6a82",
        "8e08fa855a5d4c50a8ed9000",
        "990290009000",
        "990290008e08fa855a5d4c50a8ed0401009000",
        "00" * 20 + "9000",
    ],
)
def test_an_unprotected_or_altered_answer_closes_the_channel_for_good(answer: str) -> None:
    channel, error = _select_with(answer)
    assert error is not None
    with pytest.raises(SecureChannelLostError):
        channel.exchange(CommandApdu(0, 0xB0, 0, 0, le=4))


@given(st.binary(max_size=60))
def test_no_random_answer_passes(raw: bytes) -> None:
    _, error = _select_with(raw.hex())
    assert error is not None


@given(st.binary(max_size=40))
def test_padding_is_undone(data: bytes) -> None:
    padded = bytearray(pad(data, 8))
    assert len(padded) % 8 == 0
    assert unpadded_length(padded) == len(data)


def test_missing_padding_is_seen() -> None:
    assert unpadded_length(bytearray(8)) is None
    assert unpadded_length(bytearray(b"\x01\x02\x03")) is None


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=64))
def test_decryption_is_the_inverse_of_encryption(key: bytes, data: bytes) -> None:
    suite = TripleDesSuite()
    padded = pad(data, 8)
    ssc = bytes(8)
    assert suite.decrypt(key, ssc, suite.encrypt(key, ssc, padded)) == bytearray(padded)


def test_keys_do_not_show() -> None:
    assert K_ENC not in repr(SessionKeys(bytes.fromhex(K_ENC), bytes.fromhex(K_MAC)))
