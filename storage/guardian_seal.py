"""Name and contact of a child's guardian, sealed before they become part of a consent record.

The record is taken away by auditors as it is, so that its commitment can be worked out again; what
names somebody in it is sealed once more, under a key of this station alone. The key comes from the
root: it is in no backup and in no bundle.
"""

from consent.canonical import decode_object, encode
from consent.digest import from_text, to_text
from station.errors import ErrorCode, LedgerError, StorageError
from station.model import Secret, VisitId
from storage.sealing import derive, place, seal, unseal

_LABEL = "station/guardian/1"
_PAD_BYTES = 1024
"""One length for all: it tells nothing about a name."""


class GuardianSeal:
    """Seals for a visit, and opens what it sealed. Lives in the desk."""

    def __init__(self, pepper: Secret) -> None:
        self._key = derive(pepper.reveal(), _LABEL)

    def seal(self, visit_id: VisitId, name: str, contact: str) -> str:
        """Base64url text that says nothing; bound to the visit."""
        plain = encode({"name": name, "contact": contact})
        padded = plain + b" " * (-len(plain) % _PAD_BYTES)
        return to_text(seal(self._key, padded, place("guardian", visit_id, 1)))

    def open(self, visit_id: VisitId, sealed: str) -> tuple[str, str]:
        """Name and contact. Raises `StorageError(STORE_CORRUPT)` for anything else."""
        try:
            plain = unseal(self._key, from_text(sealed), place("guardian", visit_id, 1))
            found = decode_object(plain.rstrip(b" "))
            return str(found["name"]), str(found["contact"])
        except (ValueError, KeyError, LedgerError) as error:
            raise StorageError(ErrorCode.STORE_CORRUPT) from error
