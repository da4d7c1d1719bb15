"""How residents are told what their ticks come to, how it ended, and what is kept: pure choices."""

from datetime import datetime, timedelta
from enum import StrEnum

from consent.visit_receipt import Kept
from station.errors import ErrorCode
from station.events import Flow, OutcomeReached
from station.model import Outcome, Purpose


class Say(StrEnum):
    """Keys of the "resident" texts."""

    CHECKED = "CHECKED"
    PAUSED = "PAUSED"
    UNKNOWN = "UNKNOWN"
    ANEW = "ANEW"
    ON_HOLD = "ON_HOLD"
    NOT_MATCHED = "NOT_MATCHED"
    CANCELLED = "CANCELLED"
    KEPT_TEMPLATE = "KEPT_TEMPLATE"
    KEPT_PORTRAITS = "KEPT_PORTRAITS"
    KEPT_IDENTITY = "KEPT_IDENTITY"
    KEPT_NOTHING = "KEPT_NOTHING"
    AS_IT_WAS = "AS_IT_WAS"
    NOT_ERASED = "NOT_ERASED"
    ERASED = "ERASED"
    TERM_VERIFY = "TERM_VERIFY"
    TERM_RETAIN_TEMPLATE = "TERM_RETAIN_TEMPLATE"
    TERM_RETAIN_PORTRAIT = "TERM_RETAIN_PORTRAIT"
    CHILD_CARD = "CHILD_CARD"
    TICKED_ONE_OF_TWO = "TICKED_ONE_OF_TWO"
    TICKED_NONE = "TICKED_NONE"
    TICKED_NO_CHECK = "TICKED_NO_CHECK"
    TICKED_CHECK = "TICKED_CHECK"
    TICKED_REGISTER = "TICKED_REGISTER"
    TICKED_PORTRAITS = "TICKED_PORTRAITS"
    DO_NONE = "DO_NONE"
    DO_BOTH = "DO_BOTH"
    DO_NO_CHECK = "DO_NO_CHECK"
    DO_CHECK = "DO_CHECK"
    DO_REGISTER = "DO_REGISTER"
    DO_PORTRAITS = "DO_PORTRAITS"


CLAIMED = frozenset({Flow.RESIDENT_CHECK, Flow.WITHDRAWAL})
"""Flows of somebody who is enrolled already."""

_HEADLINES = {
    ErrorCode.RESIDENT_LOCKED: (Say.PAUSED, "lock"),
    ErrorCode.RESIDENT_UNKNOWN: (Say.UNKNOWN, "help"),
    ErrorCode.RECALLED: (Say.ANEW, "again"),
    ErrorCode.TEMPLATE_REFUSED: (Say.ANEW, "again"),
    ErrorCode.TEMPLATE_REVOKED: (Say.ANEW, "again"),
    ErrorCode.RESIDENT_RESTRICTED: (Say.ON_HOLD, "lock"),
}
_UNTOLD = frozenset({*_HEADLINES, ErrorCode.CLAIM_MISSING})
"""After these nothing more is said of a registration: there may be none, or it is out of use."""
_NEXT = {Outcome.CANCELLED: Say.CANCELLED, Outcome.NON_MATCH: Say.NOT_MATCHED}
_UNSURE = frozenset({Outcome.FAILED, Outcome.ENROLLED, Outcome.WITHDRAWN})
_LONG_TERM = timedelta(days=3)


def headline(outcome: OutcomeReached) -> Say | None:
    """A resident's own headline, or None: the outcome's general one."""
    if outcome.outcome is Outcome.MATCH and outcome.flow is Flow.RESIDENT_CHECK:
        return Say.CHECKED
    told = _HEADLINES.get(outcome.code) if outcome.code else None
    return told[0] if told and outcome.outcome is Outcome.MANUAL else None


def icon(outcome: OutcomeReached) -> str:
    """A resident's own sign for the outcome, or ""."""
    told = _HEADLINES.get(outcome.code) if outcome.code else None
    return told[1] if told and outcome.outcome is Outcome.MANUAL else ""


def next_step(outcome: OutcomeReached) -> Say | None:
    """What is told instead of the outcome's general next step, which would not be true here."""
    return _NEXT.get(outcome.outcome) if outcome.flow in CLAIMED else None


def what_is_kept(outcome: OutcomeReached) -> Say | None:
    """What to tell about data that stays; None where nothing is certain or worth telling."""
    kept = {name for name, _ in outcome.kept_until}
    for name, said in (
        (Kept.PORTRAITS, Say.KEPT_PORTRAITS),
        (Kept.TEMPLATE, Say.KEPT_TEMPLATE),
        (Kept.IDENTITY, Say.KEPT_IDENTITY),
    ):
        if name.value in kept:
            return said
    if outcome.flow is Flow.ENROLMENT:
        return Say.KEPT_NOTHING if outcome.outcome is Outcome.MATCH else None
    if outcome.erasure:
        return Say.ERASED
    if outcome.flow not in CLAIMED or outcome.outcome in _UNSURE or outcome.code in _UNTOLD:
        return None
    return Say.NOT_ERASED if outcome.flow is Flow.WITHDRAWAL else Say.AS_IT_WAS


def template_kept(outcome: OutcomeReached) -> bool:
    """Whether a template of the person is certain to be kept here now."""
    names = {name for name, _ in outcome.kept_until}
    checked = outcome.flow is Flow.RESIDENT_CHECK and outcome.outcome is Outcome.MATCH
    return Kept.TEMPLATE.value in names or checked


def portraits_kept(outcome: OutcomeReached) -> bool:
    """Whether pictures of the person stay beyond the visit."""
    return Kept.PORTRAITS.value in {name for name, _ in outcome.kept_until}


def last_day(outcome: OutcomeReached) -> str:
    """End of the longest term, local; with the time where it is a matter of hours; or ""."""
    try:
        ends = [datetime.fromisoformat(end).astimezone() for _, end in outcome.kept_until]
    except ValueError:
        return ""
    if not ends:
        return ""
    end = max(ends)
    soon = end - datetime.now().astimezone() < _LONG_TERM
    return end.strftime("%Y-%m-%d %H:%M" if soon else "%Y-%m-%d")


def ticked(purposes: frozenset[Purpose]) -> tuple[Say, Say]:
    """What agreeing to `purposes` comes to: a sentence, and a few words for the button.

    A portrait is kept only with a template, and a template only after a check.
    """
    if not purposes:
        return Say.TICKED_NONE, Say.DO_NONE
    if Purpose.VERIFY not in purposes:
        return Say.TICKED_NO_CHECK, Say.DO_NO_CHECK
    if Purpose.RETAIN_TEMPLATE not in purposes:
        return Say.TICKED_CHECK, Say.DO_CHECK
    if Purpose.RETAIN_PORTRAIT in purposes:
        return Say.TICKED_PORTRAITS, Say.DO_PORTRAITS
    return Say.TICKED_REGISTER, Say.DO_REGISTER


def grouped(number: str) -> str:
    """A resident number in groups that can be read out and typed: 3, 3, 4."""
    return " ".join(filter(None, (number[:3], number[3:6], number[6:])))


def in_fours(number: str) -> str:
    """A long hexadecimal number in groups of four."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
