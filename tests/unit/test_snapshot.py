"""Copies of a store under another key, taken while others write."""

from contextlib import closing
from pathlib import Path

import pytest

from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.copying import Snapshot, recrypt
from storage.database import Database, Schema

SCHEMA = Schema(1, "CREATE TABLE note (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;")
KEY, OTHER = Secret(b"k" * 32), Secret(b"o" * 32)


def opened(path: Path, key: Secret = KEY) -> Database:
    return Database(path, key, SCHEMA)


def add(database: Database, count: int) -> None:
    with database.transaction() as change:
        for _ in range(count):
            change.write("INSERT INTO note (body) VALUES (?)", (b"a private note" * 40,))
        change.raise_generation()


def rows(database: Database) -> int:
    return int(str(database.read("SELECT count(*) FROM note")[0][0]))


def test_a_copy_holds_one_moment_though_others_go_on_writing(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")
    add(database, 5000)
    told: list[tuple[int, int]] = []
    with closing(Snapshot(database)) as moment:
        add(database, 500)

        def progress(done: int, total: int) -> None:
            told.append((done, total))
            add(database, 1)

        moment.copy_to(tmp_path / "copy.db", OTHER, progress)
        assert moment.generation() == 1
    assert rows(database) == 5500 + len(told)
    database.checkpoint_truncate()
    copy = opened(tmp_path / "copy.db", OTHER)
    assert (rows(copy), copy.generation(), copy.integrity_problems()) == (5000, 1, 0)
    # Every step ended with more done, the last with all.
    assert len(told) > 2 and told == sorted(told) and told[-1][0] == told[-1][1]
    database.close()
    copy.close()


def test_a_copy_is_one_private_file_that_only_its_own_key_opens(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")
    add(database, 50)
    with closing(Snapshot(database)) as moment:
        moment.copy_to(tmp_path / "copies" / "copy.db", OTHER, lambda *_: None)
    database.close()
    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["copy.db"]
    assert (tmp_path / "copies" / "copy.db").stat().st_mode & 0o777 == 0o600
    assert b"private note" not in (tmp_path / "copies" / "copy.db").read_bytes()
    with pytest.raises(StorageError) as raised:
        opened(tmp_path / "copies" / "copy.db", KEY)
    assert raised.value.code is ErrorCode.KEY_WRONG


def test_recrypting_gives_the_same_rows_under_the_new_key(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")
    add(database, 300)
    database.close()
    recrypt(tmp_path / "a.db", KEY, tmp_path / "b.db", OTHER, lambda *_: None)
    copy = opened(tmp_path / "b.db", OTHER)
    assert (rows(copy), copy.generation()) == (300, 1)
    copy.close()
    with pytest.raises(StorageError) as raised:
        recrypt(tmp_path / "a.db", OTHER, tmp_path / "c.db", KEY, lambda *_: None)
    assert raised.value.code is ErrorCode.STORE_CORRUPT


def test_an_existing_file_is_never_copied_over(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")
    (tmp_path / "copy.db").write_bytes(b"somebody's")
    with closing(Snapshot(database)) as moment, pytest.raises(StorageError):
        moment.copy_to(tmp_path / "copy.db", OTHER, lambda *_: None)
    database.close()
    assert (tmp_path / "copy.db").read_bytes() == b"somebody's"


def test_a_closed_database_gives_no_snapshot_and_a_snapshot_leaves_no_connection(
    tmp_path: Path,
) -> None:
    database = opened(tmp_path / "a.db")
    add(database, 5)
    with database.snapshot():
        assert len(database._open) == 2
    assert len(database._open) == 1
    database.checkpoint_truncate(timeout_s=0)
    database.close()
    with pytest.raises(StorageError), database.snapshot():
        pass
