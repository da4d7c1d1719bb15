"""Pure decisions: what a document, a capture or a comparison leads to."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.decision import (
    MANUAL_CARD_FAULTS,
    RETRYABLE_CARD_FAULTS,
    capture_trigger,
    comparison_outcome,
    document_trigger,
    is_under_age,
    keeps_identity,
    resident_claim,
)
from station.model import (
    Authenticity,
    ClaimKind,
    ComparisonDecision,
    Outcome,
    PadReport,
    PadResult,
)
from station.states import Trigger


@pytest.mark.parametrize(
    ("authenticity", "lenient", "trigger"),
    [
        (Authenticity.VERIFIED, False, Trigger.READ),
        (Authenticity.READER_VOUCHED, False, Trigger.READ),
        (Authenticity.UNKNOWN_ISSUER, False, Trigger.NOT_AUTHENTIC),
        (Authenticity.UNKNOWN_ISSUER, True, Trigger.READ),
        (Authenticity.FAILED, False, Trigger.NOT_AUTHENTIC),
        (Authenticity.FAILED, True, Trigger.NOT_AUTHENTIC),
    ],
)
def test_a_forged_document_is_never_used(
    authenticity: Authenticity, lenient: bool, trigger: Trigger
) -> None:
    assert document_trigger(authenticity, lenient) is trigger


@pytest.mark.parametrize(
    ("result", "left", "trigger"),
    [
        (PadResult.BONA_FIDE, 0, Trigger.BONA_FIDE),
        (PadResult.ATTACK, 2, Trigger.ATTACK),
        (PadResult.UNDECIDED, 1, Trigger.UNDECIDED),
        (PadResult.UNDECIDED, 0, Trigger.HANDED_OVER),
    ],
)
def test_undecided_is_tried_again_and_then_handed_to_a_person(
    result: PadResult, left: int, trigger: Trigger
) -> None:
    assert capture_trigger(PadReport(result, "", "", ()), left) is trigger


def test_only_a_match_enters_the_visitor_log() -> None:
    assert [outcome for outcome in Outcome if keeps_identity(outcome)] == [Outcome.MATCH]
    assert comparison_outcome(ComparisonDecision.MATCH) is Outcome.MATCH
    assert comparison_outcome(ComparisonDecision.NON_MATCH) is Outcome.NON_MATCH


def test_card_faults_are_either_tried_again_or_handed_over() -> None:
    assert not RETRYABLE_CARD_FAULTS & MANUAL_CARD_FAULTS


@pytest.mark.parametrize(
    ("born", "today", "under"),
    [
        ("2011-11-22", date(2026, 11, 21), True),
        ("2011-11-22", date(2026, 11, 22), False),
        ("2011-12-01", date(2026, 11, 30), True),
        ("2008-02-29", date(2023, 2, 28), True),
        ("2008-02-29", date(2023, 3, 1), False),
        ("2026-11-22", date(2026, 11, 22), True),
        ("2027-01-01", date(2026, 11, 22), True),
        ("1901-01-01", date(2026, 11, 22), False),
    ],
)
def test_until_the_fifteenth_birthday_no_face_is_checked(
    born: str, today: date, under: bool
) -> None:
    assert is_under_age(born, today) is under


@pytest.mark.parametrize("born", ["", "1990", "1990-00-00", "1990-02-30", "900101", "unknown"])
def test_a_birth_date_that_is_not_known_counts_as_under_age(born: str) -> None:
    assert is_under_age(born, date(2026, 11, 22))


def test_a_policy_may_set_the_age_higher() -> None:
    assert is_under_age("2010-01-01", date(2026, 11, 22), 18)
    assert not is_under_age("2010-01-01", date(2026, 11, 22), 16)


@given(
    st.dates(date(1900, 1, 1), date(2080, 1, 1)),
    st.integers(0, 40_000),
    st.integers(14, 18),
)
def test_once_old_enough_always_old_enough(born: date, days: int, limit: int) -> None:
    day = born + timedelta(days)
    if not is_under_age(born.isoformat(), day, limit):
        assert day.year - born.year >= limit
        assert not is_under_age(born.isoformat(), day + timedelta(1), limit)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1234567890", "1234567890"),
        ("  1234567890\n", "1234567890"),
        ("RN1:1234567890", "1234567890"),
        ("", ""),
        ("RN1:", ""),
        ("9" * 65, ""),
    ],
)
def test_a_number_is_claimed_as_typed_or_as_scanned(typed: str, number: str) -> None:
    claim = resident_claim(typed)
    assert (claim.kind, claim.value) == (ClaimKind.RESIDENT_NUMBER, number)
