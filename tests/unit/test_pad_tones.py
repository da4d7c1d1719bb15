"""Tones of drawn faces: what is counted, in which unit, and what is left out."""

import time

import numpy as np
import pytest

from drivers.pad.light_geometry import PATCH_PLACES, PATCH_POINTS
from drivers.pad.tones import measure_tones
from station.booth.ports import BgrImage, DetectedFace, Landmarks, Points
from tests.unit.face_kit import engine, live_frame

SKIN_BGR, WALL_BGR, SHIRT_BGR = (90, 120, 160), (40, 60, 50), (10, 10, 200)


def real_mesh() -> tuple[BgrImage, DetectedFace, Points]:
    """The demo portrait in a frame and its mesh; tests paint over the picture."""
    frame = live_frame()
    face = engine().detect(frame)[0]
    return frame, face, engine().locate(frame, face).points


def painted(points: Points) -> BgrImage:
    """A plain face under this mesh before a plain wall, with a shirt below the chin."""
    frame = np.empty((720, 1280, 3), np.uint8)
    frame[:] = WALL_BGR
    low, high = points.min(axis=0), points.max(axis=0)
    frame[int(high[1]) - 20 :] = SHIRT_BGR
    ys, xs = np.mgrid[0:720, 0:1280]
    middle, half = (low + high) / 2, (high - low) / 2 * 1.06
    inside = ((xs - middle[0]) / half[0]) ** 2 + ((ys - middle[1]) / half[1]) ** 2 < 1.35
    frame[inside] = SKIN_BGR
    return frame


def linear(bgr: tuple[int, int, int]) -> list[float]:
    return [(value / 255) ** 2.2 for value in bgr[::-1]]


def test_means_are_linear_rgb_of_skin_and_wall() -> None:
    _, face, points = real_mesh()
    tones = measure_tones(painted(points), face, Landmarks(points, 5.0))
    assert tones is not None
    assert tones.face == pytest.approx(linear(SKIN_BGR), rel=0.02)
    assert tones.background == pytest.approx(linear(WALL_BGR), rel=0.02)
    assert tones.patches.shape == (len(PATCH_POINTS), 3)
    assert tones.patches == pytest.approx(
        np.tile(linear(SKIN_BGR), (len(PATCH_POINTS), 1)), rel=0.02
    )


def test_a_patch_sees_its_own_place() -> None:
    _, face, points = real_mesh()
    frame = painted(points)
    middle = int(points[1, 0])
    frame[:, middle:] = (frame[:, middle:] * 0.5).astype(np.uint8)
    tones = measure_tones(frame, face, Landmarks(points, 5.0))
    assert tones is not None
    left = PATCH_PLACES[:, 0] > 0.2
    right = PATCH_PLACES[:, 0] < -0.2
    assert tones.patches[left].mean() < 0.3 * tones.patches[right].mean()


def test_clipped_skin_does_not_count() -> None:
    _, face, points = real_mesh()
    frame = painted(points)
    cheek = points[280].astype(int)
    frame[cheek[1] - 25 : cheek[1] + 25, cheek[0] - 25 : cheek[0] + 25] = 255
    tones = measure_tones(frame, face, Landmarks(points, 5.0))
    assert tones is not None
    assert tones.face == pytest.approx(linear(SKIN_BGR), rel=0.05)
    assert np.isnan(tones.patches[list(PATCH_POINTS).index(280)]).all()
    assert np.isfinite(tones.patches[list(PATCH_POINTS).index(50)]).all()
    white = np.full_like(frame, 255)
    blown = measure_tones(white, face, Landmarks(points, 5.0))
    assert blown is not None
    assert np.isnan(blown.face).all()
    assert np.isnan(blown.patches).all()


def test_places_outside_the_frame_are_hidden() -> None:
    _, face, points = real_mesh()
    shift = np.array([points[1, 0] - 20.0, 0.0], np.float32)
    frame = painted(points - shift)
    moved = DetectedFace(
        face.x - shift[0], face.y, face.width, face.height, face.points - shift, face.score
    )
    tones = measure_tones(frame, moved, Landmarks(points - shift, 5.0))
    assert tones is not None
    right = PATCH_PLACES[:, 0] < -0.3
    assert np.isnan(tones.patches[right]).all()
    assert np.isfinite(tones.patches[(PATCH_PLACES[:, 0] > 0.2)]).all()


@pytest.mark.parametrize("presence", [0.0, -3.0])
def test_no_face_no_tones(presence: float) -> None:
    frame, face, points = real_mesh()
    assert measure_tones(frame, face, Landmarks(points, presence)) is None
    assert measure_tones(frame, face, Landmarks(points * 0.01, 5.0)) is None
    assert measure_tones(frame, face, Landmarks(points + np.float32(5000), 5.0)) is None
    assert measure_tones(frame, face, Landmarks(points * np.float32(np.nan), 5.0)) is None


def test_a_turned_face_hides_its_far_side() -> None:
    _, face, points = real_mesh()
    frame = painted(points)
    turned = points.copy()
    turned[1, 0] += 60.0
    tones = measure_tones(frame, face, Landmarks(turned, 5.0))
    assert tones is not None
    assert np.isnan(tones.patches[PATCH_PLACES[:, 0] > 0.2]).all()
    assert np.isfinite(tones.patches[(PATCH_PLACES[:, 0] < -0.2)]).all()


def test_the_frame_is_left_as_it_was_and_in_time() -> None:
    frame, face, points = real_mesh()
    before = frame.copy()
    marks = Landmarks(points, 5.0)
    measure_tones(frame, face, marks)
    costs = []
    for _ in range(15):
        start = time.process_time()
        measure_tones(frame, face, marks)
        costs.append(time.process_time() - start)
    assert (frame == before).all()
    # 2 ms is the budget; three times that leaves room for a loaded machine.
    assert min(costs) < 0.006
