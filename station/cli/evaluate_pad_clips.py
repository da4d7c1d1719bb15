"""`evaluate pad --clips DIR`: recorded clips, each in a folder named for what it shows.

`DIR/live/` holds people; any other folder is a species of attack (photo/, replay/, mask/,
animated/, …). Two questions are put to every clip, and never mixed:

* as a presentation: what does the whole station say, with plans drawn afresh? A recording knows
  neither the lights nor the prompts, so nothing of it may pass, a live person's neither;
* as evidence: what does each layer say of what is visible in it, prompts and lights aside?

Frames are read, measured and dropped one at a time; no picture outlives its measures.
"""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from station.booth.messages import CapturePolicy, PadPolicyName
from station.challenge import draw_plan
from station.cli.pad_clips_report import LIVE, ClipsRun, Played, as_document
from station.config import Policy
from station.errors import CameraError, ErrorCode
from station.pad_policy import PadPolicy, load_policy

if TYPE_CHECKING:
    from drivers.face.engine import FaceEngine
    from drivers.pad.observation import Observation
    from station.booth.ports import BgrImage

PLANS = 20
SCREEN_LINES = 720
"""A clip is shown to the station as large as the station's own picture: distance is free."""
PRESENTED_HZ = 15.0
"""A session sees this many frames of a clip a second, as the rig's do; the layers see all."""
_MOST_CLIPS = 500
_FEATURE_EVERY, _CUES_EVERY = 3, 5


@dataclass(frozen=True, slots=True)
class Clip:
    """One file and what it shows."""

    path: Path
    species: str

    @property
    def name(self) -> str:
        """Folder and file."""
        return f"{self.path.parent.name}/{self.path.name}"


@dataclass(frozen=True, slots=True)
class Terms:
    """What clips are judged by."""

    policy: Policy
    pad: PadPolicy

    def capture(self, name: PadPolicyName, enlarged: float) -> CapturePolicy:
        """As the station's own, for a clip shown `enlarged` times its size."""
        policy = self.policy
        patience = 2.0 if name is PadPolicyName.ASSISTED else 1.0
        return CapturePolicy(
            policy.face_lock_timeout_s * patience,
            policy.action_timeout_s * patience,
            policy.earliest_action_s,
            policy.min_iod_px / enlarged,
            name,
            gates=self.pad.gates,
        )


def evaluate_clips(folder: Path, seed: int) -> dict[str, Any]:
    """Judge every clip below `folder` and give one document. Raises as `play_clips`."""
    return as_document(play_clips(folder, seed))


def play_clips(folder: Path, seed: int, plans: int = PLANS) -> ClipsRun:
    """Judge every clip below `folder`. Progress on standard error.

    Raises `click.UsageError` where there is nothing to judge, and `ModelError`.
    """
    from drivers.face.engine import FaceEngine
    from drivers.face.fetch_models import MODELS_FOLDER

    clips = find_clips(folder)
    terms = _terms()
    engine = FaceEngine.load(MODELS_FOLDER)
    run = ClipsRun(seed, plans, terms.policy.pad, terms.pad.digest)
    steps = _frames(clips) + 2 * plans * len(clips)
    with click.progressbar(length=steps, label="clips", file=sys.stderr) as bar:
        for number, clip in enumerate(clips):
            rng = np.random.default_rng((seed, number))
            try:
                run.played.append(_play(clip, engine, terms, (rng, plans), lambda: bar.update(1)))
            except CameraError:
                run.unreadable.append(clip.name)
    return run


def find_clips(folder: Path) -> list[Clip]:
    """The clips directly in the folders below `folder`; a still named live_… shows a person.

    Raises `click.UsageError` for none, or more than 500.
    """
    from drivers.camera.clip_reader import CLIP_SUFFIXES, STILL_SUFFIXES

    found = []
    for path in sorted(folder.glob("*/*")):
        suffix = path.suffix.lower()
        if not path.is_file() or suffix not in CLIP_SUFFIXES | STILL_SUFFIXES:
            continue
        species = path.parent.name
        if suffix in STILL_SUFFIXES and path.name.startswith(f"{LIVE}_"):
            species = LIVE
        found.append(Clip(path, species))
    if not 1 <= len(found) <= _MOST_CLIPS:
        raise click.UsageError(f"1 to {_MOST_CLIPS} clips needed in folders below, {len(found)}")
    return found


def _play(
    clip: Clip,
    engine: "FaceEngine",
    terms: Terms,
    draw: tuple[np.random.Generator, int],
    advance: Callable[[], None],
) -> Played:
    from drivers.pad.clip_judge import judge_clip
    from drivers.pad.clip_presentation import present_clip

    frames, frame_s, enlarged = _observe(clip, engine, terms.policy.min_iod_px, advance)
    verdict = judge_clip(frames, terms.pad.gates, terms.policy.min_iod_px)
    step = max(1, round(1 / (PRESENTED_HZ * frame_s)))
    shown = frames[::step]
    rng, plans = draw
    by_policy = {}
    for name in dict.fromkeys((PadPolicyName(terms.policy.pad), PadPolicyName.ASSISTED)):
        endings: Counter[tuple[str, str]] = Counter()
        for _ in range(plans):
            plan = draw_plan(name, terms.policy.plan_valid_s, lambda n: int(rng.integers(n)))
            start, policy = int(rng.integers(len(shown))), terms.capture(name, enlarged)
            report = present_clip(shown, frame_s * step, start, plan, policy)
            endings[report.result.value, report.decided_by] += 1
            advance()
        by_policy[name.value] = endings
    return Played(clip.name, clip.species, len(frames), frame_s, verdict, by_policy)


def _observe(
    clip: Clip, engine: "FaceEngine", min_iod_px: float, advance: Callable[[], None]
) -> tuple[list["Observation"], float, float]:
    """A clip's frames measured, seconds between them, and how much larger it is to be shown.

    Raises `CameraError` for what is no readable clip.
    """
    from drivers.camera.clip_reader import read_clip

    frames: list[Observation] = []
    enlarged, last_s = 1.0, 0.0
    for number, frame in enumerate(read_clip(clip.path)):
        enlarged, last_s = max(1.0, SCREEN_LINES / frame.bgr.shape[0]), frame.time_s
        seen = _measure(frame.bgr, engine, number, min_iod_px / enlarged)
        at_ns = 1_000_000_000 + round(frame.time_s * 1e9)
        frames.append(replace(seen, captured_at_ns=at_ns, sequence=number + 1))
        advance()
    if not frames:
        raise CameraError(ErrorCode.CAMERA_LOST)
    frame_s = last_s / (len(frames) - 1) if len(frames) > 1 else 1 / PRESENTED_HZ
    return frames, frame_s, enlarged


def _measure(
    bgr: "BgrImage", engine: "FaceEngine", number: int, min_iod_px: float
) -> "Observation":
    """As the booth measures a frame, all that a session may ask for at once."""
    from drivers.face.quality import assess
    from drivers.pad.observation import Observation
    from drivers.pad.picture_level import picture_level
    from drivers.pad.screen_cues import measure_cues
    from drivers.pad.tones import measure_tones

    faces = engine.detect(bgr)
    level = picture_level(bgr)
    if not faces:
        return Observation(
            0, 0, None, 0, None, None, assess(bgr, [], None, min_iod_px), level=level
        )
    face = max(faces, key=lambda found: found.width * found.height)
    landmarks = engine.locate(bgr, face)
    return Observation(
        0,
        0,
        face,
        len(faces),
        landmarks,
        engine.extract(bgr, face) if number % _FEATURE_EVERY == 0 else None,
        assess(bgr, faces, landmarks, min_iod_px),
        level=level,
        tones=measure_tones(bgr, face, landmarks),
        cues=measure_cues(bgr, face) if number % _CUES_EVERY == 0 else None,
    )


def _frames(clips: list[Clip]) -> int:
    """About how many frames there are to measure, for the progress bar."""
    from drivers.camera.clip_reader import frame_count

    total = 0
    for clip in clips:
        try:
            total += frame_count(clip.path)
        except CameraError:
            continue  # Told again, by name, where the clip is read.
    return max(1, total)


def _terms() -> Terms:
    """The station's settings and thresholds; no key is needed to read them."""
    from consent.digest import sm3
    from station.cli.opening import station_paths

    paths, config = station_paths()
    # A signature over a site's own thresholds is for visits; measuring by them needs no proof.
    return Terms(config.policy, load_policy(paths.policies, sm3, lambda *_: True))
