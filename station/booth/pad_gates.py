"""Thresholds of the PAD layers, each with where it comes from; they cross the wall as numbers.

The values in force come from the signed policy file; the defaults here are the ones it was made
from. They were learned on few subjects (face.md A.5, C.3a): start values. The ranges hold on the
wire and in the file, so that no threshold can be moved to where its layer means nothing.
"""

from typing import Annotated

import msgspec
from msgspec import Meta


class PadGates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Gates of one policy; ratios are per IOD (outer eye corners) unless named otherwise."""

    frontal_yaw: Annotated[float, Meta(ge=0.05, le=0.2)] = 0.10
    """|yaw proxy| of a frontal frame (face.md C.3a)."""
    turn_onset_yaw: Annotated[float, Meta(ge=0.08, le=0.2)] = 0.12
    """From here a head counts as turning (face.md A.3 L2)."""
    turn_reached_yaw: Annotated[float, Meta(ge=0.12, le=0.4)] = 0.20
    """A turn is complete (face.md A.5: a flat photo hardly gets past 0.19)."""
    planarity_residual: Annotated[float, Meta(ge=0.04, le=0.2)] = 0.055
    """Least homography residual of a turned head from yaw proxy 0.12 on (face.md A.5)."""
    head_depth: Annotated[float, Meta(ge=0.3, le=1.0)] = 0.50
    """Own addition: least depth in heads of a complete turn, for the angle it took, so that a bent
    sheet turned far does not pass. SIM: prints bent to 1.5 IOD and more up to .40, to 0.8 up to
    .51; rendered heads from .59, real ones in clips from .58."""
    flat_residual: Annotated[float, Meta(ge=0.02, le=0.1)] = 0.045
    """Own addition: only below it a rotated frame is evidence of a plane, so that a head with
    little relief ends UNDECIDED, not ATTACK. face.md A.5: flat and bent paper up to .037 and
    .049 (95 %), live from .063 (5 %)."""
    flat_foreshortening: Annotated[float, Meta(ge=0.05, le=0.5)] = 0.14
    """Own addition: a surface seen at least this much foreshortened while its residual stays
    under `flat_residual` is a rotated plane. A plane shows it from about 31 degrees of tilt."""
    blink_closed: Annotated[float, Meta(ge=0.2, le=0.6)] = 0.45
    """EAR over the subject's own baseline, both eyes (face.md C.3a)."""
    blink_open: Annotated[float, Meta(ge=0.6, le=1)] = 0.80
    blink_return_s: Annotated[float, Meta(ge=0.2, le=1)] = 0.40
    blink_max_closed_s: Annotated[float, Meta(ge=0.3, le=2)] = 1.0
    """Own addition: longer is closed eyes, not a blink."""
    least_baseline_ear: Annotated[float, Meta(ge=0.04, le=0.2)] = 0.08
    """Own addition: below it the mesh sees the eyes as closed all the time (face.md C.3a: the
    small dark photo reads .058) and a ratio means nothing."""
    mouth_opening: Annotated[float, Meta(ge=0.15, le=0.6)] = 0.25
    """Growth of MAR (face.md A.3 L2)."""
    chin_share: Annotated[float, Meta(ge=0.25, le=1)] = 0.40
    """Chin drop over lip opening (face.md A.3 L2)."""
    neutral_mouth: Annotated[float, Meta(ge=0.05, le=0.2)] = 0.12
    """Own addition: MAR growth below which the mouth counts as closed again."""
    continuity_frontal: Annotated[float, Meta(ge=0.45, le=0.9)] = 0.60
    """Least cosine to the visit's centre, frontal (face.md A.3 L5)."""
    continuity_turned: Annotated[float, Meta(ge=0.35, le=0.9)] = 0.50
    """The same while turned or with the mouth open."""
    frontal_yaw5: Annotated[float, Meta(ge=0.1, le=0.4)] = 0.20
    """|yaw| from the detector's five points below which a feature counts as frontal."""
    track_gap_s: Annotated[float, Meta(ge=0.1, le=0.6)] = 0.30
    track_iou: Annotated[float, Meta(ge=0.3, le=0.8)] = 0.50
    modulation: Annotated[float, Meta(ge=0.05, le=0.5)] = 0.10
    """L1: least share of the screen in the light on the face (face.md A.3 L1)."""
    code_correlation: Annotated[float, Meta(ge=0.6, le=0.99)] = 0.80
    """L4a: least correlation of the face's colours with the code shown (face.md A.3 L4a)."""
    code_foreign: Annotated[float, Meta(ge=0, le=0.6)] = 0.40
    """L4a, own addition: below it, with enough screen light, another code was answered."""
    shape_slope: Annotated[float, Meta(ge=0.3, le=0.9)] = 0.45
    """L4b: least normalised slope b' of the answer to half-lit screens (face.md A.3 L4b)."""
    shape_flat: Annotated[float, Meta(ge=0, le=0.5)] = 0.35
    """L4b: at or below it the surface is flat or bent."""
    exposure_tolerance: Annotated[float, Meta(ge=0.1, le=0.5)] = 0.30
    """L0: allowed relative deviation from the camera's own response (face.md A.3 L0)."""
    cue_sum: Annotated[float, Meta(ge=0.3, le=2)] = 1.0
    """L6 and L7: summed weak cues from which an attempt is not accepted."""
    sensor_relief: Annotated[float, Meta(ge=0.07, le=0.2)] = 0.08
    """L9, own addition: least RMS deviation of the face's depth from its best plane."""
    sensor_nir: Annotated[float, Meta(ge=0.03, le=0.5)] = 0.05
    """L9, own addition: least near-infrared level of the face, 0..1; a display is black there."""


DEFAULT_GATES = PadGates()
