"""What is made of one portrait by one seed is made once: the rig's tests do it hundreds of times.

Only what depends on nothing but its arguments is remembered, and handed out as copies, so pixels
are what they would be: tests/rig/test_known_portraits.py shows that.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import ParamSpec, TypeVar

import numpy as np
import pytest

from drivers.simulated.camera_model import CameraModel
from drivers.simulated.person_canvas import make_backdrop, prepare_canvas
from drivers.simulated.person_matte import cut_out
from drivers.simulated.person_relief import Relief

_P = ParamSpec("_P")
_R = TypeVar("_R")
_MOST = 200
"""Camera noise is the largest: 3 MB each."""


def remembered(make: Callable[_P, _R]) -> Callable[_P, _R]:
    """`make`, which computes the same arguments once; the result is the caller's own copy."""
    known: dict[object, _R] = {}

    def recall(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        key = (*map(_value, args), *((name, _value(value)) for name, value in kwargs.items()))
        if key not in known:
            if len(known) >= _MOST:
                known.pop(next(iter(known)))
            known[key] = make(*args, **kwargs)
        return copy.deepcopy(known[key])

    return recall


def _value(argument: object) -> object:
    if isinstance(argument, np.ndarray):
        return argument.shape, argument.dtype.str, blake2b(argument.tobytes()).digest()
    if isinstance(argument, Relief):
        return tuple(_value(argument.__dict__[name]) for name in sorted(argument.__dict__))
    return argument


def _state(*args: object, **kwargs: object) -> dict[str, object]:
    return CameraModel(*args, **kwargs).__dict__  # type: ignore[arg-type]


known_cut_out = remembered(cut_out)
known_canvas = remembered(prepare_canvas)
known_backdrop = remembered(make_backdrop)
FACE_MADE_ANEW = Relief._face
known_face = remembered(FACE_MADE_ANEW)
known_camera = remembered(_state)


class KnownCamera(CameraModel):
    """A `CameraModel` in the state it has when it is new."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.__dict__ = known_camera(*args, **kwargs)


@contextmanager
def known_portraits() -> Iterator[None]:
    """Until left, actors are made of what is already known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("drivers.simulated.person_canvas.cut_out", known_cut_out)
        patch.setattr("drivers.simulated.person.prepare_canvas", known_canvas)
        for module in ("person", "attack_victim", "attack_photo"):
            patch.setattr(f"drivers.simulated.{module}.make_backdrop", known_backdrop)
            patch.setattr(f"drivers.simulated.{module}.CameraModel", KnownCamera)
        patch.setattr(Relief, "_face", known_face)
        yield
