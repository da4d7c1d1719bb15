"""Sealing one live portrait to the officers' public key, and opening it in their ceremony.

Only a booth does either. The form is that of `storage.hybrid`, which a booth cannot reach: it has
no stores. Inside the seal: length (4) ‖ JPEG ‖ zeros, so that every sealed portrait has one length.
"""

import secrets

import gmssl_pyx
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from station.booth.portrait_form import (
    HEAD_BYTES,
    KEY_BYTES,
    LONGEST_CIPHER_BYTES,
    MAGIC,
    NONCE_BYTES,
    PORTRAIT_BYTES,
    PRIVATE_KEY_BYTES,
    PUBLIC_KEY_BYTES,
    TAG_BYTES,
    is_public_key,
    parts,
    place,
    receiver_of,
)
from station.errors import BoothError, ErrorCode
from station.model import Secret

_LENGTH_BYTES = 4
_OUTER_BYTES = HEAD_BYTES + LONGEST_CIPHER_BYTES + NONCE_BYTES + TAG_BYTES
LONGEST_PICTURE_BYTES = PORTRAIT_BYTES - _OUTER_BYTES - _LENGTH_BYTES
"""Longest encoded picture that fits, whatever length its SM2 ciphertext comes out at."""


def seal_picture(picture: bytearray, public_key: bytes) -> bytes:
    """Seal one encoded picture; `PORTRAIT_BYTES` long.

    Raises `BoothError(BOOTH_PROTOCOL)` for a picture that is too long or a key that is none.
    """
    if not 0 < len(picture) <= LONGEST_PICTURE_BYTES or not is_public_key(public_key):
        raise BoothError(ErrorCode.BOOTH_PROTOCOL)
    key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
    encrypted: bytes = gmssl_pyx.sm2_encrypt(public_key, key)
    head = MAGIC + receiver_of(public_key) + len(encrypted).to_bytes(2, "big") + encrypted
    plain = bytearray(PORTRAIT_BYTES - len(head) - NONCE_BYTES - TAG_BYTES)
    plain[:_LENGTH_BYTES] = len(picture).to_bytes(_LENGTH_BYTES, "big")
    plain[_LENGTH_BYTES : _LENGTH_BYTES + len(picture)] = picture
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(place())
    body = encryptor.update(plain) + encryptor.finalize()
    plain[:] = bytes(len(plain))
    return head + nonce + body + encryptor.tag


def open_picture(sealed: bytes, private_key: Secret) -> bytearray:
    """The encoded picture again; the caller wipes it.

    Raises `BoothError(OFFICER_KEY_WRONG)` for another receiver, `(TEMPLATE_REFUSED)` for anything
    that was not sealed like this.
    """
    found, held = parts(sealed), private_key.reveal()
    if found is None:
        raise BoothError(ErrorCode.TEMPLATE_REFUSED)
    receiver, encrypted, chunk = found
    public = held[-PUBLIC_KEY_BYTES:]
    if len(held) != PRIVATE_KEY_BYTES or receiver != receiver_of(public):
        raise BoothError(ErrorCode.OFFICER_KEY_WRONG)
    try:
        key: bytes = gmssl_pyx.sm2_decrypt(held[:-PUBLIC_KEY_BYTES], encrypted)
    except (gmssl_pyx.GmsslInnerError, ValueError):
        raise BoothError(ErrorCode.TEMPLATE_REFUSED) from None
    return _picture(_opened(chunk, key))


def _opened(chunk: bytes, key: bytes) -> bytearray:
    if len(key) != KEY_BYTES:
        raise BoothError(ErrorCode.TEMPLATE_REFUSED)
    nonce, tag = chunk[:NONCE_BYTES], chunk[-TAG_BYTES:]
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(place())
    # Opened in place, in a buffer that can be wiped.
    opened = bytearray(len(chunk) - NONCE_BYTES - TAG_BYTES + KEY_BYTES)
    decryptor.update_into(chunk[NONCE_BYTES:-TAG_BYTES], opened)
    try:
        decryptor.finalize()
    except InvalidTag:
        opened[:] = bytes(len(opened))
        raise BoothError(ErrorCode.TEMPLATE_REFUSED) from None
    return opened


def _picture(plain: bytearray) -> bytearray:
    length = int.from_bytes(plain[:_LENGTH_BYTES], "big")
    try:
        if not 0 < length <= LONGEST_PICTURE_BYTES:
            raise BoothError(ErrorCode.TEMPLATE_REFUSED)
        return plain[_LENGTH_BYTES : _LENGTH_BYTES + length]
    finally:
        plain[:] = bytes(len(plain))
