"""A lifelike rigid mask of the victim's whole head, worn by somebody who turns in it (SIM).

It has relief, reflects like skin with a little more shine, and shows no expression at all. On RGB
pictures nothing but a blink or a mouth prompt tells it from a head: the rig's negative control.
"""

from dataclasses import replace

import numpy as np

from drivers.simulated.attack_victim import Portrait
from drivers.simulated.person import LandmarksOf, SimulatedPerson
from drivers.simulated.person_light import PersonTraits
from drivers.simulated.screen_light import PAGE, Gloss
from station.booth.messages import Action
from station.booth.ports import BgrImage

_TURNS = (Action.TURN_LEFT, Action.TURN_RIGHT)


class Unblinking(SimulatedPerson):
    """A head whose eyes never close by themselves."""

    def _blink_now_and_then(self, t_s: float) -> None:
        """Painted eyes stay open."""


def silicone(rng: np.random.Generator) -> Gloss:
    """How a mask shines: a little more than skin."""
    return Gloss(float(rng.uniform(0.15, 0.5)), int(rng.integers(10, 30)))


class RigidMask:
    """A head without expressions."""

    species = "rigid_mask"

    def __init__(self, portrait: Portrait, seed: int) -> None:
        rng = np.random.default_rng([seed, 4])
        self.light, self.exposure = PAGE, 1.0
        gloss = silicone(rng)
        traits = replace(PersonTraits.drawn(rng), gloss=gloss)
        self._mask = Unblinking(portrait.picture, portrait.mesh, seed, traits)

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let the wearer learn how far to turn."""
        self._mask.calibrate(landmarks_of)

    def obey(self, action: Action, start_s: float) -> None:
        """Turn with the wearer; nothing else moves."""
        if action in _TURNS:
            self._mask.obey(action, start_s)

    def frame(self, t_s: float) -> BgrImage:
        """The camera frame (720, 1280, 3) at `t_s`; call with rising times."""
        self._mask.light, self._mask.exposure = self.light, self.exposure
        return self._mask.frame(t_s)
