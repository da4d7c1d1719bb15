"""How far a camera's picture darkens when asked for 0.6 of its exposure: measured once, at pinning.

Measured by the challenge's own code (`ExposureAnswer`), so that what is kept is what is later
compared with. The scene must hold still meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drivers.pad.exposure_answer import ExposureAnswer
from drivers.pad.observation import Exposure, Observation
from drivers.pad.picture_level import picture_level
from station.booth.messages import Guidance
from station.booth.pad_gates import PadGates
from station.booth.ports import Camera
from station.errors import CameraError, ErrorCode

REPEATS = 5
_REST_S = 0.6
"""Between two challenges, and before the first: the level must be steady to be compared with."""
_FRAME_WAIT_S = 1.0
_MOST_S = 20.0


@dataclass(frozen=True, slots=True)
class ExposureResponse:
    """The answers of one camera, each the darkest level over the level before."""

    answers: tuple[float, ...]
    """Empty: the camera has no control of its exposure."""
    came_back: bool
    rest_spread: float = 0.0
    """Between the challenges: brightest less darkest level, over their median."""

    @property
    def median(self) -> float:
        """What is kept for this camera; 0 without a control."""
        return float(np.median(self.answers)) if self.answers else 0.0

    def is_plain(self, gates: PadGates) -> bool:
        """Whether a picture that does not darken at all would later be told from this camera's."""
        return self.median * (1 + gates.exposure_tolerance) < 1.0

    def is_steady(self, gates: PadGates) -> bool:
        """Whether answers and rest lie within half of what is later allowed, and it returned."""
        spread = max((abs(one / self.median - 1) for one in self.answers), default=0.0)
        return self.came_back and max(spread, self.rest_spread) <= gates.exposure_tolerance / 2


def measure_response(
    camera: Camera, gates: PadGates, on_answer: Callable[[int], None]
) -> ExposureResponse:
    """Challenge an open camera five times; `on_answer` gets how many are done.

    Locks its automatics; closing it gives them back. Raises `CameraError`, also CAMERA_LOST where
    frames come too slowly to measure anything.
    """
    answer, controls, rest = ExposureAnswer(gates), _Controls(camera), _Rest()
    camera.hold(True)
    first_ns = 0
    while len(answer.answers) < REPEATS and not answer.unsupported:
        frame = camera.read(_FRAME_WAIT_S)
        now_ns, level, done = frame.captured_at_ns, picture_level(frame.bgr), len(answer.answers)
        first_ns = first_ns or now_ns
        answer.observe(_observation(now_ns, frame.sequence, level, controls))
        if answer.busy:
            rest.since_ns = 0
        elif rest.is_over(now_ns, level):
            answer.begin(now_ns)
        controls.follow(answer.factor, now_ns)
        if len(answer.answers) > done:
            on_answer(len(answer.answers))
        if now_ns - first_ns > _MOST_S * 1e9:
            raise CameraError(ErrorCode.CAMERA_LOST)
    return ExposureResponse(answer.answers, answer.came_back, rest.spread)


class _Rest:
    """The time between two challenges, and how steady the level is in its second half."""

    def __init__(self) -> None:
        self.since_ns = 0
        self.spread = 0.0
        self._levels: list[float] = []

    def is_over(self, now_ns: int, level: float) -> bool:
        """Take the level of a frame at rest; whether the next challenge may begin."""
        if not self.since_ns:
            self.since_ns, self._levels = now_ns, []
        passed_s = (now_ns - self.since_ns) / 1e9
        if passed_s > _REST_S / 2:
            self._levels.append(level)
        if passed_s <= _REST_S or not self._levels:
            return False
        low, middle, high = np.quantile(self._levels, (0, 0.5, 1))
        self.spread = max(self.spread, float((high - low) / max(middle, 1e-6)))
        return True


class _Controls:
    """Asks the camera for what the challenge wants, once per change."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._factor = 1.0
        self.exposure: Exposure | None = None

    def follow(self, factor: float, now_ns: int) -> None:
        if factor != self._factor:
            self._factor = factor
            obeyed = self._camera.set_exposure(factor)
            self.exposure = Exposure(factor, now_ns) if obeyed else None


def _observation(at_ns: int, sequence: int, level: float, controls: _Controls) -> Observation:
    """A frame of which only the level counts."""
    return Observation(
        at_ns,
        sequence,
        None,
        0,
        None,
        None,
        Guidance.NONE,
        level=level,
        exposure=controls.exposure,
    )
