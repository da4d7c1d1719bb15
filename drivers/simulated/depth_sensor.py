"""A time-of-flight sensor's view of whoever stands there: depth and near-infrared (SIM).

Surfaces are analytic: a head (ellipsoid, nose, brow), a sheet, a sheet bent round a vertical
cylinder. Near-infrared levels are guesses of the order of magnitude: skin and paper reflect, a
display gives nothing. Not modelled: a turned head's far side, light scattered in skin, multipath.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from drivers.simulated.camera_model import FOCAL_PX
from drivers.simulated.person_canvas import FACE_Y, IOD_M, IOD_PX, WIDTH
from station.booth.ports import BgrImage

MAP_WIDTH, MAP_HEIGHT = 160, 90
SKIN, PAPER, DISPLAY = 0.35, 0.60, 0.01
_WALL_MM, _WALL_LEVEL = 1600.0, 0.20
_NOISE_MM, _NOISE_LEVEL = 3.0, 0.01
_HEAD_MM = (78.0, 160.0, 80.0)
"""Half axes of the ellipsoid that a face's front follows: breadth, height, depth."""
_CHIN_MM = 120.0
_NOSE_MM, _NOSE_AT_MM, _NOSE_SIZE_MM = 28.0, 25.0, (12.0, 18.0)


class Shape(StrEnum):
    """What a surface is like in space."""

    HEAD = "HEAD"
    SHEET = "SHEET"
    BENT = "BENT"
    NOTHING = "NOTHING"


@dataclass(frozen=True, slots=True)
class Surface:
    """What stands before the sensor."""

    shape: Shape
    level: float = SKIN
    """Near-infrared level, 0..1."""
    radius_mm: float = 100.0
    """Of a bent sheet."""


SURFACES = {
    "live": Surface(Shape.HEAD),
    "rigid_mask": Surface(Shape.HEAD),
    "dark_mask": Surface(Shape.HEAD, DISPLAY),
    "photo": Surface(Shape.SHEET, PAPER),
    "bent_photo": Surface(Shape.BENT, PAPER),
    "display": Surface(Shape.SHEET, DISPLAY),
    "empty": Surface(Shape.NOTHING),
}
"""By what a scene shows. `rigid_mask` passes both: silicone is this layer's blind spot."""


class DepthSensor:
    """Draws one map per call; the same seed gives the same noise."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 9])
        scale = WIDTH / MAP_WIDTH
        rows, columns = np.mgrid[0:MAP_HEIGHT, 0:MAP_WIDTH].astype(np.float32)
        self._x_px = (columns + 0.5) * scale - WIDTH / 2
        self._y_px = (rows + 0.5) * scale - FACE_Y

    def map(self, surface: Surface, iod_px: float = IOD_PX) -> BgrImage:
        """(90, 160, 3): depth in mm, low and high byte, and level, of a face at `iod_px`."""
        distance_mm = FOCAL_PX * IOD_M * 1000 / iod_px
        depth = np.full(self._x_px.shape, _WALL_MM)
        level = np.full(self._x_px.shape, _WALL_LEVEL)
        near = self._front(surface, distance_mm)
        here = np.isfinite(near)
        depth[here], level[here] = near[here], surface.level
        depth += self._rng.normal(0.0, _NOISE_MM, depth.shape)
        level += self._rng.normal(0.0, _NOISE_LEVEL, level.shape)
        millimetres = np.clip(np.round(depth), 0, 65535).astype(np.uint16)
        encoded = np.clip(np.round(255 * level), 0, 255).astype(np.uint8)
        low, high = (millimetres & 0xFF).astype(np.uint8), (millimetres >> 8).astype(np.uint8)
        return np.dstack((low, high, encoded))

    def _front(self, surface: Surface, distance_mm: float) -> NDArray[np.float64]:
        """Depth of the surface's front, NaN beside it; its nearest point is at `distance_mm`."""
        x, y = (side * distance_mm / FOCAL_PX for side in (self._x_px, self._y_px))
        front = np.full(x.shape, np.nan)
        if surface.shape is Shape.HEAD:
            breadth, height, deep = _HEAD_MM
            hull = (x / breadth) ** 2 + (y / height) ** 2
            fall = deep * (1 - np.sqrt(np.clip(1 - hull, 0, None)))
            across, down = _NOSE_SIZE_MM
            nose = _NOSE_MM * np.exp(-((x / across) ** 2) - ((y - _NOSE_AT_MM) / down) ** 2)
            inside = (hull < 1) & (np.abs(y) < _CHIN_MM)
            front = np.where(inside, distance_mm + fall - nose, np.nan)
        elif surface.shape is Shape.SHEET:
            front = np.where((np.abs(x) < 120) & (np.abs(y) < 160), distance_mm, np.nan)
        elif surface.shape is Shape.BENT:
            radius = surface.radius_mm
            inside = (np.abs(x) < 0.9 * radius) & (np.abs(y) < 160)
            sag = radius - np.sqrt(np.clip(radius**2 - x**2, 0, None))
            front = np.where(inside, distance_mm + sag, np.nan)
        return np.asarray(front, np.float64)
