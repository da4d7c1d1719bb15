"""A photo of a person on paper, held in front of the camera by someone who obeys (SIM).

The sheet is a plane, or bent about a vertical axis; it reflects the screen as paper does. Its
holder tilts it for turn prompts; for blink and mouth nothing can be done with it.
"""

from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulated.attack_surface import (
    Hand,
    Pose,
    Region,
    cast,
    lay_over,
    lit,
    region_around,
)
from drivers.simulated.camera_model import CameraModel
from drivers.simulated.person import LandmarksOf
from drivers.simulated.person_canvas import FACE_Y, HEIGHT, WIDTH, make_backdrop
from drivers.simulated.person_light import PersonTraits, wall_lit
from drivers.simulated.person_pose import nose_position
from drivers.simulated.screen_light import PAGE, PAPER, PHOTO_PAPER, Gloss, ScreenLight
from station.booth.messages import Action
from station.booth.ports import BgrImage

_BORDER = 0.12
"""White border over IOD."""
_REACH = (2.2, 2.0, 2.6)
"""What of the portrait is printed: aside, above and below the eyes, over IOD."""
_BELOW_EYES = 0.35
_TILT = (0.72, 0.86)
"""Range of the holder's tilt in radians (41 to 49 degrees)."""
_STEEPEST = 0.88
"""Beyond about 50 degrees no detector finds the face, and the holder sees that."""
_STRAIGHT_ENOUGH = 0.09
_TRIED_YAWS = (-0.6, -0.45, -0.3, 0.3, 0.45, 0.6)
_RIGHT_OUTER, _LEFT_OUTER = 33, 263


@dataclass(frozen=True, slots=True)
class PhotoStyle:
    """How a print is made and held; the tilt for turns is drawn from the actor's seed."""

    bend_iod: float | None = None
    """Radius of its curve over IOD; None is flat."""
    nearer_from: float = 1.0
    """Size at the start over the size it is brought to; above 1 it moves away."""
    approach_s: float = 2.0
    gloss: Gloss = PAPER

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Self:
        """One of the ways people hold a print: half of them bent, half of them moved."""
        bent, moved, glossy = rng.random(3) < (0.5, 0.5, 0.4)
        radius = float(rng.uniform(1.0, 3.0))
        start = float(rng.choice((rng.uniform(0.70, 0.9), rng.uniform(1.08, 1.2))))
        return cls(
            bend_iod=radius if bent else None,
            nearer_from=start if moved else 1.0,
            approach_s=float(rng.uniform(1.2, 3.0)),
            gloss=PHOTO_PAPER if glossy else PAPER,
        )

    def nearer(self, t_s: float) -> float:
        """Size at `t_s` over the size at rest."""
        share = min(1.0, max(0.0, t_s / self.approach_s))
        return self.nearer_from + (1 - self.nearer_from) * share * share * (3 - 2 * share)


class PhotoAttack:
    """A print of `portrait_bgr`; `mesh` (478, 3) only tells how large to hold it.

    Attributes:
        light: what the screen emits; set it before `frame`.
        exposure: the camera's linear exposure factor; it takes effect a frame or two later.
        camera: the camera in front of it.
    """

    species = "photo"

    def __init__(
        self,
        portrait_bgr: BgrImage,
        mesh: NDArray[np.float32],
        seed: int,
        style: PhotoStyle = PhotoStyle(),
        traits: PersonTraits | None = None,
    ) -> None:
        """`traits` is the room the holder stands in; by default the seed draws it."""
        rng = np.random.default_rng(seed)
        self.camera = CameraModel(seed + 1, WIDTH, HEIGHT)
        self.light, self.exposure = PAGE, 1.0
        self._rng, self._style = rng, style
        self._traits = PersonTraits.drawn(rng) if traits is None else traits
        self._lamp = self._traits.lamp()
        level = self._traits.metered(portrait_bgr, mesh)
        self._backdrop = make_backdrop(level)
        # The holder brings the pictured face to the size of a face, wherever that is.
        iod = self._traits.iod_px
        self._sheet, self._origin = _print_sheet(portrait_bgr, mesh, iod, level)
        self._radius = None if style.bend_iod is None else style.bend_iod * iod
        self._hand = Hand(rng, Pose(), float(rng.uniform(*_TILT)))
        self._base_yaw = 0.0
        self._last_light: ScreenLight = PAGE
        self._wall = (PAGE, self._backdrop)

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let the holder find the angle at which the pictured face looks straight ahead.

        A portrait that looks aside would otherwise fail already at "look straight".
        """
        best = (1.0, 0.0)
        for yaw in (0.0, *_TRIED_YAWS):
            self._base_yaw = yaw
            seen = landmarks_of(self.frame(self._style.approach_s))
            if seen is not None:
                best = min(best, (abs(nose_position(seen)), yaw))
            if yaw == 0.0 and best[0] < _STRAIGHT_ENOUGH:
                break
        self._base_yaw = best[1]

    def obey(self, action: Action, start_s: float) -> None:
        """React to a prompt from `start_s` on."""
        self._hand.obey(action, start_s + self._traits.lateness_s)

    def frame(self, t_s: float) -> BgrImage:
        """The camera frame (720, 1280, 3) at `t_s`."""
        light = self._light_during_exposure()
        if self._wall[0] != light:
            self._wall = (light, wall_lit(self._lamp, self._backdrop, light))
        picture = self._wall[1].copy()
        pose = self._hand.pose(t_s)
        yaw = float(np.clip(self._base_yaw + pose.yaw, -_STEEPEST, _STEEPEST))
        pose = replace(pose, yaw=yaw, nearer=pose.nearer * self._style.nearer(t_s))
        region = self._region(pose)
        centre = (WIDTH / 2, FACE_Y + _BELOW_EYES * self._traits.iod_px)
        seen = cast(region, centre, pose, self._radius)
        gain = lit(seen, self._lamp, light, self._style.gloss)
        lay_over(picture, self._sheet, self._origin, seen, gain)
        return self.camera.expose(picture, self.exposure)

    def _light_during_exposure(self) -> ScreenLight:
        if self.light == self._last_light:
            return self.light
        last, self._last_light = self._last_light, self.light
        return last.blend(self.light, float(self._rng.uniform(0.2, 1.0)))

    def _region(self, pose: Pose) -> Region:
        """The part of the frame the sheet can be in."""
        height, width = self._sheet.shape[:2]
        # Tilted edges come nearer and look larger; they are shorter, too.
        grow = 1.25 * pose.nearer
        centre = (WIDTH / 2, FACE_Y + _BELOW_EYES * self._traits.iod_px)
        aside = max(self._origin[0], width - self._origin[0])
        return region_around(centre, (grow * aside, grow * max(self._origin[1], height)))


def _print_sheet(
    portrait: BgrImage, mesh: NDArray[np.float32], iod_px: float, level: float
) -> tuple[BgrImage, tuple[float, float]]:
    """The sheet (height, width, 4) in frame scale, and the place on it that stays in place."""
    eyes = mesh[_LEFT_OUTER, :2] - mesh[_RIGHT_OUTER, :2]
    iod = max(float(np.hypot(*eyes)), 1.0)
    scale = iod_px / iod
    x, y = ((mesh[_LEFT_OUTER, :2] + mesh[_RIGHT_OUTER, :2]) / 2).tolist()
    aside, above, below = (reach * iod for reach in _REACH)
    top, bottom = max(0, round(y - above)), min(portrait.shape[0], round(y + below))
    left, right = max(0, round(x - aside)), min(portrait.shape[1], round(x + aside))
    part = portrait[top:bottom, left:right]
    size = (round(part.shape[1] * scale), round(part.shape[0] * scale))
    picture = cv2.resize(part, size, interpolation=cv2.INTER_CUBIC)
    # Ink on paper: black is not quite black and white is not quite white.
    printed = cv2.convertScaleAbs(picture, alpha=0.86 * level, beta=16 * level)
    border, white = round(_BORDER * iod_px), (232 * level, 236 * level, 236 * level)
    framed = cv2.copyMakeBorder(
        printed, border, border, border, border, cv2.BORDER_CONSTANT, value=white
    )
    opaque = np.full((*framed.shape[:2], 1), 255, np.uint8)
    origin = ((x - left) * scale + border, (y - top + _BELOW_EYES * iod) * scale + border)
    return np.dstack((framed, opaque)).astype(np.uint8), origin
