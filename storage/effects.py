"""What makes an effect repeatable: one `applied` row per operation and store (crypto.md 5.2).

The row is written in the transaction of the effect itself. Its counts survive a crash, and in the
keys store its sealed `listed` column keeps the rows an erasure still has to delete elsewhere.
"""

from dataclasses import dataclass

from storage.database import Database, Transaction, blob, number
from storage.sealing import keyed_digest


@dataclass(frozen=True, slots=True)
class Applied:
    """One effect as it was committed: rows and files touched, and what else belongs to it."""

    rows: int
    files: int
    listed: bytes


def op_reference(op_key: bytes, op_id: str, store: str) -> bytes:
    """The operation's name inside one store: differs per store, so it joins nothing (R-1, P-4)."""
    return keyed_digest(op_key, f"{op_id}|{store}".encode())


def applied_in(database: Database, reference: bytes) -> Applied | None:
    """The effect as committed, or None when this store has not seen it."""
    rows = database.read("SELECT rows, files, listed FROM applied WHERE op_ref = ?", (reference,))
    if not rows:
        return None
    count, files, listed = rows[0]
    return Applied(number(count), number(files), blob(listed))


def mark_applied(change: Transaction, reference: bytes, effect: Applied) -> None:
    """Note the effect and count one generation, inside the transaction that makes it."""
    change.write(
        "INSERT INTO applied VALUES (?, ?, ?, ?)",
        (reference, effect.rows, effect.files, effect.listed),
    )
    change.raise_generation()


def tidy(database: Database, reference: bytes | None = None) -> int:
    """Remove one operation's row, or at start all of them; returns how many there were."""
    with database.transaction() as change:
        if reference is None:
            return change.write("DELETE FROM applied")
        return change.write("DELETE FROM applied WHERE op_ref = ?", (reference,))
