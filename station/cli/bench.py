"""`station bench`: speed and memory, each figure beside a reference measured in the same run."""

import importlib
import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from station.cli.options import json_option

_AREAS = {
    "face": "station.cli.bench_face",
    "pad": "station.cli.bench_pad",
    "booth": "station.cli.bench_booth",
    "storage": "station.cli.bench_storage",
    "records": "station.cli.bench_records",
    "templates": "station.cli.bench_templates",
    "desk": "station.cli.bench_desk",
    "audit": "station.cli.bench_audit",
}


@click.command(epilog="Example: ./station.sh bench face --json")
@click.argument("area", type=click.Choice([*_AREAS, "all"]), default="all")
@click.option(
    "--people",
    type=click.IntRange(100, 1_000_000),
    default=100_000,
    show_default=True,
    help="For records: up to how many invented residents.",
)
@click.option(
    "--entries",
    type=click.IntRange(1_000, 5_000_000),
    default=20_000,
    show_default=True,
    help="For audit: how long an invented ledger.",
)
@json_option
def bench(area: str, people: int, entries: int, as_json: bool) -> None:
    """Speed and memory, each figure as a ratio to a reference measured in the same run."""
    console = Console(stderr=True)
    rows: list[dict[str, Any]] = []
    for name in _AREAS if area == "all" else [area]:
        with console.status(f"bench {name} …"):
            own = {"records": {"people": people}, "audit": {"entries": entries}}.get(name, {})
            measured = importlib.import_module(_AREAS[name]).measure(**own)
        rows += [{"area": name} | row for row in measured]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        Console().print(_table(rows))


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("area", "figure", "value", "target", "reference", "ratio")
    for row in rows:
        target = row.get("target")
        limit = "" if target is None else f"≤ {target}"
        reference = f"{row['reference_name']} {row['reference_value']}" if row["ratio"] else "–"
        ratio = "–" if row["ratio"] is None else f"{row['ratio']:.2f}"
        value = f"{row['value']} {row['unit']}"
        table.add_row(row["area"], row["name"], value, limit, reference, ratio)
    return table
