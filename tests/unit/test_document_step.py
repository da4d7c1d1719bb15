"""The CARD step: what it gives back when no reader can be opened, and how often it speaks."""

import os
from typing import NoReturn, cast

import pytest

from drivers.face.engine import FaceEngine
from station.booth import document_step
from station.booth.context import BoothContext
from station.booth.document_step import read_document
from station.booth.frames import FrameRing
from station.booth.inbox import Inbox
from station.booth.messages import BoothMessage, CardProgress, ReadDocument, ReaderChoice
from station.booth.presence import Presence
from station.errors import CardError, ErrorCode


def test_a_reader_that_cannot_be_opened_keeps_no_descriptor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise CardError(ErrorCode.READER_NOT_FOUND)

    monkeypatch.setattr(document_step, "open_reader", refuse)
    said: list[BoothMessage] = []
    context = BoothContext(
        cast(FaceEngine, None),
        cast(FrameRing, None),
        cast(Inbox, None),
        Presence(said.append),
        said.append,
    )
    read_end, write_end = os.pipe()
    request = ReadDocument(ReaderChoice("feed", descriptor=write_end))
    with pytest.raises(CardError):
        read_document(request, context, demo=True)
    # The last writer is gone.
    assert os.read(read_end, 1) == b""
    os.close(read_end)
    assert said == []


def test_progress_is_told_in_steps_and_its_end_once() -> None:
    said: list[BoothMessage] = []
    progress = document_step._throttled(said.append)
    for fraction in (0.0, 0.01, 0.02, 0.5, 0.3, 0.995, 1.0, 1.0, 1.7):
        progress(fraction)
    assert said == [CardProgress(share) for share in (0.0, 0.02, 0.5, 0.995, 1.0)]
