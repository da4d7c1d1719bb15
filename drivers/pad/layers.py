"""All layers of one attempt side by side: what every frame is shown to, and their words."""

import msgspec

from drivers.pad.active_challenge import NAME as CHALLENGE
from drivers.pad.capture_integrity import CaptureIntegrity
from drivers.pad.continuity import IdentityContinuity, Track
from drivers.pad.cue_tally import CueTally
from drivers.pad.exposure_answer import ExposureAnswer
from drivers.pad.light_layers import LightLayers
from drivers.pad.lock import FaceLock
from drivers.pad.measures import FaceMeasures, detector_yaw
from drivers.pad.observation import Observation
from drivers.pad.passive import PassiveTally
from drivers.pad.planarity import Planarity
from drivers.pad.sensor import SensorTally
from station.booth.messages import CapturePolicy, ChallengePlan
from station.booth.ports import DetectedFace
from station.model import LayerVerdict


class Layers:
    """The layers of one attempt. `actions_done` and `frames_lit` are kept by the session."""

    def __init__(
        self,
        plan: ChallengePlan,
        policy: CapturePolicy,
        exposure_response: float,
        *,
        any_identity: bool = False,
    ) -> None:
        """`any_identity`: take every face for the same one (the mutation test alone)."""
        gates = policy.gates
        self._identity_gates = gates
        if any_identity:
            self._identity_gates = msgspec.structs.replace(
                gates, continuity_frontal=-1.0, continuity_turned=-1.0
            )
        self._gates, self._min_iod_px = gates, policy.min_iod_px
        self._sensor_required = policy.sensor_required
        self._wanted_actions = len(plan.actions)
        self.actions_done = 0
        self.integrity = CaptureIntegrity()
        self.exposure = ExposureAnswer(gates, exposure_response)
        self.lights = LightLayers(plan.lights, gates, policy.slot_s)
        self.cues = CueTally(gates)
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget the face: nothing was asked yet, so another may begin."""
        self.lock = FaceLock(self._gates, self._min_iod_px)
        self.planarity = Planarity(self._gates)
        self.identity = IdentityContinuity(self._identity_gates)
        self.track = Track(self._gates)
        self.passive = PassiveTally(self._gates)
        self.sensor = SensorTally(self._gates, required=self._sensor_required)

    def observe(self, seen: Observation, face: DetectedFace | None) -> None:
        """What every layer that watches the whole attempt takes from a frame."""
        self.integrity.observe(seen)
        self.exposure.observe(seen)
        self.track.observe(seen.captured_at_ns, face)
        self.cues.observe(seen)
        self.passive.observe(seen)
        self.sensor.observe(seen)

    def take_feature(
        self,
        seen: Observation,
        measures: FaceMeasures,
        *,
        locked: bool,
        lit: bool,
        facing: bool = False,
    ) -> bool:
        """Hold the frame's feature to the attempt's identity; whether there was one."""
        if seen.feature is None or seen.face is None:
            return False
        frontal = abs(detector_yaw(seen.face)) < self._gates.frontal_yaw5
        if locked:
            resting = self.lock.is_resting(measures)
        else:
            resting = abs(measures.yaw_proxy) < self._gates.frontal_yaw
        # Coloured light shifts a feature: such a frame is held to the wider gate, never compared.
        self.identity.observe(
            seen.feature,
            frontal=frontal,
            resting=resting and not lit,
            averted=locked and self.planarity.is_averted(seen.landmarks, measures),
            facing=facing and abs(measures.yaw_proxy) < self._gates.turn_onset_yaw,
        )
        return True

    def verdicts(self) -> tuple[LayerVerdict, ...]:
        """Every layer's word so far, in the order of face.md A.3."""
        wanted, done = self._wanted_actions, self.actions_done
        return (
            self.integrity.verdict(),
            self.exposure.verdict(),
            self.lock.verdict(),
            LayerVerdict(CHALLENGE, done == wanted, float(done), float(wanted)),
            self.planarity.verdict(),
            *self.lights.verdicts(),
            self.identity.verdict(),
            self.track.verdict(),
            self.cues.verdict(),
            self.passive.verdict(),
            self.sensor.verdict(),
        )
