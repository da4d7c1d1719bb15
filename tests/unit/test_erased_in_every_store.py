"""Expiry, moving out and withdrawal: rows, files and log pages of every store, before and after."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from backup_kit import attach
from stores_kit import Desk, document

from station.retention import ERASED_WITHIN_S, SWEEP_EVERY_S
from storage.registry import EFFECT_STORES
from storage.resident_register import Withdrawal

PAGE_BYTES = 4096
WAL_FRAME_BYTES = PAGE_BYTES + 24
WAL_HEAD_BYTES = 32
LARGEST_ERASURE_S = 20
"""What `bench records` allows for 10,000 whose terms end at once."""
OWN_TABLES = {"meta", "applied", "files"}
"""What a store keeps for itself: its counters, and the hours in which terms end."""

ALL = {
    "identity": {"identity": 1, "blind": 2, "attempt": 1},
    "template": {"template": 1},
    "portrait": {"portrait": 2},
    "keys": {"person": 1, "link": 4, "secret": 3, "evidence": 0},
}
"""Rows of one resident with a template, two portraits and a counted attempt."""


@dataclass(frozen=True)
class Counted:
    """One look at everything: rows by store and table, log pages by store, files of the folder."""

    rows: dict[str, dict[str, int]]
    wal_pages: dict[str, int]
    files: frozenset[str]


def count(desk: Desk) -> Counted:
    rows, pages = {}, {}
    for store in EFFECT_STORES:
        database = desk.stores.databases[store]
        rows[store] = {
            table: database.read(f"SELECT count(*) FROM {table}")[0][0]
            for table in set(database.tables()) - OWN_TABLES
        }
        pages[store] = max(0, database.wal_bytes() - WAL_HEAD_BYTES) // WAL_FRAME_BYTES
    files = {str(p.relative_to(desk.folder)) for p in desk.folder.rglob("*") if p.is_file()}
    return Counted(rows, pages, frozenset(files))


def gone(before: Counted, after: Counted) -> dict[str, dict[str, int]]:
    return {
        store: {table: before.rows[store][table] - left for table, left in tables.items()}
        for store, tables in after.rows.items()
    }


@pytest.fixture
def desk(tmp_path):
    opened = attach(Desk(tmp_path))
    # One who stays, and one the erasure is about.
    opened.enrol("STAYS", portraits=1)
    opened.enrol("GOES", portraits=2, days=1)
    opened.residents.attempted(document("GOES"), matched=False)
    yield opened
    opened.stores.close()


def expire(desk: Desk):
    desk.sweeper.sweep(datetime.now(UTC) + timedelta(days=1, seconds=1))


def move_out(desk: Desk):
    desk.register.move_out([document("GOES")])


def withdraw(what: Withdrawal):
    return lambda desk: desk.register.withdraw(document("GOES"), what)


TEMPLATE_ONLY = {
    **{store: dict.fromkeys(tables, 0) for store, tables in ALL.items()},
    "template": {"template": 1},
    "keys": {"person": 0, "link": 1, "secret": 1, "evidence": 0},
}
PORTRAITS_ONLY = {
    **{store: dict.fromkeys(tables, 0) for store, tables in ALL.items()},
    "portrait": {"portrait": 2},
    "keys": {"person": 0, "link": 2, "secret": 2, "evidence": 0},
}


@pytest.mark.parametrize(
    ("erase", "expected"),
    [
        (expire, ALL),
        (move_out, ALL),
        (withdraw(Withdrawal.EVERYTHING), ALL),
        (withdraw(Withdrawal.TEMPLATE), TEMPLATE_ONLY),
        (withdraw(Withdrawal.PORTRAITS), PORTRAITS_ONLY),
    ],
    ids=["expiry", "move-out", "everything", "template", "portraits"],
)
def test_rows_files_and_log_pages_go_from_every_store(desk, erase, expected):
    before = count(desk)
    # Enrolments are in the logs when the erasure begins, so that cutting them means something.
    assert all(pages > 0 for pages in before.wal_pages.values())
    erase(desk)
    after = count(desk)
    assert gone(before, after) == expected
    assert after.wal_pages == dict.fromkeys(EFFECT_STORES, 0)
    # Nothing of anybody is a file of its own: the stores' files are the same, and the list grew.
    assert after.files - before.files <= {"revocations"}
    assert before.files <= after.files
    stays = desk.residents.reference(document("STAYS"))
    assert desk.stores.template.find(stays.template.pid) is not None
    assert len(desk.register.portraits_of(document("STAYS"))) == 1


def test_a_visitor_goes_the_same_way(desk):
    before = count(desk)
    desk.keep(1)
    kept = count(desk)
    assert gone(kept, before)["identity"]["identity"] == 1
    desk.sweeper.sweep(datetime.now(UTC) + timedelta(hours=1))
    after = count(desk)
    assert after.rows == before.rows
    assert after.wal_pages == dict.fromkeys(EFFECT_STORES, 0)


def test_with_a_moved_clock_everything_is_gone_within_a_minute_of_its_term(tmp_path):
    """The real sweeper at its own intervals: the last sweep before a term leaves it alone, the
    next one is due within the bound and erases in all stores at once."""
    desk = attach(Desk(tmp_path))
    try:
        desk.enrol("STAYS", portraits=1)
        ends = datetime.now(UTC) + timedelta(days=1)
        for number in range(3):
            desk.enrol(f"GOES{number}", portraits=2, days=1)
        # The worst case: a sweep ends just before the term does.
        last = ends - timedelta(seconds=2)
        assert desk.sweeper.sweep(last).expired == 0
        assert desk.stores.identity.count() == 4
        following = last + timedelta(seconds=SWEEP_EVERY_S)
        assert SWEEP_EVERY_S + LARGEST_ERASURE_S <= ERASED_WITHIN_S == 60
        assert desk.sweeper.sweep(following).expired == 3
        after = count(desk)
        assert after.rows["identity"]["identity"] == 1
        assert after.rows["template"]["template"] == after.rows["portrait"]["portrait"] == 1
        assert after.rows["keys"]["person"] == 1
        assert after.wal_pages == dict.fromkeys(EFFECT_STORES, 0)
    finally:
        desk.stores.close()


def test_a_station_that_was_off_erases_at_start(desk):
    desk.clock.observe(datetime.now(UTC) + timedelta(days=2))
    before = count(desk)
    again = attach(desk.again(settle=False))
    assert again.sweeper.sweep(on_start=True).expired == 1
    assert gone(before, count(again)) == ALL
    again.stores.close()
