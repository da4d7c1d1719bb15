"""identity.db: sealed document fields with their term, and the blind index of residents.

A row's key is not here: the fields are sealed under the person's key (keys.db). The exact term is
sealed under this store's own record key; in clear stands only a keyed mark of its hour. That keeps
the time of a visit in the ledger from pointing at one row.

A resident is found by keyed digests of the document and resident number (`blind`), never by a face;
visitors have none. Failed attempts are counted here under seal: the time of a lock-out in clear
would join a row with the ledger.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from station.errors import ErrorCode, StorageError
from station.model import IDENTITY_FIELDS, Claim, IdentityRecord, Secret
from storage.claims import normal_claim
from storage.database import Database, Schema, Transaction, blob, number
from storage.effects import Applied
from storage.registry import IDENTITY
from storage.sealed_rows import HOUR_S, MARK_BYTES, SealedRows
from storage.sealing import OVERHEAD_BYTES, derive, keyed_digest, place, seal, unseal

LONGEST_FIELD = 512
"""Longest document field in characters."""
TYPED_FIELDS = "typed_fields"
CONSENT_NOTICE = "consent_notice"
OWN_FIELDS = ("resident_number", "consent_records", CONSENT_NOTICE, TYPED_FIELDS)
"""What the station itself adds to a resident's document fields; `typed_fields` names those that
were typed by staff since: the document's chip no longer vouches for them; `consent_notice` is the
digest of the notice the consent names."""
# One length for nearly every record: it tells nothing about a name or an address, and cells of
# different lengths leave pieces of deleted ones in the gaps of rebalanced pages.
_PAD_BYTES = 512
_LONGEST_SEALED_BYTES = 16384
_COUNT_BYTES = 4
_UNMARKED = bytes(MARK_BYTES)
_MARKED_AT_ONCE = 1024
_IDENTITY = """
    CREATE TABLE {table} (
        row BLOB PRIMARY KEY CHECK (length(row) = 16),
        version INTEGER NOT NULL CHECK (version >= 1),
        sealed BLOB NOT NULL CHECK (length(sealed) BETWEEN 28 AND 16384),
        term_mark BLOB NOT NULL CHECK (length(term_mark) = 16),
        term BLOB NOT NULL CHECK (length(term) = 36)
    ) STRICT, WITHOUT ROWID;
"""
_TAKEN_OVER = """
    INSERT INTO marked SELECT row, version, sealed, zeroblob(16), term FROM identity;
    DROP TABLE identity;
    ALTER TABLE marked RENAME TO identity;
"""
_TERM_INDEX = "CREATE INDEX identity_term ON identity (term_mark);"
_RESIDENTS = """
    CREATE TABLE blind (
        ref BLOB PRIMARY KEY CHECK (length(ref) = 32),
        row BLOB NOT NULL CHECK (length(row) = 16)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX blind_row ON blind (row);
    CREATE TABLE attempt (
        row BLOB PRIMARY KEY CHECK (length(row) = 16),
        sealed BLOB NOT NULL CHECK (length(sealed) = 40)
    ) STRICT, WITHOUT ROWID;
"""
_SCHEMA = Schema(
    3,
    _IDENTITY.format(table="identity") + _TERM_INDEX + _RESIDENTS,
    {
        1: _RESIDENTS,
        # Before, the hour itself and later a large number stood in clear, which a dump would print
        # as 19 digits. `_mark_unmarked` puts in what only the record key gives.
        2: _IDENTITY.format(table="marked") + _TAKEN_OVER + _TERM_INDEX,
    },
)


@dataclass(frozen=True, slots=True)
class SealedIdentity:
    """One row ready to be written: `expires_s` is seconds since the epoch, UTC."""

    row: bytes
    version: int
    sealed: bytes
    expires_s: int


@dataclass(frozen=True, slots=True)
class Attempts:
    """Failed attempts since the last match, and until when (seconds since the epoch) none counts
    any more; 0 where the resident is not locked out."""

    failed: int = 0
    locked_until_s: int = 0


def seal_identity(
    identity: IdentityRecord, row: bytes, person_key: Secret, expires_s: int, version: int = 1
) -> SealedIdentity:
    """Seal the fields under the person's key, bound to this row and version.

    Raises `StorageError(STORE_CORRUPT)` for a field that is neither in `IDENTITY_FIELDS` nor in
    `OWN_FIELDS`, or too long.
    """
    fields = dict(identity.fields)
    known = {*IDENTITY_FIELDS, *OWN_FIELDS}
    if set(fields) - known or any(len(v) > LONGEST_FIELD for v in fields.values()):
        raise StorageError(ErrorCode.STORE_CORRUPT)
    plain = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    plain += b" " * (-len(plain) % _PAD_BYTES)
    # Said here, before anything is written: control characters take six bytes each in JSON.
    if len(plain) + OVERHEAD_BYTES > _LONGEST_SEALED_BYTES:
        raise StorageError(ErrorCode.STORE_CORRUPT)
    key = derive(person_key.reveal(), f"station/record/{IDENTITY}/1")
    sealed = seal(key, plain, place(IDENTITY, row.hex(), version))
    return SealedIdentity(row, version, sealed, expires_s)


def unseal_identity(found: SealedIdentity, version: int, person_key: Secret) -> IdentityRecord:
    """Open a row. `version` is what the keys store knows: an older row of the file fails here.

    Raises `StorageError(STORE_CORRUPT)`.
    """
    key = derive(person_key.reveal(), f"station/record/{IDENTITY}/1")
    fields = json.loads(unseal(key, found.sealed, place(IDENTITY, found.row.hex(), version)))
    return IdentityRecord(tuple((str(name), str(value)) for name, value in fields.items()))


class IdentityStore(SealedRows):
    """The rows of identity.db. Lives in the desk; safe from any thread."""

    def __init__(self, path: Path, key: Secret, record_kek: Secret) -> None:
        super().__init__(IDENTITY, Database(path, key, _SCHEMA), record_kek)
        self._index_key = derive(record_kek.reveal(), "station/blind-index/1", 32)
        self._mark_unmarked()

    def add(
        self, reference: bytes, identity: SealedIdentity, claims: Sequence[Claim] = ()
    ) -> Applied:
        """Insert one row as the effect of an operation; done already, it is left alone.

        `claims` are what a resident will be found by. Raises `StorageError(ALREADY_ENROLLED)` when
        one of them leads to another row.
        """
        return self.add_all(reference, [(identity, claims)])

    def add_all(
        self, reference: bytes, added: Sequence[tuple[SealedIdentity, Sequence[Claim]]]
    ) -> Applied:
        """Insert rows, each with its claims, as one effect; otherwise as `add`."""

        def write(change: Transaction) -> None:
            for identity, claims in added:
                self._insert(change, identity, claims)

        return self._add(reference, len(added), write)

    def _insert(
        self, change: Transaction, identity: SealedIdentity, claims: Sequence[Claim]
    ) -> None:
        self._note_end(change, identity.expires_s)
        change.write(
            "INSERT INTO identity VALUES (?, ?, ?, ?, ?)",
            (
                identity.row,
                identity.version,
                identity.sealed,
                self._mark(identity.expires_s // HOUR_S),
                self._term(identity.row, identity.expires_s),
            ),
        )
        for claim in claims:
            reference = self._blind(claim)
            if change.read("SELECT 1 FROM blind WHERE ref = ?", (reference,)):
                raise StorageError(ErrorCode.ALREADY_ENROLLED)
            change.write("INSERT INTO blind VALUES (?, ?)", (reference, identity.row))

    def rewrite(
        self, reference: bytes, identity: SealedIdentity, moved: tuple[Claim, Claim] | None = None
    ) -> Applied:
        """Put the next version of a row in the place of the one before, as one effect.

        `moved` is what the resident was found by and will be. Raises `StorageError`:
        ALREADY_ENROLLED when that leads to another row, STORE_CORRUPT when the row is not the
        version before.
        """
        before = (identity.version, identity.sealed, identity.row, identity.version - 1)

        def write(change: Transaction) -> None:
            statement = "UPDATE identity SET version = ?, sealed = ? WHERE row = ? AND version = ?"
            if change.write(statement, before) != 1:
                raise StorageError(ErrorCode.STORE_CORRUPT)
            if moved is not None:
                old, new = (self._blind(claim) for claim in moved)
                change.write("DELETE FROM blind WHERE ref = ? AND row = ?", (old, identity.row))
                if change.read("SELECT 1 FROM blind WHERE ref = ?", (new,)):
                    raise StorageError(ErrorCode.ALREADY_ENROLLED)
                change.write("INSERT INTO blind VALUES (?, ?)", (new, identity.row))

        return self._add(reference, 1, write)

    def find(self, claim: Claim) -> bytes | None:
        """The row of the resident a claim leads to, or None."""
        if not normal_claim(claim):
            return None
        found = self.database.read("SELECT row FROM blind WHERE ref = ?", (self._blind(claim),))
        return blob(found[0][0]) if found else None

    def residents(self) -> Iterator[bytes]:
        """Every row that the index leads to, in no order that means anything."""
        for (row,) in self.database.stream("SELECT DISTINCT row FROM blind"):
            yield blob(row)

    def residents_count(self) -> int:
        """Number of residents."""
        return number(self.database.read("SELECT count(DISTINCT row) FROM blind")[0][0])

    def read(self, row: bytes) -> SealedIdentity | None:
        """One row as stored, or None."""
        found = self.database.read(
            "SELECT version, sealed, term FROM identity WHERE row = ?", (row,)
        )
        if not found:
            return None
        version, sealed, term = found[0]
        return SealedIdentity(row, number(version), blob(sealed), self._expiry(row, blob(term)))

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

    def attempts(self, row: bytes) -> Attempts:
        """What was counted against one resident; nothing where no count is kept."""
        found = self.database.read("SELECT sealed FROM attempt WHERE row = ?", (row,))
        if not found:
            return Attempts()
        plain = unseal(self._kek.reveal(), blob(found[0][0]), _attempt_place(row))
        return Attempts(
            int.from_bytes(plain[:_COUNT_BYTES], "big"),
            int.from_bytes(plain[_COUNT_BYTES:], "big"),
        )

    def set_attempts(self, row: bytes, attempts: Attempts) -> None:
        """Keep the count of one resident; nothing is kept for a row that is gone."""
        plain = attempts.failed.to_bytes(_COUNT_BYTES, "big")
        plain += attempts.locked_until_s.to_bytes(8, "big")
        sealed = seal(self._kek.reveal(), plain, _attempt_place(row))
        with self.database.transaction() as change:
            if not change.read(self._exists, (row,)):
                return
            change.write("INSERT OR REPLACE INTO attempt VALUES (?, ?)", (row, sealed))

    def _delete_row(self, change: Transaction, row: bytes) -> int:
        change.write("DELETE FROM blind WHERE row = ?", (row,))
        change.write("DELETE FROM attempt WHERE row = ?", (row,))
        return super()._delete_row(change, row)

    def _mark_unmarked(self) -> None:
        """Mark the rows of an earlier version; what a crash cuts off, the next opening goes on."""
        while rows := list(islice(self._ends(self._ending, (_UNMARKED,)), _MARKED_AT_ONCE)):
            with self.database.transaction() as change:
                for row, ends_s in rows:
                    self._note_end(change, ends_s)
                    values = (self._mark(ends_s // HOUR_S), row)
                    change.write("UPDATE identity SET term_mark = ? WHERE row = ?", values)

    def _blind(self, claim: Claim) -> bytes:
        text = f"{claim.kind.value}|{normal_claim(claim)}"
        return keyed_digest(self._index_key, text.encode())


def _attempt_place(row: bytes) -> bytes:
    return place("identity-attempt", row.hex(), 1)
