"""Fusion: AND of the hard gates of each policy, then the weak cues; evidence before all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.pad.fusion import REQUIRED, fuse
from station.booth.messages import PadPolicyName
from station.model import LayerVerdict, PadResult

NAMES = (
    "L0_INTEGRITY",
    "L0_EXPOSURE",
    "L1_FACE_LOCK",
    "L2_CHALLENGE",
    "L3_PLANARITY",
    "L1_LIGHT",
    "L4_CODE",
    "L4_SHAPE",
    "L5_IDENTITY",
    "L5_TRACK",
    "L6_CUES",
    "L7_PASSIVE",
    "L9_SENSOR",
)
POLICIES = list(PadPolicyName)


def words(**changed: LayerVerdict) -> tuple[LayerVerdict, ...]:
    """All layers passed with nothing suspicious, except those named."""
    clear = {name: LayerVerdict(name, True, 0.0, 1.0) for name in NAMES}
    return tuple((clear | changed).values())


def failed(name: str) -> LayerVerdict:
    return LayerVerdict(name, False, 0.0, 1.0)


@pytest.mark.parametrize("policy", POLICIES)
def test_all_passed_is_bona_fide(policy: PadPolicyName) -> None:
    assert fuse(words(), policy, 1.0) == (PadResult.BONA_FIDE, "ALL", "")


@pytest.mark.parametrize(("policy", "name"), [(p, n) for p in POLICIES for n in REQUIRED[p]])
def test_a_hard_layer_that_did_not_pass_or_judge_decides(policy: PadPolicyName, name: str) -> None:
    silent = replace(LayerVerdict(name, True, 0.0, 1.0), judged=False)
    for word in (failed(name), silent):
        assert fuse(words(**{name: word}), policy, 1.0) == (PadResult.UNDECIDED, name, "")


@pytest.mark.parametrize("policy", POLICIES)
def test_no_policy_goes_without_challenge_planarity_and_identity(policy: PadPolicyName) -> None:
    assert {"L0_INTEGRITY", "L2_CHALLENGE", "L3_PLANARITY", "L5_IDENTITY"} <= set(REQUIRED[policy])


def test_only_key_infrastructure_needs_the_sensor() -> None:
    needing = {policy for policy in POLICIES if "L9_SENSOR" in REQUIRED[policy]}
    assert needing == {PadPolicyName.KEY_INFRASTRUCTURE}


def test_an_optional_layer_that_judged_and_failed_still_refuses() -> None:
    result = fuse(words(L0_EXPOSURE=failed("L0_EXPOSURE")), PadPolicyName.ASSISTED, 1.0)
    assert result == (PadResult.UNDECIDED, "L0_EXPOSURE", "")


def test_evidence_is_an_attack_whatever_else_passed() -> None:
    flat = LayerVerdict("L3_PLANARITY", False, 0.02, 0.055, species="FLAT_ARTEFACT")
    swap = LayerVerdict("L5_IDENTITY", False, 0.1, 0.6, species="FACE_SWAP")
    both = words(L3_PLANARITY=flat, L5_IDENTITY=swap)
    assert fuse(both, PadPolicyName.FAST, 1.0) == (PadResult.ATTACK, "L5_IDENTITY", "FACE_SWAP")


def test_weak_cues_refuse_together_and_not_alone() -> None:
    cues = LayerVerdict("L6_CUES", True, 0.6, 1.0)
    passive = LayerVerdict("L7_PASSIVE", False, 0.5, 0.4)
    for alone in ({"L6_CUES": cues}, {"L7_PASSIVE": passive}):
        assert fuse(words(**alone), PadPolicyName.NORMAL, 1.0)[0] is PadResult.BONA_FIDE
    together = fuse(words(L6_CUES=cues, L7_PASSIVE=passive), PadPolicyName.NORMAL, 1.0)
    assert together == (PadResult.UNDECIDED, "L6_CUES", "")


@pytest.mark.parametrize(("score", "gate"), [(1.0, 0.6), (0.59, 0.6)])
def test_a_passive_network_alone_never_refuses(score: float, gate: float) -> None:
    """Certain of an attack it is one cue; below its own threshold it is none."""
    passive = LayerVerdict("L7_PASSIVE", score < gate, score, gate)
    cues = LayerVerdict("L6_CUES", True, 0.09 if score >= gate else 0.9, 1.0)
    both = words(L7_PASSIVE=passive, L6_CUES=cues)
    assert fuse(both, PadPolicyName.NORMAL, 1.0)[0] is PadResult.BONA_FIDE


verdicts = st.lists(
    st.builds(
        LayerVerdict,
        st.sampled_from(NAMES),
        st.booleans(),
        st.floats(0, 2),
        st.just(1.0),
        judged=st.booleans(),
        species=st.sampled_from(("", "X")),
    ),
    unique_by=lambda word: word.layer,
)


@given(verdicts, st.sampled_from(POLICIES))
def test_bona_fide_means_that_every_hard_layer_passed(
    said: list[LayerVerdict], policy: PadPolicyName
) -> None:
    if fuse(tuple(said), policy, 1.0)[0] is PadResult.BONA_FIDE:
        good = {word.layer for word in said if word.judged and word.passed and not word.species}
        assert set(REQUIRED[policy]) <= good
