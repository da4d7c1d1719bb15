"""A sweep over many: in steps, forgotten together, and whoever waits comes in between."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from stores_kit import Desk

import storage.sweeper
from station.errors import ErrorCode, StorageError
from storage.registry import EFFECT_STORES


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(storage.sweeper, "BATCH", 2)
    opened = Desk(tmp_path)
    for number in range(6):
        opened.enrol(f"SW-{number}", portraits=number % 2, days=1)
    yield opened
    opened.stores.close()


def later():
    return datetime.now(UTC) + timedelta(days=2)


def notes(desk):
    """Operations that some store still remembers."""
    found = (desk.stores.databases[name].read("SELECT 1 FROM applied") for name in EFFECT_STORES)
    return sum(len(rows) for rows in found)


def kept(desk):
    stores = desk.stores
    counted = [store.count() for store in stores.rows.values()]
    return stores.keys.count() + stores.keys.secrets_count() + sum(counted)


def test_nothing_is_left_of_many_batches(desk):
    assert desk.sweeper.sweep(later()).expired == 6
    assert (kept(desk), notes(desk)) == (0, 0)
    assert not any(desk.stores.databases[name].wal_bytes() for name in EFFECT_STORES)
    assert desk.ledger.open_intents() == ()


def test_what_a_broken_off_sweep_noted_is_forgotten_by_the_next(desk, monkeypatch):
    erase, calls = desk.sweeper._erasure.erase, []

    def failing(*arguments, **named):
        calls.append(1)
        if len(calls) == 2:
            raise StorageError(ErrorCode.STORE_LOCKED)
        return erase(*arguments, **named)

    monkeypatch.setattr(desk.sweeper._erasure, "erase", failing)
    with pytest.raises(StorageError):
        desk.sweeper.sweep(later())
    # The first batch is erased in full: only the notes that make it repeatable stay.
    assert desk.stores.identity.count() == 4
    assert notes(desk) > 0
    assert desk.sweeper.sweep(later()).expired == 4
    assert (kept(desk), notes(desk)) == (0, 0)


def test_the_next_start_forgets_them_too(desk, monkeypatch):
    monkeypatch.setattr(desk.sweeper._erasure, "tidy", lambda: None)
    desk.sweeper.sweep(later())
    assert notes(desk) > 0
    again = desk.again()
    desk.stores = again.stores
    assert (kept(again), notes(again)) == (0, 0)


def test_whoever_waits_for_the_writer_comes_in_between_two_batches(desk, monkeypatch):
    monkeypatch.setattr(storage.sweeper, "_BETWEEN_BATCHES_S", 0.05)
    asked, left = threading.Event(), []

    def wait():
        asked.set()
        with desk.stores.writer:
            left.append(desk.stores.identity.count())

    visit = threading.Thread(target=wait)
    erase = desk.sweeper._erasure.erase

    def erase_while_asked(*arguments, **named):
        if not visit.ident:
            visit.start()
            assert asked.wait(10)
        return erase(*arguments, **named)

    monkeypatch.setattr(desk.sweeper._erasure, "erase", erase_while_asked)
    desk.sweeper.sweep(later())
    visit.join(10)
    assert left
    assert 0 < left[0] < 6
