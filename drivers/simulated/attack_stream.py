"""Streams that never were in front of the booth's camera, and a head that plays a clip (SIM)."""

from enum import StrEnum
from itertools import count

import numpy as np

from drivers.simulated.attack_victim import Portrait
from drivers.simulated.person import LandmarksOf, SimulatedPerson
from drivers.simulated.screen_light import PAGE
from station.booth.messages import Action
from station.booth.ports import BgrImage

_CLIP_PERIOD_S = (1.7, 2.6)
_LATE_S = 0.7


class ExposureAnswer(StrEnum):
    """How a virtual camera answers a request for another exposure."""

    IGNORED = "IGNORED"
    INVERTED = "INVERTED"
    FAINT = "FAINT"
    LATE = "LATE"


class Injected:
    """A perfect bona fide render that follows plan and light, out of a virtual camera.

    Only its answers to exposure requests are wrong: none at all on half of the seeds.
    """

    species = "injected"

    def __init__(self, portrait: Portrait, seed: int, answer: ExposureAnswer | None = None) -> None:
        """`answer`: drawn from the seed by default."""
        rng = np.random.default_rng([seed, 2])
        self.light, self.exposure = PAGE, 1.0
        drawn = rng.choice(list(ExposureAnswer), p=(0.55, 0.15, 0.15, 0.15))
        self.answer = ExposureAnswer(drawn) if answer is None else answer
        self._person = SimulatedPerson(portrait.picture, portrait.mesh, seed)
        self._asked: list[tuple[float, float]] = []

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let the rendered person learn to move visibly."""
        self._person.calibrate(landmarks_of)

    def obey(self, action: Action, start_s: float) -> None:
        """React to a prompt from `start_s` on."""
        self._person.obey(action, start_s)

    def frame(self, t_s: float) -> BgrImage:
        """The stream's frame (720, 1280, 3) at `t_s`; call with rising times."""
        self._asked = [a for a in self._asked if t_s - a[0] < 2.0] + [(t_s, self.exposure)]
        self._person.light = self.light
        self._person.exposure = self._answered(t_s)
        return self._person.frame(t_s)

    def _answered(self, t_s: float) -> float:
        match self.answer:
            case ExposureAnswer.IGNORED:
                return 1.0
            case ExposureAnswer.INVERTED:
                return 1.0 / max(self.exposure, 0.1)
            case ExposureAnswer.FAINT:
                return float(max(self.exposure, 0.0) ** 0.25)
            case ExposureAnswer.LATE:
                due = [factor for asked_s, factor in self._asked if t_s - asked_s >= _LATE_S]
                return due[-1] if due else 1.0


class ClipHead:
    """A head in the kiosk's own light that plays one fixed clip of all actions, over and over.

    It answers lights and camera like a living person; only what is asked for it never hears.
    """

    species = "clip_head"

    def __init__(self, portrait: Portrait, seed: int) -> None:
        rng = np.random.default_rng([seed, 3])
        self.light, self.exposure = PAGE, 1.0
        self._person = SimulatedPerson(portrait.picture, portrait.mesh, seed)
        self._order = [list(Action)[i] for i in rng.permutation(len(Action))]
        self._period_s = float(rng.uniform(*_CLIP_PERIOD_S))
        self._next_s = float(rng.uniform(0.0, self._period_s))
        self._number = count()

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let the recorded person learn to move visibly."""
        self._person.calibrate(landmarks_of)

    def obey(self, action: Action, start_s: float) -> None:
        """A clip hears no prompt."""

    def frame(self, t_s: float) -> BgrImage:
        """The camera frame (720, 1280, 3) at `t_s`; call with rising times."""
        while t_s >= self._next_s:
            action = self._order[next(self._number) % len(self._order)]
            self._person.obey(action, self._next_s)
            self._next_s += self._period_s
        self._person.light, self._person.exposure = self.light, self.exposure
        return self._person.frame(t_s)
