"""Erasure in the order of crypto.md 5.4: keys first, then rows, then the WALs, then COMPLETION.

Whole persons and single records (a template, a portrait) go the same way. The same code finishes an
erasure that a crash interrupted: every step can be repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from consent.canonical import Json
from consent.digest import to_text
from consent.kinds import CompletionResult, Kind
from consent.ledger import Ledger
from station.errors import ErrorCode, StationBug, StorageError
from storage.changes import by_store, counts, references, tidy_together
from storage.effects import applied_in
from storage.person import Person, RecordOf
from storage.registry import EFFECT_STORES, IDENTITY, KEYS, TEMPLATE, RowRef
from storage.revocation import COUNT_NAME as REVOCATIONS
from storage.stores import Stores

BATCH = 256
"""Most persons or records one request of a person concerns: a visit waits for no more of them."""
LARGEST_BATCH = 1024
"""Most that one intent may concern at all: its entry stays under 128 KiB. What waits for the disk
is paid once per intent, so that a sweep over many takes them in larger steps."""


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What one erasure did, by store, and what was left: `remaining` and `wal_bytes` are 0."""

    op_id: str
    rows: dict[str, int]
    remaining: int
    wal_bytes: int


class Erasure:
    """Erases persons and records from all stores. Lives in the desk; takes the writer lock."""

    def __init__(self, stores: Stores, ledger: Ledger) -> None:
        self._stores = stores
        self._ledger = ledger
        self._untidied: dict[str, list[bytes]] = {}

    def erase(
        self,
        persons: Sequence[Person],
        kind: Kind,
        reason: str,
        stray: Sequence[RowRef] = (),
        records: Sequence[RecordOf] = (),
        *,
        tidied: bool = True,
    ) -> ErasureReport:
        """Erase up to `LARGEST_BATCH` persons and single `records` of others.

        Without `tidied` the notes that make the effects repeatable stay until `tidy`: a caller with
        many batches forgets them together. `stray` are rows whose key is already gone. `reason` is
        one of the station's own words, such as "TERM_ENDED" or "REQUESTED". Raises `StorageError`;
        the intent then stays open and is finished by the next sweep or start.
        """
        if len(persons) + len(records) > LARGEST_BATCH:
            raise ValueError("too many persons for one intent")
        if any(record.store == IDENTITY for record in records):
            raise StationBug("without identity a person is erased whole")
        with self._stores.writer:
            op_id = self._ledger.intent(kind, intent_payload(persons, records, reason))
            alone = [(record.store, record.row) for record in records]
            report = self._carried_out(op_id, persons, stray, CompletionResult.DONE, alone)
            if tidied:
                self.tidy()
            return report

    def tidy(self) -> None:
        """Forget what finished erasures noted in each store, with one write per store."""
        with self._stores.writer:
            tidy_together(self._stores, self._untidied)
            self._untidied = {}
            self._stores.truncate()

    def carry_out(
        self,
        op_id: str,
        persons: Sequence[Person],
        stray: Sequence[RowRef],
        result: CompletionResult,
        records: Sequence[RowRef] = (),
    ) -> ErasureReport:
        """Steps 1 to 4 of an open intent; also for one that a crash left half done."""
        report = self._carried_out(op_id, persons, stray, result, records)
        self.tidy()
        return report

    def _carried_out(
        self,
        op_id: str,
        persons: Sequence[Person],
        stray: Sequence[RowRef],
        result: CompletionResult,
        records: Sequence[RowRef],
    ) -> ErasureReport:
        """On a full disk the ledger's reserve is spent on it: erasing is what frees room."""
        try:
            return self._carry_out(op_id, persons, stray, result, records)
        except StorageError as error:
            if error.code is not ErrorCode.DISK_FULL or not self._stores.space.give_up():
                raise
        return self._carry_out(op_id, persons, stray, result, records)

    def _carry_out(
        self,
        op_id: str,
        persons: Sequence[Person],
        stray: Sequence[RowRef],
        result: CompletionResult,
        records: Sequence[RowRef],
    ) -> ErasureReport:
        stores, names = self._stores, references(self._stores, op_id)
        erased = dict.fromkeys(EFFECT_STORES, 0)
        erased[KEYS] = stores.keys.destroy(names[KEYS], persons, records).rows
        # From the committed effect, not from the caller: after a crash only that still knows.
        gone = by_store([*stores.keys.listed(names[KEYS]), *stray])
        for store, rows in gone.items():
            # Rows that were stray before a crash are known by nobody but the effect itself.
            if rows or applied_in(stores.databases[store], names[store]) is not None:
                erased[store] = stores.rows[store].delete(names[store], rows).rows
        stores.truncate()
        wal_bytes = sum(stores.databases[store].wal_bytes() for store in EFFECT_STORES)
        report = ErasureReport(op_id, erased, self._remaining(gone), wal_bytes)
        if report.remaining or report.wal_bytes:
            raise StorageError(ErrorCode.STORE_CORRUPT, remaining=report.remaining)
        done = counts(stores, erased, {"remaining": 0, "wal_bytes": 0})
        self._ledger.complete(op_id, result, done | revoke(stores, gone[TEMPLATE]))
        for store in (KEYS, *(store for store, rows in gone.items() if rows)):
            self._untidied.setdefault(store, []).append(names[store])
        return report

    def _remaining(self, gone: dict[str, list[bytes]]) -> int:
        left = 0
        for store, rows in gone.items():
            left += sum(self._stores.keys.person_of(store, row) is not None for row in rows)
            left += self._stores.rows[store].present(rows)
        return left


def revoke(stores: Stores, pids: Sequence[bytes]) -> dict[str, Json]:
    """Refuse erased templates for good: an old backup of all stores would bring them back.

    Returns what the completion notes of the list; nothing where the station has none.
    """
    if stores.revocations is None or not pids:
        return {}
    stores.revocations.append(pids)
    return {REVOCATIONS: stores.revocations.counts()}


def intent_payload(
    persons: Sequence[Person], records: Sequence[RecordOf], reason: str
) -> dict[str, Json]:
    """What an erasing intent says: stores, files, and salted commitments, never a row id."""
    touched = {store for person in persons for store, _, _ in person.rows}
    touched |= {KEYS, *(record.store for record in records)}
    payload: dict[str, Json] = {
        "reason": reason,
        "stores": [store for store in EFFECT_STORES if store in touched],
        "files": 0,
        "commitments": sorted(to_text(person.commitment()) for person in persons),
    }
    if records:
        payload |= named_records(records)
    return payload


def named_records(records: Sequence[RecordOf]) -> dict[str, Json]:
    """What an intent says of records that go while their person stays: record and person, blind.

    Without the person's reference a search for them would miss what became of their template.
    Both lists are sorted, so that neither says which record is whose.
    """
    persons = {to_text(record.person.commitment()) for record in records}
    return {
        "records": sorted(to_text(record.commitment()) for record in records),
        "persons": sorted(persons),
    }
