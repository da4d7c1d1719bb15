"""What stands in front of the simulated camera, and how it reacts to the screen (SIM)."""

from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulated.attack_photo import PhotoAttack
from drivers.simulated.camera_model import CameraModel
from drivers.simulated.depth_sensor import SURFACES, DepthSensor
from drivers.simulated.person import SimulatedPerson
from drivers.simulated.person_canvas import HEIGHT, IOD_PX, WIDTH, make_backdrop
from drivers.simulated.person_portrait import PortraitError, PortraitReader
from drivers.simulated.screen_light import PAGE, ScreenLight
from station.booth.lights import Light
from station.booth.messages import Action
from station.booth.ports import BgrImage

_REACTION_S = (0.25, 0.50)
_DARK_GAIN = 0.06
_SENSED = {"photo": "photo", "empty": "empty"}
"""What a depth sensor meets in a scene; everybody else is alive."""


class SceneKind(StrEnum):
    """Scenes the stage can show."""

    PERSON = "person"
    PHOTO = "photo"
    EMPTY = "empty"
    TWO = "two"
    DARK = "dark"


class Scene:
    """Owns the actors. Times are seconds on the stage's own clock."""

    def __init__(self, reader: PortraitReader, seed: int) -> None:
        self._reader = reader
        self._seed = seed
        self._rng = np.random.default_rng(seed)
        self._camera = CameraModel(seed + 7, WIDTH, HEIGHT)
        self._backdrop = make_backdrop()
        self._sensor = DepthSensor(seed + 11)
        self._portrait: tuple[BgrImage, NDArray[np.float32]] | None = None
        self._kind = SceneKind.EMPTY
        self._light = PAGE
        self._person: SimulatedPerson | None = None
        self._photo: PhotoAttack | None = None

    def show(self, kind: SceneKind, portrait: Path | None) -> None:
        """Change the scene; without `portrait` the last one stays. Raises `PortraitError`."""
        if portrait is not None:
            self._portrait = self._reader.read(portrait)
            self._person = self._photo = None
        if kind is SceneKind.EMPTY:
            self._kind = kind
            return
        if self._portrait is None:
            raise PortraitError("no portrait yet")
        if kind is SceneKind.PHOTO:
            # A fresh holder each time: no two presentations are the same.
            self._seed += 1
            photo = PhotoAttack(*self._portrait, self._seed)
            photo.calibrate(self._reader.landmarks_of)
            self._photo = photo
        elif self._person is None:
            person = SimulatedPerson(*self._portrait, self._seed)
            person.calibrate(self._reader.landmarks_of)
            self._person = person
        self._kind = kind

    def prompt(self, action: Action, now_s: float) -> None:
        """The screen asks for `action`; whoever is there reacts after a moment."""
        start_s = now_s + float(self._rng.uniform(*_REACTION_S))
        if self._kind is SceneKind.PHOTO and self._photo is not None:
            self._photo.obey(action, start_s)
        elif self._kind is not SceneKind.EMPTY and self._person is not None:
            self._person.obey(action, start_s)

    def light(self, light: Light | None) -> None:
        """The screen shows `light` from now on, or (None) its ordinary page."""
        self._light = PAGE if light is None else ScreenLight.of(light)

    def sensor_map(self) -> BgrImage:
        """What a depth and near-infrared sensor sees, as `DepthSensor.map` says."""
        surface = SURFACES[_SENSED.get(self._kind.value, "live")]
        iod_px = IOD_PX if self._person is None else self._person.traits.iod_px
        return self._sensor.map(surface, iod_px)

    def frame(self, t_s: float) -> BgrImage:
        """The camera frame (720, 1280, 3) at `t_s`; call with rising times."""
        if self._kind is SceneKind.PHOTO and self._photo is not None:
            self._photo.light = self._light
            return self._photo.frame(t_s)
        if self._kind is SceneKind.EMPTY or self._person is None:
            return self._camera.expose(self._backdrop)
        self._person.light = self._light
        picture = self._person.frame(t_s)
        if self._kind is SceneKind.TWO:
            middle = picture[:, WIDTH // 4 : WIDTH - WIDTH // 4]
            return np.hstack((middle, middle[:, ::-1]))
        if self._kind is SceneKind.DARK:
            dim = np.asarray(cv2.convertScaleAbs(picture, alpha=_DARK_GAIN), np.uint8)
            return self._camera.expose(dim)
        return picture
