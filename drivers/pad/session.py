"""One capture attempt: face lock, the plan's actions one by one, verdict.

The session sees no pixels. It is BONA_FIDE only when every hard layer passed in this one attempt;
ATTACK only on positive evidence of an artefact (a rotated plane, another face, a picture loop);
UNDECIDED otherwise. A missed action can no longer end well, but the plan's remaining turns are
still asked, because a photo that ignores a blink shows what it is as soon as it is turned.
"""

from enum import StrEnum

from drivers.pad.active_challenge import NAME as CHALLENGE
from drivers.pad.active_challenge import TURNS, Challenge, ChallengeState
from drivers.pad.capture_integrity import NAME as INTEGRITY
from drivers.pad.capture_integrity import CaptureIntegrity
from drivers.pad.continuity import IDENTITY, TRACK, IdentityContinuity, Track
from drivers.pad.lock import NAME as FACE_LOCK
from drivers.pad.lock import FaceLock
from drivers.pad.measures import FaceMeasures, detector_yaw, measure_face
from drivers.pad.observation import Observation, PadPhase, PadStep
from drivers.pad.planarity import NAME as PLANARITY
from drivers.pad.planarity import Planarity
from station.booth.messages import CapturePolicy, ChallengePlan
from station.booth.pad_gates import DEFAULT_GATES, PadGates
from station.booth.ports import FeatureVector
from station.errors import BoothError, ErrorCode, StationBug
from station.model import LayerVerdict, PadReport, PadResult

PLAN = "L2_PLAN"
FLAT, SWAP, LOOP = "FLAT_ARTEFACT", "FACE_SWAP", "INJECTED_LOOP"
_FEATURE_EVERY = 5


class _Stage(StrEnum):
    LOCK = "LOCK"
    ACTION = "ACTION"
    NEUTRAL = "NEUTRAL"
    DONE = "DONE"


class PadSession:
    """Judges one attempt by one plan. Lives in the booth, used on one thread.

    Raises `BoothError(BOOTH_PROTOCOL)` for a plan without a turn: L3 could never pass it.
    """

    def __init__(
        self, plan: ChallengePlan, policy: CapturePolicy, gates: PadGates = DEFAULT_GATES
    ) -> None:
        if not TURNS.intersection(plan.actions):
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        self._plan, self._policy, self._gates = plan, policy, gates
        self._stage = _Stage.LOCK
        self._integrity = CaptureIntegrity()
        self._lock = FaceLock(gates, policy.min_iod_px)
        self._planarity = Planarity(gates)
        self._identity = IdentityContinuity(gates)
        self._track = Track(gates)
        self._index = 0
        self._done_actions = 0
        self._challenge: Challenge | None = None
        self._missed: ChallengeState | None = None
        self._started_ns = 0
        self._neutral_since_ns = 0
        self._neutral_frames = 0
        self._since_feature = _FEATURE_EVERY
        self._report: PadReport | None = None

    def observe(self, observation: Observation) -> PadStep:
        """Take one analysed frame in, in capture order; after DONE nothing changes any more."""
        if self._stage is not _Stage.DONE:
            self._take(observation)
        return self._step()

    def prompt_shown(self, index: int, shown_at_ns: int) -> None:
        """The desk painted prompt `index`. Raises `BoothError` when it was not asked for yet."""
        if self._stage is _Stage.DONE:
            return
        if self._challenge is None or index > self._index or index < 0:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        # A late word about a prompt whose action has already been judged changes nothing.
        if index == self._index and self._challenge.shown_at_ns is None:
            self._challenge.shown_at_ns = shown_at_ns

    def verdict(self) -> PadReport:
        """The attempt's result; UNDECIDED with the layers so far while it is still running."""
        return self._report or self._make_report(PadResult.UNDECIDED, PLAN, "")

    def probe_features(self) -> list[FeatureVector]:
        """Features of the frames that passed; empty unless the result is BONA_FIDE."""
        bona_fide = self._report is not None and self._report.result is PadResult.BONA_FIDE
        return list(self._identity.accepted) if bona_fide else []

    def _take(self, seen: Observation) -> None:
        self._started_ns = self._started_ns or seen.captured_at_ns
        face = seen.face if seen.face_count == 1 else None
        measures = None
        if face is not None and seen.landmarks is not None and seen.landmarks.presence > 0:
            measures = measure_face(seen.landmarks.points)
        self._integrity.observe(seen)
        self._track.observe(seen.captured_at_ns, face)
        self._take_feature(seen, measures)
        if self._integrity.fault:
            self._finish_integrity()
        elif self._identity.jumped:
            self._finish(PadResult.ATTACK, IDENTITY, SWAP)
        elif seen.captured_at_ns > self._plan.expires_at_ns:
            self._finish_without_evidence(PLAN)
        elif self._stage is _Stage.LOCK:
            self._take_lock(seen, measures)
        elif self._track.lost:
            self._finish_without_evidence(TRACK)
        else:
            self._take_challenge(seen, measures)

    def _take_lock(self, seen: Observation, measures: FaceMeasures | None) -> None:
        if self._track.lost:
            # Nothing was asked yet, so the attempt may simply begin anew with this face.
            self._track = Track(self._gates)
            self._identity = IdentityContinuity(self._gates)
            self._planarity = Planarity(self._gates)
            self._lock = FaceLock(self._gates, self._policy.min_iod_px)
        if measures is not None and seen.landmarks is not None:
            if self._lock.observe(seen, measures):
                self._planarity.offer_frontal(seen.landmarks.points, measures)
            self._planarity.observe(seen.landmarks.points, measures, None)
        if self._lock.complete and len(self._identity.accepted) >= 2:
            self._stage = _Stage.ACTION
            self._ask()
        elif seen.captured_at_ns - self._started_ns > self._policy.face_lock_timeout_s * 1e9:
            self._finish_without_evidence(FACE_LOCK)

    def _take_challenge(self, seen: Observation, measures: FaceMeasures | None) -> None:
        challenge = self._present()
        judging = self._stage is _Stage.ACTION and challenge.shown_at_ns is not None
        if measures is not None and seen.landmarks is not None:
            turn = challenge.action if judging and challenge.action in TURNS else None
            self._planarity.observe(seen.landmarks.points, measures, turn)
        if self._stage is _Stage.ACTION:
            state = challenge.observe(seen.captured_at_ns, measures)
            if state is not ChallengeState.OPEN:
                self._end_action(state, seen.captured_at_ns)
        else:
            self._await_neutral(seen, measures)

    def _end_action(self, state: ChallengeState, now_ns: int) -> None:
        action = self._present().action
        if state is ChallengeState.DONE and action in TURNS:
            if not self._planarity.turn_has_relief(action):
                self._finish_without_evidence(PLANARITY)
                return
        elif state is not ChallengeState.DONE:
            self._missed = self._missed or state
            if self._planarity.saw_plane():
                self._finish(PadResult.ATTACK, PLANARITY, FLAT)
                return
        self._done_actions += state is ChallengeState.DONE
        self._stage = _Stage.NEUTRAL
        self._neutral_since_ns, self._neutral_frames = now_ns, 0

    def _await_neutral(self, seen: Observation, measures: FaceMeasures | None) -> None:
        resting = measures is not None and self._lock.is_resting(measures)
        self._neutral_frames = self._neutral_frames + 1 if resting else 0
        waited_s = (seen.captured_at_ns - self._neutral_since_ns) / 1e9
        if self._neutral_frames >= 3:
            self._advance()
        elif waited_s > self._policy.action_timeout_s:
            self._finish_without_evidence(CHALLENGE)

    def _advance(self) -> None:
        actions = self._plan.actions
        self._index += 1
        if self._missed is not None:
            while self._index < len(actions) and actions[self._index] not in TURNS:
                self._index += 1
        if self._index < len(actions):
            self._stage = _Stage.ACTION
            self._ask()
        elif self._missed is not None:
            self._finish_without_evidence(CHALLENGE)
        elif self._planarity.saw_plane():
            self._finish(PadResult.ATTACK, PLANARITY, FLAT)
        elif all(layer.passed for layer in self._layers()):
            self._finish(PadResult.BONA_FIDE, "ALL", "")
        else:
            failed = next(layer.layer for layer in self._layers() if not layer.passed)
            self._finish(PadResult.UNDECIDED, failed, "")

    def _ask(self) -> None:
        window_s = (self._policy.earliest_action_s, self._policy.action_timeout_s)
        baseline = (self._lock.eyes(), self._lock.mouth())
        action = self._plan.actions[self._index]
        self._challenge = Challenge(action, baseline, self._gates, window_s)

    def _present(self) -> Challenge:
        if self._challenge is None:
            raise StationBug("no action is being asked for")
        return self._challenge

    def _take_feature(self, seen: Observation, measures: FaceMeasures | None) -> None:
        self._since_feature += 1
        if seen.feature is None or measures is None or seen.face is None:
            return
        self._since_feature = 0
        frontal = abs(detector_yaw(seen.face)) < self._gates.frontal_yaw5
        if self._stage is _Stage.LOCK:
            resting = abs(measures.yaw_proxy) < self._gates.frontal_yaw
        else:
            resting = self._lock.is_resting(measures)
        self._identity.observe(seen.feature, frontal=frontal, resting=resting)

    def _finish_integrity(self) -> None:
        if self._integrity.injected:
            self._finish(PadResult.ATTACK, INTEGRITY, LOOP)
        else:
            self._finish(PadResult.UNDECIDED, INTEGRITY, "")

    def _finish_without_evidence(self, layer: str) -> None:
        """End the attempt by `layer`, unless a plane was seen, which is evidence after all."""
        if self._planarity.saw_plane():
            self._finish(PadResult.ATTACK, PLANARITY, FLAT)
        else:
            self._finish(PadResult.UNDECIDED, layer, "")

    def _finish(self, result: PadResult, layer: str, species: str) -> None:
        self._report = self._make_report(result, layer, species)
        self._stage = _Stage.DONE
        if result is not PadResult.BONA_FIDE:
            for feature in self._identity.accepted:
                feature.fill(0)
            self._identity.accepted.clear()

    def _make_report(self, result: PadResult, layer: str, species: str) -> PadReport:
        return PadReport(result, layer, species, self._layers())

    def _layers(self) -> tuple[LayerVerdict, ...]:
        wanted = len(self._plan.actions)
        done = self._done_actions
        challenge = LayerVerdict(CHALLENGE, done == wanted, float(done), float(wanted))
        return (
            self._integrity.verdict(),
            self._lock.verdict(),
            challenge,
            self._planarity.verdict(),
            self._identity.verdict(),
            self._track.verdict(),
        )

    def _step(self) -> PadStep:
        if self._stage is _Stage.DONE:
            return PadStep(PadPhase.DONE, None, 1.0, False)
        if self._stage is _Stage.LOCK:
            wants = self._since_feature >= 2 and self._lock.fraction > 0
            return PadStep(PadPhase.LOCK, None, self._lock.fraction, wants)
        challenge = self._present()
        waiting = self._stage is _Stage.ACTION and challenge.shown_at_ns is None
        return PadStep(
            PadPhase.PROMPT,
            self._index if waiting else None,
            1.0 if self._stage is _Stage.NEUTRAL else challenge.fraction,
            self._since_feature >= _FEATURE_EVERY,
        )
