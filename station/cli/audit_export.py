"""`station audit export`: a bundle that an auditor takes away and checks on another machine.

Two people: the first call asks, a security administrator agrees (`users agree`), the second call
with `--request` writes. `--demo` exports a fresh demo station's ledger, with made-up people.
"""

import json
import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from consent.bundle import Written
from consent.export import head_from_json
from consent.ledger_port import StoredHead
from station.access import Act, load_matrix
from station.audit_desk import AuditDesk, ExportOrder
from station.cli.audit_office import AuditOffice, audit_office, make_desk
from station.cli.audit_selection import Filters, filter_options
from station.cli.language import chosen, lang_option
from station.cli.opening import passphrase_option
from station.cli.options import json_option
from station.cli.signing_in import StaffLogin, request_option, staff_options
from station.errors import ErrorCode, LedgerError, StationError
from station.gate import Agreed, Gate, Permit, Session
from station.model import Claim, Language

_MOST_HEAD_BYTES = 64 << 10
_BAR_FROM_ENTRIES = 20_000
_SAY = {
    "asked": (
        "已提出申请 {id}。同意后请用同样的条件再运行一次，并加 --request {id}",
        "Asked: {id}. Once agreed to, run the same again with --request {id}",
    ),
    "asked_unmask": (
        "不遮盖另有申请 {id}，须由个人信息保护负责人同意：加 --unmask-request {id}",
        "Unmasking is asked for by itself: {id}, for the privacy officer; --unmask-request {id}",
    ),
    "done": (
        "已写入 {out}：{shown} 条，台账共 {tree_size} 条，同意记录 {consents} 份。"
        "在另一台电脑上核验：python3 verify_bundle.py {out}",
        "Written to {out}: {shown} entries of {tree_size}, {consents} consent records. "
        "To verify on another machine: python3 verify_bundle.py {out}",
    ),
    "broken": (
        "注意：记录得出的树根与签名的树头不符，台账被动过。请核验此包。",
        "Beware: the entries do not give the root that was signed; verify this bundle.",
    ),
    "text": (
        "导出不能按文字筛选：申请和清单会留下原文，可能是人名。请用 --kind、--actor 或 --person",
        "no export by --text: request and manifest would keep the words, which may be a name; "
        "use --kind, --actor or --person",
    ),
    "demo": ("正在运行一次演示", "Running a demo first"),
}


@click.command(epilog="Example: ./station.sh audit export --from 2026-03-01 --out bundle")
@filter_options
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder to write; it must not exist yet.",
)
@click.option(
    "--last-head",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="head.json kept from the last audit.",
)
@click.option("--unmask", is_flag=True, help="Names and numbers in clear; needs --reason.")
@click.option("--reason", default="", help="Why, in your own words; no numbers of people.")
@request_option
@click.option("--unmask-request", default="", help="The agreed request to unmask.")
@click.option("--demo", is_flag=True, help="Run a demo and export its ledger.")
@json_option
@lang_option
@staff_options
@passphrase_option
@click.pass_context
def export(
    ctx: click.Context,
    *,
    filters: Filters,
    out: Path,
    last_head: Path | None,
    unmask: bool,
    reason: str,
    request_id: str,
    unmask_request: str,
    demo: bool,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Write entries, proofs, consent records and a summary to a new folder, signed.

    Without --request this only asks for the second person.
    """
    if filters.selection.text:
        raise click.UsageError(" / ".join(_SAY["text"]))
    language, kept = chosen(lang), None if last_head is None else read_head(last_head)
    if out.exists() or out.is_symlink():
        raise LedgerError(ErrorCode.EXPORT_FAILED)
    opened = _demo_office(language) if demo else audit_office(ctx, staff, passphrase_fd)
    with opened as office:
        if office.desk is None:
            raise StationError(ErrorCode.ALREADY_RUNNING)
        order = ExportOrder(filters.selection_for(office, language), kept, masked=not unmask)
        if not demo and not (request_id and (unmask_request or not unmask)):
            _ask(office, order, reason, language)
            return
        about = order.about()
        permit = office.grant(
            Act.AUDIT_EXPORT, about=about, reason=reason, request_id=request_id or "demo"
        )
        clear = None
        if unmask:
            clear = office.grant(
                Act.AUDIT_UNMASK, about=about, reason=reason, request_id=unmask_request or "demo"
            )
        written = _written(office.desk, permit, out, order, clear)
    _tell(written, out, language, as_json)


def read_head(path: Path) -> StoredHead:
    """A tree head that an auditor kept. Raises `click.BadParameter`."""
    try:
        with path.open("rb") as file:
            return head_from_json(file.read(_MOST_HEAD_BYTES).decode("utf-8"))
    except (OSError, UnicodeDecodeError, LedgerError) as error:
        raise click.BadParameter("not a tree head / 不是树头文件") from error


def _ask(office: AuditOffice, order: ExportOrder, reason: str, language: Language) -> None:
    if office.ask is None:
        raise StationError(ErrorCode.ALREADY_RUNNING)
    # First what is refused more easily: half of it asked for would be of no use.
    clear = "" if order.masked else office.ask(Act.AUDIT_UNMASK, order.document(), reason)
    asked = office.ask(Act.AUDIT_EXPORT, order.document(), reason)
    click.echo(_say("asked", language, id=asked))
    if clear:
        click.echo(_say("asked_unmask", language, id=clear))


def _written(
    desk: AuditDesk, permit: Permit, out: Path, order: ExportOrder, clear: Permit | None
) -> Written:
    with click.progressbar(length=1, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def tell(done: int, total: int) -> None:
            bar.hidden = bar.hidden or total < _BAR_FROM_ENTRIES
            bar.length = total
            bar.update(done - bar.pos)

        return desk.export(permit, out, order, unmask=clear, progress=tell)


def _tell(written: Written, out: Path, language: Language, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"out": str(out), **asdict(written)}))
    click.echo(_say("done", language, out=out, **asdict(written)), err=True)
    if not written.root_stands:
        click.echo(_say("broken", language), err=True)


@contextmanager
def _demo_office(language: Language) -> Iterator[AuditOffice]:
    """A fresh demo station after its two visits, and two people who exist only in it."""
    from consent.signing import HeadSigner
    from station.cli.demo import SCENES, SimulatedVisitor, opened_demo

    click.echo(_say("demo", language), err=True)
    with opened_demo() as world:
        visitor = SimulatedVisitor(world, language, True)
        for scene in SCENES:
            world.stage.tell(scene=scene)
            world.station.visit(visitor, visitor.publish, threading.Event())
        stores, ledger = world.station.stores, world.station.ledger
        signer = HeadSigner.from_private(stores.keyring.ledger_signing_key().reveal())
        desk = make_desk(stores, ledger, signer)
        matrix = load_matrix()
        session = Session(secrets.token_hex(16), "demo.auditor")

        def grant(act: Act, *, about: str, reason: str = "", request_id: str = "") -> Permit:
            gate = Gate(matrix, lambda _: matrix.rules[act].roles, _DemoRequests(), ledger)
            return gate.permit(session, act, about=about, reason=reason, request_id=request_id)

        yield AuditOffice(stores.ledger, grant, desk.found, desk.watch, _nobody, desk)


class _DemoRequests:
    """Somebody made up agrees: in the demo profile alone, where every entry says so."""

    def take_agreed(self, request_id: str, act: Act, user: str, about: str, reason: str) -> Agreed:
        return Agreed("demo.second", reason)


def _nobody(_claim: Claim) -> str:
    raise StationError(ErrorCode.RESIDENT_UNKNOWN)


def _say(key: str, language: Language, **figures: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)
