"""`evaluate pad`: how well attacks are told from people (ISO/IEC 30107-3), in one of three ways.

Rendered presentations (SIM), recorded clips (CLIPS) and trials at the station's own camera (BENCH)
are never mixed: each document carries its label.
"""

import json
from pathlib import Path

import click

from station.cli.options import json_option

_MOST = 3000


@click.command(
    "pad", epilog="Example: ./station.sh evaluate pad --rig 1 --n 150 --plot det.svg --json"
)
@click.option("--rig", "seed", type=click.IntRange(0), help="Rendered presentations of this seed.")
@click.option("--n", type=click.IntRange(1, _MOST), default=20, show_default=True, help="Per row.")
@click.option("--only", default="", help="Rows of the rig's table, separated by commas.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write a DET plot (SVG).",
)
@json_option
def evaluate_pad(seed: int | None, n: int, only: str, plot: Path | None, as_json: bool) -> None:
    """Attack presentations accepted and people refused, per species, with 95 % intervals."""
    from station.cli import evaluate_pad_rig as rig
    from station.det_plot import det_svg

    if seed is None:
        raise click.UsageError("choose --rig SEED")
    run = rig.play_rig(seed, n, only)
    document = rig.as_document(run)
    if plot is not None:
        title = f"PAD, rendered presentations, seed {seed}"
        plot.write_text(det_svg(rig.det_of(run), title, rig.LABEL), "utf-8")
    click.echo(json.dumps(document, indent=2) if as_json else "\n".join(rig.as_lines(document)))
