"""The TEMPLATE steps inside the booth: seal, compare and renew protected templates.

When each may happen is the server's to hold; here is only what is done. A template of another
model, algorithm, profile or key is refused by name, before anything is compared.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from drivers.face.engine import FaceEngine
from drivers.face.sealed_rotation import (
    FIRST_VERSION,
    MODEL_ID_BYTES,
    compare_sealed,
    renew_template,
    seal_template,
)
from drivers.face.sealed_rotation_profiles import fmr_of, profile_for, profile_threshold
from station.booth.messages import Compared
from station.booth.ports import FeatureVector
from station.booth.template_messages import (
    CompareTemplate,
    EnrolTemplate,
    RecordKeys,
    RenewTemplate,
    TemplateSealed,
)
from station.errors import BoothError, ErrorCode
from station.model import ComparisonDecision, SealedTemplate, Secret, TemplateKeys

ENROLMENT_FRAMES = 3
"""Live frames a template needs at least: two of the lock and one seen again after the plan."""


def enrol(
    command: EnrolTemplate, probes: Sequence[FeatureVector], engine: FaceEngine, own: Path | None
) -> TemplateSealed:
    """A template of the mean of the frames, bound to the profile the wanted rate chooses.

    Raises `BoothError(TEMPLATE_REFUSED)` for fewer than `ENROLMENT_FRAMES` frames, for a matcher
    of more than 128 features, or where the template would not match the very frames it is made of.
    """
    if len(probes) < ENROLMENT_FRAMES:
        frames, needed = len(probes), ENROLMENT_FRAMES
        raise BoothError(ErrorCode.TEMPLATE_REFUSED, frames=frames, needed=needed)
    profile = profile_for(command.fmr)
    threshold = profile_threshold(profile, engine, own)
    message = seal_mean(probes, command.keys, engine, profile)
    template = SealedTemplate(message.sealed, message.model_id, message.profile)
    # Opened once again: a template that cannot be used must not be found at the door.
    if _score(template, _keys(command.keys), probes) < threshold:
        raise BoothError(ErrorCode.TEMPLATE_REFUSED)
    return message


def seal_mean(
    vectors: Sequence[FeatureVector],
    keys: RecordKeys,
    engine: FaceEngine,
    profile: int,
    *,
    version: int = FIRST_VERSION,
) -> TemplateSealed:
    """A template of the vector in the middle of several of one face, bound to this matcher."""
    mean = mean_vector(vectors)
    try:
        return _message(
            seal_template(mean, _keys(keys), model_id(engine), profile, version=version)
        )
    finally:
        mean.fill(0)


def compare_template(
    command: CompareTemplate, probes: Sequence[FeatureVector], engine: FaceEngine, own: Path | None
) -> Compared:
    """The decision at the threshold of the profile that is sealed into the template.

    Raises `BoothError(TEMPLATE_REFUSED)`, or `ConfigError(CONFIG_INVALID)` where no measured row
    supports the profile's rate for this matcher.
    """
    template = _own_template(command.template, engine)
    threshold = profile_threshold(template.profile, engine, own)
    score = _score(template, _keys(command.keys), probes)
    decision = ComparisonDecision.MATCH if score >= threshold else ComparisonDecision.NON_MATCH
    return Compared(
        decision.value,
        score,
        threshold,
        fmr_of(template.profile),
        engine.matcher_id,
        engine.runtime,
    )


def renew(command: RenewTemplate, engine: FaceEngine) -> TemplateSealed:
    """The template under new keys, one version on; model and profile stay.

    Raises `BoothError(TEMPLATE_REFUSED)`.
    """
    template = _own_template(command.template, engine)
    return _message(renew_template(template, _keys(command.old_keys), _keys(command.new_keys)))


def model_id(engine: FaceEngine) -> bytes:
    """First 16 bytes of SM3 over the matcher's file."""
    return bytes.fromhex(engine.matcher_id)[:MODEL_ID_BYTES]


def mean_vector(vectors: Sequence[FeatureVector]) -> FeatureVector:
    """The unit vector in the middle of unit vectors of one face."""
    middle = np.mean(np.stack(vectors), axis=0)
    length = float(np.linalg.norm(middle))
    if not length > 0:
        raise BoothError(ErrorCode.TEMPLATE_REFUSED)
    return np.asarray(middle / length, np.float32)


def _score(template: SealedTemplate, keys: TemplateKeys, probes: Sequence[FeatureVector]) -> float:
    """The median over the frames, so that one odd frame decides nothing."""
    return float(np.median(compare_sealed(template, keys, probes)))


def _own_template(message: TemplateSealed, engine: FaceEngine) -> SealedTemplate:
    # Vectors of two models have no angle in common: their score would mean nothing.
    if message.model_id != model_id(engine):
        raise BoothError(ErrorCode.TEMPLATE_REFUSED)
    return SealedTemplate(message.sealed, message.model_id, message.profile)


def _keys(message: RecordKeys) -> TemplateKeys:
    return TemplateKeys(message.pid, Secret(message.rotation), Secret(message.seal_key))


def _message(template: SealedTemplate) -> TemplateSealed:
    return TemplateSealed(template.sealed, template.model_id, template.profile)
