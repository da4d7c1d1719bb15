"""From a claimed identity to the resident's keys and records. Never by a face."""

from dataclasses import dataclass, field
from datetime import datetime

from station.errors import ErrorCode, StorageError
from station.model import Claim, IdentityRecord, SealedTemplate
from storage.identity_store import SealedIdentity, unseal_identity
from storage.person import Person
from storage.registry import IDENTITY, TEMPLATE
from storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Resident:
    """One resident as found: the unwrapped person, and the identity row still sealed."""

    person: Person = field(repr=False)
    row: SealedIdentity = field(repr=False)

    def identity(self) -> IdentityRecord:
        """The document fields and the station's own. Raises `StorageError(STORE_CORRUPT)`."""
        version = self.person.version_of(IDENTITY, self.row.row)
        return unseal_identity(self.row, version, self.person.key)


def find_resident(stores: Stores, claim: Claim, now: datetime) -> Resident:
    """The resident a claim leads to.

    Raises `StorageError(RESIDENT_UNKNOWN)`; also when the term has ended and the sweep is not yet
    through.
    """
    row = stores.identity.find(claim)
    found = None if row is None else resident_at(stores, row)
    if found is None or found.row.expires_s <= now.timestamp():
        raise StorageError(ErrorCode.RESIDENT_UNKNOWN)
    return found


def resident_at(stores: Stores, row: bytes) -> Resident | None:
    """The resident of an identity row; None once the key is destroyed."""
    person = stores.keys.person_of(IDENTITY, row)
    identity = stores.identity.read(row)
    return None if person is None or identity is None else Resident(person, identity)


def template_of(stores: Stores, person: Person) -> SealedTemplate | None:
    """The person's template; None where there is none any more.

    While one is being renewed the old one counts. Raises `StorageError(STORE_CORRUPT)` for a row
    of another version than the keys store knows: an old page put back.
    """
    for pid, version in person.rows_in(TEMPLATE):
        template = stores.template.find(pid)
        if template is None:
            continue
        if template.version != version or template.pid != pid:
            raise StorageError(ErrorCode.STORE_CORRUPT)
        return template
    return None
