"""`audit search`, `audit watch` and `audit export` on a ledger handed over to them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from consent.kinds import Kind
from station.access import Act
from station.audit_desk import AuditDesk
from station.cli import audit_search
from station.cli.audit import audit
from station.cli.audit_export import read_head
from station.cli.audit_office import OPEN_AUDIT, AuditOffice
from station.cli.signing_in import StaffLogin
from station.errors import ErrorCode, LedgerError, StationError, StorageError
from station.gate import Permit
from station.model import Claim, ClaimKind
from tests.unit.audit_kit import ANNA, Town, no_summary, permit, town, verified

Run = Callable[..., Result]
Asked = tuple[Act, dict[str, object], str]


class Desk:
    """An auditor's desk whose gate agrees to what `requests` hold."""

    def __init__(self) -> None:
        self.town: Town = town()
        self.asked: list[Asked] = []
        self.granted: list[tuple[Act, str, str]] = []
        self.claims: list[Claim] = []
        self.logins: list[StaffLogin] = []
        self.beside_a_kiosk = False

    @contextmanager
    def opened(self, staff: StaffLogin, _descriptor: int | None) -> Iterator[AuditOffice]:
        self.logins.append(staff)
        made = self.town
        desk = AuditDesk(made.ledger, made.source, no_summary, made.clock)
        yield AuditOffice(
            made.store,
            self.grant,
            desk.found,
            desk.watch,
            self.reference_of,
            None if self.beside_a_kiosk else desk,
            self.ask,
        )

    def grant(self, act: Act, *, about: str, reason: str = "", request_id: str = "") -> Permit:
        self.granted.append((act, about, request_id))
        return permit(self.town.ledger, act, about, reason or "case 7")

    def ask(self, act: Act, document: dict[str, object], reason: str) -> str:
        self.asked.append((act, document, reason))
        return f"{len(self.asked)}" * 4

    def reference_of(self, claim: Claim) -> str:
        self.claims.append(claim)
        if claim.value != "310101199001011234":
            raise StorageError(ErrorCode.RESIDENT_UNKNOWN)
        return ANNA


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def run(desk: Desk) -> Run:
    def go(*arguments: str, typed: str = "") -> Result:
        @click.group()
        @click.pass_context
        def root(ctx: click.Context) -> None:
            ctx.meta[OPEN_AUDIT] = desk.opened

        root.add_command(audit)
        return CliRunner().invoke(root, ["audit", *arguments, "--lang", "en"], input=typed)

    return go


def test_a_search_prints_the_newest_first_and_where_to_go_on(desk: Desk, run: Run) -> None:
    result = run("search", "--kind", "VISIT_OUTCOME", "--limit", "2", "--as", "li.na")
    assert result.exit_code == 0, result.output
    first, second = result.stdout.splitlines()
    assert "Visit ended" in first and int(first.split()[0][1:]) > int(second.split()[0][1:])
    assert f"--below {second.split()[0][1:]}" in result.stderr
    assert desk.logins == [StaffLogin("li.na", None)]
    assert desk.granted[0][0] is Act.AUDIT_READ
    assert "No entry" in run("search", "--text", "no such words").stderr


def test_a_search_is_one_json_document(desk: Desk, run: Run) -> None:
    for arguments in (("--actor", "li.na"), ("--actor", "nobody"), ("--limit", "1")):
        result = run("search", "--json", *arguments)
        found = json.loads(result.stdout)
        assert isinstance(found, list)
        assert all({"seq", "kind", "payload", "time"} <= set(one) for one in found)
    below = json.loads(run("search", "--json", "--below", "5").stdout)
    assert [one["seq"] for one in below] == [4, 3, 2, 1, 0]


def test_every_search_is_an_entry_also_one_that_begins_further_down(desk: Desk, run: Run) -> None:
    size = len(desk.town.store.rows)
    assert run("search", "--below", "5", "--kind", "ENROL").exit_code == 0
    noted = [row for row in desk.town.rows[size:] if row.kind == "AUDIT_READ"]
    assert [row.payload["selection"] for row in noted] == [{"kinds": ["ENROL"]}]


def test_a_name_that_is_looked_for_cannot_be_guessed_from_the_grant(desk: Desk, run: Run) -> None:
    for name in ("张三", "李四"):
        assert run("search", "--text", name).exit_code == 0
    (_, one, _), (_, other, _) = desk.granted
    # Equal for names of equal length: whoever tries names against it learns nothing.
    assert one == other != ""


def test_days_are_this_machines_and_the_last_one_counts_as_a_whole(run: Run) -> None:
    everything = json.loads(run("search", "--json").stdout)
    days = sorted({one["time"][:10] for one in everything})
    assert run("search", "--from", "yesterday").exit_code == 2
    some = json.loads(run("search", "--json", "--from", "2026-01-01", "--to", days[-1]).stdout)
    # Two readings were recorded meanwhile; nothing else is missing.
    assert [one["seq"] for one in some][-len(everything) :] == [one["seq"] for one in everything]
    assert json.loads(run("search", "--json", "--to", "2026-02-01T10:00").stdout) == []


@pytest.mark.parametrize("typed", ["310101199001011234\n", " 310101199001011234 \n"])
def test_a_persons_number_is_typed_and_shown_nowhere(desk: Desk, run: Run, typed: str) -> None:
    result = run("search", "--person", "--json", typed=typed)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout[result.stdout.index("[") :])
    assert {one["kind"] for one in found} >= {"ENROL", "VISIT_OUTCOME", "CONSENT_GIVEN"}
    assert not any("boris" in json.dumps(one) for one in found)
    assert desk.claims == [Claim(ClaimKind.DOCUMENT, "310101199001011234")]
    assert not any(b"310101199001011234" in row.body for row in desk.town.store.rows)


def test_a_resident_number_is_told_from_a_document(desk: Desk, run: Run) -> None:
    from storage.claims import new_resident_number

    number = new_resident_number()
    result = run("search", "--person", typed=f"{number}\n")
    assert isinstance(result.exception, StationError)
    assert desk.claims == [Claim(ClaimKind.RESIDENT_NUMBER, number)]
    assert run("search", "--person", "--reference", ANNA).exit_code == 2
    assert run("search", "--person", typed="x" * 65 + "\n").exit_code == 2


def test_a_reference_finds_who_is_already_erased(run: Run) -> None:
    found = json.loads(run("search", "--reference", ANNA, "--json").stdout)
    # Whoever looks for a person is in that person's entries from then on.
    assert [one["kind"] for one in found[:2]] == ["AUDIT_READ", "WITHDRAW"]


def test_watching_prints_what_comes(desk: Desk, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = iter([True, False])

    def wait() -> bool:
        desk.town.ledger.record(Kind.PAD_REJECT, {"visit": "new", "species": "mask"})
        return next(turns)

    monkeypatch.setattr(audit_search, "_wait", wait)
    result = run("watch", "--kind", "PAD_REJECT", "--json")
    (line,) = result.stdout.splitlines()
    assert json.loads(line)["payload"]["species"] == "mask"
    assert "Ctrl+C" in result.stderr


def test_an_export_is_asked_for_first_and_written_once_agreed(
    desk: Desk, run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    asked = run("export", "--kind", "ERASE", "--out", str(out), "--reason", "audit 3")
    assert asked.exit_code == 0 and "--request 1111" in asked.stdout
    assert desk.asked == [
        (Act.AUDIT_EXPORT, {"selection": {"kinds": ["ERASE"]}, "masked": True}, "audit 3")
    ]
    assert not out.exists()
    arguments = ("export", "--out", str(out), "--request", "1111", "--json")
    written = json.loads(run(*arguments).stdout)
    assert written["shown"] == written["tree_size"] == desk.town.store.size()
    assert desk.granted[-1][0] is Act.AUDIT_EXPORT and desk.granted[-1][2] == "1111"
    assert verified(out)[0] == 0
    again = run(*arguments)
    assert isinstance(again.exception, LedgerError)
    assert again.exception.code is ErrorCode.EXPORT_FAILED


def test_no_export_is_by_words(desk: Desk, run: Run, tmp_path: Path) -> None:
    asked = run("export", "--text", "张小明", "--out", str(tmp_path / "out"))
    assert asked.exit_code == 2 and "--text" in asked.stderr
    assert desk.asked == [] and not (tmp_path / "out").exists()


def test_the_head_of_one_bundle_is_the_start_of_the_next(
    desk: Desk, run: Run, tmp_path: Path
) -> None:
    assert run("export", "--out", str(tmp_path / "one"), "--request", "1").exit_code == 0
    desk.town.ledger.record(Kind.SWEEP, {"expired": 0})
    head = str(tmp_path / "one" / "head.json")
    arguments = ("export", "--kind", "SWEEP", "--last-head", head, "--request", "1")
    assert run(*arguments, "--out", str(tmp_path / "two")).exit_code == 0
    code, report = verified(tmp_path / "two", "--last-head", head)
    assert code == 0, report
    assert read_head(Path(head)).size < desk.town.store.size()
    (tmp_path / "bad.json").write_text("[]", "utf-8")
    wrong = run("export", "--last-head", str(tmp_path / "bad.json"), "--out", str(tmp_path / "x"))
    assert wrong.exit_code == 2


def test_unmasking_takes_a_request_of_its_own(desk: Desk, run: Run, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    asked = run("export", "--unmask", "--out", out, "--reason", "case 7", "--request", "1")
    # What is refused more easily (it needs a reason) before what it would be half of.
    assert [act for act, _, _ in desk.asked] == [Act.AUDIT_UNMASK, Act.AUDIT_EXPORT]
    assert "--unmask-request 1111" in asked.stdout and not (tmp_path / "out").exists()
    arguments = ("--reason", "case 7", "--request", "1", "--unmask-request", "2")
    assert run("export", "--unmask", "--out", out, *arguments).exit_code == 0
    assert [act for act, _, _ in desk.granted] == [Act.AUDIT_EXPORT, Act.AUDIT_UNMASK]
    assert json.loads((tmp_path / "out" / "bundle.json").read_bytes())["masked"] is False


def test_beside_a_kiosk_nothing_is_exported_from_here(desk: Desk, run: Run, tmp_path: Path) -> None:
    desk.beside_a_kiosk = True
    result = run("export", "--out", str(tmp_path / "out"), "--request", "1")
    assert isinstance(result.exception, StationError)
    assert result.exception.code is ErrorCode.ALREADY_RUNNING
    assert not (tmp_path / "out").exists()
