"""Expiry by the high-water mark of time."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from stores_kit import Desk

import storage.database
import storage.sweeper
from consent.kinds import Kind
from station.errors import ErrorCode, StationBug, StorageError
from station.retention import SWEEP_EVERY_S
from storage.clock import HighWaterClock
from storage.sweeper import CHECK_PAGES_EVERY_S, Sweeper


@pytest.fixture
def desk(tmp_path):
    opened = Desk(tmp_path)
    yield opened
    opened.stores.close()


def kinds(desk):
    return [json.loads(entry.body)["kind"] for entry in desk.stores.ledger.entries()]


def ahead(**by):
    return datetime.now(UTC) + timedelta(**by)


def test_only_what_has_ended_goes(desk):
    for hours in (0.5, 1, 2):
        desk.keep(hours)
    assert desk.sweeper.sweep().expired == 0
    assert desk.sweeper.sweep(ahead(minutes=59, seconds=58)).expired == 1
    assert desk.sweeper.sweep(ahead(hours=1)).expired == 1
    assert desk.sweeper.sweep(ahead(hours=1)).expired == 0
    assert desk.stores.identity.count() == desk.stores.keys.count() == 1
    assert kinds(desk).count(Kind.EXPIRE) == 4
    assert desk.stores.identity.database.wal_bytes() == 0


def test_a_look_before_the_next_end_reads_no_row(desk, monkeypatch):
    """What ends next is remembered, and whatever is kept in between with an earlier end as well."""
    desk.keep(3)
    assert desk.sweeper.sweep(ahead(hours=2)).expired == 0
    read = desk.stores.identity.database.stream
    asked = []

    def counted(*arguments, **named):
        asked.append(1)
        return read(*arguments, **named)

    monkeypatch.setattr(desk.stores.identity.database, "stream", counted)
    ((_, end),) = desk.stores.identity.terms()
    asked.clear()
    hour_s = int(end.timestamp()) // 3600 * 3600
    between = datetime.fromtimestamp(hour_s, UTC) - timedelta(seconds=1)
    for _ in range(3):
        assert desk.sweeper.sweep(between).expired == 0
    assert not asked
    # In its own hour the row is read once, and then no more until it ends.
    early = max(datetime.fromtimestamp(hour_s, UTC), end - timedelta(seconds=2))
    for _ in range(3):
        assert desk.sweeper.sweep(early).expired == 0
    assert len(asked) == 1
    assert desk.sweeper.sweep(end).expired == 1


def test_who_is_kept_after_a_look_still_ends_in_time(desk):
    desk.keep(20)
    assert desk.sweeper.sweep().expired == 0
    desk.keep(2)
    assert desk.sweeper.sweep(ahead(hours=1, minutes=59)).expired == 0
    desk.enrol("E1", portraits=1, days=0.25)
    assert desk.sweeper.sweep(ahead(hours=2)).expired == 1
    assert desk.sweeper.sweep(ahead(hours=6)).expired == 1
    assert desk.stores.template.count() == desk.stores.portrait.count() == 0
    assert desk.sweeper.sweep(ahead(hours=20)).expired == 1


def test_a_record_is_gone_within_the_second_of_its_term(desk):
    desk.keep(1)
    ((_, end),) = desk.stores.identity.terms()
    assert desk.sweeper.sweep(end - timedelta(seconds=1)).expired == 0
    assert desk.sweeper.sweep(end).expired == 1


def test_clock_set_back_prolongs_nothing_and_alarms_once(desk):
    desk.keep(1)
    desk.sweeper.sweep(ahead(hours=2))
    desk.keep(1)
    for _ in range(2):
        report = desk.sweeper.sweep(ahead(hours=-5))
        assert report.clock_set_back
    assert report.expired == 0
    assert desk.stores.identity.count() == 0
    assert kinds(desk).count(Kind.CLOCK_SET_BACK) == 1
    with pytest.raises(StorageError) as raised:
        desk.records.may_start()
    assert raised.value.code is ErrorCode.CLOCK_SET_BACK


def test_the_mark_survives_a_restart(desk, tmp_path):
    desk.keep(1)
    desk.clock.observe(ahead(hours=3))
    again = desk.again()
    report = again.sweeper.sweep()
    assert (report.expired, report.clock_set_back) == (1, True)
    again.stores.close()
    desk.stores = Desk(tmp_path).stores


def test_time_goes_on_while_the_clock_stands_back(desk):
    elapsed = 0.0
    clock = HighWaterClock(desk.stores.ledger, lambda: elapsed)
    start = ahead(hours=1)
    clock.observe(start)
    elapsed = 600.0
    moment = clock.observe(start - timedelta(hours=4))
    assert moment.effective == start + timedelta(seconds=600)
    assert moment.set_back
    elapsed = 700.0
    forward = clock.observe(start + timedelta(hours=1))
    assert not forward.set_back
    assert forward.effective == start + timedelta(hours=1)


def test_a_small_correction_is_no_alarm_and_does_not_add_up(desk):
    elapsed = 0.0
    clock = HighWaterClock(desk.stores.ledger, lambda: elapsed)
    wall = ahead(hours=1)
    for _ in range(500):
        elapsed += 60
        wall += timedelta(seconds=59)
        moment = clock.observe(wall)
    assert not moment.set_back
    assert moment.effective == wall
    clock.check(wall)


def test_a_reading_without_time_zone_is_our_fault(desk):
    with pytest.raises(StationBug):
        desk.clock.observe(datetime(2026, 1, 1))  # noqa: DTZ001


def test_many_go_in_batches(desk, monkeypatch):
    monkeypatch.setattr(storage.sweeper, "BATCH", 4)
    for _ in range(10):
        desk.keep(1)
    assert desk.sweeper.sweep(ahead(hours=1)).expired == 10
    assert desk.stores.keys.count() == desk.stores.identity.count() == 0


def test_a_row_whose_key_is_gone_goes_too(desk):
    desk.keep(1)
    with desk.stores.keys.database.transaction() as change:
        change.write("DELETE FROM link")
        change.write("DELETE FROM person")
    assert desk.sweeper.sweep(ahead(hours=1)).expired == 1
    assert desk.stores.identity.count() == 0


def test_the_sweep_at_start_always_leaves_an_entry(desk):
    desk.sweeper.sweep()
    assert Kind.SWEEP not in kinds(desk)
    desk.sweeper.sweep(on_start=True)
    assert kinds(desk)[-1] == Kind.SWEEP


def test_large_stores_are_checked_by_the_sweeps_and_damage_is_found(desk, tmp_path, monkeypatch):
    """At opening only the key is tried; then one store per sweep, so that no visit waits long."""
    monkeypatch.setattr(storage.database, "CHECKED_AT_OPEN_BYTES", 0)
    for _ in range(20):
        desk.keep(1)
    again = desk.again()
    databases = again.stores.databases
    assert not any(database.pages_checked for database in databases.values())
    again.sweeper.sweep(on_start=True)
    assert not any(database.pages_checked for database in databases.values())
    elapsed = 0.0
    sweeper = Sweeper(again.stores, again.ledger, again.clock, lambda: elapsed)
    for done in range(1, len(databases) + 1):
        # However often the terms are looked at in between.
        for _ in range(3):
            sweeper.sweep()
            assert sum(database.pages_checked for database in databases.values()) == done
            elapsed += SWEEP_EVERY_S
        elapsed += CHECK_PAGES_EVERY_S
    again.stores.close()
    file = databases["identity"].path
    data = bytearray(file.read_bytes())
    data[-2000] ^= 1
    file.write_bytes(bytes(data))
    damaged = Desk(tmp_path)
    with pytest.raises(StorageError) as raised:
        damaged.sweeper.sweep()
    assert raised.value.code is ErrorCode.STORE_CORRUPT
    damaged.stores.close()
    file.unlink()
    desk.stores.close()
