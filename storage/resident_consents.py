"""Which notice a resident's consent names, and putting another in its place (PIPL 14, X-1).

It lies with the resident's fields, under the same key: whoever is erased takes it along.
"""

from consent.ledger import Ledger
from station.model import Claim, IdentityRecord
from storage.clock import HighWaterClock
from storage.correction import Correction, correct_identity
from storage.identity_store import CONSENT_NOTICE
from storage.resident_lookup import Resident, find_resident
from storage.resident_records import MOST_CONSENTS, check_consents
from storage.stores import Stores

_RECORDS = "consent_records"


class ResidentConsents:
    """The consents of the residents. Lives in the desk; safe from any thread."""

    def __init__(self, stores: Stores, ledger: Ledger, clock: HighWaterClock) -> None:
        self._stores = stores
        self._ledger = ledger
        self._clock = clock

    def identity_of(self, claim: Claim) -> IdentityRecord:
        """The resident's fields. Raises `StorageError(RESIDENT_UNKNOWN)`."""
        return self._find(claim).identity()

    def named_notice(self, claim: Claim) -> str:
        """Digest of the notice the consent names, hexadecimal; empty where none was noted yet.

        Raises `StorageError(RESIDENT_UNKNOWN)`.
        """
        return self.identity_of(claim).get(CONSENT_NOTICE)

    def renew(self, claim: Claim, record_ids: tuple[str, ...], notice_digest: str) -> None:
        """The resident has agreed anew: the new records first, the earlier ones after them.

        Raises `StorageError(RESIDENT_UNKNOWN)`, `ConsentError(CONSENT_MISSING)`.
        """
        check_consents(record_ids)
        with self._stores.writer:
            found = self._find(claim)
            fields = dict(found.identity().fields)
            earlier = [one for one in fields.get(_RECORDS, "").split(",") if one]
            fields[_RECORDS] = ",".join([*record_ids, *earlier][:MOST_CONSENTS])
            fields[CONSENT_NOTICE] = notice_digest
            record = IdentityRecord(tuple(fields.items()))
            correction = Correction(record, (_RECORDS, CONSENT_NOTICE), consents=record_ids)
            correct_identity(self._stores, self._ledger, found, correction)

    def _find(self, claim: Claim) -> Resident:
        return find_resident(self._stores, claim, self._clock.effective())
