"""A recorded clip held against the whole station: fresh plans, which nothing in the clip knows.

The strongest presentation a recording allows: the clip starts anywhere, runs to and fro without a
cut, and L0 is not told that pictures come back, as they would not bit for bit before a camera.
What is refused so is refused with L0 as well. Blind spot: an attacker who chooses among many clips.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import msgspec

from drivers.pad.fusion import INTEGRITY
from drivers.pad.observation import Observation, PadPhase
from drivers.pad.session import PadSession
from station.booth.messages import CapturePolicy, ChallengePlan
from station.model import PadReport

_START_NS = 1_000_000_000
_PAINT_NS = 30_000_000
_LONGEST_S = 120.0


def present_clip(
    observations: Sequence[Observation],
    frame_s: float,
    start: int,
    plan: ChallengePlan,
    policy: CapturePolicy,
) -> PadReport:
    """One attempt by `plan` on a clip's analysed frames, `frame_s` apart, from frame `start` on.

    Prompts and lights are painted 30 ms after they were asked for. Raises `ValueError` for a clip
    without frames.
    """
    if not observations or frame_s <= 0:
        raise ValueError("no frames")
    end_ns = _START_NS + int(_LONGEST_S * 1e9)
    # The plan's own clock is the desk's; a clip has another.
    session = PadSession(
        msgspec.structs.replace(plan, expires_at_ns=end_ns),
        policy,
        without=frozenset({INTEGRITY}),
    )
    for sequence, frame in enumerate(_to_and_fro(observations, start), start=1):
        now_ns = _START_NS + round(sequence * frame_s * 1e9)
        # A session that refuses wipes its features in place: it gets one of its own.
        feature = None if frame.feature is None else frame.feature.copy()
        step = session.observe(
            replace(frame, captured_at_ns=now_ns, sequence=sequence, feature=feature)
        )
        if step.phase is PadPhase.DONE or now_ns > end_ns:
            break
        if step.wants_prompt_index is not None:
            session.prompt_shown(step.wants_prompt_index, now_ns + _PAINT_NS)
        if step.wants_light_index is not None:
            session.light_shown(step.wants_light_index, now_ns + _PAINT_NS)
    return session.verdict()


def _to_and_fro(observations: Sequence[Observation], start: int) -> Iterator[Observation]:
    last = len(observations) - 1
    place, step = start % len(observations), 1
    while True:
        yield observations[place]
        if not 0 <= place + step <= last:
            step = -step
        place = min(max(place + step, 0), last)
