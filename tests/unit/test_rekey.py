"""A store's file under another key, while others read and write it."""

import secrets
import threading

import pytest

from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.cipher_file import opens
from storage.database import Database, Schema

SCHEMA = Schema(1, "CREATE TABLE t (x BLOB NOT NULL) STRICT;")


def key():
    return Secret(secrets.token_bytes(32))


@pytest.fixture
def filled(tmp_path):
    first = key()
    database = Database(tmp_path / "a" / "a.db", first, SCHEMA)
    with database.transaction() as change:
        for _ in range(400):
            change.write("INSERT INTO t VALUES (?)", (secrets.token_bytes(100),))
    yield database, first
    database.close()


def test_only_the_new_key_opens_the_file(filled):
    database, first = filled
    before = database.read("SELECT x FROM t")
    fresh = key()
    database.rekey(fresh)
    assert database.has_key(fresh) and not database.has_key(first)
    assert not opens(database.path, first) and opens(database.path, fresh)
    database.checkpoint_truncate()
    assert database.wal_bytes() == 0
    assert database.read("SELECT x FROM t") == before
    assert database.integrity_problems() == 0
    assert [row[0] for row in database.read("PRAGMA auto_vacuum")] == [2]
    database.close()
    assert not opens(database.path, first)
    with pytest.raises(StorageError) as refused:
        Database(database.path, first, SCHEMA)
    assert refused.value.code is ErrorCode.KEY_WRONG
    Database(database.path, fresh, SCHEMA).close()


def test_a_reader_under_way_goes_on_and_the_old_key_stays_until_it_ends(filled):
    database, _ = filled
    stream = database.stream("SELECT x FROM t")
    next(stream)
    database.read("PRAGMA busy_timeout = 50")
    database.rekey(key())
    database.read("PRAGMA busy_timeout = 50")
    with pytest.raises(StorageError) as busy:
        database.checkpoint_truncate(timeout_s=0.1)
    assert busy.value.code is ErrorCode.STORE_LOCKED
    assert database.read("SELECT count(*) FROM t") == [(400,)]
    assert len(list(stream)) == 399
    database.checkpoint_truncate()
    assert database.wal_bytes() == 0


def test_threads_read_and_write_through_many_changes(filled):
    database, _ = filled
    faults, ending, written = [], threading.Event(), []

    def reader():
        while not ending.is_set():
            try:
                assert database.read("SELECT count(*) FROM t")[0][0] >= 400
            except BaseException as error:
                faults.append(error)
                return

    def writer():
        while not ending.is_set():
            try:
                with database.transaction() as change:
                    change.write("INSERT INTO t VALUES (?)", (secrets.token_bytes(100),))
                written.append(1)
            except BaseException as error:
                faults.append(error)
                return

    threads = [threading.Thread(target=each) for each in (reader, reader, writer)]
    for thread in threads:
        thread.start()
    for _ in range(4):
        database.rekey(key())
        database.checkpoint_truncate()
    ending.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert database.read("SELECT count(*) FROM t") == [(400 + len(written),)]
    assert database.integrity_problems() == 0


def test_a_pragma_that_did_nothing_is_found_out(filled, monkeypatch):
    database, first = filled
    monkeypatch.setattr("storage.database.opens", lambda path, key: False)
    with pytest.raises(StorageError) as full:
        database.rekey(key())
    assert full.value.code is ErrorCode.DISK_FULL
    assert database.has_key(first)


def test_a_damaged_file_is_still_told(filled):
    database, _ = filled
    database.checkpoint_truncate()
    data = bytearray(database.path.read_bytes())
    data[2 * 4096 + 100] ^= 1
    database.path.write_bytes(data)
    with pytest.raises(StorageError) as corrupt:
        Database(database.path, database._key, SCHEMA).read("SELECT x FROM t")
    assert corrupt.value.code is ErrorCode.STORE_CORRUPT
