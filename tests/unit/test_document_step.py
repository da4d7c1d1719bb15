"""The CARD step: what it gives back when no reader can be opened, and how often it speaks."""

import os
import socket
from typing import NoReturn, cast

import numpy as np
import pytest

from drivers.face.engine import FaceEngine
from station.booth import document_step, process
from station.booth.context import BoothContext
from station.booth.document_step import read_document
from station.booth.frames import FrameRing
from station.booth.inbox import Inbox
from station.booth.messages import (
    Begin,
    BoothMessage,
    CardProgress,
    ConsentProof,
    DeskMessage,
    DocumentRead,
    ReadDocument,
    ReaderChoice,
)
from station.booth.ports import FeatureVector
from station.booth.presence import Presence
from station.booth.process import BoothServer
from station.booth.wire import Received, booth_wire
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


def test_a_second_document_that_cannot_be_read_leaves_no_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers: list[FeatureVector | CardError] = [
        np.ones(3, np.float32),
        CardError(ErrorCode.CARD_UNREADABLE),
    ]
    done = DocumentRead("EMRTD", "VERIFIED", False, "BAC", (), "")

    def read(*_: object) -> tuple[FeatureVector, DocumentRead]:
        answer = answers.pop(0)
        if isinstance(answer, CardError):
            raise answer
        return answer, done

    monkeypatch.setattr(process, "read_document", read)
    near, far = socket.socketpair()
    server = BoothServer(booth_wire(near), cast(FrameRing, None), cast(FaceEngine, None))
    server._begun = Begin("1" * 32, ConsentProof("ABCD-EFGH-JKMN", "0" * 64, ("VERIFY",)), True)
    command: Received[DeskMessage] = Received(ReadDocument(ReaderChoice("feed")), ())
    assert server._obey(command) == done
    with pytest.raises(CardError):
        server._obey(command)
    assert server._reference is None
    near.close()
    far.close()
