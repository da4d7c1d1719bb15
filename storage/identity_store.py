"""identity.db: sealed document fields with their term, and nothing else.

A row's key is not here: the fields are sealed under the person's key (keys.db). The exact term is
sealed under this store's own record key; in clear stands only the full hour in which it ends, for
the index. That keeps the time of a visit in the ledger from pointing at one row.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from station.errors import ErrorCode, StorageError
from station.model import IDENTITY_FIELDS, IdentityRecord, Secret
from storage.database import Database, Schema, blob, number
from storage.effects import Applied, applied_in, mark_applied
from storage.sealing import OVERHEAD_BYTES, derive, place, seal, unseal

STORE = "identity"
ROW_BYTES = 16
LONGEST_FIELD = 512
"""Longest document field in characters."""
# One length for nearly every record: it tells nothing about a name or an address, and cells of
# different lengths leave pieces of deleted ones in the gaps of rebalanced pages.
_PAD_BYTES = 512
_LONGEST_SEALED_BYTES = 16384
_HOUR_S = 3600
_SCHEMA = Schema(
    1,
    """
    CREATE TABLE identity (
        row BLOB PRIMARY KEY CHECK (length(row) = 16),
        version INTEGER NOT NULL CHECK (version >= 1),
        sealed BLOB NOT NULL CHECK (length(sealed) BETWEEN 28 AND 16384),
        term_hour INTEGER NOT NULL,
        term BLOB NOT NULL CHECK (length(term) = 36)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX identity_term ON identity (term_hour);
    """,
)


@dataclass(frozen=True, slots=True)
class SealedIdentity:
    """One row ready to be written: `expires_s` is seconds since the epoch, UTC."""

    row: bytes
    version: int
    sealed: bytes
    expires_s: int


def seal_identity(
    identity: IdentityRecord, row: bytes, person_key: Secret, expires_s: int
) -> SealedIdentity:
    """Seal the fields under the person's key, bound to this row and version 1.

    Raises `StorageError(STORE_CORRUPT)` for a field that is not in `IDENTITY_FIELDS` or too long.
    """
    fields = dict(identity.fields)
    if set(fields) - set(IDENTITY_FIELDS) or any(len(v) > LONGEST_FIELD for v in fields.values()):
        raise StorageError(ErrorCode.STORE_CORRUPT)
    plain = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    plain += b" " * (-len(plain) % _PAD_BYTES)
    # Said here, before anything is written: control characters take six bytes each in JSON.
    if len(plain) + OVERHEAD_BYTES > _LONGEST_SEALED_BYTES:
        raise StorageError(ErrorCode.STORE_CORRUPT)
    key = derive(person_key.reveal(), f"station/record/{STORE}/1")
    return SealedIdentity(row, 1, seal(key, plain, place(STORE, row.hex(), 1)), expires_s)


def unseal_identity(found: SealedIdentity, version: int, person_key: Secret) -> IdentityRecord:
    """Open a row. `version` is what the keys store knows: an older row of the file fails here.

    Raises `StorageError(STORE_CORRUPT)`.
    """
    key = derive(person_key.reveal(), f"station/record/{STORE}/1")
    fields = json.loads(unseal(key, found.sealed, place(STORE, found.row.hex(), version)))
    return IdentityRecord(tuple((str(name), str(value)) for name, value in fields.items()))


class IdentityStore:
    """The rows of identity.db. Lives in the desk; safe from any thread."""

    def __init__(self, path: Path, key: Secret, record_kek: Secret) -> None:
        self.database = Database(path, key, _SCHEMA)
        self._kek = record_kek

    def add(self, reference: bytes, identity: SealedIdentity) -> Applied:
        """Insert one row as the effect of an operation; done already, it is left alone."""
        done = applied_in(self.database, reference)
        if done is not None:
            return done
        term = seal(
            self._kek.reveal(), identity.expires_s.to_bytes(8, "big"), _term_place(identity.row)
        )
        effect = Applied(1, 0, b"")
        with self.database.transaction() as change:
            change.write(
                "INSERT INTO identity VALUES (?, ?, ?, ?, ?)",
                (
                    identity.row,
                    identity.version,
                    identity.sealed,
                    identity.expires_s // _HOUR_S,
                    term,
                ),
            )
            mark_applied(change, reference, effect)
        return effect

    def delete(self, reference: bytes, rows: Sequence[bytes]) -> Applied:
        """Delete rows as the effect of an operation; counts are taken in the transaction."""
        done = applied_in(self.database, reference)
        if done is not None:
            return done
        with self.database.transaction() as change:
            effect = Applied(
                sum(change.write("DELETE FROM identity WHERE row = ?", (r,)) for r in rows), 0, b""
            )
            mark_applied(change, reference, effect)
        return effect

    def undo_add(self, reference: bytes, rows: Sequence[bytes]) -> int:
        """Take back an `add`; repeating it changes nothing more."""
        with self.database.transaction() as change:
            gone = sum(change.write("DELETE FROM identity WHERE row = ?", (r,)) for r in rows)
            if change.write("DELETE FROM applied WHERE op_ref = ?", (reference,)) or gone:
                change.raise_generation()
        return gone

    def present(self, rows: Sequence[bytes]) -> int:
        """How many of these rows exist."""
        return sum(
            len(self.database.read("SELECT 1 FROM identity WHERE row = ?", (row,))) for row in rows
        )

    def due(self, now_s: int, limit: int) -> list[bytes]:
        """Rows whose term has ended at `now_s`, at most `limit`, those ending first first."""
        found: list[bytes] = []
        statement = (
            "SELECT row, term FROM identity INDEXED BY identity_term WHERE term_hour <= ? "
            "ORDER BY term_hour"
        )
        for row, term in self.database.stream(statement, (now_s // _HOUR_S,)):
            if self._expiry(blob(row), blob(term)) <= now_s:
                found.append(blob(row))
                if len(found) >= limit:
                    break
        return found

    def terms(self) -> Iterator[tuple[bytes, datetime]]:
        """Every row with the end of its term, those of the earliest hour first."""
        statement = "SELECT row, term FROM identity ORDER BY term_hour"
        for row, term in self.database.stream(statement):
            yield blob(row), datetime.fromtimestamp(self._expiry(blob(row), blob(term)), UTC)

    def rows(self) -> Iterator[SealedIdentity]:
        """Every row as stored."""
        for row, version, sealed, term in self.database.stream(
            "SELECT row, version, sealed, term FROM identity"
        ):
            yield SealedIdentity(
                blob(row),
                number(version),
                blob(sealed),
                self._expiry(blob(row), blob(term)),
            )

    def count(self) -> int:
        """Number of rows."""
        return number(self.database.read("SELECT count(*) FROM identity")[0][0])

    def _expiry(self, row: bytes, term: bytes) -> int:
        return int.from_bytes(unseal(self._kek.reveal(), term, _term_place(row)), "big")


def _term_place(row: bytes) -> bytes:
    return place("identity-term", row.hex(), 1)
