"""`evaluate crashes`: end a working station at random moments and hold what is left to account.

What is killed is the process, not the machine's power: what the disk had taken stays.
"""

import json
import secrets
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from station.build import default_home
from station.cli.crash_trials import BETWEEN, START, CrashFoundError, CrashReport, run_kills
from station.cli.options import json_option

DEFAULT_KILLS = 200
_MOST_KILLS = 100_000
_COLUMNS = ("kills", "kept", "undone", "part", "finished_on_start", "undone_on_start")
_HEADINGS = ("kills", "change kept", "not kept", "in part", "finished", "undone")


@click.command(
    "crashes",
    epilog="Exit code 1 where anything was lost, halved, revived, left open or not verified.",
)
@click.option(
    "--kills", type=click.IntRange(1, _MOST_KILLS), default=DEFAULT_KILLS, show_default=True
)
@click.option("--seed", type=click.IntRange(0), default=20261122, show_default=True)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Where to work; default: the station's own folder. What is made there is removed.",
)
@json_option
def evaluate_crashes(kills: int, seed: int, folder: Path | None, as_json: bool) -> None:
    """SIGKILL at random moments of registering, checking, renewing, erasing, backup, restore and
    exchange of keys.

    A station of its own, with made-up people, works at full speed in a child process; after each
    kill its stores are opened as at a start, and everything in them is compared with what it had
    told as committed. The seed chooses operations and moments; where a kill falls is up to the
    machine.

    Example: ./station.sh evaluate crashes --kills 200 --json
    """
    place = (folder or default_home()) / f"crashes-{secrets.token_hex(4)}"
    place.mkdir(mode=0o700, parents=True)
    try:
        with click.progressbar(length=kills, file=sys.stderr, label="kills") as bar:
            report = run_kills(kills, seed, place, lambda done: bar.update(done - bar.pos))
    except CrashFoundError as error:
        report = error.report
    finally:
        shutil.rmtree(place)
    click.echo(json.dumps(as_document(report), indent=2) if as_json else "\n".join(table(report)))
    if report.faults:
        sys.exit(1)


def as_document(report: CrashReport) -> dict[str, Any]:
    """The run as one JSON document."""
    return {
        "seed": report.seed,
        "kills": report.kills,
        "operations": {
            name: {column: getattr(tally, column) for column in _COLUMNS}
            for name, tally in report.tallies.items()
        },
        "committed": dict(report.committed),
        "ledger_entries": report.entries,
        "revoked": report.revoked,
        "faults": report.faults,
        "duration_s": round(report.duration_s, 1),
    }


def table(report: CrashReport) -> list[str]:
    """The run as lines: a row per operation under which the kill fell, then what was checked."""
    lines = [f"{'killed under':<20}" + "".join(f"{name:>13}" for name in _HEADINGS)]
    for name, tally in report.tallies.items():
        figures = (getattr(tally, column) for column in _COLUMNS)
        lines.append(f"{name:<20}" + "".join(f"{figure:>13}" for figure in figures))
    lines += [
        "",
        f"{report.kills} kills in {report.duration_s:.0f} s, seed {report.seed}; "
        f"{sum(report.committed.values())} operations committed before them",
        f"(under {START!r} a second kill hit the start after one; its change is counted with the "
        f"first; {BETWEEN!r}: nothing was under way)",
    ]
    if report.faults:
        return [*lines, "FOUND:", *(f"  {fault}" for fault in report.faults)]
    return [
        *lines,
        "0 committed records lost, 0 people halved, 0 erased came back, 0 pictures beyond consent,",
        f"0 intents open after a start; {report.revoked} revoked templates refused, "
        f"{report.entries} ledger entries verified",
    ]
