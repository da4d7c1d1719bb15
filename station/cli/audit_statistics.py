"""`station audit statistics`: how many visits, by hour of the day and outcome, naming nobody."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime

import click

from consent.entry import parse_entry, time_of
from consent.kinds import Kind
from consent.ledger_port import LedgerStore
from station.access import Act
from station.cli.audit_office import audit_office
from station.cli.language import chosen, lang_option
from station.cli.opening import passphrase_option
from station.cli.options import json_option
from station.cli.signing_in import StaffLogin, staff_options
from station.model import Language, Outcome
from station.statistics import HOURS, Hidden, Shown, Week, weekly

OUTCOMES = tuple(outcome.value for outcome in Outcome)
"""All of them in every table: a missing column would be a figure too."""
_SAY = {
    "week": ("{year} 年第 {number} 周", "week {number} of {year}"),
    "none": ("还没有完整的一周可以统计", "No whole week to count yet"),
    "note": (
        "<5：1 至 4 次；–：为保护前者而不显示",
        "<5: 1 to 4 visits; –: not shown, so that these cannot be worked out",
    ),
    "hour": ("时段", "hour"),
    "total": ("合计", "total"),
}


@click.command(epilog="Example: ./station.sh audit statistics --from 2026-03-01 --json")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@json_option
@lang_option
@staff_options
@passphrase_option
@click.pass_context
def statistics(
    ctx: click.Context,
    *,
    first: datetime | None,
    last: datetime | None,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Visits by hour of the day and outcome, for whole weeks that have ended.

    Small counts are not shown, nor what they could be worked out from.
    """
    span = (
        first.date() if first else date.min,
        last.date() if last else date.max,
    )
    with audit_office(ctx, staff, passphrase_fd) as office:
        office.grant(Act.AUDIT_SUMMARY, about="").for_act(Act.AUDIT_SUMMARY)
        weeks = weekly(visits(office.rows), OUTCOMES, datetime.now(UTC), None, span)
    if as_json:
        click.echo(json.dumps(document(weeks)))
    else:
        click.echo("\n".join(_lines(weeks, chosen(lang))))


def visits(store: LedgerStore) -> Iterator[tuple[datetime, str]]:
    """Time and outcome of every visit of a ledger; nothing else leaves this function."""
    # Parsing strictly is slow, and most entries are of other kinds.
    marker = f'"kind":"{Kind.VISIT_OUTCOME.value}"'.encode()
    for stored in store.entries():
        if marker not in stored.body:
            continue
        entry = parse_entry(stored.body)
        if entry.kind is Kind.VISIT_OUTCOME:
            yield time_of(entry.time), str(entry.payload.get("outcome", ""))


def document(weeks: tuple[Week, ...]) -> dict[str, object]:
    """The tables as plain values for JSON: a number, "<5" or null (withheld)."""
    return {
        "small": Hidden.SMALL.value,
        "weeks": [
            {
                "week": f"{week.year}-W{week.number:02d}",
                "outcomes": list(week.outcomes),
                "hours": [[_value(entry) for entry in row[:-1]] for row in week.entries[:HOURS]],
                "hour_totals": [_value(row[-1]) for row in week.entries[:HOURS]],
                "outcome_totals": [_value(entry) for entry in week.entries[HOURS][:-1]],
                "total": _value(week.entries[HOURS][-1]),
            }
            for week in weeks
        ],
    }


def _value(entry: Shown) -> int | str | None:
    if isinstance(entry, Hidden):
        return entry.value if entry is Hidden.SMALL else None
    return entry


def _lines(weeks: tuple[Week, ...], language: Language) -> Iterator[str]:
    for week in weeks:
        yield _say("week", language, year=week.year, number=week.number)
        # Only what happened at all: a column of zeros says nothing on a screen.
        columns = [at for at in range(len(week.outcomes)) if week.entries[HOURS][at] != 0]
        names = [week.outcomes[at] for at in columns] + [_say("total", language)]
        yield f"{_say('hour', language):>6}  " + "  ".join(names)
        for hour, row in enumerate(week.entries):
            if row[-1] == 0:
                continue
            label = f"{hour:02d}" if hour < HOURS else _say("total", language)
            shown = [_text(row[at]).rjust(len(week.outcomes[at])) for at in columns]
            yield f"{label:>6}  " + "  ".join([*shown, _text(row[-1])])
        yield ""
    yield _say("note" if weeks else "none", language)


def _text(entry: Shown) -> str:
    if isinstance(entry, Hidden):
        return entry.value if entry is Hidden.SMALL else "–"
    return str(entry)


def _say(key: str, language: Language, **figures: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)
