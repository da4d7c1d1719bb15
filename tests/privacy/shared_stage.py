"""One stage for one desk after another: the world around a station outlives it.

The stage is no part of the station, so nothing is shown by starting it anew for each desk.
"""

import json
import select
import socket
import subprocess
from pathlib import Path
from typing import ClassVar

from station.booth.frames import FrameRing
from station.simulation import Stage

_QUIET_S = 0.05
"""What the chip still says to a reader that is gone, it says at once."""


def descriptors(stage: Stage) -> dict[str, int]:
    """What a desk in another process needs of an open stage."""
    return {
        "control": stage._control.fileno(),
        "chip": stage._chip.fileno(),
        "frames": stage._frames.fd,
        "sensor": stage._sensor.fd,
    }


def settle(stage: Stage) -> None:
    """After a desk was killed: nothing said to it is left for the next, and no light is on."""
    stage._control.sendall(b'{"light": ""}\n{"no such": "command"}\n')
    while json.loads(stage._lines.readline(4096))["ok"]:
        continue
    while select.select([stage._chip], [], [], _QUIET_S)[0]:
        assert stage._chip.recv(65536), "the slot is used up"


class BorrowedStage(Stage):
    """A stage that another process owns; whoever stands there stays."""

    borrowed: ClassVar[dict[str, int]]
    portrait: ClassVar[Path]
    """Set both before one is made: a station is given no more than it gives its own."""

    def __init__(self, models: Path, stderr: int = subprocess.DEVNULL) -> None:
        borrowed = self.borrowed
        self._control = socket.socket(fileno=borrowed["control"])
        self._control.settimeout(60)
        self._chip = socket.socket(fileno=borrowed["chip"])
        self._frames = FrameRing.attach(borrowed["frames"])
        self._sensor = FrameRing.attach(borrowed["sensor"])
        self._lines = self._control.makefile("rb")

    def tell(self, **command: object) -> dict[str, object]:
        """As the stage's own, without having the same person come in anew."""
        if "scene" in command and command.get("portrait_path") == str(self.portrait):
            del command["portrait_path"]
        return super().tell(**command)

    def close(self) -> None:
        """Give it back as it is."""
        self._lines.close()
        for end in (self._control, self._chip):
            end.close()
        for ring in (self._frames, self._sensor):
            ring.close()
