"""Plays one attempt on rendered pixels through the station's own models (SIM)."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from drivers.face.engine import FaceEngine
from drivers.pad.observation import Observation, PadPhase
from drivers.pad.session import PadSession
from station.booth.messages import Action, ChallengePlan, Guidance
from station.booth.ports import BgrImage, FeatureVector
from station.model import PadReport
from tests.rig.synthetic_head import POLICY, START_NS


class Actor(Protocol):
    """Whoever stands in front of the simulated camera."""

    def frame(self, t_s: float) -> BgrImage: ...

    def obey(self, action: Action, start_s: float) -> None: ...


@dataclass
class Played:
    """The end of one attempt."""

    report: PadReport
    probes: list[FeatureVector]
    lasted_s: float
    shown: list[Action] = field(default_factory=list)


def play_pixels(
    engine: FaceEngine, actor: Actor, plan: ChallengePlan, seed: int, frames_per_s: int = 15
) -> Played:
    """Run one attempt to its end; the actor reacts 0.25 to 0.5 s after a prompt is shown."""
    session, rng = PadSession(plan, POLICY), np.random.default_rng(seed)
    shown: list[Action] = []
    wants_feature, t_s = True, 0.0
    for sequence in range(1, 30 * frames_per_s):
        t_s = sequence / frames_per_s
        step = session.observe(_observe(engine, actor.frame(t_s), t_s, sequence, wants_feature))
        wants_feature = step.wants_feature
        if step.phase is PadPhase.DONE:
            break
        if step.wants_prompt_index is not None:
            session.prompt_shown(step.wants_prompt_index, START_NS + round((t_s + 0.03) * 1e9))
            shown.append(plan.actions[step.wants_prompt_index])
            actor.obey(shown[-1], t_s + 0.03 + float(rng.uniform(0.25, 0.5)))
    return Played(session.verdict(), session.probe_features(), t_s, shown)


def _observe(
    engine: FaceEngine, frame: BgrImage, t_s: float, sequence: int, wants_feature: bool
) -> Observation:
    faces = engine.detect(frame)
    stamp = START_NS + round(t_s * 1e9)
    if not faces:
        return Observation(stamp, sequence, None, 0, None, None, Guidance.NO_FACE)
    face = faces[0]
    feature = engine.extract(frame, face) if wants_feature else None
    landmarks = engine.locate(frame, face)
    return Observation(stamp, sequence, face, len(faces), landmarks, feature, Guidance.NONE)
