"""`station profile` and `station notices`: forms out, forms in, and two people in between."""

import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
from click.testing import CliRunner, Result

from consent.kinds import Kind
from resources.deployment_texts import text
from station.access import Role
from station.cli.deployment import profile
from station.cli.notices import notices
from station.cli.premises_office import OPEN_PREMISES, PremisesOffice
from station.cli.signing_in import StaffLogin
from station.cli.toml_form import as_toml
from station.config import load
from station.demo_profile import demo_profile
from station.deployment import Answer, Profile, from_toml, to_json
from station.errors import ErrorCode, StationError
from station.gate import Session
from station.model import Language
from station.premises import NOTICES, Clocks, open_premises
from station.staffroom import Staffroom
from tests.staff_kit import StaffKit

WHOLE = demo_profile(NOTICES / "demo_site.toml")
CRITICAL = msgspec.structs.replace(
    WHOLE, infrastructure=msgspec.structs.replace(WHOLE.infrastructure, critical=Answer.YES)
)
SITE = (NOTICES / "demo_site.toml").read_text("utf-8")


class Town:
    """An office in memory with a manager, an officer, a security administrator and an operator."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kit = StaffKit()
        self.site = folder / "site.toml"
        self.site.write_text(SITE, "utf-8")
        self.people = {
            "manager": self.kit.hire(Role.MANAGER),
            "officer": self.kit.hire(Role.PI_OFFICER),
            "second manager": self.kit.hire(Role.MANAGER),
            "operator": self.kit.hire(Role.OPERATOR),
            "security": self.kit.security,
        }

    def run(self, *arguments: str, who: str = "manager", lang: str = "en") -> Result:
        @contextmanager
        def opener(
            _descriptor: int | None, staff: StaffLogin | None, language: Language
        ) -> Iterator[PremisesOffice]:
            now = lambda: datetime.now(UTC)  # noqa: E731 - as short as the thing it stands for
            premises = open_premises(
                self.kit.book,
                self.kit.ledger,
                load(overrides={"reader": {"kind": "pcsc"}, "camera": {"kind": "uvc"}}),
                self.site,
                clocks=Clocks(now, now),
                reference=lambda number: number.encode(),
            )
            room = Staffroom(self.kit.accounts, self.kit.requests, self.kit.gate)
            session = Session("", "") if staff is None else self.kit.sign_in(self.people[who])
            yield PremisesOffice(room, session, premises, language)

        @click.group()
        @click.pass_context
        def root(ctx: click.Context) -> None:
            ctx.meta[OPEN_PREMISES] = opener

        root.add_command(profile)
        root.add_command(notices)
        return CliRunner().invoke(root, [*arguments, "--lang", lang])

    def did(self, *arguments: str, who: str = "manager", lang: str = "en") -> str:
        done = self.run(*arguments, who=who, lang=lang)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    def code(self, *arguments: str, who: str = "manager") -> ErrorCode:
        done = self.run(*arguments, who=who)
        assert isinstance(done.exception, StationError), done.output
        return done.exception.code

    def agree(self, request_id: str, who: str) -> None:
        session = self.kit.sign_in(self.people[who])
        self.kit.requests.agree(session, request_id)
        self.kit.accounts.sign_out(session)

    def written(self, wanted: Profile, name: str = "profile.toml") -> str:
        path = self.folder / name
        path.write_text(as_toml(to_json(wanted), {}), "utf-8")
        return str(path)

    def proposed(self, wanted: Profile, reason: str = "") -> dict[str, str]:
        asked = self.did("profile", "propose", self.written(wanted), "--reason", reason, "--json")
        requests: dict[str, str] = json.loads(asked)["requests"]
        return requests

    def in_force(self, wanted: Profile) -> None:
        request = self.proposed(wanted)["PROFILE_CHANGE"]
        self.agree(request, "officer")
        self.did("profile", "apply", "--request", request)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


# The profile


def test_a_station_without_a_profile_says_so_to_anybody(town: Town) -> None:
    done = town.run("profile", "missing", "--json")
    assert done.exit_code == 1
    listed = json.loads(done.stdout)
    assert listed["complete"] is False and [one["id"] for one in listed["missing"]] == ["PROFILE"]
    for lang in ("zh_CN", "en"):
        assert text("missing", "PROFILE", lang) in town.run("profile", "missing", lang=lang).stdout


def test_from_the_form_to_two_people_s_agreement(town: Town) -> None:
    request = town.proposed(WHOLE)["PROFILE_CHANGE"]
    assert town.run("profile", "missing").exit_code == 1
    assert town.code("profile", "apply", "--request", request) is ErrorCode.REQUEST_INVALID
    town.agree(request, "officer")
    town.did("profile", "apply", "--request", request)
    assert town.did("profile", "missing") == "The profile is complete.\n"
    shown = town.did("profile", "show")
    assert WHOLE.handler.name.en in shown and "there is no network code" in shown
    assert "DB31/T 294" in shown and WHOLE.digest in shown
    versions = json.loads(town.did("profile", "show", "--json", who="officer"))["versions"]
    assert [(one["number"], one["digest"]) for one in versions] == [(1, WHOLE.digest)]
    kinds = [entry.kind for entry in town.kit.entries()]
    assert Kind.PROFILE_CHANGED in kinds and Kind.REQUEST_AGREED in kinds


def test_nobody_agrees_to_their_own_profile_and_no_other_role_proposes_one(town: Town) -> None:
    file = town.written(WHOLE)
    assert town.code("profile", "propose", file, who="operator") is ErrorCode.ACCESS_DENIED
    assert town.code("profile", "show", who="operator") is ErrorCode.ACCESS_DENIED
    request = town.proposed(WHOLE)["PROFILE_CHANGE"]
    with pytest.raises(StationError, match=ErrorCode.ACCESS_DENIED.value):
        town.agree(request, "manager")
    refusals = [one for one in town.kit.entries() if one.kind is Kind.ACCESS_REFUSED]
    assert len(refusals) >= 3


def test_leaving_key_infrastructure_takes_two_agreements(town: Town) -> None:
    town.in_force(CRITICAL)
    assert town.code("profile", "propose", town.written(WHOLE)) is ErrorCode.REASON_NEEDED
    manager = town.kit.sign_in(town.people["manager"])
    assert town.kit.requests.own(manager) == ()
    requests = town.proposed(WHOLE, reason="no longer designated")
    assert set(requests) == {"PROFILE_CHANGE", "PROFILE_DOWNGRADE"}
    change, down = requests["PROFILE_CHANGE"], requests["PROFILE_DOWNGRADE"]
    town.agree(change, "officer")
    once = ("profile", "apply", "--request", change)
    assert town.code(*once) is ErrorCode.SECOND_PERSON_NEEDED
    town.agree(down, "security")
    done = town.run(*once, "--downgrade-request", down, "--reason", "no longer designated")
    assert done.exit_code == 0, (done.output, done.exception)
    assert "The mode has changed" in done.stderr
    entry = [one for one in town.kit.entries() if one.kind is Kind.PROFILE_CHANGED][-1]
    assert entry.payload["mode"] == "ORDINARY" and entry.payload["third"] == "root.sec"


def test_an_incomplete_form_is_told_what_it_lacks(town: Town) -> None:
    file = town.written(msgspec.structs.replace(WHOLE, bases=()))
    done = town.run("profile", "check", file, "--json")
    assert done.exit_code == 1
    assert [one["id"] for one in json.loads(done.stdout)["missing"]] == ["BASIS"]
    refused = town.run("profile", "propose", file)
    assert isinstance(refused.exception, StationError)
    assert refused.exception.code is ErrorCode.LEGAL_BASIS_MISSING
    assert text("missing", "BASIS", "en") in refused.stdout
    assert town.run("profile", "check", town.written(WHOLE)).exit_code == 0


def test_the_form_begins_with_what_the_site_says_and_can_be_read_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Paths:
        site = town.site

    monkeypatch.setattr("station.cli.opening.station_paths", lambda: (Paths, None))
    for lang in ("zh_CN", "en"):
        written = town.did("profile", "form", lang=lang)
        begun = from_toml(written)
        assert begun.handler.name == WHOLE.handler.name
        assert begun.site.place_name == WHOLE.site.place_name
        assert begun.infrastructure == Profile().infrastructure and begun.purposes == ()
        assert "DB31_329" in written and text("form", "SECTOR", lang) in written
    out = town.folder / "form.toml"
    town.did("profile", "form", "--out", str(out))
    assert from_toml(out.read_text("utf-8")).handler.name == WHOLE.handler.name
    assert town.run("profile", "form", "--out", str(out)).exit_code == 1, "never overwritten"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 300_000])
def test_a_file_that_is_no_form_is_wrong_use(town: Town, content: bytes) -> None:
    path = town.folder / "broken.toml"
    path.write_bytes(content)
    assert town.run("profile", "check", str(path)).exit_code == 2
    assert town.run("profile", "check", str(town.folder / "absent")).exit_code == 2


# Notices


def drafted(town: Town, name: str = "visitor", **changed: object) -> str:
    path = town.folder / f"{name}-{len(list(town.folder.iterdir()))}.toml"
    town.did("notices", "draft", name, "--out", str(path))
    document: Any = tomllib.loads(path.read_text("utf-8"))
    today = datetime.now(UTC).astimezone().date().isoformat()
    path.write_text(as_toml({**document, "effective_on": today, **changed}, {}), "utf-8")
    return str(path)


def test_from_the_draft_to_the_published_notice(town: Town) -> None:
    town.in_force(WHOLE)
    file = drafted(town)
    assert town.did("notices", "check", file) == "Nothing is missing.\n"
    asked = json.loads(town.did("notices", "propose", file, "--json"))
    assert asked["document"]["notice"] == "visitor" and asked["document"]["version"] == "2.0"
    town.agree(asked["request"], "officer")
    assert "waiting for agreement" in town.did("notices", "list")
    town.did("notices", "publish", "visitor", "--request", asked["request"])
    listed = json.loads(town.did("notices", "list", "--json", who="officer"))
    assert listed["in_force"]["visitor"]["version"] == "2.0"
    assert listed["in_force"]["resident"]["version"] == "1.1"
    assert [one["name"] for one in listed["published"]] == ["visitor"]
    again = town.run("notices", "publish", "visitor", "--request", asked["request"])
    assert isinstance(again.exception, StationError)


def test_a_file_begun_before_a_colleague_s_draft_does_not_overwrite_it(town: Town) -> None:
    town.in_force(WHOLE)
    mine, theirs = drafted(town), drafted(town)
    town.did("notices", "save", theirs, who="second manager")
    for verb in ("save", "propose"):
        assert town.code("notices", verb, mine) is ErrorCode.DRAFT_CHANGED
    assert "--replace" in town.run("notices", "save", mine).stderr
    town.did("notices", "propose", mine, "--replace")
    assert town.code("notices", "save", theirs, who="second manager") is ErrorCode.DRAFT_CHANGED
    file = town.written(CRITICAL)
    town.did("profile", "propose", file, who="second manager")
    assert town.code("profile", "propose", file) is ErrorCode.DRAFT_CHANGED
    town.did("profile", "propose", file, "--replace")


def test_what_a_draft_lacks_is_told_by_name_in_both_languages(town: Town) -> None:
    town.in_force(WHOLE)
    file = drafted(town, blanks={"zh_CN": {}, "en": {}})
    done = town.run("notices", "check", file, "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)["problems"]
    assert {"lack": "UNFILLED", "place": "F", "language": "en", "name": "recipients"} in found
    for lang in ("zh_CN", "en"):
        assert "{recipients}" in town.run("notices", "check", file, lang=lang).stdout
    assert town.code("notices", "propose", file) is ErrorCode.NOTICE_INCOMPLETE
    shown = town.run("notices", "preview", file)
    assert "Recipients: 〔recipients〕." in shown.stdout and "{recipients}" in shown.stderr
    town.did("notices", "save", file)


def test_only_whom_the_matrix_names_words_or_publishes(town: Town) -> None:
    town.in_force(WHOLE)
    file = drafted(town)
    for arguments in (
        ("notices", "draft", "visitor"),
        ("notices", "propose", file),
        ("notices", "save", file),
    ):
        assert town.code(*arguments, who="officer") is ErrorCode.ACCESS_DENIED
    assert town.code("notices", "list", who="operator") is ErrorCode.ACCESS_DENIED
    assert town.code("notices", "preview", file, who="operator") is ErrorCode.ACCESS_DENIED


def test_every_word_of_the_tables_has_both_languages() -> None:
    from consent.required_words import Lack

    assert all(text("lack", lack, language) for lack in Lack for language in Language)


# The form


TYPED = ("", 'a "b" c', "two\nlines", "ends with\n", 'a"""b\nc', "back\\slash\nx", "\t\x01\x7f")


@pytest.mark.parametrize("value", TYPED)
def test_a_text_comes_back_from_the_form_as_it_was(value: str) -> None:
    document = {"a": {"b": value, "c": [value], "d": [{"e": value, "f": 3, "g": True}]}}
    assert tomllib.loads(as_toml(document, {"a.b": "note"})) == document
