"""`keys renew-templates`, `person renew`, `person recalls`: who is asked, and what is told."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner, Result
from stores_kit import Desk, document

from consent.signing import HeadSigner
from station.access import Role
from station.booth import sandbox
from station.booth.portrait_talk import Ceremony
from station.cli import person_renewal, renew_templates
from station.cli.person_office import OPEN_RESIDENTS, ResidentOffice
from station.errors import ErrorCode, StorageError
from station.model import Secret
from station.renewal_campaign import CampaignReport
from storage.officer_codes import OfficerCodes, new_codes, rows_to_show
from storage.officers import make_officers_key
from tests.duty import Duty

Run = Callable[..., Result]
STATION_KEY = HeadSigner.generate().public_key
PUBLIC = HeadSigner.generate().public_key


class FakeResidents:
    """What the commands ask of an open station."""

    def __init__(self) -> None:
        self.report = CampaignReport(renewed=3)
        self.asked: dict[str, object] = {}
        self.key = b""

    def ceremony(self, key: Secret, fmr: float) -> Ceremony:
        self.key = key.reveal()
        return Ceremony(key, PUBLIC, fmr)

    def renewals_to_do(self) -> int:
        return 3

    def renew_all(self, progress: Callable[[int], None], **asked: object) -> CampaignReport:
        progress(3)
        self.asked = asked
        return self.report


@pytest.fixture
def duty() -> Duty:
    return Duty()


@pytest.fixture
def residents(monkeypatch: pytest.MonkeyPatch, duty: Duty) -> FakeResidents:
    made = FakeResidents()

    @contextmanager
    def settled(_descriptor: int | None) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(staff=duty.room)

    @contextmanager
    def opened(_secret: Secret) -> Iterator[SimpleNamespace]:
        policy = SimpleNamespace(fmr=1e-4)
        config = SimpleNamespace(policy=policy)
        yield SimpleNamespace(residents=made, config=config, staff=duty.room)

    monkeypatch.setattr(renew_templates, "desk_or_kiosk", settled)
    for module in (renew_templates, person_renewal):
        monkeypatch.setattr(module, "opened", opened)
        monkeypatch.setattr(module, "passphrase", lambda _: Secret(b"x"))
    monkeypatch.setattr(sandbox, "harden_desk", lambda: None)
    monkeypatch.setattr(os, "isatty", lambda _: True)
    return made


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What will be typed next, unseen."""
    answers: list[str] = []

    def prompt(_question: str, **options: object) -> str:
        assert options["hide_input"] is True
        return answers.pop(0)

    monkeypatch.setattr(click, "prompt", prompt)
    return answers


@pytest.fixture
def run(duty: Duty) -> Run:
    """Two security administrators ask and agree; wrong use comes to nobody."""
    other = duty.kit.hire(Role.SECURITY_ADMIN)

    def once(*arguments: str, typed: str = "") -> Result:
        command = renew_templates.renew_templates
        return CliRunner().invoke(command, [*arguments, "--lang", "en"], input=typed)

    def twice(*arguments: str, typed: str = "") -> Result:
        asked = once(*arguments, *duty.signs_in(Role.SECURITY_ADMIN), typed=typed)
        if asked.exit_code:
            return asked
        request = duty.room.requests.own(duty.kit.sign_in(duty.kit.security))[-1]
        duty.room.requests.agree(duty.kit.sign_in(other), request.id)
        staff = duty.signs_in(Role.SECURITY_ADMIN)
        return once(*arguments, "--request", request.id, *staff, typed=typed)

    return twice


def rows(codes: OfficerCodes) -> list[str]:
    return [*rows_to_show(codes.first), *rows_to_show(codes.second)]


def test_all_are_renewed_and_the_figures_told(residents: FakeResidents, run: Run) -> None:
    result = run("--all", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["renewed"] == 3
    assert residents.asked == {"ceremony": None, "recall": False}
    assert "3 renewed" in result.stderr
    assert run().exit_code == 2, "all, or nothing"


def test_what_is_left_is_said_and_is_no_success(residents: FakeResidents, run: Run) -> None:
    residents.report = CampaignReport(renewed=1, left=2, refused=["TPL-01"])
    result = run("--all")
    assert result.exit_code == 1
    assert "--recall" in result.stderr and "TPL-01" in result.stderr


def test_a_recall_is_asked_about(residents: FakeResidents, run: Run) -> None:
    assert run("--all", "--recall", typed="n\n").exit_code == 1
    assert residents.asked == {}
    assert run("--all", "--recall", "--yes").exit_code == 0
    assert residents.asked["recall"] is True


def test_both_officers_open_their_file(
    residents: FakeResidents, typed: list[str], tmp_path: Path, run: Run
) -> None:
    codes, file = new_codes(), tmp_path / "officers.json"
    file.write_bytes(make_officers_key(codes.secret, STATION_KEY)[1])
    typed += rows(codes)
    result = run("--all", "--from-portraits", "--officer-key", str(file))
    assert result.exit_code == 0, result.output
    ceremony = residents.asked["ceremony"]
    assert isinstance(ceremony, Ceremony) and len(residents.key) == 96
    assert not any(ceremony.private_key.reveal()), "wiped after the ceremony"
    assert typed == []


def test_wrong_codes_or_half_an_option_open_nothing(
    residents: FakeResidents, typed: list[str], tmp_path: Path, run: Run
) -> None:
    codes, others, file = new_codes(), new_codes(), tmp_path / "officers.json"
    file.write_bytes(make_officers_key(codes.secret, STATION_KEY)[1])
    for answers in (rows(others), [*rows(codes)[:4], *rows(others)[4:]], rows(codes)[:4] * 2):
        typed[:] = answers
        result = run("--all", "--from-portraits", "--officer-key", str(file))
        assert isinstance(result.exception, StorageError)
        assert result.exception.code is ErrorCode.OFFICER_KEY_WRONG
        assert residents.asked == {}
    assert run("--all", "--from-portraits").exit_code == 2
    assert run("--all", "--officer-key", str(file)).exit_code == 2


def test_the_recall_list_is_masked(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.enrol("E12345678")
    desk.enrol("E2")
    desk.register.recall(document("E12345678"))
    duty = Duty.at(desk)

    @contextmanager
    def office(_descriptor: int | None) -> Iterator[ResidentOffice]:
        yield ResidentOffice(desk.register, desk.ledger, lambda _: b"", lambda: iter(()), duty.room)

    @click.group()
    @click.pass_context
    def root(ctx: click.Context) -> None:
        ctx.meta[OPEN_RESIDENTS] = office

    root.add_command(person_renewal.recalls)
    staff = duty.signs_in(Role.MANAGER)
    result = CliRunner().invoke(root, ["recalls", "--json", *staff])
    (one,) = json.loads(result.stdout)
    assert one["template_version"] == 0
    assert "E12345678" not in result.output and "*" in one["document_number"]
    desk.stores.close()
