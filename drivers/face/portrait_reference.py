"""From the document's portrait to a reference vector, and nothing kept of the picture.

The decoded pixels are wiped before this returns, whatever happens; the encoded ones belong to the
`CardPortrait`, whose owner destroys it.
"""

import numpy as np

from drivers.face.engine import FaceEngine
from drivers.face.pictures import decode_picture, read_header
from station.booth.portrait import CardPortrait
from station.booth.ports import BgrImage, DetectedFace, FeatureVector
from station.errors import CardError, ErrorCode

RESIDENT_CARD_SHAPE = (126, 102, 3)
"""The photo of a resident identity card as its decoder gives it: rows, columns, BGR."""
RESIDENT_CARD_BYTES = 126 * 102 * 3
ENCODED_LIMIT_BYTES = 2 * 1024 * 1024
"""An eMRTD portrait is 12 to 200 kB; a DG2 of megabytes is an attack on the decoder."""
SEARCH_WIDTH_PX = 320
MIN_EYE_DISTANCE_PX = 16.0
"""Eye centres, in the portrait's own pixels; a 102x126 card photo has about 29. On 79 mated pairs
(LFW) the median score is .706 at 117 px, .697 at 29 and .687 at 18; less was not measured."""
RIVAL_SHARE = 0.4
"""A second face counts as one from this share of the first one's width; less is a false alarm."""


def reference_from_portrait(portrait: CardPortrait, engine: FaceEngine) -> FeatureVector:
    """The unit-length vector of the one face on the portrait.

    Raises `CardError(CARD_PHOTO_UNUSABLE)` where the picture cannot be decoded within the limits
    or does not show exactly one usable face.
    """
    with portrait.view() as view:
        picture = _decode(view)
    if picture is None:
        raise CardError(ErrorCode.CARD_PHOTO_UNUSABLE)
    try:
        return reference_from_picture(picture, engine)
    finally:
        picture.fill(0)


def reference_from_picture(picture: BgrImage, engine: FaceEngine) -> FeatureVector:
    """As `reference_from_portrait`, for a decoded picture that the caller wipes."""
    faces = engine.detector.detect(picture, search_width_px=SEARCH_WIDTH_PX, enlarge=True)
    return engine.extract(picture, _only_face(faces))


def _decode(view: memoryview) -> BgrImage | None:
    # An encoded picture may happen to have the very length of a raw one.
    if len(view) == RESIDENT_CARD_BYTES and read_header(view) is None:
        return np.frombuffer(view, np.uint8).reshape(RESIDENT_CARD_SHAPE).copy()
    if len(view) > ENCODED_LIMIT_BYTES:
        return None
    return decode_picture(view)


def _only_face(faces: list[DetectedFace]) -> DetectedFace:
    by_width = sorted(faces, key=lambda face: -face.width)
    if not by_width or eye_distance_px(by_width[0]) < MIN_EYE_DISTANCE_PX:
        raise CardError(ErrorCode.CARD_PHOTO_UNUSABLE)
    if len(by_width) > 1 and by_width[1].width >= RIVAL_SHARE * by_width[0].width:
        raise CardError(ErrorCode.CARD_PHOTO_UNUSABLE)
    return by_width[0]


def eye_distance_px(face: DetectedFace) -> float:
    """Distance of the two eye centres of the five points, in pixels."""
    return float(np.linalg.norm(face.points[1] - face.points[0]))
