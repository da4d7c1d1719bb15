"""SIM: the stage process: frames in a ring, commands on a socket, an end with the socket."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drivers.face.fetch_models import MODELS_FOLDER
from station.booth.frames import FrameRing
from station.booth.ports import BgrImage
from tests.unit.face_kit import engine

ROOT = Path(__file__).parents[2]
PORTRAIT = MODELS_FOLDER / "demo_portrait.png"


@dataclass
class Running:
    child: subprocess.Popen[bytes]
    control: socket.socket
    ring: FrameRing
    chip: socket.socket

    def tell(self, line: bytes) -> dict[str, Any]:
        self.control.sendall(line + b"\n")
        received = b""
        while not received.endswith(b"\n"):
            part = self.control.recv(4096)
            assert part, "the stage hung up"
            received += part
        answer: dict[str, Any] = json.loads(received)
        return answer

    def ask(self, **command: object) -> dict[str, Any]:
        return self.tell(json.dumps(command).encode())


@pytest.fixture
def lockstep() -> Iterator[Running]:
    engine()
    control, control_end = socket.socketpair()
    chip, chip_end = socket.socketpair()
    ring = FrameRing.create(1280, 720, 3)
    fds = (control_end.fileno(), ring.fd, chip_end.fileno())
    command = [sys.executable, "-m", "drivers.simulated.stage", "--lockstep"]
    command += ["--control-fd", str(fds[0]), "--frames-fd", str(fds[1]), "--chip-fd", str(fds[2])]
    command += ["--models", str(MODELS_FOLDER)]
    child = subprocess.Popen(command, cwd=ROOT, pass_fds=fds)
    control_end.close()
    chip_end.close()
    control.settimeout(30)
    chip.settimeout(10)
    yield Running(child, control, ring, chip)
    control.close()
    chip.close()
    try:
        assert child.wait(10) == 0
    finally:
        child.kill()
        child.wait()
        ring.close()


def test_commands_frames_card_and_end(lockstep: Running) -> None:
    stage = lockstep
    shown = stage.ask(scene="person", portrait_path=str(PORTRAIT))
    assert (shown["ok"], shown["label"]) == (True, "SIM")

    first = stage.ring.wait_newest(0, 10)
    assert first is not None
    second = stage.ring.wait_newest(first.sequence, 10)
    assert second is not None
    assert second.sequence == first.sequence + 1
    assert second.captured_at_ns - first.captured_at_ns == pytest.approx(1e9 / 30, abs=2)
    assert len(engine().detect(second.image)) == 1

    for line in (b"not json", b"[1]", b'{"scene": "nobody"}', b'{"prompt": "JUMP"}', b"{}"):
        assert stage.tell(line)["ok"] is False
    assert stage.ask(scene="person", portrait_path="/nowhere.png")["error"] == "PortraitError"
    assert stage.ask(prompt="BLINK")["ok"] is True

    _check_light(stage)

    card = stage.ask(card="present", portrait_path=str(PORTRAIT))
    assert card["ok"] is True
    assert bytes.fromhex(card["csca"])[0] == 0x30
    stage.chip.sendall(b"\x00\x01\x04")
    size = int.from_bytes(stage.chip.recv(2), "big")
    assert stage.chip.recv(size)[0] in {0x3B, 0x3F}
    assert stage.ask(card="remove")["ok"] is True
    assert stage.chip.recv(1) == b""

    assert stage.ask(scene="empty")["ok"] is True
    assert _faces_after(stage, stage.ring.taken() + 2) == 0
    assert stage.ask(scene="two")["ok"] is True
    assert _faces_after(stage, stage.ring.taken() + 2) == 2


def _faces_after(stage: Running, sequence: int) -> int:
    deadline = time.monotonic() + 10
    taken = stage.ring.taken()
    while time.monotonic() < deadline:
        frame = stage.ring.wait_newest(taken, 10)
        assert frame is not None
        taken = frame.sequence
        if taken >= sequence:
            return len(engine().detect(frame.image))
    raise AssertionError("no new frame")


def _check_light(stage: Running) -> None:
    """The person answers the screen's light, the wall hardly, and a wrong name is refused."""
    assert stage.tell(b'{"light": "CRIMSON"}')["ok"] is False
    levels = {}
    for light in ("", "WHITE", "BLACK", ""):
        assert stage.ask(light=light)["ok"] is True
        image = _later(stage, 4)
        levels[light] = (image[250:400, 580:700].mean(), image[20:150, 20:150].mean())
    on_person, on_wall = (levels["WHITE"][place] - levels["BLACK"][place] for place in (0, 1))
    assert on_person > 3
    assert abs(on_wall) < 0.2 * on_person
    assert levels["BLACK"][0] - 1 < levels[""][0] < levels["WHITE"][0]


def _later(stage: Running, frames: int) -> BgrImage:
    """The image of the `frames`-th frame from now."""
    for _ in range(frames - 1):
        assert stage.ring.wait_newest(stage.ring.taken(), 10) is not None
    frame = stage.ring.wait_newest(stage.ring.taken(), 10)
    assert frame is not None
    return frame.image


def test_a_line_without_end_closes_the_stage(lockstep: Running) -> None:
    with pytest.raises((AssertionError, ConnectionError)):
        lockstep.tell(b"x" * 20_000)
