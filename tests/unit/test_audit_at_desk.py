"""The auditor at a real station: accounts, both factors, a second person, the bundle, the verifier.

Everything is the product's own; only the terminal is a list of what is typed.
"""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from consent.kinds import Kind
from consent.search import Selection, search
from station.cli.audit import audit
from station.cli.settled import settled_station
from station.desk_permits import PERMIT, permit_orders
from station.errors import ErrorCode
from station.instance_lock import InstanceLock
from station.model import VisitId
from station.staffroom import open_staffroom
from storage import desk_request
from storage.clock import HighWaterClock
from storage.desk_request import DeskRequests
from storage.visit_records import SealedVisitRecords
from tests.unit import test_users_command as kit
from tests.unit.audit_kit import verified
from tests.unit.stores_kit import PERSON

Desk = kit.Desk


@pytest.fixture
def desk(tmp_path, monkeypatch):
    return kit.desk.__wrapped__(tmp_path, monkeypatch)


def asked(output: str) -> list[str]:
    return re.findall(r"(?:Asked|by itself): (\w{32})", output)


def hired(desk, system, security, user: str, role: str):
    added = desk.run("add", user, "--name", user, "--role", role, member=system).output
    (request,) = asked(added)
    desk.run("agree", request, member=security)
    return desk.meet(desk.run("carry-out", request, member=system).output, user)


def test_an_auditor_searches_and_with_a_second_person_takes_a_bundle_away(desk, tmp_path):
    system, security, _ = kit.begun(desk)
    auditor = hired(desk, system, security, "zhao.min", "AUDITOR")
    # A look into the ledger, recorded by whom.
    assert desk.run("search", member=system, group=audit) is ErrorCode.ACCESS_DENIED
    found = desk.run("search", "--kind", "ACCESS_REFUSED", "--json", member=auditor, group=audit)
    (refused,) = json.loads(found.stdout)
    assert (refused["payload"]["actor"], refused["payload"]["act"]) == ("li.wei", "AUDIT_READ")
    # Asked for, agreed to by somebody else, written.
    out = tmp_path / "bundle"
    export = ("export", "--out", str(out), "--from", "2020-01-01", "--kind", "SIGN_IN")
    (request,) = asked(desk.run(*export, member=auditor, group=audit).output)
    with_request = (*export, "--request", request)
    early = desk.run(*with_request, member=auditor, group=audit)
    assert early is ErrorCode.REQUEST_INVALID
    desk.run("agree", request, member=security)
    other = ("export", "--out", str(out), "--request", request)
    assert desk.run(*other, member=auditor, group=audit) is ErrorCode.REQUEST_INVALID
    assert not out.exists()
    desk.run(*with_request, member=auditor, group=audit)
    code, report = verified(out)
    assert code == 0, report
    lines = (out / "entries.jsonl").read_text("utf-8").splitlines()
    kinds = {json.loads(json.loads(line)["body"])["kind"] for line in lines}
    # The entry before the span is context; here the ledger begins within it.
    assert kinds == {"SIGN_IN"}
    assert (out / "summary.pdf").read_bytes().startswith(b"%PDF")
    taken = desk.kinds()
    assert taken.count(Kind.AUDIT_READ) == taken.count(Kind.AUDIT_EXPORT) == 1


def test_names_in_clear_take_two_requests_and_a_reason(desk, tmp_path):
    system, security, _ = kit.begun(desk)
    auditor = hired(desk, system, security, "zhao.min", "AUDITOR")
    officer = hired(desk, system, security, "sun.li", "PI_OFFICER")
    _keep_somebody(desk)
    out = tmp_path / "clear"
    export = ("export", "--out", str(out), "--unmask", "--reason", "case 7")
    first, second = asked(desk.run(*export, member=auditor, group=audit).output)
    desk.run("agree", first, member=security)
    assert desk.run("agree", second, member=security) is ErrorCode.ACCESS_DENIED
    desk.run("agree", second, member=officer)
    ready = (*export, "--request", first, "--unmask-request", second)
    desk.run(*ready, member=auditor, group=audit)
    manifest = json.loads((out / "bundle.json").read_bytes())
    assert manifest["unmasked"] == {
        "by": "zhao.min",
        "second": "sun.li",
        "reason": "case 7",
        "minors": "masked",
    }
    assert verified(out)[0] == 0


def test_beside_the_kiosk_the_kiosk_grants_and_records_and_the_rows_are_read_here(
    desk, tmp_path, monkeypatch
):
    system, security, _ = kit.begun(desk)
    auditor = hired(desk, system, security, "zhao.min", "AUDITOR")
    monkeypatch.setattr(desk_request, "_LOOK_EVERY_S", 0.02)
    desk.typed[:] = [kit.PASSPHRASE]
    with settled_station() as opened, InstanceLock(desk.home):
        clock = kit._Clock(lambda: desk.ahead)
        room = open_staffroom(opened.stores.office, opened.ledger, lambda: clock.now(UTC))
        service = DeskRequests(desk.home, {PERMIT: permit_orders(room)})
        try:
            before = opened.stores.ledger.size()
            found = desk.run("search", "--limit", "3", "--json", member=auditor, group=audit)
            newest = json.loads(found.stdout)[0]
            assert newest["seq"] >= before
            kinds = [row.kind for row in search(opened.stores.ledger, Selection())]
            told = ["SIGN_OUT", "AUDIT_READ", "ACCESS_GRANTED", "SIGN_IN"]
            assert kinds[: kinds.index("SIGN_IN") + 1] == told
            kind = ("--kind", "ERASE", "--text", "张小明")
            desk.run("search", *kind, "--json", member=auditor, group=audit)
            read = next(search(opened.stores.ledger, Selection(kinds=(Kind.AUDIT_READ,))))
            assert read.payload == {
                "actor": "zhao.min",
                "selection": {"kinds": ["ERASE"], "text": 3},
            }
            refused = desk.run("search", "--json", member=security, group=audit)
            assert refused is ErrorCode.ACCESS_DENIED
            export = ("export", "--out", str(tmp_path / "out"))
            desk.typed[:] = [kit.PASSPHRASE]
            result = CliRunner().invoke(audit, [*export, "--as", "zhao.min"])
            assert result.exception.code is ErrorCode.ALREADY_RUNNING
            assert not (tmp_path / "out").exists()
        finally:
            service.stop()


def _keep_somebody(desk) -> None:
    desk.typed[:] = [kit.PASSPHRASE]
    with settled_station() as opened:
        records = SealedVisitRecords(
            opened.stores, opened.ledger, HighWaterClock(opened.stores.ledger), timedelta(hours=24)
        )
        expiry = datetime.now(UTC) + desk.ahead + timedelta(hours=2)
        records.keep_identity(VisitId("ab" * 16), PERSON, expiry.isoformat())
