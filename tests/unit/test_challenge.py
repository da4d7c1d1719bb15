"""Plans of the active challenge: rules, spread and lifetime."""

import time
from itertools import pairwise

import pytest

from station.booth.messages import Action
from station.challenge import draw_plan

TURNS = {Action.TURN_LEFT, Action.TURN_RIGHT}


@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_every_plan_keeps_the_rules(count: int) -> None:
    for _ in range(200):
        actions = draw_plan(count, 30).actions
        assert len(actions) == count
        assert all(a is not b for a, b in pairwise(actions))
        assert set(actions) & TURNS
        assert set(actions) - TURNS


def test_plans_differ_and_expire() -> None:
    plans = [draw_plan(3, 30) for _ in range(300)]
    assert len({plan.plan_id for plan in plans}) == 300
    assert len({plan.actions for plan in plans}) >= 20
    left_s = (plans[-1].expires_at_ns - time.monotonic_ns()) / 1e9
    assert 25 < left_s <= 30


@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_plan_of_one_kind_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="2 to 6"):
        draw_plan(count, 30)
