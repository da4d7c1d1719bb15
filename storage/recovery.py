"""Start-up: settle what a crash left open, then find stores rolled back (crypto.md 5.3).

Runs before any device is opened. It may itself be interrupted and run again.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from consent.digest import to_text
from consent.entry import parse_entry
from consent.kinds import ERASING, CompletionResult, Kind, Phase
from consent.ledger import Ledger
from station.errors import ErrorCode, LedgerError, StorageError
from station.office_book import OFFICE_GENERATION
from storage.changes import by_store, counts, references, tidy_all, undo_addition
from storage.correction import settle_correction
from storage.effects import applied_in, tidy
from storage.erasure import Erasure
from storage.person import Person
from storage.registry import EFFECT_STORES, KEYS, RowRef
from storage.renewal import settle_renewal
from storage.rotation import finish_turns, settle_rekey, settle_rewrap
from storage.stores import Stores

# An addition can raise a store's generation by its effect and once more by its undoing.
_MOST_EFFECTS_PER_INTENT = 2
_OFFICE_NOTED = frozenset({Kind.STATION_START, Kind.SIGN_IN, Kind.SIGN_OUT})
Settle = Callable[[Stores, Ledger, str, bool], bool]
"""(stores, ledger, op id, on start) → finished (True) or undone (False). Can be repeated."""


@dataclass(frozen=True, slots=True)
class StartReport:
    """What start-up found: intents finished and undone, evidence keys without an entry."""

    finished: int
    undone: int
    stray_evidence: int


def start_up(stores: Stores, ledger: Ledger) -> StartReport:
    """Settle every open intent and check generations; call once, before the first visit.

    Raises `StorageError(STORE_ROLLED_BACK)` or `LedgerError(RECOVERY_FAILED)`: the station locks.
    """
    with stores.writer:
        check_generations(stores, len(ledger.open_intents()))
        check_office(stores)
        finished, undone = settle_open_intents(stores, ledger, on_start=True)
        finish_turns(stores)
        check_generations(stores, 0)
        for name in EFFECT_STORES:
            tidy(stores.databases[name])
        stray = stores.keys.drop_evidence_except(stores.ledger.evidence_ids())
        return StartReport(finished, undone, stray)


def settle_open_intents(
    stores: Stores, ledger: Ledger, *, on_start: bool = False, leave: Collection[Kind] = ()
) -> tuple[int, int]:
    """Finish or undo every open intent but those of `leave`; returns how many of each. Idempotent.

    While the station runs, an intent that is open under the writer lock was given up by its writer.
    Raises `LedgerError(RECOVERY_FAILED)` for a kind this station does not know how to settle.
    """
    finished = undone = 0
    with stores.writer:
        for op_id, kind in ledger.open_intents():
            if kind in leave or op_id in stores.under_way:
                continue
            settle = _SETTLE.get(kind)
            if settle is None:
                raise LedgerError(ErrorCode.RECOVERY_FAILED)
            done = settle(stores, ledger, op_id, on_start)
            finished += done
            undone += not done
    return finished, undone


def check_generations(stores: Stores, open_intents: int) -> None:
    """Hold every store's generation against the last the ledger has recorded (crypto.md 6.4).

    Raises `StorageError(STORE_ROLLED_BACK)` when a store is older than the ledger, or newer by more
    than the open intents can explain (the ledger itself is then the older one).
    """
    recorded = recorded_generations(stores)
    for name, generation in stores.generations().items():
        surplus = generation - recorded.get(name, 0)
        if not 0 <= surplus <= open_intents * _MOST_EFFECTS_PER_INTENT:
            raise StorageError(ErrorCode.STORE_ROLLED_BACK, surplus=surplus)


def check_office(stores: Stores) -> None:
    """Hold the office's generation against the last the ledger has recorded.

    An older file would bring back a former password or codes that were used, and a missing one a
    station without accounts. Raises `StorageError(STORE_ROLLED_BACK)`.
    """
    surplus = stores.office.generation() - recorded_office(stores)
    if surplus < 0:
        raise StorageError(ErrorCode.STORE_ROLLED_BACK, surplus=surplus)


def recorded_office(stores: Stores) -> int:
    """The newest generation of the office that a start, sign-in or sign-out has recorded; 0 where
    none has."""
    marker = f'"{OFFICE_GENERATION}":'.encode()
    for stored in stores.ledger.newest_first():
        # Parsing strictly is slow, and most entries are of other kinds.
        if marker in stored.body:
            entry = parse_entry(stored.body)
            found = entry.payload.get(OFFICE_GENERATION)
            if entry.kind in _OFFICE_NOTED and isinstance(found, int):
                return found
    return 0


def recorded_generations(stores: Stores) -> dict[str, int]:
    """The newest generation of each store in a COMPLETION; none before a store's first.

    One completion names them all; only those from before a store existed do not.
    """
    recorded: dict[str, int] = {}
    for stored in stores.ledger.newest_first():
        entry = parse_entry(stored.body)
        if entry.phase is Phase.COMPLETION:
            recorded = _generations(entry.payload.get("counts")) | recorded
            if recorded.keys() >= set(EFFECT_STORES):
                break
    return recorded


def _generations(counts: object) -> dict[str, int]:
    if not isinstance(counts, Mapping):
        return {}
    found = {}
    for store, figures in counts.items():
        generation = figures.get("generation") if isinstance(figures, Mapping) else None
        if isinstance(generation, int):
            found[store] = generation
    return found


def settle_addition(stores: Stores, ledger: Ledger, op_id: str, on_start: bool) -> bool:
    """KEEP_IDENTITY, ENROL, UPDATE: whole in all stores, or not at all (crypto.md 5.3)."""
    names = references(stores, op_id)
    meant = by_store(stores.keys.listed(names[KEYS]))
    touched = [KEYS, *(store for store, rows in meant.items() if rows)]
    effects = {store: applied_in(stores.databases[store], names[store]) for store in touched}
    rows = {store: effect.rows for store, effect in effects.items() if effect is not None}
    whole = len(rows) == len(touched) and _complete(stores, meant)
    # While the station runs, the caller was told that nothing was kept: then it must be so.
    if not (on_start and whole):
        result = CompletionResult.UNDONE_ON_START if on_start else CompletionResult.UNDONE
        undo_addition(stores, ledger, op_id, result)
        return False
    ledger.complete(op_id, CompletionResult.FINISHED_ON_START, counts(stores, rows))
    tidy_all(stores, op_id, touched)
    return True


def _complete(stores: Stores, meant: Mapping[str, list[bytes]]) -> bool:
    """Whether keys and rows are all there: an undoing may have been interrupted after the key."""
    return all(
        all(stores.keys.person_of(store, row) for row in rows)
        and stores.rows[store].present(rows) == len(rows)
        for store, rows in meant.items()
    )


def finish_erasure(stores: Stores, ledger: Ledger, op_id: str, on_start: bool) -> bool:
    """ERASE, EXPIRE, WITHDRAW: finished, never undone; the key may be gone already."""
    persons: list[Person] = []
    records: list[RowRef] = []
    if applied_in(stores.keys.database, references(stores, op_id)[KEYS]) is None:
        # Nothing is destroyed yet: the salted commitments say whom the intent concerns.
        persons, records = _committed(stores, op_id)
    result = CompletionResult.FINISHED_ON_START if on_start else CompletionResult.DONE
    Erasure(stores, ledger).carry_out(op_id, persons, (), result, records)
    return True


def undo_restore(stores: Stores, ledger: Ledger, op_id: str, on_start: bool) -> bool:
    """RESTORE: its completion lies in the new stores, so an open one means that the old stayed."""
    result = CompletionResult.UNDONE_ON_START if on_start else CompletionResult.UNDONE
    ledger.complete(op_id, result, counts(stores, {}))
    return False


_SETTLE: dict[Kind, Settle] = {
    Kind.KEEP_IDENTITY: settle_addition,
    Kind.ENROL: settle_addition,
    Kind.UPDATE: settle_addition,
    Kind.CORRECT: settle_correction,
    Kind.RENEW: settle_renewal,
    Kind.RESTORE: undo_restore,
    Kind.REWRAP: settle_rewrap,
    Kind.REKEY: settle_rekey,
    **dict.fromkeys(ERASING, finish_erasure),
}


def _committed(stores: Stores, op_id: str) -> tuple[list[Person], list[RowRef]]:
    whole, alone = (
        intent_texts(stores, op_id, "commitments"),
        intent_texts(stores, op_id, "records"),
    )
    persons: list[Person] = []
    records: list[RowRef] = []
    for person in stores.keys.persons():
        if to_text(person.commitment()) in whole:
            persons.append(person)
        elif alone:
            records += [
                (store, row)
                for store, row, _ in person.rows
                if to_text(person.record_commitment(store, row)) in alone
            ]
    return persons, records


def intent_texts(stores: Stores, op_id: str, key: str) -> set[str]:
    """A list of texts in the payload of an intent. Raises `LedgerError(RECOVERY_FAILED)`."""
    for stored in stores.ledger.newest_first():
        entry = parse_entry(stored.body)
        if entry.op == op_id and entry.phase is Phase.INTENT:
            found = entry.payload.get(key)
            return {str(text) for text in found} if isinstance(found, list) else set()
    raise LedgerError(ErrorCode.RECOVERY_FAILED)
