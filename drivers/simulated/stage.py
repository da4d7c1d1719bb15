"""The demo's world as a process: simulated camera, person and card (SIM).

    python -m drivers.simulated.stage --control-fd N --frames-fd M [--chip-fd K] [--sensor-fd L]

Paints 30 frames per second into a frame ring and obeys one JSON command per line on the control
socket; it ends when that socket closes:

    {"scene": "person" | "photo" | "empty" | "two" | "dark", "portrait_path": "…"}
    {"prompt": "BLINK"}     whoever is there reads the screen and reacts in 0.25..0.5 s
    {"light": "ROSE"}       what the screen lights them with (a `Light`); "" is the ordinary page
    {"card": "present", "portrait_path": "…", "kind": "good" | "expired" | …}  (a `CardKind`)
    {"card": "remove"}

Every answer is {"ok": true, "label": "SIM", "now_ns": …} or {"ok": false, "error": "…"}; a
presented card adds what opens it. `now_ns` is the stage's clock, by which frames are stamped:
CLOCK_MONOTONIC, unless `--time-scale` makes it run faster or `--lockstep` makes it advance by one
frame whenever the reader has taken the last. Whoever uses these must stamp prompts by it too.
"""

import argparse
import contextlib
import json
import select
import socket
import time
from pathlib import Path

from drivers.simulated.camera_model import CameraModel
from drivers.simulated.person_portrait import PortraitError, PortraitReader
from drivers.simulated.stage_card import CardKind, CardSlot
from drivers.simulated.stage_scene import Scene, SceneKind
from station.booth.frames import FrameRing
from station.booth.lights import Light
from station.booth.messages import Action

_FRAME_S = 1 / 30
_MAX_LINE = 4096
_LOCKSTEP_POLL_S = 0.002


class StageClock:
    """Nanoseconds by which frames are stamped."""

    def __init__(self, time_scale: float, lockstep: bool) -> None:
        self._scale = time_scale
        self._lockstep = lockstep
        self._epoch_ns = time.monotonic_ns()
        self._steps = 0

    def now_ns(self) -> int:
        """The present stage time."""
        if self._lockstep:
            return self._epoch_ns + round(self._steps * _FRAME_S * 1e9)
        return self._epoch_ns + round((time.monotonic_ns() - self._epoch_ns) * self._scale)

    def step(self) -> None:
        """One frame was taken (lockstep only)."""
        self._steps += 1

    @property
    def elapsed_s(self) -> float:
        """Stage seconds since the start."""
        return (self.now_ns() - self._epoch_ns) / 1e9


class Stage:
    """Owns control socket, ring, scene and card slot; runs on one thread."""

    def __init__(
        self,
        control: socket.socket,
        ring: FrameRing,
        scene: Scene,
        card: CardSlot | None,
        clock: StageClock,
        *,
        sensor: FrameRing | None = None,
    ) -> None:
        self._control = control
        self._ring = ring
        self._scene = scene
        self._card = card
        self._clock = clock
        self._sensor = sensor
        self._pending = b""
        self._open = True

    def run_free(self, time_scale: float, seed: int) -> None:
        """Publish 30 frames per stage second with a camera's jitter until the socket closes."""
        pace = CameraModel(seed, 16, 16)
        due_s = time.monotonic()
        while self._open:
            wait_s = due_s - time.monotonic()
            self._listen(max(0.0, wait_s))
            if time.monotonic() < due_s or not self._open:
                continue
            self._publish()
            due_s = max(due_s + (_FRAME_S + pace.jitter_s()) / time_scale, time.monotonic() - 0.1)

    def run_lockstep(self) -> None:
        """Publish the next frame whenever the reader has taken the last."""
        last = 0
        while self._open:
            self._listen(_LOCKSTEP_POLL_S if self._ring.taken() < last else 0.0)
            if self._ring.taken() >= last:
                self._clock.step()
                last = self._publish()

    def _publish(self) -> int:
        now_ns, elapsed_s = self._clock.now_ns(), self._clock.elapsed_s
        if self._sensor is not None:
            self._sensor.publish(self._scene.sensor_map(), now_ns)
        return self._ring.publish(self._scene.frame(elapsed_s), now_ns)

    def _listen(self, timeout_s: float) -> None:
        if not select.select([self._control], [], [], timeout_s)[0]:
            return
        received = self._control.recv(_MAX_LINE)
        self._pending += received
        if not received or len(self._pending) > _MAX_LINE:
            self._open = False
            return
        *lines, self._pending = self._pending.split(b"\n")
        for line in lines:
            self._control.sendall(json.dumps(self._answer(line)).encode() + b"\n")

    def _answer(self, line: bytes) -> dict[str, object]:
        try:
            command = json.loads(line)
            if not isinstance(command, dict):
                raise ValueError("not an object")
            told = self._obey(command)
        except (ValueError, OSError, PortraitError) as error:
            return {"ok": False, "error": type(error).__name__}
        return {"ok": True, "label": "SIM", "now_ns": self._clock.now_ns(), **told}

    def _obey(self, command: dict[str, object]) -> dict[str, str]:
        named = command.get("portrait_path")
        portrait = None if named is None else Path(str(named))
        if "scene" in command:
            self._scene.show(SceneKind(str(command["scene"])), portrait)
        elif "prompt" in command:
            self._scene.prompt(Action(str(command["prompt"])), self._clock.elapsed_s)
        elif "light" in command:
            named_light = str(command["light"])
            self._scene.light(Light(named_light) if named_light else None)
        elif "card" in command:
            kind = CardKind(str(command.get("kind", CardKind.GOOD)))
            return self._obey_card(str(command["card"]), portrait, kind)
        elif "clock" not in command:
            raise ValueError("unknown command")
        return {}

    def _obey_card(self, wanted: str, portrait: Path | None, kind: CardKind) -> dict[str, str]:
        if self._card is None:
            raise ValueError("there is no card slot")
        if wanted == "present" and portrait is not None:
            return self._card.present(portrait, kind)
        if wanted != "remove":
            raise ValueError("unknown card command")
        self._card.remove()
        return {}


def main() -> None:
    """Run the stage until its control socket closes."""
    parser = argparse.ArgumentParser(description="Simulated person, card and camera (SIM).")
    parser.add_argument("--control-fd", type=int, required=True)
    parser.add_argument("--frames-fd", type=int, required=True)
    parser.add_argument("--chip-fd", type=int)
    parser.add_argument("--sensor-fd", type=int)
    parser.add_argument("--models", type=Path, default=Path(".station/models"))
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--time-scale", type=float, default=1.0)
    parser.add_argument("--lockstep", action="store_true")
    chosen = parser.parse_args()
    if not 0.1 <= chosen.time_scale <= 20.0:
        parser.error("--time-scale must be 0.1 to 20")
    control = socket.socket(fileno=chosen.control_fd)
    ring = FrameRing.attach(chosen.frames_fd)
    card = None if chosen.chip_fd is None else CardSlot(chosen.chip_fd)
    scene = Scene(PortraitReader(chosen.models), chosen.seed)
    clock = StageClock(chosen.time_scale, chosen.lockstep)
    sensor = None if chosen.sensor_fd is None else FrameRing.attach(chosen.sensor_fd)
    stage = Stage(control, ring, scene, card, clock, sensor=sensor)
    try:
        # A desk that was killed closes the socket in the middle of an answer.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if chosen.lockstep:
                stage.run_lockstep()
            else:
                stage.run_free(chosen.time_scale, chosen.seed)
    finally:
        if card is not None:
            card.close()
        if sensor is not None:
            sensor.close()
        ring.close()


if __name__ == "__main__":
    main()
