"""What each layer says of a recorded clip that answers nothing: no prompt and no light was shown.

A clip can still carry evidence: a turn with a head's relief or a plane's, a blink, a mouth that
opens with the chin, one face from start to end, a display's grid and edges. A layer whose evidence
the clip does not carry has not judged, which is neither a pass nor a failure; nothing is evidence
before the face lock, because the station would not have begun. Blind spot: that of each layer
alone; above all the replay of a turning head passes here (`drivers.pad.planarity`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from drivers.pad.active_challenge import NAME as CHALLENGE
from drivers.pad.blink import BlinkWatch
from drivers.pad.capture_integrity import NAME as INTEGRITY
from drivers.pad.capture_integrity import CaptureIntegrity
from drivers.pad.continuity import IDENTITY, TRACK, IdentityContinuity, Track
from drivers.pad.cue_tally import CueTally
from drivers.pad.fusion import FACE_LOCK, LIGHT_CODE, LIGHT_SHAPE, LIGHT_SHARE, fuse
from drivers.pad.lock import FaceLock
from drivers.pad.measures import FaceMeasures, detector_yaw, measure_face
from drivers.pad.mouth import MouthWatch
from drivers.pad.observation import Observation
from drivers.pad.planarity import NAME as PLANARITY
from drivers.pad.planarity import Planarity, fit_plane
from drivers.pad.turn import TurnWatch
from station.booth.messages import Action, Guidance, PadPolicyName
from station.booth.pad_gates import PadGates
from station.booth.ports import Points
from station.model import LayerVerdict, PadResult

_LEAST_FRAMES = 2
_BASELINE_FRAMES = 30


@dataclass(frozen=True, slots=True)
class ClipVerdict:
    """The layers' words on one clip and what they come to without lights and prompts."""

    words: tuple[LayerVerdict, ...]
    """`judged` is False where the clip does not carry the layer's evidence."""
    actions: dict[str, int]
    """Complete actions that are visible, by `Action`."""
    result: PadResult
    """As the policy without lights would fuse these words."""
    decided_by: str
    species_guess: str

    @property
    def has_evidence(self) -> bool:
        """Whether the clip is any ground to judge by: refused, or nothing was lacking."""
        lacking = {word.layer for word in self.words if not word.judged} | {FACE_LOCK}
        return self.result is not PadResult.UNDECIDED or self.decided_by not in lacking


@dataclass(frozen=True, slots=True)
class _Seen:
    seen: Observation
    measures: FaceMeasures
    points: Points


def judge_clip(
    observations: Sequence[Observation], gates: PadGates, min_iod_px: float
) -> ClipVerdict:
    """Judge one clip's frames, in their order."""
    faces = [found for found in map(_measured, observations) if found is not None]
    baseline = _baseline(faces, gates)
    lock = _lock(faces, gates, min_iod_px)
    actions = _visible_actions(faces, baseline, gates)
    upright = _upright(faces, gates)
    behind_the_lock = (
        _challenge(actions),
        _planarity(faces, gates),
        # Nothing in a clip answers a light that was never shown to whom it shows.
        LayerVerdict(LIGHT_CODE, False, 0.0, gates.code_correlation, judged=False),
        LayerVerdict(LIGHT_SHAPE, False, 0.0, gates.shape_slope, judged=False),
        _identity(upright, baseline, gates),
    )
    words = (
        _integrity(observations),
        lock,
        LayerVerdict(LIGHT_SHARE, False, 0.0, gates.modulation, judged=False),
        *(word if lock.passed else _unheard(word) for word in behind_the_lock),
        _track(observations, gates),
        _cues(observations, gates),
    )
    result, decided_by, species = fuse(words, PadPolicyName.ASSISTED, gates.cue_sum)
    failed = [word.layer for word in words if word.judged and not word.passed]
    if result is PadResult.UNDECIDED and failed:
        # What a layer has seen to be wrong comes before what another has not seen.
        decided_by = failed[0]
    return ClipVerdict(words, actions, result, decided_by, species)


def _unheard(word: LayerVerdict) -> LayerVerdict:
    return replace(word, judged=False, species="")


def _measured(seen: Observation) -> _Seen | None:
    if seen.face_count != 1 or seen.landmarks is None or seen.landmarks.presence <= 0:
        return None
    points = seen.landmarks.points
    return _Seen(seen, measure_face(points), points)


def _baseline(faces: list[_Seen], gates: PadGates) -> FaceLock | None:
    """The face at rest, from frontal frames spread over the clip; None without any."""
    frontal = [one for one in faces if abs(one.measures.yaw_proxy) < gates.frontal_yaw]
    lock = FaceLock(gates, 0.0)
    for one in frontal[:: max(1, len(frontal) // _BASELINE_FRAMES)]:
        # However far away or badly lit: whether the station would take it is the lock's own word.
        lock.observe(replace(one.seen, guidance=Guidance.NONE), one.measures)
    return lock if frontal else None


def _integrity(observations: Sequence[Observation]) -> LayerVerdict:
    integrity = CaptureIntegrity()
    for seen in observations:
        integrity.observe(seen)
    located = sum(seen.landmarks is not None for seen in observations)
    return replace(integrity.verdict(), layer=INTEGRITY, judged=located >= _LEAST_FRAMES)


def _lock(faces: list[_Seen], gates: PadGates, min_iod_px: float) -> LayerVerdict:
    lock = FaceLock(gates, min_iod_px)
    for one in faces:
        lock.observe(one.seen, one.measures)
    return lock.verdict()


def _visible_actions(
    faces: list[_Seen], baseline: FaceLock | None, gates: PadGates
) -> dict[str, int]:
    """Whole actions, each counted when it is complete and the face has come to rest between."""
    found = dict.fromkeys((action.value for action in Action), 0)
    for action in Action:
        if baseline is None:
            break
        watch, over = _watch(action, baseline, gates), False
        for one in faces:
            if over:
                # A turn or an open mouth that is held is still the same one.
                over = not baseline.is_resting(one.measures)
                continue
            if isinstance(watch, BlinkWatch):
                watch.observe(one.seen.captured_at_ns / 1e9, one.measures)
            else:
                watch.observe(one.measures)
            if watch.done:
                found[action.value] += 1
                watch, over = _watch(action, baseline, gates), True
    return found


def _watch(
    action: Action, baseline: FaceLock, gates: PadGates
) -> BlinkWatch | MouthWatch | TurnWatch:
    if action is Action.BLINK:
        return BlinkWatch(baseline.eyes(), gates, float("-inf"))
    if action is Action.MOUTH:
        return MouthWatch(baseline.mouth(), gates)
    return TurnWatch(action, gates)


def _challenge(actions: dict[str, int]) -> LayerVerdict:
    whole = sum(actions.values())
    return LayerVerdict(CHALLENGE, whole > 0, float(whole), 1.0, judged=whole > 0)


def _planarity(faces: list[_Seen], gates: PadGates) -> LayerVerdict:
    planarity = Planarity(gates)
    for one in faces:
        planarity.offer_frontal(one.points, one.measures)
    for one in faces:
        turn = Action.TURN_LEFT if one.measures.yaw_proxy > 0 else Action.TURN_RIGHT
        planarity.observe(one.points, one.measures, turn)
    return replace(planarity.verdict(), layer=PLANARITY, judged=planarity.has_evidence)


def _upright(faces: list[_Seen], gates: PadGates) -> list[_Seen]:
    """The faces L5's gates were learned for: straight on, or turned to a side.

    A head that nods shows relief though its nose stays between the eyes; no prompt asks for that.
    """
    reference = min(faces, key=lambda one: abs(one.measures.yaw_proxy), default=None)
    kept = []
    for one in faces:
        fit = None if reference is None else fit_plane(reference.points, one.points)
        frontal = abs(one.measures.yaw_proxy) < gates.turn_onset_yaw
        if fit is None or not frontal or fit.residual < gates.planarity_residual:
            kept.append(one)
    return kept


def _identity(faces: list[_Seen], baseline: FaceLock | None, gates: PadGates) -> LayerVerdict:
    identity = IdentityContinuity(gates)
    count = 0
    for one in faces:
        feature, face = one.seen.feature, one.seen.face
        if feature is None or face is None or baseline is None:
            continue
        count += 1
        frontal = abs(detector_yaw(face)) < gates.frontal_yaw5
        identity.observe(feature, frontal=frontal, resting=baseline.is_resting(one.measures))
    enough = count >= _LEAST_FRAMES and bool(identity.accepted or identity.jumped)
    return replace(identity.verdict(), layer=IDENTITY, judged=enough)


def _track(observations: Sequence[Observation], gates: PadGates) -> LayerVerdict:
    track = Track(gates)
    for seen in observations:
        track.observe(seen.captured_at_ns, seen.face if seen.face_count == 1 else None)
    alone = sum(seen.face_count == 1 for seen in observations)
    return replace(track.verdict(), layer=TRACK, judged=alone >= _LEAST_FRAMES)


def _cues(observations: Sequence[Observation], gates: PadGates) -> LayerVerdict:
    tally = CueTally(gates)
    for seen in observations:
        tally.observe(seen)
    return tally.verdict()
