"""Plans of the active challenge: rules, spread and lifetime."""

import time
from itertools import pairwise

import pytest

from station.booth.lights import COLOURS, Light
from station.booth.messages import Action, PadPolicyName
from station.challenge import SHAPES, draw_plan

TURNS = {Action.TURN_LEFT, Action.TURN_RIGHT}


@pytest.mark.parametrize("name", list(PadPolicyName))
def test_every_plan_keeps_the_rules(name: PadPolicyName) -> None:
    shape = SHAPES[name]
    for _ in range(200):
        plan = draw_plan(name, 30)
        assert len(plan.actions) == shape.actions
        assert all(a is not b for a, b in pairwise(plan.actions))
        assert all(a is not b for a, b in pairwise(plan.lights))
        assert set(plan.actions) & TURNS
        assert len(plan.actions) == 1 or set(plan.actions) - TURNS
        assert 0 <= plan.lights_before <= len(plan.actions)
        assert len(set(plan.exposure_before)) == len(plan.exposure_before) == shape.dims
        assert max(plan.exposure_before) <= len(plan.actions)
        if shape.colours:
            assert set(plan.lights) >= {Light.LEFT, Light.RIGHT}
            assert len(plan.lights) == shape.colours + len(shape.measuring)
            assert sum(light in COLOURS for light in plan.lights) == shape.colours


def test_the_calm_plan_has_no_light_and_no_blink() -> None:
    plans = [draw_plan(PadPolicyName.ASSISTED, 30) for _ in range(100)]
    assert all(not plan.lights and Action.BLINK not in plan.actions for plan in plans)


def test_plans_differ_and_expire() -> None:
    plans = [draw_plan(PadPolicyName.KEY_INFRASTRUCTURE, 30) for _ in range(300)]
    assert len({plan.plan_id for plan in plans}) == 300
    assert len({plan.lights for plan in plans}) == 300
    assert len({plan.actions for plan in plans}) >= 12
    assert {plan.lights_before for plan in plans} == {0, 1, 2, 3}
    left_s = (plans[-1].expires_at_ns - time.monotonic_ns()) / 1e9
    assert 25 < left_s <= 30
