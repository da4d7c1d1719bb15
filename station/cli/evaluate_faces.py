"""`evaluate faces`: error rates of the station's own matcher on a folder of your own pictures.

Pictures are read, used and dropped one at a time; only their feature vectors are held, in memory,
until the command ends.
"""

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from numpy.typing import NDArray

from station.cli.options import images_option, json_option, pairs_option
from station.cli.pairs import Key, Pair, PairsError, image_path, read_pairs, read_picture, tracked
from station.error_rates import (
    FoldAccuracy,
    TarAtFmr,
    clopper_pearson,
    counts_at,
    fold_accuracy,
    tar_at_fmr,
)
from station.errors import StationError

if TYPE_CHECKING:
    from drivers.face.engine import FaceEngine
    from station.booth.ports import BgrImage, DetectedFace, FeatureVector

FMRS = (1e-2, 1e-3, 1e-4)
FIXED_THRESHOLDS = (0.358, 0.363, 0.415)
"""FMR 1e-3 by the shipped calibration, OpenCV's stock value, and FMR 1e-4 (face.md C.4)."""
POLICY_FMR = 1e-4
EVALUATION_SCORE_THRESHOLD = 0.5
"""Below the kiosk's own: here each picture is known to show a face."""
NO_MATCH_SCORE = -1.0
"""A pair with a picture that gave no face can never match: it counts against the system."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything one run found; `failures_to_acquire` counts pictures without a usable face."""

    mated: NDArray[np.float64]
    nonmated: NDArray[np.float64]
    accuracy: FoldAccuracy
    folds: int
    tar: tuple[tuple[float, TarAtFmr | None], ...]
    images: int
    failures_to_acquire: int
    policy_threshold: float | None
    matcher_id: str
    runtime: str
    duration_s: float


@click.command("faces")
@images_option
@pairs_option
@click.option(
    "--models",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder of the models; default: the station's own.",
)
@click.option(
    "--own-models",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="Manifest of your own models, to measure one before it is used.",
)
@json_option
def evaluate_faces(
    images: Path, pairs: Path, models: Path | None, own_models: Path | None, as_json: bool
) -> None:
    """Error rates of the matcher on your own pictures.

    Example: ./station.sh evaluate faces --images data/lfw --pairs data/pairs.txt --json
    """
    from drivers.face.engine import FaceEngine
    from drivers.face.fetch_models import MODELS_FOLDER

    listed = read_pairs(pairs)
    engine = FaceEngine.load(models or MODELS_FOLDER, override=own_models)
    found = evaluate(listed, images, engine, show_progress=True)
    if as_json:
        click.echo(json.dumps(as_document(found), indent=2))
    else:
        click.echo("\n".join(as_lines(found)))


def evaluate(
    pairs: list[Pair], images: Path, engine: "FaceEngine", *, show_progress: bool
) -> Evaluation:
    """Extract every picture once, score all pairs, and compute the rates.

    Raises `PairsError` for fewer than two folds, or a picture that is not there.
    """
    if len({pair.fold for pair in pairs}) < 2:
        raise PairsError("too few pairs: two folds, or two pairs of each kind, are needed")
    started = time.monotonic()
    vectors = extract_all(pairs, images, engine, show_progress=show_progress)
    scores = np.array([_score(vectors[pair.one], vectors[pair.other]) for pair in pairs])
    is_mated = np.array([pair.is_mated for pair in pairs])
    folds = np.array([pair.fold for pair in pairs])
    mated, nonmated = scores[is_mated], scores[~is_mated]
    return Evaluation(
        mated=mated,
        nonmated=nonmated,
        accuracy=fold_accuracy(scores, is_mated, folds),
        folds=len(np.unique(folds)),
        tar=tuple((fmr, tar_at_fmr(mated, nonmated, fmr)) for fmr in FMRS),
        images=len(vectors),
        failures_to_acquire=sum(vector is None for vector in vectors.values()),
        policy_threshold=_policy_threshold(engine),
        matcher_id=engine.matcher_id,
        runtime=engine.runtime,
        duration_s=time.monotonic() - started,
    )


def extract_all(
    pairs: list[Pair], images: Path, engine: "FaceEngine", *, show_progress: bool
) -> "dict[Key, FeatureVector | None]":
    """The vector of every picture the pairs name, each extracted once; None without a usable face.

    Raises `PairsError` for a picture that is not there, before any is read.
    """
    keys = sorted({key for pair in pairs for key in (pair.one, pair.other)})
    paths = {key: image_path(images, key) for key in keys}
    walk = tracked(keys, "faces") if show_progress else keys
    return {key: _vector(paths[key], engine) for key in walk}


def as_document(found: Evaluation) -> dict[str, Any]:
    """The evaluation as one JSON document; rates are shares of 1."""
    return {
        "accuracy": round(found.accuracy.mean, 6),
        "accuracy_sd": round(found.accuracy.sd, 6),
        "folds": found.folds,
        "threshold": found.policy_threshold,
        "threshold_fmr": POLICY_FMR,
        "fold_threshold": round(float(np.mean(found.accuracy.thresholds)), 4),
        "tar": {_fmr_name(fmr): _tar_document(tar) for fmr, tar in found.tar},
        "n_mated": len(found.mated),
        "n_nonmated": len(found.nonmated),
        "images": found.images,
        "failures_to_acquire": found.failures_to_acquire,
        "at_threshold": [_counts_document(found, threshold) for threshold in _thresholds(found)],
        "mated_mean": round(float(np.mean(found.mated)), 4),
        "nonmated_mean": round(float(np.mean(found.nonmated)), 4),
        "nonmated_max": round(float(np.max(found.nonmated)), 4),
        "matcher_id": found.matcher_id,
        "runtime": found.runtime,
        "duration_s": round(found.duration_s, 1),
    }


def as_lines(found: Evaluation) -> list[str]:
    """The evaluation for a person to read."""
    accuracy = found.accuracy
    lines = [
        f"accuracy          {accuracy.mean:.2%} ± {accuracy.sd:.2%} ({found.folds} folds)",
        f"pairs             {len(found.mated)} mated, {len(found.nonmated)} non-mated",
        f"pictures          {found.images}, {found.failures_to_acquire} without a usable face",
    ]
    for fmr, tar in found.tar:
        name = f"TAR at FMR {_fmr_name(fmr)}"
        if tar is None:
            lines.append(f"{name:<18}too few non-mated pairs to say")
        else:
            interval = f"95 %: {tar.interval.low:.2%} – {tar.interval.high:.2%}"
            lines.append(f"{name:<18}{tar.tar:.2%} ({interval}), threshold {tar.threshold:.3f}")
    for threshold in _thresholds(found):
        counts = counts_at(found.mated, found.nonmated, threshold)
        lines.append(
            f"at {threshold:.3f}          {counts.false_non_matches} false non-matches, "
            f"{counts.false_matches} false matches"
        )
    return [*lines, f"matcher           SM3 {found.matcher_id}, {found.runtime}"]


def _vector(path: Path, engine: "FaceEngine") -> "FeatureVector | None":
    bgr = read_picture(path)
    if bgr is None:
        return None
    faces = engine.detector.detect(bgr, score_threshold=EVALUATION_SCORE_THRESHOLD)
    return engine.extract(bgr, _most_central(faces, bgr)) if faces else None


def _most_central(faces: "list[DetectedFace]", bgr: "BgrImage") -> "DetectedFace":
    """The face nearest the middle: in such sets the named person stands there."""
    height, width = bgr.shape[:2]

    def distance(face: "DetectedFace") -> float:
        x, y = face.x + (face.width - width) / 2, face.y + (face.height - height) / 2
        return math.hypot(x, y)

    return min(faces, key=distance)


def _score(one: "FeatureVector | None", other: "FeatureVector | None") -> float:
    from drivers.face.comparison import compare

    return NO_MATCH_SCORE if one is None or other is None else compare(one, other)


def _policy_threshold(engine: "FaceEngine") -> float | None:
    from drivers.face.calibration import threshold_for

    try:
        return threshold_for(engine.matcher_id, POLICY_FMR, engine.runtime)
    except StationError:
        return None  # An own matcher without a calibration row: its thresholds are unknown.


def _thresholds(found: Evaluation) -> list[float]:
    policy = () if found.policy_threshold is None else (found.policy_threshold,)
    return sorted({*FIXED_THRESHOLDS, *policy})


def _fmr_name(fmr: float) -> str:
    return f"{fmr:.0e}".replace("e-0", "e-")


def _tar_document(tar: TarAtFmr | None) -> dict[str, Any] | None:
    if tar is None:
        return None
    return {
        "tar": round(tar.tar, 6),
        "interval": [round(tar.interval.low, 6), round(tar.interval.high, 6)],
        "level": 0.95,
        "threshold": round(tar.threshold, 6),
        "false_matches": tar.false_matches,
        "false_non_matches": tar.false_non_matches,
    }


def _counts_document(found: Evaluation, threshold: float) -> dict[str, Any]:
    counts = counts_at(found.mated, found.nonmated, threshold)
    fnmr = clopper_pearson(counts.false_non_matches, len(found.mated))
    fmr = clopper_pearson(counts.false_matches, len(found.nonmated))
    return {
        "threshold": threshold,
        "false_non_matches": counts.false_non_matches,
        "fnmr_interval": [round(fnmr.low, 6), round(fnmr.high, 6)],
        "false_matches": counts.false_matches,
        "fmr_interval": [round(fmr.low, 6), round(fmr.high, 6)],
    }
