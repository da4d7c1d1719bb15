"""A photo of a person on paper, held in front of the camera by someone who obeys (SIM).

The sheet is a rigid plane under a pinhole camera. Its holder tilts it for turn prompts; for blink
and mouth nothing can be done with it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulated.camera_model import CameraModel
from drivers.simulated.person import LandmarksOf, movement_of
from drivers.simulated.person_canvas import HEIGHT, IOD_PX, WIDTH, make_backdrop
from drivers.simulated.person_pose import nose_position
from station.booth.messages import Action
from station.booth.ports import BgrImage

_FOCAL_PX = 950.0
_DISTANCE = 950.0
_BORDER = 0.06
_TILT = (0.72, 0.86)
"""Range of the holder's tilt in radians (41 to 49 degrees)."""
_STEEPEST = 0.88
"""Beyond about 50 degrees no detector finds the face, and the holder sees that."""
_STRAIGHT_ENOUGH = 0.09
_TRIED_YAWS = (-0.6, -0.45, -0.3, 0.3, 0.45, 0.6)
_RIGHT_OUTER, _LEFT_OUTER = 33, 263


class PhotoAttack:
    """A print of `portrait_bgr`; `mesh` (478, 3) only tells how large to hold it."""

    def __init__(self, portrait_bgr: BgrImage, mesh: NDArray[np.float32], seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._camera = CameraModel(seed + 1, WIDTH, HEIGHT)
        self._backdrop = make_backdrop()
        self._phases = self._rng.uniform(0, 2 * np.pi, 8)
        eyes = mesh[_LEFT_OUTER, :2] - mesh[_RIGHT_OUTER, :2]
        scale = IOD_PX / max(float(np.hypot(*eyes)), 1.0)
        self._sheet, border = _print_sheet(portrait_bgr, scale)
        centre = (mesh[_LEFT_OUTER, :2] + mesh[_RIGHT_OUTER, :2]) / 2 * scale + border
        self._origin = (float(centre[0]), float(centre[1]) + 0.35 * IOD_PX)
        self._movements: list[tuple[float, Action]] = []
        self._base_yaw = 0.0
        self._tilt = float(self._rng.uniform(*_TILT))

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let the holder find the angle at which the pictured face looks straight ahead.

        A portrait that looks aside would otherwise fail already at "look straight".
        """
        best = (1.0, 0.0)
        for yaw in (0.0, *_TRIED_YAWS):
            self._base_yaw = yaw
            seen = landmarks_of(self.frame(0.0))
            if seen is not None:
                best = min(best, (abs(nose_position(seen)), yaw))
            if yaw == 0.0 and best[0] < _STRAIGHT_ENOUGH:
                break
        self._base_yaw = best[1]

    def obey(self, action: Action, start_s: float) -> None:
        """React to a prompt from `start_s` on."""
        self._movements.append((start_s, action))

    def frame(self, t_s: float) -> BgrImage:
        """The camera frame (720, 1280, 3) at `t_s`."""
        homography = self._pose(t_s)
        picture = self._backdrop.copy()
        cv2.warpPerspective(
            self._sheet,
            homography,
            (WIDTH, HEIGHT),
            dst=picture,
            flags=cv2.INTER_AREA,
            borderMode=cv2.BORDER_TRANSPARENT,
        )
        return self._camera.expose(picture)

    def _pose(self, t_s: float) -> NDArray[np.float64]:
        """Homography of the sheet: hand jitter plus the tilt of the present movement."""
        wave = [
            float(np.sin(2 * np.pi * rate * t_s + phase))
            for rate, phase in zip((0.7, 1.1, 0.5, 0.9, 1.7), self._phases, strict=False)
        ]
        yaw, pitch, roll = self._base_yaw + 0.03 * wave[0], 0.03 * wave[1], 0.02 * wave[2]
        for start_s, action in self._movements:
            level = movement_of(action, start_s).level(t_s)
            if action is Action.TURN_LEFT:
                yaw += level * self._tilt
            elif action is Action.TURN_RIGHT:
                yaw -= level * self._tilt
        yaw = float(np.clip(yaw, -_STEEPEST, _STEEPEST))
        rotation = cv2.Rodrigues(np.array([pitch, yaw, roll]))[0]
        to_sheet = np.array([[1, 0, -self._origin[0]], [0, 1, -self._origin[1]], [0, 0, 1.0]])
        shift = np.array([3.0 * wave[3], 3.0 * wave[4], _DISTANCE])
        plane = np.column_stack((rotation[:, 0], rotation[:, 1], shift))
        camera = np.array([[_FOCAL_PX, 0, WIDTH / 2], [0, _FOCAL_PX, HEIGHT / 2 - 20], [0, 0, 1]])
        return np.asarray(camera @ plane @ to_sheet, np.float64)


def _print_sheet(portrait: BgrImage, scale: float) -> tuple[BgrImage, float]:
    """The printed sheet in frame scale, and its white border in pixels."""
    size = (round(portrait.shape[1] * scale), round(portrait.shape[0] * scale))
    picture = cv2.resize(portrait, size, interpolation=cv2.INTER_CUBIC)
    # Ink on paper: black is not quite black and white is not quite white.
    printed = cv2.convertScaleAbs(picture, alpha=0.86, beta=16)
    border = round(_BORDER * max(size))
    sheet = cv2.copyMakeBorder(
        printed, border, border, border, border, cv2.BORDER_CONSTANT, value=(232, 236, 236)
    )
    return np.asarray(sheet, np.uint8), float(border)
