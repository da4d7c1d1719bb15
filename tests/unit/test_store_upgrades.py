"""Stores of an earlier version open, are brought forward in one step, and lose nothing."""

import contextlib
import json
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from stores_kit import PERSON, Desk, cheap_keyring, document

from consent.kinds import Kind
from station.errors import ErrorCode, StationBug, StorageError
from station.model import Secret
from storage.database import Database, Schema
from storage.identity_store import _RESIDENTS, IdentityStore, unseal_identity
from storage.keyring_file import KeyringContent, read_keyring, write_keyring
from storage.keys import KeyRing
from storage.sealing import place, seal

KEY = Secret(bytes(range(32)))
FIRST = Schema(1, "CREATE TABLE note (id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;")
STEP_1 = (
    "ALTER TABLE note ADD COLUMN body INTEGER NOT NULL DEFAULT 7;"
    "CREATE TABLE more (a INTEGER PRIMARY KEY) STRICT;"
)
STEP_2 = "CREATE INDEX note_body ON note (body);"
THIRD = Schema(3, FIRST.statements, {1: STEP_1, 2: STEP_2})


def columns(database):
    found = {}
    for table in database.tables():
        rows = database.read(f"PRAGMA table_xinfo({table})")
        found[table] = [(row[1], row[2], row[3], row[5]) for row in rows]
    return found


def indexes(database):
    statement = "SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name"
    return [row[0] for row in database.read(statement)]


def test_every_step_is_taken_and_the_rows_stay(tmp_path):
    path = tmp_path / "a" / "a.db"
    with contextlib.closing(Database(path, KEY, FIRST)) as old, old.transaction() as change:
        change.write("INSERT INTO note VALUES (?)", (b"1",))
    for _ in range(2):
        with contextlib.closing(Database(path, KEY, THIRD)) as new:
            assert new.read("SELECT * FROM note") == [(b"1", 7)]
            assert new.tables() == ("applied", "meta", "more", "note")
            assert indexes(new) == ["note_body"]
            assert (new.meta("schema"), new.generation()) == (3, 0)


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "a" / "a.db"
    Database(path, KEY, FIRST).close()
    broken = Schema(3, "", {1: STEP_1, 2: "CREATE TABLE note (id BLOB);"})
    with pytest.raises(StationBug):
        Database(path, KEY, broken)
    with contextlib.closing(Database(path, KEY, FIRST)) as old:
        assert old.tables() == ("applied", "meta", "note")
        assert old.meta("schema") == 1


def test_a_newer_store_and_one_without_a_way_here_are_refused(tmp_path):
    path = tmp_path / "a" / "a.db"
    Database(path, KEY, Schema(2, FIRST.statements)).close()
    for schema in (FIRST, Schema(3, FIRST.statements, {1: STEP_1})):
        with pytest.raises(StorageError) as raised:
            Database(path, KEY, schema)
        assert raised.value.code is ErrorCode.STORE_CORRUPT


OLD_IDENTITY = Schema(
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
OLD_KEYS = Schema(
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


def make_first_station(folder):
    """A station of the first version: three stores, one visitor, lists of rows as JSON."""
    desk = Desk(folder)
    desk.keep()
    (row,) = desk.stores.identity.rows()
    ends_s = row.expires_s
    person = desk.stores.keys.person_of("identity", row.row)
    cells = {
        table: desk.stores.databases[store].read(f"SELECT * FROM {table}")
        for store, table in (("identity", "identity"), ("keys", "link"))
    }
    desk.stores.close()
    listed = json.dumps([["identity", row.row.hex(), 1]], separators=(",", ":")).encode()
    plain = person.key.reveal() + person.salt + listed + b" " * (-len(listed) % 256)
    kek = desk.keyring.record_kek("keys").reveal()
    wrapped = seal(kek, plain, place("person", person.person.hex(), 1))
    folders = folder / "stores"
    for store, schema in (("identity", OLD_IDENTITY), ("keys", OLD_KEYS)):
        path = folders / store / f"{store}.db"
        for file in path.parent.iterdir():
            file.unlink()
        with contextlib.closing(Database(path, desk.keyring.store_key(store), schema)) as old:
            with old.transaction() as change:
                if store == "identity":
                    row_id, version, sealed, _, term = cells["identity"][0]
                    values = (row_id, version, sealed, ends_s // 3600, term)
                    change.write("INSERT INTO identity VALUES (?,?,?,?,?)", values)
                else:
                    change.write("INSERT INTO person VALUES (?, ?)", (person.person, wrapped))
                    change.write("INSERT INTO link VALUES (?, ?)", cells["link"][0])
            old.set_meta("generation", 1)
    for store in ("template", "portrait", "office"):
        for file in (folders / store).iterdir():
            file.unlink()
        (folders / store).rmdir()
    content = read_keyring(folder / "keyring")
    known = {name: value for name, value in content.stores.items() if (folders / name).is_dir()}
    assert sorted(known) == ["identity", "keys", "ledger"]
    write_keyring(folder / "keyring", KeyringContent(content.slots, known, content.keys))
    return person


def test_a_station_of_the_first_version_becomes_one_with_residents(tmp_path):
    before = make_first_station(tmp_path)
    desk = Desk(tmp_path)
    (row,) = desk.stores.identity.rows()
    person = desk.stores.keys.person_of("identity", row.row)
    assert (person.rows, person.salt) == (before.rows, before.salt)
    assert unseal_identity(row, 1, person.key) == PERSON
    desk.enrol("E1", portraits=1)
    desk.keep()
    again = desk.again()
    again.residents.reference(document("E1"))
    again.erasure.erase([again.stores.keys.person_of("identity", row.row)], Kind.ERASE, "REQUESTED")
    assert again.stores.identity.count() == 2
    again.stores.close()


def test_a_visitor_of_the_first_version_still_expires(tmp_path):
    make_first_station(tmp_path)
    desk = Desk(tmp_path)
    desk.enrol("E1", days=1)
    assert desk.sweeper.sweep(datetime.now(UTC) + timedelta(minutes=59)).expired == 0
    assert desk.sweeper.sweep(datetime.now(UTC) + timedelta(hours=1)).expired == 1
    assert desk.stores.identity.count() == desk.stores.keys.count() == 1
    desk.stores.close()


def test_an_upgraded_store_has_the_tables_of_a_new_one(tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    make_first_station(tmp_path / "old")
    old, new = Desk(tmp_path / "old"), Desk(tmp_path / "new")
    for name, database in new.stores.databases.items():
        assert columns(old.stores.databases[name]) == columns(database)
        assert indexes(old.stores.databases[name]) == indexes(database)
    old.stores.close()
    new.stores.close()


SECOND_IDENTITY = Schema(2, OLD_IDENTITY.statements + _RESIDENTS)


def test_numbers_in_clear_become_marks_that_no_dump_prints(tmp_path):
    """The version before kept a keyed number of 19 digits, which a dump in text shows as such."""
    desk = Desk(tmp_path)
    desk.enrol("STAYS")
    for _ in range(3):
        desk.keep()
    database = desk.stores.identity.database
    rows = {table: database.read(f"SELECT * FROM {table}") for table in ("identity", "blind")}
    kept = {name: database.meta(name) for name in ("generation", "term_from_hour")}
    desk.stores.close()
    for file in database.path.parent.iterdir():
        file.unlink()
    key = desk.keyring.store_key("identity")
    with contextlib.closing(Database(database.path, key, SECOND_IDENTITY)) as old:
        with old.transaction() as change:
            for table, found in rows.items():
                for number, row in enumerate(found):
                    cells = list(row)
                    if table == "identity":
                        cells[3] = (1 << 61) + number
                    marks = ",".join("?" * len(cells))
                    change.write(f"INSERT INTO {table} VALUES ({marks})", cells)
        for name, value in kept.items():
            old.set_meta(name, value)
    again = Desk(tmp_path)
    assert again.stores.identity.database.read("SELECT * FROM identity") == rows["identity"]
    again.residents.reference(document("STAYS"))
    assert again.sweeper.sweep(datetime.now(UTC) + timedelta(hours=1)).expired == 3
    again.stores.close()


def test_marking_goes_on_where_it_was_cut_off(tmp_path, monkeypatch):
    make_first_station(tmp_path)
    monkeypatch.setattr(IdentityStore, "_mark_unmarked", lambda _: None)
    desk = Desk(tmp_path)
    marked = "SELECT count(*) FROM identity WHERE term_mark = zeroblob(16)"
    assert desk.stores.identity.database.read(marked) == [(1,)]
    desk.stores.close()
    monkeypatch.undo()
    again = Desk(tmp_path)
    assert again.stores.identity.database.read(marked) == [(0,)]
    assert again.sweeper.sweep(datetime.now(UTC) + timedelta(hours=1)).expired == 1
    again.stores.close()


def test_a_secret_is_made_only_for_a_store_without_a_file(tmp_path):
    ring = cheap_keyring(tmp_path)
    content = read_keyring(tmp_path / "keyring")
    stores = {name: value for name, value in content.stores.items() if name != "portrait"}
    write_keyring(tmp_path / "keyring", KeyringContent(content.slots, stores, content.keys))
    ring = cheap_keyring(tmp_path)
    file = tmp_path / "portrait.db"
    file.write_bytes(secrets.token_bytes(16))
    with pytest.raises(StorageError) as raised:
        ring.ensure_store("portrait", file)
    assert raised.value.code is ErrorCode.KEY_MISSING
    file.unlink()
    ring.ensure_store("portrait", file)
    made = ring.store_key("portrait").reveal()
    ring.ensure_store("portrait", file)
    assert cheap_keyring(tmp_path).store_key("portrait").reveal() == made
    with pytest.raises(StationBug):
        ring.ensure_store("faces", file)


def test_the_pepper_comes_from_the_root_and_is_nothing_else(tmp_path):
    ring = cheap_keyring(tmp_path)
    pepper = ring.pepper().reveal()
    assert len(pepper) == 32
    assert pepper == cheap_keyring(tmp_path).pepper().reveal()
    assert pepper not in (ring.op_key().reveal(), ring.link_key().reveal())
    (tmp_path / "other").mkdir()
    assert cheap_keyring(tmp_path / "other").pepper().reveal() != pepper
    assert isinstance(ring, KeyRing)
