"""Draws the random plan of one capture attempt from the operating system's CSPRNG (face.md L2, L4).

A plan is made for one attempt, expires, and is never drawn twice by id.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from station.booth.lights import COLOURS, SCREEN_RGB, Light
from station.booth.messages import Action, ChallengePlan, PadPolicyName

_TURNS = (Action.TURN_LEFT, Action.TURN_RIGHT)
_CALM = (Action.TURN_LEFT, Action.TURN_RIGHT, Action.MOUTH)
_HALVES = (Light.LEFT, Light.RIGHT)


@dataclass(frozen=True, slots=True)
class PlanShape:
    """How much one policy asks for."""

    actions: int
    colours: int
    """Slots of the colour code beside those that measure; 0: no lights at all."""
    measuring: tuple[Light, ...] = ()
    """Half-lit screens show the relief; a second pair halves its error in a bright room."""
    dims: int = 2
    """Exposure challenges to the camera."""
    choices: tuple[Action, ...] = tuple(Action)


SHAPES = {
    PadPolicyName.FAST: PlanShape(1, 4, _HALVES, dims=1, choices=_TURNS),
    PadPolicyName.NORMAL: PlanShape(2, 6, _HALVES * 2),
    PadPolicyName.ASSISTED: PlanShape(2, 0, choices=_CALM),
    PadPolicyName.KEY_INFRASTRUCTURE: PlanShape(3, 10, (*_HALVES * 2, Light.WHITE, Light.BLACK)),
}


Below = Callable[[int], int]
"""A number from 0 to below the given one. Always the CSPRNG, but for the seeded rig."""


def draw_plan(
    policy: PadPolicyName, valid_for_s: float, below: Below = secrets.randbelow
) -> ChallengePlan:
    """A fresh plan of the policy's shape.

    No action follows itself and at least one is a turn (the planarity layer needs it); from two
    actions on at least one is not, so that no plan is of a single kind and none is blink-only
    (X-27). No colour follows itself; the measuring lights stand anywhere among them.
    """
    shape = SHAPES[policy]
    actions = _draw_actions(shape, below)
    lights = _draw_lights(shape, below)
    return ChallengePlan(
        plan_id=secrets.token_hex(16),
        actions=actions,
        expires_at_ns=time.monotonic_ns() + int(valid_for_s * 1e9),
        lights=lights,
        lights_before=below(len(actions) + 1) if lights else 0,
        exposure_before=_draw_distinct(shape.dims, len(actions) + 1, below),
    )


def _draw_actions(shape: PlanShape, below: Below) -> tuple[Action, ...]:
    choices = shape.choices
    while True:
        drawn = tuple(choices[below(len(choices))] for _ in range(shape.actions))
        repeats = any(a is b for a, b in pairwise(drawn))
        turns = sum(action in _TURNS for action in drawn)
        if not repeats and turns and (turns < len(drawn) or len(drawn) == 1):
            return drawn


def _draw_lights(shape: PlanShape, below: Below) -> tuple[Light, ...]:
    if shape.colours == 0:
        return ()
    while True:
        drawn = [COLOURS[below(len(COLOURS))] for _ in range(shape.colours)]
        for light in shape.measuring:
            drawn.insert(below(len(drawn) + 1), light)
        repeats = any(a is b for a, b in pairwise(drawn))
        if not repeats and _all_channels_change(drawn):
            return tuple(drawn)


def _all_channels_change(lights: list[Light]) -> bool:
    """Whether each of R, G and B changes in the code: one that stands still says nothing."""
    colours = [SCREEN_RGB[light][0] for light in lights if light in COLOURS]
    return all(len(set(channel)) > 1 for channel in zip(*colours, strict=True))


def _draw_distinct(count: int, places: int, below: Below) -> tuple[int, ...]:
    left = list(range(places))
    drawn = [left.pop(below(len(left))) for _ in range(min(count, places))]
    return tuple(sorted(drawn))
