"""Where the simulated person stands: the cut-out portrait at frame scale, and the wall (SIM)."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulated.person_matte import cut_out
from station.booth.ports import BgrImage

WIDTH, HEIGHT = 1280, 720
IOD_PX = 132.0
"""Outer-eye distance in the frame of somebody at half a metre."""
IOD_M = 0.09
FACE_Y = 330.0
"""Row of the frame in which a face's middle is; the optical axis meets it at half a metre."""
BACKDROP_LEVEL = 0.82
"""Encoded level of the wall and of whoever stands before it, as a webcam would meter them.

It leaves room for the screen's light on a face, which must not be clipped."""
_RIGHT_OUTER, _LEFT_OUTER, _NOSE_TIP = 33, 263, 1
_WORK_WIDTH = 800
_MARGIN = 40
_SIDE_FADE = 90


@dataclass(frozen=True, slots=True)
class Canvas:
    """The part of the frame in which the person can be."""

    texture: BgrImage
    """(height, width, 4): colour premultiplied by the matte, and the matte."""
    mesh: NDArray[np.float32]
    """(478, 3) in canvas pixels; z in the same scale, smaller towards the camera."""
    left: int
    top: int
    """Place of the canvas in the frame."""


def prepare_canvas(
    portrait: BgrImage,
    mesh: NDArray[np.float32],
    iod_px: float = IOD_PX,
    level: float = BACKDROP_LEVEL,
) -> Canvas:
    """Cut out, scale, level and place one portrait; `level` multiplies its encoded values."""
    eyes = mesh[_LEFT_OUTER, :2] - mesh[_RIGHT_OUTER, :2]
    scale = iod_px / max(float(np.hypot(*eyes)), 1.0)
    roll = float(np.arctan2(eyes[1], eyes[0]))
    centre = mesh[[_RIGHT_OUTER, _LEFT_OUTER, _NOSE_TIP], :2].mean(axis=0)
    cosine, sine = scale * np.cos(roll), scale * np.sin(roll)
    matrix = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0]])
    matrix[:, 2] = (_WORK_WIDTH / 2, FACE_Y) - matrix[:, :2] @ centre
    points = mesh.astype(np.float64)
    points[:, :2] = mesh[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    points[:, 2] *= scale
    x_map, y_map = cv2.split(_inside_map(matrix, portrait.shape[1], _last_row(portrait)))
    edge = cv2.BORDER_REPLICATE
    colour = cv2.remap(portrait, x_map, y_map, cv2.INTER_CUBIC, borderMode=edge)
    whole = cv2.remap(cut_out(portrait, mesh), x_map, y_map, cv2.INTER_LINEAR, borderMode=edge)
    matte = _fade_sides(np.asarray(cv2.GaussianBlur(whole, (0, 0), 2.0), np.uint8))
    covered = cv2.cvtColor(matte, cv2.COLOR_GRAY2BGR)
    cut = cv2.multiply(colour, covered, scale=level / 255.0)
    texture = np.dstack((cut, matte)).astype(np.uint8)
    x, y, width = _bounds(matte)
    points[:, :2] -= (x, y)
    cropped = np.ascontiguousarray(texture[y:, x : x + width])
    left = (WIDTH - _WORK_WIDTH) // 2 + x
    return Canvas(cropped, points.astype(np.float32), left, y)


def _bounds(matte: NDArray[np.uint8]) -> tuple[int, int, int]:
    """Left, top and width of what is covered, with a margin to move in."""
    columns = np.flatnonzero(matte.max(axis=0) > 8)
    rows = np.flatnonzero(matte.max(axis=1) > 8)
    left = max(0, int(columns[0]) - _MARGIN)
    right = min(matte.shape[1], int(columns[-1]) + _MARGIN)
    return left, max(0, int(rows[0]) - _MARGIN), right - left


def _fade_sides(matte: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shoulders that reach the canvas' sides end softly instead of at a straight cut."""
    x = np.arange(matte.shape[1], dtype=np.float32)
    inward = np.minimum(x, matte.shape[1] - 1 - x)
    return np.asarray(matte * np.clip(inward / _SIDE_FADE, 0.0, 1.0), np.uint8)


def _last_row(portrait: BgrImage) -> int:
    """Last row above a black filling, which aligned picture sets leave at the lower edge."""
    width = portrait.shape[1]
    bright = portrait[:, width // 3 : 2 * width // 3].max(axis=2) > 0
    full = np.flatnonzero(bright.mean(axis=1) > 0.98)
    return int(full[-1]) - 1 if full.size else portrait.shape[0] - 1


def _inside_map(matrix: NDArray[np.float64], width: int, last_row: int) -> NDArray[np.float32]:
    """Portrait position of every canvas pixel; beyond its sides the shoulders slope on."""
    back = cv2.invertAffineTransform(matrix)
    ys, xs = np.mgrid[0:HEIGHT, 0:_WORK_WIDTH].astype(np.float32)
    x = back[0, 0] * xs + back[0, 1] * ys + back[0, 2]
    y = back[1, 0] * xs + back[1, 1] * ys + back[1, 2]
    kept = np.clip(x, 0, width - 1)
    beyond = np.abs(x - kept)
    return np.dstack((kept, np.minimum(y - 0.45 * beyond, last_row))).astype(np.float32)


def make_backdrop(level: float = BACKDROP_LEVEL) -> BgrImage:
    """A plain wall, lit softly from above; `level` multiplies its encoded values."""
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    fall_off = 1.0 - 0.22 * ((xs / WIDTH - 0.5) ** 2 * 2 + (ys / HEIGHT - 0.35) ** 2)
    wall = level * fall_off[..., None] * np.array((196.0, 192.0, 186.0), np.float32)
    return np.asarray(np.clip(wall, 0, 255), np.uint8)
