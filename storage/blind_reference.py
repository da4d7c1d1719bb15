"""A keyed digest of a document number, for what is kept about people outside their own stores.

Its key comes from the root, so that it is in no backup; it is another one than the blind index of
identity.db has, so that two dumps cannot be joined.
"""

from collections.abc import Callable

from station.model import Claim, ClaimKind, Secret
from storage.claims import normal_claim
from storage.sealing import derive, keyed_digest

_LABEL = "station/document-reference/1"
_KEY_BYTES = 32


def document_references(pepper: Secret) -> Callable[[str], bytes]:
    """What makes a reference of a document number, one for every way to write it."""
    key = derive(pepper.reveal(), _LABEL, _KEY_BYTES)

    def reference(number: str) -> bytes:
        return keyed_digest(key, normal_claim(Claim(ClaimKind.DOCUMENT, number)).encode())

    return reference
