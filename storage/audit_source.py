"""The stores as the audit sees them: opened consent evidence, and whose blind reference is whose.

Implements `consent.iso27560.ConsentSource`. The reference of a person is the salted commitment that
ledger entries carry: made from a claim while the keys exist, and by nobody once they are destroyed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from consent.digest import to_text
from consent.iso27560 import Principal
from consent.record import Evidence
from station.decision import is_under_age
from station.errors import ErrorCode, StorageError
from station.model import Claim
from station.subject_records import ADULT_YEARS
from storage.identity_store import unseal_identity
from storage.person import Person
from storage.registry import IDENTITY
from storage.resident_lookup import find_resident
from storage.stores import Stores

_PAGE = 256


class AuditSource:
    """Reads for the audit. Lives in the desk; changes nothing, safe from any thread."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def evidence(self, seq: int, record_id: str) -> Evidence | None:
        """The opened evidence of an entry; None once its key is destroyed.

        Raises `StorageError(STORE_CORRUPT)`, `LedgerError(LEDGER_BROKEN)` where it was altered.
        """
        try:
            sealed = self._stores.ledger.evidence(seq)
            plain = self._stores.keys.open_evidence(record_id, sealed)
        except StorageError as error:
            if error.code is not ErrorCode.KEY_MISSING:
                raise
            return None
        return Evidence.from_bytes(plain)

    def people(self) -> Iterator[Principal]:
        """Everybody whose identity is kept. In pages: an erasure may come in between."""
        after = b""
        while persons := self._stores.keys.persons_after(after, _PAGE):
            for person in persons:
                found = self._principal(person)
                if found is not None:
                    yield found
            after = persons[-1].person

    def reference_of(self, claim: Claim, now: datetime) -> str:
        """What entries call the resident of a claim. Raises `StorageError(RESIDENT_UNKNOWN)`."""
        return to_text(find_resident(self._stores, claim, now).person.commitment())

    def _principal(self, person: Person) -> Principal | None:
        for row, version in person.rows_in(IDENTITY):
            sealed = self._stores.identity.read(row)
            if sealed is not None:
                record = unseal_identity(sealed, version, person.key)
                born = record.get("birth_date")
                return Principal(
                    to_text(person.commitment()),
                    record.get("name"),
                    record.get("document_number"),
                    is_under_age(born, datetime.now(UTC).astimezone().date(), ADULT_YEARS),
                )
        return None
