"""Asking a running station for a backup: one answer to one request, and nothing for nonsense."""

import json
import threading
from pathlib import Path

import pytest
from backup_kit import attach, back_up, officers_of, untold
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores_kit import Desk

from station.errors import ErrorCode, StorageError
from storage import backup_request
from storage.backup import BackupReport
from storage.backup_file import Progress, check_backup
from storage.backup_request import BackupService, _take, ask_running_station


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_request, "_LOOK_EVERY_S", 0.02)


def test_a_running_station_makes_the_backup_itself(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desk = attach(Desk(home))
    desk.keep()

    def make(target: Path, with_keys: bool, _progress: Progress) -> BackupReport:
        assert not with_keys
        return back_up(desk, target)

    service = BackupService(home, make)
    try:
        report = ask_running_station(home, tmp_path / "b", with_keys=False)
        with pytest.raises(StorageError) as again:
            ask_running_station(home, tmp_path / "b", with_keys=False)
    finally:
        service.stop()
    assert report.bytes == (tmp_path / "b").stat().st_size
    assert check_backup(tmp_path / "b", officers_of(desk).station_key, untold).created
    assert again.value.code is ErrorCode.STORE_LOCKED
    assert not list(home.glob("backup.*"))
    desk.stores.close()


def test_a_station_that_closes_breaks_the_backup_off(tmp_path: Path) -> None:
    begun = threading.Event()

    def make(_target: Path, _with_keys: bool, progress: Progress) -> BackupReport:
        begun.set()
        while True:
            progress(1, 2)

    service = BackupService(tmp_path, make)
    failed: list[ErrorCode] = []

    def ask() -> None:
        with pytest.raises(StorageError) as raised:
            ask_running_station(tmp_path, tmp_path / "b", with_keys=True)
        failed.append(raised.value.code)

    asking = threading.Thread(target=ask)
    asking.start()
    assert begun.wait(10)
    service.stop()
    asking.join(10)
    assert failed == [ErrorCode.STORE_LOCKED]


def test_no_answer_ends_the_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_request, "_LONGEST_WAIT_S", 0.1)
    (tmp_path / "backup.answer").write_text('{"nonce": "an older one", "report": {}}')
    with pytest.raises(StorageError) as raised:
        ask_running_station(tmp_path, tmp_path / "b", with_keys=False)
    assert raised.value.code is ErrorCode.STORE_LOCKED


@settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.binary(max_size=200)
    | st.dictionaries(
        st.sampled_from(["nonce", "to", "with_keys"]),
        st.sampled_from(["a" * 32, "relative", "/absolute\x00", True, 3, None, []]),
    ).map(lambda found: json.dumps(found).encode())
)
def test_nonsense_is_taken_away_and_asks_for_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "backup.request"
    path.write_bytes(content)
    assert _take(path) is None
    assert not path.exists()
