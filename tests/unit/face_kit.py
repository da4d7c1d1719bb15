"""What the face tests share: the models and the one public-domain face, once they are fetched."""

from functools import cache

import cv2
import numpy as np
import pytest

from drivers.face.engine import FaceEngine
from drivers.face.fetch_models import MODELS_FOLDER
from drivers.face.models import load_model_by_role
from drivers.face.pictures import decode_picture
from station.booth.ports import BgrImage
from station.errors import ModelError

NO_MODELS = "models not fetched: python -m drivers.face.fetch_models"


@cache
def _engine() -> FaceEngine | None:
    try:
        return FaceEngine.load(MODELS_FOLDER)
    except ModelError:
        return None


@cache
def _portrait() -> BgrImage | None:
    try:
        return decode_picture(load_model_by_role("demo_portrait", MODELS_FOLDER).data)
    except ModelError:
        return None


def engine() -> FaceEngine:
    """The three models, loaded once per test process."""
    loaded = _engine()
    if loaded is None:
        pytest.skip(NO_MODELS)
    return loaded


def portrait() -> BgrImage:
    """The demo portrait, 512x512 BGR: NASA, public domain."""
    picture = _portrait()
    if picture is None:
        pytest.skip(NO_MODELS)
    return picture.copy()


def live_frame(scale: float = 2.4, centre: tuple[int, int] = (640, 360)) -> BgrImage:
    """A 1280x720 frame with the demo face's middle at `centre`, on grey.

    At `scale` 1 its outer eye corners are 60 px apart.
    """
    frame = np.full((720, 1280, 3), 110, np.uint8)
    paste(frame, scale, centre)
    return frame


def paste(frame: BgrImage, scale: float, centre: tuple[int, int]) -> None:
    """Draw the demo portrait's head into `frame`."""
    head = portrait()[20:250, 120:330]
    enlarged = cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    shift_x = centre[0] - round(104 * scale)
    shift_y = centre[1] - round(98 * scale)
    height, width = frame.shape[:2]
    top, left = max(0, shift_y), max(0, shift_x)
    bottom, right = (
        min(height, shift_y + enlarged.shape[0]),
        min(width, shift_x + enlarged.shape[1]),
    )
    frame[top:bottom, left:right] = enlarged[
        top - shift_y : bottom - shift_y, left - shift_x : right - shift_x
    ]
