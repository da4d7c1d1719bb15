"""The demo profile's world: a process that plays the person, the card and the camera.

The desk hands the booth only descriptors: a frame ring the stage paints into, and a socket on
which a software chip answers real APDUs. Nothing of the simulation is imported here.
"""

import json
import socket
import subprocess
import sys
from pathlib import Path

from station.booth.frames import FrameRing, RingFrame
from station.config import ROOT
from station.errors import BoothError, ErrorCode
from station.events import Event, LightChanged, PromptChanged

FRAME_WIDTH, FRAME_HEIGHT = 1280, 720
SENSOR_WIDTH, SENSOR_HEIGHT = 160, 90
_ANSWER_TIMEOUT_S = 60.0


class Stage:
    """Owns the stage process of a demo; used from the desk's threads one call at a time."""

    def __init__(self, models: Path, stderr: int = subprocess.DEVNULL) -> None:
        control, control_end = socket.socketpair()
        self._chip, chip_end = socket.socketpair()
        self._frames = FrameRing.create(FRAME_WIDTH, FRAME_HEIGHT, 3)
        self._sensor = FrameRing.create(SENSOR_WIDTH, SENSOR_HEIGHT, 3)
        fds = (control_end.fileno(), self._frames.fd, chip_end.fileno(), self._sensor.fd)
        command = [sys.executable, "-s", "-B", "-m", "drivers.simulated.stage"]
        command += ["--control-fd", str(fds[0]), "--frames-fd", str(fds[1])]
        command += ["--chip-fd", str(fds[2]), "--models", str(models)]
        command += ["--sensor-fd", str(fds[3])]
        self._child = subprocess.Popen(  # noqa: S603 — our own interpreter and module
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=stderr, pass_fds=fds
        )
        control_end.close()
        chip_end.close()
        self._control = control
        self._control.settimeout(_ANSWER_TIMEOUT_S)
        self._lines = control.makefile("rb")

    def tell(self, **command: object) -> dict[str, object]:
        """Send one command and wait for its answer. Raises `BoothError` when the stage is gone."""
        try:
            self._control.sendall(json.dumps(command).encode() + b"\n")
            answer: dict[str, object] = json.loads(self._lines.readline(4096) or b"{}")
        except (OSError, ValueError) as error:
            raise BoothError(ErrorCode.BOOTH_LOST) from error
        if answer.get("ok") is not True:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        return answer

    def watch(self, event: Event) -> None:
        """Let the simulated person see what the screen asks for and how it lights them."""
        if isinstance(event, PromptChanged):
            self.tell(prompt=event.action)
        elif isinstance(event, LightChanged):
            self.tell(light=event.light)

    def frames_descriptor(self) -> int:
        """Descriptor of the simulated camera's ring, for the booth."""
        return self._frames.fd

    def sensor_descriptor(self) -> int:
        """Descriptor of the simulated depth sensor's ring, for the booth."""
        return self._sensor.fd

    def chip_descriptor(self) -> int:
        """Descriptor of the simulated card slot, for the booth."""
        return self._chip.fileno()

    def newest_frame(self, after: int) -> RingFrame | None:
        """The newest camera frame above sequence `after`, or None."""
        return self._frames.newest(after)

    def close(self) -> None:
        """End the stage and zero its frames."""
        # The file made of the socket holds it open: without this the stage never sees the end.
        self._lines.close()
        self._control.close()
        self._chip.close()
        try:
            self._child.wait(3)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        for ring in (self._frames, self._sensor):
            ring.zero()
            ring.close()
