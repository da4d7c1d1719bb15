"""The victim's face printed on paper and worn bent round a live head (SIM).

The mask turns with its wearer. Live eyes look and blink through two holes; a slit lets the live
lips be seen as they part, but the paper chin stays where it is.
"""

import cv2
import numpy as np

from drivers.simulated.attack_features import FACE_OUTLINE, LEFT_EYE, LIPS, RIGHT_EYE
from drivers.simulated.attack_surface import Hand, Pose, Region, cast, lay_over, lit, region_around
from drivers.simulated.attack_victim import (
    Photo,
    Portrait,
    Stand,
    cover_of,
    grown,
    printed,
    with_cover,
)
from drivers.simulated.person import LandmarksOf
from drivers.simulated.person_canvas import IOD_M
from drivers.simulated.screen_light import PAGE, PAPER, PHOTO_PAPER
from station.booth.messages import Action
from station.booth.ports import BgrImage

_RADIUS_M = (0.080, 0.100)
_TURN = (0.35, 0.50)
"""Radians: the mask goes as far as the head in it."""
_TAPED = 0.4
"""Share of masks without a slit."""


class PaperMask:
    """A cylinder of paper with the victim's face, worn."""

    species = "paper_mask"

    def __init__(self, portrait: Portrait, seed: int) -> None:
        self.light, self.exposure = PAGE, 1.0
        self._stand = Stand(portrait, seed)
        rng = self._stand.rng
        self._radius_m = float(rng.uniform(*_RADIUS_M))
        self._margin = float(rng.uniform(1.02, 1.12))
        self._hole = (float(rng.uniform(1.08, 1.2)), float(rng.uniform(1.5, 1.9)))
        self._slit = 0.0 if rng.random() < _TAPED else float(rng.uniform(0.75, 1.0))
        self._unrolled = bool(rng.random() < 0.5)
        self._gloss = PHOTO_PAPER if rng.random() < 0.3 else PAPER
        self._hand = Hand(rng, Pose(), float(rng.uniform(*_TURN)), jitter=0.4)
        self._sheet: BgrImage | None = None

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Take the photo, and cut its holes where the wearer's eyes will be."""
        self._stand.calibrate(landmarks_of)
        self._sheet = None

    def obey(self, action: Action, start_s: float) -> None:
        """React to a prompt from `start_s` on."""
        self._stand.body.obey(action, start_s)
        self._hand.obey(action, start_s + self._stand.body.traits.lateness_s)

    def frame(self, t_s: float) -> BgrImage:
        """The camera frame (720, 1280, 3) at `t_s`; call with rising times."""
        stand, photo = self._stand, self._stand.photo
        stand.body.light = stand.during_exposure(self.light)
        picture = stand.body.frame(t_s).copy()
        if self._sheet is None:
            self._sheet = self._mask()
        radius = self._radius_px()
        origin, region = photo.between_eyes, _region(photo)
        seen = cast(region, origin, self._hand.pose(t_s), radius, radius)
        gain = lit(seen, stand.lamp, stand.body.light, self._gloss)
        lay_over(picture, self._sheet, origin, seen, gain)
        return stand.camera.expose(picture, self.exposure)

    def _radius_px(self) -> float:
        return self._radius_m / IOD_M * self._stand.photo.iod_px

    def _mask(self) -> BgrImage:
        photo = self._stand.photo
        shape = (photo.picture.shape[0], photo.picture.shape[1])
        outline = grown(photo.points[list(FACE_OUTLINE)], self._margin)
        holes = [grown(photo.points[list(ids)], *self._hole) for ids in (RIGHT_EYE, LEFT_EYE)]
        if self._slit:
            holes.append(grown(photo.points[list(LIPS)], self._slit, 0.8 * self._slit))
        cover = cover_of(shape, [outline]) * (1 - cover_of(shape, holes))
        sheet = with_cover(printed(photo.picture, self._stand.rng), np.asarray(cover, np.float32))
        return self._unroll(sheet) if self._unrolled else sheet

    def _unroll(self, sheet: BgrImage) -> BgrImage:
        """Printed wider towards the edges, so that it has the photo's width when it is bent."""
        middle, radius = self._stand.photo.between_eyes[0], self._radius_px()
        height, width = sheet.shape[:2]
        angle = np.clip((np.arange(width) - middle) / radius, -np.pi / 2, np.pi / 2)
        columns = (middle + radius * np.sin(angle)).astype(np.float32)
        rows = np.arange(height, dtype=np.float32)
        x_map = np.ascontiguousarray(np.broadcast_to(columns, (height, width)))
        y_map = np.ascontiguousarray(np.broadcast_to(rows[:, None], (height, width)))
        return np.asarray(cv2.remap(sheet, x_map, y_map, cv2.INTER_LINEAR), np.uint8)


def _region(photo: Photo) -> Region:
    (x, y), half = photo.between_eyes, 1.7 * photo.iod_px
    return region_around((x, y + 0.4 * photo.iod_px), (half, 1.1 * half))
