"""Draws the random challenge plan of one capture attempt (face.md L2)."""

import secrets
import time
from itertools import pairwise

from station.booth.messages import Action, ChallengePlan

_TURNS = (Action.TURN_LEFT, Action.TURN_RIGHT)


def draw_plan(actions: int, valid_for_s: float) -> ChallengePlan:
    """A plan of 2 to 6 actions from the operating system's CSPRNG, never drawn twice by id.

    No action follows itself, at least one is a turn (the planarity layer needs it), and at least
    one is not, so that no plan is of a single kind and none is blink-only (X-27).
    """
    if not 2 <= actions <= 6:
        raise ValueError("a plan has 2 to 6 actions")
    while True:
        drawn = tuple(secrets.choice(tuple(Action)) for _ in range(actions))
        repeats = any(a is b for a, b in pairwise(drawn))
        turns = sum(action in _TURNS for action in drawn)
        if not repeats and 0 < turns < actions:
            break
    return ChallengePlan(
        plan_id=secrets.token_hex(16),
        actions=drawn,
        expires_at_ns=time.monotonic_ns() + int(valid_for_s * 1e9),
    )
