"""`person`: masked lists, a preview before anything is erased, receipts, and wrong use refused."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from stores_kit import Desk, document, resident

from consent.kinds import Kind
from consent.signing import HeadSigner
from station.access import Role
from station.cli.person import person
from station.cli.person_office import OPEN_RESIDENTS, ResidentOffice
from station.deletion_receipt import read_deletion_receipt
from station.resident_desk import deletion_receipt
from storage.subject_finder import SubjectFinder
from tests.duty import Duty

Run = Callable[..., Result]
COMMANDS = (
    "enrol",
    "verify",
    "list",
    "recalls",
    "show",
    "withdraw",
    "leave",
    "renew",
    "restrict",
    "receipt",
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path / "station")
    yield opened
    opened.stores.close()


@pytest.fixture
def run(desk: Desk) -> Run:
    signer = HeadSigner.from_private(desk.keyring.ledger_signing_key().reveal())

    receipt = partial(deletion_receipt, ledger=desk.ledger, signer=signer, demo=True)
    duty = Duty.at(desk)
    duty.member(Role.MANAGER)

    @contextmanager
    def office(_descriptor: int | None) -> Iterator[ResidentOffice]:
        rows = desk.stores.ledger
        yield ResidentOffice(desk.register, desk.ledger, receipt, rows.newest_first, duty.room)

    @click.group()
    @click.pass_context
    def root(ctx: click.Context) -> None:
        ctx.meta[OPEN_RESIDENTS] = office

    root.add_command(person)

    def run(*arguments: str, typed: str = "") -> Result:
        staff = duty.signs_in(Role.MANAGER)
        return CliRunner().invoke(root, ["person", *arguments, *staff], input=typed)

    return run


def kinds(desk: Desk) -> list[str]:
    return [json.loads(entry.body)["kind"] for entry in desk.stores.ledger.entries()]


def written(path: Path, *lines: str) -> str:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(command: str) -> None:
    result = CliRunner().invoke(person, [command, "--help"])
    assert result.exit_code == 0
    assert f"Example: ./station.sh person {command}" in result.stdout


def test_a_list_is_masked(desk: Desk, run: Run) -> None:
    number = desk.enrol("E12345678")
    desk.enrol("E87654321")
    as_json = run("list", "--json")
    assert as_json.exit_code == 0
    listed = json.loads(as_json.stdout)
    assert len(listed) == 2 and {one["template_version"] for one in listed} == {1}
    for result in (as_json, run("list", "--lang", "en"), run("show", "--number", number)):
        assert result.exit_code == 0, result.output
        for secret in (number, "E12345678", "E87654321", "住户一号"):
            assert secret not in result.output


def test_nobody_is_shown_in_clear_without_a_reason_on_record(desk: Desk, run: Run) -> None:
    number = desk.enrol("E12345678")
    for wrong in ((), ("--reason", "told me to"), ("--reason", "")):
        refused = run("show", "--number", number, "--full", *wrong)
        assert refused.exit_code == 2 and "E12345678" not in refused.output
    assert Kind.RECORD_READ not in kinds(desk)
    shown = run("show", "--number", number, "--full", "--reason", "T-2026/17", "--json")
    assert json.loads(shown.stdout)["fields"]["document_number"] == "E12345678"
    entries = [json.loads(stored.body) for stored in desk.stores.ledger.entries()]
    (entry,) = [one for one in entries if one["kind"] == Kind.RECORD_READ]
    assert entry["payload"]["reason"] == "T-2026/17" and entry["payload"]["actor"] == "staff.2"
    assert "E12345678" not in json.dumps(entry)


def test_a_document_number_is_asked_for_and_never_an_argument(desk: Desk, run: Run) -> None:
    desk.enrol("E12345678")
    assert run("show", "--document", typed="E12345678\n").exit_code == 0
    assert run("show", "--document", "E12345678").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("show",),
        ("leave",),
        ("restrict",),
        ("renew",),
        ("show", "--number", ""),
        ("show", "--number", "9" * 65),
        ("show", "--number", "1", "--document"),
        ("leave", "--csv", "/nowhere.csv"),
    ],
)
def test_naming_nobody_is_wrong_use(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_an_unknown_number_is_a_typed_error(run: Run) -> None:
    result = run("show", "--number", "1234567890")
    assert result.exit_code != 0 and "RES-02" in str(result.exception)


def test_a_resident_is_put_on_hold_and_used_again(desk: Desk, run: Run) -> None:
    number = desk.enrol("E1")
    assert json.loads(run("restrict", "--number", number, "--json").stdout)["restricted"]
    assert desk.register.resident_of(document("E1")).restricted
    assert run("restrict", "--number", number, "--lift").exit_code == 0
    assert not desk.register.resident_of(document("E1")).restricted


def test_a_list_of_leavers_is_previewed_then_confirmed_and_answered_line_by_line(
    desk: Desk, run: Run, tmp_path: Path
) -> None:
    numbers = [desk.enrol(f"E{n}") for n in range(3)]
    names = written(tmp_path / "out.csv", "resident_number", *numbers[:2], "1234567890", "")
    preview = run("leave", "--csv", names, "--preview", "--json", "--lang", "en")
    document_ = json.loads(preview.stdout)
    assert preview.exit_code == 1 and document_["preview"]
    codes = [line["code"] for line in document_["lines"]]
    assert codes == [None, None, "RES-02", "RES-02"]
    assert desk.register.count() == 3

    declined = run("leave", "--csv", names, typed="n\n")
    assert declined.exit_code == 1 and desk.register.count() == 3

    proofs = tmp_path / "proofs.json"
    done = run("leave", "--csv", names, "--json", "--receipts", str(proofs), typed="y\n")
    result = json.loads(done.stdout)
    assert not result["preview"] and result["erased"]["template"] == 2
    assert [line["line"] for line in result["lines"]] == [1, 2, 3, 4]
    assert desk.register.count() == 1 and desk.residents.is_enrolled(resident(numbers[2]))
    for proof in proofs.read_bytes().splitlines():
        receipt = read_deletion_receipt(proof, desk.ledger.public_key)
        assert receipt.rows["identity"] == 2
    assert proofs.stat().st_mode & 0o077 == 0


def test_one_leaver_needs_no_list(desk: Desk, run: Run) -> None:
    number = desk.enrol("E1")
    assert run("leave", "--number", number, "--yes").exit_code == 0
    assert desk.register.count() == 0
    assert run("leave", "--number", number, "--yes").exit_code == 1


@pytest.mark.parametrize(
    "lines",
    [
        ("name", "x"),
        ("resident_number",),
        ("resident_number", "9" * 65),
        ("resident_number", '"1', "2"),
        ("",),
    ],
)
def test_a_list_of_another_form_is_wrong_use(
    desk: Desk, run: Run, tmp_path: Path, lines: tuple[str, ...]
) -> None:
    assert run("leave", "--csv", written(tmp_path / "x.csv", *lines)).exit_code == 2


def test_bytes_that_are_no_text_are_wrong_use(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"resident_number\n\xff\xfe\n")
    assert run("leave", "--csv", str(path)).exit_code == 2


def test_a_list_by_document_numbers_from_a_spreadsheet_is_read(
    desk: Desk, run: Run, tmp_path: Path
) -> None:
    desk.enrol("E1")
    path = tmp_path / "x.csv"
    path.write_bytes("﻿document_number\r\nE1\r\n".encode())
    assert run("leave", "--csv", str(path), "--yes").exit_code == 0
    assert desk.register.count() == 0


def test_a_minor_is_shown_in_clear_at_the_rights_desk_alone(desk: Desk, run: Run) -> None:
    number = desk.enrol("E1")
    finder = SubjectFinder(desk.stores, desk.ledger, desk.clock, desk.register)
    asked = ("show", "--number", number, "--full", "--reason", "T-1", "--json")
    for born, shown in (("2015-03-03", False), ("1990-03-03", True)):
        finder.correct(finder.find(resident(number)).reference, {"birth_date": born})
        before = kinds(desk).count(Kind.RECORD_READ)
        done = run(*asked)
        assert (done.exit_code == 0, born in done.stdout) == (shown, shown)
        assert kinds(desk).count(Kind.RECORD_READ) == before + shown


def test_staff_can_withdraw_for_somebody_at_the_desk(desk: Desk, run: Run, tmp_path: Path) -> None:
    number = desk.enrol("E1", portraits=1)
    proof = tmp_path / "erased.json"
    refused = run("withdraw", "--number", number, typed="n\n")
    assert refused.exit_code == 1 and desk.register.count() == 1
    done = run("withdraw", "--number", number, "--receipt", str(proof), "--json", typed="y\n")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == json.loads(proof.read_bytes())
    receipt = read_deletion_receipt(proof.read_bytes(), desk.ledger.public_key)
    assert receipt.rows["portrait"] == 1 and desk.register.count() == 0
    assert Kind.WITHDRAW in kinds(desk)
    again = run("withdraw", "--number", number, "--yes")
    assert again.exit_code != 0


def test_a_deletion_receipt_can_be_had_again_from_the_ledger(
    desk: Desk, run: Run, tmp_path: Path
) -> None:
    number = desk.enrol("E1")
    first = json.loads(run("withdraw", "--number", number, "--yes", "--json").stdout)
    op_id, proof = first["receipt"]["op"], tmp_path / "again.json"
    assert run("receipt", "--op", op_id, "--output", str(proof)).exit_code == 0
    again = read_deletion_receipt(proof.read_bytes(), desk.ledger.public_key)
    assert (again.op_id, dict(again.rows)) == (op_id, first["receipt"]["rows"])
    entries = (json.loads(stored.body) for stored in desk.stores.ledger.entries())
    kept = next(entry["op"] for entry in entries if entry["kind"] == Kind.ENROL)
    for wrong, code in ((kept, 1), ("ab" * 16, 1), ("x", 2)):
        assert run("receipt", "--op", wrong).exit_code == code
