"""PAD: one whole attempt on landmarks, one witness per layer."""

from dataclasses import replace

import numpy as np
import pytest

from drivers.pad.light_geometry import PATCH_POINTS
from drivers.pad.observation import FaceTones, Observation, PadPhase
from drivers.pad.session import PadSession
from station.booth.lights import SLOT_S, Light, emitted
from station.booth.messages import Action, CapturePolicy, ChallengePlan, Guidance
from station.booth.pad_gates import PadGates
from station.booth.ports import Landmarks
from station.errors import BoothError, ErrorCode
from station.model import PadReport, PadResult
from tests.rig.synthetic_head import (
    FRAME_NS,
    POLICY,
    START_NS,
    Pose,
    Subject,
    face_of,
    feature_of,
    observation_of,
    plan_of,
    play,
    play_session,
    points_of,
)

SEEDED = np.random.default_rng(3)
LIGHTS = (
    Light.ROSE,
    Light.WHITE,
    Light.MINT,
    Light.BLACK,
    Light.SKY,
    Light.LEFT,
    Light.LIME,
    Light.RIGHT,
    Light.LILAC,
)
LEFT, RIGHT, BLINK, MOUTH = Action.TURN_LEFT, Action.TURN_RIGHT, Action.BLINK, Action.MOUTH


def passed(report: PadReport) -> dict[str, bool]:
    return {layer.layer: layer.passed for layer in report.layers}


@pytest.mark.parametrize(
    "actions", [(BLINK, LEFT, MOUTH), (RIGHT, BLINK), (MOUTH, RIGHT, LEFT), (LEFT,)]
)
def test_a_live_head_that_obeys_is_bona_fide(actions: tuple[Action, ...]) -> None:
    report, session, _ = play(plan_of(*actions), Subject())
    assert report.result is PadResult.BONA_FIDE
    assert all(word.passed for word in report.layers if word.judged)
    assert session.probe_features()


def test_the_same_attempt_gives_the_same_report() -> None:
    first, _, _ = play(plan_of(BLINK, LEFT), Subject(), seed=5)
    second, _, _ = play(plan_of(BLINK, LEFT), Subject(), seed=5)
    assert first == second


def test_prompts_are_asked_in_plan_order_and_once_neutral() -> None:
    _, _, steps = play(plan_of(MOUTH, LEFT, BLINK), Subject())
    asked = [s.wants_prompt_index for s in steps if s.wants_prompt_index is not None]
    assert sorted(set(asked)) == [0, 1, 2]
    assert asked == sorted(asked)
    assert steps[0].phase is PadPhase.LOCK


@pytest.mark.parametrize("actions", [(LEFT, BLINK), (BLINK, RIGHT), (MOUTH, BLINK, LEFT)])
def test_a_turned_photo_is_an_attack_by_planarity(actions: tuple[Action, ...]) -> None:
    photo = Subject(relief=0.2, turn_rad=0.8, ignores=frozenset({BLINK, MOUTH}))
    report, session, _ = play(plan_of(*actions), photo)
    assert (report.result, report.decided_by) == (PadResult.ATTACK, "L3_PLANARITY")
    assert report.species_guess == "FLAT_ARTEFACT"
    assert session.probe_features() == []


def test_a_photo_held_still_ends_undecided() -> None:
    still = Subject(relief=0.2, ignores=frozenset(Action))
    report, session, _ = play(plan_of(BLINK, LEFT), still)
    assert (report.result, report.decided_by) == (PadResult.UNDECIDED, "L2_CHALLENGE")
    assert session.probe_features() == []


def test_a_missed_blink_is_undecided_and_the_turn_is_still_asked() -> None:
    report, _, steps = play(plan_of(BLINK, MOUTH, LEFT), Subject(ignores=frozenset({BLINK})))
    assert (report.result, report.decided_by) == (PadResult.UNDECIDED, "L2_CHALLENGE")
    asked = {s.wants_prompt_index for s in steps} - {None}
    assert asked == {0, 2}


@pytest.mark.parametrize(("wanted", "done"), [(LEFT, RIGHT), (MOUTH, LEFT), (LEFT, MOUTH)])
def test_another_action_instead_fails_the_attempt(wanted: Action, done: Action) -> None:
    plan = plan_of(wanted) if wanted is LEFT else plan_of(wanted, LEFT)
    report, _, _ = play(plan, Subject(swaps={wanted: done}))
    assert report.result is PadResult.UNDECIDED
    assert not passed(report)["L2_CHALLENGE"]


def test_an_action_before_it_can_have_been_read_fails_the_attempt() -> None:
    early = Subject(reaction_s=-0.5, turn_rad=0.6)
    report, _, _ = play(plan_of(LEFT), early)
    assert report.result is PadResult.UNDECIDED


def test_a_rigid_paper_chin_does_not_count_as_an_opened_mouth() -> None:
    report, _, _ = play(plan_of(MOUTH, LEFT), Subject(chin_share=0.1))
    assert report.result is PadResult.UNDECIDED
    assert not passed(report)["L2_CHALLENGE"]


def test_another_face_in_the_middle_is_an_attack_by_continuity() -> None:
    swap = Subject(person=lambda t: 1 if t < 1.5 else 2)
    report, session, _ = play(plan_of(BLINK, LEFT, MOUTH), swap)
    assert (report.result, report.decided_by) == (PadResult.ATTACK, "L5_IDENTITY")
    assert session.probe_features() == []


def test_a_face_that_disappears_during_the_challenge_ends_the_attempt() -> None:
    hidden = Subject(visible=lambda t: not 1.2 < t < 1.8)
    report, _, _ = play(plan_of(BLINK, LEFT, MOUTH), hidden)
    assert (report.result, report.decided_by) == (PadResult.UNDECIDED, "L5_TRACK")


def test_a_short_miss_of_the_detector_is_forgiven() -> None:
    blinked_detector = Subject(visible=lambda t: not 1.2 < t < 1.35)
    report, _, _ = play(plan_of(BLINK, LEFT), blinked_detector)
    assert report.result is PadResult.BONA_FIDE


def test_a_gap_during_the_lock_begins_anew() -> None:
    late = Subject(visible=lambda t: not 0.15 < t < 0.9, person=lambda t: 1 if t < 0.5 else 2)
    report, session, _ = play(plan_of(LEFT), late)
    assert report.result is PadResult.BONA_FIDE
    assert all(float(f @ feature_of(2)) > 0.99 for f in session.probe_features())


def test_no_face_ends_undecided_at_the_lock() -> None:
    report, _, steps = play(plan_of(LEFT), Subject(visible=lambda _t: False))
    assert (report.result, report.decided_by) == (PadResult.UNDECIDED, "L1_FACE_LOCK")
    assert len(steps) * FRAME_NS / 1e9 == pytest.approx(POLICY.face_lock_timeout_s, abs=0.2)


def test_an_expired_plan_is_void() -> None:
    report, _, _ = play(plan_of(BLINK, LEFT, expires_after_s=1.0), Subject())
    assert (report.result, report.decided_by) == (PadResult.UNDECIDED, "L2_PLAN")


def test_a_plan_without_a_turn_is_refused() -> None:
    with pytest.raises(BoothError) as caught:
        PadSession(ChallengePlan("0" * 32, (BLINK, MOUTH), START_NS), POLICY)
    assert caught.value.code is ErrorCode.BOOTH_PROTOCOL


def test_a_prompt_nobody_asked_for_is_refused() -> None:
    session = PadSession(plan_of(LEFT), POLICY)
    with pytest.raises(BoothError):
        session.prompt_shown(0, START_NS)


def test_a_loop_of_frames_is_an_attack_by_integrity() -> None:
    session, rng = PadSession(plan_of(LEFT), POLICY), np.random.default_rng(3)
    clip = [points_of(Pose(), rng) for _ in range(6)]
    for sequence in range(1, 20):
        points = clip[sequence % len(clip)]
        stamp = START_NS + sequence * FRAME_NS
        step = session.observe(
            Observation(
                stamp, sequence, face_of(points), 1, Landmarks(points, 20.0), None, Guidance.NONE
            )
        )
    assert step.phase is PadPhase.DONE
    report = session.verdict()
    assert (report.result, report.species_guess) == (PadResult.ATTACK, "INJECTED_LOOP")


@pytest.mark.parametrize("field", ["captured_at_ns", "sequence"])
def test_a_clock_that_stands_or_runs_back_is_no_attack_but_no_pass(field: str) -> None:
    session, rng = PadSession(plan_of(LEFT), POLICY), np.random.default_rng(3)
    first = observation_of(Subject(), 0.1, 3, rng)
    second = observation_of(Subject(), 0.2, 6, rng)
    session.observe(first)
    session.observe(replace(second, **{field: getattr(first, field)}))
    assert session.verdict().result is PadResult.UNDECIDED
    assert session.verdict().decided_by == "L0_INTEGRITY"


def test_nothing_changes_after_the_verdict() -> None:
    report, session, _ = play(plan_of(LEFT), Subject())
    rng = np.random.default_rng(9)
    late = observation_of(Subject(person=lambda _t: 2), 40.0, 9000, rng)
    assert session.observe(late).phase is PadPhase.DONE
    session.prompt_shown(0, START_NS)
    assert session.verdict() == report


def test_more_than_one_face_is_as_bad_as_none() -> None:
    session, rng = PadSession(plan_of(LEFT), POLICY), np.random.default_rng(3)
    for sequence in range(1, 60):
        seen = observation_of(Subject(), sequence / 30, sequence, rng)
        step = session.observe(replace(seen, face_count=2))
    assert step.phase is PadPhase.LOCK
    assert step.fraction == 0.0


def test_gates_are_those_of_the_design() -> None:
    gates = PadGates()
    assert (gates.planarity_residual, gates.turn_reached_yaw, gates.turn_onset_yaw) == (
        0.055,
        0.20,
        0.12,
    )
    assert (gates.blink_closed, gates.blink_open, gates.blink_return_s) == (0.45, 0.80, 0.40)
    assert (gates.mouth_opening, gates.chin_share) == (0.25, 0.40)
    assert (gates.continuity_frontal, gates.continuity_turned) == (0.60, 0.50)


def lit_plan(before: int, exposure_before: tuple[int, ...] = ()) -> ChallengePlan:
    plan = plan_of(LEFT)
    return ChallengePlan(
        plan.plan_id, plan.actions, plan.expires_at_ns, LIGHTS, before, exposure_before
    )


def play_lit(plan: ChallengePlan, answers: tuple[Light, ...]) -> tuple[PadReport, list[int], float]:
    """A head whose skin answers `answers` while the plan's lights are shown, one per slot."""
    policy = CapturePolicy(6.0, 2.5, 0.15, 90.0)
    session = PadSession(plan, policy, without=frozenset({"L4_SHAPE"}))
    subject, rng = Subject(), np.random.default_rng(1)
    light, asked, order, shortest, shown_s = Light.BLACK, -1, [], 9.0, 0.0
    for sequence in range(1, 900):
        t_s = sequence * FRAME_NS / 1e9
        tones = FaceTones(
            0.1 + 0.4 * np.mean(emitted(light), axis=0),
            np.full(3, 0.1),
            np.full((len(PATCH_POINTS), 3), np.nan),
        )
        step = session.observe(replace(observation_of(subject, t_s, sequence, rng), tones=tones))
        if step.phase is PadPhase.DONE:
            break
        if step.wants_prompt_index is not None and step.wants_prompt_index != asked:
            asked = step.wants_prompt_index
            session.prompt_shown(asked, START_NS + sequence * FRAME_NS + 10_000_000)
            subject.prompt(plan.actions[asked], t_s)
        index = step.wants_light_index
        if index is not None:
            shortest = min(shortest, t_s - shown_s) if order else shortest
            order.append(index)
            shown_s = t_s
            session.light_shown(index, START_NS + sequence * FRAME_NS + 10_000_000)
            light = answers[index] if index < len(answers) else Light.BLACK
    return session.verdict(), order, shortest


@pytest.mark.parametrize("before", [0, 1])
def test_lights_are_shown_once_each_in_order_and_long_enough(before: int) -> None:
    report, order, shortest = play_lit(lit_plan(before), LIGHTS)
    assert report.result is PadResult.BONA_FIDE, report
    assert order == list(range(len(LIGHTS) + 1))
    assert shortest >= SLOT_S


def test_the_answer_to_another_code_is_no_pass() -> None:
    other = tuple(reversed(LIGHTS))
    report, _, _ = play_lit(lit_plan(0), other)
    assert report.result is not PadResult.BONA_FIDE
    assert report.decided_by == "L4_CODE"


def test_a_light_nobody_asked_for_is_refused() -> None:
    session = PadSession(lit_plan(0), CapturePolicy(6.0, 2.5, 0.15, 90.0))
    with pytest.raises(BoothError):
        session.light_shown(3, START_NS)


def test_a_screen_that_never_lights_ends_undecided() -> None:
    session, rng = PadSession(lit_plan(0), CapturePolicy(6.0, 2.5, 0.15, 90.0)), SEEDED
    for sequence in range(1, 900):
        step = session.observe(observation_of(Subject(), sequence / 30, sequence, rng))
    assert step.phase is PadPhase.DONE
    assert (session.verdict().result, session.verdict().decided_by) == (
        PadResult.UNDECIDED,
        "L4_CODE",
    )


def test_a_head_turned_far_aside_is_no_other_person() -> None:
    """Matchers take a profile for somebody else; that alone accuses nobody."""
    shown: list[float] = []

    def person(t_s: float) -> int:
        pose = subject.pose(t_s)
        shown.append(abs(pose.yaw))
        return 2 if abs(pose.yaw) > 0.3 else 1

    subject = Subject(person=person)
    report, _, _ = play(plan_of(BLINK, LEFT), subject)
    assert max(shown) > 0.3
    assert report.result is PadResult.BONA_FIDE, report


def test_another_face_after_the_last_turn_is_an_attack() -> None:
    """A swap hidden behind a turn is seen when the face comes to rest."""
    turned: list[float] = []

    def person(t_s: float) -> int:
        if abs(subject.pose(t_s).yaw) > 0.3:
            turned.append(t_s)
        return 2 if turned else 1

    subject = Subject(person=person)
    report, session, _ = play(plan_of(BLINK, LEFT), subject)
    assert (report.result, report.decided_by) == (PadResult.ATTACK, "L5_IDENTITY")
    assert session.probe_features() == []


def test_with_identity_off_the_swap_passes() -> None:
    turned: list[float] = []

    def person(t_s: float) -> int:
        if abs(subject.pose(t_s).yaw) > 0.3:
            turned.append(t_s)
        return 2 if turned else 1

    subject = Subject(person=person)
    session = PadSession(plan_of(BLINK, LEFT), POLICY, without=frozenset({"L5_IDENTITY"}))
    report, _ = play_session(session, plan_of(BLINK, LEFT), subject)
    assert report.result is PadResult.BONA_FIDE
    assert any(float(probe @ feature_of(2)) > 0.99 for probe in session.probe_features())
