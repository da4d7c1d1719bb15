"""The stores as a visit sees them (`station.ports.VisitRecords`)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from secrets import token_bytes

from consent.canonical import Json
from consent.digest import to_text
from consent.kinds import Kind
from consent.ledger import Ledger
from station.errors import ConfigError, ErrorCode
from station.model import IdentityRecord, VisitId
from station.retention import read_moment
from storage.changes import add_records
from storage.clock import HighWaterClock
from storage.identity_store import SealedIdentity, seal_identity
from storage.person import Person, new_person
from storage.registry import IDENTITY, KEYS
from storage.sealed_rows import ROW_BYTES
from storage.sealing import keyed_digest
from storage.stores import Stores


class SealedVisitRecords:
    """Keeps a visitor's listed fields for their term. Lives in the desk, on the visit thread."""

    def __init__(
        self, stores: Stores, ledger: Ledger, clock: HighWaterClock, longest: timedelta
    ) -> None:
        """`longest` is the policy's maximum term of storage (R-5)."""
        self._stores = stores
        self._ledger = ledger
        self._clock = clock
        self._longest = longest

    def may_start(self) -> None:
        """Raises `StorageError(DISK_FULL)` or `(CLOCK_SET_BACK)` when no new visit may begin."""
        self._stores.space.check()
        self._ledger.clock_ok()
        self._clock.check()

    def keep_identity(self, visit_id: VisitId, identity: IdentityRecord, expires_at: str) -> None:
        """Seal the listed fields under a fresh person key (INTENT, effect, COMPLETION).

        A term that has already ended keeps nothing. Raises `ConfigError(CONFIG_INVALID)` above the
        longest term, and `StorageError`; what was begun is then undone.
        """
        expires = read_moment(expires_at)
        now = datetime.now(UTC)
        if expires > now + self._longest:
            raise ConfigError(ErrorCode.CONFIG_INVALID)
        expires_s = int(expires.timestamp())
        if expires_s <= now.timestamp():
            return
        row = token_bytes(ROW_BYTES)
        person = new_person([(IDENTITY, row, 1)])
        sealed = seal_identity(identity, row, person.key, expires_s)

        def effects(names: Mapping[str, bytes]) -> Mapping[str, int]:
            self._stores.keys.add(names[KEYS], person)
            self._stores.identity.add(names[IDENTITY], sealed)
            return {KEYS: 1, IDENTITY: 1}

        payload = _intent_payload(visit_id, person, sealed)
        add_records(self._stores, self._ledger, Kind.KEEP_IDENTITY, payload, effects)

    def seal_evidence(self, record_id: str, body: bytes) -> bytes:
        """Seal a consent body under an evidence key of its own, durable before this returns.

        This is the `Seal` of `consent.recording.record_answer`.
        """
        # An erasure on the sweeper's thread counts the WAL of this store: one writer at a time.
        with self._stores.writer:
            return self._stores.keys.seal_evidence(record_id, body)


def _intent_payload(visit_id: VisitId, person: Person, sealed: SealedIdentity) -> dict[str, Json]:
    return {
        "visit": visit_id,
        "stores": [KEYS, IDENTITY],
        "files": 0,
        "commitment": to_text(person.commitment()),
        # Salted: a bare digest of the row would point from the ledger to it.
        "digest": to_text(keyed_digest(person.salt, sealed.sealed)),
    }
