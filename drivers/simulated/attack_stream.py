"""Streams that never were in front of the booth's camera, and a head that plays a clip (SIM)."""

from enum import StrEnum

import numpy as np

from drivers.simulated.attack_victim import Portrait
from drivers.simulated.person import LandmarksOf, SimulatedPerson
from drivers.simulated.screen_light import PAGE
from station.booth.messages import Action
from station.booth.ports import BgrImage

_IN_CLIP = {Action.BLINK: Action.MOUTH, Action.MOUTH: Action.BLINK}
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
        drawn = int(rng.choice(len(ExposureAnswer), p=(0.55, 0.15, 0.15, 0.15)))
        self.answer = list(ExposureAnswer)[drawn] if answer is None else answer
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
    """A head in the kiosk's own light that plays a clip of a visit with one other action.

    Its turns fit the present plan and come in time; where the plan asks for a blink the clip has
    an open mouth, and the other way round. It answers lights and camera like a living person, so
    only the challenge layer can tell. Plans of turns alone it fits: they are not for this species.
    """

    species = "clip_head"

    def __init__(self, portrait: Portrait, seed: int) -> None:
        self.light, self.exposure = PAGE, 1.0
        self._person = SimulatedPerson(portrait.picture, portrait.mesh, seed)

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let the recorded person learn to move visibly."""
        self._person.calibrate(landmarks_of)

    def obey(self, action: Action, start_s: float) -> None:
        """Go on with the clip from `start_s` on."""
        self._person.obey(_IN_CLIP.get(action, action), start_s)

    def frame(self, t_s: float) -> BgrImage:
        """The camera frame (720, 1280, 3) at `t_s`; call with rising times."""
        self._person.light, self._person.exposure = self.light, self.exposure
        return self._person.frame(t_s)
