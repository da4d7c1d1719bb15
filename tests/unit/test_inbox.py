"""The booth's ear: what belongs to which step."""

import socket
import time
from collections.abc import Iterator

import pytest

from station.booth.inbox import Inbox
from station.booth.messages import (
    BoothMessage,
    CancelStep,
    Compare,
    DeskMessage,
    PromptShown,
    ReadDocument,
    ReaderChoice,
)
from station.booth.wire import Wire, booth_wire, desk_wire

Desk = Wire[DeskMessage, BoothMessage]
READ = ReadDocument(ReaderChoice("feed"))


@pytest.fixture
def ends() -> Iterator[tuple[Desk, Inbox]]:
    """The desk's end stays open: at its end the booth would leave, and the tests with it."""
    near, far = socket.socketpair()
    desk, inbox = desk_wire(near), Inbox(booth_wire(far))
    inbox.start()
    yield desk, inbox
    _KEPT.append(near)


_KEPT: list[socket.socket] = []


def heard(inbox: Inbox) -> None:
    """Wait until the ear has taken everything: the prompt was sent last."""
    deadline = time.monotonic() + 5
    while inbox._painted.empty():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_cancel_right_behind_its_command_stays(ends: tuple[Desk, Inbox]) -> None:
    desk, inbox = ends
    desk.send(READ)
    desk.send(CancelStep())
    desk.send(PromptShown(0, 1))
    heard(inbox)
    assert inbox.next_command().message == READ
    assert inbox.cancel.is_set()


def test_a_cancel_that_came_too_late_does_not_touch_the_next_step(ends: tuple[Desk, Inbox]) -> None:
    desk, inbox = ends
    desk.send(READ)
    desk.send(CancelStep())
    desk.send(Compare(1e-4))
    desk.send(PromptShown(0, 1))
    heard(inbox)
    assert inbox.next_command().message == READ
    assert inbox.next_command().message == Compare(1e-4)
    assert not inbox.cancel.is_set()
    assert inbox.painted() == []
