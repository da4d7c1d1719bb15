"""A screen held before the camera: a still photo, or a recorded video of the victim (SIM)."""

from dataclasses import replace

import numpy as np

from drivers.simulated.attack_display import Display, DisplayTraits
from drivers.simulated.attack_surface import Hand, Pose
from drivers.simulated.attack_victim import Portrait, Stand
from drivers.simulated.person import LandmarksOf, SimulatedPerson
from drivers.simulated.person_light import PersonTraits
from drivers.simulated.screen_light import PAGE, ScreenLight
from station.booth.lights import COLOURS, SLOT_S, Light
from station.booth.messages import Action
from station.booth.ports import BgrImage

_TILT = (0.6, 0.9)
_SOURCE_FRAMES_PER_S = 15
_ACTION_EVERY_S = (1.9, 2.8)
_LIT_SLOTS, _DARK_SLOTS = 12, 9
_MEASURING = (Light.WHITE, Light.BLACK, Light.LEFT, Light.RIGHT)


class ScreenStill:
    """A phone, tablet or laptop with one photo; its holder tilts it for turns."""

    species = "screen_still"

    def __init__(self, portrait: Portrait, seed: int, display: DisplayTraits | None = None) -> None:
        """`display`: drawn from the seed by default."""
        self.light, self.exposure = PAGE, 1.0
        self._stand = Stand(portrait, seed)
        rng = self._stand.rng
        traits = self._stand.body.traits
        kind = DisplayTraits.drawn(rng) if display is None else display
        self.display = Display(rng, kind, traits.iod_px, traits.ambient_lux)
        rest = Pose(yaw=float(rng.uniform(-0.06, 0.06)), pitch=float(rng.uniform(-0.08, 0.08)))
        self._hand = Hand(rng, rest, float(rng.uniform(*_TILT)))

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Take a frontal photo."""
        self._stand.calibrate(landmarks_of)

    def obey(self, action: Action, start_s: float) -> None:
        """Tilt for turns from `start_s` on; nothing else can be done."""
        self._hand.obey(action, start_s + self._stand.body.traits.lateness_s)

    def frame(self, t_s: float) -> BgrImage:
        """The camera frame (720, 1280, 3) at `t_s`; call with rising times."""
        stand = self._stand
        light = stand.during_exposure(self.light)
        photo, picture = stand.photo, stand.wall(light)
        pose = self._hand.pose(t_s)
        eyes, iod = photo.between_eyes, photo.iod_px
        self.display.show(picture, photo.picture, eyes, iod, pose, t_s, light)
        return stand.camera.expose(picture, self.exposure)


class Replay:
    """A video of the victim in an earlier visit, on a screen; it hears no prompt.

    With `library` the attacker has a recording whose actions and measuring lights fit the present
    plan, and starts it well; only the colours are those of its own visit. It is shown on a screen
    that gives next to nothing away.
    """

    species = "replay"

    def __init__(
        self,
        portrait: Portrait,
        seed: int,
        library: bool = False,
        display: DisplayTraits | None = None,
    ) -> None:
        self.light, self.exposure = PAGE, 1.0
        self._library = library
        self._stand = Stand(portrait, seed)
        rng = self._stand.rng
        traits = self._stand.body.traits
        if display is None:
            display = DisplayTraits.fine() if library else DisplayTraits.drawn(rng)
        self.display = Display(rng, display, traits.iod_px, traits.ambient_lux)
        self._hand = Hand(rng, Pose(), 0.0, jitter=float(rng.choice((0.15, 1.0))))
        # The visit it comes from: another room, another camera, another code.
        room = replace(PersonTraits.drawn(rng), lateness_s=0.0)
        if library:
            # The best of the library: a dim room, in which the screen left its mark.
            room = replace(room, ambient_lux=float(rng.uniform(60.0, 140.0)), ambient_share=0.0)
        recorded_seed = seed + 7_000_000
        self._recorded = SimulatedPerson(portrait.picture, portrait.mesh, recorded_seed, room)
        self._shown: tuple[int, BgrImage] | None = None
        self._next_action_s = float(rng.uniform(0.3, 2.0))
        self._last_action: Action | None = None
        self._first_slot = int(rng.integers(_LIT_SLOTS + _DARK_SLOTS))
        self._code: dict[int, Light] = {}
        self._last_seen, self._last_answer = PAGE, PAGE

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let the victim of the recording have moved visibly; find the face in it."""
        self._recorded.calibrate(landmarks_of)
        self._stand.calibrate(landmarks_of)

    def obey(self, action: Action, start_s: float) -> None:
        """Nothing, unless the library holds a recording in which just this happens."""
        if self._library:
            self._recorded.obey(action, start_s)

    def frame(self, t_s: float) -> BgrImage:
        """The camera frame (720, 1280, 3) at `t_s`; call with rising times."""
        stand = self._stand
        light = stand.during_exposure(self.light)
        room = stand.wall(light)
        eyes = (640.0, 330.0 - 0.1 * self._recorded.traits.iod_px)
        source, iod = self._source(t_s), self._recorded.traits.iod_px
        self.display.show(room, source, eyes, iod, self._hand.pose(t_s), t_s, light)
        return stand.camera.expose(room, self.exposure)

    def _source(self, t_s: float) -> BgrImage:
        """The recording's picture now: 15 a second."""
        number = int(np.floor(t_s * _SOURCE_FRAMES_PER_S + 1e-6))
        if self._shown is None or self._shown[0] != number:
            source_s = number / _SOURCE_FRAMES_PER_S
            self._recorded.light = self._own_light(source_s)
            if not self._library:
                self._act(source_s)
            self._shown = (number, self._recorded.frame(source_s))
        return self._shown[1]

    def _act(self, t_s: float) -> None:
        """Do what that visit's own plan asked for."""
        if t_s < self._next_action_s:
            return
        rng = self._stand.rng
        choices = [action for action in Action if action is not self._last_action]
        self._last_action = choices[int(rng.integers(len(choices)))]
        self._recorded.obey(self._last_action, t_s)
        self._next_action_s = t_s + float(rng.uniform(*_ACTION_EVERY_S))

    def _own_light(self, t_s: float) -> ScreenLight:
        """The light that fell on the victim then."""
        if self._library:
            return self._fitting_light()
        slot = int(t_s / SLOT_S) + self._first_slot
        if slot % (_LIT_SLOTS + _DARK_SLOTS) >= _LIT_SLOTS:
            return PAGE
        if slot not in self._code:
            lights = (*COLOURS, *_MEASURING)
            self._code[slot] = lights[int(self._stand.rng.integers(len(lights)))]
        return ScreenLight.of(self._code[slot])

    def _fitting_light(self) -> ScreenLight:
        """As now where a measuring light or none stands, else another colour than now."""
        if self.light != self._last_seen:
            self._last_seen = self._last_answer = self.light
            if self.light in [ScreenLight.of(colour) for colour in COLOURS]:
                others = [c for c in COLOURS if ScreenLight.of(c) != self.light]
                drawn = others[int(self._stand.rng.integers(len(others)))]
                self._last_answer = ScreenLight.of(drawn)
        return self._last_answer
