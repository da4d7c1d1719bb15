"""`station audit receipt | verify-receipt | key`: print a visit receipt again, check one."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from consent import verify_receipt as second_verifier
from consent.bundle_rows import TakenBundle, open_bundle
from consent.digest import to_text
from consent.ledger_port import LedgerStore, StoredEntry
from consent.receipt_check import Checked, ReceiptCheck, check_receipt
from consent.receipt_code import pack, pack_path
from consent.receipt_text import report_lines, sheet
from consent.signing import key_id
from consent.visit_receipt import find_receipt, read_receipt
from station.access import Act
from station.cli.audit_office import audit_office
from station.cli.language import chosen, lang_option
from station.cli.ledger_source import opened_ledger
from station.cli.opening import passphrase_option
from station.cli.options import json_option
from station.cli.signing_in import StaffLogin, staff_options
from station.errors import ErrorCode, LedgerError
from station.model import Language

_LONGEST_KEY_FILE = 4096
_BAR_FROM_ENTRIES = 200_000
"""About a second of reading."""


@click.command("verify-receipt")
@click.argument("receipt")
@click.argument("path", default="")
@click.option("--key", "key_text", help="Public key (86 characters, or a file): needs no ledger.")
@click.option(
    "--bundle",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Hold it against this bundle of the whole ledger (audit export).",
)
@json_option
@lang_option
@passphrase_option
@click.pass_context
def verify_receipt(
    ctx: click.Context,
    *,
    receipt: str,
    path: str,
    key_text: str | None,
    bundle: Path | None,
    as_json: bool,
    lang: str | None,
    passphrase_fd: int | None,
) -> None:
    """Check RECEIPT: the text of its QR code (VR1:…), or a file with it.

    PATH is the text of the code on page 2 (VP1:…). Without --key and --bundle the receipt is held
    against this station's own ledger.

    Example: ./station.sh audit verify-receipt slip.txt --key station-key.txt
    """
    public_key = None if key_text is None else _key(key_text)
    try:
        text, second = second_verifier.texts_of(receipt)
    except second_verifier.Refused as error:
        raise LedgerError(ErrorCode.RECEIPT_INVALID) from error
    if bundle is not None:
        taken = _bundle(bundle)
        check = check_receipt(text, public_key or taken.public_key, path or second, taken.entries())
    elif public_key is not None:
        check = check_receipt(text, public_key, path or second)
    else:
        with opened_ledger(ctx, passphrase_fd) as source:
            rows = _watched(source.store)
            check = check_receipt(text, source.public_key, path or second, rows)
    own_key = bundle is not None and public_key is None
    _report(_with_note(check) if own_key else check, chosen(lang), as_json)
    ctx.exit(0 if check.ok else 1)


@click.command()
@click.argument("receipt_id")
@click.option(
    "--pdf", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write."
)
@click.option("--paper", type=click.Choice(["a5", "80mm"]), default="a5", show_default=True)
@json_option
@lang_option
@staff_options
@passphrase_option
@click.pass_context
def receipt(
    ctx: click.Context,
    *,
    receipt_id: str,
    pdf: Path,
    paper: str,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Print the receipt with this number again, in the visitor's language unless --lang is given.

    With --json the texts of its codes come out as well.

    Example: ./station.sh audit receipt 7F3A-49C2-K4TM --pdf receipt.pdf --paper 80mm
    """
    from ui.receipt_print import Paper, write_pdf

    with audit_office(ctx, staff, passphrase_fd) as office:
        office.grant(Act.VIEW_MASKED, about="").for_act(Act.VIEW_MASKED)
        proved = find_receipt(office.rows, receipt_id.strip().upper())
        public_key = office.public_key
    issued = read_receipt(proved.body)
    language = issued.language if lang is None else Language(lang)
    try:
        write_pdf(pdf, sheet(proved, public_key, language), Paper(paper))
    except OSError as error:
        raise click.ClickException(f"cannot write {pdf}: {error.strerror or error}") from error
    if as_json:
        document = {
            "pdf": str(pdf),
            "receipt": pack(proved),
            "path": pack_path(issued.number, proved.path) if proved.path else "",
            "public_key": to_text(public_key),
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        click.echo(str(pdf), err=True)


@click.command()
@lang_option
@passphrase_option
@click.pass_context
def key(ctx: click.Context, *, lang: str | None, passphrase_fd: int | None) -> None:
    """Print the public key that receipts and tree heads are checked with, to be published.

    Example: ./station.sh audit key > station-key.txt
    """
    with opened_ledger(ctx, passphrase_fd) as source:
        public_key = source.public_key
    click.echo(to_text(public_key))
    named = "公钥编号" if chosen(lang) is Language.ZH_CN else "key id"
    click.echo(f"{named}: {key_id(public_key)}", err=True)


def _watched(store: LedgerStore) -> Iterator[StoredEntry]:
    """The ledger's rows, with a bar where they take more than a moment to read."""
    size = store.size()
    if size < _BAR_FROM_ENTRIES or not sys.stderr.isatty():
        yield from store.entries()
        return
    with click.progressbar(store.entries(), length=size, file=sys.stderr) as rows:
        yield from rows


def _report(check: ReceiptCheck, language: Language, as_json: bool) -> None:
    if not as_json:
        click.echo("\n".join(report_lines(check, language)))
        return
    document: dict[str, object] = {
        "verified": check.ok,
        "checked": [done.value for done in check.checked],
        "faults": [fault.value for fault in check.faults],
        "entry": None if check.proved is None else json.loads(check.proved.body),
        "head": None if check.proved is None else json.loads(check.proved.head.body),
    }
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))


def _with_note(check: ReceiptCheck) -> ReceiptCheck:
    """The same, with the warning that the key came along with what it vouches for."""
    return ReceiptCheck(check.proved, (*check.checked, Checked.OWN_KEY), check.faults)


def _key(text: str) -> bytes:
    """A public key as text, or the file that holds it."""
    try:
        if len(text.strip()) not in (86, 128):
            with Path(text).open("rb") as file:
                text = file.read(_LONGEST_KEY_FILE).decode("ascii")
        return second_verifier.key_of(text)
    except (OSError, ValueError, second_verifier.Refused) as error:
        raise click.BadParameter("not a public key / 不是公钥", param_hint="--key") from error


def _bundle(path: Path) -> TakenBundle:
    try:
        return open_bundle(path)
    except LedgerError as error:
        told = "not a bundle of the whole ledger / 不是整本台账的审计包"
        raise click.BadParameter(told, param_hint="--bundle") from error
