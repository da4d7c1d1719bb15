"""Erasure in the order of crypto.md 5.4: keys first, then rows, then the WALs, then COMPLETION.

The same code finishes an erasure that a crash interrupted: every step can be repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from consent.canonical import Json
from consent.digest import to_text
from consent.kinds import CompletionResult, Kind
from consent.ledger import Ledger
from station.errors import ErrorCode, StorageError
from storage.effects import op_reference, tidy
from storage.person_keys import Person
from storage.stores import Stores

BATCH = 256
"""Most persons one intent may concern: its entry stays under 16 KiB."""
_IDENTITY = "identity"
_KEYS = "keys"


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What one erasure did, by store, and what was left: `remaining` and `wal_bytes` are 0."""

    op_id: str
    rows: dict[str, int]
    remaining: int
    wal_bytes: int


class Erasure:
    """Erases persons from all stores. Lives in the desk; takes the stores' writer lock."""

    def __init__(self, stores: Stores, ledger: Ledger) -> None:
        self._stores = stores
        self._ledger = ledger

    def erase(
        self, persons: Sequence[Person], kind: Kind, reason: str, stray: Sequence[bytes] = ()
    ) -> ErasureReport:
        """Erase up to `BATCH` persons, and `stray` identity rows whose key is already gone.

        `reason` is one of the station's own words, such as "TERM_ENDED" or "REQUESTED". Raises
        `StorageError`; the intent then stays open and is finished by the next sweep or start.
        """
        if len(persons) > BATCH:
            raise ValueError("too many persons for one intent")
        with self._stores.writer:
            op_id = self._ledger.intent(kind, intent_payload(persons, reason))
            return self.carry_out(op_id, persons, stray, CompletionResult.DONE)

    def carry_out(
        self,
        op_id: str,
        persons: Sequence[Person],
        stray: Sequence[bytes],
        result: CompletionResult,
    ) -> ErasureReport:
        """Steps 1 to 4 of an open intent; also for one that a crash left half done.

        On a full disk the ledger's reserve is spent on it: erasing is what frees room.
        """
        try:
            return self._carry_out(op_id, persons, stray, result)
        except StorageError as error:
            if error.code is not ErrorCode.DISK_FULL or not self._stores.space.give_up():
                raise
        return self._carry_out(op_id, persons, stray, result)

    def _carry_out(
        self,
        op_id: str,
        persons: Sequence[Person],
        stray: Sequence[bytes],
        result: CompletionResult,
    ) -> ErasureReport:
        stores = self._stores
        keys_ref = op_reference(stores.op_key.reveal(), op_id, _KEYS)
        identity_ref = op_reference(stores.op_key.reveal(), op_id, _IDENTITY)
        keys = stores.keys.destroy(keys_ref, persons)
        # From the committed effect, not from the caller: after a crash only that still knows.
        rows = [row for store, row in stores.keys.listed(keys_ref) if store == _IDENTITY]
        rows += [row for row in stray if row not in rows]
        identity = stores.identity.delete(identity_ref, rows)
        for database in stores.databases.values():
            database.checkpoint_truncate()
        report = ErasureReport(
            op_id,
            {_KEYS: keys.rows, _IDENTITY: identity.rows},
            self._remaining(rows),
            stores.keys.database.wal_bytes() + stores.identity.database.wal_bytes(),
        )
        if report.remaining or report.wal_bytes:
            raise StorageError(ErrorCode.STORE_CORRUPT, remaining=report.remaining)
        self._ledger.complete(op_id, result, _counts(report, stores.generations()))
        self._tidy(keys_ref, identity_ref)
        return report

    def _remaining(self, rows: Sequence[bytes]) -> int:
        with_key = sum(self._stores.keys.person_of(_IDENTITY, row) is not None for row in rows)
        return with_key + self._stores.identity.present(rows)

    def _tidy(self, keys_ref: bytes, identity_ref: bytes) -> None:
        tidy(self._stores.keys.database, keys_ref)
        tidy(self._stores.identity.database, identity_ref)
        for database in self._stores.databases.values():
            database.checkpoint_truncate()


def intent_payload(persons: Sequence[Person], reason: str) -> dict[str, Json]:
    """What an erasing intent says: stores, files, and salted commitments, never a row id."""
    return {
        "reason": reason,
        "stores": [_KEYS, _IDENTITY],
        "files": 0,
        "commitments": sorted(to_text(person.commitment()) for person in persons),
    }


def _counts(report: ErasureReport, generations: dict[str, int]) -> dict[str, Json]:
    return {
        store: {
            "rows": report.rows[store],
            "files": 0,
            "remaining": 0,
            "wal_bytes": 0,
            "generation": generations[store],
        }
        for store in (_KEYS, _IDENTITY)
    }
