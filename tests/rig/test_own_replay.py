"""A visit's own frames are worth nothing in the next visit (SIM; `evaluate pad --rig`: 1,000)."""

from functools import cache

from drivers.pad.observation import Observation
from drivers.simulated.person import SimulatedPerson
from station.booth.messages import PadPolicyName
from station.model import PadResult
from tests.rig.own_replay import replay_into_next
from tests.rig.presentations import capture_policy, rig_plan
from tests.rig.test_rig_visits import reader
from tests.rig.visit_player import Player
from tests.unit.face_kit import engine, portrait

NORMAL = capture_policy(PadPolicyName.NORMAL)


@cache
def recording() -> tuple[tuple[Observation, ...], PadResult]:
    face = portrait()
    person = SimulatedPerson(face, reader().mesh_with_depth(face), 20)
    person.calibrate(reader().landmarks_of)
    recorded: list[Observation] = []
    plan = rig_plan(PadPolicyName.NORMAL, 4)
    played = Player(engine(), person, plan, NORMAL, seed=4, recorded=recorded).play()
    return tuple(recorded), played.report.result


def test_the_recorded_visit_itself_was_bona_fide() -> None:
    assert recording()[1] is PadResult.BONA_FIDE


def test_its_frames_never_pass_again() -> None:
    frames = list(recording()[0])
    results = [replay_into_next(frames, NORMAL, seed) for seed in range(25)]
    assert all(report.result is not PadResult.BONA_FIDE for report in results)


def test_the_same_plan_would_have_let_them_pass() -> None:
    """What refuses them is that the plan is fresh: with the old plan they fit."""
    frames = list(recording()[0])
    assert replay_into_next(frames, NORMAL, seed=4, start=0).result is PadResult.BONA_FIDE
