"""A clock that was once ahead: once put right nobody is locked out, and no code counts twice."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.access import Role
from station.errors import AccessError, ErrorCode
from station.model import Secret
from station.one_time_code import (
    LEAD,
    MOST_USED,
    STEP_S,
    TotpFactor,
    code_at,
    used_steps,
)
from tests.staff_kit import Member, StaffKit

AHEAD = [timedelta(minutes=62), timedelta(hours=8), timedelta(days=400)]
TOKEN = bytes(range(32))


def tried(room: StaffKit, member: Member, code: str) -> ErrorCode | None:
    try:
        session = room.accounts.sign_in(member.user, Secret(member.password.encode()), code)
    except AccessError as error:
        return error.code
    room.accounts.sign_out(session)
    return None


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_a_clock_put_right_locks_nobody_out_and_makes_no_code_good_again(ahead: timedelta) -> None:
    room = StaffKit()
    one, other = room.hire(Role.OPERATOR), room.hire(Role.MANAGER)
    before = room.code(one)
    assert tried(room, one, before) is None
    room.clock.moment += ahead
    used = room.code(one)
    assert tried(room, one, used) is None
    room.clock.moment -= ahead
    # Nobody else has to wait for that time, and neither has who came in by that clock.
    assert tried(room, other, room.code(other)) is None
    assert tried(room, one, before) is ErrorCode.SIGN_IN_FAILED
    again = room.code(one)
    assert tried(room, one, again) is None
    assert tried(room, one, again) is ErrorCode.SIGN_IN_FAILED
    # When that time comes, the code that was used then is still used up, and the next is not.
    room.clock.moment += ahead - 2 * timedelta(seconds=STEP_S)
    for _ in range(3):
        assert tried(room, one, used) is ErrorCode.SIGN_IN_FAILED
        room.clock.moment += timedelta(seconds=STEP_S)
    assert tried(room, one, room.code(one)) is None
    assert tried(room, other, room.code(other)) is None


def test_a_lock_passes_though_the_ledger_s_time_stands_still() -> None:
    room = StaffKit()
    one = room.hire(Role.OPERATOR)
    room.clock.moment += timedelta(days=400)
    assert tried(room, one, room.code(one)) is None
    room.clock.moment -= timedelta(days=400)
    for name in (one.user, "nobody.known"):
        wrong = Member(name, "Wrong-Password-1", one.token)
        codes = [tried(room, wrong, "000000") for _ in range(6)]
        assert codes == [ErrorCode.SIGN_IN_FAILED] * 5 + [ErrorCode.ACCOUNT_LOCKED]
    room.ticks_s += 29 * 60
    assert tried(room, one, room.code(one)) is ErrorCode.ACCOUNT_LOCKED
    assert tried(room, wrong, "000000") is ErrorCode.ACCOUNT_LOCKED
    room.ticks_s += 61
    assert tried(room, one, room.code(one)) is None
    assert tried(room, wrong, "000000") is ErrorCode.SIGN_IN_FAILED


def test_a_clock_set_back_by_less_makes_nothing_good_that_was_void() -> None:
    room = StaffKit()
    one, other = room.hire(Role.OPERATOR), room.hire(Role.MANAGER)
    seen = room.code(one)
    room.clock.moment += timedelta(minutes=59)
    room.sign_in(other)
    room.clock.moment -= timedelta(minutes=59, seconds=STEP_S)
    assert tried(room, one, seen) is ErrorCode.SIGN_IN_FAILED


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([-9999, -LEAD - 3, -2, -1, 0, 1, 2, LEAD + 3, 9999]), st.booleans()
        ),
        max_size=50,
    )
)
def test_however_the_clock_jumps_no_step_counts_twice_and_a_right_clock_is_believed(
    jumps: list[tuple[int, bool]],
) -> None:
    factor = TotpFactor()
    state, _ = factor.enrol("li.wei")
    state["secret"] = TOKEN.hex()
    present, taken = 10**6, []
    for by, slow in jumps:
        present += by
        step = present - slow
        after = factor.prove(state, code_at(TOKEN, step), present * STEP_S)
        if after is not None:
            assert step not in taken
            taken.append(step)
            state = after
    for step in taken:
        assert factor.prove(state, code_at(TOKEN, step), step * STEP_S) is None
    used, _ = used_steps(state, present)
    assert len(used) <= MOST_USED
    near = any(present - 1 <= step <= present + LEAD for step in taken)
    if not near and len(taken) < MOST_USED:
        assert factor.prove(state, code_at(TOKEN, present), present * STEP_S) is not None
