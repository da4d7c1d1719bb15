"""Every way through an enrolment, on scripted ports: all end in the purge, nothing half kept."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from station.config import load
from station.errors import (
    BoothError,
    CameraError,
    CardError,
    ConfigError,
    ErrorCode,
    PurgeError,
    StorageError,
)
from station.events import Flow, OutcomeReached, State
from station.model import (
    Answer,
    Authenticity,
    ComparisonDecision,
    Outcome,
    PadResult,
    Purpose,
)
from tests.flow import resident_fakes
from tests.flow.resident_fakes import (
    BOTH,
    NUMBER,
    OFFICERS_KEY,
    RESIDENT_NOTICE,
    PlayedResident,
    ResidentScript,
    enrol,
    withdraw,
)
from tests.ledger_fakes import FakeLedgerStore

PURPOSES = (Purpose.VERIFY, Purpose.RETAIN_TEMPLATE, Purpose.RETAIN_PORTRAIT)
WITH_PORTRAITS = replace(RESIDENT_NOTICE, purposes=PURPOSES, portraits=2)
ENDED = [State.PURGE, State.IDLE]


def kinds(played: PlayedResident) -> list[str]:
    return [json.loads(row.body)["kind"] for row in played.store.rows]


class FullStore(FakeLedgerStore):
    """A disk that is full whenever an outcome is to be written, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def append(self, body: bytes, sealed_evidence: bytes | None = None) -> int:
        if self.times and json.loads(body)["kind"] == "VISIT_OUTCOME":
            self.times -= 1
            raise StorageError(ErrorCode.DISK_FULL)
        return super().append(body, sealed_evidence)


def outcome_shown(played: PlayedResident) -> OutcomeReached:
    return next(event for event in played.events if isinstance(event, OutcomeReached))


def test_an_enrolment_keeps_once_what_was_agreed_to_and_gives_a_number() -> None:
    played = enrol(ResidentScript())
    assert (played.report.outcome, played.report.resident_number) == (Outcome.ENROLLED, NUMBER)
    assert played.states == [
        State.NOTICE,
        State.CONSENT,
        State.CARD,
        State.CAPTURE,
        State.COMPARE,
        State.KEEP,
        State.OUTCOME,
        *ENDED,
    ]
    assert played.diary == [
        "take",
        "ask_consent",
        "begin",
        "read_document",
        "is_enrolled",
        "capture",
        "compare",
        "show_comparison",
        "enrol_template",
        "enrol",
        "end",
        "forget",
        "warm",
        "acknowledge",
    ]
    assert kinds(played) == [*["CONSENT_GIVEN"] * 2, "VISIT_OUTCOME", "PURGE", "RECEIPT"]
    shown = outcome_shown(played)
    assert (shown.flow, shown.resident_number) == (Flow.ENROLMENT, NUMBER)
    assert NUMBER not in repr(shown) and NUMBER not in repr(played.report)


def test_a_resident_number_stays_on_screen_long_enough_to_be_written_down() -> None:
    kept, refused = enrol(ResidentScript()), enrol(ResidentScript(agreed=frozenset()))
    assert kept.person.shown_s == 3 * refused.person.shown_s > 0


def test_what_is_kept_rests_on_its_consents_and_holds_listed_fields_only() -> None:
    notice = replace(RESIDENT_NOTICE, fields=("document_number", "birth_date"))
    played = enrol(ResidentScript(), notice=notice)
    kept = played.residents.kept[0]
    given = [json.loads(row.body)["payload"]["record_id"] for row in played.store.rows[:2]]
    assert list(kept.consent_record_ids) == given
    assert [name for name, _ in kept.identity.fields] == ["document_number", "birth_date"]
    assert kept.portraits == ()


def test_the_secrets_of_a_template_do_not_outlive_its_keeping() -> None:
    for script in (
        ResidentScript(),
        ResidentScript(enrol=StorageError(ErrorCode.DISK_FULL)),
        ResidentScript(seal=BoothError(ErrorCode.BOOTH_LOST)),
    ):
        (draft,) = enrol(script).residents.drafts
        for secret in (draft.secret, draft.keys.rotation, draft.keys.seal_key):
            assert not any(secret.reveal())


@pytest.mark.parametrize("ticked", [{Purpose.RETAIN_TEMPLATE}, {Purpose.VERIFY}, set()])
def test_one_consent_alone_enrols_nobody_and_opens_nothing(ticked: set[Purpose]) -> None:
    played = enrol(ResidentScript(agreed=frozenset(ticked)))
    wanted = Outcome.NOT_ENROLLED if ticked else Outcome.DECLINED
    assert played.report.outcome is wanted
    assert played.residents.kept == [] and "begin" not in played.diary
    given = [
        "CONSENT_GIVEN" if p in ticked else "CONSENT_REFUSED" for p in RESIDENT_NOTICE.purposes
    ]
    receipt = ["RECEIPT"] if ticked else []
    assert kinds(played) == [*given, "VISIT_OUTCOME", "PURGE", *receipt]
    assert ("ask_check_only" in played.diary) is (ticked == {Purpose.VERIFY})


def test_with_the_check_alone_the_face_may_be_checked_and_nothing_is_kept() -> None:
    script = ResidentScript(agreed=frozenset({Purpose.VERIFY}), check_only=True, enrolled=True)
    played = enrol(script)
    assert played.report.outcome is Outcome.MATCH
    assert not {"enrol_template", "enrol", "keep", "is_enrolled"} & set(played.diary)
    assert played.residents.drafts == [] and played.report.resident_number == ""


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(Answer.REFUSED, Outcome.DECLINED), (Answer.OTHER_ROUTE, Outcome.MANUAL)],
)
def test_without_a_yes_no_device_is_opened(answer: Answer, outcome: Outcome) -> None:
    played = enrol(ResidentScript(answer=answer))
    assert played.report.outcome is outcome
    assert "begin" not in played.diary


def test_a_document_that_is_enrolled_is_found_before_any_face() -> None:
    played = enrol(ResidentScript(enrolled=True))
    assert played.report.outcome is Outcome.ALREADY_ENROLLED
    assert played.report.code is ErrorCode.ALREADY_ENROLLED
    assert not {"capture", "compare", "enrol_template", "enrol"} & set(played.diary)
    assert played.states[-4:] == [State.CARD, State.OUTCOME, *ENDED]


def test_a_document_enrolled_meanwhile_is_no_fault_of_the_machine() -> None:
    played = enrol(ResidentScript(enrol=StorageError(ErrorCode.ALREADY_ENROLLED)))
    assert played.report.outcome is Outcome.ALREADY_ENROLLED
    assert played.residents.kept == []


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (ResidentScript(decision=ComparisonDecision.NON_MATCH), Outcome.NON_MATCH),
        (ResidentScript(captures=[PadResult.ATTACK]), Outcome.ATTACK),
        (ResidentScript(captures=[PadResult.UNDECIDED] * 2), Outcome.MANUAL),
        (ResidentScript(cards=[Authenticity.FAILED]), Outcome.DOCUMENT_REFUSED),
        (ResidentScript(birth_date=""), Outcome.MANUAL),
        (ResidentScript(birth_date=datetime.now(UTC).date().isoformat()), Outcome.MANUAL),
        (ResidentScript(photo_fault=ErrorCode.CARD_PHOTO_UNUSABLE), Outcome.MANUAL),
    ],
)
def test_whoever_is_not_shown_to_be_the_bearer_is_not_enrolled(
    script: ResidentScript, outcome: Outcome
) -> None:
    played = enrol(script)
    assert played.report.outcome is outcome
    assert played.residents.drafts == [] and played.residents.kept == []
    assert played.states[-2:] == ENDED


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (ResidentScript(take=BoothError(ErrorCode.BOOTH_TIMEOUT)), ErrorCode.BOOTH_TIMEOUT),
        (ResidentScript(may_start=StorageError(ErrorCode.DISK_FULL)), ErrorCode.DISK_FULL),
        (ResidentScript(cards=[CardError(ErrorCode.READER_NOT_FOUND)]), ErrorCode.READER_NOT_FOUND),
        (ResidentScript(captures=[CameraError(ErrorCode.CAMERA_LOST)]), ErrorCode.CAMERA_LOST),
        (ResidentScript(compare=BoothError(ErrorCode.BOOTH_LOST)), ErrorCode.BOOTH_LOST),
        (ResidentScript(seal=BoothError(ErrorCode.BOOTH_LOST)), ErrorCode.BOOTH_LOST),
        (ResidentScript(enrol=StorageError(ErrorCode.DISK_FULL)), ErrorCode.DISK_FULL),
        (ResidentScript(enrol=ConfigError(ErrorCode.TERM_TOO_LONG)), ErrorCode.TERM_TOO_LONG),
    ],
)
def test_a_fault_keeps_nothing_and_is_told_by_its_code(
    script: ResidentScript, code: ErrorCode
) -> None:
    played = enrol(script)
    assert (played.report.outcome, played.report.code) == (Outcome.FAILED, code)
    assert played.residents.kept == [] and played.report.resident_number == ""
    assert played.states[-2:] == ENDED
    assert ("end" in played.diary) is ("take" in played.diary)


@pytest.mark.parametrize("times", [1, 2])
def test_who_is_registered_is_told_so_even_where_the_ledger_fails_after_it(times: int) -> None:
    for play, done in ((enrol, Outcome.ENROLLED), (withdraw, Outcome.WITHDRAWN)):
        script = ResidentScript(enrolled=done is Outcome.WITHDRAWN)
        played = play(script, store=FullStore(times))
        assert (played.report.outcome, played.report.code) == (done, ErrorCode.DISK_FULL)
        shown = outcome_shown(played)
        assert (shown.outcome, shown.code) == (done, ErrorCode.DISK_FULL)
        assert bool(played.residents.enrolled) is (done is Outcome.ENROLLED)
        # Where the ledger takes it at the second try, it says so too; else the station locks.
        assert played.report.locked is (times == 2)
        told = [json.loads(row.body) for row in played.store.rows]
        outcomes = [e["payload"] for e in told if e["kind"] == "VISIT_OUTCOME"]
        assert [(one["outcome"], one["code"]) for one in outcomes] == [
            (done.value, ErrorCode.DISK_FULL.value)
        ] * (2 - times)


@pytest.mark.parametrize(
    "where", ["ask_consent", "ask_access_key", "read_document", "capture", "compare"]
)
def test_a_cancel_before_the_keeping_keeps_nothing(where: str) -> None:
    played = enrol(ResidentScript(cancel_in=where))
    assert played.report.outcome is Outcome.CANCELLED
    assert played.residents.kept == [] and played.residents.drafts == []
    assert played.states[-2:] == ENDED and "end" in played.diary


def test_a_failed_purge_after_the_keeping_locks_the_station() -> None:
    played = enrol(ResidentScript(purge=PurgeError(ErrorCode.PURGE_FAILED)))
    assert played.report.locked and played.states[-1] is State.LOCKED


@pytest.mark.parametrize(
    ("policy_days", "notice_days", "term_days"),
    [(365, 365, 365), (30, 365, 30), (365, 90, 90)],
)
def test_a_resident_is_kept_for_the_shorter_of_policy_and_notice(
    policy_days: int, notice_days: int, term_days: int
) -> None:
    policy = load(overrides={"policy": {"resident_retention_days": policy_days}}).policy
    notice = replace(RESIDENT_NOTICE, retention_hours=notice_days * 24)
    began = datetime.now(UTC).replace(microsecond=0)
    (kept,) = enrol(ResidentScript(), policy=policy, notice=notice).residents.kept
    until = datetime.fromisoformat(kept.expires_at)
    term = timedelta(days=term_days)
    assert began + term <= until <= datetime.now(UTC) + term


@pytest.mark.parametrize(("days", "policy_max"), [(366, 365), (100, 90)])
def test_a_term_above_the_notice_or_the_policy_is_refused_before_anything(
    days: int, policy_max: int
) -> None:
    limits = {"resident_retention_days": 30, "resident_retention_max_days": policy_max}
    policy = load(overrides={"policy": limits}).policy
    store = FakeLedgerStore()
    with pytest.raises(ConfigError) as caught:
        enrol(ResidentScript(), policy=policy, term=timedelta(days=days), store=store)
    assert caught.value.code is ErrorCode.TERM_TOO_LONG
    assert store.rows == []


def test_a_shorter_wish_is_granted() -> None:
    (kept,) = enrol(ResidentScript(), term=timedelta(days=7)).residents.kept
    assert datetime.fromisoformat(kept.expires_at) <= datetime.now(UTC) + timedelta(days=7)


def test_a_tick_for_another_notice_is_no_consent() -> None:
    played = enrol(ResidentScript(agreed=frozenset({*BOTH, Purpose.UPLOAD})))
    assert played.report.outcome is Outcome.FAILED
    assert played.report.code is ErrorCode.CONSENT_MISSING
    assert "begin" not in played.diary


ALL_THREE = frozenset({*BOTH, Purpose.RETAIN_PORTRAIT})


@pytest.mark.parametrize("ticked", [True, False])
def test_a_portrait_is_kept_only_where_it_was_ticked_for_itself(ticked: bool) -> None:
    played = enrol(ResidentScript(agreed=ALL_THREE if ticked else BOTH), notice=WITH_PORTRAITS)
    (kept,) = played.residents.kept
    assert kept.portraits == ((b"sealed to " + OFFICERS_KEY,) if ticked else ())
    assert ("seal_portrait" in played.diary) is ticked
    if ticked:
        assert played.diary.index("seal_portrait") < played.diary.index("enrol_template")
    assert len(kept.consent_record_ids) == 2 + ticked


def test_a_portrait_alone_enrols_nobody() -> None:
    agreed = frozenset({Purpose.VERIFY, Purpose.RETAIN_PORTRAIT})
    played = enrol(ResidentScript(agreed=agreed), notice=WITH_PORTRAITS)
    assert played.report.outcome is Outcome.NOT_ENROLLED
    checked = enrol(ResidentScript(agreed=agreed, check_only=True), notice=WITH_PORTRAITS)
    assert checked.report.outcome is Outcome.MATCH
    assert "seal_portrait" not in checked.diary and checked.residents.kept == []


def test_nobody_is_asked_for_a_portrait_that_nobody_could_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resident_fakes, "OFFICERS_KEY", b"")
    with pytest.raises(ConfigError) as caught:
        enrol(ResidentScript(), notice=WITH_PORTRAITS)
    assert caught.value.code is ErrorCode.CONFIG_INVALID
