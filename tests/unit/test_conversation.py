"""The desk's side of a step: what a booth that misbehaves cannot do to the visit."""

import socket
import threading
import time
from types import SimpleNamespace
from typing import cast

import pytest

from station.booth import handle
from station.booth.handle import BoothProcess, Conversation, fault_error
from station.booth.messages import CancelStep, CardProgress, Fault
from station.booth.wire import booth_wire, desk_wire
from station.errors import BoothError, ErrorCode


@pytest.mark.parametrize("name", ["code", "self", "numbers", "args"])
def test_the_names_of_a_faults_numbers_may_be_any_word(name: str) -> None:
    error = fault_error(Fault(ErrorCode.CARD_UNREADABLE.value, {name: 7}))
    assert error.code is ErrorCode.CARD_UNREADABLE
    assert error.numbers == {name: 7}


def test_an_unknown_code_is_a_breach_of_protocol() -> None:
    assert fault_error(Fault("XXX-99")).code is ErrorCode.BOOTH_PROTOCOL


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_booth_that_never_falls_silent_is_timed_out(
    cancelled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle, "_CANCEL_GRACE_S", 0.1)
    desk_end, booth_end = socket.socketpair()
    desk, booth = desk_wire(desk_end), booth_wire(booth_end)
    talk = Conversation(cast(BoothProcess, SimpleNamespace(wire=desk)))
    cancel, over = threading.Event(), time.monotonic() + 5
    said: list[str] = []
    if cancelled:
        cancel.set()

    def on_message(message: object) -> bool:
        booth.send(CardProgress(0.5))
        return time.monotonic() > over

    def on_cancel() -> None:
        talk.say(CancelStep())
        said.append("cancel")

    booth.send(CardProgress(0.5))
    with pytest.raises(BoothError) as caught:
        talk.listen(cancel, 60.0 if cancelled else 0.1, on_message, on_cancel)
    assert caught.value.code is ErrorCode.BOOTH_TIMEOUT
    assert said == ["cancel"] * cancelled
    desk.close()
    booth.close()
