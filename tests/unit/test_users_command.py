"""`station users`: from the first two accounts to a third, with both factors each time."""

import base64
import json
import os
import re
import threading
import time
from datetime import UTC, datetime, timedelta

import click
import pytest
import stores_kit
from click.testing import CliRunner

import storage.keys
from consent.entry import parse_entry
from consent.kinds import Kind, Phase
from station.access import Act
from station.booth import sandbox
from station.cli.keys import keys
from station.cli.settled import settled_station
from station.cli.signing_in import StaffLogin, signed_in, station_runs
from station.cli.users import users
from station.desk_permits import PERMIT, permit_orders
from station.errors import AccessError, ErrorCode, StationError
from station.instance_lock import InstanceLock
from station.one_time_code import STEP_S, code_at
from station.requests import digest_of
from station.staffroom import open_staffroom
from storage import desk_request
from storage.desk_request import DeskRequests
from tests.staff_kit import CHEAP, Member

PASSPHRASE = stores_kit.PASSPHRASE.reveal().decode()
SECRET = re.compile(r"secret=([A-Z2-7]+)")


class Desk:
    """A station at whose terminal members of staff type what they are asked."""

    def __init__(self, monkeypatch, tmp_path):
        self.typed: list[str] = []
        self.steps: dict[str, int] = {}
        self.home = tmp_path / "home" / "data"
        monkeypatch.setenv("STATION_HOME", str(tmp_path / "home"))
        monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
        monkeypatch.setattr(sandbox, "harden_desk", lambda: None)
        monkeypatch.setattr(os, "isatty", lambda _: True)
        monkeypatch.setattr(storage.keys, "_T", 1)
        monkeypatch.setattr(storage.keys, "_M_KIB", 8 * 1024)
        monkeypatch.setattr(click, "prompt", self._prompt)
        monkeypatch.setattr("station.accounts.AccountPolicy", lambda: CHEAP)
        # A code counts once: each sign-in of the test is half a minute after the one before.
        self.ahead = timedelta(0)
        monkeypatch.setattr(
            "station.cli.settled.datetime", _Clock(lambda: self.ahead), raising=True
        )

    def _prompt(self, question, **options):
        assert options["hide_input"] is True
        return self.typed.pop(0)

    def run(self, *arguments, member=None, more=(), group=users):
        self.typed[:] = [*more, PASSPHRASE] if arguments[0] == "break-glass" else [PASSPHRASE]
        if member is not None:
            self.typed += [member.password, self.code(member), *more]
            arguments = (*arguments, "--as", member.user)
        result = CliRunner().invoke(group, [*arguments, "--lang", "en"])
        if isinstance(result.exception, StationError):
            return result.exception.code
        assert result.exit_code == 0, result.output
        assert self.typed == []
        return result

    def code(self, member):
        self.ahead += timedelta(seconds=STEP_S)
        now_s = int((datetime.now(UTC) + self.ahead).timestamp())
        return code_at(member.token, now_s // STEP_S)

    def meet(self, output, user):
        """Read what is shown once, and choose a password."""
        part = output[output.index(f"secret of {user}") :]
        first = re.search(r"First password: (\S+)", part).group(1)
        padded = SECRET.search(part).group(1)
        token = base64.b32decode(padded + "=" * (-len(padded) % 8))
        member = Member(user, first, token)
        chosen = f"Yk7#mirror-Otter-{user[:2]}"
        self.run("password", member=member, more=[first, chosen])
        member.password = chosen
        return member

    def kinds(self):
        self.typed[:] = [PASSPHRASE]
        with settled_station() as desk:
            return [parse_entry(stored.body).kind for stored in desk.stores.ledger.entries()]


class _Clock:
    def __init__(self, ahead):
        self._ahead = ahead

    def now(self, zone):
        return datetime.now(zone) + self._ahead()


FIRST = ("first", "--admin", "li.wei", "--admin-name", "李伟", "--security", "wang.fang")


@pytest.fixture
def desk(tmp_path, monkeypatch):
    desk = Desk(monkeypatch, tmp_path)
    desk.typed[:] = [PASSPHRASE]
    assert CliRunner().invoke(keys, ["create", "--lang", "en"]).exit_code == 0
    return desk


def begun(desk):
    shown = desk.run(*FIRST, "--security-name", "王芳").output
    codes = re.findall(r"^    (\S{4}(?:-\S{4}){5})$", shown, re.M)
    return desk.meet(shown, "li.wei"), desk.meet(shown, "wang.fang"), codes


def test_from_the_first_two_accounts_to_a_third(desk):
    system, security, _ = begun(desk)
    assert desk.run(*FIRST, "--security-name", "王芳") is ErrorCode.ACCESS_DENIED
    added = ("add", "zhao.min", "--name", "赵敏", "--role", "OPERATOR", "--days", "90")
    request = re.search(r"Asked: (\w{32})", desk.run(*added, member=system).output).group(1)
    early = desk.run("carry-out", request, member=system)
    assert early is ErrorCode.REQUEST_INVALID
    (line,) = json.loads(desk.run("requests", "--json", member=security).stdout)
    assert (line["request"], line["document"]["user"]) == (request, "zhao.min")
    desk.run("agree", request, member=security)
    operator = desk.meet(desk.run("carry-out", request, member=system).output, "zhao.min")
    assert desk.run("list", member=operator) is ErrorCode.ACCESS_DENIED
    listed = json.loads(desk.run("list", "--json", member=security).stdout)
    assert [(one["user"], one["state"]) for one in listed] == [
        ("li.wei", "ACTIVE"),
        ("wang.fang", "ACTIVE"),
        ("zhao.min", "ACTIVE"),
    ]
    assert listed[2]["ends"] and listed[2]["name"] == "赵敏"
    desk.run("lock", "zhao.min", "--reason", "left", member=security)
    assert desk.run("requests", member=operator) is ErrorCode.ACCOUNT_LOCKED
    desk.run("unlock", "zhao.min", member=security)
    changed = ("roles", "zhao.min", "--role", "MANAGER")
    request = re.search(r"Asked: (\w{32})", desk.run(*changed, member=security).output).group(1)
    (line,) = json.loads(desk.run("requests", "--json", member=system).stdout)
    # An account that was to end still does, where nothing else is said.
    assert time.time() < line["document"]["ends_s"] < time.time() + 91 * 86400
    desk.run("refuse", request, "--reason", "not now", member=system)
    shown = desk.run("requests", member=security).output
    assert "not now" in shown and "refused" in shown
    assert desk.run("list", member=Member("li.wei", "x", b"y")) is ErrorCode.SIGN_IN_FAILED


def test_break_glass_opens_once_and_raises_the_alarm(desk):
    system, _, codes = begun(desk)
    lost = ("factor", "wang.fang", "--reason", "phone lost")
    request = re.search(r"Asked: (\w{32})", desk.run(*lost, member=system).output).group(1)
    glass = ("break-glass", "--agree", request, "--reason", "phone lost")
    assert len(codes) == 2
    assert desk.run(*glass, more=[codes[0], codes[0]]) is ErrorCode.BREAK_GLASS_VOID
    assert "alarm" in desk.run(*glass, more=codes).output
    again = ("break-glass", "--unlock", "wang.fang", "--reason", "phone lost")
    assert desk.run(*again, more=codes) is ErrorCode.BREAK_GLASS_VOID
    assert "secret of wang.fang" in desk.run("carry-out", request, member=system).output
    assert Kind.BREAK_GLASS in desk.kinds()


def test_a_slip_does_not_use_up_the_sealed_codes(desk):
    *_, codes = begun(desk)
    glass = ("break-glass", "--unlock", "wang.fang", "--reason")
    assert desk.run(*glass, "x" * 201, more=codes) is ErrorCode.TEXT_UNUSABLE
    assert "alarm" in desk.run(*glass, "phone lost", more=codes).output
    assert desk.kinds().count(Kind.BREAK_GLASS) == 1


def test_what_takes_two_people_is_asked_for_agreed_to_and_done(desk):
    system, security, _ = begun(desk)
    rotate = ("rotate", "--store", "office")
    assert desk.run(*rotate, member=system, group=keys) is ErrorCode.ACCESS_DENIED
    asked = desk.run(*rotate, member=security, group=keys).output
    request = re.search(r"request (\w{32})", asked).group(1)
    agreed = ("--request", request)
    early = desk.run(*rotate, *agreed, member=security, group=keys)
    assert early is ErrorCode.REQUEST_INVALID
    desk.run("agree", request, member=system)
    other = desk.run("rotate", "--store", "keys", *agreed, member=security, group=keys)
    assert other is ErrorCode.REQUEST_INVALID
    desk.run(*rotate, *agreed, member=security, group=keys)
    desk.typed[:] = [PASSPHRASE]
    with settled_station() as opened:
        entries = [parse_entry(stored.body) for stored in opened.stores.ledger.entries()]
    (intent,) = [e for e in entries if e.kind is Kind.REKEY and e.phase is Phase.INTENT]
    assert (intent.payload["actor"], intent.payload["second"]) == ("wang.fang", "li.wei")
    # The sheets are under another key of the file, and what they said holds.
    assert json.loads(desk.run("list", "--json", member=system).stdout)


def pipe(text):
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    return reading


def test_both_factors_come_from_a_descriptor(desk):
    system, _, _ = begun(desk)
    lines = f"li.wei\n{system.password}\n{desk.code(system)}\n"
    desk.typed[:] = [PASSPHRASE]
    found = CliRunner().invoke(users, ["list", "--sign-in-fd", str(pipe(lines)), "--lang", "zh_CN"])
    assert found.exit_code == 0 and "李伟" in found.output
    for lines in ("li.wei\nonly", "a\nb\nc\nd\n", f"wang.fang\n{system.password}\n1\n"):
        staff = StaffLogin("li.wei", pipe(lines))
        with pytest.raises(AccessError) as raised:
            staff.proof()
        assert raised.value.code is ErrorCode.SIGN_IN_FAILED


def test_a_permit_beside_the_kiosk_comes_from_the_kiosk(desk, monkeypatch):
    _, security, _ = begun(desk)
    monkeypatch.setattr(desk_request, "_LOOK_EVERY_S", 0.02)
    assert not station_runs()
    desk.typed[:] = [PASSPHRASE]
    with settled_station() as opened, InstanceLock(desk.home):
        clock = _Clock(lambda: desk.ahead)
        room = open_staffroom(opened.stores.office, opened.ledger, lambda: clock.now(UTC))
        service = DeskRequests(desk.home, {PERMIT: permit_orders(room)})
        try:
            assert station_runs()
            desk.typed[:] = [security.password, desk.code(security)]
            staff = StaffLogin("wang.fang", None)
            with signed_in(None, staff, Act.USERS_READ, about=digest_of({})) as permit:
                assert (permit.user, permit.act) == ("wang.fang", Act.USERS_READ)
            desk.typed[:] = [security.password, desk.code(security)]
            with pytest.raises(AccessError) as raised, signed_in(None, staff, Act.RUN_VISIT):
                pass
            assert raised.value.code is ErrorCode.ACCESS_DENIED
        finally:
            service.stop()
    assert threading.active_count() < 10
