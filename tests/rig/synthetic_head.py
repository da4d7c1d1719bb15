"""A head of 478 points that turns, blinks and opens its mouth: landmarks without pixels (SIM)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from drivers.pad.observation import Observation, PadPhase, PadStep
from drivers.pad.session import PadSession
from station.booth.messages import Action, CapturePolicy, ChallengePlan, Guidance, PadPolicyName
from station.booth.ports import DetectedFace, FeatureVector, Landmarks, Points
from station.model import PadReport

POLICY = CapturePolicy(
    face_lock_timeout_s=6.0,
    action_timeout_s=2.5,
    earliest_action_s=0.15,
    min_iod_px=90.0,
    name=PadPolicyName.ASSISTED,
)
"""Without lights: a head of points has no skin to answer them."""
IOD_PX = 130.0
FRAME_NS = 33_333_333
START_NS = 1_000_000_000
_DISTANCE = 7.0
_FIXED = {
    33: (-0.50, 0.00, 0.00),
    133: (-0.17, 0.00, 0.06),
    362: (0.17, 0.00, 0.06),
    263: (0.50, 0.00, 0.00),
    1: (0.00, 0.35, 0.45),
    61: (-0.25, 0.73, 0.22),
    291: (0.25, 0.73, 0.22),
}
# fmt: off
HEAD_PLACES = (
    (10, 10, 0.00, -0.63, 0.24),
    (151, 151, 0.00, -0.44, 0.26),
    (9, 9, 0.00, -0.21, 0.25),
    (8, 8, 0.00, -0.12, 0.23),
    (168, 168, 0.00, -0.04, 0.21),
    (6, 6, 0.00, 0.05, 0.24),
    (197, 197, 0.00, 0.13, 0.27),
    (195, 195, 0.00, 0.21, 0.30),
    (5, 5, 0.00, 0.30, 0.33),
    (4, 4, 0.00, 0.39, 0.35),
    (1, 1, 0.00, 0.46, 0.33),
    (19, 19, 0.00, 0.50, 0.29),
    (94, 94, 0.00, 0.52, 0.24),
    (2, 2, 0.00, 0.53, 0.19),
    (98, 327, 0.19, 0.49, 0.12),
    (129, 358, 0.23, 0.42, 0.10),
    (33, 263, 0.50, 0.00, 0.00),
    (133, 362, 0.20, 0.02, 0.06),
    (130, 359, 0.54, 0.00, -0.02),
    (226, 446, 0.59, 0.02, -0.06),
    (50, 280, 0.57, 0.37, -0.03),
    (101, 330, 0.40, 0.29, 0.05),
    (116, 345, 0.73, 0.18, -0.19),
    (117, 346, 0.60, 0.18, -0.06),
    (118, 347, 0.51, 0.21, -0.01),
    (36, 266, 0.35, 0.38, 0.07),
    (205, 425, 0.47, 0.47, 0.02),
    (54, 284, 0.70, -0.42, -0.11),
    (103, 332, 0.59, -0.52, 0.02),
    (67, 297, 0.41, -0.60, 0.14),
    (109, 338, 0.22, -0.63, 0.21),
    (21, 251, 0.78, -0.30, -0.24),
    (162, 389, 0.82, -0.16, -0.35),
    (127, 356, 0.83, 0.01, -0.46),
    (234, 454, 0.82, 0.18, -0.52),
    (93, 323, 0.81, 0.35, -0.55),
)
# fmt: on
"""Where the rigid points of a usual head are: both sides, aside, below and before the eyes."""
_LIDS = {160: -0.40, 158: -0.28, 385: 0.28, 387: 0.40, 144: -0.40, 153: -0.28, 380: 0.28, 373: 0.40}
_UPPER_LIDS = (160, 158, 385, 387)


@dataclass(frozen=True)
class Pose:
    """One moment: yaw in radians (positive: own left), closure and opening 0..1."""

    yaw: float = 0.0
    closure: float = 0.0
    opening: float = 0.0
    chin_share: float = 0.8
    relief: float = 1.0
    """1 = a head; about 0.2 = what a landmark net imagines on paper."""


def points_of(pose: Pose, rng: np.random.Generator | None = None) -> Points:
    """The mesh of `pose` in frame pixels, with a little noise from `rng`."""
    model = _cloud()
    for index, place in _FIXED.items():
        model[index] = place
    half = 0.05 * (1 - pose.closure)
    for index, x in _LIDS.items():
        model[index] = (x, -half if index in _UPPER_LIDS else half, 0.03)
    gap = 0.01 + 0.3 * pose.opening
    model[13], model[14] = (0.0, 0.72, 0.3), (0.0, 0.72 + gap, 0.3)
    model[152] = (0.0, 1.15 + pose.chin_share * (gap - 0.01), 0.22)
    model[:, 2] *= pose.relief
    x = model[:, 0] * np.cos(pose.yaw) + model[:, 2] * np.sin(pose.yaw)
    depth = model[:, 0] * np.sin(pose.yaw) - model[:, 2] * np.cos(pose.yaw)
    near = _DISTANCE / (_DISTANCE + depth)
    points = np.column_stack((x * near, model[:, 1] * near)) * IOD_PX + (640.0, 330.0)
    if rng is not None:
        points += rng.normal(0.0, 0.15, points.shape)
    return points.astype(np.float32)


def _cloud() -> NDArray[np.float64]:
    rng = np.random.default_rng(478)
    x, y = rng.uniform(-0.75, 0.75, 478), rng.uniform(-0.7, 1.05, 478)
    z = 0.85 * (1 - (x / 0.8) ** 2) - 0.25 * ((y - 0.3) / 0.8) ** 2 - 0.55
    cloud = np.column_stack((x, y, z))
    for right, left, beside, height, depth in HEAD_PLACES:
        cloud[right], cloud[left] = (-beside, height, depth), (beside, height, depth)
    return cloud


def feature_of(person: int) -> FeatureVector:
    """A unit vector that stands for one person's face."""
    vector = np.random.default_rng(person).normal(size=128)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def face_of(points: Points) -> DetectedFace:
    """The detector's view of a mesh: its box and five points."""
    low, high = points.min(axis=0), points.max(axis=0)
    eyes = [(points[33] + points[133]) / 2, (points[362] + points[263]) / 2]
    five = np.array([*eyes, points[1], points[61], points[291]], np.float32)
    size = high - low
    return DetectedFace(*map(float, (*low, *size)), five, 0.95)


def level(t_s: float, start_s: float, hold_s: float, slope_s: float = 0.2) -> float:
    """A trapezoid: up in `slope_s`, held for `hold_s`, down again."""
    t = t_s - start_s
    return float(np.clip(min(t, 2 * slope_s + hold_s - t) / slope_s, 0.0, 1.0))


@dataclass
class Subject:
    """Obeys prompts 0.4 s after they are shown; a test changes what it does by its fields."""

    relief: float = 1.0
    chin_share: float = 0.8
    turn_rad: float = 0.50
    reaction_s: float = 0.4
    ignores: frozenset[Action] = frozenset()
    swaps: dict[Action, Action] = field(default_factory=dict)
    person: Callable[[float], int] = lambda _t: 1
    visible: Callable[[float], bool] = lambda _t: True
    moves: list[tuple[float, Action]] = field(default_factory=list)

    def prompt(self, action: Action, shown_s: float) -> None:
        """See a prompt."""
        action = self.swaps.get(action, action)
        if action not in self.ignores:
            self.moves.append((shown_s + self.reaction_s, action))

    def pose(self, t_s: float) -> Pose:
        """The pose at `t_s`."""
        pose = Pose(chin_share=self.chin_share, relief=self.relief)
        for start_s, action in self.moves:
            if action is Action.BLINK:
                pose = replace(pose, closure=max(pose.closure, level(t_s, start_s, 0.15, 0.06)))
            elif action is Action.MOUTH:
                pose = replace(pose, opening=max(pose.opening, level(t_s, start_s, 0.3)))
            else:
                sign = 1.0 if action is Action.TURN_LEFT else -1.0
                yaw = pose.yaw + sign * self.turn_rad * level(t_s, start_s, 0.3, 0.35)
                pose = replace(pose, yaw=yaw)
        return pose


def plan_of(*actions: Action, expires_after_s: float = 60.0) -> ChallengePlan:
    """A plan with a fixed id."""
    return ChallengePlan("0" * 32, actions, START_NS + round(expires_after_s * 1e9))


def play(
    plan: ChallengePlan, subject: Subject, seed: int = 1, limit_s: float = 30.0
) -> tuple[PadReport, PadSession, list[PadStep]]:
    """Run one attempt at 30 frames per second to its end."""
    session = PadSession(plan, POLICY)
    report, steps = play_session(session, plan, subject, seed, limit_s)
    return report, session, steps


def play_session(
    session: PadSession,
    plan: ChallengePlan,
    subject: Subject,
    seed: int = 1,
    limit_s: float = 30.0,
) -> tuple[PadReport, list[PadStep]]:
    """As `play`, with a session made by the caller."""
    rng = np.random.default_rng(seed)
    steps: list[PadStep] = []
    asked = -1
    for sequence in range(1, round(limit_s * 30)):
        t_s = sequence * FRAME_NS / 1e9
        step = session.observe(observation_of(subject, t_s, sequence, rng))
        steps.append(step)
        if step.phase is PadPhase.DONE:
            break
        if step.wants_prompt_index is not None and step.wants_prompt_index != asked:
            asked = step.wants_prompt_index
            session.prompt_shown(asked, START_NS + sequence * FRAME_NS + 10_000_000)
            subject.prompt(plan.actions[asked], t_s)
    return session.verdict(), steps


def observation_of(
    subject: Subject, t_s: float, sequence: int, rng: np.random.Generator
) -> Observation:
    """What the booth would see of `subject`; every third frame carries a feature."""
    stamp = START_NS + sequence * FRAME_NS
    if not subject.visible(t_s):
        return Observation(stamp, sequence, None, 0, None, None, Guidance.NO_FACE)
    points = points_of(subject.pose(t_s), rng)
    feature = feature_of(subject.person(t_s)) if sequence % 3 == 0 else None
    return Observation(
        stamp, sequence, face_of(points), 1, Landmarks(points, 20.0), feature, Guidance.NONE
    )
