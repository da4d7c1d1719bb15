"""`station audit`: verify the ledger, export it, check and print visit receipts, count visits."""

import json
import os
import sys
from pathlib import Path

import click

from consent.export import head_document, head_from_json, read_rows, take_export, to_json
from consent.ledger_port import LedgerStore, StoredHead
from consent.verify import SECOND_OPINIONS, LedgerReport, verify_rows
from consent.verify_heads import Progress
from consent.verify_text import report_json, report_lines
from station.cli.audit_receipt import key, receipt, verify_receipt
from station.cli.audit_statistics import statistics
from station.cli.language import chosen, lang_option
from station.cli.ledger_source import LedgerSource, opened_ledger
from station.cli.opening import passphrase_option
from station.cli.options import json_option
from station.errors import LedgerError
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
    """Verify the ledger, export it, check and print visit receipts, count visits."""


for _command in (verify_receipt, receipt, key, statistics):
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
    kept = None if last_head is None else _read_head(last_head)
    with opened_ledger(ctx, passphrase_fd) as source:
        size = source.store.size()
        report = _with_bar(source, kept, size if all_heads else SECOND_OPINIONS, size)
    print_report(report, chosen(lang), as_json)
    ctx.exit(0 if report.ok else 1)


@audit.command()
@click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--since", default=1, show_default=True, help="Size of the head you hold.")
@click.option(
    "--head-output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the newest signed head: keep it for the next audit.",
)
@lang_option
@passphrase_option
@click.pass_context
def export(
    ctx: click.Context,
    *,
    output: Path,
    since: int,
    head_output: Path | None,
    lang: str | None,
    passphrase_fd: int | None,
) -> None:
    """Write entries, signed heads and public key to a new file only its owner can read.

    Example: ./station.sh audit export --output ledger.json --head-output kept-head.json
    """
    with opened_ledger(ctx, passphrase_fd) as source:
        taken = take_export(source.store, source.public_key, since)
    _write_new(output, to_json(taken))
    if head_output is not None:
        if not taken.heads:
            raise click.ClickException("no signed head yet / 还没有签名树头")
        _write_new(head_output, _json(head_document(taken.heads[-1])))
    count = len(taken.entries)
    if chosen(lang) is Language.ZH_CN:
        click.echo(f"已导出 {count} 条记录。核验：python -m consent.verify {output}", err=True)
    else:
        click.echo(f"{count} entries. To verify: python -m consent.verify {output}", err=True)


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


def _read_head(path: Path) -> StoredHead:
    try:
        return head_from_json(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, LedgerError) as error:
        raise click.BadParameter("not a tree head / 不是树头文件") from error


def _json(document: dict[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1)


def _write_new(path: Path, text: str) -> None:
    """Create `path` for its owner alone; an existing file is never overwritten."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from error
