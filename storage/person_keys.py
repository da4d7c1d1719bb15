"""keys.db: one wrapped key per person, one per template or portrait, one per consent evidence.

Destroying a person's row makes every sealed record of that person unreadable, in every copy: this
file is in no long backup. A person's row also seals the commitment salt and the rows the person has
in other stores; `link` leads from such a row back to the person through a keyed reference. `secret`
holds what opens one template or portrait, wrapped under its person's key: destroying it erases that
record alone.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.database import Database, Row, Schema, Transaction, blob, number
from storage.effects import Applied, applied_in, mark_applied
from storage.person import Person, read_person
from storage.registry import RowRef
from storage.sealing import keyed_digest, place, seal
from storage.wrapped_keys import WrappedKeys

Wrapped = Mapping[RowRef, bytes]
"""Wrapped secrets (60 bytes) of templates and portraits, by the row they open."""
# Every wrapped key has one length, whatever rows its person has: where lengths differ, SQLite
# leaves pieces of deleted cells in the gaps of rebalanced pages, secure_delete or not.
_SECRETS = """
    CREATE TABLE secret (
        ref BLOB PRIMARY KEY CHECK (length(ref) = 32),
        wrapped BLOB NOT NULL CHECK (length(wrapped) = 60)
    ) STRICT, WITHOUT ROWID;
"""
_SCHEMA = Schema(
    2,
    """
    CREATE TABLE person (
        person BLOB PRIMARY KEY CHECK (length(person) = 16),
        wrapped BLOB NOT NULL CHECK (length(wrapped) BETWEEN 28 AND 4096),
        version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE link (
        ref BLOB PRIMARY KEY CHECK (length(ref) = 32),
        person BLOB NOT NULL REFERENCES person
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE evidence (
        evidence BLOB PRIMARY KEY CHECK (length(evidence) = 16),
        wrapped BLOB NOT NULL CHECK (length(wrapped) = 44)
    ) STRICT, WITHOUT ROWID;
    """
    + _SECRETS,
    {
        1: "ALTER TABLE person ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);"
        + _SECRETS
    },
)
_PERSON_OF = (
    "SELECT person.person, wrapped, version FROM link JOIN person USING (person) WHERE ref = ?"
)
_REWRITE = "UPDATE person SET wrapped = ?, version = ? WHERE person = ? AND version = ?"
_ASKED_AT_ONCE = 512


def _holders_of(count: int) -> str:
    marks = ",".join("?" * count)
    return (
        "SELECT ref, person.person, person.wrapped, version, secret.wrapped "  # noqa: S608 - marks
        f"FROM link JOIN person USING (person) LEFT JOIN secret USING (ref) WHERE ref IN ({marks})"
    )


def _id(person: Person) -> bytes:
    return person.person


@dataclass(frozen=True, slots=True)
class Addition:
    """One more row of a person: a template or portrait with its wrapped secret (60 bytes)."""

    person: Person
    store: str
    row: bytes
    version: int
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class Turn:
    """What a renewal changes of one person, who is as stored: rows that come, rows that go."""

    person: Person
    added: tuple[tuple[str, bytes, int], ...]
    """Store, row id, record version of what the person does not list yet."""
    gone: tuple[RowRef, ...]


Holder = tuple[Person, bytes | None]
"""Whose a row is, and what opens it, still wrapped."""


class PersonKeys(WrappedKeys):
    """The rows of keys.db. Lives in the desk; safe from any thread."""

    def __init__(
        self, path: Path, key: Secret, record_keks: Sequence[Secret], link_key: Secret
    ) -> None:
        super().__init__(Database(path, key, _SCHEMA), record_keks)
        self._link_key = link_key

    def add(self, reference: bytes, person: Person, wrapped: Wrapped | None = None) -> Applied:
        """Insert one person as the effect of an operation; done already, it is left alone."""
        return self.add_all(reference, [(person, wrapped or {})])

    def add_all(self, reference: bytes, added: Sequence[tuple[Person, Wrapped]]) -> Applied:
        """Insert persons, each with its wrapped secrets, as one effect of an operation."""
        done = applied_in(self.database, reference)
        if done is not None:
            return done
        persons = [person for person, _ in added]
        rows = [row for person in persons for row in person.rows]
        written = len(added) + sum(len(wrapped) for _, wrapped in added)
        effect = Applied(written, 0, self._seal_list(reference, persons, rows))
        with self.database.transaction() as change:
            for person, wrapped in added:
                values = (person.person, self._wrap(person), person.version)
                change.write("INSERT INTO person VALUES (?, ?, ?)", values)
                self._insert_rows(change, person, person.rows, wrapped)
            mark_applied(change, reference, effect)
        return effect

    def extend(self, reference: bytes, additions: Sequence[Addition]) -> Applied:
        """Give persons more rows in other stores as the effect of an operation.

        `undo_add` takes it back. Raises `StorageError(STORE_CORRUPT)` when a person is not as
        stored, or would have more than `MOST_ROWS`.
        """
        done = applied_in(self.database, reference)
        if done is not None:
            return done
        rows = [(one.store, one.row, one.version) for one in additions]
        effect = Applied(len(additions), 0, self._seal_list(reference, [], rows))
        with self.database.transaction() as change:
            for one, row in zip(additions, rows, strict=True):
                self._rewrite(change, one.person, one.person.with_rows([row]))
                self._insert_rows(change, one.person, [row], {row[:2]: one.wrapped})
            mark_applied(change, reference, effect)
        return effect

    def bring(self, reference: bytes, additions: Sequence[Addition]) -> Applied:
        """Link new rows and keep their secrets, in the order of the pages; nobody lists them yet.

        `exchange` follows, or `undo_add`.
        """
        done = applied_in(self.database, reference)
        if done is not None:
            return done
        rows = [(one.store, one.row, one.version) for one in additions]
        effect = Applied(len(additions), 0, self._seal_list(reference, [], rows))
        refs = [(self._ref(one.store, one.row), one) for one in additions]
        refs.sort(key=lambda pair: pair[0])
        with self.database.transaction() as change:
            links = [(ref, one.person.person) for ref, one in refs]
            change.write_all("INSERT INTO link VALUES (?, ?)", links)
            wrapped = [(ref, one.wrapped) for ref, one in refs]
            change.write_all("INSERT INTO secret VALUES (?, ?)", wrapped)
            mark_applied(change, reference, effect)
        return effect

    def exchange(self, reference: bytes, turns: Sequence[Turn]) -> Applied:
        """Destroy the secrets of what goes, and list what came, as one effect; cuts the WAL.

        Raises `StorageError(STORE_CORRUPT)` when a person is not as stored.
        """
        effect = applied_in(self.database, reference)
        if effect is None:
            gone = [(store, row, 0) for turn in turns for store, row in turn.gone]
            listed = self._seal_list(reference, [], gone)
            refs = [(ref,) for ref in sorted(self._ref(store, row) for store, row, _ in gone)]
            ordered = sorted(turns, key=lambda turn: turn.person.person)
            with self.database.transaction() as change:
                values = [
                    self._rewritten(one.person, one.person.turned(one.added, one.gone))
                    for one in ordered
                ]
                if change.write_all(_REWRITE, values) != len(values):
                    raise StorageError(ErrorCode.STORE_CORRUPT)
                change.write_all("DELETE FROM link WHERE ref = ?", refs)
                destroyed = change.write_all("DELETE FROM secret WHERE ref = ?", refs)
                effect = Applied(destroyed, 0, listed)
                mark_applied(change, reference, effect)
        self.database.checkpoint_truncate()
        return effect

    def turn(self, reference: bytes, person: Person, store: str, row: bytes) -> Applied:
        """Note a record's next version as the effect of an operation; `turn_back` undoes it."""
        version = person.version_of(store, row) + 1
        effect = Applied(1, 0, self._seal_list(reference, [], [(store, row, version)]))
        with self.database.transaction() as change:
            self._rewrite(change, person, person.with_version(store, row, version))
            mark_applied(change, reference, effect)
        return effect

    def turn_back(self, store: str, row: bytes, version: int) -> None:
        """Note a record's version as the store has it; repeating it changes nothing more."""
        person = self.person_of(store, row)
        if person is not None and person.version_of(store, row) != version:
            with self.database.transaction() as change:
                self._rewrite(change, person, person.with_version(store, row, version))
                change.raise_generation()

    def destroy(
        self, reference: bytes, persons: Sequence[Person], records: Sequence[RowRef] = ()
    ) -> Applied:
        """Destroy the keys of persons, and the secrets of single records of others, as one effect.

        The WAL is cut at once (crypto.md 5.4, 1). Which rows this concerns in other stores stays
        sealed in the effect until tidied.
        """
        effect = applied_in(self.database, reference)
        if effect is None:
            with self.database.transaction() as change:
                # As stored now: the caller may have looked before a row was added.
                found = [self._stored(change, p) for p in sorted(persons, key=_id)]
                rows = [r for person in found for r in person.rows]
                rows += [(store, row, 0) for store, row in records]
                listed = self._seal_list(reference, found, rows)
                gone = sum(self._drop(change, record) for record in records)
                gone += self._delete(change, found)
                effect = Applied(gone, 0, listed)
                mark_applied(change, reference, effect)
        self.database.checkpoint_truncate()
        return effect

    def undo_add(self, reference: bytes) -> list[RowRef]:
        """Destroy what an `add` or `extend` made; returns the rows it had meant for other stores.

        The effect stays noted until tidied, so that this can be repeated after a crash.
        """
        effect = applied_in(self.database, reference)
        if effect is None:
            return []
        persons, rows = self._open_list(reference, effect.listed)
        with self.database.transaction() as change:
            gone = sum(change.write("DELETE FROM person WHERE person = ?", (p,)) for p in persons)
            gone += sum(self._drop(change, record) for record in rows)
            if gone:
                change.raise_generation()
        self.database.checkpoint_truncate()
        return rows

    def listed(self, reference: bytes) -> list[RowRef]:
        """The (store, row) pairs a committed effect concerns; empty when there is no effect."""
        effect = applied_in(self.database, reference)
        return self._open_list(reference, effect.listed)[1] if effect else []

    def person_of(self, store: str, row: bytes) -> Person | None:
        """The person a row of another store belongs to; None once the key is destroyed."""
        found = self.database.read(_PERSON_OF, (self._ref(store, row),))
        return self._unwrap(found[0]) if found else None

    def holders(self, store: str, rows: Iterable[bytes]) -> dict[bytes, Holder]:
        """The persons many rows of another store belong to, by row; none for a destroyed key."""
        refs = {self._ref(store, row): row for row in rows}
        ordered, found = sorted(refs), {}
        for start in range(0, len(ordered), _ASKED_AT_ONCE):
            part = ordered[start : start + _ASKED_AT_ONCE]
            for ref, *person, wrapped in self.database.read(_holders_of(len(part)), part):
                secret = None if wrapped is None else blob(wrapped)
                found[refs[blob(ref)]] = (self._unwrap(tuple(person)), secret)
        return found

    def version_of(self, store: str, row: bytes) -> int | None:
        """How often the person of a row was sealed anew; None once the key is destroyed."""
        statement = "SELECT version FROM link JOIN person USING (person) WHERE ref = ?"
        found = self.database.read(statement, (self._ref(store, row),))
        return number(found[0][0]) if found else None

    def wrapped_secret(self, store: str, row: bytes) -> bytes | None:
        """What opens a template or portrait, still wrapped (60 bytes); None once destroyed."""
        reference = self._ref(store, row)
        found = self.database.read("SELECT wrapped FROM secret WHERE ref = ?", (reference,))
        return blob(found[0][0]) if found else None

    def secrets_count(self) -> int:
        """Number of wrapped secrets of templates and portraits."""
        return number(self.database.read("SELECT count(*) FROM secret")[0][0])

    def persons(self) -> Iterator[Person]:
        """Every person, unwrapped one by one."""
        for row in self.database.stream("SELECT person, wrapped, version FROM person"):
            yield self._unwrap(row)

    def persons_after(self, after: bytes, limit: int) -> list[Person]:
        """At most `limit` persons whose id follows `after`: a stream would hold up an erasure."""
        statement = (
            "SELECT person, wrapped, version FROM person WHERE person > ? ORDER BY person LIMIT ?"
        )
        return [self._unwrap(row) for row in self.database.read(statement, (after, limit))]

    def count(self) -> int:
        """Number of persons."""
        return number(self.database.read("SELECT count(*) FROM person")[0][0])

    def _insert_rows(
        self,
        change: Transaction,
        person: Person,
        rows: Sequence[tuple[str, bytes, int]],
        wrapped: Wrapped,
    ) -> None:
        for store, row, _ in rows:
            reference = self._ref(store, row)
            change.write("INSERT INTO link VALUES (?, ?)", (reference, person.person))
            if (store, row) in wrapped:
                change.write("INSERT INTO secret VALUES (?, ?)", (reference, wrapped[store, row]))

    def _stored(self, change: Transaction, person: Person) -> Person:
        statement = "SELECT person, wrapped, version FROM person WHERE person = ?"
        found = change.read(statement, (person.person,))
        return self._unwrap(found[0]) if found else person

    def _delete(self, change: Transaction, persons: Sequence[Person]) -> int:
        """Destroy persons' keys and secrets; returns how many of both there were.

        Table by table in the order of the pages: each page is then decrypted and written once.
        """
        # By reference: finding links by person would read the whole table each time.
        refs = sorted(self._ref(store, row) for one in persons for store, row, _ in one.rows)
        for ref in refs:
            change.write("DELETE FROM link WHERE ref = ?", (ref,))
        gone = sum(change.write("DELETE FROM secret WHERE ref = ?", (ref,)) for ref in refs)
        statement = "DELETE FROM person WHERE person = ?"
        return gone + sum(change.write(statement, (one.person,)) for one in persons)

    def _drop(self, change: Transaction, record: RowRef) -> int:
        """Destroy one record's secret; its person, where there is one, loses the row."""
        reference = self._ref(*record)
        found = change.read(_PERSON_OF, (reference,))
        if found:
            person = self._unwrap(found[0])
            # What was only brought is listed by nobody.
            if record[1] in (row for row, _ in person.rows_in(record[0])):
                self._rewrite(change, person, person.without_rows({record}))
        return self._unlink(change, reference)

    def _unlink(self, change: Transaction, reference: bytes) -> int:
        change.write("DELETE FROM link WHERE ref = ?", (reference,))
        return change.write("DELETE FROM secret WHERE ref = ?", (reference,))

    def _rewrite(self, change: Transaction, person: Person, anew: Person) -> None:
        if change.write(_REWRITE, self._rewritten(person, anew)) != 1:
            raise StorageError(ErrorCode.STORE_CORRUPT)

    def _rewritten(self, person: Person, anew: Person) -> tuple[bytes, int, bytes, int]:
        return self._wrap(anew), anew.version, person.person, person.version

    def _ref(self, store: str, row: bytes) -> bytes:
        return keyed_digest(self._link_key.reveal(), store.encode() + b"|" + row)

    def _wrap(self, person: Person) -> bytes:
        where = place("person", person.person.hex(), person.version)
        return seal(self._keks[0].reveal(), person.sealed_part(), where)

    def _unwrap(self, found: Row) -> Person:
        person, wrapped, version = blob(found[0]), blob(found[1]), number(found[2])
        plain = self._open(wrapped, place("person", person.hex(), version))
        return read_person(person, plain, version)

    def _seal_list(
        self, reference: bytes, persons: Sequence[Person], rows: Sequence[tuple[str, bytes, int]]
    ) -> bytes:
        content = {
            "persons": [person.person.hex() for person in persons],
            "rows": [[store, row.hex()] for store, row, _ in rows],
        }
        where = place("listed", reference.hex(), 1)
        return seal(self._keks[0].reveal(), json.dumps(content).encode(), where)

    def _open_list(self, reference: bytes, listed: bytes) -> tuple[list[bytes], list[RowRef]]:
        plain = self._open(listed, place("listed", reference.hex(), 1))
        content = json.loads(plain)
        return (
            [bytes.fromhex(person) for person in content["persons"]],
            [(str(store), bytes.fromhex(row)) for store, row in content["rows"]],
        )
