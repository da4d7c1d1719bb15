"""Pure decisions of a visit: what a reading, a capture or a comparison leads to."""

from datetime import date

from station.errors import ErrorCode
from station.model import (
    Authenticity,
    Claim,
    ClaimKind,
    ComparisonDecision,
    Outcome,
    PadReport,
    PadResult,
)
from station.states import Trigger

RETRYABLE_CARD_FAULTS = frozenset(
    {
        ErrorCode.CARD_REMOVED,
        ErrorCode.CARD_ACCESS_DENIED,
        ErrorCode.CARD_UNREADABLE,
        ErrorCode.CARD_WRONG_KIND,
    }
)
"""Faults the person can mend by presenting the document again."""

MANUAL_CARD_FAULTS = frozenset(
    {
        ErrorCode.CARD_NOT_SUPPORTED,
        ErrorCode.CARD_PHOTO_NOT_SUPPORTED,
        ErrorCode.CARD_PHOTO_UNUSABLE,
    }
)
"""Faults that trying again cannot mend; a member of staff takes over."""

CLAIM_FAULTS = frozenset(
    {
        ErrorCode.RESIDENT_UNKNOWN,
        ErrorCode.RESIDENT_LOCKED,
        ErrorCode.RESIDENT_RESTRICTED,
        ErrorCode.RECALLED,
        ErrorCode.TEMPLATE_REVOKED,
    }
)
"""Why a claimed identity is not compared now; a member of staff takes over."""

RESIDENT_CODE_PREFIX = "RN1:"
"""Begins the text of a resident's QR code; the number follows."""
_LONGEST_CLAIM = 64


def resident_claim(text: str) -> Claim:
    """What was typed, or read from a resident's QR code, as a claim; empty when it can be none."""
    number = text.strip().removeprefix(RESIDENT_CODE_PREFIX).strip()
    return Claim(ClaimKind.RESIDENT_NUMBER, number if len(number) <= _LONGEST_CLAIM else "")


def document_trigger(authenticity: Authenticity, accept_unknown_issuer: bool) -> Trigger:
    """READ when the document may be used, NOT_AUTHENTIC when it is refused."""
    if authenticity is Authenticity.FAILED:
        return Trigger.NOT_AUTHENTIC
    if authenticity is Authenticity.UNKNOWN_ISSUER and not accept_unknown_issuer:
        return Trigger.NOT_AUTHENTIC
    return Trigger.READ


def is_under_age(birth_date_iso: str, today: date, limit_years: int = 15) -> bool:
    """Whether no face check may be made: until the `limit_years`-th birthday (PIPL 31, X-6).

    `birth_date_iso` is an ISO 8601 date. An empty, partial or malformed date is not known, and
    counts as under age: the document does not show the person to be old enough, and the route by a
    member of staff costs an adult little. Whoever was born on 29 February has the birthday of a
    common year on 1 March.
    """
    try:
        born = date.fromisoformat(birth_date_iso)
    except ValueError:
        return True
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (not had_birthday) < limit_years


def capture_trigger(report: PadReport, attempts_left: int) -> Trigger:
    """BONA_FIDE, ATTACK, UNDECIDED (again with a fresh plan) or HANDED_OVER to a person."""
    if report.result is PadResult.BONA_FIDE:
        return Trigger.BONA_FIDE
    if report.result is PadResult.ATTACK:
        return Trigger.ATTACK
    return Trigger.UNDECIDED if attempts_left > 0 else Trigger.HANDED_OVER


def comparison_outcome(decision: ComparisonDecision) -> Outcome:
    """MATCH or NON_MATCH."""
    return Outcome.MATCH if decision is ComparisonDecision.MATCH else Outcome.NON_MATCH


def keeps_identity(outcome: Outcome) -> bool:
    """Only a matched visit enters the visitor log; a failed one keeps nothing (X-10)."""
    return outcome is Outcome.MATCH
