"""FIDO2 security keys as the second factor: what is asked of one, and what its answer proves.

CTAP 2.1 with ES256 (ECDSA, P-256, SHA-256), user presence without the key's own PIN: the password
is the first factor. The conversation is another process's (`station.key_process`); here, answers
are fixed layouts compared byte by byte, and no CBOR of a stranger's key is ever decoded.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from consent.canonical import Json
from station.errors import AccessError, ErrorCode
from station.key_wire import MOST_CREDENTIAL_BYTES, KeyStep

FIDO2 = "FIDO2"
CHALLENGE_BYTES = 32
_USUAL_CREDENTIAL_BYTES = 64
# Authenticator data (WebAuthn Level 2, 6.1): RP id hash 32, flags 1, counter 4; then, for a new
# credential, AAGUID 16, length 2, id, and the public key.
_HEAD_BYTES = 37
_PRESENT, _ATTESTED = 0x01, 0x40
_ID_AT = _HEAD_BYTES + 16 + 2
# The one encoding CTAP 2.1 (6.5.6, 8) leaves for an ES256 key: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
_KEY_BEGINS, _KEY_MIDDLE = bytes.fromhex("a5010203262001215820"), bytes.fromhex("225820")
_COORDINATE_BYTES = 32


class KeyTerms(msgspec.Struct, frozen=True):
    """What this station is to a key. Kept from the first key on: keys are bound to `rp_id`."""

    rp_id: str
    decoy: bytes
    """32 secret bytes: who has no key is asked for by an id made from them, always the same."""

    def __repr__(self) -> str:
        return f"KeyTerms({self.rp_id})"

    @classmethod
    def draw(cls) -> "KeyTerms":
        """New ones. `.invalid` is nobody's domain (RFC 2606), so that no web page can ask."""
        return cls(f"station-{secrets.token_hex(8)}.invalid", secrets.token_bytes(32))


class KeyQuestion(msgspec.Struct, frozen=True):
    """One question to a key; its challenge serves once, because nothing keeps it.

    Without `credential_ids`, a new credential is asked for.
    """

    rp_id: str
    credential_ids: tuple[bytes, ...] = ()
    challenge: bytes = msgspec.field(default_factory=lambda: secrets.token_bytes(CHALLENGE_BYTES))

    def client_hash(self) -> bytes:
        """SHA-256 of the client data (WebAuthn Level 2, 5.8.1) that the key signs."""
        kind = "webauthn.get" if self.credential_ids else "webauthn.create"
        challenge = base64.urlsafe_b64encode(self.challenge).decode().rstrip("=")
        said = {"type": kind, "challenge": challenge, "origin": f"station:{self.rp_id}"}
        return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).digest()


class KeyAnswer(msgspec.Struct, frozen=True):
    """What a key signed, as it came."""

    credential_id: bytes
    auth_data: bytes
    signature: bytes

    def __repr__(self) -> str:
        return "KeyAnswer(…)"


class KeyProof(msgspec.Struct, frozen=True):
    """A question with its answer; None: the key holds no such credential."""

    question: KeyQuestion
    answer: KeyAnswer | None


class KeyHand(msgspec.Struct, frozen=True):
    """Whoever holds the key, at a screen: hears each step, and may give up."""

    told: Callable[[KeyStep], None]
    """Called on the thread that waits."""
    cancel: threading.Event


class SecurityKeys(Protocol):
    """Asks whoever is there for their key. Raises `AccessError`: KEY_ABSENT and what follows it."""

    def show(self, question: KeyQuestion) -> KeyAnswer | None:
        """A signature; None when the key holds none of the credentials."""
        ...

    def make(self, question: KeyQuestion) -> bytes:
        """A new credential's authenticator data."""
        ...


class KeyFactor:
    """A registered key. Its state: credential, public key and the highest counter seen."""

    def prove(
        self, state: Mapping[str, Json], proof: "str | KeyProof", now_s: int
    ) -> dict[str, Json] | None:
        """The state with this answer's counter; None for a wrong answer or a counter that stays."""
        if isinstance(proof, str):
            return None
        count = signed_count(state, proof)
        return None if count is None or not _rises(state, count) else {**state, "count": count}


def signed_count(state: Mapping[str, Json], proof: KeyProof) -> int | None:
    """The counter in an answer that this key gave to this question; None for any other answer."""
    answer, question = proof.answer, proof.question
    if answer is None or state.get("kind") != FIDO2:
        return None
    credential, point = (bytes.fromhex(str(state[name])) for name in ("credential", "public"))
    if not hmac.compare_digest(answer.credential_id, credential):
        return None
    head = _head(answer.auth_data, question.rp_id)
    if head is None or len(answer.auth_data) != _HEAD_BYTES or head[0] & _ATTESTED:
        return None
    signed = answer.auth_data + question.client_hash()
    return head[1] if _is_signed(point, signed, answer.signature) else None


def is_copy(state: Mapping[str, Json], proof: "str | KeyProof") -> bool:
    """Whether the registered credential answered with a counter already seen: it was copied."""
    count = None if isinstance(proof, str) else signed_count(state, proof)
    return count is not None and not _rises(state, count)


def question_for(
    terms: KeyTerms, user: str, factor: Mapping[str, Json], others: Iterable[Mapping[str, Json]]
) -> KeyQuestion:
    """What a key of `user` is asked; looks the same for who has none and for nobody's name.

    `factor` is the account's, empty for nobody; a made-up id is as long as one of `others`' ids.
    """
    credential = str(factor.get("credential", ""))
    if credential:
        return KeyQuestion(terms.rp_id, (bytes.fromhex(credential),))
    # SHAKE takes a secret in front without the flaw of plain hashes, and gives any length.
    drawn = hashlib.shake_256(terms.decoy + user[:64].encode("utf-8", "replace"))
    lengths = sorted({len(str(one["credential"])) // 2 for one in others if one.get("credential")})
    known = lengths or [_USUAL_CREDENTIAL_BYTES]
    length = known[drawn.digest(8)[0] % len(known)]
    return KeyQuestion(terms.rp_id, (drawn.digest(8 + length)[8:],))


def registered(terms: KeyTerms, keys: SecurityKeys) -> dict[str, Json]:
    """Have a key make a credential and prove it: the state of a new factor.

    It must sign before anything rests on it. Its make is not asked for and not checked.
    Raises `AccessError`: KEY_UNREADABLE, and what `SecurityKeys` raises.
    """
    state = _new_state(keys.make(KeyQuestion(terms.rp_id)), terms.rp_id)
    question = KeyQuestion(terms.rp_id, (bytes.fromhex(str(state["credential"])),))
    proven = KeyFactor().prove(state, KeyProof(question, keys.show(question)), 0)
    if proven is None:
        raise AccessError(ErrorCode.KEY_UNREADABLE)
    return proven


def _new_state(auth_data: bytes, rp_id: str) -> dict[str, Json]:
    head = _head(auth_data, rp_id)
    length = int.from_bytes(auth_data[_ID_AT - 2 : _ID_AT], "big")
    credential, key = auth_data[_ID_AT : _ID_AT + length], auth_data[_ID_AT + length :]
    x_at = len(_KEY_BEGINS)
    y_at = x_at + _COORDINATE_BYTES + len(_KEY_MIDDLE)
    point = key[x_at : x_at + _COORDINATE_BYTES] + key[y_at:]
    in_form = (
        head is not None
        and head[0] & _ATTESTED
        and 0 < length <= MOST_CREDENTIAL_BYTES
        and len(credential) == length
        and len(key) == y_at + _COORDINATE_BYTES
        and key.startswith(_KEY_BEGINS)
        and key[y_at - len(_KEY_MIDDLE) : y_at] == _KEY_MIDDLE
    )
    if head is None or not in_form:
        raise AccessError(ErrorCode.KEY_UNREADABLE)
    return {
        "kind": FIDO2,
        "credential": credential.hex(),
        "public": point.hex(),
        "count": head[1],
    }


def _head(auth_data: bytes, rp_id: str) -> tuple[int, int] | None:
    """Flags and counter, of somebody who was present and for this station; else None."""
    if len(auth_data) < _HEAD_BYTES:
        return None
    asked = hashlib.sha256(rp_id.encode()).digest()
    flags = auth_data[32]
    if not hmac.compare_digest(auth_data[:32], asked) or not flags & _PRESENT:
        return None
    return flags, int.from_bytes(auth_data[33:_HEAD_BYTES], "big")


def _rises(state: Mapping[str, Json], count: int) -> bool:
    """WebAuthn Level 2, 7.2, step 21: keys that do not count say 0 every time."""
    last = state["count"]
    return isinstance(last, int) and (count > last or count == last == 0)


def _is_signed(point: bytes, signed: bytes, signature: bytes) -> bool:
    # On first use: a kiosk without keys never loads it for them.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + point)
        key.verify(signature, signed, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True
