"""Keys of protected templates: drawn, derived and wrapped in the desk (ISO/IEC 24745, SR1 scheme).

One template has one fresh 256-bit secret. Its keys come from that secret and the station's pepper,
so neither a stolen store nor a stolen secret opens it alone. This module makes keys and nothing
else: what seals, opens, rotates or compares a template exists only in the booth.
"""

import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from station.errors import ErrorCode, StationBug, StorageError
from station.model import Secret, TemplateDraft, TemplateKeys
from storage.sealing import KEY_BYTES, OVERHEAD_BYTES, keyed_digest, seal, unseal

PID_BYTES = 16
"""Length of a template's pseudonymous identifier."""
SECRET_BYTES = 32
"""Length of a template's secret."""
PEPPER_BYTES = 32
"""Length of the station's pepper."""
ROTATION_BYTES = 2112
"""Length of the stream that drives the rotation of 128 features: 4 rounds of 16 + 512 bytes."""
WRAPPED_BYTES = SECRET_BYTES + OVERHEAD_BYTES
"""Length of a wrapped secret: 60 bytes in keys.db."""


def new_draft(pepper: Secret, user_factor: bytes = b"") -> TemplateDraft:
    """Draw the id and secret of a template about to be made, and derive its keys."""
    pid, secret = secrets.token_bytes(PID_BYTES), Secret(secrets.token_bytes(SECRET_BYTES))
    return TemplateDraft(secret, derive_template_keys(pepper, pid, secret, user_factor))


def derive_template_keys(
    pepper: Secret, pid: bytes, secret: Secret, user_factor: bytes = b""
) -> TemplateKeys:
    """The keys of one template: HKDF-SM3 (RFC 5869) over its secret, salted with the pepper.

    `user_factor` is what the person brings (card secret or PIN), if anything: without it the keys
    come out different. The two keys come from separate expansions: one does not give the other.
    """
    salt, known = pepper.reveal(), secret.reveal()
    # Fixed lengths keep secret ‖ user factor free of ambiguity.
    if (len(salt), len(known), len(pid)) != (PEPPER_BYTES, SECRET_BYTES, PID_BYTES):
        raise StationBug("a pepper, a template's secret or its id has a wrong length")
    drawn = keyed_digest(salt, known + user_factor)
    return TemplateKeys(
        pid,
        Secret(_expand(drawn, b"rot" + pid, ROTATION_BYTES)),
        Secret(_expand(drawn, b"aead" + pid, KEY_BYTES)),
    )


def wrap_secret(person_key: Secret, pid: bytes, secret: Secret) -> bytes:
    """A template's secret under its person's 16-byte key, 60 bytes, bound to the template's id.

    Destroying the person's key therefore destroys every template of that person.
    """
    if (len(secret.reveal()), len(pid)) != (SECRET_BYTES, PID_BYTES):
        raise StationBug("a template's secret or its id has a wrong length")
    return seal(person_key.reveal(), secret.reveal(), b"wrap" + pid)


def unwrap_secret(person_key: Secret, pid: bytes, wrapped: bytes) -> Secret:
    """A template's secret again.

    Raises `StorageError(STORE_CORRUPT)` for another person's key, another template's id, a wrong
    length or any altered bit.
    """
    if len(wrapped) != WRAPPED_BYTES:
        raise StorageError(ErrorCode.STORE_CORRUPT)
    return Secret(unseal(person_key.reveal(), wrapped, b"wrap" + pid))


def _expand(drawn: bytes, info: bytes, length: int) -> bytes:
    return HKDFExpand(algorithm=hashes.SM3(), length=length, info=info).derive(drawn)
