"""Requests for a second person: another one, once, for the same thing, within three days."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.kinds import Kind
from station.access import Act, Role
from station.account_forms import GlassPair, Newcomer, account_document, expiry_document
from station.account_requests import carry_out, check_emergency
from station.errors import AccessError, ErrorCode, StationBug, StationError
from station.office_book import Shelf
from station.requests import MOST_OWN, MOST_WAITING, RequestState, digest_of
from station.staffroom import Staffroom
from tests.staff_kit import StaffKit

DOCUMENT = {"threshold": 42}


@pytest.fixture
def room():
    return StaffKit()


def code_of(call, *values, **named):
    with pytest.raises(StationError) as raised:
        call(*values, **named)
    return raised.value.code


def test_asked_agreed_used_once(room):
    manager, security = room.signed_in(Role.MANAGER), room.sign_in(room.security)
    asked = room.requests.ask(manager, Act.POLICY_CHANGE, DOCUMENT, "too strict")
    assert asked.about == digest_of(DOCUMENT)
    assert [one.id for one in room.requests.waiting(security)] == [asked.id]
    assert room.requests.waiting(manager) == ()

    def permit(**changed):
        given = {"about": asked.about, "reason": "too strict", "request_id": asked.id, **changed}
        return room.gate.permit(manager, Act.POLICY_CHANGE, **given)

    assert code_of(permit) is ErrorCode.REQUEST_INVALID
    assert room.requests.agree(security, asked.id).by == security.user
    assert code_of(permit, about=digest_of({"threshold": 43})) is ErrorCode.REQUEST_INVALID
    assert code_of(permit, request_id="0" * 32) is ErrorCode.REQUEST_INVALID
    assert code_of(permit, request_id="x" * 10**6) is ErrorCode.REQUEST_INVALID
    other = room.signed_in(Role.MANAGER)
    stolen = {"about": asked.about, "reason": "x", "request_id": asked.id}
    taken = code_of(room.gate.permit, other, Act.POLICY_CHANGE, **stolen)
    assert taken is ErrorCode.REQUEST_INVALID
    granted = permit()
    assert (granted.user, granted.second) == (manager.user, security.user)
    assert code_of(permit) is ErrorCode.REQUEST_INVALID
    kinds = [e.kind for e in room.entries() if e.payload.get("act") == Act.POLICY_CHANGE]
    assert kinds == [Kind.REQUEST_ASKED, Kind.ACCESS_REFUSED, Kind.REQUEST_AGREED] + [
        Kind.ACCESS_REFUSED
    ] * 4 + [Kind.ACCESS_GRANTED, Kind.ACCESS_REFUSED]


def test_the_reason_that_was_agreed_to_is_the_one_that_counts(room):
    manager, security = room.signed_in(Role.MANAGER), room.sign_in(room.security)

    def used(reason):
        asked = room.requests.ask(manager, Act.POLICY_CHANGE, DOCUMENT, "too strict")
        room.requests.agree(security, asked.id)
        named = {"about": asked.about, "request_id": asked.id}
        other = code_of(
            room.gate.permit, manager, Act.POLICY_CHANGE, reason="for a friend", **named
        )
        assert other is ErrorCode.REQUEST_INVALID
        return room.gate.permit(manager, Act.POLICY_CHANGE, reason=reason, **named)

    for reason in ("", "too strict", " too strict "):
        assert used(reason).reason == "too strict"
        granted = room.entries()[-1]
        assert granted.kind is Kind.ACCESS_GRANTED
        assert granted.payload["reason"] == "too strict"


def test_nobody_agrees_to_what_they_asked_for(room):
    both = room.signed_in(Role.MANAGER, Role.PI_OFFICER)
    asked = room.requests.ask(both, Act.NOTICE_PUBLISH, DOCUMENT)
    assert room.requests.waiting(both) == ()
    assert code_of(room.requests.agree, both, asked.id) is ErrorCode.ACCESS_DENIED
    assert [one.id for one in room.requests.own(both)] == [asked.id]
    refused = room.entries()[-1]
    assert (refused.kind, refused.payload["actor"]) == (Kind.ACCESS_REFUSED, both.user)


def test_nobody_agrees_about_their_own_account(room):
    asking = room.sign_in(room.system)
    document = account_document("root.sec")
    asked = room.requests.ask(asking, Act.FACTOR_RESET, document, "lost")
    security = room.sign_in(room.security)
    assert room.requests.waiting(security) == ()
    assert code_of(room.requests.agree, security, asked.id) is ErrorCode.ACCESS_DENIED


def test_a_refusal_has_a_reason_and_the_asker_sees_it(room):
    manager, security = room.signed_in(Role.MANAGER), room.sign_in(room.security)
    asked = room.requests.ask(manager, Act.POLICY_CHANGE, DOCUMENT, "why")
    assert code_of(room.requests.refuse, security, asked.id, " ") is ErrorCode.REASON_NEEDED
    bad = room.requests.refuse
    assert code_of(bad, security, asked.id, "a\u202eb") is ErrorCode.TEXT_UNUSABLE
    assert code_of(bad, security, asked.id, "x" * 10**7) is ErrorCode.TEXT_UNUSABLE
    room.requests.refuse(security, asked.id, "not now")
    (seen,) = room.requests.own(manager)
    assert (seen.state, seen.why, seen.by) == (RequestState.REFUSED, "not now", security.user)
    assert code_of(room.requests.agree, security, asked.id) is ErrorCode.REQUEST_INVALID


@pytest.mark.parametrize("agreed", [False, True])
def test_a_request_runs_out_after_three_days_whatever_the_clock_says_then(room, agreed):
    manager, security = room.hire(Role.MANAGER), room.security
    asking = room.sign_in(manager)
    asked = room.requests.ask(asking, Act.POLICY_CHANGE, DOCUMENT, "why")
    if agreed:
        room.requests.agree(room.sign_in(security), asked.id)
    room.clock.moment += timedelta(hours=73)
    late = {"about": asked.about, "reason": "why", "request_id": asked.id}
    for _ in range(2):
        code = code_of(room.gate.permit, asking, Act.POLICY_CHANGE, **late)
        assert code is ErrorCode.REQUEST_INVALID
        # Set back: the ledger knows a later time.
        room.clock.moment -= timedelta(hours=73)
    room.requests.ask(asking, Act.POLICY_CHANGE, DOCUMENT, "again")
    assert len(list(room.book.all(Shelf.REQUEST))) == 1


def test_whoever_agreed_must_still_be_who_they_were(room):
    manager, other = room.signed_in(Role.MANAGER), room.hire(Role.SECURITY_ADMIN)
    asked = room.requests.ask(manager, Act.POLICY_CHANGE, DOCUMENT, "why")
    room.requests.agree(room.sign_in(other), asked.id)
    security = room.sign_in(room.security)
    about = digest_of(account_document(other.user))
    room.accounts.lock(room.gate.permit(security, Act.USER_LOCK, about=about), other.user)
    late = {"about": asked.about, "reason": "why", "request_id": asked.id}
    code = code_of(room.gate.permit, manager, Act.POLICY_CHANGE, **late)
    assert code is ErrorCode.REQUEST_INVALID


def test_two_seconds_at_once_decide_once(room):
    manager = room.signed_in(Role.MANAGER)
    one, other = room.sign_in(room.security), room.signed_in(Role.SECURITY_ADMIN)
    asked = room.requests.ask(manager, Act.POLICY_CHANGE, DOCUMENT, "why")
    seen = room.requests._known
    stale = seen(asked.id)
    room.requests.refuse(one, asked.id, "no")
    room.requests._known = lambda _id: stale
    assert code_of(room.requests.agree, other, asked.id) is ErrorCode.CHANGED_MEANWHILE
    room.requests._known = seen
    assert room.requests.own(manager)[0].state is RequestState.REFUSED


@pytest.mark.parametrize(
    "document",
    [
        {"a": "x" * 10**7},
        {"a": ["\u202e"]},
        {"a": {"b": [{"c": "99999919900101001X"}]}},
        {"\u2066": 1},
        {str(n): "y" * 900 for n in range(100)},
        {"a": [[[[[[[[[["deep"]]]]]]]]]]},
    ],
    ids=range(6),
)
def test_what_cannot_be_kept_is_not_asked(room, document):
    manager = room.signed_in(Role.MANAGER)
    before = len(list(room.book.all(Shelf.REQUEST)))
    code = code_of(room.requests.ask, manager, Act.PROFILE_CHANGE, document)
    assert code is ErrorCode.TEXT_UNUSABLE
    assert len(list(room.book.all(Shelf.REQUEST))) == before


def test_formulas_are_kept_as_the_words_they_are(room):
    manager = room.signed_in(Role.MANAGER)
    asked = room.requests.ask(manager, Act.POLICY_CHANGE, {"a": "=1+1"}, "=cmd|'/c'!A1")
    assert room.requests.own(manager)[0].reason == asked.reason == "=cmd|'/c'!A1"


def test_the_book_is_not_filled(room):
    manager, other = room.signed_in(Role.MANAGER), room.signed_in(Role.MANAGER)
    sheet = room.requests.ask(manager, Act.POLICY_CHANGE, DOCUMENT, "why")
    for _ in range(MOST_WAITING - 1):
        room.book.add(Shelf.REQUEST, sheet.to_bytes())
    for session in (manager, other):
        code = code_of(room.requests.ask, session, Act.POLICY_CHANGE, DOCUMENT, "why")
        assert code is ErrorCode.REQUESTS_TOO_MANY


def test_one_person_does_not_fill_the_book_for_the_others(room):
    manager, other = room.signed_in(Role.MANAGER), room.signed_in(Role.MANAGER)
    for _ in range(MOST_OWN):
        room.requests.ask(manager, Act.POLICY_CHANGE, DOCUMENT, "why")
    code = code_of(room.requests.ask, manager, Act.POLICY_CHANGE, DOCUMENT, "why")
    assert code is ErrorCode.REQUESTS_TOO_MANY
    assert room.requests.ask(other, Act.POLICY_CHANGE, DOCUMENT, "why").asker == other.user


def test_what_the_sealed_codes_would_be_used_for_is_looked_at_before(room):
    manager, officer = room.signed_in(Role.MANAGER), room.hire(Role.PI_OFFICER).user
    admin = room.sign_in(room.system)
    lost = room.requests.ask(admin, Act.FACTOR_RESET, account_document(officer), "phone lost").id
    notice = room.requests.ask(manager, Act.NOTICE_PUBLISH, DOCUMENT).id
    desk = Staffroom(room.accounts, room.requests, room.gate)
    before = len(room.entries())
    for agreed, unlocked, reason, code in (
        ([lost], [], " ", ErrorCode.REASON_NEEDED),
        ([lost], [], "x" * 201, ErrorCode.TEXT_UNUSABLE),
        ([lost, "0" * 32], [], "lost", ErrorCode.REQUEST_INVALID),
        ([notice], [], "lost", ErrorCode.REQUEST_INVALID),
        ([lost], ["wang.feng"], "lost", ErrorCode.SHEET_MISSING),
    ):
        assert code_of(check_emergency, desk, agreed, unlocked, reason) is code
    check_emergency(desk, [lost], [officer], "lost")
    assert len(room.entries()) == before
    room.requests.agree(room.sign_in(room.security), lost)
    late = code_of(check_emergency, desk, [lost], [], "lost")
    assert late is ErrorCode.REQUEST_INVALID


def test_what_takes_one_person_is_not_asked_for(room):
    operator = room.signed_in(Role.OPERATOR)
    with pytest.raises(StationBug):
        room.requests.ask(operator, Act.RUN_VISIT, DOCUMENT)
    assert code_of(room.requests.ask, operator, Act.POLICY_CHANGE, {}, "x") is (
        ErrorCode.ACCESS_DENIED
    )


def test_agreed_requests_about_accounts_are_carried_out(room):
    desk = Staffroom(room.accounts, room.requests, room.gate)
    system = room.sign_in(room.system)

    def agreed(session, act, document, reason=""):
        request = room.requests.ask(session, act, document, reason)
        other = room.security if session.user == "root.sys" else room.system
        return room.requests.agree(room.sign_in(other), request.id)

    newcomer = Newcomer("li.wei", "李伟", frozenset({Role.OPERATOR}))
    made = carry_out(desk, system, agreed(system, Act.USER_CREATE, newcomer.document()))
    member = room.meet(made)
    security = room.sign_in(room.security)
    roles = {"user": "li.wei", "roles": ["MANAGER"], "ends_s": 0, "revision": 2}
    assert carry_out(desk, security, agreed(security, Act.USER_CHANGE, roles)) is None
    assert room.accounts.roles_of_user("li.wei") == {Role.MANAGER}
    glass = agreed(system, Act.FACTOR_RESET, account_document("break-glass"), "old")
    assert isinstance(carry_out(desk, system, glass), GlassPair)
    member = room.meet(
        carry_out(desk, system, agreed(system, Act.FACTOR_RESET, {"user": "li.wei"}, "lost"))
    )
    ends = expiry_document("li.wei", 5)
    carry_out(desk, security, agreed(security, Act.USER_CHANGE, ends))
    assert code_of(room.sign_in, member) is ErrorCode.ACCOUNT_EXPIRED
    odd = agreed(security, Act.USER_CHANGE, {"user": "li.wei", "roles": "MANAGER", "revision": 6})
    assert code_of(carry_out, desk, security, odd) is ErrorCode.REQUEST_INVALID


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(["agree", "refuse", "use", "later"]), max_size=6))
def test_a_request_is_used_at_most_once_and_only_after_it_was_agreed_to(steps):
    room = StaffKit()
    asking, second = room.signed_in(Role.MANAGER), room.sign_in(room.security)
    asked = room.requests.ask(asking, Act.POLICY_CHANGE, DOCUMENT, "why")
    state, hours = RequestState.WAITING, 0
    for step in steps:
        try:
            if step == "agree":
                room.requests.agree(second, asked.id)
                assert state is RequestState.WAITING and hours < 72
                state = RequestState.AGREED
            elif step == "refuse":
                room.requests.refuse(second, asked.id, "no")
                assert state is RequestState.WAITING and hours < 72
                state = RequestState.REFUSED
            elif step == "use":
                room.gate.permit(
                    asking,
                    Act.POLICY_CHANGE,
                    about=asked.about,
                    reason="why",
                    request_id=asked.id,
                )
                assert state is RequestState.AGREED and hours < 72
                state = None
            else:
                room.clock.moment += timedelta(hours=30)
                hours += 30
        except AccessError:
            if step == "use":
                assert state is not RequestState.AGREED or hours >= 72
            else:
                assert state is not RequestState.WAITING or hours >= 72
