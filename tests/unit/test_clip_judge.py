"""Recorded clips: what each layer says of them, and what the whole station does (SIM heads)."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from drivers.pad.clip_judge import ClipVerdict, judge_clip
from drivers.pad.clip_presentation import present_clip
from drivers.pad.observation import Observation
from station.booth.messages import Action, PadPolicyName
from station.booth.pad_gates import DEFAULT_GATES
from station.challenge import draw_plan
from station.model import LayerVerdict, PadResult
from tests.rig.synthetic_head import (
    POLICY,
    Subject,
    face_of,
    feature_of,
    observation_of,
)

MOVES = [(2.0, Action.TURN_LEFT), (4.0, Action.BLINK), (6.0, Action.MOUTH)]


def record(subject: Subject, seconds: float = 8.0, seed: int = 5) -> list[Observation]:
    rng = np.random.default_rng(seed)
    return [observation_of(subject, n / 30, n, rng) for n in range(1, round(seconds * 30))]


def judge(frames: list[Observation], min_iod_px: float = 90.0) -> ClipVerdict:
    return judge_clip(frames, DEFAULT_GATES, min_iod_px)


def word(verdict: ClipVerdict, layer: str) -> LayerVerdict:
    return next(word for word in verdict.words if word.layer == layer)


def test_a_live_recording_passes_every_layer_it_has_evidence_for() -> None:
    verdict = judge(record(Subject(moves=list(MOVES))))
    assert (verdict.result, verdict.has_evidence) == (PadResult.BONA_FIDE, True)
    assert verdict.actions == {"BLINK": 1, "MOUTH": 1, "TURN_LEFT": 1, "TURN_RIGHT": 0}
    unheard = {word.layer for word in verdict.words if not word.judged}
    assert unheard == {"L1_LIGHT", "L4_CODE", "L4_SHAPE", "L6_CUES"}


def test_a_held_turn_and_a_held_mouth_are_counted_once() -> None:
    class Holds(Subject):
        def pose(self, t_s: float):  # type: ignore[no-untyped-def]
            pose = super().pose(t_s)
            held = 2.0 < t_s < 4.0
            return replace(pose, opening=1.0 if held else 0.0, yaw=0.5 if 5.0 < t_s < 7.0 else 0.0)

    verdict = judge(record(Holds()))
    assert (verdict.actions["MOUTH"], verdict.actions["TURN_LEFT"]) == (1, 1)


def test_a_turned_plane_is_called_an_attack() -> None:
    verdict = judge(record(Subject(relief=0.15, turn_rad=0.75, moves=list(MOVES))))
    assert (verdict.result, verdict.decided_by) == (PadResult.ATTACK, "L3_PLANARITY")


def test_a_face_that_does_nothing_is_no_ground_to_judge_by() -> None:
    verdict = judge(record(Subject()))
    assert (verdict.result, verdict.has_evidence) == (PadResult.UNDECIDED, False)
    assert verdict.decided_by == "L2_CHALLENGE"
    assert not word(verdict, "L3_PLANARITY").judged


def test_a_chin_that_stays_is_no_open_mouth() -> None:
    verdict = judge(record(Subject(chin_share=0.1, moves=[(2.0, Action.MOUTH)])))
    assert verdict.actions["MOUTH"] == 0


def test_another_person_in_the_middle_is_called_a_swap() -> None:
    subject = Subject(moves=list(MOVES), person=lambda t: 1 if t < 5 else 2)
    verdict = judge(record(subject))
    assert (verdict.decided_by, verdict.species_guess) == ("L5_IDENTITY", "FACE_SWAP")


def test_a_nodding_head_is_no_swap() -> None:
    """No prompt asks for a nod, and the identity's gates were not learned for it."""
    frames = record(Subject(moves=list(MOVES)))
    nods = []
    for seen in frames:
        landmarks = seen.landmarks
        if landmarks is None or not 210 < seen.sequence < 230:
            nods.append(seen)
            continue
        points = landmarks.points.copy()
        depth = 0.85 * (1 - ((points[:, 0] - 640) / 104) ** 2)
        points[:, 1] += 45 * depth
        feature = None if seen.feature is None else feature_of(9)
        nods.append(
            replace(
                seen,
                landmarks=replace(landmarks, points=points),
                face=face_of(landmarks.points),
                feature=feature,
            )
        )
    verdict = judge(nods)
    assert word(verdict, "L5_IDENTITY").passed
    assert verdict.result is PadResult.BONA_FIDE


def test_before_the_face_lock_nothing_is_evidence() -> None:
    flat = record(Subject(relief=0.15, turn_rad=0.75, moves=list(MOVES)))
    verdict = judge(flat, min_iod_px=300.0)
    assert (verdict.result, verdict.decided_by) == (PadResult.UNDECIDED, "L1_FACE_LOCK")
    assert not word(verdict, "L3_PLANARITY").judged
    assert not verdict.has_evidence


def test_a_lost_face_counts_before_what_was_not_seen() -> None:
    verdict = judge(record(Subject(visible=lambda t: not 2.0 < t < 3.0)))
    assert (verdict.decided_by, verdict.has_evidence) == ("L5_TRACK", True)


@pytest.mark.parametrize("count", [0, 1])
def test_hardly_any_frame_is_no_fault_of_anybody(count: int) -> None:
    verdict = judge(record(Subject())[:count])
    assert verdict.result is PadResult.UNDECIDED
    assert word(verdict, "L0_INTEGRITY").judged is False


@pytest.mark.parametrize("seed", range(12))
def test_a_live_recording_never_answers_a_fresh_plan_with_lights(seed: int) -> None:
    frames = record(Subject(moves=list(MOVES)))
    policy = msgspec.structs.replace(POLICY, name=PadPolicyName.NORMAL)
    rng = np.random.default_rng(seed)
    plan = draw_plan(PadPolicyName.NORMAL, 90.0, lambda n: int(rng.integers(n)))
    kept = [frame.feature.copy() for frame in frames if frame.feature is not None]
    report = present_clip(frames, 1 / 30, int(rng.integers(len(frames))), plan, policy)
    assert report.result is not PadResult.BONA_FIDE
    # The session wipes the features of whom it refuses: not the clip's own, they serve again.
    left = [frame.feature for frame in frames if frame.feature is not None]
    assert all(np.array_equal(a, b) for a, b in zip(kept, left, strict=True))


def test_a_clip_without_frames_is_refused() -> None:
    plan = draw_plan(PadPolicyName.ASSISTED, 90.0)
    with pytest.raises(ValueError, match="no frames"):
        present_clip([], 1 / 30, 0, plan, POLICY)
