"""Sealed rotation: protected templates that can be renewed (ISO/IEC 24745, SR1 scheme).

A feature vector is turned by a keyed isometry, rounded to one byte a coordinate and sealed with
SM4-GCM. Scores survive, because both sides of a comparison are turned alike; the vector itself
never leaves the booth. Every record has keys of its own: with one key for all, 128 known pairs
would give the rotation away. Only the booth and the evaluations may import this module.

Sealed form: algorithm (1 byte) ‖ version (u16 LE) ‖ pid (16) ‖ nonce (12) ‖ ciphertext ‖ tag (16),
175 bytes for vectors of up to 128 features.
"""

import secrets
from collections.abc import Sequence
from typing import Final

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from drivers.face.comparison import UNIT_LENGTH_TOLERANCE
from drivers.face.sealed_rotation_turn import LENGTHS, Rotation, padded_length, rotation_bytes
from station.booth.ports import FeatureVector
from station.errors import BoothError, ErrorCode, StationBug
from station.model import SealedTemplate, TemplateKeys

ALGORITHM: Final = 1
FIRST_VERSION: Final = 1
LAST_VERSION: Final = 0xFFFF
MODEL_ID_BYTES: Final = 16
STEPS_PER_UNIT = 127 * 2.2
"""Scale for 128 features: clips only beyond .4545, 5.1 standard deviations of a turned vector."""
_DOMAIN = b"SR1"
_PID_BYTES, _NONCE_BYTES, _TAG_BYTES, _KEY_BYTES = 16, 12, 16, 16
_HEAD_BYTES = 1 + 2 + _PID_BYTES
_OVERHEAD_BYTES = _HEAD_BYTES + _NONCE_BYTES + _TAG_BYTES
_BLOCK_BYTES = 16

Steps = NDArray[np.int8]
"""Shape (d,): a turned vector, rounded."""


def seal_template(
    vector: FeatureVector,
    keys: TemplateKeys,
    model_id: bytes,
    profile: int,
    *,
    version: int = FIRST_VERSION,
) -> SealedTemplate:
    """Protect one unit-length vector, as the first or, extracted anew, a later version.

    `model_id` is the matcher's (16 bytes), `profile` the threshold profile; both are bound. Raises
    `BoothError(TEMPLATE_REFUSED)` where the keys do not suit vectors of this length.
    """
    rotation = _rotation(keys, len(_unit(vector)))
    try:
        steps = quantise(rotation.turn(vector))
        try:
            nonce = secrets.token_bytes(_NONCE_BYTES)
            return seal_steps(steps, keys, (model_id, profile), version=version, nonce=nonce)
        finally:
            steps.fill(0)
    finally:
        rotation.wipe()


def compare_sealed(
    template: SealedTemplate, keys: TemplateKeys, probes: Sequence[FeatureVector]
) -> list[float]:
    """The cosine of the template to each probe, -1..1, taken in the rotated domain.

    Raises `BoothError(TEMPLATE_REFUSED)` where the keys do not open the template or it is not of
    vectors as long as the probes; `StationBug` for a probe without unit length.
    """
    rotation = _rotation(keys, len(_unit(probes[0])))
    steps = open_steps(template, keys)
    try:
        if len(steps) != rotation.length:
            raise BoothError(ErrorCode.TEMPLATE_REFUSED)
        turned = rotation.turn(np.stack([_unit(probe) for probe in probes]))
        reference = _unit_of_steps(steps)
        scores = np.clip(turned @ reference, -1.0, 1.0)
        for held in (turned, reference):
            held.fill(0)
        return [float(score) for score in scores]
    finally:
        steps.fill(0)
        rotation.wipe()


def renew_template(
    template: SealedTemplate, old_keys: TemplateKeys, new_keys: TemplateKeys
) -> SealedTemplate:
    """The same face under new keys and a new id, one version on, without any picture.

    Each renewal rounds anew: the cosine to the first template is about .9999 after one and .997
    after fifty. Raises `BoothError(TEMPLATE_REFUSED)` as `compare_sealed` does, also for the last
    version and for a new id that is the old one.
    """
    if template.version >= LAST_VERSION or new_keys.pid == old_keys.pid:
        raise BoothError(ErrorCode.TEMPLATE_REFUSED)
    opened = open_steps(template, old_keys)
    try:
        old, new = _rotation(old_keys, len(opened)), _rotation(new_keys, len(opened))
        turned = _unit_of_steps(opened)
        vector = old.turn_back(turned)
        steps = quantise(new.turn(vector))
        for held in (turned, vector):
            held.fill(0)
        for rotation in (old, new):
            rotation.wipe()
    finally:
        opened.fill(0)
    try:
        bound, version = (template.model_id, template.profile), template.version + 1
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return seal_steps(steps, new_keys, bound, version=version, nonce=nonce)
    finally:
        steps.fill(0)


def quantise(turned: FeatureVector) -> Steps:
    """Round turned coordinates of unit vectors (..., d) to -127..127 and wipe them."""
    scale = np.float32(STEPS_PER_UNIT * np.sqrt(turned.shape[-1] / 128))
    steps: Steps = np.clip(np.rint(turned * scale), -127, 127).astype(np.int8)
    turned.fill(0)
    return steps


def seal_steps(
    steps: Steps, keys: TemplateKeys, bound: tuple[bytes, int], *, version: int, nonce: bytes
) -> SealedTemplate:
    """Seal rounded coordinates under a record's own key, which seals one message only.

    `bound`: the model's id and the threshold profile, which the seal covers.
    """
    model_id, profile = bound
    head = bytes([ALGORITHM]) + version.to_bytes(2, "little") + keys.pid
    aad = _additional_data(head, model_id, profile)
    encryptor = Cipher(algorithms.SM4(keys.seal_key.reveal()), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    body = encryptor.update(steps.view(np.uint8).data) + encryptor.finalize()
    return SealedTemplate(head + nonce + body + encryptor.tag, model_id, profile)


def open_steps(template: SealedTemplate, keys: TemplateKeys) -> Steps:
    """The rounded coordinates of a template; the caller wipes them.

    Raises `BoothError(TEMPLATE_REFUSED)` for other keys, or where any bit of the sealed form, the
    model's id or the profile is not the one sealed.
    """
    sealed = template.sealed
    length = len(sealed) - _OVERHEAD_BYTES
    if length not in LENGTHS or sealed[0] != ALGORITHM or template.pid != keys.pid:
        raise BoothError(ErrorCode.TEMPLATE_REFUSED)
    aad = _additional_data(sealed[:_HEAD_BYTES], template.model_id, template.profile)
    nonce = sealed[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
    cipher = Cipher(algorithms.SM4(keys.seal_key.reveal()), modes.GCM(nonce, sealed[-_TAG_BYTES:]))
    decryptor = cipher.decryptor()
    decryptor.authenticate_additional_data(aad)
    # Opened in place, in a buffer that can be wiped.
    opened = np.zeros(length + _BLOCK_BYTES, np.uint8)
    decryptor.update_into(sealed[_HEAD_BYTES + _NONCE_BYTES : -_TAG_BYTES], opened.data)
    try:
        decryptor.finalize()
    except InvalidTag:
        opened.fill(0)
        raise BoothError(ErrorCode.TEMPLATE_REFUSED) from None
    steps: Steps = opened[:length].view(np.int8)
    return steps


def _additional_data(head: bytes, model_id: bytes, profile: int) -> bytes:
    """SR1 ‖ algorithm ‖ pid ‖ version ‖ model id ‖ profile: 40 bytes."""
    if len(model_id) != MODEL_ID_BYTES or not 0 <= profile <= 0xFFFF:
        raise BoothError(ErrorCode.TEMPLATE_REFUSED)
    algorithm, version, pid = head[:1], head[1:3], head[3:]
    return _DOMAIN + algorithm + pid + version + model_id + profile.to_bytes(2, "little")


def _rotation(keys: TemplateKeys, features: int) -> Rotation:
    length, stream = padded_length(features), keys.rotation.reveal()
    sizes = (len(stream), len(keys.pid), len(keys.seal_key.reveal()))
    if length is None or sizes != (rotation_bytes(length), _PID_BYTES, _KEY_BYTES):
        raise BoothError(ErrorCode.TEMPLATE_REFUSED)
    return Rotation(stream, length)


def _unit(vector: FeatureVector) -> FeatureVector:
    if vector.ndim != 1 or not abs(float(np.linalg.norm(vector)) - 1) <= UNIT_LENGTH_TOLERANCE:
        raise StationBug("a vector has no unit length")
    return vector


def _unit_of_steps(steps: Steps) -> FeatureVector:
    vector = steps.astype(np.float32)
    length = np.float32(np.linalg.norm(vector))
    if length == 0:
        raise BoothError(ErrorCode.TEMPLATE_REFUSED)
    vector /= length
    return vector
