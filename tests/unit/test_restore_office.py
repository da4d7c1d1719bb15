"""Accounts through a restore: the station's own win, so that no former password comes back."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from backup_kit import attach, back_up, officers_of, restored
from stores_kit import Desk

from station.errors import ErrorCode, StorageError
from station.office_book import Shelf


def bodies(home: Path) -> list[bytes]:
    desk = attach(Desk(home))
    found = [sheet.body for sheet in desk.stores.office.all(Shelf.ACCOUNT)]
    desk.stores.close()
    return found


@pytest.mark.parametrize("lost", [False, True])
def test_the_stations_own_accounts_win_unless_they_are_lost(tmp_path: Path, lost: bool) -> None:
    home = tmp_path / "home"
    home.mkdir()
    desk = attach(Desk(home))
    sheet = desk.stores.office.add(Shelf.ACCOUNT, b"former")
    back_up(desk, tmp_path / "b", timedelta(hours=1))
    desk.stores.office.replace(sheet, b"present")
    officers = officers_of(desk)
    desk.stores.close()
    if lost:
        (home / "stores" / "office" / "office.db").write_bytes(b"\0" * 8192)
        (home / "stores" / "office" / "office.db-wal").unlink(missing_ok=True)
    restored(home, tmp_path / "b", officers)
    assert bodies(home) == [b"former" if lost else b"present"]


def test_an_empty_ledger_does_not_win_over_the_backups(tmp_path: Path) -> None:
    """A start makes a missing store anew before it finds that the station is not whole."""
    home = tmp_path / "home"
    home.mkdir()
    desk = attach(Desk(home))
    desk.keep()
    size, officers = desk.ledger.size, officers_of(desk)
    back_up(desk, tmp_path / "b", timedelta(hours=1))
    desk.stores.close()
    shutil.rmtree(home / "stores" / "ledger")
    with pytest.raises(StorageError) as raised:
        Desk(home)
    assert raised.value.code is ErrorCode.STORE_ROLLED_BACK
    assert (home / "stores" / "ledger" / "ledger.db").is_file()
    assert restored(home, tmp_path / "b", officers).ledger_from_backup
    desk = attach(Desk(home))
    assert desk.ledger.size > size
    desk.stores.close()


def test_a_bare_machine_takes_the_accounts_of_the_backup(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    desk = attach(Desk(tmp_path / "home"))
    desk.stores.office.add(Shelf.PROFILE, b"p")
    desk.stores.office.add(Shelf.ACCOUNT, b"a")
    back_up(desk, tmp_path / "b", timedelta(hours=1))
    officers = officers_of(desk)
    desk.stores.close()
    restored(tmp_path / "bare", tmp_path / "b", officers)
    assert bodies(tmp_path / "bare") == [b"a"]
