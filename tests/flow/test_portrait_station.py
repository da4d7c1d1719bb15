"""SIM: one consented portrait from the camera to the officers' ceremony, with a real booth."""

import threading
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from consent.notice import Notice, publish
from consent.notice_source import parse_site, parse_template
from consent.visit_receipt import Kept
from station.booth.portrait_form import AAD, PORTRAIT_BYTES
from station.build import NOTICES
from station.cli.demo import DemoWorld, SimulatedVisitor
from station.errors import ErrorCode, StorageError
from station.events import Event, OutcomeReached
from station.model import Answer, Claim, ClaimKind, Language, Outcome, Purpose
from station.ports import NoticeReply
from storage.hybrid import open_with
from storage.officer_codes import new_codes
from storage.officers import OfficersFile, make_officers_key, open_officers_file
from storage.officers import publish as publish_key
from tests.flow.photo_station import MODELS, station_in

pytestmark = pytest.mark.skipif(
    not (MODELS / "extractor.onnx").exists(), reason="models not fetched: ./station.sh setup"
)
# What is tested is what is kept: a busy machine, which loses frames, gets all the time it needs.
OVERRIDES = {
    "policy": {
        "pad": "FAST",
        "capture_attempts": 5,
        "face_lock_timeout_s": 60.0,
        "action_timeout_s": 20.0,
        "plan_valid_s": 200.0,
        "capture_timeout_s": 200.0,
        "result_timeout_s": 0.5,
    }
}
FMR = 1e-4


class Ticking(SimulatedVisitor):
    """Ticks all three purposes at the enrolment, and claims what it is told to."""

    claim: Claim | None = None

    def __init__(self, world: DemoWorld) -> None:
        super().__init__(world, Language.EN, quiet=True)
        self.kept: set[str] = set()

    def ask_consent(self, notice: Notice, cancel: threading.Event) -> NoticeReply:
        several = len(notice.purposes) > 1
        ticked = frozenset({Purpose.VERIFY, Purpose.RETAIN_TEMPLATE, Purpose.RETAIN_PORTRAIT})
        agreed = ticked if several else None
        return NoticeReply(Answer.GIVEN, Language.EN, "TERMINAL", 1.0, True, agreed=agreed)

    def ask_claim(self, cancel: threading.Event) -> Claim | None:
        return self.claim

    def publish(self, event: Event) -> None:
        if isinstance(event, OutcomeReached):
            self.kept = {name for name, _ in event.kept_until}
        super().publish(event)


def asks_for_a_portrait() -> Notice:
    """The residents' notice of a site that keeps one portrait of whoever ticks that."""
    templates = {
        language: parse_template((NOTICES / f"resident.{language.value}.toml").read_text("utf-8"))
        for language in Language
    }
    site = parse_site((NOTICES / "demo_site.toml").read_text("utf-8"))
    return publish(templates, replace(site, resident_portraits=1))


def officers_of(world: DemoWorld) -> OfficersFile:
    """What both officers hold, as `keys officers` makes it."""
    station, codes = world.station, new_codes()
    public, content = make_officers_key(codes.secret, station.ledger.public_key)
    publish_key(station.paths.officers, public, station.ledger._signer)
    return open_officers_file(content, codes.secret)


def foreign(world: DemoWorld) -> None:
    """As if the matcher had been exchanged: the stored template belongs to another model."""
    with world.station.stores.template.database.transaction() as change:
        change.write("UPDATE template SET model_id = ?", (b"\x07" * 16,))


def test_a_ticked_portrait_is_sealed_kept_and_renews_the_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station_in(tmp_path / "home", OVERRIDES) as world:
        station, person, cancel = world.station, Ticking(world), threading.Event()
        residents, asking = station.residents, asks_for_a_portrait()
        usual = residents._notices.current
        current = lambda name: asking if name == "resident" else usual(name)  # noqa: E731
        monkeypatch.setattr(residents._notices, "current", current)
        with pytest.raises(StorageError) as missing:
            residents.enrol(person, person.publish, cancel)
        assert missing.value.code is ErrorCode.KEY_MISSING, "nobody is asked for what is not done"

        officers = officers_of(world)
        enrolled = residents.enrol(person, person.publish, cancel)
        assert enrolled.outcome is Outcome.ENROLLED, (enrolled.code, enrolled.pad)
        assert Kept.PORTRAITS.value in person.kept
        claim = person.claim = Claim(ClaimKind.RESIDENT_NUMBER, enrolled.resident_number)

        (sealed,) = residents.register.portraits_of(claim)
        assert len(sealed) == PORTRAIT_BYTES
        plain = open_with(officers.private_key, sealed, AAD)
        length = int.from_bytes(plain[:4], "big")
        picture = cv2.imdecode(np.frombuffer(plain[4 : 4 + length], np.uint8), cv2.IMREAD_COLOR)
        assert plain[4:7] == b"\xff\xd8\xff" and 0 < picture.shape[0] <= 480
        everything = b"".join(p.read_bytes() for p in (tmp_path / "home").rglob("*.db*"))
        assert plain[4:68] not in everything

        # The matcher is exchanged: only the portrait gives a template for the new one.
        foreign(world)
        ceremony = residents.ceremony(officers.private_key, FMR)
        report = residents.renew_all(lambda _: None, ceremony=ceremony)
        assert (report.renewed, report.from_portraits, report.left) == (0, 1, 0)
        assert residents.register.resident_of(claim).template_version == 2
        (resealed,) = residents.register.portraits_of(claim)
        assert resealed != sealed
        assert open_with(officers.private_key, resealed, AAD)[:4] == plain[:4]
        known = residents.check(person, person.publish, cancel)
        assert known.outcome is Outcome.MATCH, (known.code, known.pad)
