"""Correcting a person's identity fields: one change, whole or not at all (PIPL 46, crypto.md 5.3).

The record keeps its row and gets the next version. keys.db learns of the new version first, the row
follows: a crash between the two leaves the old row, and the start takes the version back. An old
row put back later opens no more, because its version is not the one keys.db knows.
"""

from contextlib import suppress
from dataclasses import dataclass

from consent.canonical import Json
from consent.digest import to_text
from consent.kinds import CompletionResult, Kind
from consent.ledger import Ledger
from station.errors import StationError
from station.model import Claim, IdentityRecord
from storage.changes import counts, references, tidy_all
from storage.effects import applied_in
from storage.identity_store import SealedIdentity, seal_identity
from storage.registry import IDENTITY, KEYS
from storage.resident_lookup import Resident
from storage.sealing import keyed_digest
from storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person's fields become."""

    record: IdentityRecord
    """All fields, also those that stay."""
    names: tuple[str, ...]
    """Names of what changed, for the ledger."""
    moved: tuple[Claim, Claim] | None = None
    """What a resident was found by and will be, where that changed."""
    consents: tuple[str, ...] = ()
    """Consent records the person's records rest on from now on, for the ledger."""


def correct_identity(
    stores: Stores, ledger: Ledger, found: Resident, correction: Correction
) -> None:
    """Exchange the fields of `found`; takes the writer lock.

    Raises `StorageError`: ALREADY_ENROLLED, STORE_CORRUPT and faults; what was begun is undone.
    """
    with stores.writer:
        person, row = found.person, found.row.row
        version = person.version_of(IDENTITY, row) + 1
        fresh = seal_identity(correction.record, row, person.key, found.row.expires_s, version)
        payload: dict[str, Json] = {
            "stores": [KEYS, IDENTITY],
            "files": 0,
            "commitment": to_text(person.commitment()),
            "fields": list(correction.names),
            "digest": to_text(keyed_digest(person.salt, fresh.sealed)),
        }
        if correction.consents:
            payload["consents"] = list(correction.consents)
        op_id = ledger.intent(Kind.CORRECT, payload)
        try:
            _exchange(stores, op_id, found, fresh, correction.moved)
            _finish(stores, ledger, op_id, CompletionResult.DONE)
        except StationError:
            if op_id in dict(ledger.open_intents()):
                # What even this cannot do stays an open intent for the next sweep.
                with suppress(StationError):
                    settle_correction(stores, ledger, op_id, False)
            raise


def settle_correction(stores: Stores, ledger: Ledger, op_id: str, on_start: bool) -> bool:
    """CORRECT: with the new row written it is finished, else keys.db forgets the new version."""
    names = references(stores, op_id)
    if applied_in(stores.identity.database, names[IDENTITY]) is not None:
        result = CompletionResult.FINISHED_ON_START if on_start else CompletionResult.DONE
        _finish(stores, ledger, op_id, result)
        return True
    for store, row in stores.keys.listed(names[KEYS]):
        found = stores.identity.read(row)
        if found is not None:
            stores.keys.turn_back(store, row, found.version)
    stores.truncate()
    result = CompletionResult.UNDONE_ON_START if on_start else CompletionResult.UNDONE
    ledger.complete(op_id, result, counts(stores, {}))
    tidy_all(stores, op_id, (KEYS, IDENTITY))
    return False


def _exchange(
    stores: Stores,
    op_id: str,
    found: Resident,
    fresh: SealedIdentity,
    moved: tuple[Claim, Claim] | None,
) -> None:
    names = references(stores, op_id)
    stores.keys.turn(names[KEYS], found.person, IDENTITY, fresh.row)
    stores.identity.rewrite(names[IDENTITY], fresh, moved)


def _finish(stores: Stores, ledger: Ledger, op_id: str, result: CompletionResult) -> None:
    # The old fields leave the write-ahead log before anything says that they are gone.
    stores.truncate()
    ledger.complete(op_id, result, counts(stores, {KEYS: 1, IDENTITY: 1}))
    tidy_all(stores, op_id, (KEYS, IDENTITY))
