"""Asking a running station for a backup: one answer to one request, and nothing for nonsense."""

import threading
from pathlib import Path

import pytest
from backup_kit import attach, back_up, officers_of, untold
from stores_kit import Desk

from station.access import Act
from station.errors import ErrorCode, StorageError
from station.gate import Permit
from storage import desk_request
from storage.backup import BackupReport
from storage.backup_file import Progress, check_backup
from storage.backup_request import BACKUP, _wanted, ask_running_station, backup_orders
from storage.desk_request import DeskRequests
from tests.staff_kit import ANYBODY, unguarded


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_request, "_LOOK_EVERY_S", 0.02)


def test_a_running_station_makes_the_backup_itself(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = attach(Desk(home))
    desk.keep()

    seen, told = threading.Event(), []

    def make(target: Path, with_keys: bool, permit: Permit, progress: Progress) -> BackupReport:
        permit.for_act(Act.BACKUP)
        assert not with_keys
        if not target.exists():
            progress(1, 2)
            assert seen.wait(20), "whoever asked was not told"
        return back_up(desk, target)

    def watch(done: int, total: int) -> None:
        told.append((done, total))
        seen.set()

    service = DeskRequests(home, {BACKUP: unguarded(Act.BACKUP, backup_orders(make))})
    try:
        report = ask_running_station(
            home, tmp_path / "b", with_keys=False, staff=ANYBODY, progress=watch
        )
        with pytest.raises(StorageError) as again:
            ask_running_station(home, tmp_path / "b", with_keys=False, staff=ANYBODY)
    finally:
        service.stop()
    assert report.bytes == (tmp_path / "b").stat().st_size
    assert told == [(1, 2)]
    assert check_backup(tmp_path / "b", officers_of(desk).station_key, untold).created
    assert again.value.code is ErrorCode.STORE_LOCKED
    assert list((home / desk_request.FOLDER).iterdir()) == []
    desk.stores.close()


def test_a_station_that_closes_breaks_the_backup_off(tmp_path: Path) -> None:
    begun = threading.Event()

    def make(_target: Path, _with_keys: bool, _: Permit, progress: Progress) -> BackupReport:
        begun.set()
        while True:
            progress(1, 2)

    service = DeskRequests(tmp_path, {BACKUP: unguarded(Act.BACKUP, backup_orders(make))})
    failed: list[ErrorCode] = []

    def ask() -> None:
        with pytest.raises(StorageError) as raised:
            ask_running_station(tmp_path, tmp_path / "b", with_keys=True, staff=ANYBODY)
        failed.append(raised.value.code)

    asking = threading.Thread(target=ask)
    asking.start()
    assert begun.wait(10)
    service.stop()
    asking.join(10)
    assert failed == [ErrorCode.STORE_LOCKED]


@pytest.mark.parametrize(
    "change",
    [
        {"to": "relative"},
        {"to": "/absolute\x00"},
        {"to": 3},
        {"to": None},
        {"with_keys": "yes"},
        {"with_keys": 1},
    ],
)
def test_nonsense_asks_for_nothing(change: dict[str, object]) -> None:
    whole = {"to": "/absolute", "with_keys": True}
    assert _wanted(whole) == (Path("/absolute"), True)
    with pytest.raises(StorageError) as raised:
        _wanted(whole | change)
    assert raised.value.code is ErrorCode.BACKUP_INVALID
