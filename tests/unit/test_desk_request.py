"""Orders to a running station: sealed both ways, answered once, and permits only for who may."""

import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.kinds import Kind
from station.access import Act, Role
from station.desk_permits import (
    ASK,
    PERMIT,
    ask_permit,
    ask_request,
    permit_orders,
    permitted,
    request_orders,
)
from station.errors import AccessError, ErrorCode, StationError, StorageError
from station.requests import digest_of
from station.staffroom import Staffroom
from storage import desk_request
from storage.desk_request import FOLDER, DeskRequests, StaffProof, ask_station
from tests.staff_kit import StaffKit


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(desk_request, "_LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(desk_request, "_TELL_EVERY_S", 0.0)


def code_of(call, *values, **named):
    with pytest.raises(StationError) as raised:
        call(*values, **named)
    return raised.value.code


def echo(body, who, progress):
    progress(1, 2)
    return {"body": dict(body), "user": who.user if who else ""}


def test_an_order_is_answered_and_leaves_nothing(tmp_path):
    service, told = DeskRequests(tmp_path, {"ECHO": echo}), []
    try:
        proof = StaffProof("li.wei", "Yk7#mirror-Otter", "123456")
        found = ask_station(
            tmp_path, "ECHO", {"a": [1]}, staff=proof, progress=lambda *done: told.append(done)
        )
        assert found == {"body": {"a": [1]}, "user": "li.wei"}
        assert code_of(ask_station, tmp_path, "OTHER", {}) is ErrorCode.STORE_LOCKED
        assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["station.key"]
    finally:
        service.stop()
    assert list((tmp_path / FOLDER).iterdir()) == []
    assert code_of(ask_station, tmp_path, "ECHO", {}) is ErrorCode.STORE_LOCKED
    assert "Otter" not in repr(proof)


def test_what_lies_on_the_disk_shows_no_password(tmp_path, monkeypatch):
    """The station is slow to look: order and key are there to be read."""
    monkeypatch.setattr(desk_request, "_LOOK_EVERY_S", 0.3)
    service, seen = DeskRequests(tmp_path, {"ECHO": echo}), b""
    proof = StaffProof("li.wei", "Yk7#mirror-Otter", "123456")
    asking = threading.Thread(
        target=ask_station, args=(tmp_path, "ECHO", {}), kwargs={"staff": proof}
    )
    asking.start()
    deadline = time.monotonic() + 5
    while b"SH1" not in seen and time.monotonic() < deadline:
        for path in (tmp_path / FOLDER).glob("*"):
            try:
                seen += path.read_bytes()
                assert path.stat().st_mode & 0o077 == 0
            except FileNotFoundError:
                continue
    asking.join()
    service.stop()
    assert b"SH1" in seen and b"Otter" not in seen and b"li.wei" not in seen


def test_many_ask_at_once_and_each_gets_its_own_answer(tmp_path):
    service, found = DeskRequests(tmp_path, {"ECHO": echo}), {}

    def ask(number):
        found[number] = ask_station(tmp_path, "ECHO", {"n": number})["body"]["n"]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    service.stop()
    assert found == {n: n for n in range(6)}


def test_whoever_asks_a_busy_station_waits_and_is_answered(tmp_path, monkeypatch):
    monkeypatch.setattr(desk_request, "_MOST_WAITING", 1)
    go_on, found = threading.Event(), []

    def slow(body, who, progress):
        go_on.wait(20)
        return dict(body)

    def ask(number):
        found.append(ask_station(tmp_path, "SLOW", {"n": number}))

    service = DeskRequests(tmp_path, {"SLOW": slow})
    try:
        threads = [threading.Thread(target=ask, args=(n,), daemon=True) for n in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        go_on.set()
        for thread in threads:
            thread.join(20)
        assert sorted(one["n"] for one in found) == [0, 1, 2]
    finally:
        go_on.set()
        service.stop()


def test_an_order_too_long_to_be_read_is_refused_at_once(tmp_path):
    service = DeskRequests(tmp_path, {"ECHO": echo})
    try:
        code = code_of(ask_station, tmp_path, "ECHO", {"text": "x" * (16 << 10)})
        assert code is ErrorCode.TEXT_UNUSABLE
        assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["station.key"]
    finally:
        service.stop()


def test_faults_come_back_as_what_they_are(tmp_path):
    def fail(error):
        def handler(_body, _staff, _progress):
            raise error

        return handler

    faults = {
        "A": (AccessError(ErrorCode.ACCESS_DENIED), AccessError, ErrorCode.ACCESS_DENIED),
        "S": (StorageError(ErrorCode.DISK_FULL), StorageError, ErrorCode.DISK_FULL),
        "B": (KeyError("secret"), StorageError, ErrorCode.STORE_LOCKED),
    }
    service = DeskRequests(tmp_path, {name: fail(error) for name, (error, *_) in faults.items()})
    try:
        for name, (_, kind, code) in faults.items():
            with pytest.raises(kind) as raised:
                ask_station(tmp_path, name, {})
            assert raised.value.code is code
    finally:
        service.stop()


def test_a_station_that_closes_breaks_off(tmp_path):
    begun, codes = threading.Event(), []

    def busy(_body, _staff, progress):
        begun.set()
        while True:
            progress(1, 2)

    service = DeskRequests(tmp_path, {"BUSY": busy})
    asking = threading.Thread(
        target=lambda: codes.append(code_of(ask_station, tmp_path, "BUSY", {}))
    )
    asking.start()
    assert begun.wait(10)
    service.stop()
    asking.join(10)
    assert codes == [ErrorCode.STORE_LOCKED]


def test_an_order_to_a_station_that_ended_is_dropped(tmp_path):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / ("0" * 32 + ".order")).write_bytes(b"from before")
    service = DeskRequests(tmp_path, {})
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["station.key"]
    service.stop()


@pytest.fixture(scope="module")
def answering(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    service = DeskRequests(home, {"ECHO": echo})
    yield service, home
    service.stop()


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=300) | st.just(b"x" * 20000))
def test_nonsense_is_taken_away_and_asks_for_nothing(answering, content):
    service, home = answering
    path: Path = home / "nonsense.order"
    path.write_bytes(content)
    assert service._take(path) is None
    assert not path.exists()


def proof_of(room, member):
    return StaffProof(member.user, member.password, room.code(member))


def test_a_permit_beside_the_kiosk_is_granted_and_written_by_the_kiosk(tmp_path):
    room = StaffKit()
    desk = Staffroom(room.accounts, room.requests, room.gate)
    auditor = room.hire(Role.AUDITOR)
    service = DeskRequests(tmp_path, {PERMIT: permit_orders(desk)})
    try:
        permit = ask_permit(tmp_path, proof_of(room, auditor), Act.AUDIT_SUMMARY, about="range")
        assert (permit.act, permit.user, permit.about) == (Act.AUDIT_SUMMARY, auditor.user, "range")
        kinds = [entry.kind for entry in room.entries()[-3:]]
        assert kinds == [Kind.SIGN_IN, Kind.ACCESS_GRANTED, Kind.SIGN_OUT]
        denied = code_of(ask_permit, tmp_path, proof_of(room, auditor), Act.BACKUP)
        assert denied is ErrorCode.ACCESS_DENIED
        wrong = StaffProof(auditor.user, "Wrong-Password-1", room.code(auditor))
        failed = code_of(ask_permit, tmp_path, wrong, Act.AUDIT_SUMMARY)
        assert failed is ErrorCode.SIGN_IN_FAILED
        assert code_of(ask_station, tmp_path, PERMIT, {"act": "x"}) is ErrorCode.STORE_LOCKED
    finally:
        service.stop()


def test_an_order_that_takes_a_permit_is_carried_out_for_whoever_may(tmp_path):
    room = StaffKit()
    desk = Staffroom(room.accounts, room.requests, room.gate)
    auditor = room.hire(Role.AUDITOR)
    service = DeskRequests(
        tmp_path,
        {
            "BACKUP": permitted(desk, Act.BACKUP, echo),
            "EXPORT": permitted(desk, Act.AUDIT_EXPORT, echo),
            ASK: request_orders(desk),
        },
    )
    try:
        body = {"to": "/a"}
        assert code_of(ask_station, tmp_path, "BACKUP", body) is ErrorCode.SIGNED_OUT
        done = ask_station(tmp_path, "BACKUP", body, staff=proof_of(room, room.system))
        assert done["body"] == body
        session = room.sign_in(auditor)
        request = room.requests.ask(session, Act.AUDIT_EXPORT, body)
        room.requests.agree(room.sign_in(room.security), request.id)
        asked = {**body, "request": request.id, "reason": ""}
        other = {**asked, "to": "/b"}
        proof = proof_of(room, auditor)
        assert code_of(ask_station, tmp_path, "EXPORT", other, staff=proof) is (
            ErrorCode.REQUEST_INVALID
        )
        proof = proof_of(room, auditor)
        assert ask_station(tmp_path, "EXPORT", asked, staff=proof)["body"] == body
        assert request.about == digest_of(body)
        document = {"records": True}
        proof = proof_of(room, room.security)
        asked_id = ask_request(tmp_path, proof, Act.KEY_ROTATE, document, "")
        assert [one.id for one in room.requests.waiting(room.sign_in(room.system))] == [asked_id]
    finally:
        service.stop()


def test_a_permit_beside_the_kiosk_has_the_reason_that_was_agreed_to(tmp_path):
    room = StaffKit()
    officer, manager = room.hire(Role.PI_OFFICER), room.signed_in(Role.MANAGER)
    request = room.requests.ask(room.sign_in(officer), Act.MINOR_READ, {"ticket": 1}, "by law")
    room.requests.agree(manager, request.id)
    desk = Staffroom(room.accounts, room.requests, room.gate)
    service = DeskRequests(tmp_path, {PERMIT: permit_orders(desk)})
    try:
        proof = proof_of(room, officer)
        named = {"about": request.about, "request_id": request.id}
        permit = ask_permit(tmp_path, proof, Act.MINOR_READ, **named)
    finally:
        service.stop()
    assert (permit.reason, permit.second) == ("by law", manager.user)


def test_permits_told_by_a_station_are_made_in_one_place_only():
    root = Path(desk_request.__file__).parents[1]
    rooms = ("station", "storage", "ui", "consent", "drivers")
    users = [
        path.relative_to(root).as_posix()
        for room in rooms
        for path in (root / room).rglob("*.py")
        if "granted_by_station" in path.read_text("utf-8")
    ]
    assert sorted(users) == ["station/desk_permits.py", "station/gate.py"]
