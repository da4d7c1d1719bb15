"""Starting booths on a machine that cannot, or is slow to: typed faults, nothing left over."""

import subprocess
import threading
from pathlib import Path
from typing import NoReturn

import pytest

from station.booth import handle
from station.booth.handle import BoothProcess, BoothSpec, WarmBooths
from station.booth.messages import Ready
from station.errors import BoothError, ErrorCode, PurgeError

SPEC = BoothSpec(Path("models"))


def sleeper(*_: object) -> subprocess.Popen[bytes]:
    """A child that does nothing, in place of a booth."""
    return subprocess.Popen(["/bin/sleep", "60"])


def open_descriptors() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def test_a_machine_without_room_for_a_process_is_a_typed_fault_and_leaks_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    booths = WarmBooths(SPEC, 5)
    before = open_descriptors()
    with pytest.raises(BoothError) as caught:
        booths.take()
    assert caught.value.code is ErrorCode.BOOTH_LOST
    assert open_descriptors() == before
    booths.warm_next()
    booths.close()


def test_a_booth_that_starts_late_is_kept_for_the_next_visit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go = threading.Event()

    def late(*_: object) -> subprocess.Popen[bytes]:
        assert go.wait(10)
        return sleeper()

    monkeypatch.setattr(handle, "_start", late)
    monkeypatch.setattr(BoothProcess, "wait_ready", lambda self, _: Ready(self.pid, 0.0, (), ()))
    booths = WarmBooths(SPEC, 0.05)
    with pytest.raises(BoothError) as caught:
        booths.take()
    assert caught.value.code is ErrorCode.BOOTH_TIMEOUT
    started = booths._warm
    assert started is not None
    go.set()
    process = started.result(10)
    assert booths.take() is process
    assert process.end().reaped
    booths.close()


def test_the_ring_is_zeroed_even_when_the_booth_cannot_be_reaped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handle, "_start", sleeper)
    process = BoothProcess(SPEC)
    process.ring._body()[:] = 7
    reap = process._child.wait

    def never(timeout: float | None = None) -> NoReturn:
        raise subprocess.TimeoutExpired("booth", timeout or 0)

    monkeypatch.setattr(process._child, "wait", never)
    with pytest.raises(PurgeError):
        process.end()
    assert process.ring.is_zero()
    reap(10)
    process.wire.close()
    process.ring.close()
    assert not Path(f"/proc/{process.pid}").exists()
