"""A made-up other person: a portrait's features moved, resized and repainted (SIM).

For rigs without a second portrait. Not a likeness of anybody; the matcher sees little of the
original in it (cosine .24 to .55 on eight portraits, measured), but a real second portrait is
always the better accomplice.
"""

from dataclasses import astuple, dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulated.attack_features import BROWS, FACE_OUTLINE, LIPS
from station.booth.ports import BgrImage

Grid = NDArray[np.float64]
_ROUNDS = 12
_BEARD_BGR = (38.0, 44.0, 56.0)


@dataclass(frozen=True, slots=True)
class _Build:
    """Moves over IOD (outwards, down) and size factors of the features."""

    eyes_apart: float
    eye_width: float
    eye_height: float
    nose_down: float
    nose_width: float
    mouth_down: float
    mouth_width: float
    mouth_height: float
    chin_down: float
    chin_width: float
    brows_down: float


_BROAD = _Build(0.10, 0.70, 0.75, 0.12, 1.35, 0.10, 1.30, 1.25, 0.16, 1.30, 0.05)
_NARROW = _Build(-0.09, 0.72, 0.70, 0.14, 0.72, 0.12, 0.75, 0.75, 0.20, 0.72, 0.07)
_TONES = {True: (0.75, 0.82, 0.90), False: (0.98, 1.02, 1.05)}


@dataclass(frozen=True, slots=True)
class _Bump:
    """A soft part of the face that moves and grows; lengths in pixels."""

    centre: Grid
    move: Grid
    grow: tuple[float, float]
    reach: float


def make_stranger(
    portrait: BgrImage, mesh: NDArray[np.float32], seed: int
) -> tuple[BgrImage, NDArray[np.float32]]:
    """Picture and mesh (478, 3) of somebody else, from `portrait` and its mesh."""
    rng = np.random.default_rng(seed)
    broad = bool(rng.integers(2))
    bumps = _bumps(mesh[:, :2].astype(np.float64), _BROAD if broad else _NARROW, rng)
    painted = _repaint(portrait, mesh[:, :2], broad, rng)
    height, width = portrait.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = xs.astype(np.float64), ys.astype(np.float64)
    for _ in range(_ROUNDS):
        dx, dy = _displacement(bumps, x, y)
        x, y = 0.4 * x + 0.6 * (xs - dx), 0.4 * y + 0.6 * (ys - dy)
    picture = cv2.remap(
        painted,
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    moved = mesh.astype(np.float64)
    dx, dy = _displacement(bumps, moved[:, 0], moved[:, 1])
    moved[:, 0] += dx
    moved[:, 1] += dy
    return np.asarray(picture, np.uint8), moved.astype(np.float32)


def _bumps(points: Grid, build: _Build, rng: np.random.Generator) -> list[_Bump]:
    spread = rng.uniform(0.85, 1.15, len(astuple(build)))
    values = [
        value * s if abs(value) < 0.5 else 1 + (value - 1) * s
        for value, s in zip(astuple(build), spread, strict=True)
    ]
    b = _Build(*values)
    across = points[263] - points[33]
    iod = float(np.hypot(*across))
    down = np.array([-across[1], across[0]])

    def bump(ids: tuple[int, ...], move: Grid, grow: tuple[float, float], reach: float) -> _Bump:
        return _Bump(points[list(ids)].mean(axis=0), move, grow, reach * iod)

    eye = (b.eye_width, b.eye_height)
    return [
        bump((33, 133, 159, 145), -b.eyes_apart * across, eye, 0.24),
        bump((263, 362, 386, 374), b.eyes_apart * across, eye, 0.24),
        bump((4,), b.nose_down * down, (b.nose_width, 1.0), 0.26),
        bump((13, 14, 61, 291), b.mouth_down * down, (b.mouth_width, b.mouth_height), 0.30),
        bump((152,), b.chin_down * down, (b.chin_width, 1.0), 0.45),
        bump((105,), b.brows_down * down, (1.0, 1.0), 0.22),
        bump((334,), b.brows_down * down, (1.0, 1.0), 0.22),
    ]


def _displacement(bumps: list[_Bump], x: Grid, y: Grid) -> tuple[Grid, Grid]:
    dx, dy = np.zeros_like(x), np.zeros_like(y)
    for part in bumps:
        right, below = x - part.centre[0], y - part.centre[1]
        weight = np.exp(-(right**2 + below**2) / (2 * part.reach**2))
        dx += weight * (part.move[0] + right * (part.grow[0] - 1))
        dy += weight * (part.move[1] + below * (part.grow[1] - 1))
    return dx, dy


def _repaint(
    portrait: BgrImage, points: NDArray[np.float32], broad: bool, rng: np.random.Generator
) -> BgrImage:
    """Another skin tone, a beard and heavier brows."""
    height, width = portrait.shape[:2]
    iod = float(np.hypot(*(points[263] - points[33])))

    def soft(ids: tuple[int, ...], blur: float, grow: float) -> NDArray[np.float32]:
        outline = points[list(ids)]
        outline = outline.mean(axis=0) + (outline - outline.mean(axis=0)) * grow
        drawn = np.zeros((height, width), np.float32)
        cv2.fillPoly(drawn, [outline.astype(np.int32)], (1.0,))
        return np.asarray(cv2.GaussianBlur(drawn, (0, 0), blur * iod), np.float32)

    face = soft(FACE_OUTLINE, 0.06, 1.0)
    brows = np.clip(sum(soft(brow, 0.02, 1.25) for brow in BROWS), 0, 1)
    rows = np.arange(height, dtype=np.float32)[:, None]
    lower = np.clip((rows - points[1, 1]) / (0.25 * iod), 0, 1) * face
    beard = 0.62 * np.clip(lower - soft(LIPS, 0.03, 1.1), 0, 1)[..., None]
    stubble = np.array(_BEARD_BGR) + rng.normal(0, 10, (height, width, 1))
    painted = portrait * (1 - beard) + beard * stubble
    painted *= (1 - 0.35 * brows)[..., None]
    painted *= 1 + (np.array(_TONES[broad]) - 1) * face[..., None]
    return np.asarray(np.clip(painted, 0, 255), np.uint8)
