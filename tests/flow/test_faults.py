"""Each fault has its own code and words, and loses nothing that was committed.

Through the real booth process with simulated devices, or with the real stores. What needs other
hardware is proved elsewhere: a disk that is really full in tests/unit/test_stores.py, a booth that
is killed in tests/flow/test_booth_process.py, the PC/SC stack in tests/contract.
"""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from resources.texts import table, text
from station.booth.handle import BoothSpec, WarmBooths
from station.booth.messages import Guidance
from station.build import open_station
from station.cli.terminal import Terminal
from station.config import Overrides
from station.errors import ErrorCode, StationError
from station.events import CardProgressed, CardRetry, Event, GuidanceChanged, State, StateChanged
from station.model import Language, Outcome, Secret
from station.ports import AccessKeyReply
from storage.space import DiskSpace
from tests.flow.fault_bench import MODELS, PASSPHRASE, PORTRAIT, Bench, opened_bench
from tests.unit.face_kit import engine, portrait

SHORT = {"capture_attempts": 1, "face_lock_timeout_s": 30.0, "card_timeout_s": 15.0}
LANGUAGES = ("zh_CN", "en")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    home = tmp_path_factory.mktemp("station")
    with opened_bench(home, {"policy": SHORT | {"card_attempts": 1}}) as bench:
        yield bench


@pytest.fixture
def bench(shared: Bench) -> Iterator[Bench]:
    """The shared station; after each case everything it had committed must still be there."""
    with shared.losing_nothing():
        yield shared


def ended(event: Event, cancel: threading.Event) -> None:
    """The person leaves once the document is accepted."""
    if isinstance(event, StateChanged) and event.state is State.CAPTURE:
        cancel.set()


# Documents


@pytest.mark.parametrize(
    ("kind", "outcome", "code"),
    [
        ("wrong_kind", Outcome.MANUAL, ErrorCode.CARD_WRONG_KIND),
        ("unreadable", Outcome.MANUAL, ErrorCode.CARD_UNREADABLE),
        ("minor", Outcome.MANUAL, ErrorCode.MINOR_NEEDS_GUARDIAN),
        ("tampered", Outcome.DOCUMENT_REFUSED, ErrorCode.DOCUMENT_NOT_AUTHENTIC),
        ("unknown_issuer", Outcome.DOCUMENT_REFUSED, ErrorCode.DOCUMENT_ISSUER_UNKNOWN),
    ],
)
def test_a_bad_document_ends_before_the_camera(
    bench: Bench, kind: str, outcome: Outcome, code: ErrorCode | None
) -> None:
    seen = bench.visit(bench.present(kind))
    assert (seen.report.outcome, seen.report.code) == (outcome, code)
    assert not seen.camera_was_open
    entry = bench.last_entry("VISIT_OUTCOME")
    assert (entry["outcome"], entry.get("code")) == (outcome, code)


def test_a_wrong_key_does_not_open_the_chip(bench: Bench) -> None:
    right = bench.present()
    wrong = AccessKeyReply(right.document_number, "900102", right.expiry_date)
    seen = bench.visit(wrong)
    assert (seen.report.outcome, seen.report.code) == (Outcome.MANUAL, ErrorCode.CARD_ACCESS_DENIED)
    assert not seen.camera_was_open


def test_an_expired_document_is_read_with_a_warning(bench: Bench) -> None:
    seen = bench.visit(bench.present("expired"), ended)
    assert seen.visitor.check is not None and seen.visitor.check.expired
    assert seen.report.document_expired
    assert seen.report.outcome is Outcome.CANCELLED
    words = [Terminal(language, print).word("expired") for language in Language]
    assert len(set(words)) == 2 and "please" in words[1] and "请" in words[0]


# In front of the camera


def test_nobody_then_two_then_darkness_are_each_told(bench: Bench) -> None:
    scenes = {Guidance.NO_FACE: "two", Guidance.MORE_THAN_ONE_FACE: "dark", Guidance.TOO_DARK: ""}
    wanted = list(scenes)

    def react(event: Event, cancel: threading.Event) -> None:
        if wanted and isinstance(event, GuidanceChanged) and event.guidance == wanted[0]:
            scene = scenes[wanted.pop(0)]
            if scene:
                bench.world.stage.tell(scene=scene)
            else:
                cancel.set()

    key = bench.present()
    bench.world.stage.tell(scene="empty", portrait_path=str(PORTRAIT))
    seen = bench.visit(key, react)
    assert wanted == [], seen.guidance
    assert seen.report.outcome is Outcome.CANCELLED


MASK = (
    *(234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288),
    *(361, 323, 454, 347, 280, 197, 50, 118),
)
"""Mesh points around the lower face, from ear to ear over the bridge of the nose."""


def masked_portrait(folder: Path) -> Path:
    """The demo portrait with a blue mask painted over nose and mouth."""
    picture = portrait()
    points = engine().locate(picture, engine().detect(picture)[0]).points
    cv2.fillConvexPoly(picture, cv2.convexHull(points[list(MASK)].astype(np.int32)), (200, 170, 90))
    done, png = cv2.imencode(".png", picture)
    assert done
    path = folder / "masked.png"
    path.write_bytes(png.tobytes())
    return path


def test_a_covered_mouth_is_told(bench: Bench, tmp_path: Path) -> None:
    def react(event: Event, cancel: threading.Event) -> None:
        if isinstance(event, GuidanceChanged) and event.guidance == Guidance.UNCOVER_FACE:
            cancel.set()

    key = bench.present()
    bench.world.stage.tell(scene="person", portrait_path=str(masked_portrait(tmp_path)))
    seen = bench.visit(key, react)
    assert Guidance.UNCOVER_FACE in seen.guidance
    assert seen.report.outcome is Outcome.CANCELLED


def test_no_camera_a_pulled_card_and_then_no_reader(tmp_path: Path) -> None:
    overrides: Overrides = {
        "policy": SHORT | {"card_attempts": 2},
        "camera": {"kind": "uvc", "device": "/dev/video-absent"},
    }
    with opened_bench(tmp_path, overrides) as bench:
        with bench.losing_nothing():
            seen = bench.visit(bench.present())
        assert (seen.report.outcome, seen.report.code) == (
            Outcome.FAILED,
            ErrorCode.CAMERA_NOT_FOUND,
        )
        with bench.losing_nothing():
            seen = bench.visit(bench.present("pulled"))
        assert any(isinstance(e, CardProgressed) and 0 < e.fraction < 1 for e in seen.events)
        # The first try says that the card was lifted; then the slot itself is gone.
        assert CardRetry(ErrorCode.CARD_REMOVED, 1) in seen.events
        assert (seen.report.outcome, seen.report.code) == (
            Outcome.FAILED,
            ErrorCode.READER_NOT_FOUND,
        )


# The station itself


def test_a_damaged_model_serves_nobody(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in MODELS.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    model = tmp_path / "extractor.onnx"
    data = bytearray(model.read_bytes())
    data[5000] ^= 1
    model.write_bytes(data)
    damaged = WarmBooths(BoothSpec(tmp_path), 30)
    monkeypatch.setattr(bench.station.booths, "_warm", damaged)
    try:
        seen = bench.visit()
    finally:
        damaged.close()
    assert (seen.report.outcome, seen.report.code) == (Outcome.FAILED, ErrorCode.MODEL_DAMAGED)
    assert bench.last_entry("VISIT_OUTCOME")["code"] == ErrorCode.MODEL_DAMAGED


def test_a_wrong_passphrase_opens_nothing(bench: Bench) -> None:
    before = bench.bodies()
    with pytest.raises(StationError) as caught:
        open_station(bench.station.config, bench.station.paths, Secret(b"another passphrase"))
    assert caught.value.code is ErrorCode.KEY_WRONG
    assert bench.bodies() == before


def test_a_second_instance_does_not_start(bench: Bench) -> None:
    before = bench.bodies()
    with pytest.raises(StationError) as caught:
        open_station(bench.station.config, bench.station.paths, PASSPHRASE)
    assert caught.value.code is ErrorCode.ALREADY_RUNNING
    assert bench.bodies() == before


def refused_at_the_door(bench: Bench, code: ErrorCode) -> None:
    """No new visit begins, nobody is asked for anything, and the ledger still says so."""
    size = len(bench.bodies())
    assert bench.station.health() is code
    seen = bench.visit()
    assert (seen.report.outcome, seen.report.code) == (Outcome.FAILED, code)
    assert not seen.report.receipt_id and seen.report.booth is None
    assert len(bench.bodies()) == size + 1
    assert bench.last_entry("VISIT_OUTCOME")["code"] == code


def test_a_full_disk_stops_new_visits_and_not_the_ledger(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(DiskSpace, "free_bytes", lambda _space: 0)
        refused_at_the_door(bench, ErrorCode.DISK_FULL)
    assert bench.station.health() is None


def test_a_clock_set_back_stops_new_visits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        earlier = timedelta(hours=1)
        patch.setattr(bench.station.ledger, "_now", lambda: datetime.now(UTC) - earlier)
        refused_at_the_door(bench, ErrorCode.CLOCK_SET_BACK)
    assert bench.station.health() is None


# Words

CODES = {
    "no camera": ("CAM-01", ErrorCode.CAMERA_NOT_FOUND),
    "no reader": ("CRD-01", ErrorCode.READER_NOT_FOUND),
    "reader faulty": ("CRD-11", ErrorCode.READER_FAULTY),
    "wrong card": ("CRD-05", ErrorCode.CARD_WRONG_KIND),
    "card pulled": ("CRD-04", ErrorCode.CARD_REMOVED),
    "unreadable chip": ("CRD-07", ErrorCode.CARD_UNREADABLE),
    "wrong MRZ key": ("CRD-06", ErrorCode.CARD_ACCESS_DENIED),
    "SOD does not verify": ("CRD-12", ErrorCode.DOCUMENT_NOT_AUTHENTIC),
    "issuer unknown": ("CRD-13", ErrorCode.DOCUMENT_ISSUER_UNKNOWN),
    "model damaged": ("MDL-02", ErrorCode.MODEL_DAMAGED),
    "store key wrong": ("KEY-01", ErrorCode.KEY_WRONG),
    "disk full": ("STO-04", ErrorCode.DISK_FULL),
    "clock set back": ("SYS-01", ErrorCode.CLOCK_SET_BACK),
    "second instance": ("SYS-02", ErrorCode.ALREADY_RUNNING),
    "minor": ("CNS-04", ErrorCode.MINOR_NEEDS_GUARDIAN),
}
"""Codes are in ledgers and in people's notes: they never change."""
KEYS = [("error", stable) for stable, _ in CODES.values()] + [
    ("next", "DOCUMENT_REFUSED"),
    ("guidance", "NO_FACE"),
    ("guidance", "MORE_THAN_ONE_FACE"),
    ("guidance", "TOO_DARK"),
    ("guidance", "UNCOVER_FACE"),
]
ASKS = {"zh_CN": re.compile("请"), "en": re.compile(r"\bplease\b", re.I)}


@pytest.mark.parametrize("stable", CODES.values(), ids=CODES)
def test_codes_stay_what_they_are(stable: tuple[str, ErrorCode]) -> None:
    assert stable[0] == stable[1].value


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "key"), KEYS)
def test_each_fault_has_words_of_its_own_that_say_what_to_do(
    kind: str, key: str, language: str
) -> None:
    words = text(kind, key, language)
    assert ASKS[language].search(words)
    everything = [found[language] for texts in table().values() for found in texts.values()]
    assert everything.count(words) == 1
