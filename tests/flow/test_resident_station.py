"""SIM: a resident at a whole demo station: a real booth, real stores, simulated card and face.

One life from the first consent to the withdrawal, with a portrait kept for the officers' ceremony.
"""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from consent.notice import Notice
from consent.visit_receipt import Kept
from station.access import Act
from station.booth.portrait_form import AAD, PORTRAIT_BYTES
from station.cli.demo import DemoWorld, SimulatedVisitor
from station.deletion_receipt import read_deletion_receipt
from station.errors import ErrorCode, StorageError
from station.events import Event, OutcomeReached
from station.model import Answer, Claim, ClaimKind, Language, Outcome, Purpose
from station.ports import NoticeReply
from station.requests import digest_of
from storage.hybrid import open_with
from storage.officer_codes import new_codes
from storage.officers import OfficersFile, make_officers_key, open_officers_file
from storage.officers import publish as publish_key
from tests.desk_permits import granted
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
EVERYTHING = frozenset({Purpose.VERIFY, Purpose.RETAIN_TEMPLATE, Purpose.RETAIN_PORTRAIT})


class SimulatedResident(SimulatedVisitor):
    """Ticks all three purposes, claims what it is told to, and confirms an erasure."""

    claim: Claim | None = None

    def __init__(self, world: DemoWorld) -> None:
        super().__init__(world, Language.EN, quiet=True)
        self.kept: set[str] = set()

    def ask_consent(self, notice: Notice, cancel: threading.Event) -> NoticeReply:
        agreed = EVERYTHING if len(notice.purposes) > 1 else None
        return NoticeReply(Answer.GIVEN, Language.EN, "TERMINAL", 1.0, True, agreed=agreed)

    def ask_claim(self, cancel: threading.Event) -> Claim | None:
        return self.claim

    def ask_erasure(self, cancel: threading.Event) -> bool:
        return True

    def publish(self, event: Event) -> None:
        if isinstance(event, OutcomeReached):
            self.kept = {name for name, _ in event.kept_until}
        super().publish(event)


def rows(world: DemoWorld) -> dict[str, int]:
    """Records per store that belong to a person."""
    stores = world.station.stores
    return {name: stores.rows[name].count() for name in ("identity", "template", "portrait")}


def payloads(world: DemoWorld, kind: str) -> list[dict[str, object]]:
    """What the entries of one kind say."""
    found = (json.loads(entry.body) for entry in world.station.stores.ledger.entries())
    return [entry["payload"] for entry in found if entry["kind"] == kind]


def publish_anew(world: DemoWorld) -> None:
    """Publish the residents' notice, in force at once: a portrait is kept of whoever ticks that."""
    desk, ledger = world.station.premises.notices, world.station.ledger
    draft = desk.draft(granted(ledger, Act.NOTICE_DRAFT), "resident")
    today = datetime.now(UTC).astimezone().date().isoformat()
    draft = msgspec.structs.replace(draft, effective_on=today, portraits=1)
    document = desk.propose(granted(ledger, Act.NOTICE_DRAFT), draft)
    desk.publish(granted(ledger, Act.NOTICE_PUBLISH, digest_of(document)))


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


def renewed_from_the_portrait(world: DemoWorld, claim: Claim, officers: OfficersFile) -> None:
    """The matcher is exchanged: only the portrait gives a template for the new one."""
    station = world.station.residents
    (sealed,) = station.register.portraits_of(claim)
    assert len(sealed) == PORTRAIT_BYTES
    plain = open_with(officers.private_key, sealed, AAD)
    length = int.from_bytes(plain[:4], "big")
    picture = cv2.imdecode(np.frombuffer(plain[4 : 4 + length], np.uint8), cv2.IMREAD_COLOR)
    assert plain[4:7] == b"\xff\xd8\xff" and 0 < picture.shape[0] <= 480
    home = world.station.paths.home
    assert plain[4:68] not in b"".join(path.read_bytes() for path in home.rglob("*.db*"))

    version = station.register.resident_of(claim).template_version
    foreign(world)
    ceremony = station.ceremony(officers.private_key, FMR)
    report = station.renew_all(lambda _: None, ceremony=ceremony)
    assert (report.renewed, report.from_portraits, report.left) == (0, 1, 0)
    assert station.register.resident_of(claim).template_version == version + 1
    (resealed,) = station.register.portraits_of(claim)
    assert resealed != sealed
    assert open_with(officers.private_key, resealed, AAD)[:4] == plain[:4]


def test_a_resident_is_enrolled_known_again_put_on_hold_and_let_go(tmp_path: Path) -> None:
    with station_in(tmp_path / "home", OVERRIDES) as world:
        station, cancel = world.station.residents, threading.Event()
        person, ledger = SimulatedResident(world), world.station.ledger

        publish_anew(world)
        with pytest.raises(StorageError) as missing:
            station.enrol(person, person.publish, cancel)
        assert missing.value.code is ErrorCode.KEY_MISSING, "nobody is asked for what is not done"
        officers = officers_of(world)
        enrolled = station.enrol(person, person.publish, cancel)
        assert enrolled.outcome is Outcome.ENROLLED, (enrolled.code, enrolled.pad)
        assert rows(world) == {"identity": 1, "template": 1, "portrait": 1}
        assert Kept.PORTRAITS.value in person.kept

        again = station.enrol(person, person.publish, cancel)
        assert (again.outcome, again.pad) == (Outcome.ALREADY_ENROLLED, None)

        claim = person.claim = Claim(ClaimKind.RESIDENT_NUMBER, enrolled.resident_number)
        station.renew(claim)
        assert station.register.resident_of(claim).template_version == 2
        renewed_from_the_portrait(world, claim, officers)
        publish_anew(world)
        # With the template made of the portrait, after agreeing to the notice in force since.
        known = station.check(person, person.publish, cancel)
        assert known.outcome is Outcome.MATCH, (known.code, known.pad)
        # Of this check, then of the three purposes of that notice.
        given = [one["notice_version"] for one in payloads(world, "CONSENT_GIVEN")]
        assert given[-4:] == ["1.1", "3.0", "3.0", "3.0"]
        kept = station.register.identity_of(claim)
        assert len(kept.get("consent_records").split(",")) == 6
        assert (
            kept.get("consent_notice") == world.station.premises.notices.current("resident").digest
        )

        station.register.restrict(claim, restricted=True)
        held = station.check(person, person.publish, cancel)
        assert (held.outcome, held.code) == (Outcome.MANUAL, ErrorCode.RESIDENT_RESTRICTED)

        person.claim = None
        gone = station.withdraw(person, person.publish, cancel)
        assert (gone.outcome, gone.pad) == (Outcome.WITHDRAWN, None)
        assert rows(world) == {"identity": 0, "template": 0, "portrait": 0}
        assert gone.erased is not None
        proof = station.receipt(gone.erased)
        receipt = read_deletion_receipt(proof, ledger.public_key)
        assert receipt.op_id == gone.erased.op_id
        assert (receipt.rows["template"], receipt.rows["portrait"]) == (1, 1)

        kinds = [json.loads(entry.body)["kind"] for entry in world.station.stores.ledger.entries()]
        for kind in ("ENROL", "RENEW", "RESTRICT", "WITHDRAW"):
            assert kind in kinds
        for entry in world.station.stores.ledger.entries():
            assert enrolled.resident_number.encode() not in entry.body
