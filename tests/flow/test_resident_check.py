"""Every way through resident verification and withdrawal, on scripted ports.

All of them end in the purge, and nothing is compared, counted or erased by halves.
"""

import dataclasses
import json
import typing
from collections.abc import Iterator

import pytest

from station.config import load
from station.errors import (
    BoothError,
    CameraError,
    ErrorCode,
    StationError,
    StorageError,
)
from station.events import CardRetry, State
from station.model import (
    Answer,
    Authenticity,
    Claim,
    ClaimKind,
    ComparisonDecision,
    Language,
    Outcome,
    PadResult,
    Purpose,
)
from station.ports import Dialogue, ResidentDialogue
from tests.flow.resident_fakes import (
    BY_NUMBER,
    DOCUMENT,
    NUMBER,
    PlayedResident,
    ResidentScript,
    check,
    withdraw,
)

ENDED = [State.PURGE, State.IDLE]


def kinds(played: PlayedResident) -> list[str]:
    return [json.loads(row.body)["kind"] for row in played.store.rows]


_DISK_FULL = StorageError(ErrorCode.DISK_FULL)


# Resident verification


@pytest.mark.parametrize("claims", [[BY_NUMBER], [None]])
def test_a_resident_is_compared_with_the_claimed_template_alone(
    claims: list[Claim | None],
) -> None:
    played = check(ResidentScript(claims=list(claims)))
    assert played.report.outcome is Outcome.MATCH
    read = ["read_document"] if claims == [None] else []
    assert played.diary == [
        "take",
        "ask_consent",
        "begin",
        "ask_claim",
        *read,
        "is_enrolled",
        "reference",
        "capture",
        "compare_template",
        "matched",
        "show_comparison",
        "end",
        "forget",
        "warm",
        "acknowledge",
    ]
    assert kinds(played) == ["CONSENT_GIVEN", "VISIT_OUTCOME", "PURGE", "RECEIPT"]
    assert not any(NUMBER.encode() in row.body for row in played.store.rows)


@pytest.mark.parametrize("attack", [False, True])
def test_a_failed_attempt_is_counted_before_it_is_told(attack: bool) -> None:
    capture = PadResult.ATTACK if attack else PadResult.BONA_FIDE

    def script(attempted: StationError | None = None) -> ResidentScript:
        decision = ComparisonDecision.NON_MATCH
        return ResidentScript(captures=[capture], decision=decision, attempted=attempted)

    assert check(script()).diary.count("failed") == 1
    silent = check(script(_DISK_FULL))
    assert (silent.report.outcome, silent.report.code) == (Outcome.FAILED, ErrorCode.DISK_FULL)
    assert "show_comparison" not in silent.diary
    assert "PAD_REJECT" not in kinds(silent)


def test_an_unknown_number_may_be_corrected_and_then_staff_take_over() -> None:
    unknown = Claim(ClaimKind.RESIDENT_NUMBER, "1111111111")
    played = check(ResidentScript(claims=[unknown, BY_NUMBER]))
    assert played.report.outcome is Outcome.MATCH
    retries = [event for event in played.events if isinstance(event, CardRetry)]
    assert [event.code for event in retries] == [ErrorCode.RESIDENT_UNKNOWN]
    lost = check(ResidentScript(claims=[unknown] * 3))
    assert (lost.report.outcome, lost.report.code) == (Outcome.MANUAL, ErrorCode.RESIDENT_UNKNOWN)
    assert "capture" not in lost.diary and "reference" not in lost.diary


def test_without_a_claim_no_template_is_opened_and_no_face_is_looked_at() -> None:
    empty = Claim(ClaimKind.RESIDENT_NUMBER, "  ")
    played = check(ResidentScript(claims=[empty] * 3))
    assert (played.report.outcome, played.report.code) == (Outcome.MANUAL, ErrorCode.CLAIM_MISSING)
    assert not {"capture", "reference", "is_enrolled", "compare_template"} & set(played.diary)


@pytest.mark.parametrize(
    "code",
    [
        ErrorCode.RESIDENT_UNKNOWN,
        ErrorCode.RESIDENT_LOCKED,
        ErrorCode.RESIDENT_RESTRICTED,
        ErrorCode.RECALLED,
        ErrorCode.TEMPLATE_REVOKED,
    ],
)
def test_who_may_not_be_compared_now_goes_to_staff_without_a_picture(code: ErrorCode) -> None:
    played = check(ResidentScript(reference=StorageError(code)))
    assert (played.report.outcome, played.report.code) == (Outcome.MANUAL, code)
    assert not {"capture", "compare_template", "matched", "failed"} & set(played.diary)


def test_a_template_the_booth_refuses_is_no_failed_attempt() -> None:
    played = check(ResidentScript(compare=BoothError(ErrorCode.TEMPLATE_REFUSED)))
    assert played.report.outcome is Outcome.MANUAL
    assert played.report.code is ErrorCode.TEMPLATE_REFUSED
    assert not {"matched", "failed"} & set(played.diary)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (ResidentScript(compare=BoothError(ErrorCode.BOOTH_LOST)), ErrorCode.BOOTH_LOST),
        (ResidentScript(reference=StorageError(ErrorCode.STORE_CORRUPT)), ErrorCode.STORE_CORRUPT),
        (ResidentScript(captures=[CameraError(ErrorCode.CAMERA_LOST)]), ErrorCode.CAMERA_LOST),
    ],
)
def test_a_fault_of_the_check_counts_for_nobody(script: ResidentScript, code: ErrorCode) -> None:
    played = check(script)
    assert (played.report.outcome, played.report.code) == (Outcome.FAILED, code)
    assert not {"matched", "failed"} & set(played.diary)
    assert played.states[-2:] == ENDED


@pytest.mark.parametrize("where", ["ask_consent", "ask_claim", "capture"])
def test_a_cancelled_check_ends_in_the_purge(where: str) -> None:
    played = check(ResidentScript(cancel_in=where))
    assert played.report.outcome is Outcome.CANCELLED
    assert played.states[-2:] == ENDED
    assert "compare_template" not in played.diary


def leaves(hint: object) -> Iterator[object]:
    """The types a type is made of."""
    parts = [*typing.get_args(hint)]
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        parts += typing.get_type_hints(hint).values()
    if not parts:
        yield hint
    for part in parts:
        yield from leaves(part)


def test_nothing_a_person_or_caller_can_hand_in_may_hold_a_picture_or_a_vector() -> None:
    """C3-1 and L-5: what comes from outside is a word, a number, a choice or a yes."""
    answers = [name for name in vars(ResidentDialogue) if name.startswith("ask_")]
    answers += [name for name in vars(Dialogue) if name.startswith("ask_")]
    assert len(answers) == 5
    taken: set[object] = set()
    for name in answers:
        taken |= set(leaves(typing.get_type_hints(getattr(ResidentDialogue, name))["return"]))
    allowed = {str, float, bool, type(None), Answer, Language, Purpose, ClaimKind, ...}
    assert taken <= allowed


# Withdrawal


def test_with_the_document_withdrawing_takes_no_face_and_no_more_steps_than_consent() -> None:
    played = withdraw(ResidentScript(claims=[None]))
    assert played.report.outcome is Outcome.WITHDRAWN
    asked = [step for step in played.diary if step.startswith("ask_") or step == "read_document"]
    assert asked == ["ask_consent", "ask_claim", "read_document", "ask_erasure"]
    assert not {"capture", "reference", "compare_template"} & set(played.diary)
    assert played.residents.enrolled == set()
    assert played.report.erased is not None and played.report.erased.remaining == 0
    assert played.states[-4:] == [State.ERASE, State.OUTCOME, *ENDED]


def test_with_a_number_the_face_that_belongs_to_it_is_needed() -> None:
    played = withdraw(ResidentScript(claims=[BY_NUMBER]))
    assert played.report.outcome is Outcome.WITHDRAWN
    assert played.diary.index("matched") < played.diary.index("withdraw")
    other = withdraw(ResidentScript(decision=ComparisonDecision.NON_MATCH))
    assert other.report.outcome is Outcome.NON_MATCH
    assert "failed" in other.diary and "withdraw" not in other.diary
    assert DOCUMENT in other.residents.enrolled


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (ResidentScript(claims=[None], erase=False), Outcome.CANCELLED),
        (ResidentScript(claims=[None], cancel_in="ask_erasure"), Outcome.CANCELLED),
        (ResidentScript(claims=[None], cards=[Authenticity.FAILED]), Outcome.DOCUMENT_REFUSED),
        (ResidentScript(captures=[PadResult.ATTACK]), Outcome.ATTACK),
        (ResidentScript(reference=StorageError(ErrorCode.RESIDENT_LOCKED)), Outcome.MANUAL),
        (ResidentScript(compare=BoothError(ErrorCode.TEMPLATE_REFUSED)), Outcome.MANUAL),
        (ResidentScript(answer=Answer.OTHER_ROUTE), Outcome.MANUAL),
        (ResidentScript(claims=[None], withdraw=_DISK_FULL), Outcome.FAILED),
    ],
)
def test_nothing_is_erased_unless_it_was_confirmed_by_the_right_person(
    script: ResidentScript, outcome: Outcome
) -> None:
    played = withdraw(script)
    assert played.report.outcome is outcome
    assert played.residents.enrolled and played.report.erased is None
    assert played.states[-2:] == ENDED


def test_a_withdrawal_that_is_not_confirmed_in_time_changes_nothing() -> None:
    """An unanswered question must not erase, and must not keep the machine for ever."""
    policy = load(overrides={"policy": {"consent_timeout_s": 0.05}}).policy
    played = withdraw(ResidentScript(claims=[None], silent=True), policy=policy)
    assert played.report.outcome is Outcome.TIMED_OUT
    assert "withdraw" not in played.diary and played.residents.enrolled
