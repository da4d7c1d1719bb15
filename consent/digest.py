"""SM3 (GB/T 32905-2016) and the text form of digests in the ledger.

Digests inside entries and heads are base64url. In hexadecimal about one digest in 250 contains
eighteen digits in a row by chance, and a scan of an export for ID numbers must find nothing.
"""

import base64
import binascii
import secrets

from cryptography.hazmat.primitives import hashes

DIGEST_BYTES = 32
SALT_BYTES = 32
_COMMITMENT_LABEL = b"station consent commitment v1\x00"


def sm3(data: bytes) -> bytes:
    """The 32-byte SM3 digest of `data`."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def new_salt() -> bytes:
    """A fresh 32-byte commitment salt."""
    return secrets.token_bytes(SALT_BYTES)


def commitment(salt: bytes, body: bytes) -> bytes:
    """Salted commitment to `body`: it says nothing about the body once the salt is destroyed."""
    if len(salt) != SALT_BYTES:
        raise ValueError("a commitment salt has 32 bytes")
    return sm3(_COMMITMENT_LABEL + salt + body)


def to_text(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_text(text: str) -> bytes:
    """Inverse of `to_text`. Raises `ValueError` for anything but its exact form."""
    padded = text + "=" * (-len(text) % 4)
    try:
        data = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64url") from error
    if to_text(data) != text:
        raise ValueError("not base64url")
    return data
