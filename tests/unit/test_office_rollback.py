"""An office put back by who has the disk: no former password, no used code, no second set-up."""

import shutil
from pathlib import Path

import pytest
from backup_kit import attach, back_up, officers_of, restored
from stores_kit import Desk

from station.errors import ErrorCode, StorageError
from tests.staff_kit import StaffKit


def with_staff(home: Path) -> tuple[Desk, StaffKit]:
    desk = attach(Desk(home))
    return desk, StaffKit(desk.stores.office, ledger=desk.ledger)


def office_of(home: Path) -> Path:
    return home / "stores" / "office"


def refused(home: Path) -> ErrorCode:
    with pytest.raises(StorageError) as raised:
        Desk(home)
    return raised.value.code


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_an_older_office_is_noticed(home: Path, tmp_path: Path) -> None:
    desk, room = with_staff(home)
    shutil.copytree(office_of(home), tmp_path / "older")
    room.accounts.break_glass(room.glass.first, room.glass.second)
    desk.stores.close()
    attach(Desk(home)).stores.close()
    shutil.rmtree(office_of(home))
    shutil.copytree(tmp_path / "older", office_of(home))
    assert refused(home) is ErrorCode.STORE_ROLLED_BACK


def test_a_removed_office_does_not_make_a_station_without_accounts(home: Path) -> None:
    with_staff(home)[0].stores.close()
    shutil.rmtree(office_of(home))
    assert refused(home) is ErrorCode.STORE_ROLLED_BACK


def test_after_a_restore_the_office_is_newer_than_every_copy(home: Path, tmp_path: Path) -> None:
    desk, room = with_staff(home)
    back_up(desk, tmp_path / "b")
    room.accounts.sign_out(room.sign_in(room.system))
    newest, officers = desk.stores.office.generation(), officers_of(desk)
    desk.stores.close()
    shutil.rmtree(office_of(home))
    restored(home, tmp_path / "b", officers)
    desk = attach(Desk(home))
    assert desk.stores.office.generation() > newest
    desk.stores.close()
