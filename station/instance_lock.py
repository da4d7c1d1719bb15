"""One station per data folder: a lock the kernel drops with the process, however it ends."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from station.errors import ErrorCode, StationError

LOCK_FILE = "station.lock"


class InstanceLock:
    """Holds the data folder for this process until `release` or the end of the process."""

    def __init__(self, data: Path) -> None:
        """Take the lock. Raises `StationError(ALREADY_RUNNING)` when another process has it."""
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._descriptor = os.open(data / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise StationError(ErrorCode.ALREADY_RUNNING) from None

    def release(self) -> None:
        """Let the next station start; safe to call twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
