"""Accounts: two factors, five tries, roles that exclude each other, nobody over their own."""

import itertools
import threading
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.digest import to_text
from consent.kinds import Kind
from station import sign_in
from station.access import Act, Role
from station.account_forms import (
    Newcomer,
)
from station.errors import AccessError, ErrorCode, StationError
from station.gate import Session
from station.model import Secret
from station.one_time_code import STEP_S, code_at
from station.passwords import is_password
from tests.staff_kit import StaffKit, taken

WRONG = Secret(b"Wrong-Password-123")


@pytest.fixture
def room():
    return StaffKit()


def code_of(call, *values, **named):
    with pytest.raises(StationError) as raised:
        call(*values, **named)
    return raised.value.code


def secret(text: str) -> Secret:
    return Secret(text.encode())


def test_there_is_no_account_before_the_first_two(room):
    bare = StaffKit.__new__(StaffKit)
    StaffKit.__init__(bare)
    assert [e.payload["account"] for e in bare.entries() if e.kind is Kind.ACCOUNT_CHANGED][:3] == [
        "root.sys",
        "root.sec",
        "break-glass",
    ]
    again = (Newcomer("a.b", "a", frozenset()), Newcomer("c.d", "c", frozenset()))
    assert code_of(room.accounts.first, *again) is ErrorCode.ACCESS_DENIED


def test_both_factors_are_needed_and_failures_are_told_the_same(room):
    member = room.hire(Role.OPERATOR)
    right = secret(member.password)
    tries = [
        (member.user, WRONG, room.code(member)),
        (member.user, right, "000000"),
        (member.user, right, ""),
        ("nobody.known", right, room.code(member)),
        ("NOT A NAME\u202e", right, "1" * 10**7),
    ]
    for user, password, code in tries:
        assert code_of(room.accounts.sign_in, user, password, code) is ErrorCode.SIGN_IN_FAILED
    session = room.sign_in(member)
    assert room.accounts.roles_of(session) == {Role.OPERATOR}
    refused = [e.payload for e in room.entries() if e.kind is Kind.SIGN_IN_REFUSED]
    assert [entry.get("actor", "") for entry in refused] == [member.user] * 3 + ["", ""]
    room.accounts.sign_out(session)
    assert code_of(room.accounts.roles_of, session) is ErrorCode.SIGNED_OUT


def test_the_first_password_only_lets_one_choose_another(room):
    asking = room.sign_in(room.system)
    newcomer = Newcomer("li.wei", "李伟", frozenset({Role.MANAGER}))
    permit = room.permit(asking, Act.USER_CREATE, newcomer.document())
    member = taken(room.accounts.create(permit, newcomer))
    session = room.sign_in(member)
    denied = code_of(room.gate.permit, session, Act.VIEW_MASKED)
    assert denied is ErrorCode.PASSWORD_CHANGE_NEEDED
    first = secret(member.password)
    change = room.accounts.change_password
    assert code_of(change, session, WRONG, secret("Yk7#mirror-Otter")) is ErrorCode.SIGN_IN_FAILED
    assert code_of(change, session, first, secret("Password1234")) is ErrorCode.PASSWORD_WEAK
    assert code_of(change, session, first, first) is ErrorCode.PASSWORD_USED
    change(session, first, secret("Yk7#mirror-Otter"))
    assert room.accounts.roles_of(session) == {Role.MANAGER}


def test_the_last_five_passwords_are_not_taken_again(room):
    member = room.hire(Role.OPERATOR)
    session = room.sign_in(member)
    used = [member.password] + [f"Violin-{n}-harbour-Kite" for n in range(5)]
    for old, new in itertools.pairwise(used):
        room.accounts.change_password(session, secret(old), secret(new))
    for known in used[1:]:
        code = code_of(room.accounts.change_password, session, secret(used[-1]), secret(known))
        assert code is ErrorCode.PASSWORD_USED
    room.accounts.change_password(session, secret(used[-1]), secret(used[0]))


def test_the_sixth_try_is_refused_even_if_right(room):
    member = room.hire(Role.OPERATOR)
    right = secret(member.password)
    for _ in range(5):
        code = code_of(room.accounts.sign_in, member.user, WRONG, room.code(member))
        assert code is ErrorCode.SIGN_IN_FAILED
    sixth = code_of(room.accounts.sign_in, member.user, right, room.code(member))
    assert sixth is ErrorCode.ACCOUNT_LOCKED
    # Not by another process, nor after a restart, nor with the clock set back.
    assert code_of(room.another().sign_in, member.user, right, room.code(member)) is sixth
    room.clock.moment -= timedelta(days=1)
    assert code_of(room.another().sign_in, member.user, right, room.code(member)) is sixth
    room.clock.moment += timedelta(days=1, minutes=31)
    assert room.sign_in(member)
    locked = [e.payload for e in room.entries() if e.payload.get("locked")]
    assert len(locked) == 4 and {entry["actor"] for entry in locked} == {member.user}


def test_an_unknown_name_locks_as_a_known_one_does(room):
    codes = [code_of(room.accounts.sign_in, "who.else", WRONG, "123456") for _ in range(6)]
    assert codes == [ErrorCode.SIGN_IN_FAILED] * 5 + [ErrorCode.ACCOUNT_LOCKED]


def test_a_right_try_after_four_wrong_ones_begins_anew(room):
    member = room.hire(Role.OPERATOR)
    for _ in range(3):
        for _ in range(4):
            room.ticks_s += 60
            code_of(room.accounts.sign_in, member.user, WRONG, "123456")
        room.ticks_s += 60
        room.accounts.sign_out(room.sign_in(member))


def in_parallel(count: int, work) -> list[object]:
    results: list[object] = []
    barrier = threading.Barrier(count)

    def run(number: int) -> None:
        barrier.wait()
        try:
            results.append(work(number))
        except AccessError as error:
            results.append(error.code)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_tries_side_by_side_are_not_more_than_five(room):
    member = room.hire(Role.OPERATOR)
    desks = [room.accounts, room.another()]
    tried = in_parallel(
        12, lambda n: desks[n % 2].sign_in(member.user, WRONG, room.code_now(member))
    )
    assert tried.count(ErrorCode.SIGN_IN_FAILED) == 5
    assert tried.count(ErrorCode.ACCOUNT_LOCKED) == 7


def test_a_code_is_used_once_also_side_by_side(room):
    member = room.hire(Role.OPERATOR)
    code, right = room.code(member), secret(member.password)
    desks = [room.accounts, room.another()]
    tried = in_parallel(4, lambda n: desks[n % 2].sign_in(member.user, right, code))
    assert sum(isinstance(one, Session) for one in tried) == 1
    assert tried.count(ErrorCode.SIGN_IN_FAILED) == 3
    room.clock.moment += timedelta(minutes=31)
    # And not with the clock set back to when it was good, nor is any earlier one.
    room.clock.moment -= timedelta(minutes=31, seconds=STEP_S)
    for off in (-1, 0, 1):
        step = int(room.clock.moment.timestamp()) // STEP_S + off
        again = code_of(room.accounts.sign_in, member.user, right, code_at(member.token, step))
        assert again in (ErrorCode.SIGN_IN_FAILED, ErrorCode.ACCOUNT_LOCKED)


def test_a_code_seen_and_not_used_is_void_once_a_later_one_was_used_by_anybody(room):
    one, other = room.hire(Role.OPERATOR), room.hire(Role.MANAGER)
    seen = room.code(one)
    room.clock.moment += timedelta(minutes=5)
    room.sign_in(other)
    room.clock.moment -= timedelta(minutes=5, seconds=STEP_S)
    code = code_of(room.accounts.sign_in, one.user, secret(one.password), seen)
    assert code is ErrorCode.SIGN_IN_FAILED


def test_an_idle_session_ends_and_an_active_one_goes_on(room):
    session = room.signed_in(Role.OPERATOR)
    for _ in range(5):
        room.ticks_s += 599
        assert room.accounts.roles_of(session)
    assert room.accounts.lock_idle() == ()
    room.ticks_s += 600
    assert room.accounts.lock_idle() == (session,)
    assert code_of(room.gate.permit, session, Act.RUN_VISIT) is ErrorCode.SIGNED_OUT
    ended = room.entries()[-2].payload
    assert (ended["actor"], ended["why"]) == (session.user, "IDLE")


def test_a_session_nobody_began_is_none(room):
    session = room.signed_in(Role.OPERATOR)
    for forged in (Session("0" * 32, session.user), Session(session.id, "root.sec")):
        assert code_of(room.accounts.roles_of, forged) is ErrorCode.SIGNED_OUT


def test_an_inspector_has_an_end_of_thirty_days_at_most(room):
    now_s = int(room.clock.moment.timestamp())
    for ends_s in (0, now_s - 1, now_s + 31 * 86400):
        code = code_of(room.hire, Role.INSPECTOR, ends_s=ends_s)
        assert code is ErrorCode.ACCOUNT_END_NEEDED
    member = room.hire(Role.INSPECTOR, ends_s=now_s + 86400)
    session = room.sign_in(member)
    assert room.gate.permit(session, Act.AUDIT_READ)
    room.clock.moment += timedelta(days=2)
    assert code_of(room.gate.permit, session, Act.AUDIT_READ) is ErrorCode.ACCOUNT_EXPIRED
    assert code_of(room.sign_in, member) is ErrorCode.ACCOUNT_EXPIRED
    # The clock set back does not bring the account back.
    room.clock.moment -= timedelta(days=2)
    assert code_of(room.accounts.roles_of, session) is ErrorCode.SIGNED_OUT
    assert room.accounts.roles_of_user(member.user) == frozenset()


def test_nothing_secret_is_in_the_ledger_or_in_what_is_printed(room):
    member = room.hire(Role.MANAGER)
    session = room.sign_in(member)
    code_of(room.accounts.sign_in, member.password, WRONG, "1")
    printed = repr((session, room.accounts, room.glass, room.requests))
    for _, account in room.accounts._shelf.accounts():
        printed += repr(account)
    written = b"".join(row.body for row in room.store.rows).decode() + printed
    for known in (
        member.password,
        member.token.hex(),
        to_text(member.token),
        "argon2id",
        room.glass.first.reveal().decode(),
        "员工",
        "系统员",
    ):
        assert known not in written


@settings(max_examples=15, deadline=None)
@given(
    steps=st.lists(
        st.sampled_from(["right", "wrong", "old", "later", "back", "other"]), max_size=14
    )
)
def test_whatever_happens_five_wrong_tries_in_a_row_lock(steps):
    room = StaffKit()
    member, right = room.system, secret(room.system.password)
    wrong_ones, used = 0, room.code(member)
    room.accounts.sign_in(member.user, right, used)
    locked_until = None
    for step in steps:
        # Slowly: how fast a desk may go wrong is another rule (`station.sign_in_pace`).
        room.ticks_s += 60
        if step == "later":
            room.clock.moment += timedelta(minutes=31)
        elif step == "back":
            room.clock.moment -= timedelta(minutes=10)
        desk = room.another() if step == "other" else room.accounts
        high = max(room.clock.moment, room.ledger.high_water())
        locked = locked_until is not None and high < locked_until - timedelta(seconds=1)
        good = step in {"right", "later", "other"}
        code = used if step == "old" else room.code(member)
        try:
            desk.sign_in(member.user, right if good else WRONG, code)
            assert not locked and good
            wrong_ones, locked_until = 0, None
        except AccessError as error:
            if error.code is ErrorCode.ACCOUNT_LOCKED:
                assert locked_until is not None
                continue
            if locked_until is not None:
                wrong_ones, locked_until = 0, None
            wrong_ones += 1
            if wrong_ones == 5:
                locked_until = room.ledger.high_water() + timedelta(minutes=30)


def test_every_failed_try_costs_one_check_of_a_password(room, monkeypatch):
    """Else the time would tell a name that is somebody's, a right password or a lock."""
    checks: list[str] = []

    def counted(password: Secret, kept: str) -> bool:
        checks.append(kept.rsplit("$", 2)[0])
        return is_password(password, kept)

    member = room.hire(Role.OPERATOR)
    right = secret(member.password)
    monkeypatch.setattr(sign_in, "is_password", counted)
    tries = [
        (member.user, WRONG, room.code(member)),
        (member.user, right, "000000"),
        ("nobody.known", WRONG, "000000"),
        ("NOT A NAME", WRONG, "000000"),
    ]
    for number, (user, password, code) in enumerate(tries, 1):
        code_of(room.accounts.sign_in, user, password, code)
        assert len(checks) == number, user
    for user in (member.user, "nobody.known"):
        for _ in range(5):
            room.ticks_s += 60
            code_of(room.accounts.sign_in, user, WRONG, "000000")
    checks.clear()
    for user in (member.user, "nobody.known"):
        locked = code_of(room.accounts.sign_in, user, right, room.code(member))
        assert locked is ErrorCode.ACCOUNT_LOCKED
    assert len(checks) == 2 and len(set(checks)) == 1
