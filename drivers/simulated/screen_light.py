"""How the screen lights whatever stands in front of it, in linear light (SIM).

The screen is an area of Lambertian cells: each adds L * dA * cos_r * cos_s / r^2 to a surface
(face.md A.3 L4b), plus a soft lobe where the surface is glossy. Room light is a figure in lux.

Axes, in metres from where the face's middle stands: x to the right of the unmirrored camera
picture, which is the subject's own left; y down; z towards the screen. The camera looks over the
screen's upper edge, straight at the face.

Not modelled: a surface's shadow on itself (the nose on the cheek), light through skin, light that
comes back from the room.
"""

from dataclasses import dataclass
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from station.booth.lights import Light, emitted
from station.booth.ports import BgrImage

Grid = NDArray[np.float32]
Rgb = tuple[float, float, float]
GAMMA: Final = 2.2
_ASPECT: Final = (16.0, 9.0)
_INCH_M: Final = 0.0254
_CELLS: Final = (3, 3)
"""Columns and rows of cells per half: within 1 % of a fine division from 0.3 m on (measured)."""


@dataclass(frozen=True, slots=True)
class ScreenLight:
    """Linear light of the screen's halves, (R, G, B) 0..1 of full white.

    Left and right are the subject's own, facing the screen.
    """

    left: Rgb
    right: Rgb

    @classmethod
    def of(cls, light: Light) -> Self:
        """What the screen emits while it shows `light`."""
        return cls(*emitted(light))

    @classmethod
    def even(cls, level: float) -> Self:
        """A neutral screen of one level, 0..1."""
        return cls((level, level, level), (level, level, level))

    def blend(self, other: "ScreenLight", share: float) -> "ScreenLight":
        """This light with `share` (0..1) of `other`: a camera that exposed across the change."""
        return ScreenLight(
            _between(self.left, other.left, share), _between(self.right, other.right, share)
        )


PAGE: Final = ScreenLight.even(0.12)
"""What the ordinary capture page emits: dim and neutral."""


@dataclass(frozen=True, slots=True)
class Gloss:
    """A Blinn-Phong lobe over the diffuse reflection.

    `strength` is the lobe's peak over the diffuse reflection of the same light.
    """

    strength: float
    exponent: int


MATTE: Final = Gloss(0.0, 1)
SKIN: Final = Gloss(0.22, 12)
"""Skin reflects about 4 % at its surface, which is rough; over an albedo of about one half."""
PAPER: Final = Gloss(0.08, 10)
PHOTO_PAPER: Final = Gloss(1.2, 120)


class Lamp:
    """The light of room and screen at the place of the face.

    `ambient_from` is a direction towards the room's light with `ambient_share` (0..1) of
    `ambient_lux` coming from there; a surface that faces the camera gets `ambient_lux` in any case.
    `drop_m` is how far the screen's middle lies below the camera.
    """

    def __init__(
        self,
        ambient_lux: float = 300.0,
        distance_m: float = 0.5,
        *,
        diagonal_inch: float = 24.0,
        white_cd_m2: float = 250.0,
        drop_m: float | None = None,
        ambient_from: tuple[float, float, float] = (0.0, 0.0, 1.0),
        ambient_share: float = 0.0,
    ) -> None:
        self.ambient_lux = ambient_lux
        self.distance_m = distance_m
        diagonal = float(np.hypot(*_ASPECT))
        width, height = (diagonal_inch * _INCH_M * side / diagonal for side in _ASPECT)
        drop = height / 2 if drop_m is None else drop_m
        columns, rows = _CELLS
        self._per_cell = white_cd_m2 * width * height / (2 * columns * rows)
        across = (np.arange(columns) + 0.5) / columns * width / 2
        down = (np.arange(rows) + 0.5) / rows * height - height / 2 + drop
        # The subject's left is the picture's right: positive x.
        self._halves = [[(side * x, y) for x in across for y in down] for side in (1.0, -1.0)]
        self._ambient_from = np.asarray(ambient_from, np.float32)
        self._ambient_from /= float(np.linalg.norm(self._ambient_from))
        self._ambient_share = ambient_share

    def reach(self, normals: Grid, positions: Grid, gloss: Gloss = MATTE) -> tuple[Grid, Grid]:
        """Light in lux, each (h, w), of the left and of the right half at full white.

        `normals` (h, w, 3) have length 1, `positions` (h, w, 3) are in metres. With `gloss` it is
        the diffuse light that would look as bright.
        """
        nx, ny, nz = (np.ascontiguousarray(normals[..., i], np.float32) for i in range(3))
        px, py, pz = (np.ascontiguousarray(positions[..., i], np.float32) for i in range(3))
        away = self.distance_m - pz
        eye = np.sqrt(px * px + py * py + away * away)
        facing = (nz * away - nx * px - ny * py) / eye
        halves: list[Grid] = []
        for cells in self._halves:
            total = np.zeros(nx.shape, np.float32)
            for x, y in cells:
                dx, dy = x - px, y - py
                squared = dx * dx + dy * dy + away * away
                lit = nx * dx + ny * dy + nz * away
                part = np.maximum(lit, 0) * away / (squared * squared)
                if gloss.strength:
                    length = np.sqrt(squared)
                    along = (away * away - px * dx - py * dy) / (length * eye)
                    half = np.maximum(lit / length + facing, 0) / np.sqrt(2 + 2 * along)
                    part *= 1 + gloss.strength * half**gloss.exponent
                total += part
            halves.append((self._per_cell * total).astype(np.float32))
        return halves[0], halves[1]

    def room(self, normals: Grid) -> Grid:
        """Room light in lux, (h, w); the same everywhere unless part of it has a direction."""
        toward = np.maximum(normals @ self._ambient_from, 0) / max(self._ambient_from[2], 0.2)
        share = self._ambient_share
        return np.asarray(self.ambient_lux * (1 - share + share * toward), np.float32)

    def gain(
        self, normals: Grid, positions: Grid, light: ScreenLight, gloss: Gloss = MATTE
    ) -> Grid:
        """Linear BGR multiplier (h, w, 3) on a picture taken under even room light and `PAGE`.

        (h, w) is a coarse grid; `relit` enlarges it.
        """
        return self.gain_of(self.reach(normals, positions, gloss), self.room(normals), light)

    def gain_of(self, reach: tuple[Grid, Grid], room: Grid, light: ScreenLight) -> Grid:
        """`gain` from results of `reach` and `room` that still hold."""
        left, right = reach
        usual = self.ambient_lux + left * PAGE.left[1] + right * PAGE.right[1]
        channels = [room + left * light.left[c] + right * light.right[c] for c in (2, 1, 0)]
        return (np.dstack(channels) / usual[..., None]).astype(np.float32)

    def plane_gain(
        self,
        light: ScreenLight,
        rotation: NDArray[np.float64],
        size_m: tuple[float, float],
        *,
        radius_m: float | None = None,
        gloss: Gloss = PAPER,
        shape: tuple[int, int] = (12, 12),
        centre_m: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> Grid:
        """`gain` over a held sheet of `size_m` (width, height), in sheet coordinates.

        `rotation` (3, 3) turns the sheet out of the position in which it faces the camera. With
        `radius_m` the sheet is bent about its vertical axis, its middle nearest to the camera.
        """
        across = np.linspace(-0.5, 0.5, shape[1], dtype=np.float32) * size_m[0]
        down = np.linspace(-0.5, 0.5, shape[0], dtype=np.float32) * size_m[1]
        u, v = np.meshgrid(across, down)
        if radius_m is None:
            points = np.dstack((u, v, np.zeros_like(u)))
            normals = np.zeros_like(points)
            normals[..., 2] = 1.0
        else:
            angle = u / np.float32(radius_m)
            points = np.dstack((radius_m * np.sin(angle), v, radius_m * (np.cos(angle) - 1)))
            normals = np.dstack((np.sin(angle), np.zeros_like(u), np.cos(angle)))
        turn = rotation.astype(np.float32).T
        placed = points.astype(np.float32) @ turn + np.asarray(centre_m, np.float32)
        return self.gain((normals @ turn).astype(np.float32), placed, light, gloss)


def encoded(gain: float) -> float:
    """Multiplier on gamma-encoded values that does what `gain` does to linear light."""
    return float(max(gain, 0.0) ** (1 / GAMMA))


def relit(picture: BgrImage, gain: Grid, cell_px: int | None = None) -> BgrImage:
    """`picture` (uint8, 3 channels or 4 with a matte) under a linear `gain` grid.

    The grid's first and last nodes lie on the picture's corners; or it has cells of `cell_px`
    pixels from the upper left corner on, which is faster. A matte stays as it is.
    """
    height, width = picture.shape[:2]
    grid = np.ones((*gain.shape[:2], 4), np.float32)
    grid[..., :3] = np.power(np.maximum(gain, 0), 1 / GAMMA)
    # Four channels throughout: three are several times slower in OpenCV (measured).
    fine = _spanned(grid, width, height) if cell_px is None else _tiled(grid, picture, cell_px)
    if picture.shape[2] == 3:
        fine = np.asarray(cv2.cvtColor(fine, cv2.COLOR_BGRA2BGR), np.float32)
    return np.asarray(cv2.multiply(picture, fine, dtype=cv2.CV_8U), np.uint8)


def _spanned(grid: Grid, width: int, height: int) -> Grid:
    rows, columns = grid.shape[:2]
    across, down = (width - 1) / max(columns - 1, 1), (height - 1) / max(rows - 1, 1)
    enlarge = np.array([[across, 0, 0], [0, down, 0]], np.float32)
    fine = cv2.warpAffine(grid, enlarge, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(fine, np.float32)


def _tiled(grid: Grid, picture: BgrImage, cell_px: int) -> Grid:
    rows, columns = (-(-side // cell_px) for side in picture.shape[:2])
    missing = (max(0, rows - grid.shape[0]), max(0, columns - grid.shape[1]))
    if any(missing):
        edge = cv2.BORDER_REPLICATE
        grid = np.asarray(cv2.copyMakeBorder(grid, 0, missing[0], 0, missing[1], edge), np.float32)
    size = (grid.shape[1] * cell_px, grid.shape[0] * cell_px)
    fine = cv2.resize(grid, size)[: picture.shape[0], : picture.shape[1]]
    return np.asarray(fine, np.float32)


def _between(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (a + share * (b - a) for a, b in zip(one, other, strict=True))
    return red, green, blue
