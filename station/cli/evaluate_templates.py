"""`evaluate templates`: what protection costs and gives, on a folder of your own pictures.

Each picture is extracted once; vectors and keys are held in memory until the command ends.
"""

import json
import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from station.cli.evaluate_faces import extract_all
from station.cli.options import images_option, json_option, pairs_option
from station.cli.pairs import Pair, read_pairs
from station.cli.template_attacks import leaks
from station.cli.template_report import TemplateEvaluation, as_document, as_lines, gates
from station.cli.template_trials import Draw, Gallery, accuracy, links, renewal
from station.model import Secret
from storage.template_keys import PEPPER_BYTES, new_draft

if TYPE_CHECKING:
    from drivers.face.engine import FaceEngine

POLICY_FMR = 1e-4
MOST_ATTACKED = 5000
_SEED = 20260101
"""Chooses which strangers are compared; the keys are fresh from the operating system."""


@click.command("templates", epilog="Exit code 1 where a measure does not hold.")
@images_option
@pairs_option
@click.option(
    "--models",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder of the models; default: the station's own.",
)
@json_option
def evaluate_templates(images: Path, pairs: Path, models: Path | None, as_json: bool) -> None:
    """What protecting templates costs in accuracy, and what a stolen one gives away.

    Even templates without any link fail a link test by chance in one run of fifty: run it again.

    Example: ./station.sh evaluate templates --images data/lfw --pairs data/pairs.txt --json
    """
    from drivers.face.engine import FaceEngine
    from drivers.face.fetch_models import MODELS_FOLDER

    listed = read_pairs(pairs)
    engine = FaceEngine.load(models or MODELS_FOLDER)
    started_s = time.monotonic()
    gallery = Gallery.of(extract_all(listed, images, engine, show_progress=True))
    pepper = Secret(secrets.token_bytes(PEPPER_BYTES))
    found = trials(gallery, listed, engine, lambda: new_draft(pepper), started_s)
    if as_json:
        click.echo(json.dumps(as_document(found), indent=2))
    else:
        click.echo("\n".join(as_lines(found)))
    if False in gates(found).values():
        sys.exit(1)


def trials(
    gallery: Gallery, pairs: list[Pair], engine: "FaceEngine", draw: Draw, started_s: float
) -> TemplateEvaluation:
    """Run all trials on vectors already extracted, with drafts from `draw`.

    Raises `ConfigError(CONFIG_INVALID)` for a matcher without a threshold,
    `BoothError(TEMPLATE_REFUSED)` for one of more than 128 features.
    """
    from drivers.face.calibration import threshold_for

    threshold = threshold_for(engine.matcher_id, POLICY_FMR, engine.runtime)
    rng = np.random.default_rng(_SEED)
    return TemplateEvaluation(
        accuracy=accuracy(gallery, pairs, draw, rng),
        renewal=renewal(gallery, pairs, draw, threshold),
        links=links(gallery, draw, rng),
        leaks=leaks(gallery, draw, threshold, MOST_ATTACKED),
        fmr=POLICY_FMR,
        threshold=threshold,
        pictures=len(gallery.vectors) + gallery.without_face,
        people=len(gallery.people),
        without_face=gallery.without_face,
        matcher_id=engine.matcher_id,
        runtime=engine.runtime,
        duration_s=time.monotonic() - started_s,
    )
