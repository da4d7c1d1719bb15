"""A changed notice is read before anything is compared; after a no nobody asks for 48 hours."""

import json
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from consent.notice import Notice, sealed_notice
from consent.notice_source import read_notice
from consent.receipt import ConsentReceipt
from station.errors import ErrorCode, StorageError
from station.events import State
from station.model import Answer, Claim, IdentityRecord, Language, Outcome, Purpose
from station.ports import NoticeReply, Publish
from station.reconsent import AskedAnew, Due, NoticesOfResidents, Reconsent
from station.refusals import NOT_ASKED_FOR, Refusals
from station.resident_check import ResidentCheck
from station.visit import Visit, VisitDesk
from tests.flow.resident_fakes import (
    BOTH,
    BY_NUMBER,
    CHECK_NOTICE,
    DOCUMENT,
    RESIDENT_NOTICE,
    FakeResident,
    FakeResidents,
    PlayedResident,
    ResidentScript,
)
from tests.flow.visit_fakes import NOTICES, fake_desk, play_flow
from tests.office_fakes import MemoryBook

GUARDIAN = read_notice(NOTICES, "resident_minor", NOTICES / "demo_site.toml")
OLDER = sealed_notice(replace(RESIDENT_NOTICE, version="0.9"))
START = datetime(2026, 11, 22, 9, tzinfo=UTC)


@dataclass
class FakeConsents:
    """One resident's consent, in memory."""

    named: str
    birth_date: str = "1990-01-01"
    renewed: list[tuple[str, ...]] = field(default_factory=list)

    def identity_of(self, claim: Claim) -> IdentityRecord:
        if claim not in (DOCUMENT, BY_NUMBER):
            raise StorageError(ErrorCode.RESIDENT_UNKNOWN)
        number = ("document_number", DOCUMENT.value)
        return IdentityRecord((number, ("birth_date", self.birth_date)))

    def named_notice(self, claim: Claim) -> str:
        return self.named

    def renew(self, claim: Claim, record_ids: tuple[str, ...], notice_digest: str) -> None:
        self.renewed.append(record_ids)
        self.named = notice_digest


class Bench:
    """The rule over a consent and refusals in memory, and a clock tests turn."""

    def __init__(self, named: str = OLDER.digest, birth_date: str = "1990-01-01") -> None:
        self.now = START
        self.book = MemoryBook()
        self.kept = FakeConsents(named, birth_date)
        self.refusals = Refusals(self.book, lambda number: number.encode() * 3, lambda: self.now)
        self.rule = AskedAnew(
            self.kept,
            self.refusals,
            lambda: NoticesOfResidents(RESIDENT_NOTICE, GUARDIAN),
            lambda: date(2026, 11, 22),
            15,
        )

    def check(
        self,
        answer: Answer = Answer.GIVEN,
        agreed: frozenset[Purpose] = BOTH,
        claim: Claim | None = BY_NUMBER,
    ) -> PlayedResident:
        """One check; the answer and the ticks are given to the residents' notice alone."""
        script = ResidentScript(enrolled=True, agreed=None, claims=[claim])
        diary: list[str] = []
        cancel = threading.Event()
        person = Reader(script, diary, cancel, answer, agreed)
        residents = FakeResidents(script, diary)
        desk = fake_desk(script, diary, cancel, CHECK_NOTICE)
        rule: Reconsent = self.rule

        def make(at: VisitDesk, publish: Publish) -> Visit:
            return ResidentCheck(at, residents, person, publish, rule)

        played = play_flow(make, person, desk, diary, cancel)
        return PlayedResident(
            played.report, played.diary, played.events, played.store, played.person, residents
        )


class Reader(FakeResident):
    """Says yes to the short notice, and `answer` to the residents' one."""

    def __init__(
        self,
        script: ResidentScript,
        diary: list[str],
        cancel: threading.Event,
        answer: Answer,
        agreed: frozenset[Purpose],
    ) -> None:
        super().__init__(script, diary, cancel)
        self._of_residents = (answer, agreed)
        self._diary_of = diary

    def ask_consent(self, notice: Notice, cancel: threading.Event) -> NoticeReply:
        if notice.notice_id == CHECK_NOTICE.notice_id:
            return super().ask_consent(notice, cancel)
        self._diary_of.append(f"ask_consent {notice.version}")
        answer, agreed = self._of_residents
        ticks = agreed if answer is Answer.GIVEN else None
        return NoticeReply(answer, Language.EN, "SCREEN", 9.0, True, agreed=ticks)


def payloads(played: PlayedResident, kind: str) -> list[dict[str, object]]:
    found = (json.loads(row.body) for row in played.store.rows)
    return [entry["payload"] for entry in found if entry["kind"] == kind]


def test_who_agreed_to_the_present_notice_is_not_asked_again() -> None:
    bench = Bench(RESIDENT_NOTICE.digest)
    played = bench.check()
    assert played.report.outcome is Outcome.MATCH and bench.kept.renewed == []
    assert [step for step in played.diary if step.startswith("ask_consent")] == ["ask_consent"]


@pytest.mark.parametrize("named", [OLDER.digest, ""])
@pytest.mark.parametrize("claim", [BY_NUMBER, None])
def test_an_older_consent_is_asked_anew_before_the_camera(named: str, claim: Claim | None) -> None:
    bench = Bench(named)
    played = bench.check(claim=claim)
    assert played.report.outcome is Outcome.MATCH
    asked = played.diary.index(f"ask_consent {RESIDENT_NOTICE.version}")
    assert asked < played.diary.index("capture")
    states = played.states
    assert states[:6] == [
        State.NOTICE,
        State.CONSENT,
        State.CARD,
        State.NOTICE,
        State.CONSENT,
        State.CARD,
    ]
    given = payloads(played, "CONSENT_GIVEN")
    assert [one["purpose"] for one in given] == ["VERIFY", "VERIFY", "RETAIN_TEMPLATE"]
    assert bench.kept.renewed == [(given[1]["record_id"], given[2]["record_id"])]
    assert played.report.receipt_id == given[0]["record_id"], "the receipt is of this check"
    again = bench.check(claim=claim)
    assert f"ask_consent {RESIDENT_NOTICE.version}" not in again.diary


@pytest.mark.parametrize(
    ("answer", "agreed", "outcome"),
    [
        (Answer.REFUSED, BOTH, Outcome.DECLINED),
        (Answer.OTHER_ROUTE, BOTH, Outcome.MANUAL),
        (Answer.GIVEN, frozenset({Purpose.VERIFY}), Outcome.DECLINED),
        (Answer.GIVEN, frozenset(), Outcome.DECLINED),
    ],
)
def test_after_a_no_nobody_is_asked_for_48_hours(
    answer: Answer, agreed: frozenset[Purpose], outcome: Outcome
) -> None:
    bench = Bench()
    played = bench.check(answer, agreed)
    assert (played.report.outcome, played.report.code) == (outcome, ErrorCode.NOTICE_OUTDATED)
    assert "capture" not in played.diary and bench.kept.renewed == []
    bench.now = START + NOT_ASKED_FOR - timedelta(seconds=1)
    for claim in (BY_NUMBER, None):
        silent = bench.check(claim=claim)
        assert silent.report.outcome is Outcome.MANUAL
        assert silent.report.code is ErrorCode.REFUSED_RECENTLY
        assert f"ask_consent {RESIDENT_NOTICE.version}" not in silent.diary
        assert "capture" not in silent.diary
    bench.now = START + NOT_ASKED_FOR
    assert bench.check().report.outcome is Outcome.MATCH


def test_a_child_s_consent_is_the_guardian_s_until_it_decides_alone() -> None:
    child = Bench(GUARDIAN.digest, "2015-06-01")
    assert child.check().report.outcome is Outcome.MATCH
    child.kept.named = OLDER.digest
    played = child.check()
    assert (played.report.outcome, played.report.code) == (
        Outcome.MANUAL,
        ErrorCode.MINOR_NEEDS_GUARDIAN,
    )
    grown = Bench(GUARDIAN.digest, "2011-11-22")
    assert grown.rule.due(BY_NUMBER) == Due(RESIDENT_NOTICE)
    assert grown.check().report.outcome is Outcome.MATCH
    assert grown.kept.named == RESIDENT_NOTICE.digest


def test_who_is_unknown_is_not_asked() -> None:
    bench = Bench()
    with pytest.raises(StorageError):
        bench.rule.refused(Claim(BY_NUMBER.kind, "other"))


def test_a_fault_while_noting_the_new_consent_compares_nothing() -> None:
    class Full(FakeConsents):
        def renew(self, claim: Claim, record_ids: tuple[str, ...], notice_digest: str) -> None:
            raise StorageError(ErrorCode.DISK_FULL)

    bench = Bench()
    bench.rule = AskedAnew(
        Full(OLDER.digest),
        bench.refusals,
        lambda: NoticesOfResidents(RESIDENT_NOTICE, None),
        lambda: date(2026, 11, 22),
        15,
    )
    played = bench.check()
    assert (played.report.outcome, played.report.code) == (Outcome.FAILED, ErrorCode.DISK_FULL)
    assert "capture" not in played.diary


def test_the_receipt_of_a_rule_is_the_one_that_was_given() -> None:
    received: list[ConsentReceipt] = []

    class Noting(AskedAnew):
        def given(self, claim: Claim, receipt: ConsentReceipt) -> None:
            received.append(receipt)

    bench = Bench()
    bench.rule = Noting(
        bench.kept,
        bench.refusals,
        lambda: NoticesOfResidents(RESIDENT_NOTICE, None),
        lambda: date(2026, 11, 22),
        15,
    )
    bench.check()
    assert received[0].notice_digest == RESIDENT_NOTICE.digest
    assert received[0].purposes == BOTH
