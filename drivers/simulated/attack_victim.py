"""What every attacker has: a frontal photo of the victim, and a body to stand behind it (SIM)."""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulated.attack_surface import Region, region_around
from drivers.simulated.camera_model import CameraModel
from drivers.simulated.person import LandmarksOf, SimulatedPerson
from drivers.simulated.person_canvas import FACE_Y, HEIGHT, WIDTH, make_backdrop
from drivers.simulated.person_light import PersonTraits, wall_lit
from drivers.simulated.screen_light import PAGE, ScreenLight
from station.booth.messages import Action
from station.booth.ports import BgrImage

Points = NDArray[np.float32]
_UP, _DOWN = 1.75, 2.35
"""Reach of a print above and below the eyes, over IOD."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """One subject: picture and mesh (478, 3) as `PortraitReader.read` gives them."""

    picture: BgrImage
    mesh: Points


class Actor(Protocol):
    """Whoever or whatever is in front of the simulated camera."""

    species: str
    light: ScreenLight
    exposure: float

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Prepare with the help of the real landmark net."""
        ...

    def obey(self, action: Action, start_s: float) -> None:
        """React to a prompt from `start_s` on."""
        ...

    def frame(self, t_s: float) -> BgrImage:
        """The camera frame (720, 1280, 3) at `t_s`; call with rising times."""
        ...


@dataclass(frozen=True, slots=True)
class Photo:
    """A frontal picture of the victim (720, 1280, 3) and its mesh (478, 2) in it.

    The size is that of a face in front of the camera.
    """

    picture: BgrImage
    points: Points

    @property
    def iod_px(self) -> float:
        """Distance of the outer eye corners."""
        return float(np.hypot(*(self.points[263] - self.points[33])))

    @property
    def between_eyes(self) -> tuple[float, float]:
        """The middle of the eye line."""
        x, y = (self.points[263] + self.points[33]) / 2
        return float(x), float(y)


def cover_of(shape: tuple[int, int], outlines: list[Points], blur_px: float = 1.0) -> Points:
    """Cover 0..1 (height, width) inside any of the outlines, with soft edges."""
    drawn = np.zeros(shape, np.uint8)
    for outline in outlines:
        cv2.fillPoly(drawn, [np.round(outline * 16).astype(np.int32)], (255,), cv2.LINE_AA, 4)
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), blur_px) / np.float32(255), np.float32)


def grown(outline: Points, across: float, down: float | None = None) -> Points:
    """An outline enlarged about its own middle."""
    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    factors = np.array((across, across if down is None else down), np.float32)
    return np.asarray(middle + (outline - middle) * factors, np.float32)


def printed(picture: BgrImage, rng: np.random.Generator) -> BgrImage:
    """`picture` in ink on paper: black is not quite black, white not white, colours are off."""
    black, white = rng.uniform(8, 26), rng.uniform(226, 250)
    cast = rng.uniform(0.94, 1.06, 3)
    levels = black + np.arange(256)[:, None] / 255.0 * (white * cast - black)
    table = np.clip(np.round(levels), 0, 255).astype(np.uint8)[None]
    soft = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 0.9)))
    return np.asarray(cv2.LUT(soft, table), np.uint8)


def with_cover(picture: BgrImage, cover: Points) -> BgrImage:
    """(height, width, 4): premultiplied BGR, and `cover` (0..1) as bytes."""
    matte = np.asarray(np.round(cover * 255), np.uint8)
    colour = cv2.multiply(picture, cv2.cvtColor(matte, cv2.COLOR_GRAY2BGR), scale=1 / 255.0)
    return np.dstack((colour, matte)).astype(np.uint8)


def sheet_cover(photo: Photo, aside: float = 1.75) -> NDArray[np.float32]:
    """Cover 0..1 (height, width) of a rectangular print that reaches `aside` IOD to each side."""
    height, width = photo.picture.shape[:2]
    x, y = photo.between_eyes
    iod = photo.iod_px
    cover = np.zeros((height, width), np.float32)
    rows = slice(max(2, round(y - _UP * iod)), min(height - 2, round(y + _DOWN * iod)))
    columns = slice(max(2, round(x - aside * iod)), round(x + aside * iod))
    cover[rows, columns] = 1.0
    return cover


def sheet_region(photo: Photo, aside: float = 1.75) -> Region:
    """Where such a print can be while it is tilted in the hand."""
    (x, y), iod = photo.between_eyes, photo.iod_px
    return region_around((x, y + 0.3 * iod), (1.2 * aside * iod, 2.6 * iod))


class OpenEye(CameraModel):
    """No camera at all: for pictures that are worked on before a camera sees them."""

    def __init__(self) -> None:
        super().__init__(0, 1, 1)

    def expose(self, picture: BgrImage, exposure: float = 1.0) -> BgrImage:
        """`picture` itself."""
        return picture


class Stand:
    """The attacker's body and room, the camera before them, and the victim's photo at that size.

    The body has the victim's build and eyes, which is the best case for whoever looks through
    holes. `light` and `exposure` are set by the actor.
    """

    def __init__(self, portrait: Portrait, seed: int, traits: PersonTraits | None = None) -> None:
        self.rng = np.random.default_rng([seed, 1])
        self.body = SimulatedPerson(portrait.picture, portrait.mesh, seed, traits)
        self.camera = CameraModel(seed + 11, WIDTH, HEIGHT)
        self.body.camera = OpenEye()
        self.lamp = self.body.traits.lamp()
        level = self.body.traits.metered(portrait.picture, portrait.mesh)
        self._backdrop = make_backdrop(level)
        self._wall: tuple[ScreenLight, BgrImage] | None = None
        self._last_light = PAGE
        picture = self.body.frame(0.0)
        self.photo = Photo(picture, _placed(portrait.mesh, self.body.traits.iod_px))

    def calibrate(self, landmarks_of: LandmarksOf) -> None:
        """Let the body learn its movements, and take the photo anew with it looking straight."""
        self.body.calibrate(landmarks_of)
        picture = self.body.frame(0.0)
        points = landmarks_of(picture)
        if points is not None:
            self.photo = Photo(picture, points)

    def wall(self, light: ScreenLight) -> BgrImage:
        """The empty room; a fresh copy."""
        if self._wall is None or self._wall[0] != light:
            self._wall = (light, wall_lit(self.lamp, self._backdrop, light))
        return self._wall[1].copy()

    def during_exposure(self, light: ScreenLight) -> ScreenLight:
        """The light of one frame: a mix where it changed while the frame was exposed."""
        if light == self._last_light:
            return light
        last, self._last_light = self._last_light, light
        return last.blend(light, float(self.rng.uniform(0.2, 1.0)))


def _placed(mesh: Points, iod_px: float) -> Points:
    """The mesh where `SimulatedPerson` puts the face in the frame, before any turn."""
    across = mesh[263, :2] - mesh[33, :2]
    scale = iod_px / max(float(np.hypot(*across)), 1.0)
    roll = float(np.arctan2(across[1], across[0]))
    cosine, sine = scale * np.cos(roll), scale * np.sin(roll)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    middle = mesh[[33, 263, 1], :2].mean(axis=0)
    return np.asarray((mesh[:, :2] - middle) @ turn.T + (WIDTH / 2, FACE_Y), np.float32)
