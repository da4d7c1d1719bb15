"""One presentation: who stands there, under which plan, and how the attempt ended (SIM)."""

from dataclasses import dataclass

import msgspec
import numpy as np

from drivers.face.engine import FaceEngine
from drivers.pad.observation import Observation
from drivers.simulated.attack_recorded import StaleColours
from drivers.simulated.attack_swap import EarlySwap, FaceSwap, SwapAtRest
from drivers.simulated.attack_victim import Portrait
from drivers.simulated.person import LandmarksOf, SimulatedPerson
from drivers.simulated.person_light import PersonTraits
from station.booth.messages import CapturePolicy, ChallengePlan, PadPolicyName
from station.challenge import draw_plan
from station.model import PadResult
from tests.rig.subjects import SubjectPicture
from tests.rig.synthetic_head import START_NS
from tests.rig.visit_player import Actor, Player

LIVE = "live"
BRIGHT = "live_bright"
"""A live person in a room too bright for the screen's light: nobody's attack."""
_BRIGHT_LUX = 5000.0
NOT_SHOWN = "NOT_SHOWN"
OTHER_PERSON = "OTHER_PERSON"
"""Bona fide, and the frames to be compared do not match the victim: the comparison refuses."""
_MATCH = 0.415
"""The threshold of FMR 1e-4 (face.md C.4)."""
_PLAN_S = 90.0
_RECORDINGS = 24
"""How many fitting recordings the luckiest is taken from: a fresh code is met by chance in one of
a thousand."""
_SWAPPED_ONCE = (FaceSwap.species, EarlySwap.species)
_FRAMES_PER_S = 12
"""Fewer than the product analyses on two old cores, so that a table takes an hour, not a day."""


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
    """The shipped gates; shorter waits than the product's, which only spare the rig idle frames."""
    patience = 2.0 if name is PadPolicyName.ASSISTED else 1.0
    return CapturePolicy(6.0 * patience, 3.0 * patience, 0.15, 90.0, name)


def _was_shown(actor: Actor, lasted_s: float) -> bool:
    """Whether the victim's face came before the attempt had ended: else it was no attack."""
    swapped_at_s = actor.swapped_at_s if isinstance(actor, FaceSwap) else None
    return swapped_at_s is not None and swapped_at_s < lasted_s


def rig_plan(policy: PadPolicyName, seed: int) -> ChallengePlan:
    """A plan of the product's own drawing, from a seed and on the rig's clock."""
    rng = np.random.default_rng((seed, 77))
    plan = draw_plan(policy, _PLAN_S, lambda n: int(rng.integers(n)))
    return msgspec.structs.replace(plan, expires_at_ns=START_NS + round(_PLAN_S * 1e9))


def make_actor(
    wanted: Presentation, subject: SubjectPicture, other: SubjectPicture, plan: ChallengePlan
) -> Actor:
    """Whoever stands there, not yet calibrated; `other` does the challenges for a face swap."""
    if wanted.species == LIVE:
        return SimulatedPerson(subject.picture, subject.mesh, wanted.seed)
    if wanted.species == BRIGHT:
        room = PersonTraits(ambient_lux=_BRIGHT_LUX)
        return SimulatedPerson(subject.picture, subject.mesh, wanted.seed, room)
    from drivers.simulated.attack_species import SPECIES

    victim, accomplice = (Portrait(who.picture, who.mesh) for who in (subject, other))
    for kind in (EarlySwap, SwapAtRest):
        if wanted.species == kind.species:
            return kind(victim, wanted.seed, accomplice)
    if wanted.species == StaleColours.species:
        stale = StaleColours(victim, wanted.seed)
        stale.choose(plan.lights, _RECORDINGS)
        return stale
    if wanted.species == FaceSwap.species:
        swap = FaceSwap(victim, wanted.seed, accomplice)
        # At any of the prompts; the earlier, the more frames of the victim would be compared.
        swap.actions = 1 + wanted.seed % len(plan.actions)
        return swap
    return SPECIES[wanted.species](victim, wanted.seed)


def present(
    wanted: Presentation,
    people: list[SubjectPicture],
    engine: FaceEngine,
    landmarks_of: LandmarksOf,
    recorded: list[Observation] | None = None,
) -> Presented:
    """Play one presentation to its end; `recorded` takes what was observed."""
    plan = rig_plan(wanted.policy, wanted.seed)
    subject, other = (people[(wanted.subject + step) % len(people)] for step in (0, 1))
    actor = make_actor(wanted, subject, other, plan)
    actor.calibrate(landmarks_of)
    player = Player(
        engine,
        actor,
        plan,
        capture_policy(wanted.policy),
        seed=wanted.seed,
        frames_per_s=_FRAMES_PER_S,
        without=frozenset(wanted.without),
        recorded=recorded,
    )
    played = player.play()
    report, result = played.report, played.report.result.value
    swapped_once = wanted.species in _SWAPPED_ONCE
    if swapped_once and not _was_shown(actor, played.lasted_s):
        result = NOT_SHOWN
    score = None
    if report.result is PadResult.BONA_FIDE:
        face = max(engine.detect(subject.picture), key=lambda f: f.width * f.height)
        reference = engine.extract(subject.picture, face)
        score = float(np.median([probe @ reference for probe in played.probes]))
        if score < _MATCH and result == PadResult.BONA_FIDE.value:
            result = OTHER_PERSON
    return Presented(
        wanted.scenario,
        wanted.species,
        subject.name,
        wanted.seed,
        wanted.policy.value,
        wanted.without,
        result,
        report.decided_by,
        report.species_guess,
        tuple((v.layer, v.passed, v.judged, v.measure, v.gate) for v in report.layers),
        played.lasted_s,
        score,
    )
