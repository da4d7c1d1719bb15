"""One photo of the victim, animated live so that it obeys the prompts (SIM).

The animation has the relief of a head and every expression, like a good reenactment; it comes
through a grabber that poses as the pinned camera and answers exposure requests rightly. What it
does not know is how the present light would fall on the face.
"""

from collections import deque
from dataclasses import replace

import cv2
import numpy as np

from drivers.simulated.attack_features import FACE_OUTLINE
from drivers.simulated.attack_victim import Portrait, Stand, cover_of, grown
from drivers.simulated.person import LandmarksOf
from drivers.simulated.person_light import PersonTraits
from drivers.simulated.screen_light import GAMMA, PAGE, ScreenLight
from station.booth.messages import Action
from station.booth.ports import BgrImage

LATENCIES_S = (0.0, 0.3, 0.6, 1.0)
_RELIT_AFTER_S = 0.1


class Animated:
    """A photo that obeys `latency_s` after whoever it copies would."""

    species = "animated"

    def __init__(self, portrait: Portrait, seed: int, latency_s: float | None = None) -> None:
        """`latency_s`: one of `LATENCIES_S` by the seed, unless given."""
        rng = np.random.default_rng([seed, 5])
        self.light, self.exposure = PAGE, 1.0
        self.latency_s = float(rng.choice(LATENCIES_S)) if latency_s is None else latency_s
        traits = replace(PersonTraits.drawn(rng), lateness_s=0.0)
        self._stand = Stand(portrait, seed, traits)

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let the animation learn how far to move."""
        self._stand.calibrate(landmarks_of)

    def obey(self, action: Action, start_s: float) -> None:
        """React to a prompt from `start_s` on, by so much later."""
        self._stand.body.obey(action, start_s + self.latency_s)

    def frame(self, t_s: float) -> BgrImage:
        """The stream's frame (720, 1280, 3) at `t_s`; call with rising times."""
        # The photo was taken in ordinary light, and so it stays.
        picture = self._stand.body.frame(t_s)
        return self._stand.camera.expose(self._under_light(picture, t_s), self.exposure)

    def _under_light(self, picture: BgrImage, t_s: float) -> BgrImage:
        """The picture as the attacker relights it: not at all."""
        del t_s
        return picture


class AnimatedRelit(Animated):
    """The same, tinted with the screen's colour evenly over the face, a moment later.

    Half-lit screens are answered by their mean brightness: there is no shape in the light.
    """

    species = "animated_relit"

    def __init__(self, portrait: Portrait, seed: int, latency_s: float | None = None) -> None:
        super().__init__(portrait, seed, latency_s)
        self._seen: deque[tuple[float, ScreenLight]] = deque(maxlen=64)
        self._cover: BgrImage | None = None

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let the animation learn how far to move, and where the face is."""
        super().calibrate(landmarks_of)
        self._cover = None

    def _under_light(self, picture: BgrImage, t_s: float) -> BgrImage:
        self._seen.append((t_s, self.light))
        due = [light for seen_s, light in self._seen if t_s - seen_s >= _RELIT_AFTER_S]
        light = due[-1] if due else PAGE
        if light == PAGE:
            return picture
        # A small flat patch that faces the screen: what the mean of a face gets.
        patch = np.array([[[0.0, 0.0, 1.0]]], np.float32)
        gain = self._stand.lamp.gain(patch, np.zeros_like(patch), light)[0, 0]
        steps = np.arange(256)[:, None] * np.power(gain, 1 / GAMMA)
        table = np.clip(np.round(steps), 0, 255).astype(np.uint8)[None]
        tinted = cv2.LUT(picture, table)
        cover = self._face_cover()
        kept = cv2.multiply(picture, cv2.bitwise_not(cover), scale=1 / 255.0)
        return np.asarray(cv2.add(cv2.multiply(tinted, cover, scale=1 / 255.0), kept), np.uint8)

    def _face_cover(self) -> BgrImage:
        """Where the face can be, 0..255, soft at its edge; (720, 1280, 3)."""
        if self._cover is None:
            photo = self._stand.photo
            outline = grown(photo.points[list(FACE_OUTLINE)], 1.2)
            shape = (photo.picture.shape[0], photo.picture.shape[1])
            cover = np.round(cover_of(shape, [outline], 10.0) * 255).astype(np.uint8)
            self._cover = np.asarray(cv2.cvtColor(cover, cv2.COLOR_GRAY2BGR), np.uint8)
        return self._cover
