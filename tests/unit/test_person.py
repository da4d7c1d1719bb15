"""SIM: the parts of the rendered person, one by one."""

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.simulated.camera_model import CameraModel
from drivers.simulated.person import movement_of
from drivers.simulated.person_pose import (
    chin_height,
    eye_opening,
    mouth_gap,
    mouth_ratio,
    nose_position,
)
from drivers.simulated.person_relief import STEP, Relief
from station.booth.messages import Action
from tests.rig.synthetic_head import Pose, points_of

HEIGHT, WIDTH = 480, 520


def mesh() -> NDArray[np.float32]:
    """A synthetic mesh with depth, its face in the middle of the canvas."""
    points = points_of(Pose())
    points[[234, 454, 10]] = np.array([[545, 350], [735, 350], [640, 240]], np.float32)
    across = (points[:, 0] - 640.0) / 100.0
    depth = 60.0 * across**2 - 70.0
    depth[1] = -110.0
    return np.column_stack((points - (380.0, 130.0), depth)).astype(np.float32)


@pytest.fixture(scope="module")
def relief() -> Relief:
    return Relief(mesh(), HEIGHT, WIDTH)


def grid() -> NDArray[np.float32]:
    ys, xs = np.mgrid[0:HEIGHT:STEP, 0:WIDTH:STEP].astype(np.float32)
    return np.dstack((xs, ys))


def test_a_head_at_rest_is_the_portrait(relief: Relief) -> None:
    assert np.allclose(relief.source_map(0.0, 0.0, 0.0, (0.0, 0.0)), grid(), atol=1e-3)


def test_a_shift_moves_everything_alike(relief: Relief) -> None:
    moved = relief.source_map(0.0, 0.0, 0.0, (5.0, -3.0))
    assert np.allclose(moved, grid() - (5.0, -3.0), atol=1e-3)


def test_turning_left_moves_the_nose_further_than_the_cheeks(relief: Relief) -> None:
    source = relief.source_map(0.4, 0.0, 0.0, (0.0, 0.0))
    row = round(float(mesh()[1, 1]) / STEP)
    came_from = source[row, :, 0]
    moved = grid()[row, :, 0] - came_from
    nose = int(np.argmin(np.abs(came_from - mesh()[1, 0])))
    cheek = int(np.argmin(np.abs(came_from - (mesh()[1, 0] - 80))))
    assert moved[nose] > moved[cheek] + 5


@pytest.mark.parametrize("yaw", [-0.6, -0.3, 0.3, 0.6])
def test_every_output_pixel_has_one_source(relief: Relief, yaw: float) -> None:
    """No fold: sources rise along each row (a hair's breadth of numerical slack)."""
    source = relief.source_map(yaw, 0.0, 0.0, (0.0, 0.0))
    assert np.diff(source[..., 0], axis=1).min() > -1.5
    assert np.isfinite(source).all()


def test_shoulders_stay(relief: Relief) -> None:
    source = relief.source_map(0.5, 0.1, 0.0, (0.0, 0.0))
    assert np.allclose(source[-1], grid()[-1], atol=1.0)


@pytest.mark.parametrize("action", list(Action))
def test_a_movement_rises_holds_and_ends(action: Action) -> None:
    movement = movement_of(action, 2.0)
    levels = [movement.level(2.0 + step / 100) for step in range(300)]
    assert movement.level(1.9) == 0.0
    assert max(levels) == 1.0
    assert levels[-1] == 0.0
    assert sum(level == 1.0 for level in levels) >= 19
    assert max(abs(np.diff(levels))) < 0.25


def test_pose_distances_agree_with_the_model() -> None:
    rest, turned = points_of(Pose()), points_of(Pose(yaw=0.4))
    assert abs(nose_position(rest)) < 0.01 < nose_position(turned)
    opened = points_of(Pose(opening=1.0))
    assert mouth_gap(opened) > mouth_gap(rest) + 30
    assert mouth_ratio(opened) > mouth_ratio(rest) + 0.4
    assert chin_height(opened) > chin_height(rest) + 20
    for eye in (0, 1):
        assert eye_opening(rest, eye) > 0


def test_camera_noise_is_seeded_fresh_and_of_the_promised_size() -> None:
    grey = np.full((720, 1280, 3), 120, np.uint8)
    camera, twin = CameraModel(5, noise_sigma=2.2), CameraModel(5, noise_sigma=2.2)
    first, second = camera.expose(grey), camera.expose(grey)
    assert np.array_equal(first, twin.expose(grey))
    assert not np.array_equal(first, second)
    assert float(first.std()) == pytest.approx(2.2, abs=0.4)
    assert float(first.mean()) == pytest.approx(120, abs=2)


def test_jitter_stays_below_the_beat() -> None:
    camera = CameraModel(6, 16, 16)
    jitter = [camera.jitter_s() for _ in range(500)]
    assert max(map(abs, jitter)) <= 0.004
    assert abs(float(np.mean(jitter))) < 5e-4
