"""Accounts changed by others: roles that exclude, two people, never their own; break-glass."""

from datetime import UTC, datetime

import pytest

from consent.kinds import Kind
from station import accounts
from station.access import Act, Role
from station.account_forms import (
    Newcomer,
    account_document,
    expiry_document,
    roles_document,
)
from station.accounts import Accounts
from station.errors import AccessError, ErrorCode, StationError, StorageError
from station.model import Secret
from station.office_book import Shelf
from station.requests import digest_of
from tests.ledger_fakes import new_ledger
from tests.office_fakes import MemoryBook
from tests.staff_kit import CHEAP, StaffKit, taken

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


def test_a_station_full_of_accounts_says_so_and_has_room_once_one_has_ended(room, monkeypatch):
    room.hire(Role.OPERATOR, user="li.wei")
    monkeypatch.setattr(accounts, "MOST_ACCOUNTS", 3)
    asking = room.sign_in(room.system)

    def hired(user):
        newcomer = Newcomer(user, "员工", frozenset({Role.OPERATOR}))
        permit = room.permit(asking, Act.USER_CREATE, newcomer.document())
        return room.accounts.create(permit, newcomer)

    assert code_of(hired, "zhao.min") is ErrorCode.ACCOUNTS_TOO_MANY
    changing = room.sign_in(room.security)
    revision = room.accounts._shelf.known("li.wei")[1].revision
    permit = room.permit(changing, Act.USER_CHANGE, expiry_document("li.wei", revision))
    room.accounts.expire(permit, "li.wei", revision)
    assert hired("zhao.min").user == "zhao.min"


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


def test_a_set_up_that_was_cut_off_begins_anew(monkeypatch):
    book = MemoryBook()

    def cut_off(*_):
        raise StorageError(ErrorCode.DISK_FULL)

    with monkeypatch.context() as during:
        during.setattr(Accounts, "_new_glass", cut_off)
        assert code_of(StaffKit, book) is ErrorCode.DISK_FULL
    # Two accounts are there whose passwords nobody was shown: they open nothing and go.
    assert len(list(book.all(Shelf.ACCOUNT))) == 2
    room = StaffKit(book)
    assert room.accounts.any and len(list(book.all(Shelf.ACCOUNT))) == 3
    assert room.sign_in(room.system)


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (Newcomer("li.wei", "王芳", frozenset()), ErrorCode.ROLES_EXCLUDE),
        (Newcomer("wang.fang", "李伟", frozenset()), ErrorCode.ROLES_EXCLUDE),
        (Newcomer("Wang Fang", "王芳", frozenset()), ErrorCode.USER_NAME_INVALID),
        (Newcomer("wang.fang", "王\u202e芳", frozenset()), ErrorCode.TEXT_UNUSABLE),
    ],
    ids=range(4),
)
def test_the_first_two_are_two_people_with_proper_names(second, code):
    ledger = new_ledger()[0]
    accounts = Accounts(MemoryBook(), ledger, lambda: datetime.now(UTC), CHEAP)
    first = Newcomer("li.wei", "李伟", frozenset({Role.AUDITOR}))
    assert code_of(accounts.first, first, second) is code
    assert not accounts.any
    missing = code_of(accounts.sign_in, "li.wei", WRONG, "1")
    assert missing is ErrorCode.ACCOUNTS_MISSING
