"""`station users key` and `--with-key`: a security key at the terminal, and beside the kiosk."""

import json

import pytest
import test_users_command
from click.testing import CliRunner

from station.access import Act, Role
from station.cli.users import users
from station.desk_permits import permit_orders
from station.errors import AccessError, ErrorCode
from station.key_process import KeyReader
from station.key_wire import KeyStep
from station.model import Secret
from station.staffroom import Staffroom
from storage.desk_request import StaffProof
from tests.soft_key import DirectKeys, SoftKey
from tests.staff_kit import StaffKit

desk = test_users_command.desk


def lay(key: SoftKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """`key` is what every question of the station reaches."""
    direct = DirectKeys(key)

    def show(reader, question):
        reader._told(KeyStep.TOUCH)
        return direct.show(question)

    monkeypatch.setattr(KeyReader, "show", show)
    monkeypatch.setattr(KeyReader, "make", lambda _, question: direct.make(question))


def test_a_key_at_the_terminal_in_place_of_codes(desk, monkeypatch):
    system, _, _ = test_users_command.begun(desk)
    key = SoftKey()
    lay(key, monkeypatch)
    shown = desk.run("key", member=system, more=[system.password])
    assert "touched twice" in shown.output and "Touch your key" in shown.stderr
    assert desk.run("list", member=system) is ErrorCode.SIGN_IN_FAILED
    with_key = ["list", "--json", "--with-key", "--as", "li.wei", "--lang", "en"]
    desk.typed[:] = [test_users_command.PASSPHRASE, system.password]
    found = CliRunner().invoke(users, with_key)
    assert json.loads(found.stdout)[0]["user"] == "li.wei" and desk.typed == []
    # From a descriptor it is two lines: nothing of a key can be read ahead.
    lines = test_users_command.pipe(f"li.wei\n{system.password}\n")
    desk.typed[:] = [test_users_command.PASSPHRASE]
    found = CliRunner().invoke(users, [*with_key, "--sign-in-fd", str(lines)])
    assert found.exit_code == 0 and key.count == 4


def test_beside_the_kiosk_the_kiosk_asks_the_key():
    kit, key = StaffKit(), SoftKey()
    member = kit.hire(Role.AUDITOR)
    session = kit.sign_in(member)
    kit.accounts.take_key(session, Secret(member.password.encode()), DirectKeys(key))
    kit.accounts.sign_out(session)
    room = Staffroom(kit.accounts, kit.requests, kit.gate, lambda *_: DirectKeys(key))
    grant = permit_orders(room)
    body = {"act": Act.POLICY_READ.value, "about": "", "reason": "", "request": ""}
    staff = StaffProof(member.user, member.password, "", key=True)
    assert grant(body, staff, lambda *_: None)["user"] == member.user
    with pytest.raises(AccessError, match=ErrorCode.SIGN_IN_FAILED):
        grant(body, StaffProof(member.user, member.password, ""), lambda *_: None)
