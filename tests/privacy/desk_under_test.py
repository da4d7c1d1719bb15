"""Runs `desk_program` and reads what it says, with a limit on every wait."""

import json
import os
import secrets
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from station.config import ROOT
from station.simulation import Stage
from tests.privacy.shared_stage import descriptors

MODELS = ROOT / ".station" / "models"
PORTRAIT = MODELS / "demo_portrait.png"
Line = dict[str, object]
Policy = dict[str, object]
"""Keys of the policy that differ from the demo's."""
SHORT: Policy = {"pad": "FAST"}
"""The short check: the same frames and vectors in the same places, for fewer seconds."""


def marked_portrait(folder: Path, picture_file: Path = PORTRAIT) -> tuple[Path, bytes]:
    """A portrait as a JPEG with a random 48-byte comment; file and marker."""
    marker = secrets.token_bytes(48)
    picture = cv2.imread(str(picture_file))
    assert picture is not None
    small = cv2.resize(picture, (300, 300), interpolation=cv2.INTER_AREA)
    jpeg = bytearray(np.asarray(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])[1]))
    jpeg[2:2] = b"\xff\xfe" + (len(marker) + 2).to_bytes(2, "big") + marker
    path = folder / "card.jpg"
    path.write_bytes(jpeg)
    return path, marker


class DeskUnderTest:
    """One desk process and everything it starts."""

    def __init__(self, home: Path, card: Path, policy: Policy, stage: Stage | None = None) -> None:
        """With a `stage` of its own, or on one on which the demo's person stands already."""
        home.mkdir(parents=True, exist_ok=True)
        if not (home / "models").exists():
            (home / "models").symlink_to(MODELS)
        self.home = home
        arguments = [str(PORTRAIT), str(card), json.dumps(policy)]
        borrowed = {} if stage is None else descriptors(stage)
        if borrowed:
            arguments.append(json.dumps(borrowed))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.privacy.desk_program", *arguments],
            cwd=ROOT,
            env=os.environ | {"STATION_HOME": str(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=tuple(borrowed.values()),
        )
        self._pending = b""
        self.lines: list[Line] = []
        try:
            self.wait(lambda line: "desk" in line, 60)
        except BaseException:
            self._process.kill()
            self._process.wait(10)
            self._release()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def order(self, **what: object) -> None:
        """Start one visit."""
        self.lines.clear()
        self.write(json.dumps(what))

    def write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def wait(self, wanted: Callable[[Line], bool], timeout_s: float = 60) -> Line:
        """The next line for which `wanted` is true; fails when none comes in time."""
        deadline = time.monotonic() + timeout_s
        while True:
            for line in self.read(deadline - time.monotonic()):
                if wanted(line):
                    return line
            assert time.monotonic() < deadline, self.lines
            assert self._process.poll() is None, "the desk ended"

    def read(self, timeout_s: float) -> list[Line]:
        """One line that arrives within `timeout_s`, or none."""
        assert self._process.stdout is not None
        fd = self._process.stdout.fileno()
        if b"\n" not in self._pending:
            if not select.select([fd], [], [], max(0.0, timeout_s))[0]:
                return []
            self._pending += os.read(fd, 65536)
        if b"\n" not in self._pending:
            return []
        text, self._pending = self._pending.split(b"\n", 1)
        line: Line = json.loads(text)
        self.lines.append(line)
        return [line]

    def kill(self) -> None:
        """SIGKILL the desk and reap it."""
        os.kill(self.pid, signal.SIGKILL)
        self._process.wait(10)
        self._release()

    def close(self) -> None:
        """Let the desk leave by the end of its input."""
        assert self._process.stdin is not None
        if self._process.poll() is None:
            self._process.stdin.close()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        self._release()

    def _release(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # What was not read is not wanted.
