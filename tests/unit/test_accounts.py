"""Accounts: two factors, five tries, roles that exclude each other, nobody over their own."""

import itertools
import threading
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.digest import to_text
from consent.kinds import Kind
from station.access import Act, Role
from station.account_forms import (
    Newcomer,
    account_document,
    expiry_document,
    roles_document,
)
from station.errors import AccessError, ErrorCode, StationError
from station.gate import Session
from station.model import Secret
from station.one_time_code import STEP_S, code_at
from station.requests import digest_of
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
            code_of(room.accounts.sign_in, member.user, WRONG, "123456")
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
    assert room.entries()[-2].payload == {"actor": session.user, "why": "IDLE"}


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


@pytest.mark.parametrize(
    "roles",
    [
        {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN},
        {Role.SYSTEM_ADMIN, Role.AUDITOR},
        {Role.SECURITY_ADMIN, Role.AUDITOR, Role.MANAGER},
        set(),
    ],
)
def test_roles_that_exclude_each_other_are_refused(room, roles):
    assert code_of(room.hire, *roles) is ErrorCode.ROLES_EXCLUDE
    member = room.hire(Role.OPERATOR)
    asking = room.sign_in(room.security)
    document = roles_document(member.user, frozenset(roles), 0, 2)
    permit = room.permit_by(asking, Act.USER_CHANGE, document, room.system)
    code = code_of(room.accounts.assign_roles, permit, member.user, frozenset(roles), 0, 2)
    assert code is ErrorCode.ROLES_EXCLUDE


@pytest.mark.parametrize(
    "user",
    [
        "",
        "ab",
        "Li.wei",
        "1abc",
        "a b c",
        "li\u202ewei",
        "=cmd",
        "a" * 33,
        "root.sys",
        "station",
        "break-glass",
        "x" * 10**7,
        "李伟李伟",
    ],
    ids=range(13),
)
def test_names_out_of_form_or_taken_are_refused(room, user):
    asking = room.sign_in(room.system)
    newcomer = Newcomer(user, "某人", frozenset({Role.OPERATOR}))
    try:
        permit = room.permit(asking, Act.USER_CREATE, newcomer.document())
    except AccessError as error:
        assert error.code in (ErrorCode.TEXT_UNUSABLE, ErrorCode.ACCESS_DENIED)
    else:
        code = code_of(room.accounts.create, permit, newcomer)
        assert code is ErrorCode.USER_NAME_INVALID


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 41, "李\u202e伟", "99999919900101001X"])
def test_display_names_that_cannot_be_kept_are_refused(room, name):
    asking = room.sign_in(room.system)
    newcomer = Newcomer("li.wei", name, frozenset({Role.OPERATOR}))
    try:
        permit = room.permit(asking, Act.USER_CREATE, newcomer.document())
    except AccessError as error:
        assert error.code is ErrorCode.TEXT_UNUSABLE
    else:
        assert code_of(room.accounts.create, permit, newcomer) is ErrorCode.TEXT_UNUSABLE


def test_nobody_changes_their_own_account(room):
    session = room.sign_in(room.security)
    about = digest_of(account_document("root.sec"))
    for act, change in (
        (Act.USER_LOCK, room.accounts.lock),
        (Act.USER_UNLOCK, room.accounts.unlock),
    ):
        permit = room.gate.permit(session, act, about=about)
        assert code_of(change, permit, "root.sec") is ErrorCode.ACCESS_DENIED
    own = roles_document("root.sec", frozenset({Role.SECURITY_ADMIN}), 0, 2)
    asked = code_of(room.requests.ask, session, Act.USER_CHANGE, own)
    assert asked is ErrorCode.ACCESS_DENIED


def test_a_permit_serves_only_what_it_was_given_for(room):
    one, other = room.hire(Role.OPERATOR), room.hire(Role.MANAGER)
    session = room.sign_in(room.security)
    permit = room.gate.permit(session, Act.USER_LOCK, about=digest_of({"user": one.user}))
    assert code_of(room.accounts.lock, permit, other.user) is ErrorCode.REQUEST_INVALID
    room.accounts.lock(permit, one.user)
    assert code_of(room.sign_in, one) is ErrorCode.ACCOUNT_LOCKED


def test_a_lock_ends_sessions_and_unlocking_lets_in_again(room):
    member = room.hire(Role.MANAGER)
    session, security = room.sign_in(member), room.sign_in(room.security)
    about = digest_of(account_document(member.user))
    room.accounts.lock(room.gate.permit(security, Act.USER_LOCK, about=about), member.user)
    assert code_of(room.accounts.roles_of, session) is ErrorCode.SIGNED_OUT
    assert code_of(room.sign_in, member) is ErrorCode.ACCOUNT_LOCKED
    room.accounts.unlock(room.gate.permit(security, Act.USER_UNLOCK, about=about), member.user)
    assert room.accounts.roles_of(room.sign_in(member)) == {Role.MANAGER}


def test_two_administrators_at_once_do_not_overwrite_each_other(room):
    member = room.hire(Role.OPERATOR)
    security = room.sign_in(room.security)
    (view,) = [
        one
        for one in room.accounts.listed(room.gate.permit(security, Act.USERS_READ))
        if one.user == member.user
    ]
    permits = []
    for roles in ({Role.MANAGER}, {Role.AUDITOR}):
        document = roles_document(member.user, frozenset(roles), 0, view.revision)
        permits.append(room.permit_by(security, Act.USER_CHANGE, document, room.system))
    change = room.accounts.assign_roles
    change(permits[0], member.user, frozenset({Role.MANAGER}), 0, view.revision)
    late = (permits[1], member.user, frozenset({Role.AUDITOR}), 0, view.revision)
    assert code_of(change, *late) is ErrorCode.CHANGED_MEANWHILE
    assert room.accounts.roles_of_user(member.user) == {Role.MANAGER}


def test_an_account_that_was_ended_opens_nothing(room):
    member = room.hire(Role.OPERATOR)
    security = room.sign_in(room.security)
    permit = room.permit_by(security, Act.USER_CHANGE, expiry_document(member.user, 2), room.system)
    room.accounts.expire(permit, member.user, 2)
    assert code_of(room.sign_in, member) is ErrorCode.ACCOUNT_EXPIRED


def test_a_lost_factor_takes_two_officers_and_the_old_one_is_void(room):
    member = room.hire(Role.OPERATOR)
    session = room.sign_in(member)
    asking = room.sign_in(room.system)
    alone = code_of(
        room.gate.permit,
        asking,
        Act.FACTOR_RESET,
        about=digest_of({"user": member.user}),
        reason="lost",
    )
    assert alone is ErrorCode.SECOND_PERSON_NEEDED
    permit = room.permit(asking, Act.FACTOR_RESET, account_document(member.user), "lost phone")
    fresh = taken(room.accounts.reset_factor(permit, member.user))
    assert code_of(room.accounts.roles_of, session) is ErrorCode.SIGNED_OUT
    assert code_of(room.sign_in, member) is ErrorCode.SIGN_IN_FAILED
    renewed = room.sign_in(fresh)
    assert code_of(room.accounts.roles_of, renewed) is ErrorCode.PASSWORD_CHANGE_NEEDED


def test_break_glass_needs_both_codes_once_and_ends_in_an_hour(room):
    accounts, pair = room.accounts, room.glass
    assert accounts.glass_used_s() == 0
    for wrong in ((pair.first, pair.first), (pair.first, WRONG), (Secret(b""), Secret(b""))):
        assert code_of(accounts.break_glass, *wrong) is ErrorCode.BREAK_GLASS_VOID
    typed = secret(pair.second.reveal().decode().lower().replace("-", " "))
    session = accounts.break_glass(typed, pair.first)
    assert accounts.roles_of(session) == {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}
    assert accounts.glass_used_s() > 0
    assert [e.payload["alarm"] for e in room.entries() if e.kind is Kind.BREAK_GLASS] == [True]
    assert code_of(accounts.break_glass, pair.first, pair.second) is ErrorCode.BREAK_GLASS_VOID
    assert code_of(room.gate.permit, session, Act.VIEW_FULL, reason="x") is ErrorCode.ACCESS_DENIED
    for _ in range(6):
        room.ticks_s += 599
        assert room.gate.permit(session, Act.USERS_READ)
    room.ticks_s += 10
    assert code_of(room.gate.permit, session, Act.USERS_READ) is ErrorCode.SIGNED_OUT


def test_break_glass_brings_back_who_lost_the_only_factor(room):
    """The one security administrator's phone is gone: nobody else could agree to a new one."""
    emergency = room.accounts.break_glass(room.glass.first, room.glass.second)
    asking = room.sign_in(room.system)
    document = account_document("root.sec")
    request = room.requests.ask(asking, Act.FACTOR_RESET, document, "lost phone")
    room.requests.agree(emergency, request.id)
    permit = room.gate.permit(
        asking,
        Act.FACTOR_RESET,
        about=request.about,
        reason="lost phone",
        request_id=request.id,
    )
    room.security = room.meet(room.accounts.reset_factor(permit, "root.sec"))
    glass = room.permit(asking, Act.FACTOR_RESET, account_document("break-glass"), "used")
    fresh = room.accounts.new_glass(glass)
    assert room.accounts.glass_used_s() == 0
    assert room.accounts.break_glass(fresh.first, fresh.second)


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
