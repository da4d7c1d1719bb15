"""The demo's card socket: vpcd's words, waiting, cancelling, and a peer that misbehaves."""

import socket
import threading
import time
from collections.abc import Iterator
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card.feed import FeedConnector
from drivers.simulated.chip import ATR, SimulatedChip
from drivers.simulated.chip_link import serve_vpcd
from station.errors import CardError, ErrorCode

SELECT = bytes.fromhex("00a4040c07a0000002471001")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, FeedConnector]]:
    ours, theirs = socket.socketpair()
    connector = FeedConnector(theirs.detach(), timeout_s=5)
    yield ours, connector
    connector.close()
    ours.close()


def _message(payload: bytes) -> bytes:
    return len(payload).to_bytes(2, "big") + payload


def test_power_and_atr_come_first(pair: tuple[socket.socket, FeedConnector]) -> None:
    ours, connector = pair
    ours.sendall(_message(ATR) + _message(b"\x90\x00"))
    transport = connector(Event())
    assert transport.transmit(SELECT) == bytearray(b"\x90\x00")
    transport.close()
    transport.close()
    said = ours.recv(100)
    assert said == _message(b"\x01") + _message(b"\x04") + _message(SELECT) + _message(b"\x00")
    with pytest.raises(CardError, match=ErrorCode.CARD_REMOVED):
        transport.transmit(SELECT)


def test_a_card_that_comes_late_is_asked_for_its_atr_once() -> None:
    ours, theirs = socket.socketpair()
    connector = FeedConnector(theirs.detach(), timeout_s=0.05)
    with ours:
        for _ in range(2):
            with pytest.raises(CardError, match=ErrorCode.CARD_NOT_PRESENTED):
                connector(Event())
        ours.sendall(_message(ATR))
        connector(Event()).close()
        assert ours.recv(100) == _message(b"\x01") + _message(b"\x04") + _message(b"\x00")
        connector.close()


def test_the_atr_an_earlier_connector_asked_for_is_passed_over() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        first = FeedConnector(theirs.dup().detach(), timeout_s=0.02)
        with pytest.raises(CardError, match=ErrorCode.CARD_NOT_PRESENTED):
            first(Event())
        first.close()
        second = FeedConnector(theirs.dup().detach(), timeout_s=5)
        stop = Event()
        chip = SimulatedChip({}, (bytes(16), bytes(16)))
        thread = threading.Thread(target=serve_vpcd, args=(chip, ours, stop))
        thread.start()
        transport = second(Event())
        assert transport.transmit(SELECT) == bytearray(b"\x90\x00")
        transport.close()
        stop.set()
        thread.join()
        second.close()


def test_cancel_ends_a_long_wait_soon(pair: tuple[socket.socket, FeedConnector]) -> None:
    _, connector = pair
    cancel = Event()
    timer = threading.Timer(0.05, cancel.set)
    timer.start()
    began = time.monotonic()
    with pytest.raises(CardError, match=ErrorCode.CARD_NOT_PRESENTED):
        connector(cancel)
    assert time.monotonic() - began < 2
    timer.join()


def test_a_closed_peer_is_a_missing_reader_and_then_a_removed_card(
    pair: tuple[socket.socket, FeedConnector],
) -> None:
    ours, connector = pair
    ours.sendall(_message(ATR))
    transport = connector(Event())
    ours.close()
    with pytest.raises(CardError, match=ErrorCode.CARD_REMOVED):
        transport.transmit(SELECT)
    with pytest.raises(CardError, match=ErrorCode.READER_NOT_FOUND):
        connector(Event())


@pytest.mark.parametrize("atr", [b"", b"\x3b", bytes(34)])
def test_an_impossible_atr_is_refused(
    pair: tuple[socket.socket, FeedConnector], atr: bytes
) -> None:
    ours, connector = pair
    ours.sendall(_message(atr))
    with pytest.raises(CardError, match=ErrorCode.CARD_UNREADABLE):
        connector(Event())


@given(st.lists(st.binary(min_size=2, max_size=300), min_size=1, max_size=5), st.integers(1, 7))
def test_answers_arrive_whole_however_they_are_cut(answers: list[bytes], step: int) -> None:
    ours, theirs = socket.socketpair()
    connector = FeedConnector(theirs.detach(), timeout_s=5)
    stream = b"".join(_message(p) for p in [ATR, *answers])

    def dribble() -> None:
        for at in range(0, len(stream), step):
            ours.sendall(stream[at : at + step])

    sender = threading.Thread(target=dribble)
    sender.start()
    transport = connector(Event())
    assert [bytes(transport.transmit(SELECT)) for _ in answers] == answers
    sender.join()
    connector.close()
    ours.close()


def test_the_simulated_chip_answers_until_it_is_told_to_stop() -> None:
    ours, theirs = socket.socketpair()
    stop = Event()
    chip = SimulatedChip({}, (bytes(16), bytes(16)))
    thread = threading.Thread(target=serve_vpcd, args=(chip, ours, stop))
    thread.start()
    connector = FeedConnector(theirs.detach(), timeout_s=5)
    transport = connector(Event())
    assert transport.transmit(SELECT) == bytearray(b"\x90\x00")
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    with pytest.raises(CardError, match=ErrorCode.CARD_REMOVED):
        transport.transmit(SELECT)
    connector.close()
