"""One presentation: who stands there, under which plan, and how the attempt ended (SIM)."""

from dataclasses import dataclass

import msgspec
import numpy as np

from drivers.face.engine import FaceEngine
from drivers.simulated.attack_victim import Portrait
from drivers.simulated.person import LandmarksOf, SimulatedPerson
from station.booth.messages import CapturePolicy, PadPolicyName
from station.challenge import draw_plan
from station.model import PadResult
from tests.rig.subjects import SubjectPicture
from tests.rig.synthetic_head import START_NS
from tests.rig.visit_player import Actor, Player

LIVE = "live"
_PLAN_S = 90.0


@dataclass(frozen=True)
class Presentation:
    """What to present. The same fields give the same pixels and the same plan."""

    scenario: str
    species: str
    subject: int
    seed: int
    policy: PadPolicyName = PadPolicyName.NORMAL
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Presented:
    """How one presentation ended; `mated` is the best comparison score of accepted frames."""

    scenario: str
    species: str
    subject: str
    seed: int
    policy: str
    without: tuple[str, ...]
    result: str
    decided_by: str
    species_guess: str
    layers: tuple[tuple[str, bool, bool, float, float], ...]
    lasted_s: float
    victim_score: float | None


def capture_policy(name: PadPolicyName) -> CapturePolicy:
    """The shipped times of `resources/default.toml`, doubled where the product doubles them."""
    patience = 2.0 if name is PadPolicyName.ASSISTED else 1.0
    return CapturePolicy(6.0 * patience, 6.0 * patience, 0.15, 90.0, name)


def make_actor(wanted: Presentation, subject: SubjectPicture) -> Actor:
    """Whoever stands there, not yet calibrated."""
    if wanted.species == LIVE:
        return SimulatedPerson(subject.picture, subject.mesh, wanted.seed)
    from drivers.simulated.attack_species import SPECIES

    return SPECIES[wanted.species].make(Portrait(subject.picture, subject.mesh), wanted.seed)


def present(
    wanted: Presentation,
    subject: SubjectPicture,
    engine: FaceEngine,
    landmarks_of: LandmarksOf,
) -> Presented:
    """Play one presentation to its end."""
    rng = np.random.default_rng((wanted.seed, 77))
    plan = draw_plan(wanted.policy, _PLAN_S, lambda n: int(rng.integers(n)))
    # The rig has its own clock, so the plan's expiry is set by it as well.
    plan = msgspec.structs.replace(plan, expires_at_ns=START_NS + round(_PLAN_S * 1e9))
    actor = make_actor(wanted, subject)
    actor.calibrate(landmarks_of)
    player = Player(
        engine,
        actor,
        plan,
        capture_policy(wanted.policy),
        seed=wanted.seed,
        without=frozenset(wanted.without),
    )
    played = player.play()
    report = played.report
    score = None
    if report.result is PadResult.BONA_FIDE:
        face = max(engine.detect(subject.picture), key=lambda f: f.width * f.height)
        reference = engine.extract(subject.picture, face)
        score = float(np.median([probe @ reference for probe in played.probes]))
    return Presented(
        wanted.scenario,
        wanted.species,
        subject.name,
        wanted.seed,
        wanted.policy.value,
        wanted.without,
        report.result.value,
        report.decided_by,
        report.species_guess,
        tuple((v.layer, v.passed, v.judged, v.measure, v.gate) for v in report.layers),
        played.lasted_s,
        score,
    )
