"""SM2 signatures of tree heads, through GmSSL (gmssl-pyx) with the default signer id.

The private key lives in the desk only; it leaves a `HeadSigner` once, as a `Secret`, to be sealed.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import gmssl_pyx

from consent.digest import sm3
from consent.sm2_encoding import PRIVATE_BYTES, PUBLIC_BYTES, is_public_key, parse_signature
from station.errors import ErrorCode, StorageError
from station.model import Secret

_TRIAL = b"station head signer trial"
_stderr_lock = Lock()


def key_id(public_key: bytes) -> str:
    """Short name of a public key: the first 16 hex characters of its SM3 digest."""
    return sm3(public_key).hex()[:16]


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """First verifier: is `signature` (DER) the key's signature of `message`?"""
    if not is_public_key(public_key) or parse_signature(signature) is None:
        return False
    with quiet_stderr():
        return bool(gmssl_pyx.sm2_verify(public_key, message, signature))


class HeadSigner:
    """Signs tree heads. Lives in the desk."""

    def __init__(self, private_key: bytes, public_key: bytes) -> None:
        self._private = Secret(private_key)
        self.public_key = public_key
        self.key_id = key_id(public_key)

    @classmethod
    def generate(cls) -> "HeadSigner":
        """A fresh key pair from GmSSL's generator."""
        public, private = gmssl_pyx.sm2_key_generate()
        return cls(private, public)

    @classmethod
    def from_private(cls, key: bytes) -> "HeadSigner":
        """The signer whose `export_private` gave these 96 bytes (private ‖ public).

        The public part travels along because deriving it would need scalar multiplication of the
        secret in Python. A trial signature shows that the halves belong together.
        Raises `StorageError(KEY_WRONG)` when they do not.
        """
        private, public = key[:PRIVATE_BYTES], key[PRIVATE_BYTES:]
        if len(key) != PRIVATE_BYTES + PUBLIC_BYTES or not is_public_key(public):
            raise StorageError(ErrorCode.KEY_WRONG, length=len(key))
        signer = cls(private, public)
        try:
            with quiet_stderr():
                trial = signer.sign(_TRIAL)
        except gmssl_pyx.GmsslInnerError as error:
            raise StorageError(ErrorCode.KEY_WRONG) from error
        if not verify(public, _TRIAL, trial):
            raise StorageError(ErrorCode.KEY_WRONG)
        return signer

    def export_private(self) -> Secret:
        """Private ‖ public, 96 bytes, to be sealed at once."""
        return Secret(self._private.reveal() + self.public_key)

    def sign(self, message: bytes) -> bytes:
        """DER signature of `message`."""
        signature: bytes = gmssl_pyx.sm2_sign(self._private.reveal(), self.public_key, message)
        return signature

    def __repr__(self) -> str:
        return f"HeadSigner({self.key_id})"


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Send file descriptor 2 to the null device: GmSSL writes C traces for every bad signature."""
    with _stderr_lock:
        kept = os.dup(2)
        sink = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(sink, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(sink)
            os.close(kept)
