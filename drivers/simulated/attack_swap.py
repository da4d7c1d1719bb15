"""A live person does the challenges, then another face takes their place (SIM).

The accomplice's face is exchanged for the victim's at one moment, in the same place and pose: by
a cut or a short cross-fade, to a live-looking face or to a photo on paper.
"""

import cv2
import numpy as np

from drivers.simulated.attack_stranger import make_stranger
from drivers.simulated.attack_surface import Hand, Pose, cast, lay_over, lit
from drivers.simulated.attack_victim import (
    OpenEye,
    Portrait,
    Stand,
    printed,
    sheet_cover,
    sheet_region,
    with_cover,
)
from drivers.simulated.person import LandmarksOf, SimulatedPerson, movement_of
from drivers.simulated.screen_light import PAGE
from station.booth.messages import Action
from station.booth.ports import BgrImage

_AFTER_S = (0.5, 1.4)
"""From the start of the chosen action to the swap: on its way back at the latest."""
_PATIENCE_S = 2.6
_LOCKING_S = (0.25, 0.4)
"""Three to five frames at 12 per second: the lock takes at least eight."""


class FaceSwap:
    """Two faces in one place, one after the other.

    Attributes:
        actions: with which obeyed prompt the swap is due; where fewer come, soon after the last.
        swapped_at_s: when the swap began, or None.
    """

    species = "face_swap"

    def __init__(
        self,
        portrait: Portrait,
        seed: int,
        accomplice: Portrait | None = None,
        to_photo: bool | None = None,
    ) -> None:
        """`accomplice` is who does the challenges (default: somebody made up)."""
        self.light, self.exposure = PAGE, 1.0
        self.actions = 2
        self.swapped_at_s: float | None = None
        self._victim = Stand(portrait, seed)
        rng = self._victim.rng
        if accomplice is None:
            accomplice = Portrait(*make_stranger(portrait.picture, portrait.mesh, seed))
        # The same seed and traits: both sway and move alike, so nothing jumps.
        traits = self._victim.body.traits
        # Both are metered alike, so the room does not change its brightness with the face.
        wanted = traits.metered(portrait.picture, portrait.mesh)
        found = traits.metered(accomplice.picture, accomplice.mesh)
        face = np.asarray(cv2.convertScaleAbs(accomplice.picture, alpha=found / wanted), np.uint8)
        self._first = SimulatedPerson(face, accomplice.mesh, seed, traits)
        self._first.camera = OpenEye()
        self._to_photo = bool(rng.random() < 0.5) if to_photo is None else to_photo
        self._fade_s = float(rng.choice((0.0, rng.uniform(0.1, 0.3))))
        self._after_s = float(rng.uniform(*_AFTER_S))
        self._hand = Hand(rng, Pose(), 0.0, jitter=0.5)
        self._sheet: BgrImage | None = None
        self._starts: list[float] = []

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let both learn to move visibly."""
        self._victim.calibrate(landmarks_of)
        self._first.calibrate(landmarks_of)

    def obey(self, action: Action, start_s: float) -> None:
        """React to a prompt from `start_s` on."""
        self._victim.body.obey(action, start_s)
        self._first.obey(action, start_s)
        self._starts.append(start_s)

    def frame(self, t_s: float) -> BgrImage:
        """The camera frame (720, 1280, 3) at `t_s`; call with rising times."""
        light = self._victim.during_exposure(self.light)
        self._first.light = self._victim.body.light = light
        share = self._swapped(t_s)
        picture = self._second(t_s) if share > 0 else self._first.frame(t_s)
        if 0 < share < 1:
            first = self._first.frame(t_s)
            picture = np.asarray(cv2.addWeighted(first, 1 - share, picture, share, 0), np.uint8)
        return self._victim.camera.expose(picture, self.exposure)

    def _swapped(self, t_s: float) -> float:
        """Share of the second face, 0..1."""
        if self.swapped_at_s is None and self._starts:
            asked = len(self._starts)
            wait_s = self._after_s if asked >= self.actions else _PATIENCE_S
            due_s = self._starts[min(asked, self.actions) - 1] + wait_s
            self.swapped_at_s = t_s if t_s >= due_s else None
        if self.swapped_at_s is None:
            return 0.0
        gone_s = t_s - self.swapped_at_s
        return 1.0 if gone_s >= self._fade_s else max(0.05, gone_s / self._fade_s)

    def _second(self, t_s: float) -> BgrImage:
        if not self._to_photo:
            return self._victim.body.frame(t_s)
        stand = self._victim
        if self._sheet is None:
            print_ = printed(stand.photo.picture, stand.rng)
            self._sheet = with_cover(print_, sheet_cover(stand.photo))
        picture, origin = stand.wall(stand.body.light), stand.photo.between_eyes
        seen = cast(sheet_region(stand.photo), origin, self._hand.pose(t_s))
        lay_over(picture, self._sheet, origin, seen, lit(seen, stand.lamp, stand.body.light))
        return picture


class EarlySwap(FaceSwap):
    """The stream is switched while the booth still locks on: to the victim, live-looking.

    A guard sees the accomplice step up; all that is asked for, and most of what is compared, is a
    perfect reenactment of the victim that follows plan and light.
    """

    species = "early_swap"

    def __init__(self, portrait: Portrait, seed: int, accomplice: Portrait | None = None) -> None:
        """`accomplice` is who steps up (default: somebody made up)."""
        super().__init__(portrait, seed, accomplice, to_photo=False)
        self._due_s = float(self._victim.rng.uniform(*_LOCKING_S))

    def _swapped(self, t_s: float) -> float:
        """0 before the switch, then 1."""
        if self.swapped_at_s is None and t_s >= self._due_s:
            self.swapped_at_s = t_s
        return 0.0 if self.swapped_at_s is None else 1.0


class SwapAtRest(FaceSwap):
    """Face-swap software that an accomplice switches off for whatever would give it away.

    Whoever stands there wears the victim's face while nothing happens; for every action and for
    coloured light, which such software renders badly, their own live face is let through. What is
    frontal, at rest and unlit - and that is what is compared - is the victim.
    """

    species = "swap_at_rest"

    def __init__(self, portrait: Portrait, seed: int, accomplice: Portrait | None = None) -> None:
        """`accomplice` is who stands there (default: somebody made up)."""
        super().__init__(portrait, seed, accomplice, to_photo=False)
        self._own: list[tuple[float, float]] = []

    def obey(self, action: Action, start_s: float) -> None:
        """React to a prompt from `start_s` on, with one's own face."""
        super().obey(action, start_s)
        traits = self._victim.body.traits
        part = movement_of(action, start_s + traits.lateness_s, traits.pace)
        end_s = part.start_s + part.rise_s + part.hold_s + part.fall_s
        self._own.append((part.start_s, end_s))

    def _swapped(self, t_s: float) -> float:
        """1 with the victim's face, else 0."""
        busy = any(begin_s <= t_s <= end_s for begin_s, end_s in self._own)
        return 0.0 if busy or self.light != PAGE else 1.0
