"""The chip's side of Basic Access Control and 3DES secure messaging (ICAO 9303-11 §4.3, §9.8).

Written from the standard a second time and on purpose without any code of `drivers.card`. 3DES and
SHA-1 are what the standard prescribes between chip and reader (requirements.md Amb-29).
"""

import hashlib
import secrets
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers import algorithms
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from drivers.simulated.chip_files import digit_for, node

_ZERO_BLOCK = b"\0\0\0\0\0\0\0\0"


class SecureChannelError(Exception):
    """The terminal's proof or protection is wrong; `sw` is the chip's answer."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


def _des_blocks(key: bytes, data: bytes, encrypt: bool) -> bytes:
    # One key three times is single DES; two keys are used as K1 K2 K1.
    whole_key = (key * 3)[:24]
    cipher = Cipher(algorithms.TripleDES(whole_key), modes.CBC(_ZERO_BLOCK))
    context = cipher.encryptor() if encrypt else cipher.decryptor()
    return context.update(data) + context.finalize()


def _filled(message: bytes) -> bytes:
    message += b"\x80"
    while len(message) % 8:
        message += b"\x00"
    return message


def _checksum(key: bytes, message: bytes) -> bytes:
    """The retail MAC, block by block: DES chain with Ka, then Kb backwards and Ka forwards."""
    first, second = key[:8], key[8:]
    state = _ZERO_BLOCK
    filled = _filled(message)
    for at in range(0, len(filled), 8):
        mixed = bytes(x ^ y for x, y in zip(state, filled[at : at + 8], strict=True))
        state = _des_blocks(first, mixed, encrypt=True)
    return _des_blocks(first, _des_blocks(second, state, encrypt=False), encrypt=True)


def _key_from(seed: bytes, purpose: int) -> bytes:
    hashed = hashlib.sha1(seed + bytes([0, 0, 0, purpose]), usedforsecurity=False).digest()[:16]
    key = bytearray(hashed)
    for at, value in enumerate(key):
        if bin(value).count("1") % 2 == 0:
            key[at] = value ^ 1
    return bytes(key)


def _key_pair(seed: bytes) -> tuple[bytes, bytes]:
    return _key_from(seed, 1), _key_from(seed, 2)


def access_keys(document_number: str, birth: str, expiry: str) -> tuple[bytes, bytes]:
    """The document's encryption and MAC keys from its MRZ items."""
    text = ""
    for item in (document_number.ljust(9, "<"), birth, expiry):
        text += item + digit_for(item)
    seed = hashlib.sha1(text.encode("ascii"), usedforsecurity=False).digest()[:16]
    return _key_pair(seed)


@dataclass(slots=True)
class ProtectedCommand:
    """A command after its protection was checked and taken off."""

    header: bytes
    data: bytes
    le: int | None


class ChipChannel:
    """Session keys and counter after a successful EXTERNAL AUTHENTICATE."""

    def __init__(self, seed: bytes, counter: bytes) -> None:
        self._cipher_key, self._mac_key = _key_pair(seed)
        self._counter = int.from_bytes(counter, "big")

    def _tick(self) -> bytes:
        self._counter = (self._counter + 1) & 0xFFFF_FFFF_FFFF_FFFF
        return self._counter.to_bytes(8, "big")

    def open_command(self, header: bytes, body: bytes) -> ProtectedCommand:
        """Check and unwrap a protected command. Raises `SecureChannelError` 6987 or 6988."""
        found = _split(body)
        if 0x8E not in found:
            raise SecureChannelError(0x6987)
        if body[-10:-8] != b"\x8e\x08":
            raise SecureChannelError(0x6988)
        protected = body[:-10]
        expected = _checksum(self._mac_key, self._tick() + _filled(header) + protected)
        if not secrets.compare_digest(expected, found[0x8E]):
            raise SecureChannelError(0x6988)
        # Odd instructions carry data objects: '85', which has no padding indicator.
        odd = header[1] % 2 == 1
        data = b""
        if (0x85 if odd else 0x87) in found:
            sealed = found[0x85] if odd else found[0x87]
            if not odd and sealed[:1] != b"\x01":
                raise SecureChannelError(0x6988)
            data = self._clear(sealed if odd else sealed[1:])
        le = (found[0x97][0] or 256) if found.get(0x97) else None
        return ProtectedCommand(header, data, le)

    def _clear(self, cryptogram: bytes) -> bytes:
        if not cryptogram or len(cryptogram) % 8:
            raise SecureChannelError(0x6988)
        clear = _des_blocks(self._cipher_key, cryptogram, encrypt=False).rstrip(b"\x00")
        if clear[-1:] != b"\x80":
            raise SecureChannelError(0x6988)
        return clear[:-1]

    def seal_answer(self, data: bytes, sw: int, odd: bool = False) -> bytes:
        """Wrap an answer: DO'87' ('85' if odd) for data, DO'99' always, DO'8E' over both."""
        status = sw.to_bytes(2, "big")
        objects = b""
        if data:
            cryptogram = _des_blocks(self._cipher_key, _filled(data), encrypt=True)
            objects += node("85", cryptogram) if odd else node("87", b"\x01", cryptogram)
        objects += node("99", status)
        checksum = _checksum(self._mac_key, self._tick() + objects)
        return objects + node("8e", checksum) + status


def _split(body: bytes) -> dict[int, bytes]:
    """Tag and value of each object; the chip only ever gets one-byte tags and short lengths."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 2 <= len(body):
        tag, size, start = body[at], body[at + 1], at + 2
        if size == 0x81 and start < len(body):
            size, start = body[start], start + 1
        elif size > 127:
            raise SecureChannelError(0x6988)
        at = start + size
        if at > len(body) or tag in found:
            raise SecureChannelError(0x6988)
        found[tag] = body[start:at]
    if at != len(body) or (0x8E in found and len(found[0x8E]) != 8):
        raise SecureChannelError(0x6988)
    return found


def answer_authentication(
    keys: tuple[bytes, bytes], challenge: bytes, proof: bytes, key_material: bytes
) -> tuple[bytes, ChipChannel]:
    """The chip's own proof and the channel. Raises `SecureChannelError(6300)` for a wrong key."""
    cipher_key, mac_key = keys
    cryptogram, checksum = proof[:32], proof[32:]
    if len(proof) != 40 or not secrets.compare_digest(_checksum(mac_key, cryptogram), checksum):
        raise SecureChannelError(0x6300)
    clear = _des_blocks(cipher_key, cryptogram, encrypt=False)
    terminal_challenge, echoed, terminal_material = clear[:8], clear[8:16], clear[16:]
    if not secrets.compare_digest(echoed, challenge):
        raise SecureChannelError(0x6300)
    own = _des_blocks(cipher_key, challenge + terminal_challenge + key_material, encrypt=True)
    seed = bytes(x ^ y for x, y in zip(key_material, terminal_material, strict=True))
    counter = challenge[-4:] + terminal_challenge[-4:]
    return own + _checksum(mac_key, own), ChipChannel(seed, counter)
