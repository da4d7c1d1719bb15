"""The PORTRAIT steps inside the booth: seal one, and make a template of sealed ones.

When each may happen is the server's to hold. The ceremony's booth has opened no device and never
will; the pictures are decoded, looked at once, sealed anew and wiped before the answer leaves.
"""

from collections.abc import Sequence
from pathlib import Path

from drivers.face.comparison import compare
from drivers.face.engine import FaceEngine
from drivers.face.pictures import decode_picture
from drivers.face.portrait_encoder import encode_jpeg
from drivers.face.portrait_reference import reference_from_picture
from drivers.face.sealed_rotation_profiles import profile_for, profile_threshold
from station.booth.portrait_seal import LONGEST_PICTURE_BYTES, open_picture, seal_picture
from station.booth.ports import BgrImage, FeatureVector
from station.booth.template_messages import PortraitSealed, PortraitsRenewed, RenewFromPortraits
from station.booth.template_step import seal_mean
from station.errors import BoothError, CardError, ErrorCode
from station.model import Secret


def seal_portrait(picture: BgrImage, officers_key: bytes) -> PortraitSealed:
    """One live crop, encoded and sealed; the crop is the caller's to wipe."""
    encoded = encode_jpeg(picture, LONGEST_PICTURE_BYTES)
    try:
        return PortraitSealed(seal_picture(encoded, officers_key))
    finally:
        encoded[:] = bytes(len(encoded))


def renew_from_portraits(
    command: RenewFromPortraits, engine: FaceEngine, own: Path | None
) -> PortraitsRenewed:
    """A template of the portraits with the present model, and the portraits sealed anew.

    Raises `BoothError(OFFICER_KEY_WRONG)` for portraits sealed to another key,
    `(TEMPLATE_REFUSED)` for one that shows no usable face, or two that do not show the same.
    """
    private = Secret(command.private_key)
    opened: list[bytearray] = []
    vectors: list[FeatureVector] = []
    try:
        for portrait in command.portraits:
            opened.append(open_picture(portrait.sealed, private))
            vectors.append(_vector(opened[-1], engine))
        profile = profile_for(command.fmr)
        if not _show_one_face(vectors, profile_threshold(profile, engine, own)):
            raise BoothError(ErrorCode.TEMPLATE_REFUSED)
        template = seal_mean(vectors, command.keys, engine, profile, version=command.version)
        resealed = tuple(
            PortraitSealed(seal_picture(picture, command.officers_key)) for picture in opened
        )
        return PortraitsRenewed(template, resealed)
    finally:
        private.wipe()
        for picture in opened:
            picture[:] = bytes(len(picture))
        for vector in vectors:
            vector.fill(0)


def _vector(encoded: bytearray, engine: FaceEngine) -> FeatureVector:
    picture = decode_picture(memoryview(encoded))
    if picture is None:
        raise BoothError(ErrorCode.TEMPLATE_REFUSED)
    try:
        return reference_from_picture(picture, engine)
    except CardError:
        raise BoothError(ErrorCode.TEMPLATE_REFUSED) from None
    finally:
        picture.fill(0)


def _show_one_face(vectors: Sequence[FeatureVector], threshold: float) -> bool:
    return all(compare(vectors[0], other) >= threshold for other in vectors[1:])
