"""L3's depth in heads: heads at any turn have it, sheets under any bend and tilt do not."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.pad.head_relief import RELIEF, RIGID_POINTS, fit_relief
from drivers.pad.measures import measure_face
from drivers.pad.planarity import Planarity, fit_plane
from station.booth.messages import Action
from station.booth.pad_gates import DEFAULT_GATES
from station.booth.ports import Points
from tests.rig.synthetic_head import HEAD_PLACES, IOD_PX, Pose, points_of

Solid = NDArray[np.float64]
GATE = DEFAULT_GATES.head_depth


def face_in_space() -> Solid:
    """(478, 3): a usual head's rigid points, all others in the middle; IOD, towards the camera."""
    solid = np.zeros((478, 3))
    for right, left, beside, height, depth in HEAD_PLACES:
        solid[right], solid[left] = (-beside, height, depth), (beside, height, depth)
    return solid


def bent(radius: float, slant: float) -> Solid:
    """The picture of that face on a sheet bent about an axis `slant` from upright."""
    flat = face_in_space()[:, :2]
    along = np.array((np.cos(slant), np.sin(slant)))
    across = np.array((-along[1], along[0]))
    angle = flat @ along / radius
    bowed = np.outer(radius * np.sin(angle), along) + np.outer(flat @ across, across)
    return np.column_stack((bowed, radius * (np.cos(angle) - 1)))


def seen(solid: Solid, yaw: float, pitch: float, distance: float) -> Points:
    """`solid` turned before a pinhole camera `distance` IOD away."""
    about_y = np.array(
        [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]], np.float64
    )
    about_x = np.array(
        [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]],
        np.float64,
    )
    turned = solid @ about_y.T @ about_x.T
    near = distance / (distance - turned[:, 2:])
    return np.asarray(turned[:, :2] * near * IOD_PX + (640.0, 330.0), np.float32)


def depth_of(solid: Solid, yaw: float, pitch: float, distance: float) -> float:
    fit = fit_relief(seen(solid, 0.0, 0.0, distance), seen(solid, yaw, pitch, distance))
    assert fit is not None
    return fit.depth


def test_the_relief_is_that_of_a_face() -> None:
    assert len(RIGID_POINTS) == len(set(RIGID_POINTS.tolist())) == 58
    assert max(RELIEF, key=RELIEF.__getitem__) == 4  # the tip of the nose
    assert RELIEF[33] == RELIEF[263] < RELIEF[168]


sides = st.sampled_from((-1.0, 1.0))


@given(
    side=sides,
    yaw=st.floats(0.35, 0.8),
    pitch=st.floats(-0.25, 0.25),
    distance=st.floats(4.0, 12.0),
    deeper=st.floats(0.8, 1.3),
)
@settings(max_examples=150, deadline=None)
def test_a_head_has_its_depth_however_far_it_turns(
    side: float, yaw: float, pitch: float, distance: float, deeper: float
) -> None:
    head = face_in_space() * (1.0, 1.0, deeper)
    assert depth_of(head, side * yaw, pitch, distance) > GATE


tilts = st.tuples(st.floats(-0.95, 0.95), st.floats(-0.75, 0.75))


@given(
    tilt=tilts,
    distance=st.floats(5.0, 12.0),
    radius=st.floats(0.8, 50.0),
    slant=st.floats(-1.6, 1.6),
)
@settings(max_examples=300, deadline=None)
@example(tilt=(0.7, -0.45), distance=5.5, radius=1.5, slant=0.0)
@example(tilt=(0.55, -0.75), distance=5.5, radius=0.8, slant=0.0)
def test_no_sheet_has_it_however_it_is_bent_and_held(
    tilt: tuple[float, float], distance: float, radius: float, slant: float
) -> None:
    assert depth_of(bent(radius, slant), *tilt, distance) < 0.6 * GATE


@pytest.mark.parametrize("radius", [50.0, 2.0])
def test_nor_has_a_sheet_that_is_held_askew_from_the_beginning(radius: float) -> None:
    """The frontal frame is only as frontal as the nose between the eyes says."""
    rng, sheet, judged = np.random.default_rng(5), bent(radius, 0.0), 0
    for _ in range(1500):
        frontal = seen(sheet, *rng.uniform((-0.8, -0.5), (0.8, 0.5)).tolist(), 5.5)
        turned = seen(sheet, *rng.uniform((-0.9, -0.75), (0.9, 0.75)).tolist(), 5.5)
        proxies = [abs(measure_face(points).yaw_proxy) for points in (frontal, turned)]
        if proxies[0] < DEFAULT_GATES.frontal_yaw and proxies[1] >= DEFAULT_GATES.turn_reached_yaw:
            fit = fit_relief(frontal, turned)
            assert fit is not None
            assert fit.depth < GATE
            judged += 1
    assert judged > 50


def watch(views: list[Points], turned: Action | None = Action.TURN_LEFT) -> Planarity:
    layer = Planarity(DEFAULT_GATES)
    for number, points in enumerate(views):
        measures = measure_face(points)
        if number == 0:
            layer.offer_frontal(points, measures)
        layer.observe(points, measures, turned)
    return layer


def test_a_bent_sheet_that_leaves_a_heads_residual_does_not_pass() -> None:
    sheet = bent(1.5, 0.0)
    yaws = (0.0, 0.68, 0.70, 0.72, 0.74)
    views = [seen(sheet, yaw, -0.45 if yaw else 0.0, 5.5) for yaw in yaws]
    fits = [fit_plane(views[0], view) for view in views[1:]]
    assert min(fit.residual for fit in fits if fit) > DEFAULT_GATES.flat_residual
    assert max(fit.residual for fit in fits if fit) > DEFAULT_GATES.planarity_residual
    layer = watch(views)
    assert layer.has_evidence
    assert layer.turn_has_relief(Action.TURN_LEFT)
    verdict = layer.verdict()
    assert (verdict.passed, verdict.gate, verdict.species) == (False, GATE, "")
    assert verdict.measure < GATE


def test_a_head_passes_with_its_residual_as_the_figure() -> None:
    verdict = watch([points_of(Pose(yaw=yaw)) for yaw in (0.0, 0.4, 0.5, 0.55, 0.6)]).verdict()
    assert verdict.passed
    assert verdict.gate == DEFAULT_GATES.planarity_residual


def test_frames_after_a_complete_turn_still_belong_to_it() -> None:
    """Until the face is frontal again; what it does then was not asked for."""
    sheet = bent(1.5, 0.0)
    layer = watch([points_of(Pose(yaw=yaw)) for yaw in (0.0, 0.4, 0.5, 0.55)])
    assert layer.verdict().passed
    back = [seen(sheet, yaw, -0.45, 5.5) for yaw in (0.85, 0.84, 0.83, 0.82, 0.81)]
    for points in back:
        layer.observe(points, measure_face(points), None)
    assert not layer.verdict().passed
    layer = watch([points_of(Pose(yaw=yaw)) for yaw in (0.0, 0.4, 0.5, 0.55)])
    for points in (points_of(Pose()), *back):
        layer.observe(points, measure_face(points), None)
    assert layer.verdict().passed


def test_without_a_turn_there_is_nothing_to_judge_by() -> None:
    assert not watch([points_of(Pose(yaw=yaw)) for yaw in (0.0, 0.05, 0.1)]).has_evidence


def test_the_wrong_side_is_no_complete_turn() -> None:
    views = [points_of(Pose(yaw=yaw)) for yaw in (0.0, 0.3, 0.31, 0.32)]
    layer = watch(views)
    sheet = seen(bent(1.5, 0.0), -0.7, -0.45, 5.5)
    layer.observe(sheet, measure_face(sheet), Action.TURN_LEFT)
    assert measure_face(sheet).yaw_proxy < -DEFAULT_GATES.turn_reached_yaw
    assert layer.verdict().gate == DEFAULT_GATES.planarity_residual


@pytest.mark.parametrize("scale", [0.0, 1e-6])
def test_a_collapsed_picture_has_no_depth(scale: float) -> None:
    points = points_of(Pose())
    assert fit_relief((points * scale).astype(np.float32), points) is None
    assert fit_relief(points, (points * scale).astype(np.float32)) is None
