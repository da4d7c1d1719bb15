"""The process that is killed, seen from the one that kills it."""

import os
import signal
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Self

import msgspec

from station.cli.crash_account import Ended, Forked, Message, Order, Reached
from station.config import ROOT

Told = list[tuple[float, Message]]
"""What was said, each with the time of its arrival (monotonic seconds)."""
_SLOWEST_S = 60.0


class Workers:
    """Starts a working process for each order and kills it. Close it at the end."""

    def __init__(self) -> None:
        self._source = subprocess.Popen(
            [sys.executable, "-m", "station.cli.crash_work"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        source = self._source
        for pipe in (source.stdin, source.stdout):
            if pipe is not None:
                pipe.close()
        try:
            source.wait(_SLOWEST_S)
        except subprocess.TimeoutExpired:
            source.kill()
            source.wait()

    def killed(self, order: Order, point: str, after_s: float) -> Told:
        """Let one process work on `order` and SIGKILL it so long after it reached `point`.

        Raises `RuntimeError` when it ended by itself: that is a fault of its own.
        """
        if self._source.stdin is None:
            raise RuntimeError("a pipe was asked for")
        self._source.stdin.write(msgspec.json.encode(order) + b"\n")
        self._source.stdin.flush()
        said: Told = []
        reached = threading.Event()
        listener = threading.Thread(target=self._listen, args=(said, point, reached))
        listener.start()
        if reached.wait(_SLOWEST_S):
            time.sleep(after_s)
        pid = next((one.pid for _, one in said if isinstance(one, Forked)), 0)
        if not pid:
            raise RuntimeError("no process was started")
        if not any(isinstance(one, Ended) for _, one in said):
            os.kill(pid, signal.SIGKILL)
        listener.join(_SLOWEST_S)
        last = said[-1][1]
        if not isinstance(last, Ended) or os.waitstatus_to_exitcode(last.status) != -signal.SIGKILL:
            raise RuntimeError("the working process ended by itself")
        return said

    def _listen(self, said: Told, point: str, reached: threading.Event) -> None:
        for line in self._source.stdout or ():
            try:
                message = msgspec.json.decode(line, type=Message)
            except msgspec.DecodeError:
                # Empty, or cut by the kill: what was not told to the end was not told.
                continue
            said.append((time.monotonic(), message))
            if isinstance(message, Ended):
                break
            if message == Reached(point):
                reached.set()
        reached.set()
