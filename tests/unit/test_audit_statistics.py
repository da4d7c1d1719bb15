"""`audit statistics` on a ledger: what is printed, and what cannot be in it."""

import json
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import click
from click.testing import CliRunner, Result

from consent.kinds import Kind
from station.access import Role
from station.cli.audit import audit
from station.cli.audit_office import OPEN_AUDIT, AuditOffice
from station.cli.audit_statistics import OUTCOMES, visits
from station.cli.ledger_source import LedgerSource
from station.cli.signing_in import StaffLogin
from station.model import Outcome
from tests.duty import Duty, reading_office
from tests.ledger_fakes import new_ledger

VISIT = "0123456789abcdef" * 2


def monday() -> datetime:
    """Three weeks ago, a little after eight by the machine's clock."""
    local = datetime.now().astimezone()
    return (local - timedelta(days=local.weekday() + 21)).replace(hour=8, minute=5)


def ledger_with(outcomes: dict[Outcome, int]) -> LedgerSource:
    ledger, store, signer, clock = new_ledger()
    clock.moment = monday().astimezone(UTC)
    for outcome, count in outcomes.items():
        for _ in range(count):
            ledger.record(Kind.VISIT_OUTCOME, {"visit": VISIT, "outcome": outcome.value})
            ledger.record(Kind.PURGE, {"visit": VISIT, "note": "VISIT_OUTCOME"})
    return LedgerSource(store, signer.public_key)


def run(source: LedgerSource, *arguments: str) -> Result:
    duty = Duty()

    def opened(staff: StaffLogin, _descriptor: int | None) -> AbstractContextManager[AuditOffice]:
        return reading_office(duty, source.store, source.public_key, staff)

    @click.group()
    @click.pass_context
    def root(ctx: click.Context) -> None:
        ctx.meta[OPEN_AUDIT] = opened

    root.add_command(audit)
    return CliRunner().invoke(
        root, ["audit", "statistics", *arguments, *duty.signs_in(Role.MANAGER)]
    )


BUSY = {Outcome.MATCH: 40, Outcome.NON_MATCH: 7, Outcome.ATTACK: 2, Outcome.MANUAL: 9}


def test_only_outcomes_are_counted_and_only_time_and_word_leave_the_ledger() -> None:
    found = list(visits(ledger_with(BUSY).store))
    assert len(found) == sum(BUSY.values())
    assert {outcome for _, outcome in found} == {outcome.value for outcome in BUSY}


def test_the_document_holds_counts_and_no_visit() -> None:
    result = run(ledger_with(BUSY), "--json")
    assert result.exit_code == 0, result.output
    (week,) = json.loads(result.stdout)["weeks"]
    year, number, _ = monday().isocalendar()
    assert week["week"] == f"{year}-W{number:02d}"
    assert week["outcomes"] == list(OUTCOMES)
    eight = dict(zip(OUTCOMES, week["hours"][8], strict=True))
    assert (eight["MATCH"], eight["ATTACK"], eight["FAILED"]) == (40, "<5", 0)
    # Both totals of the small count, or a neighbour and its total, had to go.
    assert None in [*eight.values(), week["hour_totals"][8]]
    assert VISIT not in result.output and ":" + "05" not in result.output


def test_the_screen_shows_the_same_in_both_languages() -> None:
    source = ledger_with(BUSY)
    english, chinese = run(source, "--lang", "en"), run(source, "--lang", "zh_CN")
    assert english.exit_code == chinese.exit_code == 0
    assert "<5" in english.stdout and "–" in english.stdout
    assert "MATCH" in english.stdout and "TIMED_OUT" not in english.stdout
    assert "时段" in chinese.stdout and "合计" in chinese.stdout


def test_days_that_cut_a_week_show_nothing_of_it() -> None:
    source, day = ledger_with(BUSY), monday().date()
    inside = run(source, "--from", str(day + timedelta(days=1)), "--json")
    assert json.loads(inside.stdout)["weeks"] == []
    until = run(source, "--to", str(day + timedelta(days=5)), "--lang", "en")
    assert "No whole week" in until.stdout
    whole = run(source, "--from", str(day), "--to", str(day + timedelta(days=6)), "--json")
    assert len(json.loads(whole.stdout)["weeks"]) == 1
