"""A demo station for the fault tests: real booth, stage and stores; the test spoils one thing."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consent.export import read_rows
from consent.verify import verify_rows
from station.cli.demo import DemoOptions, DemoWorld, SimulatedVisitor, opened_demo
from station.config import ROOT, Overrides
from station.events import DevicesChanged, Event, GuidanceChanged
from station.model import DocumentCheck, IdentityRecord, Language, Secret, VisitId
from station.ports import AccessKeyReply
from station.visit import VisitReport
from tests.cheap_keys import CHEAPEST

MODELS = ROOT / ".station" / "models"
PORTRAIT = MODELS / "demo_portrait.png"
PASSPHRASE = Secret(b"a passphrase only of this test")
KEPT = IdentityRecord((("name", "KEPT BEFORE"), ("document_number", "K00000001")))


class Visitor(SimulatedVisitor):
    """Types `key` and remembers what the document's check said."""

    def __init__(self, world: DemoWorld, key: AccessKeyReply) -> None:
        super().__init__(world, Language.EN, quiet=True)
        self._key = key
        self.check: DocumentCheck | None = None

    def ask_access_key(self, cancel: threading.Event) -> AccessKeyReply:
        return self._key

    def show_identity(self, identity: IdentityRecord, check: DocumentCheck) -> None:
        self.check = check


@dataclass
class Seen:
    """One visit as the desk saw it."""

    report: VisitReport
    visitor: Visitor
    events: list[Event] = field(default_factory=list)

    @property
    def guidance(self) -> list[str]:
        return [event.guidance for event in self.events if isinstance(event, GuidanceChanged)]

    @property
    def camera_was_open(self) -> bool:
        return any(isinstance(e, DevicesChanged) and e.camera_open for e in self.events)


React = Callable[[Event, threading.Event], None]


def nothing(event: Event, cancel: threading.Event) -> None:
    """Let the visit take its course."""


class Bench:
    """An open demo station and what it had committed before a fault."""

    def __init__(self, world: DemoWorld) -> None:
        self.world = world
        self.station = world.station
        expires = datetime.now(UTC) + timedelta(hours=1)
        self.station._records().keep_identity(VisitId("ab" * 16), KEPT, expires.isoformat())

    def present(self, kind: str = "good") -> AccessKeyReply:
        """Put a document of this kind in the slot and trust what it says its issuer is."""
        told = self.world.stage.tell(card="present", portrait_path=str(PORTRAIT), kind=kind)
        trusted = self.station.paths.trust / f"{kind}.der"
        trusted.write_bytes(bytes.fromhex(str(told["csca"])))
        items = (str(told[name]) for name in ("document_number", "birth_date", "expiry_date"))
        return AccessKeyReply(*items)

    def visit(self, key: AccessKeyReply | None = None, react: React = nothing) -> Seen:
        """One visit; `react` sees every event and may cancel."""
        cancel = threading.Event()
        events: list[Event] = []
        visitor = Visitor(self.world, key or self.world.key)

        def publish(event: Event) -> None:
            events.append(event)
            react(event, cancel)

        report = self.station.visit(visitor, publish, cancel)
        return Seen(report, visitor, events)

    def bodies(self) -> list[bytes]:
        return [row.body for row in self.station.stores.ledger.entries(0)]

    def last_entry(self, kind: str) -> dict[str, object]:
        """Payload of the newest ledger entry of this kind."""
        entries = [json.loads(body) for body in self.bodies()]
        found: dict[str, object] = [e["payload"] for e in entries if e["kind"] == kind][-1]
        return found

    @contextmanager
    def losing_nothing(self) -> Iterator[None]:
        """Whatever happens inside: rows written before stay, and the ledger still verifies."""
        before, kept = self.bodies(), list(self.station.stores.identity.rows())
        yield
        after = self.bodies()
        assert after[: len(before)] == before
        assert list(self.station.stores.identity.rows()) == kept
        assert len(kept) == 1
        rows = read_rows(self.station.stores.ledger)
        report = verify_rows(*rows, self.station.ledger.public_key, second_opinions=1)
        assert report.ok and report.entries == len(after)
        assert report.open_intents == ()


@contextmanager
def opened_bench(home: Path, overrides: Overrides) -> Iterator[Bench]:
    """A station below `home` with its own stage; skips where the models are missing."""
    if not PORTRAIT.exists():
        pytest.skip("models not fetched: ./station.sh setup")
    home.mkdir(parents=True, exist_ok=True)
    (home / "models").symlink_to(MODELS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STATION_HOME", str(home))
        for name, value in CHEAPEST.items():
            patch.setattr(f"storage.keys.{name}", value)
        with opened_demo(DemoOptions(passphrase=PASSPHRASE, overrides=overrides)) as world:
            yield Bench(world)
