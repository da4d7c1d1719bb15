"""Protected templates on real photographs (LFW), where the evaluation data are at hand."""

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from drivers.face.engine import FaceEngine
from drivers.face.fetch_models import MODELS_FOLDER, REPOSITORY
from station.cli.evaluate_faces import extract_all
from station.cli.evaluate_templates import trials
from station.cli.pairs import Pair, read_pairs
from station.cli.template_report import TemplateEvaluation, as_lines, gates
from station.cli.template_trials import Gallery
from station.errors import ModelError
from station.model import Secret, TemplateDraft
from storage.template_keys import derive_template_keys

DATA = Path(os.environ.get("STATION_DATA", REPOSITORY.parent / "shared" / "data")) / "faces"


def run(every: int) -> TemplateEvaluation:
    """All trials on each `every`-th pair, under seeded keys: no gate may fail by chance."""
    if not (DATA / "pairs.txt").is_file():
        pytest.skip("evaluation data absent: set STATION_DATA to the folder that holds faces/")
    try:
        engine = FaceEngine.load(MODELS_FOLDER)
    except ModelError:
        pytest.skip("models not fetched: python -m drivers.face.fetch_models")
    pairs: list[Pair] = read_pairs(DATA / "pairs.txt")[::every]
    started_s = time.monotonic()
    gallery = Gallery.of(extract_all(pairs, DATA / "lfw", engine, show_progress=False))
    rng = np.random.default_rng(11)
    pepper = Secret(rng.bytes(32))

    def draw() -> TemplateDraft:
        pid, secret = rng.bytes(16), Secret(rng.bytes(32))
        return TemplateDraft(secret, derive_template_keys(pepper, pid, secret))

    found = trials(gallery, pairs, engine, draw, started_s)
    sys.stdout.write("\n".join(as_lines(found)) + "\n")
    return found


def test_a_sample_of_every_fold_keeps_every_measure() -> None:
    """100 pairs of both kinds and all folds; about 10 s."""
    found = run(30)
    held = gates(found)
    assert all(gate is not False for gate in held.values()), held
    assert found.accuracy.change_pp is not None
    everything = found.leaks[-1]
    assert everything.mean_cosine > 0.999
    assert everything.same_accepted == everything.people


def test_the_whole_set_keeps_every_measure() -> None:
    """All pairs, over 1,000 people; three minutes of one core, so only when asked for."""
    if os.environ.get("STATION_EVALUATION") != "full":
        pytest.skip("three minutes: set STATION_EVALUATION=full to run all 3,000 pairs")
    found = run(1)
    assert found.people >= 1000
    assert all(gates(found).values()), gates(found)
