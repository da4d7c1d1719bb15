"""SM4-GCM sealing, HKDF-SM3 derivation and HMAC-SM3, all from `cryptography` (crypto.md 3.1, 4.2).

A sealed value is nonce (12 bytes, random) ‖ ciphertext ‖ tag (16 bytes). The additional data names
the store, the row and the version, so that a sealed value opens in no other place.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import constant_time, hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from station.errors import ErrorCode, StationBug, StorageError

KEY_BYTES = 16
"""Length of an SM4 key (GB/T 32907)."""
NONCE_BYTES = 12
"""Length of a GCM nonce: 96 random bits (crypto.md 4.2)."""
TAG_BYTES = 16
"""Length of a GCM tag."""
OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES
"""How much longer a sealed value is than its plain text."""


def place(store: str, subject: str, version: int) -> bytes:
    """The additional data of one sealed value: store|subject|version.

    `subject` is the row id as hex or another name without a bar; `version` counts from 1.
    """
    if "|" in store or "|" in subject:
        raise StationBug("a place cannot hold its own separator")
    return f"{store}|{subject}|{version}".encode()


def seal(key: bytes, plain: bytes, aad: bytes) -> bytes:
    """Encrypt `plain` under a 16-byte SM4 key with a fresh random nonce, bound to `aad`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    body, tag = encrypt(key, nonce, plain, aad)
    return nonce + body + tag


def encrypt(key: bytes, nonce: bytes, plain: bytes, aad: bytes) -> tuple[bytes, bytes]:
    """SM4-GCM with a given nonce: ciphertext and tag. Only `seal` and vector tests call it."""
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    body = encryptor.update(plain) + encryptor.finalize()
    return body, encryptor.tag


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """The plain text of a sealed value.

    Raises `StorageError(STORE_CORRUPT)` when key, additional data or any bit is not the one sealed.
    """
    if len(sealed) < OVERHEAD_BYTES:
        raise StorageError(ErrorCode.STORE_CORRUPT)
    nonce, body, tag = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:-TAG_BYTES], sealed[-TAG_BYTES:]
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(aad)
    # update() yields unauthenticated bytes: they stay in this frame until finalize() agreed.
    unproven = decryptor.update(body)
    try:
        rest = decryptor.finalize()
    except InvalidTag as error:
        raise StorageError(ErrorCode.STORE_CORRUPT) from error
    return unproven + rest


def derive(secret: bytes, label: str, length: int = KEY_BYTES) -> bytes:
    """HKDF-SM3 (RFC 5869 with SM3): a key of `length` bytes for the one use `label` names."""
    return HKDF(algorithm=hashes.SM3(), length=length, salt=None, info=label.encode()).derive(
        secret
    )


def keyed_digest(key: bytes, data: bytes) -> bytes:
    """HMAC-SM3, 32 bytes: commitments, operation references and links (crypto.md 5.2)."""
    mac = hmac.HMAC(key, hashes.SM3())
    mac.update(data)
    return mac.finalize()


def same(left: bytes, right: bytes) -> bool:
    """Compare two digests in constant time."""
    return constant_time.bytes_eq(left, right)
