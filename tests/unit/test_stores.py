"""Stores together: what a visit keeps, what a dump shows, inventory, second process, space."""

import base64
import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stores_kit import PERSON, Desk

from consent.kinds import CompletionResult, Kind, Phase
from station.errors import ConfigError, ErrorCode, StorageError
from station.model import IDENTITY_FIELDS, IdentityRecord, Secret, VisitId
from storage.identity_store import IdentityStore, unseal_identity
from storage.images import count_images, count_images_in_file
from storage.space import DiskSpace
from storage.stores import as_document, open_ledger_rows

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100")
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
JP2 = bytes.fromhex("0000000c6a5020200d0a870a")


@pytest.fixture
def desk(tmp_path):
    opened = Desk(tmp_path)
    yield opened
    opened.stores.close()


def entries(desk):
    return [json.loads(entry.body) for entry in desk.stores.ledger.entries()]


def test_kept_identity_opens_only_through_its_person(desk):
    desk.keep()
    (row,) = desk.stores.identity.rows()
    person = desk.stores.keys.person_of("identity", row.row)
    assert unseal_identity(row, 1, person.key) == PERSON
    with pytest.raises(StorageError):
        unseal_identity(row, 2, person.key)
    with pytest.raises(StorageError):
        unseal_identity(row, 1, Secret(bytes(16)))


def test_rows_cannot_change_places(desk):
    desk.keep()
    desk.keep()
    first, second = desk.stores.identity.rows()
    with desk.stores.identity.database.transaction() as change:
        change.write("UPDATE identity SET sealed = ? WHERE row = ?", (second.sealed, first.row))
    moved = next(found for found in desk.stores.identity.rows() if found.row == first.row)
    for owner in (first, second):
        person = desk.stores.keys.person_of("identity", owner.row)
        with pytest.raises(StorageError) as raised:
            unseal_identity(moved, 1, person.key)
        assert raised.value.code is ErrorCode.STORE_CORRUPT


def test_keeping_is_intent_then_completion_with_counts_and_generations(desk):
    desk.keep()
    intent, completion = entries(desk)[-2:]
    assert (intent["phase"], completion["phase"]) == (Phase.INTENT, Phase.COMPLETION)
    assert intent["kind"] == completion["kind"] == Kind.KEEP_IDENTITY
    assert intent["op"] == completion["op"]
    assert completion["payload"]["result"] == CompletionResult.DONE
    for store in ("keys", "identity"):
        assert completion["payload"]["counts"][store] == {"rows": 1, "files": 0, "generation": 1}
        assert desk.stores.databases[store].read("SELECT * FROM applied") == []


def test_no_dump_of_one_store_joins_another(desk):
    """With every file key, but not the keys derived inside: no value occurs in two stores."""
    for _ in range(5):
        desk.keep()
    seen = {}
    for name, database in desk.stores.databases.items():
        for table in set(database.tables()) - {"meta"}:
            for row in database.read(f"SELECT * FROM {table}"):
                for cell in row:
                    if isinstance(cell, bytes):
                        seen.setdefault(name, set()).add(cell)
    assert all(seen[name] for name in ("identity", "keys", "ledger"))
    assert not seen["identity"] & seen["keys"]
    ledger = b"".join(seen["ledger"])
    for cell in seen["identity"] | seen["keys"]:
        text = base64.urlsafe_b64encode(cell).rstrip(b"=")
        assert not any(form in ledger for form in (cell, cell.hex().encode(), text))


def test_tables_have_no_insertion_order(desk):
    for name in ("identity", "keys"):
        database = desk.stores.databases[name]
        for table, sql in database.read(
            "SELECT name, sql FROM sqlite_schema WHERE sql LIKE '%TABLE%'"
        ):
            assert "STRICT, WITHOUT ROWID" in sql, table


def test_no_field_and_no_identity_number_on_disk(desk):
    number = "999999199001010018"
    desk.keep(person=IdentityRecord((("name", "测试者一号"), ("document_number", number))))
    data = desk.all_bytes()
    assert "测试者".encode() not in data
    assert number.encode() not in data
    for entry in desk.stores.ledger.entries():
        assert not re.search(rb"\d{17}[\dXx]", entry.body)


def test_each_store_has_its_own_key(desk):
    desk.keep()
    path = desk.stores.identity.database.path
    desk.stores.close()
    with pytest.raises(StorageError) as raised:
        IdentityStore(path, desk.keyring.store_key("keys"), desk.keyring.record_kek("identity"))
    assert raised.value.code is ErrorCode.KEY_WRONG
    with closing(sqlite3.connect(path)) as plain, pytest.raises(sqlite3.DatabaseError):
        plain.execute("SELECT * FROM sqlite_schema")
    assert {p.parent.stat().st_mode & 0o777 for p in desk.folder.rglob("*.db")} == {0o700}
    desk.stores = Desk(desk.folder).stores


def test_term_is_bounded_and_an_ended_term_keeps_nothing(desk):
    with pytest.raises(ConfigError) as raised:
        desk.keep(hours=25)
    assert raised.value.code is ErrorCode.CONFIG_INVALID
    for text in ("tomorrow", "2026-01-01T00:00:00"):
        with pytest.raises(ConfigError):
            desk.records.keep_identity(VisitId("ab" * 16), PERSON, text)
    size = desk.ledger.size
    desk.keep(hours=0)
    assert desk.stores.identity.count() == 0
    assert desk.ledger.size == size


def test_sealed_rows_of_ordinary_documents_have_one_length(desk):
    """A length would tell of a name, and leave pieces of erased cells in rebalanced pages."""
    address = "某某省某某市某某区某某街道某某路一百二十八弄三十六号二十四室"
    fields = [(name, "1990-01-01") for name in IDENTITY_FIELDS if name != "address"]
    for person in ((("name", "甲"),), (*fields, ("address", address))):
        desk.keep(person=IdentityRecord(tuple(person)))
    assert len({len(row.sealed) for row in desk.stores.identity.rows()}) == 1


@pytest.mark.parametrize(
    "fields",
    [
        (("face", "x"),),
        (("name", "x" * 513),),
        tuple((name, "\x01" * 512) for name in IDENTITY_FIELDS),
    ],
)
def test_unlisted_or_endless_fields_are_refused_before_the_intent(desk, fields):
    size = desk.ledger.size
    with pytest.raises(StorageError):
        desk.keep(person=IdentityRecord(fields))
    assert desk.ledger.size == size


def test_a_fault_in_the_middle_is_undone_at_once(desk, monkeypatch):
    def full(*_):
        raise StorageError(ErrorCode.DISK_FULL)

    with monkeypatch.context() as patched:
        patched.setattr(desk.stores.identity, "add", full)
        with pytest.raises(StorageError):
            desk.keep()
    assert desk.stores.keys.count() == desk.stores.identity.count() == 0
    assert desk.ledger.open_intents() == ()
    assert entries(desk)[-1]["payload"]["result"] == CompletionResult.UNDONE
    desk.keep()
    assert desk.again().started.undone == 0


def test_consent_evidence_opens_for_its_record_and_outlives_the_person(desk):
    sealed = desk.records.seal_evidence("AAAA-BBBB", b"consent body")
    desk.ledger.record(Kind.CONSENT_GIVEN, {"record_id": "AAAA-BBBB"}, sealed)
    desk.keep()
    desk.erasure.erase(list(desk.stores.keys.persons()), Kind.ERASE, "REQUESTED")
    kept = desk.stores.ledger.evidence(desk.ledger.size - 5)
    assert desk.stores.keys.open_evidence("AAAA-BBBB", kept) == b"consent body"
    with pytest.raises(StorageError):
        desk.stores.keys.open_evidence("AAAA-CCCC", kept)
    stray = desk.records.seal_evidence("DDDD", b"never recorded")
    again = desk.again()
    assert again.started.stray_evidence == 1
    assert again.stores.keys.open_evidence("AAAA-BBBB", kept) == b"consent body"
    with pytest.raises(StorageError) as raised:
        again.stores.keys.open_evidence("DDDD", stray)
    assert raised.value.code is ErrorCode.KEY_MISSING
    again.stores.close()
    desk.stores = Desk(desk.folder).stores


def test_inventory_counts_rows_and_finds_a_picture_wherever_it_is(desk):
    desk.keep()
    found = {store.store: store for store in desk.stores.inventory()}
    assert found["identity"].rows["identity"] == found["keys"].rows["person"] == 1
    assert found["ledger"].rows["entry"] == desk.ledger.size
    assert all(store.images == 0 for store in found.values())
    assert found["identity"].bytes > 0
    json.dumps(as_document(tuple(found.values())))

    in_text = base64.b64encode(JPEG).decode()
    desk.keep(person=IdentityRecord((("name", in_text),)))
    assert {s.store: s.images for s in desk.stores.inventory()}["identity"] == 1
    with desk.stores.keys.database.transaction() as change:
        change.write("INSERT INTO applied VALUES (?, 0, 0, ?)", (bytes(32), JPEG))
    (desk.stores.folder / "keys" / "photo").write_bytes(b"x" * 1048570 + PNG)
    (desk.stores.folder / "spare").write_bytes(JP2)
    again = {s.store: s for s in desk.stores.inventory()}
    assert [again[name].images for name in ("keys", "other", "ledger")] == [1, 2, 0]
    # A file beside a store's own is no part of that store: it is counted among the others.
    assert again["other"].rows["files"] == found["other"].rows["files"] + 2
    with desk.stores.keys.database.transaction() as change:
        change.write("DELETE FROM applied")


def test_consent_evidence_is_scanned_opened(desk):
    sealed = desk.records.seal_evidence("R", b'{"photo":"' + base64.b64encode(JPEG * 2) + b'"}')
    desk.ledger.record(Kind.CONSENT_GIVEN, {"record_id": "R"}, sealed)
    assert {s.store: s.images for s in desk.stores.inventory()}["ledger"] >= 1


@pytest.mark.parametrize("picture", [JPEG, PNG, JP2, b"GIF89a\x01\x00\x01\x00\x80\x00"])
def test_pictures_are_found_at_any_offset_of_a_file(tmp_path, picture):
    for lead in (0, 1, 1048570, 1048576):
        path = tmp_path / "file"
        path.write_bytes(b"\x01" * lead + picture + b"\x01" * 70)
        assert count_images_in_file(path) == 1
    assert count_images(b"\x01" + picture) == 1


def test_a_second_process_is_refused(desk, tmp_path):
    script = (
        "import sys; sys.path[:0] = [sys.argv[2]]\n"
        "from pathlib import Path\nfrom stores_kit import Desk\n"
        "from station.errors import StationError\n"
        "try: Desk(Path(sys.argv[1]))\n"
        "except StationError as error: print(error.code.value)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert run.stdout.strip() == ErrorCode.ALREADY_RUNNING.value


def test_an_auditor_reads_the_ledger_while_the_station_runs(desk, tmp_path):
    desk.keep()
    rows = open_ledger_rows(tmp_path / "stores", desk.keyring)
    try:
        assert [e.body for e in rows.entries()] == [e.body for e in desk.stores.ledger.entries()]
        desk.keep()
        assert rows.size() == desk.ledger.size
    finally:
        rows.database.close()
    with pytest.raises(StorageError) as raised:
        open_ledger_rows(tmp_path / "elsewhere", desk.keyring)
    assert raised.value.code is ErrorCode.STORE_CORRUPT


def test_low_space_stops_visits_but_not_the_ledger(tmp_path):
    desk = Desk(tmp_path, floor_bytes=1 << 60)
    with pytest.raises(StorageError) as raised:
        desk.records.may_start()
    assert raised.value.code is ErrorCode.DISK_FULL
    desk.ledger.record(Kind.FAULT, {"code": "STO-04"})
    desk.stores.close()


def test_the_reserve_is_real_blocks_and_is_given_up_once(tmp_path):
    space = DiskSpace(tmp_path, 1, 65536)
    with pytest.raises(StorageError):
        DiskSpace(tmp_path, 1 << 60, 65536).check()
    space.check()
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= 65536
    assert space.give_up()
    assert not space.give_up()
    space.check()
    assert space.reserved


def test_a_reserve_that_cannot_be_made_or_freed_is_no_reserve(tmp_path):
    (tmp_path / "reserve").mkdir()
    space = DiskSpace(tmp_path, 1, 65536)
    assert not space.give_up()
    with pytest.raises(StorageError) as raised:
        space.check()
    assert raised.value.code is ErrorCode.DISK_FULL


def test_on_a_full_disk_the_ledger_goes_on_into_the_reserve(tmp_path):
    from test_database import small_disk

    with small_disk(tmp_path / "disk", 3072):
        desk = Desk(tmp_path / "disk", reserve_bytes=1 << 20)
        desk.keep()
        assert desk.stores.space.reserved
        ballast = tmp_path / "disk" / "ballast"
        with pytest.raises(OSError, match="No space"), ballast.open("wb", buffering=0) as stream:
            while stream.write(bytes(4096)):
                pass
        for _ in range(40):
            desk.ledger.record(Kind.FAULT, {"code": "STO-04"})
        assert not desk.stores.space.reserved
        with pytest.raises(StorageError) as raised:
            desk.records.may_start()
        assert raised.value.code is ErrorCode.DISK_FULL
        ballast.unlink()
        desk.records.may_start()
        desk.keep()
        desk.stores.close()


def test_a_record_of_another_version_is_refused(desk):
    """An old version of a live row fails against the version the keys store knows."""
    desk.keep()
    (row,) = desk.stores.identity.rows()
    person = desk.stores.keys.person_of("identity", row.row)
    with pytest.raises(StorageError):
        unseal_identity(row, person.rows[0][2] + 1, person.key)


def test_terms_are_listed_without_names(desk):
    desk.keep(hours=2)
    desk.keep(hours=1)
    ends = sorted(end for _, end in desk.stores.identity.terms())
    assert ends[0] - datetime.now(UTC) < timedelta(hours=1, seconds=1)
