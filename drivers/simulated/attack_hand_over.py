"""Two artefacts of one victim, exchanged before the camera (SIM).

A lifelike rigid mask turns and answers light as a head does; it has no expression. For blink and
mouth it gives way to a good screen that plays a recording of just that, and comes back. Between
the two nobody's face is to be seen for a moment.
"""

from dataclasses import replace

import numpy as np

from drivers.simulated.attack_display import Display, DisplayTraits
from drivers.simulated.attack_rigid_mask import Unblinking, silicone
from drivers.simulated.attack_surface import Hand, Pose
from drivers.simulated.attack_victim import OpenEye, Portrait, Stand
from drivers.simulated.person import LandmarksOf, SimulatedPerson, movement_of
from drivers.simulated.person_light import PersonTraits
from drivers.simulated.screen_light import PAGE
from station.booth.messages import Action
from station.booth.ports import BgrImage

_TURNS = (Action.TURN_LEFT, Action.TURN_RIGHT)
_GAP_S = (0.45, 0.7)
_LEAD_S = 0.15
_TAIL_S = 0.1


class HandOver:
    """A mask for turns and lights, a screen for expressions, never both at once."""

    species = "hand_over"

    def __init__(self, portrait: Portrait, seed: int) -> None:
        rng = np.random.default_rng([seed, 9])
        self.light, self.exposure = PAGE, 1.0
        room = PersonTraits.drawn(rng)
        self._stand = Stand(portrait, seed, replace(room, lateness_s=0.0))
        traits = self._stand.body.traits
        self._mask = Unblinking(
            portrait.picture, portrait.mesh, seed, replace(traits, gloss=silicone(rng))
        )
        self._mask.camera = OpenEye()
        self._recorded = SimulatedPerson(portrait.picture, portrait.mesh, seed + 7_000_000, traits)
        self._screen = Display(rng, DisplayTraits.fine(), traits.iod_px, traits.ambient_lux)
        self._hand = Hand(rng, Pose(), 0.0, jitter=0.15)
        self._gap_s = float(rng.uniform(*_GAP_S))
        self._on_screen: list[tuple[float, float]] = []

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let wearer and recorded victim learn to move visibly."""
        self._stand.calibrate(landmarks_of)
        self._mask.calibrate(landmarks_of)
        self._recorded.calibrate(landmarks_of)

    def obey(self, action: Action, start_s: float) -> None:
        """Turn in the mask, or change to the screen, from `start_s` on."""
        if action in _TURNS:
            self._mask.obey(action, start_s)
            return
        begin_s = start_s + self._gap_s
        self._recorded.obey(action, begin_s + _LEAD_S)
        movement = movement_of(action, begin_s + _LEAD_S, self._recorded.traits.pace)
        end_s = begin_s + _LEAD_S + movement.rise_s + movement.hold_s + movement.fall_s + _TAIL_S
        self._on_screen.append((begin_s, end_s))

    def frame(self, t_s: float) -> BgrImage:
        """The camera frame (720, 1280, 3) at `t_s`; call with rising times."""
        stand = self._stand
        light = stand.during_exposure(self.light)
        picture = None
        for begin_s, end_s in self._on_screen:
            if begin_s <= t_s < end_s:
                picture = self._shown(t_s)
            elif begin_s - self._gap_s <= t_s < end_s + self._gap_s:
                picture = stand.wall(light)
        if picture is None:
            self._mask.light = light
            picture = self._mask.frame(t_s)
        return stand.camera.expose(picture, self.exposure)

    def _shown(self, t_s: float) -> BgrImage:
        """The recording on the screen, held where the mask was."""
        room = self._stand.wall(self.light)
        iod = self._recorded.traits.iod_px
        eyes = (640.0, 330.0 - 0.1 * iod)
        source = self._recorded.frame(t_s)
        self._screen.show(room, source, eyes, iod, self._hand.pose(t_s), t_s, self.light)
        return room
