"""Exchange of keys while the station serves (crypto.md 4.2, 5 and 5.3: REWRAP, REKEY).

The record key of keys.db is exchanged row by row in batches; between two of them visits go on, and
two generations of the key are readable. The key of a store's file is exchanged in one transaction
of that file. Next and former key stand wrapped in the keyring until the COMPLETION: whatever was
cut off opens with one of them, and is finished forward at the next start.
"""

import time
from collections.abc import Callable, Sequence

from consent.canonical import Json
from consent.entry import parse_entry
from consent.kinds import CompletionResult, Kind, Phase
from consent.ledger import Ledger
from station.errors import ErrorCode, LedgerError, StorageError
from storage.changes import counts, references, tidy_all
from storage.cipher_file import opens
from storage.effects import Applied, applied_in, mark_applied
from storage.keys import KEK_TURN, file_turn
from storage.registry import EFFECT_STORES, KEYS, STORE_NAMES
from storage.stores import Stores
from storage.wrapped_keys import WRAPPING

BATCH = 256
"""Rows wrapped anew while the writer lock is held."""
_BETWEEN_BATCHES_S = 0.005
"""A lock given up and taken again at once would never reach whoever waits for it."""
RotationProgress = Callable[[int, int], None]
"""Told (rows or files done, all of them); what it raises breaks off, to be finished later."""


class KeyRotation:
    """Exchanges keys of open stores. Lives in the desk; one at a time."""

    def __init__(self, stores: Stores, ledger: Ledger) -> None:
        self._stores = stores
        self._ledger = ledger

    def rekey(self, store: str) -> None:
        """Encrypt one store's file under a new key; the former opens it no longer.

        Raises `StorageError`: DISK_FULL without room for the file once more, STORE_LOCKED while
        a long reading of it goes on. The intent then stays open; a sweep or start finishes it.
        """
        with self._stores.writer:
            finish_turns(self._stores)
            op_id = self._ledger.intent(Kind.REKEY, {"stores": [store], "files": 1})
            _carry_out_rekey(self._stores, self._ledger, op_id, store, CompletionResult.DONE)

    def rewrap(self, progress: RotationProgress) -> int:
        """Wrap every person's and every consent's key under a new record key of keys.db.

        Returns how many there were. What `progress` raises breaks off between two batches; a sweep
        or start finishes it.
        """
        stores = self._stores
        with stores.writer:
            finish_turns(stores)
            op_id = self._ledger.intent(Kind.REWRAP, {"stores": [KEYS], "files": 0})
            stores.under_way.add(op_id)
        try:
            return _carry_out_rewrap(
                stores,
                self._ledger,
                op_id,
                CompletionResult.DONE,
                progress,
                pause_s=_BETWEEN_BATCHES_S,
            )
        finally:
            stores.under_way.discard(op_id)


def settle_rekey(stores: Stores, ledger: Ledger, op_id: str, on_start: bool) -> bool:
    """REKEY: finished forward, whichever key the file was found under."""
    _carry_out_rekey(stores, ledger, op_id, _store_of(stores, op_id), _result(on_start))
    return True


def settle_rewrap(stores: Stores, ledger: Ledger, op_id: str, on_start: bool) -> bool:
    """REWRAP: finished forward; what is under the new key already stays as it is."""
    _carry_out_rewrap(stores, ledger, op_id, _result(on_start), _untold, pause_s=0.0)
    return True


def finish_turns(stores: Stores) -> None:
    """Let no key stay half exchanged where no intent is open: completed, but not yet dropped.

    Goes by what the stores hold, not by what the ledger says: a restored one may know nothing.
    """
    keyring = stores.keyring
    for name in keyring.pending():
        if name == KEK_TURN:
            stores.keys.take_kek(keyring.begin_turn(name))
            _rewrap_all(stores, _untold, 0.0)
            keyring.end_turn(name)
            stores.keys.forget_former_keks()
    for store in STORE_NAMES:
        if file_turn(store) in keyring.pending():
            fresh = keyring.begin_turn(file_turn(store))
            database = stores.databases[store]
            if database.has_key(fresh):
                database.checkpoint_truncate()
            keyring.end_turn(file_turn(store), taken=database.has_key(fresh))


def _carry_out_rekey(
    stores: Stores, ledger: Ledger, op_id: str, store: str, result: CompletionResult
) -> None:
    database, keyring = stores.databases[store], stores.keyring
    former = keyring.store_key(store)
    fresh = keyring.begin_turn(file_turn(store))
    if not database.has_key(fresh):
        database.rekey(fresh)
    database.checkpoint_truncate()
    if store in EFFECT_STORES:
        _note(stores, op_id, store)
    if opens(database.path, former):
        raise StorageError(ErrorCode.STORE_CORRUPT)
    size = database.path.stat().st_size
    found: dict[str, Json] = {**counts(stores, {}), "rekeyed": {"files": 1, "bytes": size}}
    ledger.complete(op_id, result, found)
    keyring.end_turn(file_turn(store))
    if store in EFFECT_STORES:
        tidy_all(stores, op_id, [store])
    database.checkpoint_truncate()


def _carry_out_rewrap(
    stores: Stores,
    ledger: Ledger,
    op_id: str,
    result: CompletionResult,
    progress: RotationProgress,
    *,
    pause_s: float,
) -> int:
    with stores.writer:
        stores.keys.take_kek(stores.keyring.begin_turn(KEK_TURN))
    rows = _rewrap_all(stores, progress, pause_s)
    with stores.writer:
        _note(stores, op_id, KEYS)
        # The former wrappings are overwritten in the file, and gone from the WAL with this.
        stores.keys.database.checkpoint_truncate()
        found: dict[str, Json] = {**counts(stores, {}), "rewrapped": {"rows": rows}}
        ledger.complete(op_id, result, found)
        stores.keyring.end_turn(KEK_TURN)
        stores.keys.forget_former_keks()
        tidy_all(stores, op_id, [KEYS])
        stores.keys.database.checkpoint_truncate()
    return rows


def _rewrap_all(stores: Stores, progress: RotationProgress, pause_s: float) -> int:
    """Every table from its start: what is added behind our back is wrapped by the new key."""
    keys, done = stores.keys, 0
    total = keys.wrapped_count()
    for table in WRAPPING:
        last = b""
        while True:
            with stores.writer:
                rows, last = keys.rewrap(table, last, BATCH)
            if not rows:
                break
            done += rows
            progress(done, max(done, total))
            time.sleep(pause_s)
    return done


def _note(stores: Stores, op_id: str, store: str) -> None:
    """Count one effect of the store, once, so that an older copy of the file is found."""
    database, reference = stores.databases[store], references(stores, op_id)[store]
    if applied_in(database, reference) is None:
        with database.transaction() as change:
            mark_applied(change, reference, Applied(0, 1, b""))
    database.checkpoint_truncate()


def _store_of(stores: Stores, op_id: str) -> str:
    for stored in stores.ledger.newest_first():
        entry = parse_entry(stored.body)
        if entry.op == op_id and entry.phase is Phase.INTENT:
            named = entry.payload.get("stores")
            if isinstance(named, Sequence) and len(named) == 1 and named[0] in STORE_NAMES:
                return str(named[0])
    raise LedgerError(ErrorCode.RECOVERY_FAILED)


def _result(on_start: bool) -> CompletionResult:
    return CompletionResult.FINISHED_ON_START if on_start else CompletionResult.DONE


def _untold(_done: int, _total: int) -> None:
    return None
