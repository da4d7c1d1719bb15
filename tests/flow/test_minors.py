"""A child at the staffed desk: guardian and child both agree, and nothing stands in clear."""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from consent.notice import Notice
from consent.notice_source import read_notice
from consent.record import Evidence
from station.access import Act
from station.errors import AccessError, ConsentError, ErrorCode, StationBug, StorageError
from station.minors import (
    Guardian,
    GuardianDocument,
    MinorCase,
    MinorEnrolment,
    MinorKeeping,
    Proof,
    Relation,
)
from station.model import Answer, Language, Outcome, Purpose, Secret, VisitId
from station.ports import Publish
from station.refusals import Refusals
from station.visit import Visit, VisitDesk
from storage.guardian_seal import GuardianSeal
from tests.desk_permits import granted
from tests.flow.resident_fakes import (
    BOTH,
    FakeResident,
    FakeResidents,
    PlayedResident,
    ResidentScript,
)
from tests.flow.visit_fakes import NOTICES, fake_desk, play_flow
from tests.ledger_fakes import new_ledger
from tests.office_fakes import MemoryBook

SEAL = GuardianSeal(Secret(bytes(range(32))))
GUARDIAN = read_notice(NOTICES, "resident_minor", NOTICES / "demo_site.toml")
START = datetime(2026, 11, 22, 9, tzinfo=UTC)
BORN = "2015-06-01"
PARENT = Guardian(
    "示例监护人",
    GuardianDocument.RESIDENT_ID,
    Relation.PARENT,
    Proof.HOUSEHOLD_REGISTER,
    "extension 0042",
)


class Family(FakeResident):
    """The guardian answers the notice, the child its own question."""

    willing = True

    def ask_child(self, notice: Notice, language: Language, cancel: threading.Event) -> bool:
        self._log.append("ask_child")
        assert notice.text(language).child_summary
        self.maybe_cancel("ask_child", cancel)
        return self.willing


class Desk:
    """A staffed desk over fakes; keeps every consent body as it was before it was sealed."""

    def __init__(self) -> None:
        self.book = MemoryBook()
        self.refusals = Refusals(self.book, lambda number: number.encode(), lambda: START)
        self.sealed: list[bytes] = []

    def enrol(
        self,
        script: ResidentScript,
        *,
        willing: bool = True,
        case: MinorCase | None = None,
        act: Act = Act.MINOR_ENROL,
    ) -> PlayedResident:
        diary: list[str] = []
        cancel = threading.Event()
        residents, person = FakeResidents(script, diary), Family(script, diary, cancel)
        person.willing = willing
        ledger, _, _, _ = new_ledger()
        permit = granted(ledger, act, user="operator.li")

        def seal(record_id: str, body: bytes) -> bytes:
            self.sealed.append(body)
            return b"sealed"

        def make(at: VisitDesk, publish: Publish) -> Visit:
            return MinorEnrolment(
                at,
                residents,
                person,
                publish,
                permit=permit,
                case=case or MinorCase(PARENT, "X0000000"),
                keeping=MinorKeeping(self.refusals, SEAL),
            )

        desk = replace(fake_desk(script, diary, cancel, GUARDIAN), seal_evidence=seal)
        played = play_flow(make, person, desk, diary, cancel)
        return PlayedResident(
            played.report, played.diary, played.events, played.store, played.person, residents
        )

    @property
    def houses(self) -> list[dict[str, object]]:
        """The part of each sealed record that is ours."""
        return [json.loads(Evidence.from_bytes(body).body)["house"] for body in self.sealed]


def child(**script: object) -> ResidentScript:
    return ResidentScript(agreed=BOTH, birth_date=BORN, **script)  # type: ignore[arg-type]


def kinds(played: PlayedResident) -> list[str]:
    return [json.loads(row.body)["kind"] for row in played.store.rows]


def test_with_both_agreeing_the_child_is_registered_as_anybody() -> None:
    desk = Desk()
    played = desk.enrol(child())
    assert played.report.outcome is Outcome.ENROLLED
    assert played.diary.index("ask_consent") < played.diary.index("ask_child")
    assert played.diary.index("ask_child") < played.diary.index("begin")
    assert kinds(played)[:2] == ["CONSENT_GIVEN", "CONSENT_GIVEN"]
    kept = played.residents.kept[0]
    assert kept.portraits == () and kept.notice_digest == GUARDIAN.digest
    assert len(kept.consent_record_ids) == 2


def test_the_guardian_is_sealed_inside_the_sealed_record_and_nowhere_else() -> None:
    desk = Desk()
    played = desk.enrol(child())
    found: list[Any] = [house["minor"] for house in desk.houses]
    persons = [minor["guardian"].pop("person") for minor in found]
    assert (
        found
        == [
            {
                "guardian": {
                    "document": "RESIDENT_ID",
                    "relation": "PARENT",
                    "proof": "HOUSEHOLD_REGISTER",
                },
                "seen_by": "operator.li",
                "guardian_agreed": True,
                "child_willing": True,
            }
        ]
        * 2
    )
    for person in persons:
        assert SEAL.open(played.report.visit_id, person) == (PARENT.name, PARENT.contact)
    # Auditors take the opened records away, and everybody may see the ledger.
    written = b"".join(row.body for row in played.store.rows) + b"".join(desk.sealed)
    for secret in (PARENT.name, PARENT.contact, "X0000000"):
        assert secret.encode() not in written
    assert b"HOUSEHOLD_REGISTER" not in b"".join(row.body for row in played.store.rows)
    given = json.loads(played.store.rows[0].body)["payload"]
    assert given["minor"] is True and given["operator"] == "operator.li"
    assert PARENT.name not in repr(PARENT) and "X0000000" not in repr(MinorCase(PARENT, "X0000000"))


@pytest.mark.parametrize(
    ("answer", "agreed", "willing", "outcome"),
    [
        (Answer.GIVEN, BOTH, False, Outcome.DECLINED),
        (Answer.GIVEN, frozenset({Purpose.VERIFY}), True, Outcome.DECLINED),
        (Answer.GIVEN, frozenset(), True, Outcome.DECLINED),
        (Answer.REFUSED, None, True, Outcome.DECLINED),
        (Answer.OTHER_ROUTE, None, True, Outcome.MANUAL),
    ],
)
def test_either_no_keeps_everything_closed_and_is_respected_for_48_hours(
    answer: Answer, agreed: frozenset[Purpose] | None, willing: bool, outcome: Outcome
) -> None:
    desk = Desk()
    script = ResidentScript(answer=answer, agreed=agreed, birth_date=BORN)
    played = desk.enrol(script, willing=willing)
    assert played.report.outcome is outcome
    assert "begin" not in played.diary and played.residents.kept == []
    assert "CONSENT_GIVEN" not in kinds(played)
    asked = answer is Answer.GIVEN and agreed == BOTH
    assert ("ask_child" in played.diary) is asked
    minor = desk.houses[0]["minor"]
    assert isinstance(minor, dict)
    assert (minor["guardian_agreed"], minor["child_willing"]) == (asked, False)
    with pytest.raises(ConsentError, match=ErrorCode.REFUSED_RECENTLY.value):
        desk.enrol(child())


def test_another_document_than_the_child_s_goes_to_staff() -> None:
    played = Desk().enrol(child(), case=MinorCase(PARENT, "X0000001"))
    assert (played.report.outcome, played.report.code) == (
        Outcome.MANUAL,
        ErrorCode.OTHER_DOCUMENT,
    )
    assert "capture" not in played.diary and played.residents.kept == []


def test_who_decides_alone_does_not_come_this_way() -> None:
    played = Desk().enrol(ResidentScript(agreed=BOTH))
    assert (played.report.outcome, played.report.code) == (Outcome.MANUAL, ErrorCode.NOT_A_MINOR)
    assert "capture" not in played.diary


def test_a_cancelled_question_to_the_child_records_no_yes() -> None:
    played = Desk().enrol(child(cancel_in="ask_child"))
    assert played.report.outcome is Outcome.CANCELLED
    assert "CONSENT_GIVEN" not in kinds(played)


@pytest.mark.parametrize(
    "guardian",
    [
        replace(PARENT, name=" "),
        replace(PARENT, contact=""),
        replace(PARENT, name="x" * 101),
        replace(PARENT, contact="310101199001011234"),
        replace(PARENT, name="a\u202eb"),
    ],
)
def test_a_guardian_who_is_nobody_is_refused_before_anything(guardian: Guardian) -> None:
    with pytest.raises(AccessError, match=ErrorCode.TEXT_UNUSABLE.value):
        Desk().enrol(child(), case=MinorCase(guardian, "X0000000"))


@pytest.mark.parametrize("number", ["", "  ", "X" * 65])
def test_a_child_without_a_document_is_refused(number: str) -> None:
    with pytest.raises(AccessError, match=ErrorCode.TEXT_UNUSABLE.value):
        Desk().enrol(child(), case=MinorCase(PARENT, number))


def test_what_was_sealed_opens_for_its_visit_alone() -> None:
    visit, other = VisitId("a" * 32), VisitId("b" * 32)
    sealed = SEAL.seal(visit, "示例", "0042")
    assert len(SEAL.seal(visit, "名" * 100, "x" * 100)) == len(sealed)
    assert SEAL.open(visit, sealed) == ("示例", "0042")
    for visit_id, text in ((other, sealed), (visit, sealed[:-4]), (visit, "%"), (visit, "")):
        with pytest.raises(StorageError, match=ErrorCode.STORE_CORRUPT.value):
            SEAL.open(visit_id, text)


def test_without_the_permit_nobody_is_asked() -> None:
    with pytest.raises(StationBug):
        Desk().enrol(child(), act=Act.RUN_VISIT)
