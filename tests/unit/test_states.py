"""The state tables: exhaustively, and with random triggers, for every flow."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.events import Flow, State
from station.states import TABLES, WORKING, IllegalTransitionError, Trigger, advance

DEVICE_STATES = (State.CARD, State.CAPTURE, State.COMPARE, State.KEEP, State.ERASE)
FLOWS = pytest.mark.parametrize("flow", list(Flow))


@pytest.mark.parametrize(
    ("flow", "steps"),
    [
        (Flow.VISITOR, 41),
        (Flow.ENROLMENT, 49),
        (Flow.RESIDENT_CHECK, 43),
        (Flow.WITHDRAWAL, 49),
    ],
)
def test_only_listed_pairs_are_allowed(flow: Flow, steps: int) -> None:
    refused = 0
    for state, trigger in itertools.product(State, Trigger):
        if (state, trigger) in TABLES[flow]:
            assert advance(state, trigger, flow) is TABLES[flow][state, trigger]
        else:
            refused += 1
            with pytest.raises(IllegalTransitionError):
                advance(state, trigger, flow)
    assert (len(TABLES[flow]), refused) == (steps, len(State) * len(Trigger) - steps)


@FLOWS
@pytest.mark.parametrize(
    ("target", "sources"),
    [
        (State.IDLE, {State.PURGE}),
        (State.LOCKED, {State.PURGE}),
        (State.COMPARE, {State.CAPTURE}),
        (State.CARD, {State.CONSENT, State.CARD}),
        (State.CAPTURE, {State.CARD, State.CAPTURE}),
    ],
)
def test_a_state_is_entered_only_from(target: State, sources: set[State], flow: Flow) -> None:
    assert {state for (state, _), to in TABLES[flow].items() if to is target} == sources


@pytest.mark.parametrize(
    ("flow", "target", "sources"),
    [
        (Flow.ENROLMENT, State.KEEP, {State.COMPARE}),
        (Flow.WITHDRAWAL, State.ERASE, {State.COMPARE, State.CARD}),
    ],
)
def test_stores_are_changed_in_one_flow_each(
    flow: Flow, target: State, sources: set[State]
) -> None:
    for other in Flow:
        found = {state for (state, _), to in TABLES[other].items() if to is target}
        assert found == (sources if other is flow else set())


@FLOWS
def test_every_working_state_can_be_cancelled_and_leaves_through_purge(flow: Flow) -> None:
    reached = set(TABLES[flow].values())
    for state in WORKING:
        if state in reached:
            assert advance(state, Trigger.CANCELLED, flow) is State.PURGE
    for (state, _), to in TABLES[flow].items():
        if state in WORKING and to not in WORKING:
            assert to is State.PURGE


@FLOWS
@given(triggers=st.lists(st.sampled_from(Trigger), max_size=60))
def test_random_triggers_never_reach_a_device_without_consent(
    flow: Flow, triggers: list[Trigger]
) -> None:
    state, consented = State.IDLE, False
    for trigger in triggers:
        try:
            following = advance(state, trigger, flow)
        except IllegalTransitionError:
            continue
        if following is State.NOTICE:
            consented = False
        consented = consented or trigger is Trigger.GIVEN
        if following in DEVICE_STATES:
            assert consented
        if state is State.LOCKED:
            raise AssertionError("a locked station must not move")
        state = following


@FLOWS
@given(data=st.data())
def test_random_walks_keep_and_erase_nothing_without_a_live_match_or_a_claim(
    flow: Flow, data: st.DataObject
) -> None:
    """Only allowed triggers are drawn, so that the walks get deep."""
    state = State.IDLE
    since_start: list[Trigger] = []
    for _ in range(40):
        allowed = [trigger for at, trigger in TABLES[flow] if at is state]
        if not allowed:
            assert state is State.LOCKED
            break
        trigger = data.draw(st.sampled_from(allowed))
        state = advance(state, trigger, flow)
        since_start = [] if trigger is Trigger.STARTED else [*since_start, trigger]
        if state is State.KEEP:
            wanted = [Trigger.GIVEN, Trigger.READ, Trigger.BONA_FIDE, Trigger.MATCHED]
            assert [one for one in since_start if one in wanted] == wanted
        if state is State.ERASE:
            live = {Trigger.BONA_FIDE, Trigger.MATCHED} <= set(since_start)
            assert Trigger.GIVEN in since_start and (live or Trigger.CLAIMED in since_start)
