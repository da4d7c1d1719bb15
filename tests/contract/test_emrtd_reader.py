"""The eMRTD reader behaves the same over memory, the demo's socket and a real PC/SC stack."""

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from threading import Event
from typing import Protocol

import pytest

from drivers.card import pcsc
from drivers.card.apdu import Transport, TransportFactory
from drivers.card.emrtd import EmrtdReader
from drivers.card.feed import FeedConnector
from drivers.simulated.chip import ChipQuirks, ChipRemovedError, SimulatedChip
from drivers.simulated.chip_files import ImageType
from drivers.simulated.chip_issuer import Personalisation, personalise
from drivers.simulated.chip_link import serve_vpcd
from station.booth.ports import AccessKey
from station.errors import BoothError, CardError, ErrorCode
from station.model import IDENTITY_FIELDS, Authenticity
from tests.card_desk import ACCESS, HOLDER, PORTRAIT
from tests.card_stack import CardStack, private_card_stack


class Bench(Protocol):
    """A place to lay a chip on, and the reader's way to it."""

    def insert(self, chip: SimulatedChip) -> None: ...
    def connector(self, timeout_s: float) -> TransportFactory: ...
    def end(self) -> None: ...


class MemoryBench:
    """Calls the chip directly."""

    chip: SimulatedChip | None = None

    def insert(self, chip: SimulatedChip) -> None:
        self.chip = chip

    def connector(self, timeout_s: float) -> TransportFactory:
        def connect(_cancel: Event) -> Transport:
            if self.chip is None:
                raise CardError(ErrorCode.CARD_NOT_PRESENTED)
            return self

        return connect

    def transmit(self, apdu: bytes) -> bytearray:
        assert self.chip is not None
        try:
            return bytearray(self.chip.transmit(apdu))
        except ChipRemovedError as error:
            raise CardError(ErrorCode.CARD_REMOVED) from error

    def close(self) -> None:
        assert self.chip is not None
        self.chip.reset()

    def end(self) -> None:
        self.chip = None


class FeedBench:
    """A socket pair as the demo profile uses."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._stop = Event()
        self._thread: threading.Thread | None = None
        self._feed: FeedConnector | None = None

    def insert(self, chip: SimulatedChip) -> None:
        self._thread = threading.Thread(target=serve_vpcd, args=(chip, self._ours, self._stop))
        self._thread.start()

    def connector(self, timeout_s: float) -> TransportFactory:
        self._feed = FeedConnector(self._theirs.detach(), timeout_s)
        return self._feed

    def end(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if self._feed is not None:
            self._feed.close()
        self._theirs.close()
        self._ours.close()


class PcscBench:
    """pcscd, vpcd and pyscard; the daemon serves all tests of this module."""

    def __init__(self, stack: CardStack) -> None:
        self._stack = stack

    def insert(self, chip: SimulatedChip) -> None:
        self._stack.insert(chip)

    def connector(self, timeout_s: float) -> TransportFactory:
        return pcsc.connector(None, timeout_s)

    def end(self) -> None:
        self._stack.pull()


@pytest.fixture(scope="module")
def stack() -> Iterator[CardStack]:
    with private_card_stack() as running:
        yield running


@pytest.fixture(params=["memory", "feed", "pcsc"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    made: Bench
    if request.param == "memory":
        made = MemoryBench()
    elif request.param == "feed":
        made = FeedBench()
    else:
        made = PcscBench(request.getfixturevalue("stack"))
    yield made
    made.end()


Reading = Callable[..., EmrtdReader]


@pytest.fixture
def reader_of(bench: Bench, tmp_path: Path) -> Reading:
    """Insert a chip with the given options and make the reader for it."""

    def make(options: Personalisation | None = None, timeout_s: float = 5.0) -> EmrtdReader:
        chip, csca = personalise(HOLDER, PORTRAIT, ImageType.JPEG, options)
        (tmp_path / "csca.der").write_bytes(csca)
        bench.insert(chip)
        return EmrtdReader(
            bench.connector(timeout_s), tmp_path, IDENTITY_FIELDS, lambda: date(2026, 11, 22)
        )

    return make


def test_a_good_document_is_read_whole(reader_of: Reading) -> None:
    seen: list[float] = []
    with reader_of().read(ACCESS, Event(), seen.append) as reading:
        assert reading.portrait is not None
        assert bytes(reading.portrait.view()) == PORTRAIT
        assert reading.check.authenticity is Authenticity.VERIFIED
        assert reading.check.access == "BAC"
        assert not reading.check.expired
        assert reading.identity.get("name") == "ERIKSSON ANNA MARIA"
        portrait = reading.portrait
    assert seen == sorted(seen)
    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    with pytest.raises(BoothError, match=ErrorCode.PORTRAIT_DESTROYED):
        portrait.view()


def test_a_wrong_key_is_refused(reader_of: Reading) -> None:
    wrong = AccessKey("L898902C4", ACCESS.birth_date, ACCESS.expiry_date)
    _expect(reader_of(), wrong, ErrorCode.CARD_ACCESS_DENIED)


def test_another_card_is_the_wrong_kind(reader_of: Reading) -> None:
    options = Personalisation(quirks=ChipQuirks(without_application=True))
    _expect(reader_of(options), ACCESS, ErrorCode.CARD_WRONG_KIND)


@pytest.mark.parametrize("shows_application", [False, True])
def test_a_pace_only_chip_is_not_supported(reader_of: Reading, shows_application: bool) -> None:
    quirks = ChipQuirks(pace_only=True, pace_only_shows_application=shows_application)
    _expect(reader_of(Personalisation(quirks=quirks)), ACCESS, ErrorCode.CARD_NOT_SUPPORTED)


@pytest.mark.parametrize("commands", [0, 2, 12])
def test_a_card_pulled_on_the_way_is_removed(reader_of: Reading, commands: int) -> None:
    options = Personalisation(quirks=ChipQuirks(removed_after=commands))
    _expect(reader_of(options), ACCESS, ErrorCode.CARD_REMOVED)


def test_the_channel_is_opened_again_after_a_plain_status_word(reader_of: Reading) -> None:
    options = Personalisation(quirks=ChipQuirks(loses_channel_at=frozenset({9, 20})))
    with reader_of(options).read(ACCESS, Event(), lambda _: None) as reading:
        assert reading.check.authenticity is Authenticity.VERIFIED


def test_no_card_ends_the_wait(bench: Bench, tmp_path: Path) -> None:
    reader = EmrtdReader(bench.connector(0.1), tmp_path, IDENTITY_FIELDS)
    _expect(reader, ACCESS, ErrorCode.CARD_NOT_PRESENTED)


def test_cancel_ends_the_wait(bench: Bench, tmp_path: Path) -> None:
    cancel = Event()
    cancel.set()
    reader = EmrtdReader(bench.connector(30), tmp_path, IDENTITY_FIELDS)
    _expect(reader, ACCESS, ErrorCode.CARD_NOT_PRESENTED, cancel)


def _expect(
    reader: EmrtdReader, access: AccessKey, code: ErrorCode, cancel: Event | None = None
) -> None:
    with (
        pytest.raises(CardError) as caught,
        reader.read(access, cancel or Event(), lambda _: None),
    ):
        pytest.fail("a reading was given")
    assert caught.value.code is code
