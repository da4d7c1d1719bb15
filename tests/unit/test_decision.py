"""Pure decisions: what a document, a capture or a comparison leads to."""

import pytest

from station.decision import (
    MANUAL_CARD_FAULTS,
    RETRYABLE_CARD_FAULTS,
    capture_trigger,
    comparison_outcome,
    document_trigger,
    keeps_identity,
)
from station.model import Authenticity, ComparisonDecision, Outcome, PadReport, PadResult
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
