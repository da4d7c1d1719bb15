"""PAD layers on the recorded clips of the evaluation data (face.md C.8); skips without them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

import click
import cv2
import numpy as np
import pytest

from drivers.camera.clip_reader import ClipFrame, read_clip
from drivers.pad.blink import BlinkWatch, EyeBaseline
from drivers.pad.measures import FaceMeasures, measure_face
from drivers.pad.planarity import fit_plane
from station.booth.pad_gates import DEFAULT_GATES
from station.booth.ports import Points
from station.cli.evaluate_pad_clips import find_clips, play_clips
from station.cli.pad_clips_report import Played
from station.model import PadResult
from tests.unit.face_kit import engine, live_frame

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("STATION_DATA", ROOT.parent / "shared" / "data")) / "pad"


@dataclass(frozen=True)
class Seen:
    time_s: float
    points: Points
    measures: FaceMeasures


@cache
def watch(name: str, every: int = 1, limit: int = 240) -> tuple[Seen, ...]:
    """Up to `limit` analysed frames of one clip."""
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"evaluation clip not present: pad/{name} (set STATION_DATA)")
    clip, seen = cv2.VideoCapture(str(path)), []
    rate = clip.get(cv2.CAP_PROP_FPS)
    for number in range(limit * every):
        if not clip.grab():
            break
        if number % every:
            continue
        frame = np.asarray(clip.retrieve()[1], np.uint8)
        if not (faces := engine().detect(frame)):
            continue
        points = engine().locate(frame, faces[0]).points
        seen.append(Seen(number / rate, points, measure_face(points)))
    clip.release()
    return tuple(seen)


def residuals(seen: tuple[Seen, ...], low: float, high: float) -> list[float]:
    frontal = min(seen, key=lambda s: abs(s.measures.yaw_proxy)).points
    fits = [fit_plane(frontal, s.points) for s in seen if low <= abs(s.measures.yaw_proxy) < high]
    return [fit.residual for fit in fits if fit is not None]


def blinks(seen: tuple[Seen, ...]) -> int:
    ears = [(s.measures.ear_right, s.measures.ear_left) for s in seen]
    right, left = np.median(ears, axis=0)
    baseline = EyeBaseline(float(right), float(left))
    count, eyes = 0, BlinkWatch(baseline, DEFAULT_GATES, 0.0)
    for s in seen:
        eyes.observe(s.time_s, s.measures)
        if eyes.done:
            count, eyes = count + 1, BlinkWatch(baseline, DEFAULT_GATES, 0.0)
    return count


def test_a_live_turning_head_has_relief() -> None:
    seen = watch("live/head_turns.mp4", every=8)
    figures = residuals(seen, 0.12, 0.20)
    assert len(figures) >= 5
    assert 0.063 < float(np.median(figures)) < 0.12
    assert max(abs(s.measures.yaw_proxy) for s in seen) > DEFAULT_GATES.turn_reached_yaw


def test_the_replay_of_a_turning_head_passes_planarity() -> None:
    """The layer's blind spot, so that nobody claims otherwise (face.md A.5)."""
    figures = residuals(watch("replay/monitor_replay_of_head_turns.mp4", every=8), 0.20, 0.30)
    assert len(figures) >= 3
    assert float(np.median(figures)) > DEFAULT_GATES.planarity_residual


def test_a_live_blink_is_seen() -> None:
    assert blinks(watch("live/expressions_d0.mp4")) == 1


@pytest.mark.parametrize("name", ["photo/phone_photo_lestari.mp4", "live/desk_lestari.mp4"])
def test_no_blink_where_there_is_none(name: str) -> None:
    assert blinks(watch(name)) == 0


def test_a_photo_on_a_phone_never_turns() -> None:
    seen = watch("photo/phone_photo_lestari.mp4")
    assert max(abs(s.measures.yaw_proxy) for s in seen) < DEFAULT_GATES.turn_onset_yaw


SHORT = (
    "animated/example_crop.gif",
    "animated/resize_good.gif",
    "live/expressions_d0.mp4",
    "photo/phone_photo_lestari.mp4",
    "replay/monitor_replay_of_head_turns.mp4",
)
"""The short clips and the replay; `evaluate pad --clips` judges all of them, in minutes."""
_PLANS = 2
_LONG = "monitor_replay_of_head_turns.mp4"


def half_of_the_long(path: Path) -> Iterator[ClipFrame]:
    """The first ten of its 21 s, with as many frames a second as a session is shown of them."""
    frames = read_clip(path)
    if path.name != _LONG:
        return frames
    return islice(frames, 0, 320, 2)


@pytest.fixture(scope="module")
def evaluated() -> dict[str, Played]:
    engine()
    for name in SHORT:
        if not (DATA / name).is_file():
            pytest.skip(f"evaluation clip not present: pad/{name} (set STATION_DATA)")
    with pytest.MonkeyPatch.context() as patch:
        wanted = [clip for clip in find_clips(DATA) if clip.name in SHORT]
        patch.setattr("station.cli.evaluate_pad_clips.find_clips", lambda _folder: wanted)
        patch.setattr("drivers.camera.clip_reader.read_clip", half_of_the_long)
        return {one.name: one for one in play_clips(DATA, 1, plans=_PLANS).played}


def test_the_station_refuses_every_recording_and_the_layers_all_but_the_replay(
    evaluated: dict[str, Played],
) -> None:
    """One test, so that the clips are measured once however the tests are spread."""
    for name, one in evaluated.items():
        for policy, endings in one.by_policy.items():
            assert sum(endings.values()) == _PLANS, (name, policy)
            # A live person's recording neither: presented again, it is a replay.
            assert not [e for e in endings if e[0] == PadResult.BONA_FIDE], (name, policy)
        passes = one.verdict.result is PadResult.BONA_FIDE
        # The blind spot of all layers without lights: nobody may claim otherwise.
        assert passes == name.startswith("replay"), name
    live = evaluated["live/expressions_d0.mp4"].verdict
    assert live.result is not PadResult.ATTACK
    assert all(word.passed for word in live.words if word.judged)
    assert live.actions["BLINK"] == 1


def write_clip(path: Path, frames: int) -> None:
    """A still photo before a noisy camera."""
    path.parent.mkdir()
    size = (640, 360)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 15, size)
    rng = np.random.default_rng(3)
    picture = cv2.resize(live_frame(scale=3.0), size, interpolation=cv2.INTER_AREA)
    for _ in range(frames):
        noisy = picture + rng.normal(0, 3, picture.shape)
        writer.write(np.clip(noisy, 0, 255).astype(np.uint8))
    writer.release()


def test_a_generated_photo_clip_is_refused_and_a_broken_one_is_named(tmp_path: Path) -> None:
    engine()
    write_clip(tmp_path / "photo" / "still.avi", 20)
    (tmp_path / "photo" / "broken.mp4").write_bytes(b"no clip")
    run = play_clips(tmp_path, 7, plans=2)
    (one,) = run.played
    assert (one.name, one.species, one.frames) == ("photo/still.avi", "photo", 20)
    assert run.unreadable == ["photo/broken.mp4"]
    assert one.verdict.result is PadResult.UNDECIDED and not one.verdict.has_evidence
    assert {who for _, who in one.by_policy["NORMAL"]} == {"L2_CHALLENGE"}


def test_an_empty_folder_is_a_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError):
        find_clips(tmp_path)


def test_a_still_named_live_is_a_person(tmp_path: Path) -> None:
    folder = tmp_path / "stills"
    folder.mkdir()
    for name in ("live_1.jpg", "attack_1.jpg", "notes.txt"):
        (folder / name).write_bytes(b"x")
    assert [clip.species for clip in find_clips(tmp_path)] == ["stills", "live"]
