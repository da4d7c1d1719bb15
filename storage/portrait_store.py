"""portrait.db: at most two sealed portraits per person, only where notice and consent say so.

A portrait arrives from the booth sealed to the recovery officers' public key: the desk never sees
it. It is sealed here once more under a key of its own, so that destroying that key reaches every
copy, long backups included.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.database import Database, Schema, Transaction, blob
from storage.effects import Applied
from storage.registry import PORTRAIT
from storage.sealed_rows import HOUR_S, SealedRows
from storage.sealing import derive, place, seal, unseal

MOST_PER_PERSON = 2
"""M-1: no person has more face images in all stores together."""
LONGEST_BYTES = 256 * 1024
"""Longest portrait as the booth seals it."""
_LENGTH_BYTES = 4
# Lengths in steps: they say little of a picture, and rarely tell two persons apart.
_PAD_BYTES = 4096
_SCHEMA = Schema(
    1,
    """
    CREATE TABLE portrait (
        row BLOB PRIMARY KEY CHECK (length(row) = 16),
        sealed BLOB NOT NULL CHECK (length(sealed) BETWEEN 28 AND 266268),
        term_mark BLOB NOT NULL CHECK (length(term_mark) = 16),
        term BLOB NOT NULL CHECK (length(term) = 36)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX portrait_term ON portrait (term_mark);
    """,
)


@dataclass(frozen=True, slots=True)
class SealedPortrait:
    """One row ready to be written: `expires_s` is seconds since the epoch, UTC."""

    row: bytes
    sealed: bytes = field(repr=False)
    expires_s: int


def seal_portrait(portrait: bytes, row: bytes, secret: Secret, expires_s: int) -> SealedPortrait:
    """Seal what the booth sealed to the officers once more, under this portrait's own 32 bytes.

    Raises `StorageError(STORE_CORRUPT)` for an empty portrait or one above `LONGEST_BYTES`.
    """
    if not 0 < len(portrait) <= LONGEST_BYTES:
        raise StorageError(ErrorCode.STORE_CORRUPT, length=len(portrait))
    plain = len(portrait).to_bytes(_LENGTH_BYTES, "big") + portrait
    plain += bytes(-len(plain) % _PAD_BYTES)
    return SealedPortrait(row, seal(_key(secret), plain, _place(row)), expires_s)


def open_portrait(found: SealedPortrait, secret: Secret) -> bytes:
    """The portrait as it came from the booth: still sealed to the officers.

    Raises `StorageError(STORE_CORRUPT)`.
    """
    plain = unseal(_key(secret), found.sealed, _place(found.row))
    length = int.from_bytes(plain[:_LENGTH_BYTES], "big")
    return plain[_LENGTH_BYTES : _LENGTH_BYTES + length]


class PortraitStore(SealedRows):
    """The rows of portrait.db. Lives in the desk; safe from any thread."""

    def __init__(self, path: Path, key: Secret, record_kek: Secret) -> None:
        super().__init__(PORTRAIT, Database(path, key, _SCHEMA), record_kek)

    def add(self, reference: bytes, portraits: Sequence[SealedPortrait]) -> Applied:
        """Insert portraits as one effect of an operation; done already, it is left alone."""

        def write(change: Transaction) -> None:
            for one in portraits:
                hour = one.expires_s // HOUR_S
                self._note_end(change, one.expires_s)
                term = self._term(one.row, one.expires_s)
                change.write(
                    "INSERT INTO portrait VALUES (?, ?, ?, ?)",
                    (one.row, one.sealed, self._mark(hour), term),
                )

        return self._add(reference, len(portraits), write)

    def find(self, row: bytes) -> SealedPortrait | None:
        """One portrait as stored, or None."""
        found = self.database.read("SELECT sealed, term FROM portrait WHERE row = ?", (row,))
        if not found:
            return None
        return SealedPortrait(row, blob(found[0][0]), self._expiry(row, blob(found[0][1])))

    def rows(self) -> Iterator[bytes]:
        """Every row id, in no order that means anything."""
        for (row,) in self.database.stream("SELECT row FROM portrait"):
            yield blob(row)


def _key(secret: Secret) -> bytes:
    return derive(secret.reveal(), f"station/record/{PORTRAIT}/1")


def _place(row: bytes) -> bytes:
    return place(PORTRAIT, row.hex(), 1)
