"""Start-up: settle what a crash left open, then find stores rolled back (crypto.md 5.3).

Runs before any device is opened. It may itself be interrupted and run again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from consent.digest import to_text
from consent.entry import parse_entry
from consent.kinds import ERASING, CompletionResult, Kind, Phase
from consent.ledger import Ledger
from station.errors import ErrorCode, LedgerError, StorageError
from storage.effects import applied_in, op_reference, tidy
from storage.erasure import Erasure
from storage.person_keys import Person
from storage.stores import Stores
from storage.visit_records import kept_counts, undo_keep

_STORES = ("keys", "identity")
# A KEEP can raise a store's generation by its effect and once more by its undoing.
_MOST_EFFECTS_PER_INTENT = 2


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
        finished, undone = settle_open_intents(stores, ledger, on_start=True)
        check_generations(stores, 0)
        for name in _STORES:
            tidy(stores.databases[name])
        stray = stores.keys.drop_evidence_except(stores.ledger.evidence_ids())
        return StartReport(finished, undone, stray)


def settle_open_intents(
    stores: Stores, ledger: Ledger, *, on_start: bool = False
) -> tuple[int, int]:
    """Finish or undo every open intent; returns how many of each. Idempotent.

    While the station runs, an intent that is open under the writer lock was given up by its writer.
    Raises `LedgerError(RECOVERY_FAILED)` for a kind this station does not know how to settle.
    """
    finished = undone = 0
    with stores.writer:
        for op_id, kind in ledger.open_intents():
            if kind is Kind.KEEP_IDENTITY:
                done = _settle_keep(stores, ledger, op_id, on_start)
            elif kind in ERASING:
                _finish_erasure(stores, ledger, op_id, on_start)
                done = True
            else:
                raise LedgerError(ErrorCode.RECOVERY_FAILED)
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


def recorded_generations(stores: Stores) -> dict[str, int]:
    """The generations in the newest COMPLETION; empty before the first."""
    for stored in stores.ledger.newest_first():
        entry = parse_entry(stored.body)
        if entry.phase is Phase.COMPLETION:
            found = _generations(entry.payload.get("counts"))
            if found:
                return found
    return {}


def _generations(counts: object) -> dict[str, int]:
    if not isinstance(counts, Mapping):
        return {}
    found = {}
    for store, figures in counts.items():
        generation = figures.get("generation") if isinstance(figures, Mapping) else None
        if isinstance(generation, int):
            found[store] = generation
    return found


def _settle_keep(stores: Stores, ledger: Ledger, op_id: str, on_start: bool) -> bool:
    references = {s: op_reference(stores.op_key.reveal(), op_id, s) for s in _STORES}
    applied = [applied_in(stores.databases[s], reference) for s, reference in references.items()]
    whole = all(effect is not None for effect in applied)
    # While the station runs, the visit was told that nothing was kept: then it must be so.
    if not (on_start and whole and _complete(stores, references["keys"])):
        result = CompletionResult.UNDONE_ON_START if on_start else CompletionResult.UNDONE
        undo_keep(stores, ledger, op_id, result)
        return False
    result = CompletionResult.FINISHED_ON_START
    ledger.complete(op_id, result, kept_counts(1, 1, stores.generations()))
    for store, reference in references.items():
        tidy(stores.databases[store], reference)
    return True


def _complete(stores: Stores, keys_ref: bytes) -> bool:
    """Whether key and row are both there: an undoing may have been interrupted after the key."""
    rows = [row for store, row in stores.keys.listed(keys_ref) if store == "identity"]
    return all(stores.keys.person_of("identity", row) for row in rows) and (
        stores.identity.present(rows) == len(rows)
    )


def _finish_erasure(stores: Stores, ledger: Ledger, op_id: str, on_start: bool) -> None:
    keys_ref = op_reference(stores.op_key.reveal(), op_id, "keys")
    persons: list[Person] = []
    if applied_in(stores.keys.database, keys_ref) is None:
        # Nothing is destroyed yet: the salted commitments say whom the intent concerns.
        persons = _committed_persons(stores, op_id)
    result = CompletionResult.FINISHED_ON_START if on_start else CompletionResult.DONE
    Erasure(stores, ledger).carry_out(op_id, persons, (), result)


def _committed_persons(stores: Stores, op_id: str) -> list[Person]:
    wanted = _commitments(stores, op_id)
    return [p for p in stores.keys.persons() if to_text(p.commitment()) in wanted]


def _commitments(stores: Stores, op_id: str) -> set[str]:
    for stored in stores.ledger.newest_first():
        entry = parse_entry(stored.body)
        if entry.op == op_id and entry.phase is Phase.INTENT:
            found = entry.payload.get("commitments")
            return {str(text) for text in found} if isinstance(found, list) else set()
    raise LedgerError(ErrorCode.RECOVERY_FAILED)
