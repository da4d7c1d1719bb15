"""`station visit`: one visit in the terminal, with the configured camera and reader."""

import json
import threading

import click

from station.access import Act
from station.cli.first_run import set_up_station
from station.cli.language import chosen, lang_option
from station.cli.opening import opened, passphrase_option, station_paths, unlocking
from station.cli.options import json_option
from station.cli.signing_in import StaffLogin, at_desk, staff_options
from station.cli.terminal import Terminal
from station.model import Outcome
from station.visit import VisitReport


@click.command(epilog="Example: ./station.sh visit --lang en")
@json_option
@lang_option
@staff_options
@passphrase_option
@click.pass_context
def visit(
    context: click.Context,
    *,
    as_json: bool,
    lang: str | None,
    staff: StaffLogin,
    passphrase_fd: int | None,
) -> None:
    """One visit in the terminal: notice, document, live face, comparison, purge."""
    language = chosen(lang)
    terminal = Terminal(language, lambda line: click.echo(line, err=True))
    paths, _ = station_paths()
    secret = set_up_station(paths, language, passphrase_fd) or unlocking(passphrase_fd)
    with opened(secret) as station, at_desk(station, staff) as (room, session):
        room.gate.permit(session, Act.RUN_VISIT)
        report = station.visit(terminal, terminal.publish, threading.Event())
    if as_json:
        click.echo(json.dumps(as_document(report), ensure_ascii=False))
    context.exit(0 if report.outcome is Outcome.MATCH else 1)


def as_document(report: VisitReport) -> dict[str, object]:
    """The report as plain values: outcome, PAD figures, proof of the purge; nothing personal."""
    document: dict[str, object] = {
        "visit": report.visit_id,
        "flow": report.flow.value,
        "outcome": report.outcome.value,
        "code": None if report.code is None else report.code.value,
        "document_expired": report.document_expired,
        "locked": report.locked,
    }
    if report.pad is not None:
        document["pad"] = {
            "result": report.pad.result.value,
            "decided_by": report.pad.decided_by,
            "species_guess": report.pad.species_guess,
            "layers": {
                layer.layer: {
                    "passed": layer.passed,
                    "measure": round(layer.measure, 4),
                    "gate": layer.gate,
                }
                for layer in report.pad.layers
            },
        }
    if report.booth is not None:
        document["booth"] = {
            "pid": report.booth.pid,
            "reaped": report.booth.reaped,
            "ended_at": report.booth.ended_at,
            "kill_to_reaped_ms": round(report.booth.kill_to_reaped_ms, 2),
        }
        document["ring"] = {"zeroed": report.booth.ring_zeroed}
    return document
