"""Starting booths on a machine that cannot, or is slow to: typed faults, nothing left over."""

import os
import select
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

from station.booth import handle, landlock
from station.booth.handle import BoothProcess, BoothSpec, WarmBooths
from station.booth.messages import CameraChoice, PadPolicyName, ReaderChoice, Ready
from station.booth.pad_gates import DEFAULT_GATES
from station.booth.visit_booth import Devices, VisitBooths, VisitTerms
from station.config import load
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


def test_two_who_take_at_once_each_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handle, "_start", lambda *_: sleeper())
    monkeypatch.setattr(BoothProcess, "wait_ready", lambda self, _: Ready(self.pid, 0.0, (), ()))
    booths = WarmBooths(SPEC, 10)
    together = threading.Barrier(2)

    def take() -> BoothProcess:
        together.wait()
        return booths.take()

    with ThreadPoolExecutor(2) as threads:
        taken = [answer.result() for answer in [threads.submit(take) for _ in range(2)]]
    assert taken[0].pid != taken[1].pid
    assert all(one.end().reaped for one in taken)
    booths.close()


def test_a_booth_taken_apart_leaves_the_preview_to_the_visit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handle, "_start", lambda *_: sleeper())
    monkeypatch.setattr(BoothProcess, "wait_ready", lambda self, _: Ready(self.pid, 0.0, (), ()))
    devices = Devices(ReaderChoice("feed"), CameraChoice("feed"))
    policy = load().policy
    terms = VisitTerms(devices, policy, PadPolicyName.NORMAL, DEFAULT_GATES, demo=True)
    booths = VisitBooths(WarmBooths(SPEC, 10), terms)
    visit = booths.take()
    shown = booths.current
    with booths.apart():
        assert booths.current is shown
    assert booths.current is shown is not None
    visit.end()
    booths.warm_next()
    assert booths.current is None
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


def test_a_booth_older_than_a_device_does_not_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may open only what was there when it was confined."""
    nodes = [(Path("/dev/video0"), 7)]
    monkeypatch.setattr(landlock, "device_nodes", lambda: tuple(nodes))
    monkeypatch.setattr(handle, "_start", sleeper)
    monkeypatch.setattr(BoothProcess, "wait_ready", lambda self, _: Ready(self.pid, 0.0, (), ()))
    booths = WarmBooths(SPEC, 5)
    booths.warm_next()
    assert booths._warm is not None
    old = booths._warm.result(5)
    nodes[0] = (Path("/dev/video0"), 8)
    process = booths.take()
    assert process is not old
    assert old._child.returncode is not None
    assert process.end().reaped
    booths.close()


ESCAPING = """
import os, signal, sys, time
from station.booth import kernel
from station.booth.sandbox import harden_booth
harden_booth(children=True)
if os.fork() == 0:
    kernel.prctl(kernel.PR_SET_PDEATHSIG, 0)
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    for leave in (os.setsid, lambda: os.setpgid(0, 0)):
        try:
            leave()
        except OSError:
            pass
    os.write(2, b"%d\\n" % os.getpid())
    time.sleep(60)
os.wait()
"""


def test_what_a_booth_started_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A photo plug-in's process holds the ring as the booth does, and tries all it can to stay."""
    monkeypatch.setattr(handle, "_command", lambda *_: [sys.executable, "-B", "-c", ESCAPING])
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as said:
        process = BoothProcess(BoothSpec(Path("models"), stderr=write_end))
        os.close(write_end)
        watch = os.pidfd_open(int(said.readline()))
    try:
        assert select.select([watch], [], [], 0)[0] == []
        assert process.end().reaped
        # Readable means ended.
        assert select.select([watch], [], [], 0)[0] == [watch]
    finally:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(watch, signal.SIGKILL)
        os.close(watch)


def test_a_process_of_the_booth_that_does_not_end_is_a_failed_purge(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handle, "_start", sleeper)
    monkeypatch.setattr(handle, "_REAP_TIMEOUT_S", 0.2)
    with subprocess.Popen(["/bin/sleep", "60"], start_new_session=True) as stays:
        process = BoothProcess(SPEC)
        monkeypatch.setattr(BoothProcess, "pid", property(lambda _: stays.pid))
        monkeypatch.setattr(os, "killpg", lambda group, number: None)
        process.ring._body()[:] = 7
        with pytest.raises(PurgeError):
            process.end()
        assert process.ring.is_zero()
        process.wire.close()
        process.ring.close()
        stays.kill()


def test_the_booth_may_start_processes_only_where_its_desk_says_so() -> None:
    assert "--children" not in handle._command(SPEC, 3, 4)
    assert "--children" in handle._command(BoothSpec(Path("models"), children=True), 3, 4)
