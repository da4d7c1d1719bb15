"""From the layers' own words to one result (face.md A.3).

Hard layers are joined by AND; which ones are hard is a matter of the policy's name and of nothing
else: neither a file nor a message can take one away (L-6). Weak cues are summed and can only keep
an attempt from passing. ATTACK needs positive evidence by a layer; all else is UNDECIDED.
"""

from drivers.pad.passive import weight
from station.booth.messages import PadPolicyName
from station.model import LayerVerdict, PadResult

INTEGRITY, EXPOSURE = "L0_INTEGRITY", "L0_EXPOSURE"
FACE_LOCK, LIGHT_SHARE = "L1_FACE_LOCK", "L1_LIGHT"
CHALLENGE, PLANARITY = "L2_CHALLENGE", "L3_PLANARITY"
LIGHT_CODE, LIGHT_SHAPE = "L4_CODE", "L4_SHAPE"
IDENTITY, TRACK = "L5_IDENTITY", "L5_TRACK"
CUES, PASSIVE, SENSOR = "L6_CUES", "L7_PASSIVE", "L9_SENSOR"

_ALWAYS = (INTEGRITY, FACE_LOCK, CHALLENGE, PLANARITY, IDENTITY, TRACK)
_LIT = (*_ALWAYS, LIGHT_SHARE, LIGHT_CODE, LIGHT_SHAPE)
REQUIRED: dict[PadPolicyName, tuple[str, ...]] = {
    PadPolicyName.FAST: _LIT,
    PadPolicyName.NORMAL: _LIT,
    PadPolicyName.ASSISTED: _ALWAYS,
    PadPolicyName.KEY_INFRASTRUCTURE: (*_LIT, SENSOR),
}
"""Layers that must have judged and passed. One that is not listed must not have failed."""

_SOFT = (CUES, PASSIVE)
_EVIDENCE = (
    INTEGRITY,
    EXPOSURE,
    IDENTITY,
    SENSOR,
    LIGHT_CODE,
    LIGHT_SHAPE,
    PLANARITY,
)
"""Whose species is believed first."""


def evidence(verdicts: tuple[LayerVerdict, ...]) -> LayerVerdict | None:
    """The layer with positive evidence of an artefact, or None."""
    known = {verdict.layer: verdict for verdict in verdicts if verdict.species}
    return next((known[name] for name in _EVIDENCE if name in known), None)


def fuse(
    verdicts: tuple[LayerVerdict, ...], policy: PadPolicyName, cue_sum: float
) -> tuple[PadResult, str, str]:
    """Result, the layer that decided, and the guessed species (or an empty string)."""
    attack = evidence(verdicts)
    if attack is not None:
        return PadResult.ATTACK, attack.layer, attack.species
    by_name = {verdict.layer: verdict for verdict in verdicts}
    for name in REQUIRED[policy]:
        if name not in by_name or not (by_name[name].judged and by_name[name].passed):
            return PadResult.UNDECIDED, name, ""
    for verdict in verdicts:
        if verdict.layer not in _SOFT and verdict.judged and not verdict.passed:
            return PadResult.UNDECIDED, verdict.layer, ""
    soft = [
        (weight(verdict) if verdict.layer == PASSIVE else verdict.measure, verdict.layer)
        for verdict in verdicts
        if verdict.layer in _SOFT and verdict.judged
    ]
    if sum(share for share, _ in soft) >= cue_sum:
        return PadResult.UNDECIDED, max(soft)[1], ""
    return PadResult.BONA_FIDE, "ALL", ""
