"""The wall: what cannot be sent through it."""

import os
import socket
import struct
import threading
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.booth import wire
from station.booth.messages import (
    BoothMessage,
    CancelStep,
    DeskMessage,
    Fault,
    PromptShown,
)
from station.booth.wire import MAX_MESSAGE_BYTES, Wire, booth_wire, desk_wire
from station.errors import BoothError, ErrorCode

Pair = tuple[Wire[DeskMessage, BoothMessage], Wire[BoothMessage, DeskMessage], socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    desk, booth = socket.socketpair()
    ends = desk_wire(desk), booth_wire(booth), booth
    yield ends
    ends[0].close()
    ends[1].close()


def test_messages_arrive_in_order_and_whole(pair: Pair) -> None:
    desk, booth, _ = pair
    desk.send(PromptShown(1, 123))
    desk.send(CancelStep())
    first, second = booth.receive(1), booth.receive(1)
    assert first is not None and first.message == PromptShown(1, 123)
    assert second is not None and second.message == CancelStep()
    assert booth.receive(0.01) is None


def test_descriptors_travel_with_their_message(pair: Pair) -> None:
    desk, booth, _ = pair
    read_end, write_end = os.pipe()
    desk.send(CancelStep(), (write_end,))
    os.close(write_end)
    received = booth.receive(1)
    assert received is not None
    os.write(received.descriptors[0], b"through")
    assert os.read(read_end, 16) == b"through"
    os.close(received.descriptors[0])
    os.close(read_end)


def test_a_length_above_the_cap_is_refused_before_it_is_read(pair: Pair) -> None:
    desk, _, raw = pair
    raw.sendall(struct.pack(">I", MAX_MESSAGE_BYTES + 1))
    with pytest.raises(BoothError) as caught:
        desk.receive(1)
    assert caught.value.code is ErrorCode.BOOTH_PROTOCOL


def test_a_portrait_sized_field_cannot_be_sent(pair: Pair) -> None:
    _, booth, _ = pair
    with pytest.raises(BoothError) as caught:
        booth.send(Fault("x" * 38_862))
    assert caught.value.code is ErrorCode.BOOTH_PROTOCOL


@pytest.mark.parametrize(
    "body",
    [
        {"type": "CardProgress", "fraction": 0.5, "extra": 1},
        {"type": "Portrait", "pixels": b"123"},
        {"type": "CardProgress", "fraction": b"\x00" * 38_862},
        {"type": "Compared"},
        [1, 2, 3],
    ],
)
def test_unknown_tags_fields_and_types_are_refused(pair: Pair, body: object) -> None:
    desk, _, raw = pair
    data = msgspec.msgpack.encode(body)[: MAX_MESSAGE_BYTES - 1]
    raw.sendall(struct.pack(">I", len(data)) + data)
    with pytest.raises(BoothError) as caught:
        desk.receive(1)
    assert caught.value.code is ErrorCode.BOOTH_PROTOCOL
    assert caught.value.__cause__ is None


def test_the_end_of_the_peer_is_booth_lost(pair: Pair) -> None:
    desk, booth, _ = pair
    booth.close()
    with pytest.raises(BoothError) as caught:
        desk.receive(1)
    assert caught.value.code is ErrorCode.BOOTH_LOST


@given(st.binary(max_size=300))
def test_any_bytes_give_a_typed_error_or_a_message(data: bytes) -> None:
    near, far = socket.socketpair()
    wire = desk_wire(near)
    far.sendall(data)
    far.close()
    try:
        received = wire.receive(1)
        assert received is None or isinstance(received.message, BoothMessage)
    except BoothError as error:
        assert error.code in (ErrorCode.BOOTH_LOST, ErrorCode.BOOTH_PROTOCOL)
    finally:
        wire.close()


def test_a_message_that_stops_in_the_middle_does_not_hold_the_desk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "_DESK_PATIENCE_S", 0.2)
    near, far = socket.socketpair()
    desk, stop = desk_wire(near), threading.Event()
    far.sendall(struct.pack(">I", 10_000))

    def drip() -> None:
        while not stop.wait(0.05):
            far.sendall(b"x")

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        with pytest.raises(BoothError) as caught:
            desk.receive(1)
    finally:
        stop.set()
        dripping.join()
        desk.close()
        far.close()
    assert caught.value.code is ErrorCode.BOOTH_LOST


def test_a_booth_that_does_not_read_does_not_hold_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_DESK_PATIENCE_S", 0.1)
    near, far = socket.socketpair()
    desk = desk_wire(near)
    with pytest.raises(BoothError) as caught:
        while True:
            desk.send(PromptShown(1, 123))
    assert caught.value.code is ErrorCode.BOOTH_LOST
    desk.close()
    far.close()


def test_descriptors_from_the_booth_are_dropped(pair: Pair) -> None:
    desk, booth, _ = pair
    read_end, write_end = os.pipe()
    booth.send(Fault("CAM-01"), (write_end,))
    os.close(write_end)
    received = desk.receive(1)
    assert received is not None
    assert received.descriptors == ()
    # The last writer is gone: nobody kept the descriptor.
    assert os.read(read_end, 1) == b""
    os.close(read_end)
