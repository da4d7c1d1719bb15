"""The SAM reader through a real serial path (a pseudo-terminal) to the software SAM."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.card.sam import (
    STATUS_CODES,
    ReadCommand,
    SamLine,
    SamReader,
    SamStatus,
    probe,
    status_error,
)
from drivers.card.sam_frames import encode_command
from drivers.simulated.sam_reader import SimulatedResidentCard, SimulatedSamReader
from station.booth.portrait import CardPortrait
from station.booth.ports import CardReader
from station.errors import BoothError, CardError, ErrorCode
from station.model import IDENTITY_FIELDS, Authenticity, DocumentKind
from tests.resident_card import RESIDENT, resident

ROOT = Path(__file__).resolve().parents[2]
TEXT = resident()
PHOTO = bytes(range(256)) * 4
CARD = SimulatedResidentCard(TEXT, PHOTO, fingerprint=b"\x5a" * 1024)


@pytest.fixture
def sam() -> Iterator[SimulatedSamReader]:
    with SimulatedSamReader() as reader:
        yield reader


def reader_for(
    sam: SimulatedSamReader,
    *,
    fields: tuple[str, ...] = IDENTITY_FIELDS,
    timeout_s: float = 3.0,
    reply_timeout_s: float = 0.5,
    today: date = date(2026, 5, 4),
    read_command: ReadCommand = ReadCommand.TEXT_AND_PHOTO,
    decode: bool = False,
) -> SamReader:
    return SamReader(
        lambda: SamLine(sam.device),
        fields,
        timeout_s,
        decode_photo=(lambda photo: CardPortrait(bytearray(photo))) if decode else None,
        read_command=read_command,
        reply_timeout_s=reply_timeout_s,
        today=lambda: today,
    )


def code_of(reader: CardReader, cancel: threading.Event | None = None) -> CardError:
    with (
        pytest.raises(CardError) as caught,
        reader.read(None, cancel or threading.Event(), lambda _: None),
    ):
        pass
    return caught.value


def test_reads_text_and_no_portrait_without_a_decoder(sam: SimulatedSamReader) -> None:
    sam.present(CARD)
    seen: list[float] = []
    with reader_for(sam).read(None, threading.Event(), seen.append) as reading:
        assert reading.identity.get("name") == RESIDENT["name"]
        assert reading.identity.get("document_number") == "11010519491231002X"
        assert reading.check.kind is DocumentKind.RESIDENT_ID
        assert reading.check.authenticity is Authenticity.READER_VOUCHED
        assert reading.check.access == "SAM"
        assert not reading.check.expired
        assert reading.portrait is None
    assert seen[-1] == 1.0
    assert all(a <= b for a, b in pairwise(seen))
    assert sam.requests == [(0x20, 1), (0x20, 2), (0x30, 1)]


def test_only_listed_fields_leave(sam: SimulatedSamReader) -> None:
    sam.present(CARD)
    with reader_for(sam, fields=("name", "sex")).read(
        None, threading.Event(), lambda _: None
    ) as reading:
        assert reading.identity.fields == (("name", RESIDENT["name"]), ("sex", "女"))


def test_portrait_is_the_cards_photo_and_is_wiped_on_exit(sam: SimulatedSamReader) -> None:
    sam.present(CARD)
    with reader_for(sam, decode=True).read(None, threading.Event(), lambda _: None) as reading:
        portrait = reading.portrait
        assert portrait is not None
        assert bytes(portrait.view()) == PHOTO
    with pytest.raises(BoothError) as caught:
        portrait.view()
    assert caught.value.code is ErrorCode.PORTRAIT_DESTROYED


@pytest.mark.parametrize("fingerprint", [0, 512, 1024])
def test_a_sam_that_also_sends_fingerprints(sam: SimulatedSamReader, fingerprint: int) -> None:
    sam.present(SimulatedResidentCard(TEXT, PHOTO, b"\x5a" * fingerprint))
    reader = reader_for(sam, read_command=ReadCommand.TEXT_PHOTO_FINGERPRINT, decode=True)
    with reader.read(None, threading.Event(), lambda _: None) as reading:
        assert reading.identity.get("name") == RESIDENT["name"]
        assert reading.portrait is not None
        assert bytes(reading.portrait.view()) == PHOTO
    assert sam.requests[-1] == (0x30, 0x10)


def test_expired_card_is_read_and_marked(sam: SimulatedSamReader) -> None:
    sam.present(CARD)
    with reader_for(sam, today=date(2035, 6, 2)).read(
        None, threading.Event(), lambda _: None
    ) as reading:
        assert reading.check.expired


def test_waits_until_a_card_is_laid(sam: SimulatedSamReader) -> None:
    polled = threading.Event()

    def lay_after_first_poll() -> None:
        while not sam.requests:
            time.sleep(0.005)
        polled.set()
        sam.present(CARD)

    thread = threading.Thread(target=lay_after_first_poll)
    thread.start()
    with reader_for(sam).read(None, threading.Event(), lambda _: None) as reading:
        assert reading.identity.get("sex") == "女"
    thread.join()
    assert polled.is_set()
    assert sam.requests.count((0x20, 1)) >= 2


def test_no_card_in_time(sam: SimulatedSamReader) -> None:
    assert code_of(reader_for(sam, timeout_s=0.0)).code is ErrorCode.CARD_NOT_PRESENTED


def test_cancel_ends_the_wait_at_once(sam: SimulatedSamReader) -> None:
    cancel = threading.Event()
    timer = threading.Timer(0.1, cancel.set)
    timer.start()
    started_s = time.monotonic()
    error = code_of(reader_for(sam, timeout_s=60), cancel)
    assert error.code is ErrorCode.CARD_NOT_PRESENTED
    assert time.monotonic() - started_s < 3
    timer.join()


def test_card_pulled_during_the_read(sam: SimulatedSamReader) -> None:
    sam.present(CARD)
    sam.misbehaviour.pull_on = (0x30, 1)
    error = code_of(reader_for(sam))
    assert (error.code, error.numbers) == (ErrorCode.CARD_REMOVED, {"sw3": 0x41})


def test_card_pulled_before_the_select(sam: SimulatedSamReader) -> None:
    sam.present(CARD)
    sam.misbehaviour.pull_on = (0x20, 2)
    error = code_of(reader_for(sam))
    assert (error.code, error.numbers) == (ErrorCode.CARD_REMOVED, {"sw3": 0x81})


def test_card_that_cannot_be_selected(sam: SimulatedSamReader) -> None:
    sam.present(CARD)
    sam.misbehaviour.answers[(0x20, 2)] = 0x81
    error = code_of(reader_for(sam))
    assert (error.code, error.numbers) == (ErrorCode.CARD_UNREADABLE, {"sw3": 0x81})


def test_reads_again_after_a_failure(sam: SimulatedSamReader) -> None:
    sam.present(CARD)
    sam.misbehaviour.pull_on = (0x30, 1)
    reader = reader_for(sam)
    assert code_of(reader).code is ErrorCode.CARD_REMOVED
    sam.misbehaviour.pull_on = None
    sam.present(CARD)
    with reader.read(None, threading.Event(), lambda _: None) as reading:
        assert reading.identity.get("name") == RESIDENT["name"]


@pytest.mark.parametrize("status", [s for s in SamStatus if s not in (0x90, 0x9F)])
def test_every_status_of_the_table_is_a_named_error(
    sam: SimulatedSamReader, status: SamStatus
) -> None:
    sam.present(CARD)
    sam.misbehaviour.answers[(0x30, 1)] = status
    sam.misbehaviour.answers[(0x20, 1)] = 0x9F
    error = code_of(reader_for(sam))
    assert error.code is STATUS_CODES[status]
    assert error.numbers == {"sw3": status}


def test_a_status_outside_the_table_is_unreadable() -> None:
    assert status_error(0x77).code is ErrorCode.CARD_UNREADABLE
    assert status_error(0x77).numbers == {"sw3": 0x77}


def test_bad_checksum_is_unreadable(sam: SimulatedSamReader) -> None:
    sam.present(CARD)
    sam.misbehaviour.damage_sum = True
    assert code_of(reader_for(sam)).code is ErrorCode.CARD_UNREADABLE


def test_line_noise_before_an_answer_is_skipped(sam: SimulatedSamReader) -> None:
    sam.present(CARD)
    sam.misbehaviour.noise_before = b"\xaa\x00\xaa\xaa\xff"
    with reader_for(sam).read(None, threading.Event(), lambda _: None) as reading:
        assert reading.identity.get("name") == RESIDENT["name"]


@pytest.mark.parametrize(
    "answer",
    [
        b"\xaa\xaa\xaa\x96\x69\xff\xff" + bytes(4000),
        b"\xaa\xaa\xaa\x96\x69\x00\x00",
        b"\x00" * 4000,
        b"\xaa\xaa\xaa\x96\x69\x00\x04\x00\x01\x9f\x9a",
    ],
)
def test_hostile_answers_are_unreadable(sam: SimulatedSamReader, answer: bytes) -> None:
    sam.misbehaviour.raw_answer = answer
    assert code_of(reader_for(sam)).code is ErrorCode.CARD_UNREADABLE


@pytest.mark.parametrize("cut", [0, 3, 9])
def test_a_line_that_falls_silent_is_a_missing_reader(sam: SimulatedSamReader, cut: int) -> None:
    sam.misbehaviour.cut_answer_at = cut
    error = code_of(reader_for(sam, reply_timeout_s=0.2))
    assert error.code is ErrorCode.READER_NOT_FOUND


def test_reader_unplugged_while_waiting(sam: SimulatedSamReader) -> None:
    sam.misbehaviour.silent = True
    timer = threading.Timer(0.1, sam.close)
    timer.start()
    error = code_of(reader_for(sam, timeout_s=60, reply_timeout_s=5))
    timer.join()
    assert error.code is ErrorCode.READER_NOT_FOUND


def test_reader_unplugged_between_two_requests(sam: SimulatedSamReader) -> None:
    line = SamLine(sam.device)
    try:
        sam.close()
        with pytest.raises(CardError) as caught:
            line.exchange(encode_command(0x20, 0x01), threading.Event(), 0.2)
    finally:
        line.close()
    assert caught.value.code is ErrorCode.READER_NOT_FOUND


def test_probe_asks_the_module_only(sam: SimulatedSamReader) -> None:
    probe(sam.device)
    assert sam.requests == [(0x11, 0xFF)]


@pytest.mark.parametrize("status", [SamStatus.SELF_TEST_FAILED, SamStatus.SAM_NOT_AUTHORISED])
def test_probe_names_a_module_that_does_not_work(
    sam: SimulatedSamReader, status: SamStatus
) -> None:
    sam.misbehaviour.answers[(0x11, 0xFF)] = status
    with pytest.raises(CardError) as caught:
        probe(sam.device)
    assert caught.value.code is ErrorCode.READER_FAULTY
    assert caught.value.numbers == {"sw3": status}


def test_no_such_device() -> None:
    with pytest.raises(CardError) as caught:
        SamLine("/dev/ttyNoSuchReader")
    assert caught.value.code is ErrorCode.READER_NOT_FOUND


def test_a_line_in_use_is_busy(sam: SimulatedSamReader) -> None:
    first = SamLine(sam.device)
    try:
        assert code_of(reader_for(sam)).code is ErrorCode.READER_BUSY
    finally:
        first.close()


@pytest.mark.parametrize("number", ["110105194912310020", "11010520941231002X", "HELLO"])
def test_an_impossible_number_is_unreadable(sam: SimulatedSamReader, number: str) -> None:
    sam.present(SimulatedResidentCard(resident(number=number), PHOTO))
    assert code_of(reader_for(sam)).code is ErrorCode.CARD_UNREADABLE


def test_a_failing_photo_decoder_keeps_its_own_name(sam: SimulatedSamReader) -> None:
    def refuse(_: bytearray) -> CardPortrait:
        raise CardError(ErrorCode.CARD_PHOTO_UNUSABLE)

    sam.present(CARD)
    reader = SamReader(lambda: SamLine(sam.device), (), 3.0, decode_photo=refuse)
    assert code_of(reader).code is ErrorCode.CARD_PHOTO_UNUSABLE


def test_reads_from_inside_a_hardened_booth(sam: SimulatedSamReader) -> None:
    sam.present(CARD)
    script = (
        "import sys, threading\n"
        "from station.booth.sandbox import harden_booth\n"
        "from pathlib import Path\n"
        "harden_booth(devices=(Path('/dev/pts'),))\n"
        "from drivers.card.choose import open_reader\n"
        "from station.booth.messages import ReaderChoice\n"
        "reader = open_reader(ReaderChoice('sam', sys.argv[1]), ('sex',), 3.0, demo=True)\n"
        "with reader.read(None, threading.Event(), lambda _: None) as reading:\n"
        "    print(reading.check.kind.value)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, sam.device],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout.split() == [DocumentKind.RESIDENT_ID.value]
