"""The stores as a visit sees them (`station.ports.VisitRecords`)."""

from datetime import UTC, datetime, timedelta
from secrets import token_bytes

from consent.canonical import Json
from consent.digest import to_text
from consent.kinds import CompletionResult, Kind
from consent.ledger import Ledger
from station.errors import ConfigError, ErrorCode, StationError, StorageError
from station.model import IdentityRecord, VisitId
from storage.clock import HighWaterClock
from storage.effects import op_reference, tidy
from storage.identity_store import ROW_BYTES, SealedIdentity, seal_identity
from storage.person_keys import Person, new_person
from storage.sealing import keyed_digest
from storage.stores import Stores

_IDENTITY = "identity"
_KEYS = "keys"


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
        expires = _expiry(expires_at)
        now = datetime.now(UTC)
        if expires > now + self._longest:
            raise ConfigError(ErrorCode.CONFIG_INVALID)
        expires_s = int(expires.timestamp())
        if expires_s <= now.timestamp():
            return
        row = token_bytes(ROW_BYTES)
        person = new_person([(_IDENTITY, row, 1)])
        sealed = seal_identity(identity, row, person.key, expires_s)
        with self._stores.writer:
            op_id = self._ledger.intent(
                Kind.KEEP_IDENTITY, _intent_payload(visit_id, person, sealed)
            )
            try:
                self._carry_out(op_id, person, sealed)
            except StorageError:
                # A fault after the COMPLETION became durable (its head, tidying) undoes nothing.
                if op_id in dict(self._ledger.open_intents()):
                    self._undo(op_id)
                    raise

    def seal_evidence(self, record_id: str, body: bytes) -> bytes:
        """Seal a consent body under an evidence key of its own, durable before this returns.

        This is the `Seal` of `consent.recording.record_answer`.
        """
        # An erasure on the sweeper's thread counts the WAL of this store: one writer at a time.
        with self._stores.writer:
            return self._stores.keys.seal_evidence(record_id, body)

    def _carry_out(self, op_id: str, person: Person, sealed: SealedIdentity) -> None:
        stores = self._stores
        op_key = stores.op_key.reveal()
        keys_ref = op_reference(op_key, op_id, _KEYS)
        identity_ref = op_reference(op_key, op_id, _IDENTITY)
        # The key first: a crash in between leaves a key without a record, never the reverse.
        stores.keys.add(keys_ref, person)
        stores.identity.add(identity_ref, sealed)
        self._ledger.complete(op_id, CompletionResult.DONE, kept_counts(1, 1, stores.generations()))
        tidy(stores.keys.database, keys_ref)
        tidy(stores.identity.database, identity_ref)

    def _undo(self, op_id: str) -> None:
        """Take back at once; what even this cannot do stays an open intent for the next sweep."""
        try:
            undo_keep(self._stores, self._ledger, op_id, CompletionResult.UNDONE)
        except StationError:
            # The first fault is the one to report; the sweep tries the undoing again.
            return


def undo_keep(stores: Stores, ledger: Ledger, op_id: str, result: CompletionResult) -> None:
    """Undo a KEEP_IDENTITY in part or in full: key, row, WALs, COMPLETION. Can be repeated."""
    op_key = stores.op_key.reveal()
    keys_ref = op_reference(op_key, op_id, _KEYS)
    rows = [row for store, row in stores.keys.undo_add(keys_ref) if store == _IDENTITY]
    stores.identity.undo_add(op_reference(op_key, op_id, _IDENTITY), rows)
    stores.identity.database.checkpoint_truncate()
    ledger.complete(op_id, result, kept_counts(0, 0, stores.generations()))
    tidy(stores.keys.database, keys_ref)


def kept_counts(keys: int, identity: int, generations: dict[str, int]) -> dict[str, Json]:
    """The counts of a KEEP_IDENTITY completion."""
    return {
        _KEYS: {"rows": keys, "files": 0, "generation": generations[_KEYS]},
        _IDENTITY: {"rows": identity, "files": 0, "generation": generations[_IDENTITY]},
    }


def _intent_payload(visit_id: VisitId, person: Person, sealed: SealedIdentity) -> dict[str, Json]:
    return {
        "visit": visit_id,
        "stores": [_KEYS, _IDENTITY],
        "files": 0,
        "commitment": to_text(person.commitment()),
        # Salted: a bare digest of the row would point from the ledger to it.
        "digest": to_text(keyed_digest(person.salt, sealed.sealed)),
    }


def _expiry(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(ErrorCode.CONFIG_INVALID) from error
    if moment.tzinfo is None:
        raise ConfigError(ErrorCode.CONFIG_INVALID)
    return moment
