"""A software person, rendered from one portrait photo (SIM).

Pixels only: detector, mesh, matcher and PAD see blink, mouth and turns as they would on a camera.
The face is the portrait's texture on a relief, rotated in three dimensions; what is hidden on the
portrait (the far cheek's back) is not invented, so turns stay below about 30 degrees.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import itemgetter

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulated.camera_model import CameraModel
from drivers.simulated.person_canvas import HEIGHT, WIDTH, make_backdrop, prepare_canvas
from drivers.simulated.person_expression import JAW_STYLES, LID_STYLES, Expression
from drivers.simulated.person_light import LitHead, PersonTraits
from drivers.simulated.person_pose import (
    chin_height,
    eye_distance,
    eye_opening,
    mouth_gap,
    mouth_ratio,
    nose_position,
)
from drivers.simulated.person_relief import STEP, Relief
from drivers.simulated.screen_light import PAGE, ScreenLight
from station.booth.messages import Action
from station.booth.ports import BgrImage

_RIGHT_OUTER, _LEFT_OUTER, _NOSE_TIP = 33, 263, 1
_TURN_PROXY = 0.30
"""Yaw proxy a simulated turn aims at: past the gate of 0.20 as people do."""
_MAX_YAW = 0.85
_YAW_PER_PROXY = 1.3
_BLINK_AIM = 0.25
_BLINK_ENOUGH = 0.36
_EYE_GAIN = 1.6
_CELL = (STEP - 1) / 2
"""From a cell's corner to its middle, where an enlargement has the cell's own value."""
_CHIN_AIM = 0.65
_MOUTH_AIM = 0.30
LandmarksOf = Callable[[BgrImage], NDArray[np.float32] | None]


@dataclass(frozen=True, slots=True)
class _Movement:
    action: Action
    start_s: float
    rise_s: float
    hold_s: float
    fall_s: float

    def level(self, t_s: float) -> float:
        """How far the movement is at `t_s`, 0..1, eased at both ends."""
        t = t_s - self.start_s
        if t <= 0 or t >= self.rise_s + self.hold_s + self.fall_s:
            return 0.0
        if t < self.rise_s:
            share = t / self.rise_s
        elif t <= self.rise_s + self.hold_s:
            share = 1.0
        else:
            share = 1.0 - (t - self.rise_s - self.hold_s) / self.fall_s
        return share * share * (3 - 2 * share)


def movement_of(action: Action, start_s: float, pace: float = 1.0) -> _Movement:
    """The usual course of an action; `pace` above 1 is slower."""
    rise, hold, fall = {
        # Asked for, not spontaneous: people hold such a blink about this long.
        Action.BLINK: (0.10, 0.36, 0.12),
        Action.MOUTH: (0.28, 0.45, 0.28),
    }.get(action, (0.50, 0.45, 0.45))
    return _Movement(action, start_s, rise * pace, hold * pace, fall * pace)


class SimulatedPerson:
    """One subject in front of a plain wall.

    `portrait_bgr`: at least 200 pixels wide; `mesh` (478, 3): x, y in its pixels and z in the same
    scale, smaller towards the camera. The same seed gives the same frames; it also draws the
    `traits`, unless they are given.

    Attributes:
        light: what the screen emits; set it before `frame`.
        exposure: the camera's linear exposure factor; it takes effect a frame or two later.
        traits: distance, room light and skin of this presentation.
        camera: the camera in front of it.
    """

    def __init__(
        self,
        portrait_bgr: BgrImage,
        mesh: NDArray[np.float32],
        seed: int,
        traits: PersonTraits | None = None,
    ) -> None:
        self._rng = np.random.default_rng(seed)
        self.camera = CameraModel(seed + 1, WIDTH, HEIGHT)
        self.light, self.exposure = PAGE, 1.0
        self._movements: list[_Movement] = []
        self._phases = self._rng.uniform(0, 2 * np.pi, 8)
        self.traits = PersonTraits.drawn(self._rng) if traits is None else traits
        level = self.traits.metered(portrait_bgr, mesh)
        canvas = prepare_canvas(portrait_bgr, mesh, self.traits.iod_px, level)
        texture, points = canvas.texture, canvas.mesh
        self._left, self._top = canvas.left, canvas.top
        self._relief = Relief(points, texture.shape[0], texture.shape[1])
        self._expression = Expression(texture, points[:, :2])
        self._frontal_yaw, self._left_yaw, self._right_yaw = _turn_angles(points, self._relief)
        self._head = LitHead(self._relief, self.traits, self._left, self._top)
        self._backdrop = make_backdrop(level)
        self._last_light: ScreenLight = PAGE
        self._next_blink_s = float(self._rng.uniform(2.0, 5.0))

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let this person learn to turn, blink and open the mouth visibly.

        People do the same who watch the progress ring. `landmarks_of` measures a frame with the
        real landmark net: (478, 2) points, or None where no face is found.
        """
        self._frontal_yaw = self._solve_yaw(landmarks_of, 0.0, self._frontal_yaw)
        self._left_yaw = self._solve_yaw(landmarks_of, _TURN_PROXY, self._left_yaw)
        self._right_yaw = self._solve_yaw(landmarks_of, -_TURN_PROXY, self._right_yaw)
        rest = landmarks_of(self._still(self._frontal_yaw, 0.0, 0.0))
        if rest is not None and self._choose_lids(landmarks_of, rest) > _BLINK_ENOUGH:
            # Squinting on a portrait: people asked to look at a camera open their eyes.
            self._expression.open_eyes(_EYE_GAIN)
            rest = landmarks_of(self._still(self._frontal_yaw, 0.0, 0.0))
            if rest is not None:
                self._choose_lids(landmarks_of, rest)
        if rest is not None:
            self._choose_jaw(landmarks_of, rest)

    def _choose_lids(self, landmarks_of: LandmarksOf, rest: NDArray[np.float32]) -> float:
        best = (1.0, self._expression.style)
        for style in LID_STYLES:
            self._expression.style = style
            seen = landmarks_of(self._still(self._frontal_yaw, 1.0, 0.0))
            if seen is not None:
                openness = max(eye_opening(seen, i) / eye_opening(rest, i) for i in (0, 1))
                best = min(best, (openness, style), key=itemgetter(0))
            if best[0] < _BLINK_AIM:
                break
        self._expression.style = best[1]
        return best[0]

    def _choose_jaw(self, landmarks_of: LandmarksOf, rest: NDArray[np.float32]) -> None:
        best = (0.0, self._expression.style)
        for gape, share in JAW_STYLES:
            style = replace(self._expression.style, gape=gape, chin_share=share)
            self._expression.style = style
            seen = landmarks_of(self._still(self._frontal_yaw, 0.0, 1.0))
            if seen is None:
                continue
            # The net sees a gaping face a little wider; whoever judges it measures in its IOD.
            same = eye_distance(rest) / eye_distance(seen)
            lips = max(same * mouth_gap(seen) - mouth_gap(rest), 1.0)
            drop = (same * chin_height(seen) - chin_height(rest)) / lips
            growth = mouth_ratio(seen) - mouth_ratio(rest)
            best = max(best, (min(drop / _CHIN_AIM, growth / _MOUTH_AIM), style), key=itemgetter(0))
            if best[0] >= 1.0:
                break
        self._expression.style = best[1]

    def _solve_yaw(self, landmarks_of: LandmarksOf, aim: float, start: float) -> float:
        yaw, best = start, (1.0, start)
        for _ in range(6):
            seen = landmarks_of(self._still(yaw, 0.0, 0.0))
            if seen is None:
                yaw = 0.8 * yaw
                continue
            error = aim - nose_position(seen)
            best = min(best, (abs(error), yaw))
            if abs(error) < 0.015:
                break
            yaw = float(np.clip(yaw + error * _YAW_PER_PROXY, -_MAX_YAW, _MAX_YAW))
        return best[1]

    def _still(self, yaw: float, closure: float, opening: float) -> BgrImage:
        texture = self._expression.texture(closure, opening)
        lit = self._head.texture(texture, yaw, 0.0, PAGE)
        coarse = self._relief.source_map(yaw, 0.0, 0.0, (-_CELL, -_CELL))
        return self.camera.expose(self._compose(lit, coarse, self._backdrop))

    def obey(self, action: Action, start_s: float) -> None:
        """Do one action, beginning at `start_s` on the clock of `frame`, later by `lateness_s`."""
        start_s += self.traits.lateness_s
        self._movements.append(movement_of(action, start_s, self.traits.pace))

    def frame(self, t_s: float) -> BgrImage:
        """The camera frame (720, 1280, 3) at `t_s`; call with rising times."""
        self._blink_now_and_then(t_s)
        self._movements = [m for m in self._movements if t_s - m.start_s < 6.0]
        level = dict.fromkeys(Action, 0.0)
        for movement in self._movements:
            level[movement.action] = max(level[movement.action], movement.level(t_s))
        texture = self._expression.texture(level[Action.BLINK], level[Action.MOUTH])
        yaw, pitch, roll, shift = self._pose(t_s, level)
        light = self._light_during_exposure()
        lit = self._head.texture(texture, yaw, pitch, light)
        coarse = self._relief.source_map(yaw, pitch, roll, shift)
        picture = self._compose(lit, coarse, self._head.wall(self._backdrop, light))
        return self.camera.expose(picture, self.exposure)

    def _light_during_exposure(self) -> ScreenLight:
        """The present light, or part of the last where it changed while a frame was exposed."""
        if self.light == self._last_light:
            return self.light
        last, self._last_light = self._last_light, self.light
        return last.blend(self.light, float(self._rng.uniform(0.2, 1.0)))

    def _blink_now_and_then(self, t_s: float) -> None:
        if t_s >= self._next_blink_s:
            self._next_blink_s = t_s + float(self._rng.uniform(2.5, 6.0))
            self._movements.append(_Movement(Action.BLINK, t_s, 0.06, 0.05, 0.09))

    def _pose(
        self, t_s: float, level: dict[Action, float]
    ) -> tuple[float, float, float, tuple[float, float]]:
        """Yaw, pitch and roll in radians, and the shift in pixels."""
        wave = [
            float(np.sin(2 * np.pi * t_s * rate + phase))
            for rate, phase in zip((0.23, 0.31, 0.17, 0.29, 0.41), self._phases, strict=False)
        ]
        yaw = self._frontal_yaw + 0.012 * wave[0]
        yaw += level[Action.TURN_LEFT] * (self._left_yaw - self._frontal_yaw)
        yaw += level[Action.TURN_RIGHT] * (self._right_yaw - self._frontal_yaw)
        pitch, roll = 0.012 * wave[1], 0.008 * wave[2]
        breath = 1.2 * wave[3]
        return yaw, pitch, roll, (2.5 * wave[4] - _CELL, breath - _CELL)

    def _compose(self, texture: BgrImage, coarse: NDArray[np.float32], wall: BgrImage) -> BgrImage:
        height, width = texture.shape[:2]
        # Per plane and by whole cells: many times faster than a warp (measured).
        size = (STEP * coarse.shape[1], STEP * coarse.shape[0])
        x_map, y_map = (cv2.resize(part, size)[:height, :width] for part in cv2.split(coarse))
        layer = cv2.remap(texture, x_map, y_map, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        rows = slice(self._top, self._top + height)
        columns = slice(self._left, self._left + width)
        uncovered = cv2.cvtColor(cv2.bitwise_not(layer[..., 3]), cv2.COLOR_GRAY2BGR)
        behind = cv2.multiply(wall[rows, columns], uncovered, scale=1 / 255.0)
        picture = wall.copy()
        cv2.add(cv2.cvtColor(layer, cv2.COLOR_BGRA2BGR), behind, dst=picture[rows, columns])
        return picture


def _turn_angles(points: NDArray[np.float32], relief: Relief) -> tuple[float, float, float]:
    """Yaw in radians that makes this face frontal, and turned to its own left and right."""
    marks = points[[_NOSE_TIP, _RIGHT_OUTER, _LEFT_OUTER], :2]
    angles = np.linspace(-_MAX_YAW, _MAX_YAW, 281)
    turned = np.outer(np.cos(angles), marks[:, 0] - relief.centre[0])
    turned += np.outer(np.sin(angles), relief.depth_at(marks))
    proxy = (turned[:, 0] - turned[:, 1]) / (turned[:, 2] - turned[:, 1]) - 0.5
    frontal, left, right = (
        float(angles[np.argmin(np.abs(proxy - aim))]) for aim in (0.0, _TURN_PROXY, -_TURN_PROXY)
    )
    return frontal, left, right
