"""`station audit`: search the ledger, verify and export it, check visit receipts, count visits."""

import sys
from pathlib import Path

import click

from consent.export import read_rows
from consent.ledger_port import LedgerStore, StoredHead
from consent.verify import SECOND_OPINIONS, LedgerReport, verify_rows
from consent.verify_heads import Progress
from consent.verify_text import report_json, report_lines
from station.cli.audit_export import export, read_head
from station.cli.audit_receipt import key, receipt, verify_receipt
from station.cli.audit_search import search_, watch
from station.cli.audit_statistics import statistics
from station.cli.language import chosen, lang_option
from station.cli.ledger_source import LedgerSource, opened_ledger
from station.cli.opening import passphrase_option
from station.cli.options import json_option
from station.model import Language

_BAR_FROM_HEADS = 1500
"""About a second of verification: longer ones show how far they are."""


def verify_ledger(
    store: LedgerStore,
    public_key: bytes,
    last_head: StoredHead | None = None,
    second_opinions: int = SECOND_OPINIONS,
    progress: Progress | None = None,
) -> LedgerReport:
    """Verify the rows of `store` against `public_key` and the auditor's last head, if any."""
    entries, heads = read_rows(store)
    return verify_rows(
        entries,
        heads,
        public_key,
        last_head=last_head,
        second_opinions=second_opinions,
        progress=progress,
    )


def print_report(report: LedgerReport, lang: Language, as_json: bool) -> None:
    """Print the report on standard output."""
    click.echo(report_json(report) if as_json else "\n".join(report_lines(report, lang)))


@click.group()
def audit() -> None:
    """Search the ledger, verify and export it, check and print visit receipts, count visits."""


for _command in (search_, watch, export, verify_receipt, receipt, key, statistics):
    audit.add_command(_command)


@audit.command()
@click.option("--last-head", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--all-heads", is_flag=True, help="Let the slow second verifier see every head.")
@json_option
@lang_option
@passphrase_option
@click.pass_context
def verify(
    ctx: click.Context,
    *,
    last_head: Path | None,
    all_heads: bool,
    as_json: bool,
    lang: str | None,
    passphrase_fd: int | None,
) -> None:
    """Prove the ledger, or name its first bad entry (exit code 1).

    Example: ./station.sh audit verify --last-head kept-head.json --json
    """
    kept = None if last_head is None else read_head(last_head)
    with opened_ledger(ctx, passphrase_fd) as source:
        size = source.store.size()
        report = _with_bar(source, kept, size if all_heads else SECOND_OPINIONS, size)
    print_report(report, chosen(lang), as_json)
    ctx.exit(0 if report.ok else 1)


def _with_bar(
    source: LedgerSource, kept: StoredHead | None, second_opinions: int, size: int
) -> LedgerReport:
    shown = size >= _BAR_FROM_HEADS and sys.stderr.isatty()
    if not shown:
        return verify_ledger(source.store, source.public_key, kept, second_opinions)
    with click.progressbar(length=size, file=sys.stderr) as bar:
        return verify_ledger(
            source.store,
            source.public_key,
            kept,
            second_opinions,
            lambda done, _all: bar.update(done - bar.pos),
        )
