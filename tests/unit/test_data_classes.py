"""Every column and file carries exactly one label; a new one without is named."""

import pytest
from stores_kit import Desk

from storage.data_classes import (
    COLUMNS,
    HOME_FILES,
    STORE_FILES,
    DataClass,
    home_files,
    stores_files,
    unlabelled,
)


@pytest.fixture
def desk(tmp_path):
    opened = Desk(tmp_path)
    yield opened
    opened.stores.close()


def test_nothing_is_unlabelled_in_a_station_in_use(desk):
    desk.keep()
    desk.enrol("E1", portraits=2)
    assert unlabelled(desk.stores) == []
    assert set(STORE_FILES) == set(desk.stores.databases)
    names = stores_files(desk.stores)
    assert {"identity/identity.db", "identity/identity.db-wal", "reserve"} <= set(names)


def test_no_label_stands_for_something_that_is_not_there(desk):
    for store, tables in COLUMNS.items():
        database = desk.stores.databases[store]
        assert set(tables) == set(database.tables()), store
        for table, columns in tables.items():
            assert set(columns) == set(database.columns(table)), table


def test_a_new_column_table_or_file_is_named(desk):
    with desk.stores.template.database.transaction() as change:
        change.write("ALTER TABLE template ADD COLUMN note TEXT")
        change.write("CREATE TABLE extra (a INTEGER) STRICT")
    (desk.stores.folder / "portrait" / "thumb.db").write_bytes(b"x")
    expected = ["template.extra.a", "template.template.note", "portrait/thumb.db"]
    assert unlabelled(desk.stores) == expected


def test_faces_templates_and_names_are_in_files_of_their_own(desk):
    assert STORE_FILES["portrait"] is DataClass.FACE_IMAGE
    assert STORE_FILES["template"] is DataClass.FACE_TEMPLATE
    assert STORE_FILES["identity"] is DataClass.PERSONAL_IDENTITY
    faces = {DataClass.FACE_IMAGE, DataClass.FACE_TEMPLATE}
    for store, tables in COLUMNS.items():
        labels = {label for columns in tables.values() for label in columns.values()}
        assert len(labels & {*faces, DataClass.PERSONAL_IDENTITY}) <= 1, store


def test_files_beside_the_stores(tmp_path):
    (tmp_path / "stores").mkdir()
    (tmp_path / "stores" / "x").write_bytes(b"")
    (tmp_path / "keyring.json").write_bytes(b"")
    (tmp_path / "trust").mkdir()
    (tmp_path / "trust" / "one.der").write_bytes(b"")
    (tmp_path / "spare").write_bytes(b"")
    assert home_files(tmp_path, tmp_path / "stores") == {
        "keyring.json": DataClass.KEY_MATERIAL,
        "spare": None,
        "trust/one.der": DataClass.CONFIG,
    }
    assert HOME_FILES


def test_what_passes_through_the_folder_is_labelled_as_what_it_is_a_copy_of(tmp_path):
    """Also what a crash leaves until the next start."""
    passing = {
        ".keyring.json.0a1b2c3d": DataClass.KEY_MATERIAL,
        "keyring.new": DataClass.KEY_MATERIAL,
        "restore.tmp/keyring": DataClass.KEY_MATERIAL,
        "desk/0a1b.order": DataClass.CONFIG,
    }
    for store, label in STORE_FILES.items():
        passing |= {f"backup.tmp/{store}": label, f"restore.tmp/{store}": label}
        passing |= {
            f"{folder}/{store}/{store}.db{end}": label
            for folder in ("stores.staging", "stores.ready", "stores.old")
            for end in ("", "-wal")
        }
    passing["stores.staging/revocations"] = DataClass.AUDIT
    passing["stores.old/reserve"] = DataClass.CONFIG
    for name in passing:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert home_files(tmp_path, tmp_path / "stores") == passing
    (tmp_path / "stores.old" / "notes").write_bytes(b"x")
    assert home_files(tmp_path, tmp_path / "stores")["stores.old/notes"] is None
