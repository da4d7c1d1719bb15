"""A person as keys.db knows one: a key, a salt and the rows in other stores, in a fixed length."""

import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.registry import STORE_CODES, RowRef
from storage.sealing import KEY_BYTES, derive, keyed_digest

ID_BYTES = 16
SALT_BYTES = 32
MOST_ROWS = 13
"""An identity, two portraits, and templates: more than anyone has at one time."""
ROWS_BYTES = 256
"""Length of the packed list of rows, whatever rows there are."""
_ROW_BYTES = 1 + ID_BYTES + 2
_STORES = {code: store for store, code in STORE_CODES.items()}
_LEGACY = b"["


@dataclass(frozen=True, slots=True)
class Person:
    """One person's key, commitment salt (32 bytes) and rows in other stores, unwrapped.

    `rows` are (store, row id, record version); `version` counts how often this was sealed anew.
    """

    person: bytes
    key: Secret
    # Not in a repr: with the salt, a ledger's commitment would point at this person.
    salt: bytes = field(repr=False)
    rows: tuple[tuple[str, bytes, int], ...] = field(repr=False)
    version: int = 1

    def commitment(self) -> bytes:
        """What the ledger may hold of this person: nothing, once the salt is destroyed."""
        return keyed_digest(self.salt, self.person)

    def record_commitment(self, store: str, row: bytes) -> bytes:
        """What the ledger may hold of one record of this person."""
        return keyed_digest(self.salt, self.person + store.encode() + b"|" + row)

    def store_key(self, store: str) -> Secret:
        """The person's 16-byte SM4 key for one store."""
        return Secret(derive(self.key.reveal(), f"station/record/{store}/1"))

    def rows_in(self, store: str) -> tuple[tuple[bytes, int], ...]:
        """(row id, record version) of the person's rows in one store."""
        return tuple((row, version) for name, row, version in self.rows if name == store)

    def version_of(self, store: str, row: bytes) -> int:
        """The record version the keys store knows. Raises `StorageError(STORE_CORRUPT)`."""
        for name, found, version in self.rows:
            if (name, found) == (store, row):
                return version
        raise StorageError(ErrorCode.STORE_CORRUPT)

    def with_rows(self, added: Sequence[tuple[str, bytes, int]]) -> "Person":
        """The same person with more rows, as the next version."""
        return replace(self, rows=(*self.rows, *added), version=self.version + 1)

    def without_rows(self, gone: Collection[RowRef]) -> "Person":
        """The same person with fewer rows, as the next version."""
        kept = tuple(entry for entry in self.rows if entry[:2] not in gone)
        return replace(self, rows=kept, version=self.version + 1)

    def turned(self, added: Sequence[tuple[str, bytes, int]], gone: Collection[RowRef]) -> "Person":
        """The same person with some rows in the place of others, as the next version."""
        kept = tuple(entry for entry in self.rows if entry[:2] not in gone)
        return replace(self, rows=(*kept, *added), version=self.version + 1)

    def with_version(self, store: str, row: bytes, version: int) -> "Person":
        """The same person with one record at another version, as the next version."""
        rows = tuple((s, r, version if (s, r) == (store, row) else v) for s, r, v in self.rows)
        return replace(self, rows=rows, version=self.version + 1)

    def sealed_part(self) -> bytes:
        """Key, salt and rows in one fixed length: the plain text of the wrapped key."""
        return self.key.reveal() + self.salt + _packed(self.rows)


@dataclass(frozen=True, slots=True)
class RecordOf:
    """One record of a person, to be erased alone."""

    person: Person
    store: str
    row: bytes

    def commitment(self) -> bytes:
        """What an intent says of it."""
        return self.person.record_commitment(self.store, self.row)


def new_person(rows: Sequence[tuple[str, bytes, int]]) -> Person:
    """A person with fresh random id, key and salt, holding `rows` in other stores."""
    return Person(
        secrets.token_bytes(ID_BYTES),
        Secret(secrets.token_bytes(KEY_BYTES)),
        secrets.token_bytes(SALT_BYTES),
        tuple(rows),
    )


def read_person(person: bytes, plain: bytes, version: int) -> Person:
    """Inverse of `Person.sealed_part`. Raises `StorageError(STORE_CORRUPT)`."""
    listed = plain[KEY_BYTES + SALT_BYTES :]
    return Person(
        person,
        Secret(plain[:KEY_BYTES]),
        plain[KEY_BYTES : KEY_BYTES + SALT_BYTES],
        # Station stores of the first format kept the list as JSON; it opens as what it is.
        _legacy(listed) if listed.startswith(_LEGACY) else _unpacked(listed),
        version,
    )


def _packed(rows: Sequence[tuple[str, bytes, int]]) -> bytes:
    if len(rows) > MOST_ROWS:
        raise StorageError(ErrorCode.STORE_CORRUPT, rows=len(rows))
    packed = b"".join(
        bytes((STORE_CODES[store],)) + row + version.to_bytes(2, "big")
        for store, row, version in rows
    )
    return packed.ljust(ROWS_BYTES, b"\x00")


def _unpacked(packed: bytes) -> tuple[tuple[str, bytes, int], ...]:
    if len(packed) != ROWS_BYTES:
        raise StorageError(ErrorCode.STORE_CORRUPT)
    rows = []
    for start in range(0, MOST_ROWS * _ROW_BYTES, _ROW_BYTES):
        code, row = packed[start], packed[start + 1 : start + 1 + ID_BYTES]
        if code == 0:
            break
        if code not in _STORES:
            raise StorageError(ErrorCode.STORE_CORRUPT)
        version = int.from_bytes(packed[start + 1 + ID_BYTES : start + _ROW_BYTES], "big")
        rows.append((_STORES[code], row, version))
    return tuple(rows)


def _legacy(listed: bytes) -> tuple[tuple[str, bytes, int], ...]:
    return tuple((str(s), bytes.fromhex(row), int(v)) for s, row, v in json.loads(listed))
