"""What every change of the stores has in common: references, counts, and taking an addition back.

The order of writes is crypto.md 5.2. A completion names the generation of every store with effects,
so that the newest one is all a start needs to find a store that was rolled back.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from consent.canonical import Json
from consent.kinds import CompletionResult, Kind
from consent.ledger import Ledger
from station.errors import StationError
from storage.effects import op_reference, tidy
from storage.registry import EFFECT_STORES, KEYS, ROW_STORES, RowRef
from storage.stores import Stores


def references(stores: Stores, op_id: str) -> dict[str, bytes]:
    """The operation's name in every store with effects."""
    op_key = stores.op_key.reveal()
    return {store: op_reference(op_key, op_id, store) for store in EFFECT_STORES}


def counts(
    stores: Stores, rows: Mapping[str, int], also: Mapping[str, int] | None = None
) -> dict[str, Json]:
    """The counts of a completion: `rows` per store (0 where not named), and `also` in each.

    Every store with effects is in it, with its generation.
    """
    return {
        store: {
            "rows": rows.get(store, 0),
            "files": 0,
            **(also or {}),
            "generation": generation,
        }
        for store, generation in stores.generations().items()
    }


def by_store(rows: Iterable[RowRef]) -> dict[str, list[bytes]]:
    """Row ids by store, every store of rows named, each row once."""
    found: dict[str, list[bytes]] = {store: [] for store in ROW_STORES}
    for store, row in dict.fromkeys(rows):
        found[store].append(row)
    return found


def add_records(
    stores: Stores,
    ledger: Ledger,
    kind: Kind,
    payload: Mapping[str, Json],
    effects: Callable[[Mapping[str, bytes]], Mapping[str, int]],
) -> None:
    """One addition, from INTENT to COMPLETION; what a fault interrupts is undone at once.

    `effects` is given the operation's name per store and returns the rows it wrote per store. It
    writes the keys first: a crash in between leaves a key without a record, never the reverse.
    """
    with stores.writer:
        op_id = ledger.intent(kind, payload)
        try:
            rows = effects(references(stores, op_id))
            ledger.complete(op_id, CompletionResult.DONE, counts(stores, rows))
            tidy_all(stores, op_id, rows)
        except StationError:
            # A fault after the COMPLETION became durable (its head, tidying) undoes nothing.
            if op_id in dict(ledger.open_intents()):
                # What even the undoing cannot do stays an open intent for the next sweep.
                with suppress(StationError):
                    undo_addition(stores, ledger, op_id, CompletionResult.UNDONE)
                raise


def undo_addition(stores: Stores, ledger: Ledger, op_id: str, result: CompletionResult) -> None:
    """Undo what an open intent added, in part or in full: keys, rows, WALs, COMPLETION.

    Can be repeated. What was never begun is completed with counts of 0 as well.
    """
    names = references(stores, op_id)
    meant = by_store(stores.keys.undo_add(names[KEYS]))
    for store, rows in meant.items():
        if rows:
            stores.rows[store].undo_add(names[store], rows)
    stores.truncate()
    ledger.complete(op_id, result, counts(stores, {}))
    tidy(stores.keys.database, names[KEYS])


def tidy_all(stores: Stores, op_id: str, touched: Iterable[str]) -> None:
    """Forget a completed operation in the stores it touched."""
    names = references(stores, op_id)
    for store in touched:
        tidy(stores.databases[store], names[store])


def tidy_together(stores: Stores, finished: Mapping[str, Sequence[bytes]]) -> None:
    """Forget several completed operations, by their names in each store, in one write per store."""
    for store, names in finished.items():
        with stores.databases[store].transaction() as change:
            for name in names:
                change.write("DELETE FROM applied WHERE op_ref = ?", (name,))
