"""Basic Access Control (ICAO 9303-11 §4.3): open a chip with what is printed on the document."""

import hashlib
import hmac
import secrets
from collections.abc import Callable

from drivers.card.apdu import Channel, CommandApdu, Instruction, Transport
from drivers.card.cipher_suite import SessionKeys, TripleDesSuite
from drivers.card.mrz import mrz_information
from drivers.card.secure_messaging import SecureChannel
from station.booth.ports import AccessKey
from station.errors import CardError, ErrorCode

RandomBytes = Callable[[int], bytes]
_CHALLENGE_LENGTH = 8
_CRYPTOGRAM_LENGTH = 32
_ANSWER_LENGTH = 40
_NO_SSC = bytes(8)


class BacNotSupportedError(CardError):
    """The chip gives no challenge: it does not offer Basic Access Control."""


def document_keys(access: AccessKey) -> SessionKeys:
    """Document basic access keys from the three MRZ items (ICAO 9303-11 §9.7.2)."""
    # SHA-1 is what the standard prescribes here (requirements.md Amb-29).
    digest = hashlib.sha1(mrz_information(access).encode("ascii"), usedforsecurity=False).digest()
    return TripleDesSuite().derive_keys(digest[:16])


def authenticate(
    channel: Channel,
    transport: Transport,
    access: AccessKey,
    random_bytes: RandomBytes = secrets.token_bytes,
) -> SecureChannel:
    """Prove knowledge of the MRZ to the chip and return the secure channel.

    Raises `BacNotSupportedError` when no challenge is given, `CardError(CARD_ACCESS_DENIED)` with
    the status word when the chip refuses the key, `CardError(CARD_UNREADABLE)` when the chip's
    own proof is wrong.
    """
    suite = TripleDesSuite()
    keys = document_keys(access)
    rnd_ic = _challenge(channel)
    rnd_ifd, k_ifd = random_bytes(8), random_bytes(16)
    cryptogram = suite.encrypt(keys.enc, _NO_SSC, rnd_ifd + rnd_ic + k_ifd)
    proof = cryptogram + suite.mac(keys.mac, cryptogram)
    answer = channel.exchange(
        CommandApdu(0x00, Instruction.EXTERNAL_AUTHENTICATE, 0, 0, proof, le=_ANSWER_LENGTH)
    ).require_ok(ErrorCode.CARD_ACCESS_DENIED)
    k_ic = _chip_key_material(bytes(answer.data), keys, rnd_ic, rnd_ifd)
    seed = bytes(a ^ b for a, b in zip(k_ifd, k_ic, strict=True))
    # ICAO 9303-11 §9.8.6.3: the counter starts from the low halves of both challenges.
    return SecureChannel(transport, suite, suite.derive_keys(seed), rnd_ic[4:] + rnd_ifd[4:])


def _challenge(channel: Channel) -> bytes:
    answer = channel.exchange(
        CommandApdu(0x00, Instruction.GET_CHALLENGE, 0, 0, le=_CHALLENGE_LENGTH)
    )
    if not answer.ok:
        raise BacNotSupportedError(ErrorCode.CARD_NOT_SUPPORTED, sw=answer.sw)
    if len(answer.data) != _CHALLENGE_LENGTH:
        raise CardError(ErrorCode.CARD_UNREADABLE, length=len(answer.data))
    return bytes(answer.data)


def _chip_key_material(answer: bytes, keys: SessionKeys, rnd_ic: bytes, rnd_ifd: bytes) -> bytes:
    suite = TripleDesSuite()
    if len(answer) != _ANSWER_LENGTH:
        raise CardError(ErrorCode.CARD_UNREADABLE, length=len(answer))
    cryptogram, mac = answer[:_CRYPTOGRAM_LENGTH], answer[_CRYPTOGRAM_LENGTH:]
    if not hmac.compare_digest(suite.mac(keys.mac, cryptogram), mac):
        raise CardError(ErrorCode.CARD_UNREADABLE)
    plain = bytes(suite.decrypt(keys.enc, _NO_SSC, cryptogram))
    # Echoing both challenges is the chip's proof that it holds the key and is not a replay.
    if not hmac.compare_digest(plain[:16], rnd_ic + rnd_ifd):
        raise CardError(ErrorCode.CARD_UNREADABLE)
    return plain[16:]
