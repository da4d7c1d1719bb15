"""One SQLCipher file: pragmas, wrong keys, damage, WAL, threads, full disk."""

import contextlib
import ctypes
import secrets
import threading

import pytest
from sqlcipher3 import dbapi2

from station.errors import ErrorCode, StationBug, StorageError
from station.model import Secret
from storage.cipher_file import translated
from storage.database import Database, Schema

KEY = Secret(bytes(range(32)))
SCHEMA = Schema(1, "CREATE TABLE note (id BLOB PRIMARY KEY, body BLOB NOT NULL) STRICT")


@pytest.fixture
def database(tmp_path):
    with contextlib.closing(Database(tmp_path / "a" / "a.db", KEY, SCHEMA)) as opened:
        yield opened


def fill(database, count=50, size=1000):
    with database.transaction() as change:
        for _ in range(count):
            change.write(
                "INSERT INTO note VALUES (?, ?)",
                (secrets.token_bytes(8), secrets.token_bytes(size)),
            )


def code_on_open(path, key=KEY):
    with pytest.raises(StorageError) as raised:
        Database(path, key, SCHEMA)
    return raised.value.code


def test_pragmas_are_the_ones_measured(database):
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "auto_vacuum": 2,
        "busy_timeout": 10000,
    }
    assert {name: database.read(f"PRAGMA {name}")[0][0] for name in wanted} == wanted
    fill(database, 1)
    assert database.path.stat().st_mode & 0o777 == 0o600
    assert database.wal_path.stat().st_mode & 0o777 == 0o600
    assert database.path.parent.stat().st_mode & 0o777 == 0o700


def test_strict_tables_refuse_another_type(database):
    with pytest.raises(StationBug), database.transaction() as change:
        change.write("INSERT INTO note VALUES (?, ?)", (b"1", "text"))
    assert database.read("SELECT count(*) FROM note") == [(0,)]


def test_wrong_key_is_named_and_silent(database, capfd):
    fill(database)
    database.close()
    before = database.path.read_bytes()
    assert code_on_open(database.path, Secret(bytes(32))) is ErrorCode.KEY_WRONG
    assert database.path.read_bytes() == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("page", [0, 1, 7])
def test_one_flipped_bit_is_found_at_start(database, page):
    fill(database)
    database.checkpoint_truncate()
    database.close()
    data = bytearray(database.path.read_bytes())
    data[page * 4096 + 2000] ^= 1
    database.path.write_bytes(data)
    assert code_on_open(database.path) is ErrorCode.STORE_CORRUPT


def test_file_of_another_schema_is_refused(database):
    database.close()
    with pytest.raises(StorageError) as raised:
        Database(database.path, KEY, Schema(2, SCHEMA.statements))
    assert raised.value.code is ErrorCode.STORE_CORRUPT


def test_a_crash_before_the_tables_is_made_good(database):
    database.close()
    database.path.write_bytes(b"")
    with contextlib.closing(Database(database.path, KEY, SCHEMA)) as again:
        assert again.generation() == 0


def test_failed_transaction_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError), database.transaction() as change:
        change.write("INSERT INTO note VALUES (?, ?)", (b"1", b"2"))
        change.raise_generation()
        raise ZeroDivisionError
    assert database.read("SELECT count(*) FROM note") == [(0,)]
    assert database.generation() == 0


def test_checkpoint_waits_for_a_reader_and_says_so(database):
    fill(database)
    reader = database.stream("SELECT body FROM note", batch=1)
    next(reader)
    fill(database, 1)
    with pytest.raises(StorageError) as raised:
        database.checkpoint_truncate(timeout_s=0.05)
    assert raised.value.code is ErrorCode.STORE_LOCKED
    assert database.wal_bytes() > 0
    reader.close()
    database.checkpoint_truncate()
    assert database.wal_bytes() == 0


def test_each_thread_has_its_own_connection_and_ended_ones_are_closed(database):
    failures = []

    def work():
        try:
            for _ in range(5):
                fill(database, 1, 10)
        except StorageError as error:
            failures.append(error.code)

    for _ in range(3):
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    assert database.read("SELECT count(*) FROM note") == [(60,)]
    assert len(database._open) <= 9


def test_nothing_of_a_value_reaches_an_error(database):
    with pytest.raises(StationBug) as raised, database.transaction() as change:
        change.write("INSERT INTO note VALUES (x'00', '测试者一号')")
    assert "测试者" not in str(raised.value)


def test_a_crowd_at_the_wal_is_a_locked_store_and_no_fault_of_ours(tmp_path):
    crowd = dbapi2.OperationalError()
    crowd.sqlite_errorcode = 15  # SQLITE_PROTOCOL
    with pytest.raises(StorageError) as raised, translated(tmp_path):
        raise crowd
    assert raised.value.code is ErrorCode.STORE_LOCKED


@contextlib.contextmanager
def small_disk(folder, kib):
    """A file system of `kib` KiB; skips the test where we may not mount one."""
    folder.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"size={kib}k".encode()
    if libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, options) == 0:
        try:
            yield
        finally:
            libc.umount2(str(folder).encode(), 2)
        return
    pytest.skip("a full disk needs root: a small file system has to be mounted")


def test_full_disk_is_named_and_what_was_committed_stays(tmp_path):
    with small_disk(tmp_path / "disk", 512):
        database = Database(tmp_path / "disk" / "a" / "a.db", KEY, SCHEMA)
        fill(database, 20)
        with pytest.raises(StorageError) as raised:
            for _ in range(100):
                fill(database, 20)
        assert raised.value.code is ErrorCode.DISK_FULL
        count = database.read("SELECT count(*) FROM note")[0][0]
        assert count >= 20
        assert count % 20 == 0
        database.close()


def test_no_plain_byte_reaches_the_disk(database):
    needle = secrets.token_bytes(24)
    with database.transaction() as change:
        change.write("INSERT INTO note VALUES (?, ?)", (b"1", needle))
    in_wal = b"".join(p.read_bytes() for p in sorted(database.path.parent.iterdir()))
    database.checkpoint_truncate()
    assert needle not in in_wal + database.path.read_bytes()
    assert database.path.stat().st_size >= 4096
