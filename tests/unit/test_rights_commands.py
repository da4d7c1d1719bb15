"""`rights`, `incident`, `filing` and `sign` on the command line: files, forms, exit codes."""

import json
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
import msgspec
import pytest
from click.testing import CliRunner, Result
from stores_kit import Desk, document

from consent.entry import parse_entry
from consent.kinds import Kind
from consent.notice_source import read_notice
from consent.signing import HeadSigner
from station.access import Act
from station.cli.filing import filing
from station.cli.incident import incident
from station.cli.rights import local_day, rights, ticket_line
from station.cli.rights_office import OPEN_OFFICE, RightsOffice
from station.cli.signage import sign
from station.cli.signing_in import StaffLogin
from station.config import ROOT, load
from station.errors import ConsentError, ErrorCode, StationError
from station.filing import FilingStatus
from station.model import Language
from station.requests import digest_of
from station.rights_desk import minor_request
from station.rights_room import RightsRoom, Standing
from station.tickets import TicketKind, new_ticket
from tests.unit.rights_kit import Office

NOTICES = ROOT / "resources" / "notices"
SITE = NOTICES / "demo_site.toml"
NUMBER = "310101199001011234"
BOTH = tuple(read_notice(NOTICES, name, SITE) for name in ("visitor", "resident"))


class Town:
    """A station with one adult resident, and an office to run commands in."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder / "station")
        self.office = Office(self.desk.ledger)
        self.standing = Standing(BOTH, "PIA-7")
        signer = HeadSigner.from_private(self.desk.keyring.ledger_signing_key().reveal())
        self.room = RightsRoom(
            self.desk.stores,
            self.desk.ledger,
            signer,
            load(None, {"site": {"profile": "demo"}}),
            standing=lambda: self.standing,
            now=lambda: datetime.now(UTC),
        )
        self.desk.enrol(NUMBER)
        finder = self.room.rights._records
        finder.correct(finder.find(document(NUMBER)).reference, {"birth_date": "1980-02-03"})

    def run(self, *arguments: str, typed: str = "", who: str = "pio") -> Result:
        @contextmanager
        def opener(
            _descriptor: int | None, _staff: StaffLogin, language: Language
        ) -> Iterator[RightsOffice]:
            rows = self.desk.stores.ledger
            yield RightsOffice(
                self.room,
                partial(self.office.permit, who),
                lambda act, asked, why: f"{act}|{asked['ticket']}|{why}",
                lambda: (parse_entry(row.body) for row in rows.entries()),
                language,
            )

        @click.group()
        @click.pass_context
        def root(ctx: click.Context) -> None:
            ctx.meta[OPEN_OFFICE] = opener

        for command in (rights, incident, filing, sign):
            root.add_command(command)
        return CliRunner().invoke(root, [*arguments, "--lang", "en"], input=typed)

    def did(self, *arguments: str, **more: str) -> str:
        done = self.run(*arguments, **more)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    def code(self, *arguments: str, **more: str) -> ErrorCode:
        done = self.run(*arguments, **more)
        assert isinstance(done.exception, StationError), done.output
        return done.exception.code

    def kinds(self) -> list[str]:
        return [json.loads(row.body)["kind"] for row in self.desk.stores.ledger.entries()]

    def ticket(self, kind: str = "COPY") -> str:
        asked = ("rights", "open", "--kind", kind, "--document", "--wish", "", "--json")
        found: str = json.loads(self.did(*asked, typed=f"{NUMBER}\n", who="op"))["id"]
        return found


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.desk.stores.close()


def private(path: Path) -> bool:
    return stat.S_IMODE(path.stat().st_mode) == 0o600


def test_from_the_document_to_the_copy_in_the_hand(town: Town, tmp_path: Path) -> None:
    looked = town.did("rights", "look-up", "--document", typed=f"{NUMBER}\n", who="op")
    assert "resident 住*** " in looked
    assert NUMBER not in looked
    ticket = town.ticket()
    assert ticket in town.did("rights", "list", "--due", "20")
    assert ticket not in town.did("rights", "list", "--overdue")
    copy, paper = tmp_path / "copy.json", tmp_path / "copy.pdf"
    asked = ("rights", "copy", ticket, "--json-file", str(copy), "--pdf", str(paper))
    assert town.code(*asked, who="op") is ErrorCode.ACCESS_DENIED
    assert not copy.exists()
    town.did(*asked)
    assert private(copy) and private(paper)
    assert json.loads(copy.read_bytes())["fields"]["document_number"] == NUMBER
    assert paper.read_bytes().startswith(b"%PDF-")
    # A second time nothing is overwritten.
    assert town.run(*asked).exit_code == 1
    assert town.run("rights", "copy", ticket).exit_code == 2
    assert '"state": "DONE"' in town.did("rights", "close", ticket, "--answer", "done", "--json")
    assert town.code("rights", "close", ticket, "--answer", "x") is ErrorCode.TICKET_CLOSED


def test_a_document_number_is_never_an_argument(town: Town) -> None:
    for words in (("look-up",), ("open", "--kind", "COPY", "--wish", "")):
        assert town.run("rights", *words, "--document", NUMBER).exit_code == 2
    assert town.run("rights", "look-up").exit_code == 2
    # Whatever is given for a ticket, nothing of it reaches the ledger.
    assert town.code("rights", "erase", NUMBER, "--yes") is ErrorCode.SHEET_MISSING
    whole = b"".join(row.body for row in town.desk.stores.ledger.entries())
    assert NUMBER.encode() not in whole


def test_correct_restrict_explain_refuse_and_extend(town: Town, tmp_path: Path) -> None:
    ticket = town.ticket("CORRECT")
    town.did("rights", "correct", ticket, "--field", "name", typed="新名\n")
    assert "新名" in town.did("rights", "show", ticket)
    assert '"typed_by_staff":["birth_date","name"]' in town.did("rights", "show", ticket, "--json")
    for words in (("restrict", ticket), ("restrict", ticket, "--lift")):
        town.did("rights", *words, who="boss")
    assert "10 000" in town.did("rights", "explain", ticket)
    told = tmp_path / "told.pdf"
    town.did("rights", "explain", ticket, "--pdf", str(told))
    assert private(told)
    late = town.code("rights", "extend", ticket, "--days", "31", "--why", "later")
    assert late is ErrorCode.DEADLINE_TOO_LATE
    town.did("rights", "extend", ticket, "--days", "30", "--why", "later")
    assert town.code("rights", "refuse", ticket, typed="\n") is ErrorCode.REASON_NEEDED
    assert "refused" in town.did("rights", "refuse", ticket, typed="kept by law\n")


def test_erasure_asks_once_and_signs_for_it(town: Town, tmp_path: Path) -> None:
    ticket, receipt = town.ticket("WITHDRAW"), tmp_path / "erased.json"
    assert town.run("rights", "erase", ticket, typed="n\n").exit_code == 1
    town.did("rights", "erase", ticket, "--receipt", str(receipt), typed="y\n", who="boss")
    assert json.loads(receipt.read_bytes())["receipt"]["remaining"] == 0
    listed = json.loads(town.did("rights", "list", "--json"))
    assert [(one["subject"], one["state"]) for one in listed] == [("", "DONE")]
    lost = town.code("rights", "look-up", "--document", typed=f"{NUMBER}\n")
    assert lost is ErrorCode.NOTHING_KEPT
    answer = town.run(
        *("rights", "open", "--kind", "COPY", "--document", "--wish", ""), typed=f"{NUMBER}\n"
    )
    assert "Nothing is kept" in answer.stderr


def test_a_minors_date_of_birth_needs_the_manager(town: Town) -> None:
    finder = town.room.rights._records
    finder.correct(finder.find(document(NUMBER)).reference, {"birth_date": "2015-02-03"})
    words = ("rights", "correct", town.ticket("CORRECT"), "--field", "birth_date")
    assert town.code(*words, typed="1980-02-03\n") is ErrorCode.MINOR_NEEDS_APPROVAL
    wrong = town.code(*words, "--request", "f" * 32, typed="1980-02-03\n")
    assert wrong is ErrorCode.REQUEST_INVALID
    assert finder.find(document(NUMBER)).minor


def test_the_managers_agreement_is_not_used_up_for_a_slip_of_the_pen(town: Town) -> None:
    finder = town.room.rights._records
    finder.correct(finder.find(document(NUMBER)).reference, {"birth_date": "2015-02-03"})
    ticket = town.ticket("CORRECT")
    about = digest_of(minor_request(town.room.tickets.get(ticket).ticket))
    town.office.requests.agreed["r1"] = (Act.MINOR_READ, "pio", about, "boss")
    words = ("rights", "correct", ticket, "--field", "birth_date", "--request", "r1")
    assert town.code(*words, typed="2015-02-30\n") is ErrorCode.FIELD_NOT_LISTED
    assert "r1" in town.office.requests.agreed


def test_a_deadline_is_told_as_the_day_it_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert local_day("2026-03-16T23:00:00+00:00") == "2026-03-17"
        ticket = msgspec.structs.replace(
            new_ticket(TicketKind.COPY, "", "3**4"), deadline="2026-03-16T23:00:00+00:00"
        )
        line = ticket_line(ticket, Language.EN, datetime(2026, 3, 2, tzinfo=UTC))
        assert "2026-03-17" in line
    finally:
        monkeypatch.undo()
        time.tzset()


def test_minors_need_the_manager_and_are_counted(town: Town) -> None:
    finder = town.room.rights._records
    finder.correct(finder.find(document(NUMBER)).reference, {"birth_date": "2015-02-03"})
    ticket = town.ticket("ACCESS")
    assert town.code("rights", "show", ticket) is ErrorCode.MINOR_NEEDS_APPROVAL
    asked = town.did("rights", "ask-minor", ticket, "--reason", "guardian asks").strip()
    assert asked == f"MINOR_READ|{ticket}|guardian asks"
    wrong = town.code("rights", "show", ticket, "--request", "f" * 32)
    assert wrong is ErrorCode.REQUEST_INVALID
    year = str(datetime.now(UTC).year)
    report = json.loads(town.did("rights", "minors", year, "--json"))
    assert (report["tickets"], report["opened"], report["refused"]) == (1, 0, 1)
    assert "1 tickets about minors" in town.did("rights", "minors", year)


FORM = """\
data = ["FACE_TEMPLATE", "PERSONAL_IDENTITY"]
people = 12
leak = true
found_at = "2026-03-02T08:00:00+00:00"
[zh]
what = "备份盘丢失"
cause = "搬运"
harm = "冒用"
containment = "停用"
measures = "换发"
advice = "留意"
[en]
what = "disk lost"
cause = "transit"
harm = "misuse"
containment = "voided"
measures = "new keys"
advice = "beware"
"""


def test_an_incident_from_the_form_to_its_end(town: Town, tmp_path: Path) -> None:
    form = tmp_path / "incident.toml"
    assert CliRunner().invoke(incident, ["form", str(form), "--leak"]).exit_code == 0
    made = json.loads(town.did("incident", "open", str(form), "--json"))
    number = made["id"]
    assert (made["data"], made["leak"]) == (["FACE_TEMPLATE"], True)
    out = tmp_path / "notice.txt"
    asked = ("incident", "notice", number, "--to", "PERSONS", "--out", str(out))
    assert town.code(*asked) is ErrorCode.INCIDENT_INCOMPLETE
    form.write_text(FORM, "utf-8")
    changed = town.run("incident", "change", number, str(form), who="sec")
    assert "keys renew-templates" in changed.stderr
    town.did(*asked, who="boss")
    assert "disk lost" in out.read_text("utf-8") and private(out)
    town.did("incident", "notice", number, "--to", "AUTHORITY", "--out", str(tmp_path / "a.pdf"))
    assert town.code("incident", "close", number) is ErrorCode.INCIDENT_INCOMPLETE
    for whom in ("AUTHORITY", "PERSONS"):
        town.did("incident", "told", number, "--to", whom)
    town.did("incident", "contained", number)
    assert town.code("incident", "note", number, "--text", NUMBER) is ErrorCode.TEXT_UNUSABLE
    noted = json.loads(town.did("incident", "note", number, "--json", typed="found again\n"))
    assert [one["text"] for one in noted["notes"]] == ["found again"]
    town.did("incident", "close", number)
    shown = json.loads(town.did("incident", "show", number, who="aud"))
    assert [line["did"] for line in shown["history"]] == [
        "OPENED",
        "CHANGED",
        "TOLD_AUTHORITY",
        "TOLD_PERSONS",
        "CONTAINED",
        "NOTED",
        "CLOSED",
    ]
    assert "closed" in town.did("incident", "list")
    assert town.code("incident", "show", "0" * 12) is ErrorCode.SHEET_MISSING


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"data = [1]\npeople = 1\nfound_at = ''",
        b"data = []\npeople = '1'\nfound_at = ''",
        FORM.encode() + b"state = 'CLOSED'",
        FORM.replace("people", "history").encode(),
        FORM.encode() + b"#" * (64 << 10),
        b"a=" + b"[" * 5000,
    ],
    ids=["empty", "bytes", "number", "text", "narrative", "history", "long", "deep"],
)
def test_a_form_of_another_form_is_wrong_use(town: Town, tmp_path: Path, content: bytes) -> None:
    form = tmp_path / "incident.toml"
    form.write_bytes(content)
    assert town.run("incident", "open", str(form)).exit_code == 2


def test_filing_status_pack_and_record(town: Town, tmp_path: Path) -> None:
    assert json.loads(town.did("filing", "status", "--json", who="aud"))["count"] == 1
    assert "no duty" in town.did("filing", "status")
    town.did("filing", "export", "--out", str(tmp_path / "pack"))
    names = sorted(path.name for path in (tmp_path / "pack").iterdir())
    assert names == ["filing-en.pdf", "filing-zh_CN.pdf", "filing.json"]
    assert town.run("filing", "export", "--out", str(tmp_path / "pack")).exit_code == 1
    assert "PIA-7" in town.did("filing", "record", who="boss")
    assert town.kinds().count(Kind.PROCESSING) == 1


def test_another_notice_is_in_the_record_with_the_next_sweep(town: Town) -> None:
    for wanted in (1, 1):
        town.room.sweep()
        assert town.kinds().count(Kind.PROCESSING) == wanted
    town.standing = Standing(BOTH[:1], "PIA-8")
    town.room.sweep()
    assert town.kinds().count(Kind.PROCESSING) == 2
    newest = town.room.processing.newest()
    assert newest is not None and newest.processing.assessment == "PIA-8"


def test_health_says_what_waits(town: Town) -> None:
    town.ticket()
    assert [line.verdict for line in town.room.health(Language.EN)] == ["OK", "OK"]
    town.room.look_after()
    said = [line.text for line in town.room.health(Language.EN)]
    assert said == ["1 open, none overdue", "none open", "faces of 1 people stored, below 80 000"]
    for status, wanted in (
        (FilingStatus(80_001, 80_000, "", ""), "past 80000"),
        (FilingStatus(100_001, 100_000, "x", "2026-12-11"), "2026-12-11"),
    ):
        town.room._counted = status
        last = town.room.health(Language.ZH_CN)[-1]
        assert last.verdict == "NOTE"
        assert wanted in town.room.health(Language.EN)[-1].text


def test_without_a_notice_tickets_of_people_who_are_gone_are_wiped_all_the_same(
    town: Town,
) -> None:
    ticket = town.ticket()

    def none_in_force() -> Standing:
        raise ConsentError(ErrorCode.NOTICE_INCOMPLETE)

    town.room._standing = none_in_force
    town.desk.register.move_out([document(NUMBER)])
    with pytest.raises(ConsentError):
        town.room.sweep()
    assert town.room.tickets.get(ticket).ticket.subject == ""
    with pytest.raises(ConsentError):
        town.room.sweep()


def test_the_sign_asks_where_it_will_hang(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "sign.pdf"
    town.did("sign", "--out", str(out), typed="3\n", who="boss")
    assert out.read_bytes().startswith(b"%PDF-")
    refused = tmp_path / "refused.pdf"
    for words, typed in (
        (("--place", "TOILET"), ""),
        (("--place", "LOBBY", "--no-public-security"), ""),
        (("--place", "LOBBY"), "n\n"),
        ((), "12\n"),
    ):
        asked = ("sign", "--out", str(refused), *words)
        assert town.code(*asked, typed=typed, who="boss") is ErrorCode.PLACE_FORBIDDEN
    assert not refused.exists()
    assert town.code("sign", "--place", "DESK", "--out", str(refused), who="op") is (
        ErrorCode.ACCESS_DENIED
    )
    assert town.run("sign", "--place", "DESK", "--out", str(out)).exit_code == 2


@pytest.mark.parametrize("family", [rights, incident, filing])
def test_every_command_shows_an_example(family: click.Group) -> None:
    for command in family.commands.values():
        said = CliRunner().invoke(command, ["--help"])
        assert "Example: ./station.sh" in said.output, command.name
