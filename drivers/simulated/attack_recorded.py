"""Streams out of a grabber that answers exposure requests like the pinned camera (SIM).

What it plays is the victim, lit and moving as on a good day; something else of it is old.
"""

from dataclasses import replace

import numpy as np

from drivers.simulated.attack_victim import Portrait
from drivers.simulated.person import LandmarksOf, SimulatedPerson, movement_of
from drivers.simulated.person_light import PersonTraits
from drivers.simulated.screen_light import PAGE, ScreenLight
from station.booth.lights import COLOURS, Light, emitted
from station.booth.messages import Action
from station.booth.ports import BgrImage

_DIM_LUX = (50.0, 90.0)
_LOOP_FRAMES = 6
_MOST_SLOTS = 12


class _Stream:
    """The victim as recorded or rendered, behind a grabber with the camera's own controls."""

    def __init__(self, portrait: Portrait, seed: int, traits: PersonTraits | None = None) -> None:
        self.light, self.exposure = PAGE, 1.0
        self._person = SimulatedPerson(portrait.picture, portrait.mesh, seed, traits)

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let the victim have learned to move visibly."""
        self._person.calibrate(landmarks_of)

    def obey(self, action: Action, start_s: float) -> None:
        """Show the part in which the victim does `action`, from `start_s` on."""
        self._person.obey(action, start_s)

    def frame(self, t_s: float) -> BgrImage:
        """The stream's frame (720, 1280, 3) at `t_s`; call with rising times."""
        self._person.light, self._person.exposure = self.lit_by(), self.exposure
        return self._person.frame(t_s)

    def lit_by(self) -> ScreenLight:
        """The light on the victim."""
        return self.light


class StaleColours(_Stream):
    """A recording of the victim's visit whose actions and half-lit slots fit; its colours do not.

    The attacker has a large library of recorded visits. There is one whose actions and whose
    places of the half-lit screen are those of the present plan, and it is started in time. It was
    taken in a dim room, so that relief and screen share are those of a live face. Only the colours
    are those of its own visit's code.
    """

    species = "stale_colours"

    def __init__(self, portrait: Portrait, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 8])
        room = PersonTraits.drawn(self._rng)
        lux = float(self._rng.uniform(*_DIM_LUX))
        super().__init__(portrait, seed, replace(room, ambient_lux=lux, ambient_share=0.0))
        self._code: list[Light] = []
        self._seen, self._shown = PAGE, PAGE

    def choose(self, present: tuple[Light, ...], recordings: int) -> None:
        """Be the luckiest of so many recordings: its code comes nearest to the `present` one.

        No attacker can choose like this before the lights have come. It makes a sharp witness of
        the colour code: most other recordings fail at the screen's share of the light as well.
        """
        wanted = [light for light in present if light in COLOURS]
        codes = [self._drawn_code(len(wanted)) for _ in range(recordings)]
        self._code = max(codes, key=lambda code: _likeness(code, wanted))

    def _drawn_code(self, slots: int) -> list[Light]:
        """Some visit's colours; none follows itself."""
        code: list[Light] = []
        for _ in range(slots):
            others = [colour for colour in COLOURS if colour not in code[-1:]]
            code.append(others[int(self._rng.integers(len(others)))])
        return code

    def lit_by(self) -> ScreenLight:
        """The light on the victim; its own visit's colour where one stands now."""
        if self.light != self._seen:
            self._seen = self._shown = self.light
            if self.light in _CODED:
                self._code = self._code or self._drawn_code(_MOST_SLOTS)
                self._shown = ScreenLight.of(self._code.pop(0))
        return self._shown


def _likeness(code: list[Light], wanted: list[Light]) -> float:
    """Correlation of two colour codes, each channel about its own mean."""
    one, other = (np.array([emitted(light)[0] for light in lights]) for lights in (code, wanted))
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    return float((one * other).sum() / max(np.linalg.norm(one) * np.linalg.norm(other), 1e-9))


_CODED = tuple(ScreenLight.of(colour) for colour in COLOURS)


class LoopedStream(_Stream):
    """Half a second of the waiting victim, again and again until something is asked."""

    species = "looped"

    def __init__(self, portrait: Portrait, seed: int) -> None:
        super().__init__(portrait, seed)
        self._loop: list[BgrImage] = []
        self._played = 0
        self._busy_until_s = 0.0

    def obey(self, action: Action, start_s: float) -> None:
        """Leave the loop: the fitting part comes from `start_s` on."""
        super().obey(action, start_s)
        traits = self._person.traits
        part = movement_of(action, start_s + traits.lateness_s, traits.pace)
        self._busy_until_s = part.start_s + part.rise_s + part.hold_s + part.fall_s

    def frame(self, t_s: float) -> BgrImage:
        """The stream's frame (720, 1280, 3) at `t_s`; call with rising times."""
        if t_s < self._busy_until_s or self.light != PAGE or self.exposure != 1.0:
            return super().frame(t_s)
        if len(self._loop) < _LOOP_FRAMES:
            self._loop.append(super().frame(t_s))
        frame = self._loop[self._played % _LOOP_FRAMES]
        self._played += 1
        return frame
