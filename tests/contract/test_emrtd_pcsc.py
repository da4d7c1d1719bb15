"""What only a real PC/SC stack can show: a missing, busy or silent reader, and a late card."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from threading import Event

import pytest
from smartcard import scard

from drivers.card import pcsc
from drivers.simulated.chip import SimulatedChip
from drivers.simulated.chip_files import Holder, ImageType
from drivers.simulated.chip_issuer import personalise
from station.errors import CardError, ErrorCode
from tests.card_stack import CardStack, private_card_stack

SELECT = bytes.fromhex("00a4040c07a0000002471001")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def stack() -> Iterator[CardStack]:
    with private_card_stack() as running:
        yield running


@pytest.fixture
def chip() -> SimulatedChip:
    holder = Holder("DOE", "JO", "X1", "UTO", "UTO", date(1990, 1, 2), date(2030, 1, 2))
    return personalise(holder, b"\xff\xd8\xff", ImageType.JPEG)[0]


def test_both_slots_are_named(stack: CardStack) -> None:
    assert pcsc.reader_names() == ["Station test 00 00", "Station test 00 01"]
    assert pcsc.readers_with_card() == []


def test_a_reader_of_another_name_is_not_found(stack: CardStack) -> None:
    with pytest.raises(CardError, match=ErrorCode.READER_NOT_FOUND):
        pcsc.connector("No such reader", 5)(Event())


def test_a_card_that_never_answers_its_power_does_not_hold_the_wait_for_ever(
    stack: CardStack, chip: SimulatedChip, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def unpowered(*_: object) -> tuple[int, int, int]:
        asked.append(True)
        if len(asked) > 20:
            pytest.fail("the card was asked on long after the time was over")
        return scard.SCARD_W_UNPOWERED_CARD, 0, 0

    name = stack.insert(chip)
    monkeypatch.setattr(scard, "SCardConnect", unpowered)
    with pytest.raises(CardError, match=ErrorCode.CARD_REMOVED):
        pcsc.connector(name, 0.5)(Event())
    stack.pull()
    assert len(asked) > 1


def test_a_mute_card_in_one_slot_does_not_hide_a_good_one_on_another(
    stack: CardStack, chip: SimulatedChip, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = scard.SCardGetStatusChange
    good = stack.insert(chip)
    seen_mute: list[str] = []

    def with_a_mute_neighbour(*arguments: object) -> tuple[int, list[tuple[str, int, list[int]]]]:
        result, states = real(*arguments)
        mute = scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_MUTE
        changed = [(n, s if n == good else mute, a) for n, s, a in states]
        seen_mute.extend(n for n, s, _ in changed if s == mute)
        return result, sorted(changed, key=lambda state: state[0] == good)

    with monkeypatch.context() as patch:
        patch.setattr(scard, "SCardGetStatusChange", with_a_mute_neighbour)
        transport = pcsc.connector(None, 5)(Event())
    assert seen_mute
    assert transport.transmit(SELECT) == bytearray(b"\x90\x00")
    transport.close()
    stack.pull()


def test_a_card_that_comes_during_the_wait_is_found(stack: CardStack, chip: SimulatedChip) -> None:
    connected: list[bytearray] = []

    def wait_for_it() -> None:
        transport = pcsc.connector(None, 10)(Event())
        connected.append(transport.transmit(SELECT))
        transport.close()

    waiting = threading.Thread(target=wait_for_it)
    waiting.start()
    try:
        stack.insert(chip)
        waiting.join(10)
        assert connected == [bytearray(b"\x90\x00")]
    finally:
        waiting.join()
        stack.pull()


def test_a_reader_in_use_is_busy_and_free_again_after_close(
    stack: CardStack, chip: SimulatedChip
) -> None:
    name = stack.insert(chip)
    first = pcsc.connector(name, 5)(Event())
    with pytest.raises(CardError, match=ErrorCode.READER_BUSY):
        pcsc.connector(name, 5)(Event())
    first.close()
    first.close()
    with pytest.raises(CardError, match=ErrorCode.CARD_REMOVED):
        first.transmit(SELECT)
    second = pcsc.connector(name, 5)(Event())
    assert second.transmit(SELECT) == bytearray(b"\x90\x00")
    second.close()
    stack.pull()


def test_no_service_is_no_reader(tmp_path: Path) -> None:
    script = (
        "from threading import Event\n"
        "from drivers.card import pcsc\n"
        "from station.errors import CardError\n"
        "assert pcsc.reader_names() == pcsc.readers_with_card() == []\n"
        "try:\n"
        "    pcsc.connector(None, 5)(Event())\n"
        "except CardError as error:\n"
        "    print(error.code.name)\n"
    )
    environment = os.environ | {"PCSCLITE_CSOCK_NAME": str(tmp_path / "nobody")}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout.strip() == "READER_NOT_FOUND"
