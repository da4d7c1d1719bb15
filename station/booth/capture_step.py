"""The CAPTURE step inside the booth: one attempt, judged by the PAD session on live frames."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass

from drivers.camera.choose import open_camera
from drivers.face.portrait_encoder import crop_face
from drivers.face.quality import assess
from drivers.pad.choose_sensor import open_sensor
from drivers.pad.measures import measure_face
from drivers.pad.observation import Exposure, Observation, PadPhase, PadStep
from drivers.pad.passive_net import PassiveSlot
from drivers.pad.picture_level import picture_level
from drivers.pad.screen_cues import measure_cues
from drivers.pad.session import PadSession
from drivers.pad.tones import measure_tones
from station.booth.context import BoothContext
from station.booth.live_portrait import LivePortrait
from station.booth.live_view import LiveView
from station.booth.messages import (
    Captured,
    CapturePolicy,
    CaptureProgress,
    Guidance,
    GuidanceNow,
    Layer,
    PromptShown,
    ShowLight,
    ShowPrompt,
    StartCapture,
)
from station.booth.ports import Camera, FaceSensor, FeatureVector, Frame, SensorReading
from station.errors import CameraError, ErrorCode
from station.model import PadResult

_FRAME_WAIT_S = 0.2
_FAULT_PATIENCE_S = 8.0
"""How long a lost, black or frozen camera may take to come back before the step gives up."""
_PREVIEW_SLOTS = 3
_ALWAYS_SAID = frozenset({Guidance.NO_FACE, Guidance.MORE_THAN_ONE_FACE, Guidance.TOO_DARK})


@dataclass(frozen=True, slots=True)
class CaptureOutcome:
    """What crosses to the desk, and the probe features that stay here."""

    captured: Captured
    probes: list[FeatureVector]
    portrait: LivePortrait | None = None
    """One crop of the frames of `probes`, where one was to be kept; the caller wipes it."""


def capture(
    request: StartCapture, context: BoothContext, demo: bool, keep_portrait: bool = False
) -> CaptureOutcome:
    """Run one attempt to its verdict; camera and sensor are closed on return.

    `keep_portrait`: the person agreed to a portrait of this capture being kept.
    Raises `CameraError`, and `SensorError` where a sensor is configured.
    """
    started = time.monotonic()
    try:
        camera = open_camera(request.camera, demo)
        sensor = open_sensor(request.sensor, demo)
        session = PadSession(request.plan, request.policy, request.camera.exposure_response)
        attempt = _Attempt(session, context, camera, sensor, request.policy)
        if keep_portrait:
            attempt.portrait = LivePortrait()
        try:
            _run(attempt, LiveView(camera, context.ring), sensor, context)
        except BaseException:
            attempt.wipe()
            raise
    finally:
        for descriptor in (request.camera.descriptor, request.sensor.descriptor):
            if descriptor >= 0:
                with suppress(OSError):
                    os.close(descriptor)
    duration_ms = (time.monotonic() - started) * 1000
    return attempt.outcome(duration_ms)


def _run(
    attempt: "_Attempt", view: LiveView, sensor: FaceSensor | None, context: BoothContext
) -> None:
    try:
        view.start()
        # The sensor's newest map is a picture too.
        live = (1 if sensor is None else 2) + (attempt.portrait is not None)
        context.presence.set(camera=True, live=live, preview=_PREVIEW_SLOTS)
        if sensor is not None:
            sensor.open()
        attempt.run(view)
    finally:
        if sensor is not None:
            sensor.close()
        view.stop()
        context.presence.set(camera=False, live=0, preview=0)


class _Attempt:
    """Feeds frames to the session and passes on what it asks for. One per attempt."""

    def __init__(
        self,
        session: PadSession,
        context: BoothContext,
        camera: Camera,
        sensor: FaceSensor | None,
        policy: CapturePolicy,
    ) -> None:
        self._session = session
        self._sensor = sensor
        self._passive = PassiveSlot(context.passive, policy.gates)
        self._controls = _CameraControls(camera)
        self._engine = context.engine
        self._inbox = context.inbox
        self._send = context.send
        self._min_iod_px = policy.min_iod_px
        self._wanted = PadStep(PadPhase.LOCK, None, 0.0, wants_feature=True)
        self._asked = -1
        self._light = -1
        self._guidance: Guidance | None = None
        self._fraction = (-1, -1.0)
        self._cancelled = False
        self.portrait: LivePortrait | None = None

    def run(self, view: LiveView) -> None:
        sequence = 0
        fault_since: float | None = None
        while True:
            if self._inbox.cancel.is_set():
                self._cancelled = True
                return
            frame = view.next(sequence, _FRAME_WAIT_S)
            if frame is None:
                fault_since = _patience(view, fault_since)
                continue
            fault_since = None
            sequence = frame.sequence
            for shown in self._inbox.painted():
                if isinstance(shown, PromptShown):
                    self._session.prompt_shown(shown.index, shown.shown_at_ns)
                else:
                    self._session.light_shown(shown.index, shown.shown_at_ns)
            observation = self._observe(frame)
            in_lock = self._wanted.phase is PadPhase.LOCK
            step = self._session.observe(observation)
            if in_lock:
                self._offer_portrait(frame, observation)
            self._wanted = step
            self._controls.follow(step)
            self._guide(observation.guidance, step.phase)
            self._tell(step)
            if step.phase is PadPhase.DONE:
                return

    def outcome(self, duration_ms: float) -> CaptureOutcome:
        if self._cancelled:
            undecided = Captured(PadResult.UNDECIDED.value, "CANCELLED", "", (), duration_ms)
            self.wipe()
            return CaptureOutcome(undecided, [])
        report = self._session.verdict()
        layers = tuple(
            Layer(v.layer, v.passed, v.measure, v.gate, v.judged, v.species) for v in report.layers
        )
        captured = Captured(
            report.result.value, report.decided_by, report.species_guess, layers, duration_ms
        )
        bona_fide = report.result is PadResult.BONA_FIDE
        probes = self._session.probe_features() if bona_fide else []
        if self.portrait is not None and not self.portrait.is_of(probes):
            self.portrait.wipe()
        return CaptureOutcome(captured, probes, self.portrait)

    def wipe(self) -> None:
        """Drop the crop, if any."""
        if self.portrait is not None:
            self.portrait.wipe()

    def _offer_portrait(self, frame: Frame, seen: Observation) -> None:
        """Before anything was asked for and before any light: the face at rest, looking here."""
        face = seen.face if seen.face_count == 1 else None
        if self.portrait is None or face is None or seen.feature is None or seen.landmarks is None:
            return
        yaw = measure_face(seen.landmarks.points).yaw_proxy
        self.portrait.offer(
            lambda: crop_face(frame.bgr, face), seen.feature, yaw, self._session.accepted()
        )

    def _observe(self, frame: Frame) -> Observation:
        if self._sensor is not None:
            self._sensor.look(frame.captured_at_ns)
        faces = self._engine.detect(frame.bgr)
        face = max(faces, key=lambda f: f.width * f.height) if faces else None
        landmarks = None if face is None else self._engine.locate(frame.bgr, face)
        guidance = assess(frame.bgr, faces, landmarks, self._min_iod_px)
        feature = tones = cues = passive = None
        sensed: tuple[SensorReading, ...] = ()
        if face is not None and landmarks is not None:
            if self._wanted.wants_feature:
                feature = self._engine.extract(frame.bgr, face)
            if self._wanted.wants_tones:
                tones = measure_tones(frame.bgr, face, landmarks)
            if self._wanted.wants_cues:
                cues = measure_cues(frame.bgr, face)
            if self._wanted.phase is not PadPhase.LIGHTS:
                passive = self._passive.score(frame.bgr, face)
        if face is not None and self._sensor is not None:
            size = (frame.bgr.shape[1], frame.bgr.shape[0])
            sensed = self._sensor.read(face, size)
        return Observation(
            frame.captured_at_ns,
            frame.sequence,
            face,
            len(faces),
            landmarks,
            feature,
            guidance,
            level=picture_level(frame.bgr),
            exposure=self._controls.exposure,
            tones=tones,
            cues=cues,
            passive=passive,
            sensor=sensed,
        )

    def _tell(self, step: PadStep) -> None:
        light = step.wants_light_index
        if light is not None and light != self._light:
            self._light = light
            self._send(ShowLight(light))
        index = step.wants_prompt_index
        if index is not None and index != self._asked:
            self._asked = index
            self._send(ShowPrompt(index))
        progress = (self._asked, round(step.fraction, 2))
        if progress != self._fraction:
            self._fraction = progress
            self._send(CaptureProgress(max(0, self._asked), progress[1]))

    def _guide(self, guidance: Guidance, phase: PadPhase) -> None:
        """While an action is asked for, its own movement must not be scolded."""
        if phase is not PadPhase.LOCK and guidance not in _ALWAYS_SAID:
            guidance = Guidance.NONE
        if guidance is not self._guidance:
            self._guidance = guidance
            self._send(GuidanceNow(guidance))


class _CameraControls:
    """Asks the camera for what the session wants, and remembers since when."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._held = False
        self._factor = 1.0
        self.exposure: Exposure | None = None

    def follow(self, step: PadStep) -> None:
        """Lock or release the automatics, change the exposure; only when that changes."""
        if step.hold != self._held:
            self._held = step.hold
            self._camera.hold(step.hold)
        if step.exposure_factor != self._factor:
            self._factor = step.exposure_factor
            controlled = self._camera.set_exposure(self._factor)
            since_ns = time.monotonic_ns()
            self.exposure = Exposure(self._factor, since_ns) if controlled else None


def _patience(view: LiveView, since: float | None) -> float:
    now = time.monotonic()
    if since is None:
        return now
    if now - since > _FAULT_PATIENCE_S:
        raise view.fault or CameraError(ErrorCode.CAMERA_LOST)
    return since
