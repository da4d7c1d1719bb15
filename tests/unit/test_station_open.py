"""Opening and closing a station: whatever fails on the way, nothing stays held."""

import queue
import threading
from pathlib import Path

import msgspec
import pytest
from stores_kit import cheap_keyring

from consent.ledger import Ledger
from station import build
from station.build import Paths, Station
from station.config import load
from station.errors import (
    AccessError,
    BoothError,
    ErrorCode,
    LedgerError,
    StationError,
    StorageError,
)
from station.key_turn import KeyTurn
from station.security_key import KeyAnswer, KeyQuestion

CONFIG = load(
    overrides={
        "site": {"profile": "demo"},
        "reader": {"kind": "feed"},
        "camera": {"kind": "feed"},
        "policy": {"min_free_mb": 1},
    }
)


class NoBooths:
    """Warms nothing; `fails` is raised when it is closed."""

    fails: StationError | None = None

    def __init__(self, *_: object) -> None: ...

    def warm_next(self) -> None: ...

    def close(self) -> None:
        if self.fails is not None:
            raise self.fails


@pytest.fixture(autouse=True)
def without_booths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "WarmBooths", NoBooths)


def opened(home: Path) -> Station:
    return Station(CONFIG, Paths(home), cheap_keyring(home), None)


def test_a_station_that_cannot_be_settled_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise LedgerError(ErrorCode.RECOVERY_FAILED)

    with monkeypatch.context() as patch:
        patch.setattr(build, "start_up", refuse)
        with pytest.raises(StationError) as caught:
            opened(tmp_path)
    assert caught.value.code is ErrorCode.RECOVERY_FAILED
    opened(tmp_path).close()


def test_a_ledger_that_takes_nothing_does_not_hide_the_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise LedgerError(ErrorCode.RECOVERY_FAILED)

    def full(*_: object) -> None:
        raise StorageError(ErrorCode.DISK_FULL)

    monkeypatch.setattr(build, "start_up", refuse)
    monkeypatch.setattr(Ledger, "record", full)
    with pytest.raises(StationError) as caught:
        opened(tmp_path)
    assert caught.value.code is ErrorCode.RECOVERY_FAILED


def test_a_booth_that_cannot_be_ended_does_not_keep_the_stores_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = opened(tmp_path)
    monkeypatch.setattr(NoBooths, "fails", BoothError(ErrorCode.BOOTH_LOST))
    with pytest.raises(BoothError):
        station.close()
    monkeypatch.undo()
    monkeypatch.setattr(build, "WarmBooths", NoBooths)
    opened(tmp_path).close()


def test_without_its_sweeps_a_station_serves_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    station = opened(tmp_path)
    turns = iter([False, True])

    def broken() -> None:
        raise KeyError("SPECIMEN PERSON")

    assert station.health() is None
    with monkeypatch.context() as patch:
        patch.setattr(station._stopping, "wait", lambda _: next(turns))
        patch.setattr(station.sweeper, "sweep", broken)
        station._sweep_often()
    assert station.health() is ErrorCode.RECOVERY_FAILED
    assert capsys.readouterr().err == "sweep ended by KeyError\n"
    station.close()


@pytest.mark.parametrize(("photo_plugin", "children"), [("", False), ("/opt/v/lib.so", True)])
def test_a_booth_may_start_a_process_only_for_a_photo_plug_in(
    tmp_path: Path, photo_plugin: str, children: bool
) -> None:
    station = opened(tmp_path)
    reader = msgspec.structs.replace(CONFIG.reader, photo_plugin=photo_plugin)
    station.config = msgspec.structs.replace(CONFIG, reader=reader)
    assert station._booth_spec().children is children
    station.close()


class WaitingKeys:
    """Asks until it is told not to; `asked` counts how often anything was touched."""

    def __init__(self, _told: object, cancel: threading.Event) -> None:
        self.cancel = cancel
        self.begun, self.asked = threading.Event(), 0

    def show(self, _question: KeyQuestion) -> KeyAnswer | None:
        self.asked += 1
        self.begun.set()
        if self.cancel.wait(20.0):
            raise AccessError(ErrorCode.KEY_NOT_TOUCHED)
        return None

    def make(self, question: KeyQuestion) -> bytes:
        self.show(question)
        return b""


def test_no_security_key_is_looked_for_on_the_readers_while_somebody_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: queue.Queue[WaitingKeys] = queue.Queue()

    def make(told: object, cancel: threading.Event) -> WaitingKeys:
        keys = WaitingKeys(told, cancel)
        made.put(keys)
        return keys

    monkeypatch.setattr(build, "KeyTurn", lambda: KeyTurn(make, patience_s=0.2))
    station = opened(tmp_path)
    question = KeyQuestion("station.invalid", (b"1",))
    refused: list[ErrorCode] = []

    def ask() -> None:
        try:
            station.staff.key_reader().show(question)
        except AccessError as error:
            refused.append(error.code)

    class Visit:
        def run(self, _cancel: threading.Event) -> None:
            # The question of before has ended by now, and another is not begun.
            assert refused == [ErrorCode.KEY_NOT_TOUCHED]
            ask()

    asking = threading.Thread(target=ask)
    asking.start()
    first = made.get(timeout=5.0)
    assert first.begun.wait(5.0)
    station._serve(lambda *_: Visit(), lambda _: None, threading.Event())  # type: ignore[arg-type]
    asking.join(5.0)
    assert refused == [ErrorCode.KEY_NOT_TOUCHED, ErrorCode.KEY_NOT_IN_TURN]
    assert (first.asked, made.get(timeout=5.0).asked) == (1, 0)
    # Closing waits for nobody's key either.
    asking = threading.Thread(target=ask)
    asking.start()
    assert made.get(timeout=5.0).begun.wait(5.0)
    station.close()
    asking.join(5.0)
    assert refused[2:] == [ErrorCode.KEY_NOT_TOUCHED]
    with pytest.raises(AccessError, match=ErrorCode.KEY_NOT_IN_TURN):
        station.staff.key_reader().show(question)
