"""The rig's table: every species and every hard layer has its row."""

from collections import Counter

from drivers.pad.fusion import REQUIRED
from drivers.simulated.attack_species import SPECIES
from station.booth.messages import PadPolicyName
from tests.rig.presentations import BRIGHT, rig_plan
from tests.rig.scenarios import (
    ATTACKS,
    BONA_FIDE,
    NEGATIVE_CONTROLS,
    WITNESSES_OFF,
    WITNESSES_ON,
    presentations,
)


def test_every_species_is_presented() -> None:
    rows = (*ATTACKS, *NEGATIVE_CONTROLS, *WITNESSES_ON)
    assert {species for row in rows for species in row.species} == {*SPECIES, BRIGHT}


def test_every_hard_layer_with_an_attack_of_its_own_has_a_witness() -> None:
    switched = {layer for row in WITNESSES_OFF for layer in row.without}
    # The face lock only keeps the others valid: it has no attack.
    assert switched >= set(REQUIRED[PadPolicyName.NORMAL]) - {"L1_FACE_LOCK"}
    assert all(len(row.without) == 1 for row in WITNESSES_OFF)


def test_rows_have_the_promised_sizes() -> None:
    counted = Counter(one.scenario for one in presentations(seed=1, n=150))
    assert all(counted[row.name] >= 150 for row in ATTACKS)
    assert counted[BONA_FIDE[0].name] >= 300


def test_a_witness_is_the_same_presentation_with_its_layer_on_and_off() -> None:
    listed = presentations(seed=1, n=5)
    for on, off in zip(WITNESSES_ON, WITNESSES_OFF, strict=True):
        seeds = [[one.seed for one in listed if one.scenario == row.name] for row in (on, off)]
        assert seeds[0] == seeds[1]
        assert len(seeds[0]) == 5


def test_no_two_presentations_of_different_kind_share_a_seed() -> None:
    listed = [one for one in presentations(seed=1, n=40) if not one.without]
    assert len({one.seed for one in listed}) == len(listed)


def test_a_plan_is_drawn_anew_from_every_seed_and_again_from_the_same() -> None:
    plans = [rig_plan(PadPolicyName.NORMAL, seed) for seed in range(40)]
    assert len({(plan.actions, plan.lights) for plan in plans}) == 40
    assert rig_plan(PadPolicyName.NORMAL, 7).lights == plans[7].lights
