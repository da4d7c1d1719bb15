"""The state tables of a visit: pure, frozen, without counters or clocks (house.md section 3).

Four flows share one table and differ in the steps after the comparison: a visitor's check ends
there, an enrolment keeps what was agreed to, a withdrawal erases.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from station.errors import StationBug
from station.events import Flow, State


class Trigger(StrEnum):
    """What may move a visit on."""

    STARTED = "STARTED"
    SHOWN = "SHOWN"
    GIVEN = "GIVEN"
    REFUSED = "REFUSED"
    OTHER_ROUTE = "OTHER_ROUTE"
    READ = "READ"
    NOTICE_CHANGED = "NOTICE_CHANGED"
    UNREADABLE = "UNREADABLE"
    NOT_AUTHENTIC = "NOT_AUTHENTIC"
    ALREADY_ENROLLED = "ALREADY_ENROLLED"
    CLAIMED = "CLAIMED"
    HANDED_OVER = "HANDED_OVER"
    BONA_FIDE = "BONA_FIDE"
    ATTACK = "ATTACK"
    UNDECIDED = "UNDECIDED"
    COMPARED = "COMPARED"
    MATCHED = "MATCHED"
    KEPT = "KEPT"
    ERASED = "ERASED"
    RECORDED = "RECORDED"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"
    FAILED = "FAILED"
    BOOTH_LOST = "BOOTH_LOST"
    PURGED = "PURGED"
    PURGE_FAILED = "PURGE_FAILED"


class IllegalTransitionError(StationBug):
    """The table does not allow this trigger in this state."""


Table = Mapping[tuple[State, Trigger], State]

WORKING = (
    State.NOTICE,
    State.CONSENT,
    State.CARD,
    State.CAPTURE,
    State.COMPARE,
    State.KEEP,
    State.ERASE,
    State.OUTCOME,
)
"""States in which somebody is being served."""

_ABORTS = (Trigger.CANCELLED, Trigger.TIMED_OUT, Trigger.FAILED, Trigger.BOOTH_LOST)

_SHARED = {
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
_MORE: Mapping[Flow, dict[tuple[State, Trigger], State]] = {
    Flow.VISITOR: {},
    Flow.ENROLMENT: {
        (State.CARD, Trigger.ALREADY_ENROLLED): State.OUTCOME,
        (State.COMPARE, Trigger.MATCHED): State.KEEP,
        (State.KEEP, Trigger.KEPT): State.OUTCOME,
        (State.KEEP, Trigger.ALREADY_ENROLLED): State.OUTCOME,
    },
    Flow.RESIDENT_CHECK: {
        # Who it is shows which notice they agreed to; an older one, and they read the present one.
        (State.CARD, Trigger.NOTICE_CHANGED): State.NOTICE,
        # What was claimed can turn out unusable once it is to be compared.
        (State.COMPARE, Trigger.HANDED_OVER): State.OUTCOME,
    },
    Flow.WITHDRAWAL: {
        # A document in the hand says enough; a number needs the face that belongs to it.
        (State.CARD, Trigger.CLAIMED): State.ERASE,
        (State.COMPARE, Trigger.HANDED_OVER): State.OUTCOME,
        (State.COMPARE, Trigger.MATCHED): State.ERASE,
        (State.ERASE, Trigger.ERASED): State.OUTCOME,
    },
}


def _table(flow: Flow) -> Table:
    steps = _SHARED | _MORE[flow]
    reached = set(steps.values())
    aborts = {(s, abort): State.PURGE for s in WORKING if s in reached for abort in _ABORTS}
    return MappingProxyType(steps | aborts)


TABLES: Mapping[Flow, Table] = MappingProxyType({flow: _table(flow) for flow in Flow})
"""Every allowed step of each flow; all other pairs are refused."""


def advance(state: State, trigger: Trigger, flow: Flow = Flow.VISITOR) -> State:
    """The next state. Raises `IllegalTransitionError` for a pair the flow's table does not hold."""
    try:
        return TABLES[flow][state, trigger]
    except KeyError:
        raise IllegalTransitionError(f"{flow}: {state} does not allow {trigger}") from None
