"""SIM: light of the screen on surfaces, on the rendered person and on a print of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.face.fetch_models import MODELS_FOLDER
from drivers.simulated.attack_photo import PhotoAttack, PhotoStyle
from drivers.simulated.camera_model import CameraModel
from drivers.simulated.person import SimulatedPerson
from drivers.simulated.person_light import PersonTraits
from drivers.simulated.person_portrait import PortraitReader
from drivers.simulated.screen_light import (
    GAMMA,
    MATTE,
    PAGE,
    PHOTO_PAPER,
    Gloss,
    Grid,
    Lamp,
    ScreenLight,
    relit,
)
from station.booth.lights import Light
from station.booth.messages import Action
from station.booth.ports import BgrImage
from tests.unit.face_kit import engine, portrait

WHITE, BLACK = ScreenLight.of(Light.WHITE), ScreenLight.of(Light.BLACK)
LEFT, RIGHT = ScreenLight.of(Light.LEFT), ScreenLight.of(Light.RIGHT)
FACE = np.s_[230:420, 560:720]
WALL = np.s_[20:160, 20:160]


def vector(x: float, y: float, z: float) -> Grid:
    return np.array([[[x, y, z]]], np.float32)


def unit(x: float, y: float, z: float) -> Grid:
    made = vector(x, y, z)
    return made / np.float32(np.linalg.norm(made))


FACING, HERE = vector(0, 0, 1), vector(0, 0, 0)


def whole(lamp: Lamp, normals: Grid, positions: Grid, gloss: Gloss = MATTE) -> float:
    left, right = lamp.reach(normals, positions, gloss)
    return float((left + right)[0, 0])


def contrast(lamp: Lamp, radius_m: float | None) -> float:
    """Slope of the left-right contrast over a sheet 14 cm wide, taken at its level row."""
    gains = [
        lamp.plane_gain(light, np.eye(3), (0.14, 0.18), radius_m=radius_m, gloss=MATTE)[6, :, 1]
        for light in (LEFT, RIGHT)
    ]
    ratio = (gains[0] - gains[1]) / (gains[0] + gains[1])
    return float(ratio[-1] - ratio[0])


def test_a_flat_face_gets_the_light_the_design_was_made_for() -> None:
    """face.md A.5: 112 lux on a flat face from 24 inches of 250 cd/m2 at half a metre."""
    assert whole(Lamp(), FACING, HERE) == pytest.approx(112, rel=0.02)


def test_a_small_far_screen_follows_the_inverse_square() -> None:
    near = Lamp(distance_m=1.0, diagonal_inch=2.0, drop_m=0.0)
    far = Lamp(distance_m=2.0, diagonal_inch=2.0, drop_m=0.0)
    assert whole(near, FACING, HERE) == pytest.approx(4 * whole(far, FACING, HERE), rel=0.01)
    closer = whole(far, FACING, vector(0, 0, 1))
    assert closer == pytest.approx(whole(near, FACING, HERE), rel=0.001)


@given(angle=st.floats(0.05, 1.3), aside=st.floats(-0.08, 0.08))
def test_what_looks_to_the_own_left_is_lit_by_the_left_half(angle: float, aside: float) -> None:
    normal = unit(float(np.sin(angle)), 0, float(np.cos(angle)))
    mirrored = normal * np.array((-1, 1, 1), np.float32)
    left, right = Lamp().reach(normal, vector(aside, 0, 0))
    assert left > right or aside < 0
    twin_left, twin_right = Lamp().reach(mirrored, vector(-aside, 0, 0))
    assert np.allclose((twin_left, twin_right), (right, left), rtol=1e-4)


def test_what_looks_away_gets_nothing() -> None:
    assert whole(Lamp(), vector(0, 0, -1), HERE) == 0.0


def test_the_usual_page_in_even_light_changes_nothing() -> None:
    gain = Lamp(180).gain(unit(0.3, 0.2, 0.8), HERE, PAGE)
    assert np.allclose(gain, 1.0, atol=1e-6)


def test_light_adds_in_lux_and_colour_goes_to_its_channel() -> None:
    lamp, red = Lamp(200), ScreenLight((1.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    reach = whole(lamp, FACING, HERE)
    blue, green, top = lamp.gain(FACING, HERE, red)[0, 0]
    usual = 200 + 0.12 * reach
    assert top == pytest.approx((200 + reach) / usual, rel=1e-5)
    assert (blue, green) == (pytest.approx(200 / usual), pytest.approx(200 / usual))


def test_directed_room_light_leaves_a_facing_surface_alone() -> None:
    lamp = Lamp(ambient_from=(0.6, -0.3, 0.7), ambient_share=0.4)
    assert lamp.room(FACING)[0, 0] == pytest.approx(lamp.ambient_lux)
    assert lamp.room(unit(1, 0, 1))[0, 0] > lamp.room(unit(-1, 0, 1))[0, 0]


def test_the_more_a_surface_is_curved_the_more_the_halves_differ() -> None:
    """face.md A.5: flat, then bent to 135 mm, then to 90 mm."""
    flat, wide, narrow = (contrast(Lamp(), radius) for radius in (None, 0.135, 0.09))
    assert 0 < 1.5 * flat < wide < narrow


def test_gloss_shines_where_it_mirrors_the_screen() -> None:
    # The camera is at the screen's upper edge, so a face tilted a little down mirrors its middle.
    shiny = unit(0, 0.15, 1)
    assert whole(Lamp(), shiny, HERE, PHOTO_PAPER) > 1.1 * whole(Lamp(), shiny, HERE)
    aside = unit(1.2, 0, 1)
    assert whole(Lamp(), aside, HERE, PHOTO_PAPER) == pytest.approx(whole(Lamp(), aside, HERE))


@given(gain=st.floats(0.2, 2.0), value=st.integers(0, 120))
def test_a_picture_is_relit_in_linear_light(gain: float, value: int) -> None:
    picture = np.full((40, 60, 4), value, np.uint8)
    lit = relit(picture, np.full((3, 4, 3), gain, np.float32))
    wanted = min(255.0, value * gain ** (1 / GAMMA))
    assert np.allclose(lit[..., :3], wanted, atol=0.51)
    assert np.array_equal(lit[..., 3], picture[..., 3])
    assert np.array_equal(relit(picture[..., :3].copy(), np.full((3, 4, 3), gain)), lit[..., :3])


def test_grid_nodes_lie_where_they_are_said_to() -> None:
    picture = np.full((41, 41, 3), 100, np.uint8)
    ramp = np.ones((5, 5, 3), np.float32)
    ramp[:, 3:] = 2.0
    twice = round(100 * 2 ** (1 / GAMMA))
    lit = relit(picture, ramp)
    assert (lit[0, 20, 0], lit[0, 30, 0]) == (100, twice)
    lit = relit(picture, ramp, 10)
    assert (lit[0, 24, 0], lit[0, 35, 0], lit[40, 40, 0]) == (100, twice, twice)
    assert np.array_equal(relit(picture, ramp[:4, :4], 10), lit)


def test_a_light_that_changes_while_a_frame_is_exposed() -> None:
    half = LEFT.blend(RIGHT, 0.5)
    assert half.left == pytest.approx(half.right)
    assert LEFT.blend(RIGHT, 0.0) == LEFT


def plain(level: int = 120) -> BgrImage:
    return np.full((72, 128, 3), level, np.uint8)


@pytest.mark.parametrize("seed", range(4))
def test_an_exposure_takes_effect_one_or_two_frames_later(seed: int) -> None:
    camera = CameraModel(seed, 128, 72)
    before = [float(camera.expose(plain()).mean()) for _ in range(3)]
    after = [float(camera.expose(plain(), 0.5).mean()) for _ in range(4)]
    wanted = 120 * 0.5 ** (1 / GAMMA)
    assert before == [pytest.approx(120, abs=2)] * 3
    assert after[0] == pytest.approx(120, abs=2)
    assert after[2:] == [pytest.approx(wanted, abs=2)] * 2


def test_the_automatics_follow_slowly_and_only_while_not_held() -> None:
    free, held = (CameraModel(3, 128, 72, automatic=True) for _ in range(2))
    for camera in (free, held):
        camera.expose(plain(100))
    held.held = True
    seen = [(free.expose(plain(140)).mean(), held.expose(plain(140)).mean()) for _ in range(60)]
    assert seen[0][0] == pytest.approx(140, abs=3)
    assert seen[-1][0] == pytest.approx(100, abs=4)
    assert seen[-1][1] == pytest.approx(140, abs=3)


def test_block_noise_keeps_the_picture_and_shows_its_grid() -> None:
    ys, xs = np.mgrid[0:72, 0:128]
    picture = np.dstack([120 + 60 * np.sin(xs / 9) * np.cos(ys / 13)] * 3).astype(np.uint8)
    plainly = CameraModel(5, 128, 72, noise_sigma=0.0).expose(picture).astype(np.float64)
    blocky = CameraModel(5, 128, 72, noise_sigma=0.0, blocks=True).expose(picture)
    assert 0.2 < np.abs(blocky - plainly).mean() < 4
    steps = np.abs(np.diff(blocky[..., 1] - plainly[..., 1], axis=1)).mean(axis=0)
    assert steps[7::8].mean() > 1.3 * np.delete(steps, np.s_[7::8]).mean()


def test_rows_are_read_one_after_the_other() -> None:
    delays = CameraModel.row_delays_s(720)
    assert delays[0] == 0.0
    assert 0.01 < delays[-1] < 1 / 30
    assert (np.diff(delays) > 0).all()


def drawn_faces() -> tuple[BgrImage, NDArray[np.float32]]:
    engine()
    face = portrait()
    return face, PortraitReader(MODELS_FOLDER).mesh_with_depth(face)


@pytest.fixture(scope="module", name="subject")
def subject_fixture() -> tuple[BgrImage, NDArray[np.float32]]:
    return drawn_faces()


Actor = SimulatedPerson | PhotoAttack
Subject = tuple[BgrImage, NDArray[np.float32]]


def settled(actor: Actor, light: ScreenLight, frames: int = 5) -> NDArray[np.float64]:
    """The mean of the last three of so many frames under `light`, in linear light."""
    actor.light = light
    seen = [actor.frame(1.0 + k / 30) for k in range(frames)][-3:]
    return np.asarray(np.mean([(frame / 255.0) ** GAMMA for frame in seen], axis=0))


def modulation(actor: Actor, place: tuple[slice, slice] = FACE, frames: int = 5) -> float:
    white, black = (float(settled(actor, light, frames)[place].mean()) for light in (WHITE, BLACK))
    return (white - black) / white


@pytest.mark.parametrize("ambient_lux", [50.0, 300.0])
def test_the_screen_lights_the_person_and_hardly_the_wall(
    subject: Subject, ambient_lux: float
) -> None:
    """face.md A.5: 76 lux on a live face, and m = E / (E + ambient)."""
    person = SimulatedPerson(*subject, 3, PersonTraits(ambient_lux=ambient_lux))
    on_face = modulation(person)
    assert on_face == pytest.approx(76 / (76 + ambient_lux), rel=0.2)
    assert modulation(person, WALL) < 0.2 * on_face


def test_unheld_automatics_eat_part_of_the_light(subject: Subject) -> None:
    """Why a booth that can lock them does (face.md A.3 L1)."""
    answers = []
    for held in (True, False):
        person = SimulatedPerson(*subject, 3, PersonTraits(ambient_lux=150))
        person.camera = CameraModel(4, automatic=True)
        person.frame(0.9)
        person.camera.held = held
        answers.append(modulation(person, frames=12))
    assert answers[1] < 0.95 * answers[0]


def spread(actor: Actor, aside: int = 60, rows: slice = slice(300, 400)) -> float:
    """How much more of the left half's light arrives `aside` of the middle to the own left."""
    left, right = settled(actor, LEFT), settled(actor, RIGHT)

    def share(column: int) -> float:
        place = (rows, slice(column - 8, column + 9))
        one, other = (float(seen[place].mean()) for seen in (left, right))
        return (one - other) / (one + other)

    return share(640 + aside) - share(640 - aside)


@pytest.mark.parametrize("make", [SimulatedPerson, PhotoAttack])
def test_the_own_left_is_on_the_right_of_the_picture(
    subject: Subject, make: type[SimulatedPerson] | type[PhotoAttack]
) -> None:
    assert spread(make(*subject, 3, traits=PersonTraits(ambient_lux=100))) > 0.03


def test_only_a_head_has_a_nose_in_the_light(subject: Subject) -> None:
    """Cheeks alone tell less: at the eye corners bent paper is as steep as a head."""
    room = PersonTraits(ambient_lux=100)
    flanks = (20, slice(342, 366))
    live = spread(SimulatedPerson(*subject, 3, room), *flanks)
    flat = spread(PhotoAttack(*subject, 3, PhotoStyle(), room), *flanks)
    bent = spread(PhotoAttack(*subject, 3, PhotoStyle(bend_iod=1.0), room), *flanks)
    assert 0 < flat < bent
    assert live > 2 * bent


@pytest.mark.parametrize("make", [SimulatedPerson, PhotoAttack])
def test_the_same_seed_gives_the_same_frames_under_light(
    subject: Subject, make: type[SimulatedPerson] | type[PhotoAttack]
) -> None:
    actors = [make(*subject, seed) for seed in (4, 4, 5)]
    for number, light in enumerate((PAGE, WHITE, LEFT, PAGE)):
        frames = []
        for actor in actors:
            actor.light, actor.exposure = light, 0.8
            frames.append(actor.frame(number / 30))
        assert np.array_equal(frames[0], frames[1])
        assert not np.array_equal(frames[0], frames[2])


@pytest.mark.parametrize("make", [SimulatedPerson, PhotoAttack])
def test_exposure_darkens_face_and_wall_alike(
    subject: Subject, make: type[SimulatedPerson] | type[PhotoAttack]
) -> None:
    actor = make(*subject, 3)
    usual = settled(actor, PAGE)
    actor.exposure = 0.5
    darker = settled(actor, PAGE)
    for place in (FACE, WALL):
        assert darker[place].mean() / usual[place].mean() == pytest.approx(0.5, rel=0.05)


def test_presentations_differ_and_stay_in_their_range() -> None:
    drawn = [PersonTraits.drawn(np.random.default_rng(seed)) for seed in range(300)]
    assert len({traits.ambient_lux for traits in drawn}) == 300
    assert min(traits.ambient_lux for traits in drawn) < 60
    assert max(traits.ambient_lux for traits in drawn) > 500
    assert all(100 < traits.iod_px < 160 for traits in drawn)
    assert all(50 <= traits.ambient_lux <= 600 for traits in drawn)


def test_a_print_comes_nearer_and_can_be_bent(subject: Subject) -> None:
    style = PhotoStyle(bend_iod=1.2, nearer_from=0.8, approach_s=2.0)
    actor = PhotoAttack(*subject, 7, style)
    sizes = []
    for t_s in (0.0, 2.5):
        (face,) = engine().detect(actor.frame(t_s))
        points = engine().locate(actor.frame(t_s), face).points
        sizes.append(float(np.hypot(*(points[263] - points[33]))))
    assert sizes[0] / sizes[1] == pytest.approx(0.8, abs=0.04)


def test_styles_of_holding_a_print_vary() -> None:
    drawn = [PhotoStyle.drawn(np.random.default_rng(seed)) for seed in range(60)]
    assert 15 < sum(style.bend_iod is None for style in drawn) < 45
    assert 15 < sum(style.nearer_from == 1.0 for style in drawn) < 45


def test_a_slow_person_moves_later(subject: Subject) -> None:
    quick, slow = (
        SimulatedPerson(*subject, 3, PersonTraits(lateness_s=late)) for late in (0.0, 0.2)
    )
    for person in (quick, slow):
        person.obey(Action.TURN_LEFT, 1.0)
        person.frame(1.0)
    rest = slow.frame(1.19).astype(int)
    assert np.abs(quick.frame(1.4).astype(int) - rest)[FACE].mean() > 1.3 * (
        np.abs(slow.frame(1.21).astype(int) - rest)[FACE].mean()
    )
