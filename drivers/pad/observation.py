"""What the session is given per analysed frame, and what it answers."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from station.booth.messages import Guidance
from station.booth.ports import DetectedFace, FeatureVector, Landmarks, SensorReading


@dataclass(frozen=True, slots=True)
class FaceTones:
    """Mean colours of one frame, linear light (gamma 2.2 undone), channels R, G, B, 0..1."""

    face: NDArray[np.float64]
    """(3,): the skin inside the face's outline."""
    background: NDArray[np.float64]
    """(3,): what is around the head."""
    patches: NDArray[np.float64]
    """(n, 3): the patches of `drivers.pad.tones`, in their fixed order; NaN where hidden."""


@dataclass(frozen=True, slots=True)
class ScreenCues:
    """Weak cues of a screen or a print in one frame; each 0 (none) .. 1 (plain to see)."""

    moire: float
    """A display's pixel grid beats with the sensor's."""
    bezel: float
    """Long straight edges run around the face."""


@dataclass(frozen=True, slots=True)
class PassiveScore:
    """What the site's passive network says of the face in one frame."""

    score: float
    """0 (bona fide) .. 1 (attack), whatever the network's own sign is."""
    gate: float
    """From here on it counts: found on the site's own camera."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the camera was asked for when this frame was taken."""

    factor: float
    """Times the resting exposure."""
    since_ns: int
    """CLOCK_MONOTONIC of the request."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One analysed camera frame, without its pixels.

    `face` and `landmarks` belong to the largest face. The optional figures are present where the
    session's last step asked for them (and may be present at any time).
    """

    captured_at_ns: int
    """CLOCK_MONOTONIC."""
    sequence: int
    face: DetectedFace | None
    face_count: int
    landmarks: Landmarks | None
    feature: FeatureVector | None
    guidance: Guidance
    level: float | None = None
    """Mean of the whole picture in linear light, 0..1."""
    exposure: Exposure | None = None
    """None: this camera has no control of its exposure."""
    tones: FaceTones | None = None
    cues: ScreenCues | None = None
    passive: PassiveScore | None = None
    sensor: tuple[SensorReading, ...] = ()
    """At most one reading of each kind."""


class PadPhase(StrEnum):
    """Where an attempt is."""

    LOCK = "LOCK"
    PROMPT = "PROMPT"
    LIGHTS = "LIGHTS"
    DONE = "DONE"


@dataclass(frozen=True, slots=True)
class PadStep:
    """The session's answer to one observation."""

    phase: PadPhase
    wants_prompt_index: int | None
    """Ask the desk to paint this action of the plan; repeated until `prompt_shown`."""
    fraction: float
    """Evidence for the present action (or the face lock), 0..1."""
    wants_feature: bool
    """Extract a feature vector from the next usable frame."""
    wants_light_index: int | None = None
    """Ask the desk for this light of the plan (its length: lights off) until `light_shown`."""
    wants_tones: bool = False
    wants_cues: bool = False
    exposure_factor: float = 1.0
    """What the camera should be asked for now."""
    hold: bool = False
    """Automatic exposure and white balance should be locked now."""
