"""What the rig's tests remember of portraits is what would be made anew."""

from dataclasses import astuple

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.simulated.camera_model import CameraModel
from drivers.simulated.person_canvas import IOD_PX, make_backdrop, prepare_canvas
from drivers.simulated.person_matte import cut_out
from drivers.simulated.person_relief import Relief
from tests.rig import known_portraits as known
from tests.rig.test_rig_visits import reader
from tests.unit.face_kit import engine, portrait


def alike(one: object, other: object) -> bool:
    """Whether two results are equal, arrays to the last value."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and np.array_equal(one, other)
    if isinstance(one, np.random.Generator):
        return isinstance(other, np.random.Generator) and (
            one.bit_generator.state == other.bit_generator.state
        )
    return one == other


def test_pictures_of_one_portrait_are_those_made_anew() -> None:
    engine()
    face = portrait()
    mesh = reader().mesh_with_depth(face)
    assert alike(known.known_cut_out(face, mesh), cut_out(face, mesh))
    assert alike(known.known_backdrop(0.8), make_backdrop(0.8))
    for iod_px in (IOD_PX, IOD_PX + 10):
        again, fresh = (
            make(face, mesh, iod_px, 0.8) for make in (known.known_canvas, prepare_canvas)
        )
        assert all(map(alike, astuple(again), astuple(fresh)))
        size = fresh.texture.shape[:2]
        assert alike(Relief(fresh.mesh, *size).shape, relief_made_anew(fresh.mesh, *size))


def relief_made_anew(mesh: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Relief, "_face", known.FACE_MADE_ANEW)
        return Relief(mesh, height, width).shape


def test_a_known_camera_is_a_new_one() -> None:
    first, second = known.KnownCamera(5, 64, 48), known.KnownCamera(5, 64, 48)
    fresh = CameraModel(5, 64, 48)
    picture = np.full((48, 64, 3), 90, np.uint8)
    for camera in (first, second):
        assert camera.__dict__.keys() == fresh.__dict__.keys()
        assert all(alike(camera.__dict__[name], fresh.__dict__[name]) for name in camera.__dict__)
    # Using one changes neither the other nor what is remembered.
    assert not np.array_equal(first.expose(picture), first.expose(picture))
    assert np.array_equal(second.expose(picture), fresh.expose(picture))
    third, fresh = known.KnownCamera(5, 64, 48), CameraModel(5, 64, 48)
    assert np.array_equal(third.expose(picture), fresh.expose(picture))


def test_a_copy_may_be_written_to() -> None:
    known.known_backdrop(0.7)[:] = 0
    assert known.known_backdrop(0.7).max() > 0
