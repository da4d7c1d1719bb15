"""How room and screen light a simulated head, and in what persons and rooms differ (SIM)."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulated.person_canvas import FACE_Y, IOD_M, IOD_PX, WIDTH
from drivers.simulated.person_relief import STEP, Relief
from drivers.simulated.screen_light import (
    PAGE,
    SKIN,
    Gloss,
    Grid,
    Lamp,
    ScreenLight,
    encoded,
    relit,
)
from station.booth.ports import BgrImage

_COARSE = 2
"""Relief cells per cell of the light's grid: 10 pixels, finer than the nose."""
_SAME_POSE_RAD = 0.02
_HEAD_DEPTH = 0.70
"""The relief is exaggerated for turning; its light is worked out on a flatter one."""
_WALL_M = 2.5
_USUAL_DISTANCE_M = 0.5
_REACH_M = (0.44, 0.57)
_AMBIENT_LUX = (50.0, 600.0)
_FACE_LEVEL = (116.0, 142.0)
_LEVELS = (0.5, 1.0)


@dataclass(frozen=True, slots=True)
class PersonTraits:
    """What differs from one presentation to the next besides the face."""

    distance_m: float = _USUAL_DISTANCE_M
    lateness_s: float = 0.0
    """How much later than usual this person reacts."""
    pace: float = 1.0
    """Duration of movements over the usual one."""
    ambient_lux: float = 300.0
    ambient_from: tuple[float, float, float] = (0.0, 0.0, 1.0)
    ambient_share: float = 0.0
    """Share of the room light that has a direction, 0..1."""
    gloss: Gloss = SKIN
    """The soft lobe of the skin."""
    face_level: float = 128.0
    """Encoded level, in its brightest colour, at which the webcam meters the face, if it is not
    darker anyway: a face that the white screen would burn out tells no light layer anything."""

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Self:
        """One presentation out of the usual range: 50 to 600 lux, 44 to 57 cm."""
        azimuth, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 1.0)
        aside = float(np.sqrt(1 - height**2))
        low, high = np.log(_AMBIENT_LUX)
        return cls(
            distance_m=float(rng.uniform(*_REACH_M)),
            lateness_s=float(rng.uniform(0.0, 0.2)),
            pace=float(rng.uniform(0.9, 1.15)),
            ambient_lux=float(np.exp(rng.uniform(low, high))),
            # Rooms are lit from above more than from below.
            ambient_from=(
                aside * float(np.cos(azimuth)),
                -abs(aside * float(np.sin(azimuth))),
                float(height),
            ),
            ambient_share=float(rng.uniform(0.0, 0.35)),
            gloss=Gloss(float(rng.uniform(0.08, 0.35)), int(rng.integers(8, 20))),
            face_level=float(rng.uniform(*_FACE_LEVEL)),
        )

    @property
    def iod_px(self) -> float:
        """Outer-eye distance in the frame at this distance."""
        return IOD_PX * _USUAL_DISTANCE_M / self.distance_m

    def lamp(self) -> Lamp:
        """Room and screen as they reach this person."""
        return Lamp(
            self.ambient_lux,
            self.distance_m,
            ambient_from=self.ambient_from,
            ambient_share=self.ambient_share,
        )

    def metered(self, portrait: BgrImage, mesh: NDArray[np.float32]) -> float:
        """Encoded level by which a webcam would darken the portrait."""
        mask = np.zeros(portrait.shape[:2], np.uint8)
        cv2.fillConvexPoly(mask, cv2.convexHull(mesh[:, :2].astype(np.int32)), 1)
        brightest = max(cv2.mean(portrait, mask)[:3])
        return float(np.clip(self.face_level / max(brightest, 1.0), *_LEVELS))


class LitHead:
    """Light on the head's texture and on the wall behind, worked out anew only when needed.

    `left`, `top` place the canvas in the frame.
    """

    def __init__(self, relief: Relief, traits: PersonTraits, left: int, top: int) -> None:
        self._lamp, self._gloss = traits.lamp(), traits.gloss
        pixel_m = IOD_M / traits.iod_px
        depth = _HEAD_DEPTH * relief.shape
        slope_y, slope_x = np.gradient(depth, STEP)
        across = np.dstack((-slope_x, -slope_y, np.ones_like(depth)))
        # Every second node of the relief, which are the middles of the light's cells.
        part = (slice(1, None, _COARSE), slice(1, None, _COARSE))
        self._normals = (across / np.linalg.norm(across, axis=2, keepdims=True))[part]
        self._turning = relief.influence[part][..., None]
        ys, xs = np.mgrid[0 : depth.shape[0], 0 : depth.shape[1]].astype(np.float32)[:, *part]
        # The nearest of the face stands at the distance; the shoulders are that much behind.
        centre = np.array([*relief.centre, depth.max()], np.float32)
        self._offsets = np.dstack((xs * STEP, ys * STEP, depth[part])) - centre
        middle = (relief.centre[0] + left - WIDTH / 2, relief.centre[1] + top - FACE_Y, 0.0)
        self._middle_m = np.asarray(middle, np.float32) * pixel_m
        self._pixel_m = pixel_m
        self._pose = (0.0, 0.0)
        self._reach, self._room = self._reached(0.0, 0.0)
        self._lit: tuple[BgrImage, ScreenLight, BgrImage] | None = None
        self._wall: tuple[ScreenLight, BgrImage] | None = None

    def texture(self, texture: BgrImage, yaw: float, pitch: float, light: ScreenLight) -> BgrImage:
        """`texture` (premultiplied, with matte) of a head turned by `yaw`, `pitch` under `light`.

        Two calls with the same `texture` object mean the same picture.
        """
        if (
            self._turned(yaw, pitch)
            or self._lit is None
            or self._lit[0] is not texture
            or self._lit[1] != light
        ):
            lit = relit(texture, self.gain(yaw, pitch, light), STEP * _COARSE)
            self._lit = (texture, light, lit)
        return self._lit[2]

    def gain(self, yaw: float, pitch: float, light: ScreenLight) -> Grid:
        """Linear BGR multiplier on the grid, in the texture's own coordinates."""
        if self._turned(yaw, pitch):
            self._pose = (yaw, pitch)
            self._reach, self._room = self._reached(yaw, pitch)
        return self._lamp.gain_of(self._reach, self._room, light)

    def _turned(self, yaw: float, pitch: float) -> bool:
        return abs(yaw - self._pose[0]) + abs(pitch - self._pose[1]) > _SAME_POSE_RAD

    def _reached(self, yaw: float, pitch: float) -> tuple[tuple[Grid, Grid], Grid]:
        turn, share = _rotation(yaw, pitch).T, self._turning
        normals = share * (self._normals @ turn) + (1 - share) * self._normals
        normals /= np.linalg.norm(normals, axis=2, keepdims=True)
        moved = share * (self._offsets @ turn) + (1 - share) * self._offsets
        places = moved * self._pixel_m + self._middle_m
        return self._lamp.reach(normals, places, self._gloss), self._lamp.room(normals)

    def wall(self, backdrop: BgrImage, light: ScreenLight) -> BgrImage:
        """The wall far behind: next to nothing of the screen reaches it."""
        if light == PAGE:
            return backdrop
        if self._wall is None or self._wall[0] != light:
            self._wall = (light, wall_lit(self._lamp, backdrop, light))
        return self._wall[1]


def wall_lit(lamp: Lamp, backdrop: BgrImage, light: ScreenLight) -> BgrImage:
    """`backdrop` as the screen lights a wall 2.5 m behind the face."""
    normal = np.array([[[0.0, 0.0, 1.0]]], np.float32)
    gain = lamp.gain(normal, np.array([[[0.0, 0.0, -_WALL_M]]], np.float32), light)[0, 0]
    factors = np.array([[encoded(float(part)) for part in gain]])
    table = np.clip(np.round(np.arange(256)[:, None] * factors), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(backdrop, table[None]), np.uint8)


def _rotation(yaw: float, pitch: float) -> NDArray[np.float32]:
    """As `Relief` turns: positive yaw to the subject's own left, positive pitch nods down."""
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    return np.asarray(about_x @ about_y, np.float32)
