"""The CARD step inside the booth: read, check, keep a reference vector, destroy the portrait."""

import os
from collections.abc import Callable
from contextlib import suppress

from drivers.card.choose import open_reader
from drivers.face.engine import FaceEngine
from drivers.face.portrait_reference import reference_from_portrait
from station.booth.context import BoothContext
from station.booth.messages import BoothMessage, CardProgress, DocumentRead, ReadDocument
from station.booth.ports import AccessKey, CardReading, FeatureVector
from station.errors import CardError, ErrorCode

_PROGRESS_STEP = 0.02


def read_document(
    request: ReadDocument, context: BoothContext, demo: bool
) -> tuple[FeatureVector | None, DocumentRead]:
    """One document; the portrait lives only inside this call's `with` block.

    Returns the reference vector (None when the reader gave no usable photo) and what may cross to
    the desk. Raises `CardError`.
    """
    key = _access_key(request)
    try:
        reader = open_reader(request.reader, request.fields, request.timeout_s, demo)
        context.presence.set(reader=True)
        context.send(CardProgress(0.0))
        with reader.read(key, context.inbox.cancel, _throttled(context.send)) as reading:
            context.presence.set(portraits=int(reading.portrait is not None))
            reference, fault = _reference(reading, context.engine)
            answer = _answer(reading, request.fields, fault)
    finally:
        context.presence.set(reader=False, portraits=0)
        if request.reader.descriptor >= 0:
            with suppress(OSError):
                os.close(request.reader.descriptor)
    return reference, answer


def _reference(reading: CardReading, engine: FaceEngine) -> tuple[FeatureVector | None, str]:
    """The reference vector, or the code of what kept the photo from use."""
    if reading.portrait is None:
        return None, ErrorCode.CARD_PHOTO_NOT_SUPPORTED.value
    try:
        return reference_from_portrait(reading.portrait, engine), ""
    except CardError as error:
        return None, error.code.value


def _access_key(request: ReadDocument) -> AccessKey | None:
    if not request.document_number:
        return None
    return AccessKey(request.document_number, request.birth_date, request.expiry_date)


def _answer(reading: CardReading, listed: tuple[str, ...], fault: str) -> DocumentRead:
    fields = tuple((name, value) for name, value in reading.identity.fields if name in listed)
    check = reading.check
    return DocumentRead(
        check.kind.value, check.authenticity.value, check.expired, check.access, fields, fault
    )


def _throttled(send: Callable[[BoothMessage], None]) -> Callable[[float], None]:
    """Tells a step of progress, and the end, once."""
    last = -1.0

    def progress(fraction: float) -> None:
        nonlocal last
        share = min(1.0, max(0.0, fraction))
        if share - last >= _PROGRESS_STEP or share >= 1.0 > last:
            last = share
            send(CardProgress(share))

    return progress
