"""Visits through a real PC/SC service: private pcscd, vpcd reader, confined booth, real portraits.

Only the camera and the chip's silicon are simulated. The booth reaches the card through pcscd by
pyscard, as with a USB reader; the chip is served to vpcd over TCP by this process.
"""

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drivers.simulated.chip import SimulatedChip
from drivers.simulated.chip_files import Holder, ImageType
from drivers.simulated.chip_issuer import Personalisation, personalise
from station.cli.demo import DemoWorld, SimulatedVisitor
from station.cli.evaluate_visits import Part, Presentation
from station.config import Overrides
from station.errors import ErrorCode
from station.events import CardProgressed, CardRetry, Event, State, StateChanged
from station.model import DocumentCheck, IdentityRecord, Language, Outcome
from station.ports import AccessKeyReply
from station.visit import VisitReport
from tests.card_stack import CardStack, private_card_stack
from tests.flow.photo_station import BY_CARD_SERVICE, real_pairs, station_in

MATED, NONMATED = BY_CARD_SERVICE
TODAY = datetime.now(UTC).date()
HOLDER = Holder(
    "SPECIMEN", "ANNA", "PC0000001", "UTO", "UTO", TODAY.replace(day=1, year=1985), TODAY
)
VALID = replace(HOLDER, expiry=TODAY + timedelta(days=1000))
EXPIRED = replace(HOLDER, expiry=TODAY - timedelta(days=40))
PULLED_AT = 0.3
Watch = Callable[[Event, threading.Event], None]


@dataclass(frozen=True)
class Bench:
    """An open station whose reader is the private PC/SC stack."""

    world: DemoWorld
    stack: CardStack
    pairs: list[Presentation]

    def issue(
        self, picture: Path, holder: Holder = VALID, options: Personalisation | None = None
    ) -> SimulatedChip:
        """A chip with `picture` on it; its CSCA becomes the station's only trust anchor."""
        chip, csca = personalise(holder, picture.read_bytes(), ImageType.JPEG, options)
        (self.world.station.paths.trust / "demo-csca.der").write_bytes(csca)
        return chip


class Visitor(SimulatedVisitor):
    """Types the keys it was given one after another, and remembers what the screen said."""

    def __init__(self, world: DemoWorld, keys: list[AccessKeyReply]) -> None:
        super().__init__(world, Language.EN, quiet=True)
        self._keys = deque(keys)
        self.check: DocumentCheck | None = None

    def ask_access_key(self, cancel: threading.Event) -> AccessKeyReply:
        return self._keys.popleft() if len(self._keys) > 1 else self._keys[0]

    def show_identity(self, identity: IdentityRecord, check: DocumentCheck) -> None:
        self.check = check


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    pairs = real_pairs(MATED, NONMATED)
    # Tries enough for a machine that has other tests beside the visit.
    short: Overrides = {
        "reader": {"kind": "pcsc"},
        "policy": {"pad": "FAST", "capture_attempts": 5, "card_timeout_s": 20.0},
    }
    with (
        private_card_stack() as stack,
        station_in(tmp_path_factory.mktemp("pcsc") / "home", short) as world,
    ):
        assert world.station.config.reader.kind == "pcsc"
        yield Bench(world, stack, pairs)


def key_of(holder: Holder) -> AccessKeyReply:
    return AccessKeyReply(*holder.access_items())


def visit(bench: Bench, visitor: Visitor, watch: Watch | None = None) -> VisitReport:
    cancel = threading.Event()

    def publish(event: Event) -> None:
        if watch is not None:
            watch(event, cancel)

    try:
        return bench.world.station.visit(visitor, publish, cancel)
    finally:
        bench.stack.pull()


def leave_before_capture(event: Event, cancel: threading.Event) -> None:
    """The document was accepted; the rest of the visit is another test's."""
    if isinstance(event, StateChanged) and event.state is State.CAPTURE:
        cancel.set()


def test_real_faces_through_the_real_card_service(bench: Bench) -> None:
    endings: dict[Part, list[Outcome]] = {Part.MATED: [], Part.NONMATED: []}
    for one in bench.pairs:
        bench.world.stage.tell(scene="person", portrait_path=str(one.live))
        bench.stack.insert(bench.issue(one.card))
        visitor = Visitor(bench.world, [key_of(VALID)])
        report = visit(bench, visitor)
        endings[one.part].append(report.outcome)
        assert visitor.check is not None
        assert (visitor.check.access, visitor.check.authenticity) == ("BAC", "VERIFIED")
        assert report.booth is not None
        assert report.booth.reaped
        assert report.booth.ring_zeroed
    sys.stdout.write(f"{ {part.value: found for part, found in endings.items()} }\n")
    assert Outcome.MATCH not in endings[Part.NONMATED]
    assert endings[Part.NONMATED].count(Outcome.NON_MATCH) >= NONMATED - 1
    assert endings[Part.MATED].count(Outcome.MATCH) >= MATED - 1


def test_a_card_pulled_in_the_middle_is_asked_for_again(bench: Bench) -> None:
    retries: list[str] = []
    pulled: list[float] = []
    chip = bench.issue(bench.pairs[0].card)
    bench.stack.insert(chip)

    def pull_once(event: Event, cancel: threading.Event) -> None:
        if isinstance(event, CardProgressed) and event.fraction > PULLED_AT and not pulled:
            pulled.append(event.fraction)
            bench.stack.pull()
        elif isinstance(event, CardRetry):
            retries.append(event.code)
            bench.stack.insert(chip)
        leave_before_capture(event, cancel)

    visitor = Visitor(bench.world, [key_of(VALID)])
    report = visit(bench, visitor, pull_once)
    assert pulled
    assert pulled[0] < 1.0
    assert retries == [ErrorCode.CARD_REMOVED]
    assert visitor.check is not None
    assert report.outcome is Outcome.CANCELLED


def test_a_wrong_key_is_refused_by_the_chip_and_may_be_typed_again(bench: Bench) -> None:
    retries: list[tuple[str, int]] = []
    bench.stack.insert(bench.issue(bench.pairs[0].card))

    def note(event: Event, cancel: threading.Event) -> None:
        if isinstance(event, CardRetry):
            retries.append((event.code, event.attempts_left))
        leave_before_capture(event, cancel)

    wrong = replace(key_of(VALID), document_number="PC0000002")
    visitor = Visitor(bench.world, [wrong, key_of(VALID)])
    report = visit(bench, visitor, note)
    assert retries == [(ErrorCode.CARD_ACCESS_DENIED, 2)]
    assert visitor.check is not None
    assert report.outcome is Outcome.CANCELLED


def test_a_changed_photo_on_the_chip_is_refused(bench: Bench) -> None:
    picture = bench.pairs[0].card
    bench.stack.insert(bench.issue(picture, options=Personalisation(tampered_data_group=2)))
    visitor = Visitor(bench.world, [key_of(VALID)])
    report = visit(bench, visitor, leave_before_capture)
    assert report.outcome is Outcome.DOCUMENT_REFUSED
    assert visitor.check is None
    assert report.booth is not None
    assert report.booth.reaped


def test_an_expired_document_is_served_with_a_warning(bench: Bench) -> None:
    bench.stack.insert(bench.issue(bench.pairs[0].card, EXPIRED))
    visitor = Visitor(bench.world, [key_of(EXPIRED)])
    report = visit(bench, visitor, leave_before_capture)
    assert visitor.check is not None
    assert visitor.check.expired
    assert report.document_expired
    assert report.outcome is Outcome.CANCELLED
