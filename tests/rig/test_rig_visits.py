"""SIM: the rendered person passes, the printed photo of the same person does not."""

from functools import cache

import numpy as np
import pytest

from drivers.face.fetch_models import MODELS_FOLDER
from drivers.simulated.attack_photo import PhotoAttack
from drivers.simulated.person import SimulatedPerson
from drivers.simulated.person_portrait import PortraitReader
from station.booth.messages import Action
from station.model import PadResult
from tests.rig.synthetic_head import plan_of
from tests.rig.visit_player import play_pixels
from tests.unit.face_kit import engine, portrait

LEFT, RIGHT, BLINK, MOUTH = Action.TURN_LEFT, Action.TURN_RIGHT, Action.BLINK, Action.MOUTH


@cache
def reader() -> PortraitReader:
    engine()
    return PortraitReader(MODELS_FOLDER)


def person(seed: int) -> SimulatedPerson:
    face = portrait()
    actor = SimulatedPerson(face, reader().mesh_with_depth(face), seed)
    actor.calibrate(reader().landmarks_of)
    return actor


def photo(seed: int) -> PhotoAttack:
    face = portrait()
    return PhotoAttack(face, reader().mesh_with_depth(face), seed)


def test_a_rendered_person_is_bona_fide_and_matches_the_portrait() -> None:
    played = play_pixels(engine(), person(20), plan_of(BLINK, LEFT, MOUTH), seed=2)
    assert played.report.result is PadResult.BONA_FIDE, played.report
    assert played.shown == [BLINK, LEFT, MOUTH]
    face = portrait()
    reference = engine().extract(face, engine().detect(face)[0])
    # face.md C.4: 0.415 is the threshold at a false match rate of 1e-4 on LFW.
    assert min(float(probe @ reference) for probe in played.probes) > 0.6


@pytest.mark.parametrize("actions", [(RIGHT, BLINK), (MOUTH, LEFT)], ids=["turn", "mouth first"])
def test_a_tilted_photo_is_called_an_attack_by_planarity(actions: tuple[Action, ...]) -> None:
    played = play_pixels(engine(), photo(31), plan_of(*actions), seed=3)
    assert (played.report.result, played.report.decided_by) == (PadResult.ATTACK, "L3_PLANARITY")
    assert played.probes == []


def test_the_photo_would_have_matched() -> None:
    """Without PAD the print is accepted: the refusal is not the matcher's doing."""
    face, frame = portrait(), photo(31).frame(0.1)
    reference = engine().extract(face, engine().detect(face)[0])
    probe = engine().extract(frame, engine().detect(frame)[0])
    assert float(probe @ reference) > 0.6


def test_one_clear_face_of_the_promised_size() -> None:
    frame = person(20).frame(0.1)
    assert frame.shape == (720, 1280, 3)
    assert frame.dtype.name == "uint8"
    (face,) = engine().detect(frame)
    points = engine().locate(frame, face).points
    assert float(np.hypot(*(points[263] - points[33]))) > 100


def test_the_same_seed_gives_the_same_frames_and_another_does_not() -> None:
    face = portrait()
    mesh = reader().mesh_with_depth(face)
    first, again, other = (SimulatedPerson(face, mesh, seed) for seed in (4, 4, 5))
    for t_s in (0.0, 0.5):
        one = first.frame(t_s)
        assert np.array_equal(one, again.frame(t_s))
        assert not np.array_equal(one, other.frame(t_s))
