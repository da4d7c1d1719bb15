"""PAD layers on the recorded clips of the evaluation data (face.md C.8); skips without them."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.pad.blink import BlinkWatch, EyeBaseline
from drivers.pad.measures import FaceMeasures, measure_face
from drivers.pad.planarity import fit_plane
from station.booth.pad_gates import DEFAULT_GATES
from station.booth.ports import Points
from tests.unit.face_kit import engine

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
