"""Choosing a document reader: kinds, profiles, and that each choice really reads."""

import os
import socket
import threading
from pathlib import Path
from threading import Event

import pytest

from drivers.card.choose import FeedReader, open_reader
from drivers.card.emrtd import EmrtdReader
from drivers.card.sam import SamReader
from drivers.simulated.chip_files import ImageType
from drivers.simulated.chip_issuer import personalise
from drivers.simulated.chip_link import serve_vpcd
from drivers.simulated.sam_reader import SimulatedResidentCard, SimulatedSamReader
from station.booth.messages import ReaderChoice
from station.errors import CardError, ConfigError, ErrorCode
from station.model import Authenticity
from tests.card_desk import ACCESS, HOLDER, PORTRAIT
from tests.resident_card import resident


def refusal(choice: ReaderChoice, demo: bool = False) -> ErrorCode:
    with pytest.raises(ConfigError) as caught:
        open_reader(choice, (), 1.0, demo)
    return caught.value.code


def test_kinds() -> None:
    assert isinstance(open_reader(ReaderChoice("pcsc"), (), 1.0, False), EmrtdReader)
    assert isinstance(open_reader(ReaderChoice("sam", "/dev/ttyUSB0"), (), 1.0, False), SamReader)
    assert isinstance(open_reader(ReaderChoice("feed"), (), 1.0, True), FeedReader)


def test_a_production_profile_gets_no_software_reader() -> None:
    assert refusal(ReaderChoice("feed", descriptor=0)) is ErrorCode.PROFILE_FORBIDS
    with SimulatedSamReader() as sam:
        assert refusal(ReaderChoice("sam", sam.device)) is ErrorCode.PROFILE_FORBIDS


def test_a_link_to_a_pseudo_terminal_is_one(tmp_path: Path) -> None:
    with SimulatedSamReader() as sam:
        (tmp_path / "ttyUSB0").symlink_to(sam.device)
        choice = ReaderChoice("sam", str(tmp_path / "ttyUSB0"))
        assert refusal(choice) is ErrorCode.PROFILE_FORBIDS


@pytest.mark.parametrize(
    "choice",
    [
        ReaderChoice("nfc"),
        ReaderChoice("sam"),
        ReaderChoice("sam", "socket://somewhere:1"),
        ReaderChoice("sam", "/dev/ttyUSB0", photo_plugin="/lib.so#arg=603"),
    ],
)
def test_impossible_choices(choice: ReaderChoice) -> None:
    assert refusal(choice, demo=True) is ErrorCode.CONFIG_INVALID


def test_the_chosen_sam_reader_reads() -> None:
    with SimulatedSamReader() as sam:
        sam.present(SimulatedResidentCard(resident(until="长期"), bytes(1024)))
        reader = open_reader(ReaderChoice("sam", sam.device), ("valid_until",), 3.0, demo=True)
        with reader.read(None, Event(), lambda _: None) as reading:
            assert reading.identity.fields == (("valid_until", "长期"),)
            assert reading.portrait is None


def test_the_chosen_feed_reader_reads_and_leaves_the_descriptor_to_its_owner() -> None:
    chip, _ = personalise(HOLDER, PORTRAIT, ImageType.JPEG)
    ours, theirs = socket.socketpair()
    served = threading.Thread(target=serve_vpcd, args=(chip, ours, Event()))
    served.start()
    with theirs:
        choice = ReaderChoice("feed", descriptor=theirs.fileno())
        reader = open_reader(choice, ("name",), 3.0, demo=True)
        with reader.read(ACCESS, Event(), lambda _: None) as reading:
            assert reading.identity.get("name") == "ERIKSSON ANNA MARIA"
            # No trust folder is given, so nobody vouches for the issuer.
            assert reading.check.authenticity is Authenticity.UNKNOWN_ISSUER
            assert reading.portrait is not None
            assert bytes(reading.portrait.view()) == PORTRAIT
        os.fstat(theirs.fileno())
    served.join()


def test_a_feed_that_is_no_socket_is_a_missing_reader() -> None:
    read_end, write_end = os.pipe()
    try:
        for descriptor in (read_end, -1, 10_000):
            reader = open_reader(ReaderChoice("feed", descriptor=descriptor), (), 1.0, demo=True)
            with (
                pytest.raises(CardError) as caught,
                reader.read(None, Event(), lambda _: None),
            ):
                pass
            assert caught.value.code is ErrorCode.READER_NOT_FOUND
    finally:
        os.close(read_end)
        os.close(write_end)
