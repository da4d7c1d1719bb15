"""L1, L4a and L4b on simple physics: heads, sheets, screens and recordings under the lights."""

import numpy as np
import pytest

from drivers.pad.light_geometry import ScreenPlace
from station.booth.lights import Light
from station.booth.pad_gates import DEFAULT_GATES
from tests.unit.light_kit import PLAN, START_NS, Array, Scene, head, play, sheet

SHORT = (
    *(Light.LIME, Light.ROSE, Light.LEFT, Light.SKY, Light.SAND),
    *(Light.RIGHT, Light.LILAC, Light.MINT),
)
OTHER = (
    *(Light.MINT, Light.SAND, Light.BLACK, Light.SKY, Light.LIME, Light.LEFT, Light.ROSE),
    *(Light.RIGHT, Light.LILAC, Light.ROSE, Light.WHITE, Light.SKY, Light.SAND, Light.LILAC),
)


@pytest.mark.parametrize("ambient_lux", [50.0, 150.0, 300.0, 500.0])
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("lights", [PLAN, SHORT])
def test_a_live_head_passes_all_three(
    ambient_lux: float, seed: int, lights: tuple[Light, ...]
) -> None:
    layers = play(Scene(head(), ambient_lux), lights, seed)
    assert layers.complete
    assert layers.species == ""
    for verdict in layers.verdicts():
        assert verdict.judged and verdict.passed, verdict


@pytest.mark.parametrize("ambient_lux", [50.0, 300.0])
@pytest.mark.parametrize("radius_cm", [None, 7.0, 9.0, 13.5])
@pytest.mark.parametrize("yaw", [0.0, 0.2])
def test_paper_has_light_and_code_but_no_relief(
    ambient_lux: float, radius_cm: float | None, yaw: float
) -> None:
    layers = play(Scene(sheet(radius_cm, yaw), ambient_lux))
    light, code, shape = layers.verdicts()
    assert light.passed and code.passed
    assert not shape.passed and shape.measure < DEFAULT_GATES.shape_flat
    assert shape.species == layers.species == "FLAT_OR_BENT"


def test_the_share_of_the_screen_is_measured() -> None:
    # On an upright surface under the screen's middle: 76 lux of 76 + ambient.
    for ambient_lux, expected in ((76.0, 0.5), (304.0, 0.2)):
        light, *_ = play(Scene(sheet(), ambient_lux, drift_per_s=0.0)).verdicts()
        assert light.measure == pytest.approx(expected, rel=0.12)
    assert play(Scene(head(), 200.0), SHORT).verdicts()[0].measure == pytest.approx(
        play(Scene(head(), 200.0), PLAN).verdicts()[0].measure, rel=0.1
    )


def test_a_code_without_a_change_of_blue_still_measures_the_share() -> None:
    yellowish = (Light.LIME, Light.ROSE, Light.LEFT, Light.SLATE, Light.SAND, Light.RIGHT)
    lights = (*yellowish, Light.LIME, Light.ROSE)
    share, code, shape = play(Scene(head(), 150.0), lights).verdicts()
    assert share.measure == pytest.approx(play(Scene(head(), 150.0)).verdicts()[0].measure, rel=0.2)
    assert share.passed
    assert code.passed
    assert shape.passed


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_too_bright_a_room_is_no_attack(seed: int) -> None:
    layers = play(Scene(head(), 5000.0), seed=seed)
    light, _, shape = layers.verdicts()
    assert light.judged and not light.passed
    assert not shape.judged and not shape.passed
    assert layers.species == ""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_lit_display_does_not_answer(seed: int) -> None:
    shown = Scene(sheet(), 200.0, reflects=0.04, own_light=2.0)
    layers = play(shown, seed=seed)
    light, _, shape = layers.verdicts()
    assert not light.passed
    assert not shape.passed
    assert light.species == ""


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("surface", [head(), sheet()])
def test_another_visits_colours_are_a_replay(seed: int, surface: tuple[Array, Array]) -> None:
    layers = play(Scene(surface, 150.0), seed=seed, answered=OTHER)
    _, code, _ = layers.verdicts()
    assert not code.passed
    assert code.species == layers.species == "REPLAY"


def test_a_picture_relit_in_time_is_still_flat() -> None:
    relit = Scene(sheet(), 150.0, reflects=0.04, own_light=1.5, relit=1.0)
    light, code, shape = play(relit).verdicts()
    assert light.passed and code.passed
    assert shape.species == "FLAT_OR_BENT"


def test_a_picture_relit_too_late_misses_the_code() -> None:
    late = Scene(sheet(), 150.0, reflects=0.04, own_light=1.5, relit=1.0, latency_s=0.45)
    code = play(late).verdicts()[1]
    assert not code.passed


def test_a_head_with_a_low_nose_passes() -> None:
    assert play(Scene(head(nose_cm=1.2), 150.0)).verdicts()[2].passed


@pytest.mark.parametrize(
    "screen",
    [ScreenPlace(34.0, 20.0, 45.0, 10.0), ScreenPlace(30.0, 53.0, 50.0, 26.0)],
    ids=["15 inch", "upright"],
)
def test_other_screens_keep_head_and_paper_apart(screen: ScreenPlace) -> None:
    assert play(Scene(head(), 150.0, screen=screen)).verdicts()[2].passed
    assert play(Scene(sheet(9.0), 150.0, screen=screen)).verdicts()[2].species == "FLAT_OR_BENT"


def test_light_from_the_side_does_not_give_paper_relief() -> None:
    aside = Scene(sheet(9.0), 250.0, tilt_of_room=0.3)
    assert play(aside).verdicts()[2].species == "FLAT_OR_BENT"
    assert play(Scene(head(), 250.0, tilt_of_room=0.3)).verdicts()[2].passed


@pytest.mark.parametrize("fps", [8.0, 10.0, 30.0])
@pytest.mark.parametrize("latency_s", [0.0, 0.1, 0.18])
def test_frame_rate_and_latency_do_not_matter(fps: float, latency_s: float) -> None:
    layers = play(Scene(head(), 150.0, latency_s=latency_s), fps=fps)
    assert [verdict.passed for verdict in layers.verdicts()] == [True, True, True]


def test_nothing_is_judged_without_frames_or_lights() -> None:
    for lights in ((), PLAN):
        layers = play(Scene(head()), lights, fps=1.0)
        names = [verdict.layer for verdict in layers.verdicts()]
        assert names == ["L1_LIGHT", "L4_CODE", "L4_SHAPE"]
        assert not any(verdict.judged or verdict.passed for verdict in layers.verdicts())
        assert layers.species == ""


def test_a_hidden_face_is_not_judged() -> None:
    layers = play(Scene(head()))
    for index in range(len(PLAN) + 1):
        with pytest.raises(ValueError, match="one after another"):
            layers.shown(index, START_NS)
    before = layers.verdicts()
    layers.observe(START_NS + 10**11, None)
    assert layers.verdicts() == before


def test_measures_can_cross_the_wall() -> None:
    for verdict in play(Scene(head(), 5000.0), fps=8.0).verdicts():
        assert type(verdict.passed) is bool
        assert type(verdict.judged) is bool
        assert np.isfinite(verdict.measure)
