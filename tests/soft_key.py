"""A security key in software: the FIDO application of CTAP 2.1 over ISO/IEC 7816 APDUs, for tests.

`SoftKey` answers what a reader sends it (11.3): SELECT, NFCCTAP_MSG with chaining both ways,
NFCCTAP_GETRESPONSE while a touch is awaited. It makes real ES256 credentials and signatures.
`misbehave` names what it does wrong. `DirectKeys` lets accounts ask it without a process between.
"""

import hashlib
import os
import time
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor

from drivers.key.presence import FIDO_APPLICATION, CardKey
from drivers.key.talk import talk
from drivers.simulated.chip import ChipRemovedError
from station.errors import AccessError, CardError, ErrorCode
from station.key_wire import KeyFailed, KeyMade, KeyOrder, KeySigned
from station.security_key import KeyAnswer, KeyQuestion

_OK, _MORE, _WAITS = 0x9000, 0x6100, 0x9100
_NOT_FOUND, _NOT_ALLOWED = b"\x6a\x82", b"\x69\x86"
_INFO, _MAKE, _ASSERT = 0x04, 0x01, 0x02
_NO_CREDENTIALS, _PIN_REQUIRED, _CANCELLED = b"\x2e", b"\x36", b"\x2d"


@dataclass
class Credential:
    """What a key keeps of one registration."""

    rp_hash: bytes
    private: ec.EllipticCurvePrivateKey


@dataclass
class SoftKey:
    """One key. `touches_after`: polls until it is touched; None: nobody ever does."""

    misbehave: str = ""
    touches_after: int | None = 0
    counts: bool = True
    id_bytes: int = 48
    count: int = 0
    credentials: dict[bytes, Credential] = field(default_factory=dict)
    asked_for: list[list[bytes]] = field(default_factory=list)
    last: bytes = b""
    exchanges: int = 0
    pulled_after: int | None = None

    def __post_init__(self) -> None:
        self.reset()

    def copy(self) -> "SoftKey":
        """Another key with the same secrets and the counter of now."""
        return SoftKey(count=self.count, credentials=dict(self.credentials))

    def reset(self) -> None:
        """Power was taken away."""
        self._selected = False
        self._chain, self._rest, self._waiting = b"", b"", b""
        self._polls = 0

    def transmit(self, apdu: bytes) -> bytes:
        """The answer to one APDU. Raises `ChipRemovedError` when it is pulled."""
        self.exchanges += 1
        if self.pulled_after is not None and self.exchanges > self.pulled_after:
            raise ChipRemovedError
        cla, ins, p1, _ = apdu[:4]
        data = apdu[5 : 5 + apdu[4]] if len(apdu) > 5 else b""
        if (cla, ins) == (0x00, 0xA4):
            self._selected = data == FIDO_APPLICATION and self.misbehave != "other card"
            return _end(b"FIDO_2_0", _OK) if self._selected else _NOT_FOUND
        if not self._selected:
            return _NOT_ALLOWED
        if (cla, ins) == (0x00, 0xC0):
            return self._part()
        if cla & 0x10:
            self._chain += data
            return _end(b"", _OK)
        if ins == 0x11:
            return self._said(self.go_on(cancel=p1 == 0x11))
        message, self._chain = self._chain + data, b""
        return self._said(self.begin(message))

    def begin(self, message: bytes) -> bytes | None:
        """The answer to one CTAP message; None while a touch is awaited (`go_on`)."""
        if message[0] == _INFO:
            return b"\x00" + cbor.encode({1: ["FIDO_2_0"], 3: bytes(16), 4: {"up": True}})
        self._waiting, self._polls = message, 0
        return self.go_on()

    def go_on(self, *, cancel: bool = False) -> bytes | None:
        """The answer to the message of before, or None still."""
        if cancel:
            return _CANCELLED
        if self.touches_after is None or self._polls < self.touches_after:
            self._polls += 1
            return None
        asked = cbor.decode(self._waiting[1:])
        assert isinstance(asked, dict)
        return self._made(asked) if self._waiting[0] == _MAKE else self._signed(asked)

    def _made(self, asked: dict[int, object]) -> bytes:
        if self.misbehave == "wants PIN":
            return _PIN_REQUIRED
        rp = asked[2]
        assert isinstance(rp, dict)
        private = ec.generate_private_key(ec.SECP256R1())
        credential_id = os.urandom(self.id_bytes)
        rp_hash = hashlib.sha256(str(rp["id"]).encode()).digest()
        self.credentials[credential_id] = Credential(rp_hash, private)
        numbers = private.public_key().public_numbers()
        x, y = (n.to_bytes(32, "big") for n in (numbers.x, numbers.y))
        key = cbor.encode({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = bytes(16) + len(credential_id).to_bytes(2, "big") + credential_id + key
        auth_data = rp_hash + b"\x41" + self._counted() + attested
        assert isinstance(asked[1], bytes)
        statement = {"alg": -7, "sig": private.sign(auth_data + asked[1], ec.ECDSA(SHA256()))}
        return b"\x00" + cbor.encode({1: "packed", 2: auth_data, 3: statement})

    def _signed(self, asked: dict[int, object]) -> bytes:
        listed = asked[3]
        assert isinstance(listed, list)
        self.asked_for.append([one["id"] for one in listed])
        known = next((one["id"] for one in listed if one["id"] in self.credentials), None)
        if self.misbehave == "replays" and self.last:
            return self.last
        if known is None:
            return _NO_CREDENTIALS
        found = self.credentials[known]
        rp_hash = hashlib.sha256(str(asked[1]).encode()).digest()
        if self.misbehave == "other station":
            rp_hash = hashlib.sha256(b"other.invalid").digest()
        elif rp_hash != found.rp_hash:
            return _NO_CREDENTIALS
        flags = b"\x00" if self.misbehave == "nobody there" else b"\x01"
        auth_data = rp_hash + flags + self._counted()
        assert isinstance(asked[2], bytes)
        signature = found.private.sign(auth_data + asked[2], ec.ECDSA(SHA256()))
        if self.misbehave == "wrong signature":
            signature = found.private.sign(auth_data, ec.ECDSA(SHA256()))
        credential = {"id": known, "type": "public-key"}
        self.last = b"\x00" + cbor.encode({1: credential, 2: auth_data, 3: signature})
        return self.last

    def _counted(self) -> bytes:
        self.count += 1 if self.counts else 0
        return self.count.to_bytes(4, "big")

    def _said(self, answer: bytes | None) -> bytes:
        if answer is None:
            return _end(b"\x02", _WAITS)
        if self.misbehave == "garbage":
            answer = b"\x00" + b"\xbf" * 40
        elif self.misbehave == "nested":
            answer = b"\x00" + b"\x81" * 3000
        elif self.misbehave == "silent":
            answer = b""
        self._rest = answer
        return self._part()

    def _part(self) -> bytes:
        if self.misbehave == "never ends":
            return _end(bytes(256), _MORE)
        part, self._rest = self._rest[:256], self._rest[256:]
        return _end(part, (_MORE | min(len(self._rest), 255)) if self._rest else _OK)


class DirectKeys:
    """`SecurityKeys` that asks a `SoftKey` by the real conversation, in this process."""

    def __init__(self, key: SoftKey, wait_s: float = 5.0) -> None:
        self._key = key
        self._wait_s = wait_s
        self.answers: list[KeyAnswer] = []

    def show(self, question: KeyQuestion) -> KeyAnswer | None:
        said = self._talk(question, b"")
        if not isinstance(said, KeySigned):
            return None
        self.answers.append(KeyAnswer(said.credential_id, said.auth_data, said.signature))
        return self.answers[-1]

    def make(self, question: KeyQuestion) -> bytes:
        said = self._talk(question, bytes(32))
        assert isinstance(said, KeyMade)
        return said.auth_data

    def _talk(self, question: KeyQuestion, handle: bytes) -> object:
        self._key.reset()
        listed = list(question.credential_ids)
        order = KeyOrder(
            question.rp_id, question.client_hash(), listed, handle, self._wait_s, os.getpid()
        )
        said = talk(CardKey(_Link(self._key)), order, time.monotonic() + self._wait_s)
        if isinstance(said, KeyFailed):
            raise AccessError(ErrorCode(said.code))
        return said


class _Link:
    """The key on a reader that is not there."""

    def __init__(self, key: SoftKey) -> None:
        self._key = key

    def transmit(self, apdu: bytes) -> bytearray:
        try:
            return bytearray(self._key.transmit(apdu))
        except ChipRemovedError as error:
            raise CardError(ErrorCode.CARD_REMOVED) from error

    def close(self) -> None:
        self._key.reset()


def _end(data: bytes, status: int) -> bytes:
    return data + status.to_bytes(2, "big")
