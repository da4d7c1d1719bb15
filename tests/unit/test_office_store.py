"""Sheets of the office: sealed, versioned, of few lengths; the fake of the tests behaves alike."""

import contextlib
import threading

import pytest

from station.errors import AccessError, ErrorCode, StationError, StorageError
from station.model import Secret
from station.office_book import MOST_BYTES, OfficeBook, Shelf
from storage.office_store import SHELF_CODES, OfficeStore
from tests.office_fakes import MemoryBook

KEY, KEK = Secret(b"k" * 32), Secret(b"r" * 16)


@pytest.fixture
def store(tmp_path):
    opened = OfficeStore(tmp_path / "office" / "office.db", KEY, KEK)
    yield opened
    opened.database.close()


@pytest.fixture(params=["memory", "store"])
def book(request) -> OfficeBook:
    return MemoryBook() if request.param == "memory" else request.getfixturevalue("store")


@contextlib.contextmanager
def refused(code: ErrorCode):
    with pytest.raises(StationError) as raised:
        yield
    assert raised.value.code is code


def test_a_sheet_comes_back_as_it_was_written(book):
    made = book.add(Shelf.TICKET, b'{"a":1}')
    assert (made.version, len(made.id), made.body) == (1, 32, b'{"a":1}')
    assert book.get(Shelf.TICKET, made.id) == made
    after = book.replace(made, b"")
    assert (after.id, after.version, after.body) == (made.id, 2, b"")
    assert list(book.all(Shelf.TICKET)) == [after]
    assert list(book.all(Shelf.NOTICE)) == []


def test_a_sheet_is_only_on_its_own_shelf(book):
    made = book.add(Shelf.ACCOUNT, b"{}")
    for shelf, sheet_id in (
        (Shelf.NOTICE, made.id),
        (Shelf.ACCOUNT, "00" * 16),
        (Shelf.ACCOUNT, "x"),
        (Shelf.ACCOUNT, made.id.upper() + "00"),
    ):
        with refused(ErrorCode.SHEET_MISSING):
            book.get(shelf, sheet_id)


def test_who_read_an_older_version_changes_nothing(book):
    first = book.add(Shelf.PROFILE, b"1")
    book.replace(first, b"2")
    for late in (lambda: book.replace(first, b"3"), lambda: book.remove(first)):
        with refused(ErrorCode.CHANGED_MEANWHILE):
            late()
    newest = book.get(Shelf.PROFILE, first.id)
    assert (newest.version, newest.body) == (2, b"2")
    book.remove(newest)
    assert list(book.all(Shelf.PROFILE)) == []
    with refused(ErrorCode.CHANGED_MEANWHILE):
        book.replace(newest, b"4")


def test_what_is_too_long_is_refused(book):
    longest = book.add(Shelf.NOTICE, b"x" * MOST_BYTES)
    assert book.get(Shelf.NOTICE, longest.id).body == b"x" * MOST_BYTES
    with pytest.raises(AccessError):
        book.add(Shelf.NOTICE, b"x" * (MOST_BYTES + 1))
    with pytest.raises(AccessError):
        book.replace(longest, b"x" * (10 << 20))
    assert book.get(Shelf.NOTICE, longest.id) == longest


def test_of_many_at_once_one_is_first(book):
    sheet = book.add(Shelf.REQUEST, b"0")
    outcomes: list[str] = []

    def change(number: int) -> None:
        try:
            book.replace(sheet, str(number).encode())
            outcomes.append("done")
        except AccessError as error:
            outcomes.append(error.code.name)

    threads = [threading.Thread(target=change, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["CHANGED_MEANWHILE"] * 5 + ["done"]


def test_two_processes_see_each_other(store, tmp_path):
    beside = OfficeStore(tmp_path / "office" / "office.db", KEY, KEK)
    made = store.add(Shelf.ACCOUNT, b"1")
    seen = beside.get(Shelf.ACCOUNT, made.id)
    beside.replace(seen, b"2")
    with refused(ErrorCode.CHANGED_MEANWHILE):
        store.replace(made, b"3")
    assert store.get(Shelf.ACCOUNT, made.id).body == b"2"
    beside.database.close()


def test_lengths_are_few_and_bodies_nowhere_in_clear(store, tmp_path):
    for length in (0, 11, 900, 1024, 4000, 9000, 60000):
        store.add(Shelf.TICKET, b"secret-body" * (length // 11))
    sizes = {len(row[0]) for row in store.database.read("SELECT sealed FROM sheet")}
    assert len(sizes) == 4
    store.database.checkpoint_truncate()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(b"secret-body" in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sheet SET version = version + 1",
        f"UPDATE sheet SET shelf = {SHELF_CODES[Shelf.ACCOUNT]}",
        "UPDATE sheet SET id = zeroblob(16)",
    ],
)
def test_a_row_moved_in_the_file_does_not_open(store, change):
    store.add(Shelf.REQUEST, b"{}")
    with store.database.transaction() as write:
        write.write(change)
    with pytest.raises(StorageError) as raised:
        [*store.all(Shelf.REQUEST), *store.all(Shelf.ACCOUNT)]
    assert raised.value.code is ErrorCode.STORE_CORRUPT


def test_a_removed_sheet_leaves_the_log(store):
    store.remove(store.add(Shelf.REFUSAL, b"{}"))
    assert store.database.wal_bytes() == 0
    assert store.count(Shelf.REFUSAL) == 0


def test_every_shelf_has_a_number_of_its_own():
    assert set(SHELF_CODES) == set(Shelf)
    assert len(set(SHELF_CODES.values())) == len(Shelf)
