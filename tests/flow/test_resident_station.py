"""SIM: a resident at a whole demo station: a real booth, real stores, simulated card and face."""

import json
import threading
from pathlib import Path

import msgspec
import pytest

from consent.notice import Notice
from station.access import Act
from station.cli.demo import DemoWorld, SimulatedVisitor
from station.deletion_receipt import read_deletion_receipt
from station.errors import ErrorCode
from station.model import Answer, Claim, ClaimKind, Language, Outcome
from station.ports import NoticeReply
from station.requests import digest_of
from tests.desk_permits import granted
from tests.flow.photo_station import MODELS, station_in
from tests.flow.resident_fakes import BOTH

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


class SimulatedResident(SimulatedVisitor):
    """Ticks what an enrolment needs, claims what it is told to, and confirms an erasure."""

    claim: Claim | None = None

    def __init__(self, world: DemoWorld) -> None:
        super().__init__(world, Language.EN, quiet=True)

    def ask_consent(self, notice: Notice, cancel: threading.Event) -> NoticeReply:
        agreed = BOTH if len(notice.purposes) > 1 else None
        return NoticeReply(Answer.GIVEN, Language.EN, "TERMINAL", 1.0, True, agreed=agreed)

    def ask_claim(self, cancel: threading.Event) -> Claim | None:
        return self.claim

    def ask_erasure(self, cancel: threading.Event) -> bool:
        return True


def rows(world: DemoWorld) -> dict[str, int]:
    """Records per store that belong to a person."""
    stores = world.station.stores
    return {name: stores.rows[name].count() for name in ("identity", "template", "portrait")}


def payloads(world: DemoWorld, kind: str) -> list[dict[str, object]]:
    """What the entries of one kind say."""
    found = (json.loads(entry.body) for entry in world.station.stores.ledger.entries())
    return [entry["payload"] for entry in found if entry["kind"] == kind]


def publish_anew(world: DemoWorld) -> None:
    """Publish the residents' notice once more, in force at once."""
    desk, ledger = world.station.premises.notices, world.station.ledger
    draft = desk.draft(granted(ledger, Act.NOTICE_DRAFT), "resident")
    draft = msgspec.structs.replace(draft, effective_on="2026-01-01")
    document = desk.propose(granted(ledger, Act.NOTICE_DRAFT), draft)
    desk.publish(granted(ledger, Act.NOTICE_PUBLISH, digest_of(document)))


def test_a_resident_is_enrolled_known_again_put_on_hold_and_let_go(tmp_path: Path) -> None:
    with station_in(tmp_path / "home", OVERRIDES) as world:
        station, cancel = world.station.residents, threading.Event()
        person, ledger = SimulatedResident(world), world.station.ledger

        enrolled = station.enrol(person, person.publish, cancel)
        assert enrolled.outcome is Outcome.ENROLLED, (enrolled.code, enrolled.pad)
        assert rows(world) == {"identity": 1, "template": 1, "portrait": 0}

        again = station.enrol(person, person.publish, cancel)
        assert (again.outcome, again.pad) == (Outcome.ALREADY_ENROLLED, None)

        person.claim = Claim(ClaimKind.RESIDENT_NUMBER, enrolled.resident_number)
        station.renew(person.claim)
        assert station.register.resident_of(person.claim).template_version == 2
        publish_anew(world)
        known = station.check(person, person.publish, cancel)
        assert known.outcome is Outcome.MATCH, (known.code, known.pad)
        # Of this check, then of the two purposes of the notice that is in force since.
        given = [one["notice_version"] for one in payloads(world, "CONSENT_GIVEN")]
        assert given[-3:] == ["1.1", "2.0", "2.0"]
        kept = station.register.identity_of(person.claim)
        assert len(kept.get("consent_records").split(",")) == 4
        assert (
            kept.get("consent_notice") == world.station.premises.notices.current("resident").digest
        )

        station.register.restrict(person.claim, restricted=True)
        held = station.check(person, person.publish, cancel)
        assert (held.outcome, held.code) == (Outcome.MANUAL, ErrorCode.RESIDENT_RESTRICTED)

        person.claim = None
        gone = station.withdraw(person, person.publish, cancel)
        assert (gone.outcome, gone.pad) == (Outcome.WITHDRAWN, None)
        assert rows(world) == {"identity": 0, "template": 0, "portrait": 0}
        assert gone.erased is not None
        proof = station.receipt(gone.erased)
        receipt = read_deletion_receipt(proof, ledger.public_key)
        assert receipt.op_id == gone.erased.op_id and receipt.rows["template"] == 1

        kinds = [json.loads(entry.body)["kind"] for entry in world.station.stores.ledger.entries()]
        for kind in ("ENROL", "RENEW", "RESTRICT", "WITHDRAW"):
            assert kind in kinds
        for entry in world.station.stores.ledger.entries():
            assert enrolled.resident_number.encode() not in entry.body
