"""One visit's own frames shown to the next visit: same face, same camera, yesterday's code (SIM).

The frames are replayed as what the layers measured on them, with all figures on every frame, from a
moment of the attacker's choice, and again from the start where they end.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from drivers.pad.observation import Observation, PadPhase, PadStep
from drivers.pad.session import PadSession
from station.booth.messages import CapturePolicy
from station.model import PadReport
from tests.rig.presentations import rig_plan
from tests.rig.synthetic_head import START_NS

_PAINT_NS = 30_000_000
_LATEST_SHARE = 0.5


def replay_into_next(
    recorded: list[Observation], policy: CapturePolicy, seed: int, start: int | None = None
) -> PadReport:
    """The next visit's verdict under the plan of `seed`; `start`: the first frame shown."""
    rng = np.random.default_rng(seed)
    session = PadSession(rig_plan(policy.name, seed), policy)
    if start is None:
        start = int(rng.integers(int(len(recorded) * _LATEST_SHARE)))
    step = PadStep(PadPhase.LOCK, None, 0.0, wants_feature=True)
    for seen in _again(recorded, start):
        # The booth extracts a feature only where the session wants one; the session wipes it.
        fresh = None if seen.feature is None else seen.feature.copy()
        feature = fresh if step.wants_feature else None
        step = session.observe(replace(seen, feature=feature))
        if step.phase is PadPhase.DONE:
            break
        painted_ns = seen.captured_at_ns + _PAINT_NS
        if step.wants_prompt_index is not None:
            session.prompt_shown(step.wants_prompt_index, painted_ns)
        if step.wants_light_index is not None:
            session.light_shown(step.wants_light_index, painted_ns)
    return session.verdict()


def _again(recorded: list[Observation], start: int) -> Iterator[Observation]:
    """The frames from `start`, round and round, on a clock and a count that go on.

    A second round would be called a loop at once, so its landmarks carry a little fresh noise, as a
    screen filmed again does.
    """
    rng = np.random.default_rng(start)
    pace_ns = recorded[1].captured_at_ns - recorded[0].captured_at_ns
    for number in range(4 * len(recorded)):
        seen = recorded[(start + number) % len(recorded)]
        landmarks = seen.landmarks
        if landmarks is not None:
            noise = rng.normal(0.0, 0.1, landmarks.points.shape).astype(np.float32)
            landmarks = replace(landmarks, points=landmarks.points + noise)
        yield replace(
            seen,
            captured_at_ns=START_NS + (number + 1) * pace_ns,
            sequence=number + 1,
            landmarks=landmarks,
        )
