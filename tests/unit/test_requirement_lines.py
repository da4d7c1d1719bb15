"""The doctor's line per requirement: every one is there, follows the facts, and has its words."""

import json
import os
import string
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from stores_kit import PASSPHRASE, Desk

from consent.notice_source import read_notice
from station.access import Act, Matrix, Role, Rule, load_matrix
from station.account_sheets import Account, AccountShelf
from station.build import NOTICES, Paths
from station.cli.doctor import doctor, requirement_text
from station.cli.requirement_facts import Facts, Opened, gather
from station.cli.requirement_lines import Line, Status, requirement_lines
from station.config import ROOT, load
from station.demo_profile import demo_profile
from station.deployment import Answer, Infrastructure, Profile
from station.errors import ErrorCode
from station.filing import FilingStatus
from station.model import Language
from station.office_book import Shelf
from station.processing_record import ProcessingBook, processing_of

SITE = NOTICES / "demo_site.toml"
BOTH = tuple(read_notice(NOTICES, name, SITE) for name in ("visitor", "resident"))
WORDS = tomllib.loads((ROOT / "resources" / "i18n" / "doctor.toml").read_text("utf-8"))
NOW = datetime(2026, 11, 22, tzinfo=UTC)
IDS = [
    "C4-1",
    "C4-2",
    *(f"N-{n}" for n in range(1, 8)),
    "U-4",
    "U-5",
    "U-6",
    "U-12",
    "AU-1",
    *(f"X-{n}" for n in range(1, 18)),
    "L-4",
]
"""Issue's own list."""


def whole_profile() -> Profile:
    return demo_profile(SITE)


def full(**more: object) -> Facts:
    profile = whole_profile()
    opened = Opened(
        accounts=3,
        with_factor=3,
        profile=profile,
        oldest_entry=NOW - timedelta(days=200),
        entries=1234,
        processing_since="2026-05-06T00:00:00+00:00",
        filing=FilingStatus(12, 0, "", ""),
    )
    config = load(None, {"camera": {"identity": "1234:5678:9"}})
    usual = Facts(config, load_matrix(), NOW, BOTH, None, opened, True, (400, ()))
    return replace(usual, **more)  # type: ignore[arg-type]


def with_opened(**more: object) -> Facts:
    facts = full()
    assert facts.opened is not None
    return replace(facts, opened=replace(facts.opened, **more))  # type: ignore[arg-type]


def with_profile(**more: object) -> Facts:
    return with_opened(profile=msgspec.structs.replace(whole_profile(), **more))


def without(matrix: Matrix, act: Act, rule: Rule) -> Matrix:
    return Matrix({**matrix.rules, act: rule}, matrix.exclusive)


def by_id(facts: Facts) -> dict[str, Line]:
    return {line.id: line for line in requirement_lines(facts)}


def test_one_line_for_every_requirement_in_order() -> None:
    for facts in (full(), full(opened=None), full(opened=Opened(), notices=())):
        assert [line.id for line in requirement_lines(facts)] == IDS


def test_a_complete_station_meets_everything_that_applies() -> None:
    found = by_id(full())
    unmet = [line for line in found.values() if line.status in ("NOT_MET", "UNKNOWN")]
    assert unmet == []
    apart = {line.id for line in found.values() if line.status is Status.NOT_APPLICABLE}
    assert apart == {"N-6", "N-7", "X-15"}
    said = requirement_text(found["AU-1"], "en")
    assert "1234 entries" in said and "200 days" in said and "184" in said
    assert "DB31/T" in requirement_text(found["C4-1"], "zh_CN")


CASES = [
    ("C4-1", "none", with_opened(profile=None)),
    ("C4-1", "not_met", with_profile(bases=())),
    ("C4-2", "not_met", full(network=(3, ("station/x.py",)))),
    ("X-9", "not_met", full(network=(3, ("station/x.py",)))),
    ("U-4", "none", with_opened(accounts=0, with_factor=0)),
    ("U-4", "not_met", with_opened(with_factor=2)),
    ("U-6", "not_met", full(config=load())),
    ("U-12", "not_met", full(matrix=None)),
    ("AU-1", "not_met", with_opened(oldest_entry=None)),
    ("X-13", "not_met", with_opened(oldest_entry=None)),
    ("X-7", "not_met", full(matrix=None)),
    ("X-8", "not_met", with_opened(profile=None)),
    ("X-8", "no_record", with_opened(processing_since="")),
    ("X-11", "not_met", with_opened(tickets=2, overdue=1)),
    ("X-17", "not_met", full(matrix=None)),
    ("L-4", "not_met", with_opened(profile=None)),
]


@pytest.mark.parametrize(("name", "case", "facts"), CASES, ids=lambda v: str(v)[:12])
def test_what_lacks_is_said(name: str, case: str, facts: Facts) -> None:
    line = by_id(facts)[name]
    assert (line.status, line.case) == (Status.NOT_MET, case)
    for language in Language:
        assert requirement_text(line, language.value)


def test_without_a_notice_nothing_of_it_is_met() -> None:
    found = by_id(full(notices=(), notice_code=ErrorCode.NOTICE_INCOMPLETE))
    for name in ("N-1", "N-2", "N-4", "N-5", "X-1", "X-2", "X-4"):
        assert (found[name].status, found[name].case) == (Status.NOT_MET, "no_notice")
        assert "CNS-02" in requirement_text(found[name], "en")


def test_what_lies_under_seal_is_unknown_and_never_met() -> None:
    found = by_id(full(opened=None))
    sealed = {name for name, line in found.items() if line.status is Status.UNKNOWN}
    assert sealed >= {"C4-1", "U-4", "AU-1", "X-8", "X-11", "X-12", "X-13", "X-16", "L-4", "N-1"}
    assert found["U-5"].status is Status.MET


def test_a_duty_to_file_is_not_called_met_by_a_station_that_cannot_know() -> None:
    for due, case in (("2099-01-05", "due"), ("2020-01-06", "past")):
        filed = FilingStatus(100_001, 100_000, "2019-11-25T00:00:00Z", due)
        line = by_id(with_opened(filing=filed))["X-12"]
        assert (line.status, line.case) == (Status.UNKNOWN, case)
        assert due in requirement_text(line, "en")


def test_a_maintainer_who_could_look_or_a_manager_left_out_is_seen() -> None:
    matrix = load_matrix()
    seeing = without(matrix, Act.VIEW_FULL, Rule(frozenset({Role.MAINTAINER}), reason=True))
    assert by_id(full(matrix=seeing))["X-17"].status is Status.NOT_MET
    both = Matrix(matrix.rules, matrix.exclusive[:1])
    assert by_id(full(matrix=both))["X-17"].status is Status.NOT_MET
    alone = without(matrix, Act.MINOR_READ, Rule(frozenset({Role.PI_OFFICER}), reason=True))
    assert by_id(full(matrix=alone))["X-7"].status is Status.NOT_MET


OTHER_CASES = [
    *(facts for _, _, facts in CASES),
    full(),
    full(opened=None),
    full(notices=(), notice_code=ErrorCode.NOTICE_INCOMPLETE),
    full(speaks=False),
    with_opened(filing=FilingStatus(100_001, 100_000, "2026-11-01T00:00:00Z", "2026-12-11")),
    with_opened(filing=FilingStatus(100_001, 100_000, "2019-11-01T00:00:00Z", "2019-12-13")),
    full(demo_profile=True, opened=Opened()),
    with_profile(children="GUARDIAN"),
    with_profile(infrastructure=Infrastructure(critical=Answer.YES)),
]
_UNREACHED = {"N-7.not_met", "X-2.not_met", "X-4.not_met"}
"""Only a notice or a purpose that cannot be made today leads there."""


def test_every_text_is_used_and_says_the_same_in_both_languages() -> None:
    table = WORDS["requirement"]
    used = {"heading"}
    for facts in OTHER_CASES:
        for line in requirement_lines(facts):
            key = line.case if line.case in table else f"{line.id}.{line.case}"
            used.add(key)
            for language in Language:
                said = requirement_text(line, language.value)
                assert said and "{" not in said, key
    assert used | _UNREACHED == set(table)
    for key, languages in table.items():
        zh, en = (
            {name for _, name, _, _ in string.Formatter().parse(languages[one]) if name}
            for one in ("zh_CN", "en")
        )
        assert zh == en, key
    assert set(WORDS["status"]) == set(Status)


def test_the_facts_are_read_from_the_stores(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "keyring.json").hardlink_to(tmp_path / "keyring")
    paths = Paths(tmp_path)
    (tmp_path / "site.toml").write_text(SITE.read_text("utf-8"), "utf-8")
    desk.enrol("E1")
    desk.keep()
    shelf = AccountShelf(desk.stores.office)
    roles = frozenset({Role.OPERATOR})
    person = Account("op.one", "操作员", roles, ("x",), {"kind": "TOTP", "secret": "AA", "step": 0})
    desk.stores.office.add(Shelf.ACCOUNT, person.to_bytes())
    assert [account.user for _, account in shelf.accounts()] == ["op.one"]
    ProcessingBook(desk.stores.office, desk.ledger, lambda: NOW).remember(processing_of(BOTH, "P"))
    config = load()
    sealed = gather(config, paths, None)
    assert sealed.opened is None
    # Beside the station, which has the stores open: nothing is settled, nothing written.
    size = desk.ledger.size
    facts = gather(config, paths, desk.keyring)
    assert desk.ledger.size == size
    assert facts.opened is not None
    assert (facts.opened.accounts, facts.opened.with_factor) == (1, 1)
    assert facts.opened.entries == size
    assert facts.network[0] > 300 and facts.network[1] == ()
    assert facts.opened.filing == FilingStatus(1, 0, "", "")
    assert facts.opened.processing_since.startswith("2026-11-22")
    assert [one.notice_id for one in facts.notices] == ["visitor-verify", "resident-enrol"]
    desk.stores.close()


def test_the_demo_speaks_of_its_own_profile(tmp_path: Path) -> None:
    (tmp_path / "keyring.json").write_text("{}")
    found = by_id(gather(load(None, {"site": {"profile": "demo"}}), Paths(tmp_path), None))
    assert {found[name].case for name in ("C4-1", "U-6", "X-8", "L-4")} == {"demo"}
    assert "演示" in requirement_text(found["C4-1"], "zh_CN")
    assert found["N-1"].status is Status.MET


def test_a_folder_without_anything_is_read_too(tmp_path: Path) -> None:
    facts = gather(load(), Paths(tmp_path), None)
    assert facts.opened == Opened()
    assert facts.notice_code is ErrorCode.NOTICE_INCOMPLETE


def test_the_command_prints_them_with_the_passphrase_and_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATION_HOME", str(tmp_path))
    monkeypatch.setattr("station.checks.run_checks", lambda *_arguments: iter(()))
    home = tmp_path / "data"
    home.mkdir(mode=0o700)
    desk = Desk(home)
    (home / "keyring").rename(home / "keyring.json")
    (home / "site.toml").write_text(SITE.read_text("utf-8"), "utf-8")
    desk.enrol("E1")

    def run(*more: str) -> str:
        done = CliRunner().invoke(doctor, ["--lang", "en", *more])
        assert done.exit_code == 0, done.exception
        return done.stdout

    plain = run().splitlines()
    assert [line.split()[0] for line in plain if line.split()[:1] and line[0] in "CNUAXL"] == IDS
    assert "known once the keys are opened" in "".join(plain)
    reading, writing = os.pipe()
    os.write(writing, PASSPHRASE.reveal())
    os.close(writing)
    document = json.loads(run("--json", "--passphrase-fd", str(reading)))
    found = {one["id"]: one for one in document["requirements"]}
    assert list(found) == IDS
    assert found["X-12"]["values"]["count"] == 1
    assert found["U-4"]["status"] == "NOT_MET"
    desk.stores.close()
