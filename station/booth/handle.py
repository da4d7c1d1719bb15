"""The desk's side of the wall: starts booths, talks to one, and proves that it is gone."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from station.booth import landlock
from station.booth.frames import FrameRing
from station.booth.messages import BoothMessage, DeskMessage, Fault, Ready
from station.booth.wire import MAX_MESSAGE_BYTES, Received, Wire, desk_wire
from station.config import ROOT
from station.errors import BoothError, ErrorCode, PurgeError, StationError
from station.model import BoothEnd

PREVIEW_WIDTH, PREVIEW_HEIGHT = 960, 540
_REAP_TIMEOUT_S = 5.0
_TICK_S = 0.05
_GROUP_TICK_S = 0.005
_CANCEL_GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class BoothSpec:
    """How to start a booth: the models it loads, and where its stderr goes."""

    models: Path
    stderr: int = subprocess.DEVNULL
    own_manifest: str = ""
    """A site's own model manifest; empty for the shipped one."""
    own_calibration: str = ""
    """Thresholds for a site's own models; empty for the shipped ones."""
    passive: str = ""
    """A site's own network for layer L7; empty for none."""
    children: bool = False
    """Whether it may start a process: only where a vendor photo plug-in is configured."""


class BoothProcess:
    """One child process, its socket and its preview ring."""

    def __init__(self, spec: BoothSpec) -> None:
        """Start the child. Raises `BoothError(BOOTH_LOST)` when the machine cannot."""
        with contextlib.ExitStack() as undo:
            try:
                self.ring = FrameRing.create(PREVIEW_WIDTH, PREVIEW_HEIGHT, 4)
                undo.callback(self.ring.close)
                desk_end, booth_end = socket.socketpair()
                undo.callback(desk_end.close)
                self._devices = landlock.device_nodes()
                with booth_end:
                    self._child = _start(spec, booth_end.fileno(), self.ring.fd)
            except OSError as error:
                raise BoothError(ErrorCode.BOOTH_LOST) from error
            undo.pop_all()
        self.wire: Wire[DeskMessage, BoothMessage] = desk_wire(desk_end)
        self.ready: Ready | None = None

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._child.pid

    @property
    def knows_all_devices(self) -> bool:
        """Whether nothing was plugged in since it confined itself; it may open nothing newer."""
        return self._devices == landlock.device_nodes()

    def wait_ready(self, timeout_s: float) -> Ready:
        """Block until the booth is warm. Raises `StationError` with the booth's own code."""
        if self.ready is None:
            received = self.wire.receive(timeout_s)
            if received is None:
                raise BoothError(ErrorCode.BOOTH_TIMEOUT)
            if isinstance(received.message, Fault):
                raise fault_error(received.message)
            if not isinstance(received.message, Ready):
                raise BoothError(ErrorCode.BOOTH_PROTOCOL)
            self.ready = received.message
        return self.ready

    def end(self) -> BoothEnd:
        """SIGKILL, reap, zero the ring, check all of it. Raises `PurgeError`."""
        started = time.monotonic()
        # A photo plug-in's processes too: they cannot leave the group, and a fork under way ends.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._child.kill()
        try:
            self._child.wait(_REAP_TIMEOUT_S)
            _wait_for_group(self.pid, started + _REAP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            # What can be destroyed is, even if nothing can be proved of the rest.
            self.ring.zero()
            raise PurgeError(ErrorCode.PURGE_FAILED) from None
        reaped_ms = (time.monotonic() - started) * 1000
        self.wire.close()
        self.ring.zero()
        zeroed = self.ring.is_zero()
        self.ring.close()
        if not zeroed:
            raise PurgeError(ErrorCode.PURGE_FAILED)
        ended_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        return BoothEnd(self.pid, True, zeroed, ended_at, reaped_ms)


def _wait_for_group(group: int, deadline_s: float) -> None:
    """Until no process of `group` runs. Raises `subprocess.TimeoutExpired`."""
    while _runs(group):
        if time.monotonic() > deadline_s:
            raise subprocess.TimeoutExpired("booth", _REAP_TIMEOUT_S)
        time.sleep(_GROUP_TICK_S)


def _runs(group: int) -> bool:
    """Whether a process of `group` runs; one that ended and waits for its reaper holds nothing."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    states: list[str] = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name before it may hold anything: state, parent and group follow its bracket.
            state, _, of_group = entry.read_text("utf-8", "replace").rpartition(")")[2].split()[:3]
            if int(of_group) == group:
                states.append(state)
    # One that /proc does not show is not known to have ended.
    return not states or any(state not in "ZX" for state in states)


def fault_error(fault: Fault) -> StationError:
    """The typed error a booth's fault stands for; an unknown code is a protocol breach."""
    try:
        code = ErrorCode(fault.code)
    except ValueError:
        return BoothError(ErrorCode.BOOTH_PROTOCOL)
    return StationError(code, **fault.numbers)


class Conversation:
    """Asks a booth for one step at a time and waits for its answer."""

    def __init__(self, process: BoothProcess) -> None:
        self._process = process

    def say(self, message: DeskMessage, descriptors: tuple[int, ...] = ()) -> None:
        """Send without waiting."""
        self._process.wire.send(message, descriptors)

    def listen(
        self,
        cancel: threading.Event,
        timeout_s: float,
        on_message: Callable[[BoothMessage], bool],
        on_cancel: Callable[[], None],
        most_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        """Feed messages to `on_message` until it returns True.

        `most_bytes` is larger only where a sealed portrait is waited for.
        When `cancel` fires, `on_cancel` runs once and the booth has 2 s to finish its step.
        Raises the booth's typed fault, or `BoothError` when it is gone, silent or out of turn.
        """
        deadline = time.monotonic() + timeout_s
        cancelled = False
        while True:
            if cancel.is_set() and not cancelled:
                cancelled = True
                deadline = time.monotonic() + _CANCEL_GRACE_S
                on_cancel()
            # A booth that never falls silent must not be able to hold the visit for ever.
            if time.monotonic() > deadline:
                raise BoothError(ErrorCode.BOOTH_TIMEOUT)
            received: Received[BoothMessage] | None = self._process.wire.receive(
                _TICK_S, most_bytes
            )
            if received is None:
                continue
            if isinstance(received.message, Fault):
                raise fault_error(received.message)
            if on_message(received.message):
                return


class WarmBooths:
    """Keeps one booth warm. `take` and `warm_next` may be called from different threads.

    A booth dies with the thread that started it (PR_SET_PDEATHSIG counts threads), so one thread
    that lives as long as the desk starts them all.
    """

    def __init__(self, spec: BoothSpec, ready_timeout_s: float) -> None:
        self._spec = spec
        self._timeout_s = ready_timeout_s
        self._keeper = ThreadPoolExecutor(1, thread_name_prefix="booth-keeper")
        self._lock = threading.Lock()
        self._warm: Future[BoothProcess] | None = None

    def warm_next(self) -> None:
        """Start the next booth unless one is already warming; returns at once."""
        with self._lock:
            if self._warm is None:
                self._warm = self._keeper.submit(BoothProcess, self._spec)

    def take(self) -> BoothProcess:
        """A booth that says it is ready; the caller must `end` it.

        Raises the booth's typed fault (damaged model) or `BoothError`.
        """
        process = self._take()
        if not process.knows_all_devices:
            process.end()
            process = self._take()
        return process

    def _take(self) -> BoothProcess:
        # At once: two who take at the same time each get one.
        with self._lock:
            warm = self._warm or self._keeper.submit(BoothProcess, self._spec)
            self._warm = None
        try:
            process = warm.result(self._timeout_s)
        except TimeoutError:
            self._put_back(warm)
            raise BoothError(ErrorCode.BOOTH_TIMEOUT) from None
        try:
            process.wait_ready(self._timeout_s)
        except StationError:
            process.end()
            raise
        return process

    def _put_back(self, warm: Future[BoothProcess]) -> None:
        """It may still start: then the next visit takes it, or `close` ends it."""
        with self._lock:
            if self._warm is None:
                self._warm = warm

    def close(self) -> None:
        """End the booth that is warming, if any, and stop starting new ones."""
        with self._lock:
            warm, self._warm = self._warm, None
        if warm is not None:
            # One that never started, or holds nothing of anybody yet, need not stop the closing.
            with contextlib.suppress(StationError, TimeoutError):
                warm.result(self._timeout_s).end()
        self._keeper.shutdown()


def _start(spec: BoothSpec, socket_fd: int, ring_fd: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 — our own interpreter and module
        _command(spec, socket_fd, ring_fd),
        cwd=ROOT,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=spec.stderr,
        pass_fds=(socket_fd, ring_fd),
        start_new_session=True,
    )


def _command(spec: BoothSpec, socket_fd: int, ring_fd: int) -> list[str]:
    command = [sys.executable, "-s", "-B", "-m", "station.booth"]
    command += ["--socket-fd", str(socket_fd), "--ring-fd", str(ring_fd)]
    command += ["--models", str(spec.models), "--desk-pid", str(os.getpid())]
    if spec.own_manifest:
        command += ["--own-manifest", spec.own_manifest]
    if spec.own_calibration:
        command += ["--own-calibration", spec.own_calibration]
    if spec.passive:
        command += ["--passive", spec.passive]
    if spec.children:
        command.append("--children")
    return command


def _environment() -> dict[str, str]:
    """Only what the booth needs: nothing of the desk's environment can leak into it."""
    kept = ("PATH", "LANG", "LC_ALL", "PCSCLITE_CSOCK_NAME", "OPENBLAS_CORETYPE")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "OPENBLAS_NUM_THREADS": "1",
        "OPENCV_LOG_LEVEL": "SILENT",
        "PYTHONUNBUFFERED": "1",
    }
