"""`station audit search | watch`: look into the ledger, by a role that may; itself recorded."""

import json
import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice

import click

from consent.bundle_text import entry_line
from consent.search import Row
from station.cli.audit_office import audit_office
from station.cli.audit_selection import Filters, filter_options
from station.cli.options import json_option
from station.cli.staff_call import StaffCall, staff_call
from station.model import Language

LIMIT = 100
_LOOK_EVERY_S = 1.0
_SAY = {
    "next": ("更早的还有：加 --below {seq}", "Older ones follow: add --below {seq}"),
    "none": ("没有符合条件的记录", "No entry matches"),
    "watching": ("正在等新记录，按 Ctrl+C 结束", "Waiting for new entries; Ctrl+C ends it"),
}


@click.command("search", epilog="Example: ./station.sh audit search --from 2026-03-01 --kind ERASE")
@filter_options
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=LIMIT, show_default=True)
@click.option("--below", type=click.IntRange(0), help="Only entries before this position.")
@json_option
@staff_call
def search_(
    call: StaffCall,
    *,
    filters: Filters,
    limit: int,
    below: int | None,
    as_json: bool,
) -> None:
    """Entries of the ledger, the newest first. Nothing in them names a person or shows a face."""
    language = call.language
    with audit_office(call.context, call.staff, call.descriptor) as office:
        wanted = filters.selection_for(office, language)
        permit = office.to_read(wanted)
        found = office.found(permit, wanted, below)
        last = _show(islice(found, limit), language, as_json)
        more = next(found, None) is not None
    if last is None:
        click.echo(_say("none", language), err=True)
    elif more:
        click.echo(_say("next", language, seq=last), err=True)


@click.command(epilog="Example: ./station.sh audit watch --kind PAD_REJECT --kind LOCKED")
@filter_options
@json_option
@staff_call
def watch(
    call: StaffCall,
    *,
    filters: Filters,
    as_json: bool,
) -> None:
    """New entries as the running station writes them; with --json one document per line."""
    language = call.language
    with audit_office(call.context, call.staff, call.descriptor) as office:
        wanted = filters.selection_for(office, language)
        permit = office.to_read(wanted, live=True)
        click.echo(_say("watching", language), err=True)
        with suppress(KeyboardInterrupt):
            for row in office.watch(permit, wanted, _wait):
                line = json.dumps(_document(row), ensure_ascii=False)
                click.echo(line if as_json else entry_line(row, language))


def _wait() -> bool:
    time.sleep(_LOOK_EVERY_S)
    return True


def _show(rows: Iterable[Row], language: Language, as_json: bool) -> int | None:
    """Print entries one by one as they are found; returns the position of the last."""
    last = None
    if as_json:
        click.echo("[", nl=False)
    for row in rows:
        if as_json:
            click.echo("" if last is None else ",")
            click.echo(json.dumps(_document(row), ensure_ascii=False), nl=False)
        else:
            click.echo(entry_line(row, language))
        last = row.seq
    if as_json:
        click.echo("]")
    return last


def _document(row: Row) -> dict[str, object]:
    return {"seq": row.seq, **row.document}


def _say(key: str, language: Language, **figures: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)
