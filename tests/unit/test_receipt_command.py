"""`audit receipt`, `audit verify-receipt` and `audit key` on a ledger handed over to them."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import click
from click.testing import CliRunner, Result

from consent.digest import to_text
from station.access import Role
from station.cli.audit import audit
from station.cli.audit_office import OPEN_AUDIT, AuditOffice
from station.cli.ledger_source import OPEN_LEDGER, LedgerSource
from station.cli.signing_in import StaffLogin
from station.errors import LedgerError
from tests.duty import Duty, reading_office
from tests.unit.receipt_kit import NUMBER, Issued, issued, usual


def run(made: Issued, *arguments: str) -> Result:
    @contextmanager
    def opened(_descriptor: int | None) -> Iterator[LedgerSource]:
        yield LedgerSource(made.store, made.key)

    duty = Duty()

    def office(staff: StaffLogin, _descriptor: int | None) -> AbstractContextManager[AuditOffice]:
        return reading_office(duty, made.store, made.key, staff)

    @click.group()
    @click.pass_context
    def root(ctx: click.Context) -> None:
        ctx.meta[OPEN_LEDGER] = opened
        ctx.meta[OPEN_AUDIT] = office

    root.add_command(audit)
    signs_in = duty.signs_in(Role.OPERATOR) if arguments[0] == "receipt" else []
    return CliRunner().invoke(root, ["audit", *arguments, *signs_in])


def test_a_receipt_is_checked_against_the_stations_own_ledger() -> None:
    made = usual()
    result = run(made, "verify-receipt", made.text, made.path, "--lang", "en")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[-1] == "verified" and f"Receipt number {NUMBER}" in lines
    assert any(line.startswith("ledger: entry 11") for line in lines)
    assert "核验通过" in run(made, "verify-receipt", made.text, "--lang", "zh_CN").stdout


def test_with_the_key_no_ledger_is_needed(tmp_path: Path) -> None:
    made, slip, key = usual(), tmp_path / "slip.txt", tmp_path / "key.txt"
    slip.write_text(made.text + "\n", "utf-8")
    key.write_text(to_text(made.key) + "\n", "ascii")
    result = CliRunner().invoke(
        audit, ["verify-receipt", str(slip), "--key", str(key), "--json", "--lang", "en"]
    )
    document = json.loads(result.stdout)
    assert result.exit_code == 0 and document["verified"]
    assert document["checked"] == ["SIGNATURE"] and document["entry"]["seq"] == 11
    direct = CliRunner().invoke(audit, ["verify-receipt", made.text, "--key", to_text(made.key)])
    assert direct.exit_code == 0
    wrong = CliRunner().invoke(audit, ["verify-receipt", made.text, "--key", "no-such-file"])
    assert wrong.exit_code == 2


def test_one_changed_character_is_refused_with_exit_code_1() -> None:
    made = usual()
    flipped = made.text[:100] + ("A" if made.text[100] != "A" else "B") + made.text[101:]
    result = run(made, "verify-receipt", flipped, "--lang", "en")
    assert result.exit_code == 1 and result.stdout.splitlines()[-1] == "NOT verified"
    document = json.loads(run(made, "verify-receipt", flipped, "--json").stdout)
    assert document == {
        "verified": False,
        "checked": [],
        "faults": ["REFUSED"],
        "entry": None,
        "head": None,
    }


def test_a_bundle_serves_as_the_ledger_and_its_own_key_is_said_to_be_that(tmp_path: Path) -> None:
    def bundle(name: str, entries: Issued, key: bytes) -> str:
        folder = tmp_path / name
        folder.mkdir()
        manifest = {"selection": {"all": True}, "public_key": key.hex()}
        (folder / "bundle.json").write_text(json.dumps(manifest), "utf-8")
        lines = [
            json.dumps({"seq": row.seq, "body": row.body.decode()}) for row in entries.store.rows
        ]
        (folder / "entries.jsonl").write_text("\n".join(lines), "utf-8")
        return str(folder)

    made, other = usual(), issued(2)
    whole = bundle("whole", made, made.key)
    result = run(made, "verify-receipt", made.text, "--bundle", whole, "--json")
    assert json.loads(result.stdout)["checked"] == ["SIGNATURE", "LEDGER", "OWN_KEY"]
    foreign = bundle("foreign", other, made.key)
    result = run(made, "verify-receipt", made.text, "--bundle", foreign, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["faults"] == ["NOT_IN_LEDGER"]
    for hostile in ("{}", "[" * 100_000, '{"seq":0,"body":"\\ud800"}'):
        (tmp_path / "whole" / "entries.jsonl").write_text(hostile, "utf-8")
        broken = run(made, "verify-receipt", made.text, "--bundle", whole)
        assert isinstance(broken.exception, LedgerError)
    (tmp_path / "whole" / "bundle.json").write_text('{"selection":{"kinds":[]}}', "utf-8")
    assert run(made, "verify-receipt", made.text, "--bundle", whole).exit_code == 2


def test_what_is_no_receipt_is_told_by_its_own_message() -> None:
    result = run(usual(), "verify-receipt", "no-such-file")
    assert isinstance(result.exception, LedgerError) and result.exception.code == "RCP-01"


def test_the_public_key_is_printed_to_be_published() -> None:
    made = usual()
    result = run(made, "key", "--lang", "en")
    assert result.stdout.strip() == to_text(made.key) and "key id" in result.stderr
