"""`station person`: registered residents. Here what needs them at the machine; the rest beside it.

The records' side (list, show, leave, restrict) is `station.cli.person_records`, renewal
`station.cli.person_renewal`.
"""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.access import Act
from station.cli.claims import claim_options, claimed
from station.cli.first_run import set_up_station
from station.cli.language import chosen, lang_option
from station.cli.opening import opened, passphrase, passphrase_option, station_paths
from station.cli.options import json_option
from station.cli.person_minor import register_minor
from station.cli.person_office import residents_office, withdraw_at_desk
from station.cli.person_records import leave, list_, receipt, restrict, show
from station.cli.person_renewal import recalls, renew
from station.cli.signing_in import StaffLogin, at_desk, signed_in, staff_options
from station.cli.terminal import Terminal
from station.cli.visit import as_document
from station.cli.written import write_new
from station.model import Language, Outcome
from station.visit import VisitReport

if TYPE_CHECKING:
    from station.build import Station

Serve = Callable[["Station", Terminal], VisitReport]
_receipt_option = click.option(
    "--receipt",
    "receipt_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the signed deletion receipt to this new file.",
)


@click.group()
def person() -> None:
    """Registered residents: from enrolment to erasure."""


for _command in (list_, show, leave, renew, recalls, restrict, receipt, register_minor):
    person.add_command(_command)


@person.command(epilog="Example: ./station.sh person enrol --days 90 --lang en")
@click.option("--days", type=click.IntRange(1, 365), help="Keep this long; default: the site's.")
@json_option
@lang_option
@staff_options
@passphrase_option
@click.pass_context
def enrol(
    context: click.Context,
    *,
    days: int | None,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Register one resident: two consents, document, live face, one kept template."""
    term = None if days is None else timedelta(days=days)

    def serve(station: "Station", terminal: Terminal) -> VisitReport:
        return station.residents.enrol(terminal, terminal.publish, threading.Event(), term)

    report = _served(serve, chosen(lang), staff, passphrase_fd)
    if as_json:
        document = as_document(report) | {"resident_number": report.resident_number or None}
        click.echo(json.dumps(document, ensure_ascii=False))
    context.exit(0 if report.outcome is Outcome.ENROLLED else 1)


@person.command(epilog="Example: ./station.sh person verify --json")
@json_option
@lang_option
@staff_options
@passphrase_option
@click.pass_context
def verify(
    context: click.Context,
    *,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Check one resident: who it is said to be, live face, one comparison. The score stays."""

    def serve(station: "Station", terminal: Terminal) -> VisitReport:
        return station.residents.check(terminal, terminal.publish, threading.Event())

    report = _served(serve, chosen(lang), staff, passphrase_fd)
    if as_json:
        click.echo(json.dumps(as_document(report), ensure_ascii=False))
    context.exit(0 if report.outcome is Outcome.MATCH else 1)


@person.command(epilog="Example: ./station.sh person withdraw --receipt erased.json")
@claim_options
@_receipt_option
@click.option("--yes", is_flag=True, help="At the desk: do not ask again.")
@json_option
@lang_option
@staff_options
@passphrase_option
@click.pass_context
def withdraw(
    context: click.Context,
    *,
    number: str | None,
    document: bool,
    receipt_file: Path | None,
    yes: bool,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """Take consent back and erase everything at once: the resident, or staff at the desk.

    Without --number and --document the resident is at the machine and shows who it is; with one of
    them staff has seen to that. A signed receipt says what went; it names nobody.
    """
    language = chosen(lang)
    claim = claimed(number, document, language)
    if claim is not None:
        with (
            residents_office(context, passphrase_fd) as office,
            signed_in(office, staff, Act.ERASE),
        ):
            done = withdraw_at_desk(office, claim, language, receipt=receipt_file, yes=yes)
        if as_json:
            click.echo(json.dumps(done))
        return
    erased: list[bytes] = []

    def serve(station: "Station", terminal: Terminal) -> VisitReport:
        report = station.residents.withdraw(terminal, terminal.publish, threading.Event())
        if report.erased is not None:
            erased.append(station.residents.receipt(report.erased))
        return report

    report = _served(serve, language, staff, passphrase_fd)
    if receipt_file is not None and erased:
        write_new(receipt_file, erased[0])
    if as_json:
        proof = json.loads(erased[0]) if erased else None
        click.echo(json.dumps(as_document(report) | {"deletion": proof}, ensure_ascii=False))
    context.exit(0 if report.outcome is Outcome.WITHDRAWN else 1)


def _served(
    serve: Serve, language: Language, staff: StaffLogin, descriptor: int | None
) -> VisitReport:
    """One flow in the terminal of the production station, begun by an operator."""
    terminal = Terminal(language, lambda line: click.echo(line, err=True))
    paths, _ = station_paths()
    secret = set_up_station(paths, language, descriptor) or passphrase(descriptor)
    with opened(secret) as station, at_desk(station, staff) as (room, session):
        room.gate.permit(session, Act.RUN_VISIT)
        return serve(station, terminal)
