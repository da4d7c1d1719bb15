"""keys.db: one wrapped key per person, and one per piece of consent evidence.

Destroying a person's row makes every sealed record of that person unreadable, in every copy: this
file is in no long backup. A person's row also seals the commitment salt and the rows the person has
in other stores; `link` leads from such a row back to the person through a keyed reference.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.database import Database, Row, Schema, Transaction, blob, number
from storage.effects import Applied, applied_in, mark_applied
from storage.sealing import KEY_BYTES, keyed_digest, place, seal, unseal

STORE = "keys"
_ID_BYTES = 16
# Every wrapped key has one length, whatever rows its person has: where lengths differ, SQLite
# leaves pieces of deleted cells in the gaps of rebalanced pages, secure_delete or not.
_ROWS_PAD_BYTES = 256
_SCHEMA = Schema(
    1,
    """
    CREATE TABLE person (
        person BLOB PRIMARY KEY CHECK (length(person) = 16),
        wrapped BLOB NOT NULL CHECK (length(wrapped) BETWEEN 28 AND 4096)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE link (
        ref BLOB PRIMARY KEY CHECK (length(ref) = 32),
        person BLOB NOT NULL REFERENCES person
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE evidence (
        evidence BLOB PRIMARY KEY CHECK (length(evidence) = 16),
        wrapped BLOB NOT NULL CHECK (length(wrapped) = 44)
    ) STRICT, WITHOUT ROWID;
    """,
)


@dataclass(frozen=True, slots=True)
class Person:
    """One person's key, commitment salt (32 bytes) and rows in other stores, unwrapped.

    `rows` are (store, row id, record version).
    """

    person: bytes
    key: Secret
    # Not in a repr: with the salt, a ledger's commitment would point at this person.
    salt: bytes = field(repr=False)
    rows: tuple[tuple[str, bytes, int], ...] = field(repr=False)

    def commitment(self) -> bytes:
        """What the ledger may hold of this person: nothing, once the salt is destroyed."""
        return keyed_digest(self.salt, self.person)


def new_person(rows: Sequence[tuple[str, bytes, int]]) -> Person:
    """A person with fresh random id, key and salt, holding `rows` in other stores."""
    return Person(
        secrets.token_bytes(_ID_BYTES),
        Secret(secrets.token_bytes(KEY_BYTES)),
        secrets.token_bytes(32),
        tuple(rows),
    )


class PersonKeys:
    """The rows of keys.db. Lives in the desk; safe from any thread."""

    def __init__(self, path: Path, key: Secret, record_kek: Secret, link_key: Secret) -> None:
        self.database = Database(path, key, _SCHEMA)
        self._kek = record_kek
        self._link_key = link_key

    def add(self, reference: bytes, person: Person) -> Applied:
        """Insert one person as the effect of an operation; done already, it is left alone."""
        done = applied_in(self.database, reference)
        if done is not None:
            return done
        effect = Applied(1, 0, self._seal_list(reference, [person]))
        with self.database.transaction() as change:
            change.write("INSERT INTO person VALUES (?, ?)", (person.person, self._wrap(person)))
            for store, row, _ in person.rows:
                change.write(
                    "INSERT INTO link VALUES (?, ?)", (self._ref(store, row), person.person)
                )
            mark_applied(change, reference, effect)
        return effect

    def destroy(self, reference: bytes, persons: Sequence[Person]) -> Applied:
        """Destroy keys as the effect of an operation and cut the WAL at once (crypto.md 5.4, 1).

        What these persons still have in other stores stays sealed in the effect until tidied.
        """
        effect = applied_in(self.database, reference)
        if effect is None:
            listed = self._seal_list(reference, persons)
            with self.database.transaction() as change:
                effect = Applied(self._delete(change, persons), 0, listed)
                mark_applied(change, reference, effect)
        self.database.checkpoint_truncate()
        return effect

    def undo_add(self, reference: bytes) -> list[tuple[str, bytes]]:
        """Destroy what an `add` made; returns the rows it had meant for other stores.

        The effect stays noted until tidied, so that this can be repeated after a crash.
        """
        effect = applied_in(self.database, reference)
        if effect is None:
            return []
        persons, rows = self._open_list(reference, effect.listed)
        with self.database.transaction() as change:
            gone = sum(change.write("DELETE FROM person WHERE person = ?", (p,)) for p in persons)
            for store, row in rows:
                change.write("DELETE FROM link WHERE ref = ?", (self._ref(store, row),))
            if gone:
                change.raise_generation()
        self.database.checkpoint_truncate()
        return rows

    def listed(self, reference: bytes) -> list[tuple[str, bytes]]:
        """The (store, row) pairs a committed effect concerns; empty when there is no effect."""
        effect = applied_in(self.database, reference)
        return self._open_list(reference, effect.listed)[1] if effect else []

    def person_of(self, store: str, row: bytes) -> Person | None:
        """The person a row of another store belongs to; None once the key is destroyed."""
        found = self.database.read(
            "SELECT person.person, wrapped FROM link JOIN person USING (person) WHERE ref = ?",
            (self._ref(store, row),),
        )
        return self._unwrap(found[0]) if found else None

    def persons(self) -> Iterator[Person]:
        """Every person, unwrapped one by one."""
        for row in self.database.stream("SELECT person, wrapped FROM person"):
            yield self._unwrap(row)

    def count(self) -> int:
        """Number of persons."""
        return number(self.database.read("SELECT count(*) FROM person")[0][0])

    def present(self, persons: Sequence[Person]) -> int:
        """How many of these persons still have a key."""
        statement = "SELECT 1 FROM person WHERE person = ?"
        return sum(len(self.database.read(statement, (p.person,))) for p in persons)

    def seal_evidence(self, record_id: str, body: bytes) -> bytes:
        """Seal a consent body under a new evidence key; 16 bytes of id, then the sealed body.

        It opens only for the same `record_id`. The key is durable when this returns. It is not
        under the person's key: evidence has a term of its own (X-10).
        """
        evidence, key = secrets.token_bytes(_ID_BYTES), secrets.token_bytes(KEY_BYTES)
        wrapped = seal(self._kek.reveal(), key, place("evidence", evidence.hex(), 1))
        with self.database.transaction() as change:
            change.write("INSERT INTO evidence VALUES (?, ?)", (evidence, wrapped))
        return evidence + seal(key, body, place("consent", record_id, 1))

    def open_evidence(self, record_id: str, sealed: bytes) -> bytes:
        """The consent body. Raises `StorageError(KEY_MISSING)` once its key is destroyed."""
        evidence = sealed[:_ID_BYTES]
        found = self.database.read("SELECT wrapped FROM evidence WHERE evidence = ?", (evidence,))
        if not found:
            raise StorageError(ErrorCode.KEY_MISSING)
        where = place("evidence", evidence.hex(), 1)
        key = unseal(self._kek.reveal(), blob(found[0][0]), where)
        return unseal(key, sealed[_ID_BYTES:], place("consent", record_id, 1))

    def drop_evidence_except(self, kept: set[bytes]) -> int:
        """Destroy evidence keys no ledger row refers to: their entry was never committed."""
        found = self.database.read("SELECT evidence FROM evidence")
        stray = [blob(row[0]) for row in found if blob(row[0]) not in kept]
        if stray:
            with self.database.transaction() as change:
                for evidence in stray:
                    change.write("DELETE FROM evidence WHERE evidence = ?", (evidence,))
            self.database.checkpoint_truncate()
        return len(stray)

    def _delete(self, change: Transaction, persons: Sequence[Person]) -> int:
        gone = 0
        for person in persons:
            # By reference: finding links by person would read the whole table each time.
            for store, row, _ in person.rows:
                change.write("DELETE FROM link WHERE ref = ?", (self._ref(store, row),))
            gone += change.write("DELETE FROM person WHERE person = ?", (person.person,))
        return gone

    def _ref(self, store: str, row: bytes) -> bytes:
        return keyed_digest(self._link_key.reveal(), store.encode() + b"|" + row)

    def _wrap(self, person: Person) -> bytes:
        rows = [[store, row.hex(), version] for store, row, version in person.rows]
        listed = json.dumps(rows, separators=(",", ":")).encode()
        listed += b" " * (-len(listed) % _ROWS_PAD_BYTES)
        plain = person.key.reveal() + person.salt + listed
        return seal(self._kek.reveal(), plain, place("person", person.person.hex(), 1))

    def _unwrap(self, row: Row) -> Person:
        person, wrapped = blob(row[0]), blob(row[1])
        plain = unseal(self._kek.reveal(), wrapped, place("person", person.hex(), 1))
        rows = json.loads(plain[KEY_BYTES + 32 :])
        return Person(
            person,
            Secret(plain[:KEY_BYTES]),
            plain[KEY_BYTES : KEY_BYTES + 32],
            tuple((str(store), bytes.fromhex(hexed), int(v)) for store, hexed, v in rows),
        )

    def _seal_list(self, reference: bytes, persons: Sequence[Person]) -> bytes:
        content = {
            "persons": [person.person.hex() for person in persons],
            "rows": [[s, r.hex()] for person in persons for s, r, _ in person.rows],
        }
        where = place("listed", reference.hex(), 1)
        return seal(self._kek.reveal(), json.dumps(content).encode(), where)

    def _open_list(
        self, reference: bytes, listed: bytes
    ) -> tuple[list[bytes], list[tuple[str, bytes]]]:
        plain = unseal(self._kek.reveal(), listed, place("listed", reference.hex(), 1))
        content = json.loads(plain)
        return (
            [bytes.fromhex(person) for person in content["persons"]],
            [(str(store), bytes.fromhex(row)) for store, row in content["rows"]],
        )
