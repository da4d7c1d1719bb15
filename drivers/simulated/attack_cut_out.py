"""A photo with holes for eyes and mouth, and a live person looking through it (SIM).

The live eyes blink and the live mouth opens behind the paper; the paper's chin stays where it is.
For turns the holder tilts the sheet and turns behind it.
"""

from dataclasses import replace
from operator import itemgetter

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulated.attack_features import CHIN_LINE, LEFT_EYE, LIPS, LOWER_LIP_INNER, RIGHT_EYE
from drivers.simulated.attack_surface import Hand, Pose, cast, lay_over, lit
from drivers.simulated.attack_victim import (
    Photo,
    Portrait,
    Stand,
    cover_of,
    grown,
    printed,
    sheet_cover,
    sheet_region,
    with_cover,
)
from drivers.simulated.person import LandmarksOf
from drivers.simulated.person_pose import nose_position
from drivers.simulated.screen_light import PAGE, PAPER, PHOTO_PAPER
from station.booth.messages import Action
from station.booth.ports import BgrImage

_BORDER_PX = 10
_BEND_IOD = (1.2, 4.0)
_TILT = (0.80, 0.95)
"""Radians; flatter than 45 degrees a flat face hardly seems to turn."""
_HINGE_IOD = 0.4
"""The paper is held to the face, so it turns about a line inside the head."""
_LEVELS = 8
_PRACTICE_S = -20.0
"""Before the visit, on the clock of `frame`."""
_TRIED = (
    *((yaw, pitch) for pitch in (-0.45, -0.30, -0.60) for yaw in (0.70, 0.85, 0.55)),
    *((0.40, -0.75), (0.55, -0.75)),
)
"""Tilts about a slanting axis shear the picture, so that the nose leaves the middle of the eyes."""
_NEARER = 1.25
_BENDS = (2.0, 1.5)
"""Hardly bent. Tighter bends, tilted upwards as well, turn further, but the landmark net then sees
relief in them: such a print is no longer what planarity is for."""
_TURN_AIM = 0.23


class CutOut:
    """A flat or slightly bent print with holes."""

    species = "cut_out"

    def __init__(self, portrait: Portrait, seed: int) -> None:
        self.light, self.exposure = PAGE, 1.0
        self._stand = Stand(portrait, seed)
        rng = self._stand.rng
        self._hole = (float(rng.uniform(1.05, 1.2)), float(rng.uniform(1.2, 1.6)))
        self._mouth_hole = float(rng.uniform(1.0, 1.15))
        self._bend = float(rng.uniform(*_BEND_IOD)) if rng.random() < 0.4 else None
        self._gloss = PHOTO_PAPER if rng.random() < 0.4 else PAPER
        rest = Pose(yaw=float(rng.uniform(-0.03, 0.03)), pitch=float(rng.uniform(-0.08, 0.08)))
        self._hand = Hand(rng, rest, float(rng.uniform(*_TILT)), jitter=0.6)
        self._hinge, self._aside = _HINGE_IOD, 1.75
        self._printed: BgrImage | None = None
        self._sheets: dict[int, BgrImage] = {}

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Take the photo, and cut its holes where the eyes behind will be."""
        self._stand.calibrate(landmarks_of)
        self._printed, self._sheets = None, {}

    def obey(self, action: Action, start_s: float) -> None:
        """React to a prompt from `start_s` on."""
        self._stand.body.obey(action, start_s)
        self._hand.obey(action, start_s + self._stand.body.traits.lateness_s)

    def frame(self, t_s: float) -> BgrImage:
        """The camera frame (720, 1280, 3) at `t_s`; call with rising times."""
        stand = self._stand
        stand.body.light = stand.during_exposure(self.light)
        picture = stand.body.frame(t_s).copy()
        self._hold_before(picture, self._sheet(t_s), self._hand.pose(t_s))
        return stand.camera.expose(picture, self.exposure)

    def _hold_before(self, picture: BgrImage, sheet: BgrImage, pose: Pose) -> None:
        stand, photo = self._stand, self._stand.photo
        radius = None if self._bend is None else self._bend * photo.iod_px
        origin, region = photo.between_eyes, sheet_region(photo, self._aside)
        seen = cast(region, origin, pose, radius, self._hinge * photo.iod_px)
        gain = lit(seen, stand.lamp, stand.body.light, self._gloss)
        lay_over(picture, sheet, origin, seen, gain)

    def _sheet(self, t_s: float) -> BgrImage:
        """The sheet as it is now; it does not change with the wearer's mouth."""
        del t_s
        if 0 not in self._sheets:
            self._sheets[0] = self._cut(0.0)
        return self._sheets[0]

    def _print(self) -> BgrImage:
        if self._printed is None:
            self._printed = printed(self._stand.photo.picture, self._stand.rng)
        return self._printed

    def _cut(self, chin_drop_px: float) -> BgrImage:
        photo = self._stand.photo
        picture = self._print()
        cover = sheet_cover(photo, self._aside)
        edge = cover - cv2.erode(cover, np.ones((2 * _BORDER_PX + 1,) * 2, np.uint8))
        paper = np.clip(picture + edge[..., None] * (236.0 - picture), 0, 255).astype(np.uint8)
        return with_cover(paper, cover * (1 - self._holes(photo)))

    def _holes(self, photo: Photo) -> NDArray[np.float32]:
        shape = photo.picture.shape[:2]
        eyes = [grown(photo.points[list(ids)], *self._hole) for ids in (RIGHT_EYE, LEFT_EYE)]
        mouth = grown(photo.points[list(LIPS)], self._mouth_hole)
        return cover_of((shape[0], shape[1]), [*eyes, mouth])


class DroppingCutOut(CutOut):
    """A bent print whose lower jaw is a flap that the holder pulls down with the mouth.

    For the route without light and blink: the holder tilts it about a slanting axis until it
    seems to turn as far as asked.
    """

    species = "print_no_flash"

    def __init__(self, portrait: Portrait, seed: int) -> None:
        super().__init__(portrait, seed)
        rng = self._stand.rng
        self._drop_share = float(rng.uniform(0.9, 1.1))
        # No hole for the mouth: the flap itself opens one.
        self._mouth_hole = 0.0
        # Small holes and a wide sheet: nothing of the face behind spoils the turn.
        self._hole = (float(rng.uniform(0.5, 0.7)), float(rng.uniform(0.5, 0.8)))
        self._hinge, self._aside = 0.4, 2.6

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let the holder also practise the bend and the tilts that look most like a turn."""
        super().calibrate(landmarks_of)
        straight = self._stand.body.frame(_PRACTICE_S).copy()
        best = (-1.0, self._bend, self._hand.turned)
        for bend in _BENDS:
            self._bend = bend
            left, right = (self._best_turn(landmarks_of, straight, side) for side in (1.0, -1.0))
            # One side is asked for: a bend that fools it to either side is better than none.
            reached = sum(min(side[0], _TURN_AIM) for side in (left, right)) / 2
            found = (reached, bend, (left[1], right[1]))
            best = max(best, found, key=itemgetter(0))
            if best[0] >= _TURN_AIM:
                break
        _, self._bend, self._hand.turned = best

    def _best_turn(
        self, landmarks_of: LandmarksOf, straight: BgrImage, side: float
    ) -> tuple[float, Pose]:
        """The largest turn seen (nose position) to `side`, and the tilt that showed it."""
        best = (-1.0, Pose(yaw=side * _TRIED[0][0]))
        for yaw, pitch in _TRIED:
            picture, rest = straight.copy(), self._hand.rest
            turn = Pose(yaw=side * yaw, pitch=pitch, nearer=_NEARER)
            held = replace(rest, yaw=rest.yaw + turn.yaw, pitch=rest.pitch + pitch, nearer=_NEARER)
            self._hold_before(picture, self._sheet(_PRACTICE_S), held)
            seen = landmarks_of(picture)
            if seen is not None:
                best = max(best, (side * nose_position(seen), turn), key=itemgetter(0))
            if best[0] >= _TURN_AIM:
                break
        return best

    def obey(self, action: Action, start_s: float) -> None:
        """React to a prompt from `start_s` on; behind the tilted sheet the face stays straight."""
        if action not in (Action.TURN_LEFT, Action.TURN_RIGHT):
            self._stand.body.obey(action, start_s)
        self._hand.obey(action, start_s + self._stand.body.traits.lateness_s)

    def _sheet(self, t_s: float) -> BgrImage:
        level = round(self._hand.level(Action.MOUTH, t_s) * _LEVELS)
        if level not in self._sheets:
            drop = level / _LEVELS * self._drop_share * 0.42 * self._stand.photo.iod_px
            self._sheets[level] = self._cut(drop)
        return self._sheets[level]

    def _cut(self, chin_drop_px: float) -> BgrImage:
        whole = super()._cut(chin_drop_px)
        if chin_drop_px <= 0:
            return whole
        flap = _flap_cover(self._stand.photo)
        down = np.array([[1, 0, 0], [0, 1, chin_drop_px]], np.float64)
        size = (whole.shape[1], whole.shape[0])
        moved = cv2.warpAffine(_share(whole, flap), down, size)
        # Where the flap was and is no more, one looks through.
        either = cv2.max(flap, cv2.warpAffine(flap, down, size))
        return np.asarray(
            cv2.add(moved, _share(whole, np.asarray(cv2.bitwise_not(either), np.uint8))), np.uint8
        )


def _flap_cover(photo: Photo) -> NDArray[np.uint8]:
    """The cut-out jaw, 0..255: from the lip line down to the chin and a little round it."""
    outline = photo.points[[*LOWER_LIP_INNER, *CHIN_LINE]]
    shape = photo.picture.shape[:2]
    cover = cover_of((shape[0], shape[1]), [outline], 0.8)
    return np.asarray(np.round(cover * 255), np.uint8)


def _share(sheet: BgrImage, cover: NDArray[np.uint8]) -> BgrImage:
    four = cv2.merge((cover, cover, cover, cover))
    return np.asarray(cv2.multiply(sheet, four, scale=1 / 255.0), np.uint8)
