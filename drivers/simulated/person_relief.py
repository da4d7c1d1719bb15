"""The relief of a simulated head and its rotation as a dense displacement (SIM).

Depth is an ellipsoid for the skull plus the mesh's own relief on the face; it is limited in slope
so that the rotation has one source pixel for every output pixel.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.float32]
STEP = 5
"""Pixels per grid cell: displacements are smooth, so they are solved coarsely."""
_CHEEK_RIGHT, _CHEEK_LEFT, _FOREHEAD, _CHIN = 234, 454, 10, 152
_MAX_SLOPE = 1.45
_RELIEF_GAIN = 1.3
"""The net's depth is flatter than heads are: with it, turns need implausible angles."""
_ROUNDS = 14


class Relief:
    """One head on a canvas of (height, width) pixels.

    Attributes:
        centre: what it turns about, x and y in pixels.
        shape: towards the camera in pixels, on every `STEP`-th pixel.
        depth: the same with its slope limited, so that it can be turned.
        influence: share 0..1 of a turn that each such place follows; the shoulders stay.
    """

    def __init__(self, mesh: Grid, height: int, width: int) -> None:
        points = mesh[:, :2]
        face_height = float(points[_CHIN, 1] - points[_FOREHEAD, 1])
        self.centre = np.array(
            [
                (points[_CHEEK_RIGHT, 0] + points[_CHEEK_LEFT, 0]) / 2,
                points[_CHIN, 1] - 0.65 * face_height,
            ],
            np.float32,
        )
        self._half_width = 0.58 * float(points[_CHEEK_LEFT, 0] - points[_CHEEK_RIGHT, 0])
        self._half_height = 0.72 * face_height
        ys, xs = np.mgrid[0:height:STEP, 0:width:STEP].astype(np.float32)
        self._xs, self._ys = xs, ys
        relief = self._skull(xs, ys) + self._face(mesh, xs, ys)
        self.shape = _RELIEF_GAIN * relief
        self.depth = self._limit_slope(self.shape)
        self.influence = self._neck_weight(xs, ys, float(points[_CHIN, 1]), face_height)

    def depth_at(self, points: Grid) -> Grid:
        """Depth towards the camera at (n, 2) canvas points."""
        at = np.ascontiguousarray(points / STEP, np.float32)
        depth = cv2.remap(self.depth, at[:, :1], at[:, 1:], cv2.INTER_LINEAR)
        return np.asarray(depth[:, 0], np.float32)

    def source_map(self, yaw: float, pitch: float, roll: float, shift: tuple[float, float]) -> Grid:
        """Source x, y for every output pixel of the coarse grid, (rows, columns, 2).

        Angles in radians: positive yaw turns to the subject's own left, positive pitch nods down.
        `shift` moves the whole picture, in pixels.
        """
        displacement = self._displacement(yaw, pitch, roll)
        target_x, target_y = self._xs - shift[0], self._ys - shift[1]
        x, y = target_x, target_y
        for _ in range(_ROUNDS):
            moved = cv2.remap(
                displacement,
                x / STEP,
                y / STEP,
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
            x, y = target_x - moved[..., 0], target_y - moved[..., 1]
        return np.dstack((x, y))

    def _displacement(self, yaw: float, pitch: float, roll: float) -> Grid:
        dx, dy = self._xs - self.centre[0], self._ys - self.centre[1]
        x = dx * np.cos(yaw) + self.depth * np.sin(yaw)
        z = self.depth * np.cos(yaw) - dx * np.sin(yaw)
        y = dy * np.cos(pitch) + z * np.sin(pitch)
        rolled_x = x * np.cos(roll) - y * np.sin(roll)
        rolled_y = x * np.sin(roll) + y * np.cos(roll)
        moved = np.dstack((rolled_x - dx, rolled_y - dy)) * self.influence[..., None]
        return moved.astype(np.float32)

    def _skull(self, x: Grid, y: Grid) -> Grid:
        u = (x - self.centre[0]) / self._half_width
        v = (y - self.centre[1]) / self._half_height
        hull = np.clip(1.0 - u**2 - v**2, 0.0, None)
        return np.asarray(0.9 * self._half_width * hull, np.float32)

    def _face(self, mesh: Grid, xs: Grid, ys: Grid) -> Grid:
        """What the mesh has over the skull, spread to the grid and fading outside the face."""
        x, y = mesh[:, 0], mesh[:, 1]
        toward_camera = -mesh[:, 2]
        over = toward_camera - self._skull(x, y)
        over = over - np.median(over)
        sigma = 0.09 * self._half_width
        flat_x, flat_y = xs.reshape(-1, 1), ys.reshape(-1, 1)
        spread = np.zeros(flat_x.shape[0], np.float32)
        near = (np.abs(flat_x[:, 0] - self.centre[0]) < 1.6 * self._half_width) & (
            np.abs(flat_y[:, 0] - self.centre[1]) < 1.5 * self._half_height
        )
        squared = (flat_x[near] - x) ** 2 + (flat_y[near] - y) ** 2
        weight = np.exp(-squared / (2 * sigma**2))
        total = weight.sum(axis=1)
        spread[near] = (weight @ over) / (total + 0.05)
        grid = spread.reshape(xs.shape)
        return np.asarray(cv2.GaussianBlur(grid, (0, 0), 1.2), np.float32)

    @staticmethod
    def _limit_slope(depth: Grid) -> Grid:
        ramp = np.arange(depth.shape[1], dtype=np.float32) * STEP * _MAX_SLOPE
        right = np.maximum.accumulate(depth + ramp, axis=1) - ramp
        left = np.maximum.accumulate((right + ramp[::-1])[:, ::-1], axis=1)[:, ::-1] - ramp[::-1]
        return np.asarray(cv2.GaussianBlur(left.astype(np.float32), (0, 0), 1.0), np.float32)

    def _neck_weight(self, xs: Grid, ys: Grid, chin: float, face_height: float) -> Grid:
        # The head turns, the shoulders stay: the influence fades through the neck and sideways.
        down = np.clip((ys - chin) / (0.45 * face_height), 0.0, 1.0)
        aside = np.clip((np.abs(xs - self.centre[0]) / self._half_width - 1.5) / 0.8, 0.0, 1.0)
        fade = np.maximum(down, aside)
        return np.asarray(1.0 - fade * fade * (3 - 2 * fade), np.float32)
