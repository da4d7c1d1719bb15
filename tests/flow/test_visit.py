"""Every way through a visit, on scripted ports: all of them end in the purge."""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import NoReturn

import pytest

from station.config import load
from station.errors import (
    BoothError,
    CameraError,
    CardError,
    ErrorCode,
    PurgeError,
    StorageError,
)
from station.events import (
    CaptureRetry,
    CaptureStarted,
    OutcomeReached,
    Purged,
    State,
    StationLocked,
)
from station.model import (
    Answer,
    Authenticity,
    ComparisonDecision,
    IdentityRecord,
    Outcome,
    PadResult,
    VisitId,
)
from tests.flow import visit_fakes
from tests.flow.visit_fakes import (
    NOTICE,
    FakeBooth,
    FakePerson,
    FakeRecords,
    Played,
    Script,
    play,
)
from tests.ledger_fakes import FakeLedgerStore

HAPPY = [
    State.NOTICE,
    State.CONSENT,
    State.CARD,
    State.CAPTURE,
    State.COMPARE,
    State.OUTCOME,
    State.PURGE,
    State.IDLE,
]


def kinds(played: Played) -> list[str]:
    return [json.loads(row.body)["kind"] for row in played.store.rows]


def test_a_visit_id_that_looks_like_an_identity_number_is_drawn_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The id is in the ledger's export, which is scanned for such numbers."""
    drawn = chain(["1" * 32], repeat("a" * 32))
    monkeypatch.setattr("consent.ledger.secrets.token_hex", lambda _count: next(drawn))
    assert play(Script()).report.visit_id == "a" * 32


def test_a_match_is_recorded_before_it_is_shown_and_purged_before_it_is_acknowledged() -> None:
    played = play(Script())
    assert played.report.outcome is Outcome.MATCH
    assert played.states == HAPPY
    assert kinds(played) == ["CONSENT_GIVEN", "VISIT_OUTCOME", "PURGE", "RECEIPT"]
    assert played.diary == [
        "take",
        "ask_consent",
        "begin",
        "read_document",
        "capture",
        "compare",
        "show_comparison",
        "keep",
        "end",
        "forget",
        "warm",
        "acknowledge",
    ]
    shown = [type(event) for event in played.events]
    assert shown.index(OutcomeReached) < shown.index(Purged)
    assert played.person.shown is None


@pytest.mark.parametrize(
    ("script", "outcome", "keeps"),
    [
        (Script(decision=ComparisonDecision.NON_MATCH), Outcome.NON_MATCH, False),
        (Script(captures=[PadResult.ATTACK]), Outcome.ATTACK, False),
        (Script(captures=[PadResult.UNDECIDED, PadResult.BONA_FIDE]), Outcome.MATCH, True),
        (Script(captures=[PadResult.UNDECIDED] * 2), Outcome.MANUAL, False),
        (Script(cards=[Authenticity.FAILED]), Outcome.DOCUMENT_REFUSED, False),
        (Script(cards=[Authenticity.UNKNOWN_ISSUER]), Outcome.DOCUMENT_REFUSED, False),
        (Script(photo_fault=ErrorCode.CARD_PHOTO_UNUSABLE), Outcome.MANUAL, False),
        (Script(expired=True), Outcome.MATCH, True),
    ],
)
def test_outcomes(script: Script, outcome: Outcome, keeps: bool) -> None:
    played = play(script)
    assert played.report.outcome is outcome
    assert ("keep" in played.diary) is keeps
    assert played.states[-2:] == [State.PURGE, State.IDLE]
    assert "end" in played.diary
    assert played.report.document_expired is script.expired


@pytest.mark.parametrize(
    ("answer", "outcome", "kind"),
    [
        (Answer.REFUSED, Outcome.DECLINED, "CONSENT_REFUSED"),
        (Answer.OTHER_ROUTE, Outcome.MANUAL, "CONSENT_OTHER_ROUTE"),
    ],
)
def test_without_consent_the_booth_is_never_begun(
    answer: Answer, outcome: Outcome, kind: str
) -> None:
    played = play(Script(answer=answer))
    assert played.report.outcome is outcome
    assert "begin" not in played.diary
    assert kinds(played) == [kind, "VISIT_OUTCOME", "PURGE"]


@pytest.mark.parametrize("where", ["ask_consent", "ask_access_key", "read_document", "capture"])
def test_a_cancel_anywhere_ends_in_the_purge(where: str) -> None:
    played = play(Script(cancel_in=where))
    assert played.report.outcome is Outcome.CANCELLED
    assert played.states[-2:] == [State.PURGE, State.IDLE]
    assert "end" in played.diary
    assert "keep" not in played.diary


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (Script(take=BoothError(ErrorCode.BOOTH_TIMEOUT)), ErrorCode.BOOTH_TIMEOUT),
        (Script(may_start=StorageError(ErrorCode.DISK_FULL)), ErrorCode.DISK_FULL),
        (Script(may_start=StorageError(ErrorCode.CLOCK_SET_BACK)), ErrorCode.CLOCK_SET_BACK),
        (Script(cards=[CardError(ErrorCode.READER_NOT_FOUND)]), ErrorCode.READER_NOT_FOUND),
        (Script(cards=[BoothError(ErrorCode.BOOTH_LOST)]), ErrorCode.BOOTH_LOST),
        (Script(captures=[CameraError(ErrorCode.CAMERA_LOST)]), ErrorCode.CAMERA_LOST),
        (Script(compare=BoothError(ErrorCode.BOOTH_LOST)), ErrorCode.BOOTH_LOST),
        (Script(keep=StorageError(ErrorCode.DISK_FULL)), ErrorCode.DISK_FULL),
    ],
)
def test_a_fault_is_reported_by_its_code_and_keeps_nothing(script: Script, code: ErrorCode) -> None:
    played = play(script)
    assert (played.report.outcome, played.report.code) == (Outcome.FAILED, code)
    assert played.states[-2:] == [State.PURGE, State.IDLE]
    assert "keep" not in played.diary
    assert "VISIT_OUTCOME" in kinds(played)
    assert ("end" in played.diary) is ("take" in played.diary)


def test_a_card_is_tried_again_and_then_handed_to_a_person() -> None:
    faults: list[object] = [CardError(ErrorCode.CARD_REMOVED) for _ in range(3)]
    played = play(Script(cards=faults))
    assert played.report.outcome is Outcome.MANUAL
    assert played.report.code is ErrorCode.CARD_REMOVED
    assert played.diary.count("read_document") == load().policy.card_attempts
    again = play(Script(cards=[CardError(ErrorCode.CARD_ACCESS_DENIED), Authenticity.VERIFIED]))
    assert again.report.outcome is Outcome.MATCH


@pytest.mark.parametrize("code", [ErrorCode.CARD_NOT_SUPPORTED, ErrorCode.CARD_PHOTO_NOT_SUPPORTED])
def test_what_trying_again_cannot_mend_goes_to_a_person_at_once(code: ErrorCode) -> None:
    played = play(Script(cards=[CardError(code)]))
    assert (played.report.outcome, played.report.code) == (Outcome.MANUAL, code)
    assert played.diary.count("read_document") == 1


def years_ago(years: int) -> str:
    """The birth date of somebody whose birthday is today."""
    today = datetime.now().astimezone().date()
    return f"{today.year - years:04}-{today:%m-%d}"


@pytest.mark.parametrize("born", [years_ago(3), years_ago(14), ""])
def test_a_minor_goes_to_a_person_before_any_camera_and_nothing_is_kept(born: str) -> None:
    played = play(Script(birth_date=born))
    assert played.report.outcome is Outcome.MANUAL
    assert played.report.code is ErrorCode.MINOR_NEEDS_GUARDIAN
    assert played.states == [
        State.NOTICE,
        State.CONSENT,
        State.CARD,
        State.OUTCOME,
        State.PURGE,
        State.IDLE,
    ]
    assert not {"capture", "compare", "keep"} & set(played.diary)
    assert kinds(played) == ["CONSENT_GIVEN", "VISIT_OUTCOME", "PURGE", "RECEIPT"]


def test_the_notice_asks_for_what_the_age_rule_needs() -> None:
    assert "birth_date" in NOTICE.fields


def test_the_age_limit_is_the_policy_s() -> None:
    policy = load(overrides={"policy": {"minor_age_years": 18}}).policy
    assert play(Script(birth_date=years_ago(17)), policy).report.outcome is Outcome.MANUAL
    assert play(Script(birth_date=years_ago(17))).report.outcome is Outcome.MATCH


def test_a_forged_document_is_refused_whatever_age_it_states() -> None:
    played = play(Script(cards=[Authenticity.FAILED], birth_date=years_ago(3)))
    assert played.report.outcome is Outcome.DOCUMENT_REFUSED


@pytest.mark.parametrize(
    "code", [ErrorCode.CARD_PHOTO_UNUSABLE, ErrorCode.CARD_PHOTO_NOT_SUPPORTED]
)
def test_the_cause_says_why_the_photo_could_not_be_used(code: ErrorCode) -> None:
    assert play(Script(photo_fault=code)).report.code is code


def test_a_failed_purge_locks_the_station() -> None:
    played = play(Script(purge=PurgeError(ErrorCode.PURGE_FAILED)))
    assert played.report.locked
    assert played.states[-1] is State.LOCKED
    assert any(isinstance(event, StationLocked) for event in played.events)
    assert "acknowledge" not in played.diary
    assert kinds(played)[-1] == "LOCKED"


def test_a_failed_purge_locks_even_when_the_ledger_cannot_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = FakeLedgerStore()

    def end(self: FakeBooth) -> NoReturn:
        store.fail_append = True
        raise PurgeError(ErrorCode.PURGE_FAILED)

    monkeypatch.setattr(FakeBooth, "end", end)
    played = play(Script(), store=store)
    assert played.report.locked
    assert played.report.code is ErrorCode.PURGE_FAILED
    assert played.states[-1] is State.LOCKED


@pytest.mark.parametrize("where", ["compare", ""])
def test_a_station_being_closed_does_not_wait_at_the_outcome(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def acknowledge(self: FakePerson, cancel: threading.Event, timeout_s: float) -> None:
        seen.append(cancel.is_set())

    monkeypatch.setattr(FakePerson, "acknowledge", acknowledge)
    assert play(Script(cancel_in=where)).report.outcome is Outcome.MATCH
    assert seen == [bool(where)]


def test_a_ledger_that_cannot_write_locks_the_station_and_still_purges() -> None:
    store = FakeLedgerStore()
    store.fail_append = True
    played = play(Script(), store=store)
    assert played.report.locked
    assert played.report.code is ErrorCode.DISK_FULL
    assert "end" in played.diary
    assert "begin" not in played.diary


def test_a_person_who_walks_away_times_out() -> None:
    policy = load(overrides={"policy": {"consent_timeout_s": 0.05}}).policy
    played = play(Script(absent=True), policy)
    assert played.report.outcome is Outcome.TIMED_OUT
    assert played.states[-2:] == [State.PURGE, State.IDLE]


def test_the_ledger_holds_no_field_of_the_document() -> None:
    played = play(Script())
    for row in played.store.rows:
        assert b"SPECIMEN" not in row.body
        assert b"X0000000" not in row.body


@pytest.mark.parametrize(("policy_h", "notice_h"), [(24, 2), (2, 24), (24, 24)])
def test_a_visitor_is_kept_for_the_shorter_of_policy_and_notice(
    policy_h: float, notice_h: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    until: list[datetime] = []

    def keep(self: FakeRecords, visit: VisitId, kept: IdentityRecord, expires_at: str) -> None:
        until.append(datetime.fromisoformat(expires_at))

    monkeypatch.setattr(FakeRecords, "keep_identity", keep)
    monkeypatch.setattr(visit_fakes, "NOTICE", replace(NOTICE, retention_hours=notice_h))
    policy = load(overrides={"policy": {"visitor_retention_h": policy_h}}).policy
    began = datetime.now(UTC).replace(microsecond=0)
    assert play(Script(), policy).report.outcome is Outcome.MATCH
    term = timedelta(hours=min(policy_h, notice_h))
    assert began + term <= until[0] <= datetime.now(UTC) + term


@pytest.mark.parametrize("calm", [False, True])
def test_whoever_asked_for_the_calm_check_gets_it_and_the_screen_knows(calm: bool) -> None:
    played = play(Script(calm=calm))
    assert ("capture calm" if calm else "capture") in played.diary
    started = [event for event in played.events if isinstance(event, CaptureStarted)]
    assert [event.lights for event in started] == [not calm]


def test_an_undecided_attempt_says_why_and_gets_another() -> None:
    played = play(Script(captures=[PadResult.UNDECIDED, PadResult.BONA_FIDE]))
    retries = [event for event in played.events if isinstance(event, CaptureRetry)]
    assert retries == [CaptureRetry("L3_PLANARITY", 1)]
    assert played.report.outcome is Outcome.MATCH


def test_every_layers_figure_is_in_the_record() -> None:
    rows = [row.body for row in play(Script()).store.rows]
    outcome = next(body for body in rows if b"VISIT_OUTCOME" in body)
    assert b'"layers":[["L3_PLANARITY",1,1,91,55]]' in outcome
