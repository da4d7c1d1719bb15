"""Brings restored stores to what the ledger says happened since: nobody erased comes back.

Runs on the new stores before they come into place. What the ledger erased is erased again, rows
without a key go, persons whose identity the backup does not have lose their key, revoked templates
go, and a restriction somebody asked for holds again. A correction made since cannot be made again
here, for the ledger does not hold what was written: the fields are as before it, and it is counted.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from consent.digest import to_text
from consent.entry import Entry, parse_entry
from consent.kinds import ERASING, CompletionResult, Kind, Phase
from consent.ledger import Ledger
from storage.attempts import RESTRICTED_UNTIL_S
from storage.erasure import BATCH, Erasure
from storage.identity_store import Attempts
from storage.person import Person, RecordOf
from storage.registry import IDENTITY, TEMPLATE, RowRef
from storage.stores import Stores

_STRAY_BATCH = 4096
_DONE = (CompletionResult.DONE.value, CompletionResult.FINISHED_ON_START.value)
_T = TypeVar("_T")


@dataclass(slots=True)
class Findings:
    """What does not belong into the restored stores, by reason."""

    erased_before: list[Person] = field(default_factory=list)
    """Persons the ledger says were erased."""
    lost: list[Person] = field(default_factory=list)
    """Persons kept since the backup was made: their identity is in no store any more."""
    records_erased_before: list[RecordOf] = field(default_factory=list)
    records_lost: list[RecordOf] = field(default_factory=list)
    revoked: list[RecordOf] = field(default_factory=list)
    without_key: list[RowRef] = field(default_factory=list)
    restricted: list[Person] = field(default_factory=list)
    corrected: list[Person] = field(default_factory=list)
    """Persons whose fields are as they were before a correction: to be corrected once more."""

    def counts(self) -> dict[str, int]:
        """Numbers for the ledger and the screen."""
        return {
            "erased_before": len(self.erased_before) + len(self.records_erased_before),
            "lost": len(self.lost) + len(self.records_lost),
            "revoked": len(self.revoked),
            "without_key": len(self.without_key),
            "restricted": len(self.restricted),
            "corrected": len(self.corrected),
        }


@dataclass(slots=True)
class _Said:
    """What the ledger says, as commitments: erased persons and records, restrictions in force."""

    erased: set[str] = field(default_factory=set)
    restricted: dict[str, bool] = field(default_factory=dict)
    corrections: Counter[str] = field(default_factory=Counter)
    """How often each person's fields were corrected."""


def reconcile(stores: Stores, ledger: Ledger, revoked: Callable[[bytes], bool]) -> Findings:
    """Find and remove what does not belong here; `revoked` says it of a template's row id.

    Each removal is an erasure with its own entries. Raises `StorageError`.
    """
    found = _look(stores, _said(stores), revoked)
    erasure = Erasure(stores, ledger)
    for persons, reason in (
        (found.erased_before, "ERASED_BEFORE_RESTORE"),
        (found.lost, "LOST_IN_RESTORE"),
    ):
        for batch in _batches(persons, BATCH):
            erasure.erase(batch, Kind.ERASE, reason)
    for records, reason in (
        (found.records_erased_before, "ERASED_BEFORE_RESTORE"),
        (found.records_lost, "LOST_IN_RESTORE"),
        (found.revoked, "REVOKED"),
    ):
        for part in _batches(records, BATCH):
            erasure.erase([], Kind.ERASE, reason, records=part)
    for stray in _batches(found.without_key, _STRAY_BATCH):
        erasure.erase([], Kind.ERASE, "WITHOUT_KEY", stray)
    for person in found.restricted:
        for row, _ in person.rows_in(IDENTITY):
            stores.identity.set_attempts(row, Attempts(0, RESTRICTED_UNTIL_S))
    for person in found.corrected:
        for row, _ in person.rows_in(IDENTITY):
            identity = stores.identity.read(row)
            if identity is not None:
                stores.keys.turn_back(IDENTITY, row, identity.version)
    return found


def _look(stores: Stores, said: _Said, revoked: Callable[[bytes], bool]) -> Findings:
    found = Findings()
    # Collected first: an unfinished reading would keep the logs from being cut.
    for person in stores.keys.persons():
        commitment = to_text(person.commitment())
        if commitment in said.erased:
            found.erased_before.append(person)
        elif not _has_identity(stores, person, said.corrections[commitment]):
            found.lost.append(person)
        else:
            if _is_behind(stores, person, said.corrections[commitment]):
                found.corrected.append(person)
            _look_at_records(stores, person, said, revoked, found)
            if said.restricted.get(commitment):
                found.restricted.append(person)
    for name, store in stores.rows.items():
        for row, _ in store.terms():
            if stores.keys.person_of(name, row) is None:
                found.without_key.append((name, row))
    return found


def _has_identity(stores: Stores, person: Person, corrections: int) -> bool:
    """Whether the person's identity is here as the keys know it, or as it was before a correction
    the ledger knows of: another older row does not open."""
    rows = person.rows_in(IDENTITY)
    identities = [(stores.identity.read(row), version) for row, version in rows]
    return bool(rows) and all(
        identity is not None and version - corrections <= identity.version <= version
        for identity, version in identities
    )


def _is_behind(stores: Stores, person: Person, corrections: int) -> bool:
    """Whether a correction the ledger knows of is not in the identity that is here."""
    found = (stores.identity.read(row) for row, _ in person.rows_in(IDENTITY))
    return any(identity is not None and identity.version <= corrections for identity in found)


def _look_at_records(
    stores: Stores,
    person: Person,
    said: _Said,
    revoked: Callable[[bytes], bool],
    found: Findings,
) -> None:
    for store, row, _ in person.rows:
        if store == IDENTITY:
            continue
        record = RecordOf(person, store, row)
        if to_text(record.commitment()) in said.erased:
            found.records_erased_before.append(record)
        elif not stores.rows[store].present([row]):
            found.records_lost.append(record)
        elif store == TEMPLATE and revoked(row):
            found.revoked.append(record)


def _said(stores: Stores) -> _Said:
    said, undone = _Said(), set[str]()
    for entry in _entries(stores):
        if entry.kind is Kind.CORRECT:
            # The newest comes first: how a correction ended is known before whose it was.
            if entry.phase is Phase.COMPLETION and entry.payload.get("result") not in _DONE:
                undone.add(entry.op)
            elif entry.phase is Phase.INTENT and entry.op not in undone:
                said.corrections[str(entry.payload.get("commitment"))] += 1
            continue
        if entry.kind is Kind.RESTRICT:
            # The newest comes first and holds.
            person = str(entry.payload.get("commitment"))
            said.restricted.setdefault(person, entry.payload.get("restricted") is True)
            continue
        for name in ("commitments", "records"):
            listed = entry.payload.get(name)
            if isinstance(listed, list):
                said.erased.update(str(text) for text in listed)
    return said


def _entries(stores: Stores) -> Iterator[Entry]:
    """Intents of erasures, corrections, and restrictions, the newest first."""
    asked = (Kind.RESTRICT, Kind.CORRECT)
    markers = [f'"kind":"{kind.value}"'.encode() for kind in (*ERASING, *asked)]
    for stored in stores.ledger.newest_first():
        # Parsing strictly is slow, and most entries are of other kinds.
        if any(marker in stored.body for marker in markers):
            entry = parse_entry(stored.body)
            if entry.kind in asked or (entry.kind in ERASING and entry.phase is Phase.INTENT):
                yield entry


def _batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
