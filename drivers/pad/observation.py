"""What the session is given per analysed frame, and what it answers."""

from dataclasses import dataclass
from enum import StrEnum

from station.booth.messages import Guidance
from station.booth.ports import DetectedFace, FeatureVector, Landmarks


@dataclass(frozen=True, slots=True)
class Observation:
    """One analysed camera frame, without its pixels.

    `face` and `landmarks` belong to the largest face; `feature` is present where the session's
    last step asked for one (and may be present at any time).
    """

    captured_at_ns: int
    """CLOCK_MONOTONIC."""
    sequence: int
    face: DetectedFace | None
    face_count: int
    landmarks: Landmarks | None
    feature: FeatureVector | None
    guidance: Guidance


class PadPhase(StrEnum):
    """Where an attempt is."""

    LOCK = "LOCK"
    PROMPT = "PROMPT"
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
