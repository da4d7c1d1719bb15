"""Plays one attempt on rendered pixels through the station's own models and layers (SIM).

Time is the rig's own: a frame every 1/15 s by default, a prompt or light on the screen 30 ms after
it was asked for; the camera model follows a change of exposure a frame or two later.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from drivers.face.engine import FaceEngine
from drivers.pad.observation import Exposure, Observation, PadPhase, PadStep
from drivers.pad.picture_level import picture_level
from drivers.pad.screen_cues import measure_cues
from drivers.pad.session import PadSession
from drivers.pad.tones import measure_tones
from drivers.simulated.person import LandmarksOf
from drivers.simulated.screen_light import PAGE, ScreenLight
from station.booth.messages import Action, CapturePolicy, ChallengePlan, Guidance
from station.booth.ports import BgrImage, FaceSensor, FeatureVector, SensorReading
from station.model import PadReport
from tests.rig.synthetic_head import POLICY, START_NS

_PAINT_S = 0.03
_LONGEST_S = 45.0


class Actor(Protocol):
    """Whoever stands in front of the simulated camera."""

    light: ScreenLight
    exposure: float

    def calibrate(self, landmarks_of: LandmarksOf) -> None: ...

    def frame(self, t_s: float) -> BgrImage: ...

    def obey(self, action: Action, start_s: float) -> None: ...


@dataclass
class Played:
    """The end of one attempt."""

    report: PadReport
    probes: list[FeatureVector]
    lasted_s: float
    shown: list[Action] = field(default_factory=list)


class Player:
    """Camera, screen and clock of one attempt."""

    def __init__(
        self,
        engine: FaceEngine,
        actor: Actor,
        plan: ChallengePlan,
        policy: CapturePolicy = POLICY,
        *,
        seed: int = 1,
        frames_per_s: int = 15,
        controls_exposure: bool = True,
        without: frozenset[str] = frozenset(),
        recorded: list[Observation] | None = None,
    ) -> None:
        """`recorded` is filled with every observation, each with all figures a layer may want."""
        self._engine, self._actor, self._plan = engine, actor, plan
        self.sensor: FaceSensor | None = None
        """Set it before `play` for a station that has one."""
        self._session = PadSession(plan, policy, without=without)
        self._rng = np.random.default_rng(seed)
        self._frames_per_s = frames_per_s
        self._controls_exposure = controls_exposure
        self._recorded = recorded
        self._asked_factor = 1.0
        self._exposure: Exposure | None = None
        self._lights: list[tuple[float, ScreenLight]] = [(0.0, PAGE)]
        self._shown: list[Action] = []

    def play(self) -> Played:
        """Run the attempt to its end; the actor reacts 0.25 to 0.5 s after a prompt is shown."""
        step, t_s = PadStep(PadPhase.LOCK, None, 0.0, wants_feature=True), 0.0
        for sequence in range(1, round(_LONGEST_S * self._frames_per_s)):
            t_s = sequence / self._frames_per_s
            seen = self._observe(t_s, sequence, step)
            if self._recorded is not None:
                self._recorded.append(seen)
            step = self._session.observe(seen)
            if step.phase is PadPhase.DONE:
                break
            self._answer(step, t_s)
        session = self._session
        return Played(session.verdict(), session.probe_features(), t_s, self._shown)

    def _answer(self, step: PadStep, t_s: float) -> None:
        painted_s = t_s + _PAINT_S
        painted_ns = START_NS + round(painted_s * 1e9)
        if step.wants_prompt_index is not None:
            self._session.prompt_shown(step.wants_prompt_index, painted_ns)
            self._shown.append(self._plan.actions[step.wants_prompt_index])
            self._actor.obey(self._shown[-1], painted_s + float(self._rng.uniform(0.25, 0.5)))
        if step.wants_light_index is not None:
            index, lights = step.wants_light_index, self._plan.lights
            light = PAGE if index == len(lights) else ScreenLight.of(lights[index])
            self._session.light_shown(index, painted_ns)
            self._lights.append((painted_s, light))
        if step.exposure_factor != self._asked_factor and self._controls_exposure:
            self._asked_factor = step.exposure_factor
            self._exposure = Exposure(self._asked_factor, START_NS + round(t_s * 1e9))

    def _observe(self, t_s: float, sequence: int, step: PadStep) -> Observation:
        self._actor.exposure = self._asked_factor
        self._actor.light = next(light for at, light in reversed(self._lights) if at <= t_s)
        frame = self._actor.frame(t_s)
        stamp, level = START_NS + round(t_s * 1e9), picture_level(frame)
        faces = self._engine.detect(frame)
        if not faces:
            return Observation(
                stamp,
                sequence,
                None,
                0,
                None,
                None,
                Guidance.NO_FACE,
                level=level,
                exposure=self._exposure,
            )
        face = max(faces, key=lambda found: found.width * found.height)
        landmarks = self._engine.locate(frame, face)
        sensed: tuple[SensorReading, ...] = ()
        if self.sensor is not None:
            self.sensor.look(stamp)
            sensed = self.sensor.read(face, (frame.shape[1], frame.shape[0]))
        fully = self._recorded is not None
        return Observation(
            stamp,
            sequence,
            face,
            len(faces),
            landmarks,
            self._engine.extract(frame, face) if step.wants_feature or fully else None,
            Guidance.NONE,
            level=level,
            exposure=self._exposure,
            tones=measure_tones(frame, face, landmarks) if step.wants_tones or fully else None,
            cues=measure_cues(frame, face) if step.wants_cues else None,
            sensor=sensed,
        )


def play_pixels(
    engine: FaceEngine, actor: Actor, plan: ChallengePlan, seed: int, frames_per_s: int = 15
) -> Played:
    """One attempt under the rig's usual policy."""
    return Player(engine, actor, plan, seed=seed, frames_per_s=frames_per_s).play()
