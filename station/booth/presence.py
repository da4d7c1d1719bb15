"""What the trust ribbon says: which devices this process has open, how many images it holds."""

import threading
from collections.abc import Callable
from pathlib import Path

from station.booth.messages import DeviceState

_DESCRIPTORS = Path("/proc/self/fd")


class Presence:
    """Collects the truth from the steps and reports every change to the desk."""

    def __init__(self, report: Callable[[DeviceState], None]) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._camera = self._reader = False
        self._portraits = self._live = self._preview = self._kept = 0
        self._last = DeviceState(False, False, 0)

    def set(
        self,
        camera: bool | None = None,
        reader: bool | None = None,
        portraits: int | None = None,
        live: int | None = None,
        preview: int | None = None,
        *,
        kept: int | None = None,
    ) -> None:
        """Change what is named; `preview` counts filled slots of the preview ring.

        `kept` is the one live crop that waits to be sealed.
        """
        with self._lock:
            self._camera = self._camera if camera is None else camera
            self._reader = self._reader if reader is None else reader
            self._portraits = self._portraits if portraits is None else portraits
            self._live = self._live if live is None else live
            self._preview = self._preview if preview is None else preview
            self._kept = self._kept if kept is None else kept
            state = self._state()
            if state == self._last:
                return
            self._last = state
        self._report(state)

    def state(self) -> DeviceState:
        """What is open and held right now."""
        with self._lock:
            return self._state()

    def _state(self) -> DeviceState:
        held = self._portraits + self._live + self._preview + self._kept
        return DeviceState(self._camera or video_open(), self._reader, held)


def video_open() -> bool:
    """Whether a video device is among this process's open descriptors, whoever opened it."""
    for entry in _DESCRIPTORS.iterdir():
        try:
            target = str(entry.readlink())
        except OSError:
            continue  # Closed between listing and reading: not open.
        if target.startswith("/dev/video"):
            return True
    return False
