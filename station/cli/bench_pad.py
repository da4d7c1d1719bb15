"""`bench pad`: CPU time of attack detection per analysed frame, beside detection and mesh alone.

What the booth does with a frame depends on the moment: features and cues come every few frames,
tones only under the lights. The rows are those mixtures, from medians of each part.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from station.cli.bench_face import cpu_ms, pictures

if TYPE_CHECKING:
    from drivers.pad.observation import Observation

TARGET_MS = 33.0
"""All layers together on one core at 30 frames per second."""
_FEATURE_EVERY, _FEATURE_EVERY_LIT, _CUES_EVERY = 5, 10, 6


def measure() -> list[dict[str, Any]]:
    """Rows as in `bench face`. Raises `ModelError` where a model is missing."""
    from drivers.face.fetch_models import MODELS_FOLDER

    parts = _parts(MODELS_FOLDER)
    always = sum(parts[name] for name in ("detect", "mesh", "quality", "level", "session"))
    cues = parts["cues"] / _CUES_EVERY
    asked = always + cues + parts["extract"] / _FEATURE_EVERY
    lit = always + cues + parts["tones"] + parts["extract"] / _FEATURE_EVERY_LIT
    base = parts["detect"] + parts["mesh"]
    rows = [_row(f"pad {name}", value, None, None) for name, value in parts.items()]
    rows.append(_row("pad frame, actions", asked, base, TARGET_MS))
    rows.append(_row("pad frame, lights", lit, base, TARGET_MS))
    return rows


def _parts(folder: Path) -> dict[str, float]:
    from drivers.face.engine import FaceEngine
    from drivers.face.quality import assess
    from drivers.pad.observation import Observation
    from drivers.pad.picture_level import picture_level
    from drivers.pad.screen_cues import measure_cues
    from drivers.pad.tones import measure_tones
    from station.booth.messages import Guidance

    frame, _ = pictures(folder)
    engine = FaceEngine.load(folder)
    face = engine.detect(frame)[0]
    landmarks = engine.locate(frame, face)
    seen = Observation(
        1,
        1,
        face,
        1,
        landmarks,
        None,
        Guidance.NONE,
        level=0.2,
        tones=measure_tones(frame, face, landmarks),
    )
    return {
        "detect": cpu_ms(lambda: engine.detect(frame)),
        "mesh": cpu_ms(lambda: engine.locate(frame, face)),
        "extract": cpu_ms(lambda: engine.extract(frame, face)),
        "quality": cpu_ms(lambda: assess(frame, [face], landmarks)),
        "level": cpu_ms(lambda: picture_level(frame)),
        "tones": cpu_ms(lambda: measure_tones(frame, face, landmarks)),
        "cues": cpu_ms(lambda: measure_cues(frame, face)),
        "session": _session_ms(seen),
    }


def _session_ms(seen: "Observation") -> float:
    """One observation by all layers, as the face lock has just been reached and prompts follow."""
    from drivers.pad.session import PadSession
    from station.booth.messages import CapturePolicy, PadPolicyName
    from station.challenge import draw_plan

    plan = draw_plan(PadPolicyName.NORMAL, 3600.0)
    session = PadSession(plan, CapturePolicy(3600.0, 3600.0, 0.15, 90.0))
    count = [0]

    def observe() -> None:
        count[0] += 1
        points = seen.landmarks.points + count[0] * 1e-3 if seen.landmarks is not None else None
        moved = None
        if seen.landmarks is not None and points is not None:
            moved = replace(seen.landmarks, points=points.astype("float32"))
        stamp = count[0] * 33_000_000
        session.observe(replace(seen, captured_at_ns=stamp, sequence=count[0], landmarks=moved))

    return cpu_ms(observe)


def _row(name: str, value: float, base: float | None, target: float | None) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 3),
        "unit": "ms CPU",
        "reference_name": "" if base is None else "detect and mesh, same frame",
        "reference_value": None if base is None else round(base, 3),
        "ratio": None if base is None else round(value / base, 3),
        "target": target,
    }
