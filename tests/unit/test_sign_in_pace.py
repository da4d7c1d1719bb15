"""One desk goes wrong slowly: nobody locks every account in seconds, and nobody waits for long."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from consent.figures import Figures
from consent.kinds import Kind
from consent.search import row_of
from station.access import Role
from station.errors import AccessError, ErrorCode
from station.model import Secret
from station.sign_in_pace import FREE, LONGEST_WAIT_S, WINDOW_S, DeskPace
from tests.staff_kit import Member, StaffKit


def wrong(room: StaffKit, user: str) -> ErrorCode:
    try:
        room.accounts.sign_in(user, Secret(b"Wrong-Password-1"), "000000")
    except AccessError as error:
        return error.code
    raise AssertionError("let in")


def test_not_all_accounts_are_locked_in_seconds_and_the_wait_ends_by_itself() -> None:
    room = StaffKit()
    people = [room.hire(Role.OPERATOR) for _ in range(4)]
    begun_s, refused = room.ticks_s, [wrong(room, one.user) for one in people for _ in range(5)]
    assert refused == [ErrorCode.SIGN_IN_FAILED] * FREE + [ErrorCode.TRY_LATER] * (20 - FREE)
    assert begun_s == room.ticks_s
    # Not counted: the third is not locked, and after the wait its right factors are.
    last = people[2]
    assert right(room, last) is ErrorCode.TRY_LATER
    room.ticks_s += LONGEST_WAIT_S
    assert right(room, last) is None
    # A lock is told during the wait as well, also of a name nobody has.
    assert wrong(room, people[3].user) is ErrorCode.SIGN_IN_FAILED
    assert wrong(room, people[0].user) is ErrorCode.ACCOUNT_LOCKED
    assert wrong(room, people[3].user) is ErrorCode.TRY_LATER
    # What was refused unseen is in the ledger like every refusal.
    later = [e for e in room.entries() if e.payload.get("code") == ErrorCode.TRY_LATER]
    assert len(later) == 20 - FREE + 2 and {e.kind for e in later} == {Kind.SIGN_IN_REFUSED}


def test_a_name_nobody_has_waits_and_locks_as_a_known_one() -> None:
    told = []
    for known in (True, False):
        room = StaffKit()
        name = room.hire(Role.OPERATOR).user if known else "who.else"
        other = room.hire(Role.OPERATOR).user
        codes = [wrong(room, other) for _ in range(FREE - 3)]
        codes += [wrong(room, name) for _ in range(7)]
        room.ticks_s += LONGEST_WAIT_S
        for _ in range(5):
            codes.append(wrong(room, name))
            room.ticks_s += LONGEST_WAIT_S
        told.append(codes)
    assert told[0] == told[1] and ErrorCode.ACCOUNT_LOCKED in told[0]


def test_the_third_lock_of_a_day_is_an_alarm_and_a_right_try_in_time_is_no_lock() -> None:
    room = StaffKit()
    member = room.hire(Role.OPERATOR)

    def lock() -> None:
        for _ in range(5):
            room.ticks_s += LONGEST_WAIT_S
            wrong(room, member.user)
        room.clock.moment += timedelta(minutes=31)

    def alarms() -> int:
        return sum(entry.payload.get("alarm") is True for entry in room.entries())

    for _ in range(3):
        for _ in range(4):
            room.ticks_s += LONGEST_WAIT_S
            wrong(room, member.user)
        room.ticks_s += LONGEST_WAIT_S
        assert right(room, member) is None
    lock()
    lock()
    assert alarms() == 0
    lock()
    assert alarms() == 1
    figures = Figures()
    for row in room.store.rows:
        figures.take(row_of(row))
    assert figures.alarms == {Kind.SIGN_IN_REFUSED: 1}
    room.clock.moment += timedelta(days=1)
    lock()
    assert alarms() == 1


def right(room: StaffKit, member: Member) -> ErrorCode | None:
    try:
        room.sign_in(member)
    except AccessError as error:
        return error.code
    return None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, WINDOW_S * 1.1), max_size=60))
def test_the_wait_is_never_long_and_ten_slips_cost_nothing(pauses: list[float]) -> None:
    now_s, failed = 0.0, []
    pace = DeskPace(lambda: now_s)
    for pause_s in pauses:
        now_s += pause_s
        wait_s = pace.wait_s()
        assert 0 <= wait_s <= LONGEST_WAIT_S
        if sum(now_s - one < WINDOW_S for one in failed) < FREE:
            assert wait_s == 0
        if not wait_s:
            pace.failed()
            failed.append(now_s)
    assert all(
        sum(begin <= one < begin + WINDOW_S for one in failed) <= FREE + WINDOW_S // 5
        for begin in failed
    )
