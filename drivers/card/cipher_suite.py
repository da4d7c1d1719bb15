"""The cipher suites of eMRTD secure messaging (ICAO 9303-11 §9.7, §9.8): 3DES so far.

3DES and SHA-1 are what ICAO prescribes between chip and reader, and are used for nothing else in
this product (requirements.md, T-3 and Amb-29). The AES suites of PACE fit the same port.
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """Encryption key and MAC key of one channel."""

    enc: bytes
    mac: bytes

    def __repr__(self) -> str:
        return "SessionKeys(…)"


class CipherSuite(Protocol):
    """What secure messaging needs of its ciphers."""

    block_size: int
    """Bytes per cipher block, which is also the length of the send sequence counter."""

    def derive_keys(self, seed: bytes) -> SessionKeys:
        """KDF with counters 1 (encryption) and 2 (MAC)."""
        ...

    def encrypt(self, key: bytes, ssc: bytes, padded: bytes) -> bytes:
        """Encrypt whole blocks under the IV this suite derives from `ssc`."""
        ...

    def decrypt(self, key: bytes, ssc: bytes, data: bytes | bytearray | memoryview) -> bytearray:
        """Decrypt whole blocks; the caller owns and wipes the result."""
        ...

    def mac(self, key: bytes, data: bytes) -> bytes:
        """Eight bytes of MAC over `data`, which this method pads."""
        ...


def pad(data: bytes, block_size: int) -> bytes:
    """ISO/IEC 9797-1 padding method 2: one byte 80, then zeros to the block."""
    return data + b"\x80" + bytes(-(len(data) + 1) % block_size)


def unpadded_length(data: bytearray) -> int | None:
    """How many bytes stand before the padding, or None where there is no padding."""
    at = len(data)
    while at and data[at - 1] == 0:
        at -= 1
    return at - 1 if at and data[at - 1] == 0x80 else None


class TripleDesSuite:
    """Two-key 3DES in CBC with a zero IV, and the retail MAC (ICAO 9303-11 §9.8.6.1, §9.8.7.1)."""

    block_size = 8

    def derive_keys(self, seed: bytes) -> SessionKeys:
        """16-byte keys from SHA-1 of seed and counter, parity set (ICAO 9303-11 §9.7.1.1)."""
        return SessionKeys(_derive(seed, 1), _derive(seed, 2))

    def encrypt(self, key: bytes, ssc: bytes, padded: bytes) -> bytes:
        """CBC with IV zero: 3DES secure messaging does not use the counter as IV."""
        encryptor = Cipher(TripleDES(key + key[:8]), modes.CBC(bytes(8))).encryptor()
        return encryptor.update(padded) + encryptor.finalize()

    def decrypt(self, key: bytes, ssc: bytes, data: bytes | bytearray | memoryview) -> bytearray:
        """CBC with IV zero, written straight into a buffer that can be wiped."""
        decryptor = Cipher(TripleDES(key + key[:8]), modes.CBC(bytes(8))).decryptor()
        # update_into wants room for one block more than it writes.
        plain = bytearray(len(data) + self.block_size - 1)
        written = decryptor.update_into(data, plain)
        decryptor.finalize()
        del plain[written:]
        return plain

    def mac(self, key: bytes, data: bytes) -> bytes:
        """ISO/IEC 9797-1 MAC algorithm 3 with single DES per block and padding method 2."""
        padded = pad(data, 8)
        left, right = key[:8], key[8:16]
        # CBC under one DES key three times over is single DES.
        chain = Cipher(TripleDES(left * 3), modes.CBC(bytes(8))).encryptor()
        last = (chain.update(padded) + chain.finalize())[-8:]
        # The final D(right), E(left) turns the last block's single DES into two-key 3DES.
        undo = Cipher(TripleDES(right * 3), modes.CBC(bytes(8))).decryptor()
        middle = undo.update(last) + undo.finalize()
        redo = Cipher(TripleDES(left * 3), modes.CBC(bytes(8))).encryptor()
        return redo.update(middle) + redo.finalize()


def _derive(seed: bytes, counter: int) -> bytes:
    # Prescribed by ICAO 9303-11 §9.7.1.1 for 3DES; see the module's note on SHA-1.
    digest = hashlib.sha1(seed + counter.to_bytes(4, "big"), usedforsecurity=False).digest()
    return bytes(_with_odd_parity(b) for b in digest[:16])


def _with_odd_parity(value: int) -> int:
    upper = value & 0xFE
    return upper | (upper.bit_count() + 1) % 2
