"""One capture attempt: face lock, then the plan's parts one by one, then the verdict.

The session sees no pixels. The layers judge (`drivers.pad.layers`), `drivers.pad.fusion` joins
their words; here is only the order of things. A missed action can no longer end well, but the
plan's remaining turns are still asked, because a photo that ignores a blink shows what it is as
soon as it is turned.
"""

from enum import StrEnum

from drivers.pad.active_challenge import TURNS, Challenge, ChallengeState
from drivers.pad.fusion import (
    CHALLENGE,
    FACE_LOCK,
    IDENTITY,
    INTEGRITY,
    LIGHT_CODE,
    PLANARITY,
    TRACK,
    evidence,
    fuse,
)
from drivers.pad.layers import Layers
from drivers.pad.measures import FaceMeasures, measure_face
from drivers.pad.observation import Observation, PadPhase, PadStep
from station.booth.messages import Action, CapturePolicy, ChallengePlan
from station.booth.ports import FeatureVector
from station.errors import BoothError, ErrorCode, StationBug
from station.model import LayerVerdict, PadReport, PadResult

PLAN = "L2_PLAN"
_FEATURE_EVERY = 5
_CUES_EVERY = 5
_RESTING_FRAMES = 3


class _Stage(StrEnum):
    LOCK = "LOCK"
    EXPOSURE = "EXPOSURE"
    LIGHTS = "LIGHTS"
    ACTION = "ACTION"
    NEUTRAL = "NEUTRAL"
    DONE = "DONE"


class PadSession:
    """Judges one attempt by one plan. Lives in the booth, used on one thread.

    `exposure_response`: the camera's own answer to a change of exposure, 0 where not known.
    `without`: layers switched off, for the mutation test alone; no message can carry it.
    Raises `BoothError(BOOTH_PROTOCOL)` for a plan without a turn: L3 could never pass it.
    """

    def __init__(
        self,
        plan: ChallengePlan,
        policy: CapturePolicy,
        exposure_response: float = 0.0,
        *,
        without: frozenset[str] = frozenset(),
    ) -> None:
        if not TURNS.intersection(plan.actions):
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        self._plan, self._policy, self._without = plan, policy, without
        self._layers = Layers(
            plan, policy, exposure_response, any_identity=not self._minds(IDENTITY)
        )
        self._stage = _Stage.LOCK
        self._index = 0
        self._asked = -1
        self._dimmed: set[int] = set()
        self._light = 0
        self._light_shown_ns: int | None = None
        self._challenge: Challenge | None = None
        self._missed = False
        self._started_ns = 0
        self._part_since_ns = 0
        self._resting_frames = 0
        self._since_feature = _FEATURE_EVERY
        self._since_cues = _CUES_EVERY
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
        if not 0 <= index <= self._asked:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        # A late word about a prompt whose action has already been judged changes nothing.
        challenge = self._challenge if index == self._index else None
        if challenge is not None and challenge.shown_at_ns is None:
            challenge.shown_at_ns = shown_at_ns

    def light_shown(self, index: int, shown_at_ns: int) -> None:
        """The desk painted light `index`, or ended the lights. Raises `BoothError` as above."""
        if self._stage is _Stage.DONE:
            return
        if not 0 <= index <= self._light:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        if index == self._light and self._light_shown_ns is None:
            self._light_shown_ns = shown_at_ns
            try:
                self._layers.lights.shown(index, shown_at_ns)
            except ValueError as error:
                raise BoothError(ErrorCode.BOOTH_PROTOCOL) from error

    def verdict(self) -> PadReport:
        """The attempt's result; UNDECIDED with the layers so far while it is still running."""
        return self._report or PadReport(PadResult.UNDECIDED, PLAN, "", self._words())

    def probe_features(self) -> list[FeatureVector]:
        """Features of the frames that passed; empty unless the result is BONA_FIDE."""
        bona_fide = self._report is not None and self._report.result is PadResult.BONA_FIDE
        return list(self._layers.identity.accepted) if bona_fide else []

    def accepted(self) -> tuple[FeatureVector, ...]:
        """Features accepted so far; what becomes of them is known with the verdict."""
        return tuple(self._layers.identity.accepted)

    def _take(self, seen: Observation) -> None:
        now_ns, layers = seen.captured_at_ns, self._layers
        self._started_ns = self._started_ns or now_ns
        face = seen.face if seen.face_count == 1 else None
        measures = None
        if face is not None and seen.landmarks is not None and seen.landmarks.presence > 0:
            measures = measure_face(seen.landmarks.points)
        layers.observe(seen, face)
        self._count(seen, measures)
        if layers.integrity.fault and self._minds(INTEGRITY):
            self._finish(INTEGRITY)
        elif layers.identity.jumped and self._minds(IDENTITY):
            self._finish(IDENTITY)
        elif now_ns > self._plan.expires_at_ns:
            self._finish(PLAN)
        elif self._stage is _Stage.LOCK:
            self._take_lock(seen, measures)
        elif layers.track.lost and self._minds(TRACK):
            self._finish(TRACK)
        else:
            self._take_part(seen, measures)

    def _take_lock(self, seen: Observation, measures: FaceMeasures | None) -> None:
        layers = self._layers
        if layers.track.lost:
            layers.begin_anew()
        if measures is not None and seen.landmarks is not None:
            if layers.lock.observe(seen, measures):
                layers.planarity.offer_frontal(seen.landmarks.points, measures)
            layers.planarity.observe(seen.landmarks.points, measures, None)
        if layers.lock.complete and len(layers.identity.accepted) >= 2:
            self._next_part(seen.captured_at_ns)
        elif seen.captured_at_ns - self._started_ns > self._policy.face_lock_timeout_s * 1e9:
            self._finish(FACE_LOCK)

    def _take_part(self, seen: Observation, measures: FaceMeasures | None) -> None:
        if measures is not None and seen.landmarks is not None:
            self._layers.planarity.observe(seen.landmarks.points, measures, self._judged_turn())
        if self._stage is _Stage.ACTION:
            state = self._present().observe(seen.captured_at_ns, measures)
            if state is not ChallengeState.OPEN:
                self._end_action(state, seen.captured_at_ns)
        elif self._stage is _Stage.LIGHTS:
            self._take_light(seen, measures)
        elif self._stage is _Stage.EXPOSURE:
            if not self._layers.exposure.busy:
                self._next_part(seen.captured_at_ns)
        else:
            self._await_neutral(seen, measures)

    def _judged_turn(self) -> Action | None:
        """The turn that is asked for and shown right now, if one is."""
        challenge = self._challenge if self._stage is _Stage.ACTION else None
        shown = challenge is not None and challenge.shown_at_ns is not None
        return challenge.action if shown and challenge and challenge.action in TURNS else None

    def _next_part(self, now_ns: int) -> None:
        """What the plan asks for now that the face is at rest."""
        plan = self._plan
        self._part_since_ns, self._challenge = now_ns, None
        self._dim_exposure(self._index, now_ns)
        if self._layers.exposure.busy:
            self._stage = _Stage.EXPOSURE
        elif plan.lights and self._light == 0 and self._index >= plan.lights_before:
            self._stage = _Stage.LIGHTS
        elif self._index < len(plan.actions):
            self._stage = _Stage.ACTION
            self._ask()
        else:
            self._finish(CHALLENGE if self._missed else "")

    def _dim_exposure(self, index: int, now_ns: int) -> None:
        """Begin the camera challenge that is due before action `index`, once."""
        if index in self._plan.exposure_before and index not in self._dimmed:
            self._dimmed.add(index)
            self._layers.exposure.begin(now_ns)

    def _take_light(self, seen: Observation, measures: FaceMeasures | None) -> None:
        """One slot after another; each stands at least the policy's time."""
        now_ns, lights = seen.captured_at_ns, self._plan.lights
        frontal = measures is not None and abs(measures.yaw_proxy) < self._policy.gates.frontal_yaw
        self._layers.lights.observe(now_ns, seen.tones if frontal else None)
        if self._light_shown_ns is None:
            if now_ns - self._part_since_ns > self._policy.action_timeout_s * 1e9:
                self._finish(LIGHT_CODE)
        elif self._light == len(lights):
            if not self._layers.lights.complete:
                return
            self._light += 1
            if evidence(self._words()) is not None:
                self._finish(LIGHT_CODE)
            else:
                self._next_part(now_ns)
        elif now_ns - self._light_shown_ns >= self._policy.slot_s * 1e9:
            self._light += 1
            self._light_shown_ns = None
            self._part_since_ns = now_ns

    def _end_action(self, state: ChallengeState, now_ns: int) -> None:
        action, planarity = self._present().action, self._layers.planarity
        done = state is ChallengeState.DONE or not self._minds(CHALLENGE)
        if state is ChallengeState.DONE and action in TURNS and self._minds(PLANARITY):
            if not planarity.turn_has_relief(action):
                self._finish(PLANARITY)
                return
        elif not done:
            self._missed = True
            if planarity.saw_plane() and self._minds(PLANARITY):
                self._finish(PLANARITY)
                return
        self._layers.actions_done += done
        self._stage = _Stage.NEUTRAL
        self._part_since_ns, self._resting_frames = now_ns, 0
        # While the face comes to rest the camera can be asked, which costs the person no time.
        self._dim_exposure(self._index + 1, now_ns)
        # The very next resting frame shows whether it is still the same face.
        self._since_feature = _FEATURE_EVERY
        self._layers.identity.await_confirmation()

    def _await_neutral(self, seen: Observation, measures: FaceMeasures | None) -> None:
        resting = measures is not None and self._layers.lock.is_resting(measures)
        self._resting_frames = self._resting_frames + 1 if resting else 0
        waited_s = (seen.captured_at_ns - self._part_since_ns) / 1e9
        same = self._layers.identity.confirmed or not self._minds(IDENTITY)
        if self._resting_frames >= _RESTING_FRAMES and same:
            self._advance(seen.captured_at_ns)
        elif waited_s > self._policy.action_timeout_s:
            self._finish(CHALLENGE if same else IDENTITY)

    def _advance(self, now_ns: int) -> None:
        actions = self._plan.actions
        self._index += 1
        if self._missed:
            while self._index < len(actions) and actions[self._index] not in TURNS:
                self._index += 1
        self._next_part(now_ns)

    def _ask(self) -> None:
        policy, lock = self._policy, self._layers.lock
        window_s = (policy.earliest_action_s, policy.action_timeout_s)
        action, self._asked = self._plan.actions[self._index], self._index
        self._challenge = Challenge(action, (lock.eyes(), lock.mouth()), policy.gates, window_s)

    def _present(self) -> Challenge:
        if self._challenge is None:
            raise StationBug("no action is being asked for")
        return self._challenge

    def _count(self, seen: Observation, measures: FaceMeasures | None) -> None:
        self._since_feature += 1
        self._since_cues = 0 if seen.cues is not None else self._since_cues + 1
        if measures is None:
            return
        locked, lit = self._stage is not _Stage.LOCK, self._stage is _Stage.LIGHTS
        challenge = self._challenge if self._stage is _Stage.ACTION else None
        facing = lit or (challenge is not None and challenge.action not in TURNS)
        if self._layers.take_feature(seen, measures, locked=locked, lit=lit, facing=facing):
            self._since_feature = 0

    def _feature_pause(self, lights: bool) -> int:
        """Frames between two features: few while the face at rest is still to be confirmed."""
        if self._stage is _Stage.NEUTRAL and not self._layers.identity.confirmed:
            return 2
        return _FEATURE_EVERY * (2 if lights else 1)

    def _minds(self, layer: str) -> bool:
        return layer not in self._without

    def _finish(self, layer: str) -> None:
        """End the attempt, by `layer` unless the words say more; empty: all parts are done."""
        words = self._words()
        result, decided_by, species = fuse(words, self._policy.name, self._policy.gates.cue_sum)
        if layer and result is not PadResult.ATTACK:
            result, decided_by, species = PadResult.UNDECIDED, layer, ""
        self._report = PadReport(result, decided_by, species, words)
        self._stage = _Stage.DONE
        if result is not PadResult.BONA_FIDE:
            for feature in self._layers.identity.accepted:
                feature.fill(0)
            self._layers.identity.accepted.clear()

    def _words(self) -> tuple[LayerVerdict, ...]:
        return tuple(
            word if self._minds(word.layer) else LayerVerdict(word.layer, True, 0.0, 0.0)
            for word in self._layers.verdicts()
        )

    def _step(self) -> PadStep:
        if self._stage is _Stage.DONE:
            return PadStep(PadPhase.DONE, None, 1.0, False)
        layers, lights = self._layers, self._stage is _Stage.LIGHTS
        prompt = light = None
        if self._stage is _Stage.LOCK:
            phase, fraction = PadPhase.LOCK, layers.lock.fraction
            wants_feature = self._since_feature >= 2 and fraction > 0
        else:
            phase = PadPhase.LIGHTS if lights else PadPhase.PROMPT
            wants_feature = self._since_feature >= self._feature_pause(lights)
            fraction = self._light / max(1, len(self._plan.lights)) if lights else 0.0
            if self._stage is _Stage.NEUTRAL and not self._missed:
                fraction = 1.0
        if self._stage is _Stage.ACTION:
            challenge = self._present()
            fraction = challenge.fraction
            prompt = self._index if challenge.shown_at_ns is None else None
        if lights and self._light_shown_ns is None:
            light = self._light
        return PadStep(
            phase,
            prompt,
            min(1.0, fraction),
            wants_feature,
            wants_light_index=light,
            wants_tones=lights,
            wants_cues=self._since_cues >= _CUES_EVERY,
            exposure_factor=layers.exposure.factor,
            # Automatics would undo what lights and exposure challenges are to show.
            hold=self._stage is not _Stage.LOCK,
        )
