"""The state table: exhaustively, and with random triggers."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.events import State
from station.states import TRANSITIONS, WORKING, IllegalTransitionError, Trigger, advance


def test_only_listed_pairs_are_allowed() -> None:
    refused = 0
    for state, trigger in itertools.product(State, Trigger):
        if (state, trigger) in TRANSITIONS:
            assert advance(state, trigger) is TRANSITIONS[state, trigger]
        else:
            refused += 1
            with pytest.raises(IllegalTransitionError):
                advance(state, trigger)
    assert (len(TRANSITIONS), refused) == (41, 139)


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
def test_a_state_is_entered_only_from(target: State, sources: set[State]) -> None:
    assert {state for (state, _), to in TRANSITIONS.items() if to is target} == sources


def test_every_working_state_can_be_cancelled_and_leaves_through_purge() -> None:
    for state in WORKING:
        assert advance(state, Trigger.CANCELLED) is State.PURGE
    for (state, _), to in TRANSITIONS.items():
        if state in WORKING and to not in WORKING:
            assert to is State.PURGE


@given(st.lists(st.sampled_from(Trigger), max_size=60))
def test_random_triggers_never_reach_a_camera_without_consent(triggers: list[Trigger]) -> None:
    state, consented = State.IDLE, False
    for trigger in triggers:
        try:
            following = advance(state, trigger)
        except IllegalTransitionError:
            continue
        if following is State.NOTICE:
            consented = False
        consented = consented or trigger is Trigger.GIVEN
        if following in (State.CARD, State.CAPTURE, State.COMPARE):
            assert consented
        if state is State.LOCKED:
            raise AssertionError("a locked station must not move")
        state = following
