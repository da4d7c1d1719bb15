"""Attended service: nothing begins without an operator, and nothing goes on without one."""

import threading
from datetime import UTC, datetime

import pytest

from consent.canonical import Json
from consent.kinds import Kind
from station import attendance
from station.access import Act, Role
from station.attendance import Attendance
from station.build import Station
from station.config import load
from station.errors import AccessError, ErrorCode, StorageError
from station.key_turn import KeyTurn
from station.model import Outcome, VisitId
from station.staffroom import open_staffroom
from station.visit import VisitReport
from tests.duty import Duty
from tests.ledger_fakes import new_ledger
from tests.office_fakes import MemoryBook

REPORT = VisitReport(VisitId("ab" * 16), Outcome.CANCELLED)


@pytest.fixture
def duty(monkeypatch: pytest.MonkeyPatch) -> Duty:
    monkeypatch.setattr(attendance, "LOOK_EVERY_S", 0.01)
    return Duty()


def refused(of: Attendance) -> ErrorCode:
    with pytest.raises(AccessError) as raised, of.during(threading.Event()):
        raise AssertionError("nobody is served")
    assert raised.value.code is of.code()
    return raised.value.code


def test_it_is_the_default() -> None:
    assert load().policy.attended
    assert not load(overrides={"policy": {"attended": False}}).policy.attended


def test_without_accounts_or_an_operator_nothing_begins(duty: Duty) -> None:
    nobody = open_staffroom(MemoryBook(), new_ledger()[0], lambda: datetime.now(UTC))
    assert refused(Attendance(nobody, attended=True)) is ErrorCode.ACCOUNTS_MISSING
    served = Attendance(duty.room, attended=True)
    assert refused(served) is ErrorCode.OPERATOR_MISSING
    duty.kit.sign_in(duty.member(Role.MANAGER))
    assert refused(served) is ErrorCode.OPERATOR_MISSING
    fresh = duty.kit.hire(Role.OPERATOR)
    session = duty.kit.sign_in(fresh)
    assert served.code() is None
    duty.room.accounts.sign_out(session)
    assert refused(served) is ErrorCode.OPERATOR_MISSING


def test_every_visit_is_by_the_permit_of_whoever_is_on_duty(duty: Duty) -> None:
    served = Attendance(duty.room, attended=True)
    session = duty.kit.sign_in(duty.member(Role.OPERATOR))
    cancel = threading.Event()
    with served.during(cancel):
        granted = duty.kit.entries()[-1]
        assert granted.kind is Kind.ACCESS_GRANTED
        assert (granted.payload["act"], granted.payload["actor"]) == ("RUN_VISIT", session.user)
    assert not cancel.is_set()
    assert not [one for one in threading.enumerate() if one.name == "attendance"]


@pytest.mark.parametrize("way", ["signs out", "is locked out", "does nothing"])
def test_a_visit_in_hand_ends_when_nobody_is_on_duty_any_more(duty: Duty, way: str) -> None:
    served = Attendance(duty.room, attended=True)
    member = duty.member(Role.OPERATOR)
    session, cancel = duty.kit.sign_in(member), threading.Event()
    with served.during(cancel):
        assert not cancel.wait(0.05)
        if way == "signs out":
            duty.room.accounts.sign_out(session)
        elif way == "is locked out":
            officer = duty.kit.sign_in(duty.kit.security)
            permit = duty.kit.permit(officer, Act.USER_LOCK, {"user": member.user})
            duty.room.accounts.lock(permit, member.user)
        else:
            duty.kit.ticks_s += duty.kit.policy.idle_s
        assert cancel.wait(5)
    assert refused(served) is ErrorCode.OPERATOR_MISSING


def test_a_visit_ends_too_where_nobody_can_say_who_is_there(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, cancel = Attendance(duty.room, attended=True), threading.Event()
    duty.kit.sign_in(duty.member(Role.OPERATOR))
    record = duty.kit.ledger.record

    def full(kind: Kind, payload: dict[str, Json]) -> int:
        if kind is Kind.SIGN_OUT:
            raise StorageError(ErrorCode.DISK_FULL)
        return record(kind, payload)

    with served.during(cancel):
        monkeypatch.setattr(duty.kit.ledger, "record", full)
        duty.kit.ticks_s += duty.kit.policy.idle_s
        assert cancel.wait(2)


def test_looking_who_is_there_keeps_nobody_signed_in(duty: Duty) -> None:
    served = Attendance(duty.room, attended=True)
    duty.kit.sign_in(duty.member(Role.OPERATOR))
    for _ in range(3):
        assert served.code() is None
        duty.kit.ticks_s += duty.kit.policy.idle_s / 3
    assert served.code() is ErrorCode.OPERATOR_MISSING
    assert duty.kit.entries()[-1].payload["why"] == "IDLE"


def test_where_people_serve_themselves_nobody_need_be_there(duty: Duty) -> None:
    served = Attendance(duty.room, attended=False)
    known = len(duty.kit.store.rows)
    with served.during(threading.Event()):
        assert served.code() is None
    assert len(duty.kit.store.rows) == known


def test_the_station_itself_serves_nobody_without(duty: Duty) -> None:
    """Whatever flow it is comes through `_serve`; the pages are not asked."""

    class Played(Station):
        def __init__(self) -> None:
            self.attendance = Attendance(duty.room, attended=True)
            self._keys = KeyTurn()

        def _visit_desk(self) -> None:  # type: ignore[override]
            return None

        def _watched(self, publish):
            return publish

    class Visit:
        def run(self, cancel: threading.Event) -> VisitReport:
            began.append(cancel)
            return REPORT

    began: list[threading.Event] = []
    station = Played()
    make, cancel = (lambda _desk, _tell: Visit()), threading.Event()
    with pytest.raises(AccessError, match=ErrorCode.OPERATOR_MISSING.value):
        station._serve(make, lambda _: None, cancel)
    assert began == []
    duty.kit.sign_in(duty.member(Role.OPERATOR))
    assert station._serve(make, lambda _: None, cancel) is REPORT
    assert began == [cancel]
