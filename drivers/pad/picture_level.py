"""How bright a whole picture is, as the exposure challenge needs it."""

import numpy as np

from station.booth.ports import BgrImage

_EVERY_PX = 16
_LINEAR = (np.arange(256) / 255.0) ** 2.2


def picture_level(bgr: BgrImage) -> float:
    """Mean of every 16th pixel in linear light (gamma 2.2 undone), 0..1."""
    return float(_LINEAR[bgr[::_EVERY_PX, ::_EVERY_PX]].mean())
