"""The state table of a visit: pure, frozen, without counters or clocks (house.md section 3)."""

from enum import StrEnum
from types import MappingProxyType

from station.errors import StationBug
from station.events import State


class Trigger(StrEnum):
    """What may move a visit on."""

    STARTED = "STARTED"
    SHOWN = "SHOWN"
    GIVEN = "GIVEN"
    REFUSED = "REFUSED"
    OTHER_ROUTE = "OTHER_ROUTE"
    READ = "READ"
    UNREADABLE = "UNREADABLE"
    NOT_AUTHENTIC = "NOT_AUTHENTIC"
    HANDED_OVER = "HANDED_OVER"
    BONA_FIDE = "BONA_FIDE"
    ATTACK = "ATTACK"
    UNDECIDED = "UNDECIDED"
    COMPARED = "COMPARED"
    RECORDED = "RECORDED"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"
    FAILED = "FAILED"
    BOOTH_LOST = "BOOTH_LOST"
    PURGED = "PURGED"
    PURGE_FAILED = "PURGE_FAILED"


class IllegalTransitionError(StationBug):
    """The table does not allow this trigger in this state."""


WORKING = (State.NOTICE, State.CONSENT, State.CARD, State.CAPTURE, State.COMPARE, State.OUTCOME)
"""States in which a visitor is being served."""

_ABORTS = (Trigger.CANCELLED, Trigger.TIMED_OUT, Trigger.FAILED, Trigger.BOOTH_LOST)

TRANSITIONS = MappingProxyType(
    {
        (State.IDLE, Trigger.STARTED): State.NOTICE,
        (State.NOTICE, Trigger.SHOWN): State.CONSENT,
        (State.CONSENT, Trigger.GIVEN): State.CARD,
        (State.CONSENT, Trigger.REFUSED): State.OUTCOME,
        (State.CONSENT, Trigger.OTHER_ROUTE): State.OUTCOME,
        (State.CARD, Trigger.READ): State.CAPTURE,
        (State.CARD, Trigger.UNREADABLE): State.CARD,
        (State.CARD, Trigger.NOT_AUTHENTIC): State.OUTCOME,
        (State.CARD, Trigger.HANDED_OVER): State.OUTCOME,
        (State.CAPTURE, Trigger.BONA_FIDE): State.COMPARE,
        (State.CAPTURE, Trigger.UNDECIDED): State.CAPTURE,
        (State.CAPTURE, Trigger.ATTACK): State.OUTCOME,
        (State.CAPTURE, Trigger.HANDED_OVER): State.OUTCOME,
        (State.COMPARE, Trigger.COMPARED): State.OUTCOME,
        (State.OUTCOME, Trigger.RECORDED): State.PURGE,
        (State.PURGE, Trigger.PURGED): State.IDLE,
        (State.PURGE, Trigger.PURGE_FAILED): State.LOCKED,
    }
    | {(state, abort): State.PURGE for state in WORKING for abort in _ABORTS}
)
"""Every allowed step; all other pairs are refused."""


def advance(state: State, trigger: Trigger) -> State:
    """The next state. Raises `IllegalTransitionError` for a pair the table does not hold."""
    try:
        return TRANSITIONS[state, trigger]
    except KeyError:
        raise IllegalTransitionError(f"{state} does not allow {trigger}") from None
