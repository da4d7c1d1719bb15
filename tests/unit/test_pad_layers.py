"""PAD: measures and layers one by one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.pad.blink import BlinkWatch, EyeBaseline
from drivers.pad.continuity import IdentityContinuity, Track
from drivers.pad.head_relief import RIGID_POINTS
from drivers.pad.measures import FaceMeasures, detector_yaw, measure_face, overlap
from drivers.pad.mouth import MouthBaseline, MouthWatch
from drivers.pad.planarity import Planarity, fit_plane
from drivers.pad.turn import TurnWatch
from station.booth.messages import Action
from station.booth.pad_gates import DEFAULT_GATES
from station.booth.ports import Points
from tests.rig.synthetic_head import IOD_PX, Pose, face_of, feature_of, points_of

REST = measure_face(points_of(Pose()))
EYES = EyeBaseline(REST.ear_right, REST.ear_left)


def seen(**changes: float) -> FaceMeasures:
    return replace(REST, **changes)


def test_measures_of_a_known_head() -> None:
    assert REST.ear_right == pytest.approx(0.30, abs=0.02)
    assert REST.iod_px == pytest.approx(IOD_PX, rel=0.01)
    assert abs(REST.yaw_proxy) < 0.01
    assert measure_face(points_of(Pose(yaw=0.4))).yaw_proxy > 0.12
    assert measure_face(points_of(Pose(yaw=-0.4))).yaw_proxy < -0.12
    assert measure_face(points_of(Pose(closure=1.0))).ear_left < 0.05
    opened = measure_face(points_of(Pose(opening=1.0)))
    assert opened.mar - REST.mar > 0.4
    assert opened.chin_height > REST.chin_height


@given(
    scale=st.floats(0.3, 4.0),
    angle=st.floats(-3.0, 3.0),
    shift=st.tuples(*[st.floats(-500, 500)] * 2),
)
@settings(max_examples=40, deadline=None)
def test_ratios_do_not_depend_on_scale_place_or_roll(
    scale: float, angle: float, shift: tuple[float, float]
) -> None:
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    moved = points_of(Pose(yaw=0.3)).astype(np.float64) @ np.array(
        [[cosine, sine], [-sine, cosine]]
    )
    a, b = measure_face(points_of(Pose(yaw=0.3))), measure_face((moved + shift).astype(np.float32))
    assert b.yaw_proxy == pytest.approx(a.yaw_proxy, abs=5e-3)
    assert b.ear_right == pytest.approx(a.ear_right, abs=2e-2)
    assert b.mar == pytest.approx(a.mar, abs=2e-2)
    assert b.iod_px == pytest.approx(a.iod_px * scale, rel=1e-2)


def test_another_mesh_is_refused() -> None:
    with pytest.raises(ValueError, match="478"):
        measure_face(np.zeros((468, 2), np.float32))


def test_a_collapsed_mesh_gives_numbers_not_exceptions() -> None:
    measures = measure_face(np.zeros((478, 2), np.float32))
    assert np.isfinite([measures.ear_right, measures.mar, measures.yaw_proxy]).all()
    assert fit_plane(np.zeros((478, 2), np.float32), points_of(Pose())) is None


def tilted(points: Points, angle: float) -> Points:
    """The picture of a flat print of `points`, turned by `angle` before a pinhole camera."""
    flat = (points.astype(np.float64) - points.mean(axis=0)) / IOD_PX
    near = 7.0 / (7.0 + flat[:, 0] * np.sin(angle))
    place = np.column_stack((flat[:, 0] * np.cos(angle), flat[:, 1])) * near[:, None]
    return (place * IOD_PX + 400.0).astype(np.float32)


@pytest.mark.parametrize("angle", [-0.8, -0.4, 0.0, 0.5, 0.78])
def test_any_pose_of_a_plane_leaves_no_residual(angle: float) -> None:
    fit = fit_plane(points_of(Pose()), tilted(points_of(Pose()), angle))
    assert fit is not None
    assert fit.residual < 1e-3
    assert fit.foreshortening == pytest.approx(1 - np.cos(angle), abs=0.03)


def test_a_turned_head_leaves_its_relief() -> None:
    fit = fit_plane(points_of(Pose()), points_of(Pose(yaw=0.45)))
    assert fit is not None
    assert fit.residual > DEFAULT_GATES.planarity_residual


def test_there_are_58_rigid_points_and_none_twice() -> None:
    assert len(set(RIGID_POINTS.tolist())) == 58


@pytest.mark.parametrize(("relief", "is_plane"), [(1.0, False), (0.1, True)])
def test_planarity_tells_a_plane_from_a_head(relief: float, is_plane: bool) -> None:
    layer, rng = Planarity(DEFAULT_GATES), np.random.default_rng(4)
    for yaw in (0.0, 0.2, 0.4, 0.6, 0.7, 0.75, 0.8):
        points = points_of(Pose(yaw=yaw, relief=relief), rng)
        measures = measure_face(points)
        layer.offer_frontal(points, measures)
        layer.observe(points, measures, Action.TURN_LEFT)
    assert layer.saw_plane() is is_plane
    assert layer.turn_has_relief(Action.TURN_LEFT) is not is_plane
    assert layer.verdict().passed is not is_plane


def test_too_little_relief_to_pass_is_not_yet_a_plane() -> None:
    """Between both gates there is neither a pass nor an accusation."""
    layer = Planarity(DEFAULT_GATES)
    for yaw in (0.0, *np.linspace(0.47, 0.52, 8)):
        points = points_of(Pose(yaw=float(yaw), relief=0.6))
        measures = measure_face(points)
        layer.offer_frontal(points, measures)
        layer.observe(points, measures, Action.TURN_LEFT)
    verdict = layer.verdict()
    assert DEFAULT_GATES.flat_residual < verdict.measure < DEFAULT_GATES.planarity_residual
    assert not verdict.passed
    assert not layer.saw_plane()


def blink(ratios: list[float], earliest_s: float = 0.15, start_s: float = 0.3) -> bool:
    watch = BlinkWatch(EYES, DEFAULT_GATES, earliest_s)
    for number, ratio in enumerate(ratios):
        eye = ratio * EYES.ear_right
        watch.observe(start_s + number / 30, seen(ear_right=eye, ear_left=eye))
    return watch.done


def test_a_blink_of_two_frames_counts() -> None:
    assert blink([1.0, 0.4, 0.3, 0.9])


@pytest.mark.parametrize(
    "ratios",
    [
        [1.0, 0.3, 0.9, 1.0],
        [1.0, 0.5, 0.5, 0.5, 1.0],
        [1.0] + [0.2] * 40 + [1.0],
        [1.0, 0.3, 0.3] + [0.6] * 20 + [1.0],
        [0.2] * 30,
    ],
    ids=["one frame", "not deep", "closed for long", "opens too slowly", "never opens"],
)
def test_what_is_no_blink(ratios: list[float]) -> None:
    assert not blink(ratios)


def test_a_blink_that_began_before_the_prompt_could_be_read_is_not_counted() -> None:
    assert not blink([0.3, 0.3, 1.0], start_s=0.05)
    assert blink([0.3, 0.3, 1.0], start_s=0.20)


def test_one_eye_is_a_wink() -> None:
    watch = BlinkWatch(EYES, DEFAULT_GATES, 0.0)
    for number, ratio in enumerate([1.0, 0.2, 0.2, 1.0]):
        watch.observe(number / 30, seen(ear_right=ratio * EYES.ear_right))
    assert not watch.done


def test_a_blink_on_a_turned_head_is_not_counted() -> None:
    watch = BlinkWatch(EYES, DEFAULT_GATES, 0.0)
    for number, ratio in enumerate([1.0, 0.2, 0.2, 1.0]):
        eye = ratio * EYES.ear_right
        watch.observe(number / 30, seen(ear_right=eye, ear_left=eye, yaw_proxy=0.15))
    assert not watch.done


def test_eyes_that_were_never_open_cannot_blink() -> None:
    watch = BlinkWatch(EyeBaseline(0.05, 0.05), DEFAULT_GATES, 0.0)
    for number, ear in enumerate([0.05, 0.01, 0.01, 0.05]):
        watch.observe(number / 30, seen(ear_right=ear, ear_left=ear))
    assert not watch.done


@pytest.mark.parametrize(("chin_share", "counts"), [(0.8, True), (0.45, True), (0.2, False)])
def test_the_chin_must_drop_with_the_lips(chin_share: float, counts: bool) -> None:
    watch = MouthWatch(MouthBaseline(REST.mar, REST.lip_opening, REST.chin_height), DEFAULT_GATES)
    for _ in range(3):
        watch.observe(measure_face(points_of(Pose(opening=1.0, chin_share=chin_share))))
    assert watch.done is counts


def test_a_turn_counts_only_to_the_side_that_was_asked_for() -> None:
    left, right = (TurnWatch(a, DEFAULT_GATES) for a in (Action.TURN_LEFT, Action.TURN_RIGHT))
    for yaw in (0.05, 0.13, 0.18, 0.21, 0.24):
        left.observe(seen(yaw_proxy=yaw))
        right.observe(seen(yaw_proxy=yaw))
    assert left.done
    assert not right.done
    assert right.is_opposite(seen(yaw_proxy=0.24))
    assert not right.is_opposite(seen(yaw_proxy=0.15))


def test_a_tilt_that_stops_short_is_no_turn() -> None:
    watch = TurnWatch(Action.TURN_LEFT, DEFAULT_GATES)
    for _ in range(30):
        watch.observe(seen(yaw_proxy=0.19))
    assert not watch.done
    assert watch.fraction < 1.0


def test_identity_needs_two_outliers_in_a_row() -> None:
    layer = IdentityContinuity(DEFAULT_GATES)
    for person in (1, 1, 2, 1, 1):
        layer.observe(feature_of(person), frontal=True, resting=True)
    assert not layer.jumped
    for _ in range(2):
        layer.observe(feature_of(2), frontal=True, resting=True)
    assert layer.jumped
    assert not layer.verdict().passed
    assert all(float(f @ feature_of(1)) > 0.99 for f in layer.accepted)


def test_a_face_swapped_late_is_still_noticed() -> None:
    layer = IdentityContinuity(DEFAULT_GATES)
    for person in [1] * 200 + [2] * 2:
        layer.observe(feature_of(person), frontal=True, resting=True)
    assert layer.jumped


def test_another_face_is_not_excused_by_its_shape_where_no_turn_is_asked_for() -> None:
    for facing, passed in ((True, False), (False, True)):
        layer = IdentityContinuity(DEFAULT_GATES)
        for person in (1, 2, 2, 1):
            layer.observe(
                feature_of(person), frontal=True, resting=True, averted=person == 2, facing=facing
            )
        assert not layer.jumped
        assert layer.verdict().passed is passed
        assert not layer.verdict().species


def test_turned_features_are_checked_but_never_compared() -> None:
    layer = IdentityContinuity(DEFAULT_GATES)
    layer.observe(feature_of(1), frontal=True, resting=True)
    layer.observe(feature_of(1), frontal=False, resting=True)
    layer.observe(feature_of(1), frontal=True, resting=False)
    assert len(layer.accepted) == 1


def test_a_box_that_jumps_is_another_track() -> None:
    here = face_of(points_of(Pose()))
    there = replace(here, x=here.x + 300.0)
    assert overlap(here, here) == pytest.approx(1.0)
    assert overlap(here, there) == 0.0
    track = Track(DEFAULT_GATES)
    track.observe(0, here)
    track.observe(33_000_000, there)
    assert track.lost


@pytest.mark.parametrize(("pause_s", "face_seen", "lost"), [(0.8, True, False), (1.2, True, True)])
def test_a_stalled_machine_is_not_a_lost_face(pause_s: float, face_seen: bool, lost: bool) -> None:
    here = face_of(points_of(Pose()))
    track = Track(DEFAULT_GATES)
    track.observe(0, here)
    track.observe(round(pause_s * 1e9), here if face_seen else None)
    assert track.lost is lost


def test_detector_yaw_has_the_sign_of_the_mesh() -> None:
    assert detector_yaw(face_of(points_of(Pose(yaw=0.4)))) > 0.1
    assert detector_yaw(face_of(points_of(Pose(yaw=-0.4)))) < -0.1
