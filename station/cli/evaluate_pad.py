"""`evaluate pad`: how well attacks are told from people (ISO/IEC 30107-3), in one of three ways.

Rendered presentations (SIM), recorded clips (CLIPS) and trials at the station's own camera (BENCH)
are never mixed: each document carries its label.
"""

import json
from pathlib import Path
from typing import Any

import click

from station.cli.language import chosen, lang_option
from station.cli.options import json_option
from station.model import Language

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
@click.option(
    "--clips",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Recorded clips in folders live/, photo/, replay/, mask/, animated/, …",
)
@click.option("--bench", is_flag=True, help="Guided trials at this station's own camera.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the bench's CSV and PDF; default: bench/ in the data folder.",
)
@click.option("--demo", is_flag=True, hidden=True, help="Bench on the simulated camera (SIM).")
@json_option
@lang_option
def evaluate_pad(
    seed: int | None,
    n: int,
    only: str,
    plot: Path | None,
    clips: Path | None,
    bench: bool,
    out: Path | None,
    demo: bool,
    as_json: bool,
    lang: str | None,
) -> None:
    """Attack presentations accepted and people refused, per species, with 95 % intervals.

    Clips: ./station.sh evaluate pad --clips DIR. Your own camera: ./station.sh evaluate pad --bench
    """
    forms = sum((seed is not None and clips is None, clips is not None, bench))
    if forms != 1:
        raise click.UsageError(
            "choose one of --rig SEED, --clips DIR (with --rig as seed), --bench"
        )
    if plot is not None and bench:
        raise click.UsageError("--plot goes with --rig or --clips")
    if clips is not None:
        document, lines = _clips(clips, seed or 0, plot)
    elif bench:
        document, lines = _bench(chosen(lang), out, demo), []
    else:
        document, lines = _rig(seed or 0, n, only, plot)
    if as_json:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif lines:
        click.echo("\n".join(lines))


def _clips(folder: Path, seed: int, plot: Path | None) -> tuple[dict[str, Any], list[str]]:
    from station.cli import pad_clips_report as report
    from station.cli.evaluate_pad_clips import play_clips
    from station.det_plot import det_svg

    run = play_clips(folder, seed)
    if plot is not None:
        title = "PAD, recorded clips, layers without lights and prompts"
        plot.write_text(det_svg(report.det_of(run), title, report.LABEL), "utf-8")
    document = report.as_document(run)
    return document, report.as_lines(document)


def _bench(language: Language, folder: Path | None, demo: bool) -> dict[str, Any]:
    from station.cli.evaluate_pad_bench import run_bench

    return run_bench(language, folder, demo=demo)


def _rig(seed: int, n: int, only: str, plot: Path | None) -> tuple[dict[str, Any], list[str]]:
    from station.cli import evaluate_pad_rig as rig
    from station.det_plot import det_svg

    run = rig.play_rig(seed, n, only)
    document = rig.as_document(run)
    if plot is not None:
        title = f"PAD, rendered presentations, seed {seed}"
        plot.write_text(det_svg(rig.det_of(run), title, rig.LABEL), "utf-8")
    return document, rig.as_lines(document)
