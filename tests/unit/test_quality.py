"""Quality gates: each fault of a frame has its own guidance, and a good frame has none."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from face_kit import engine, live_frame, paste
from numpy.typing import NDArray

from drivers.face.face_patches import FacePatches
from drivers.face.quality import FaceQuality, assess, judge, pose_proxies
from station.booth.messages import Guidance
from station.booth.ports import BgrImage

MASK = [
    *(234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288),
    *(361, 323, 454, 347, 280, 197, 50, 118),
]
GOOD = FaceQuality(
    iod_px=120.0,
    yaw5=0.0,
    roll_deg=0.0,
    pitch=0.55,
    presence=15.0,
    patches=FacePatches(130.0, 0.0, 0.9, 0.05, 4.0, 0.9),
)


def guidance(frame: BgrImage) -> Guidance:
    models = engine()
    faces = models.detect(frame)
    largest = max(faces, key=lambda face: face.width * face.height) if faces else None
    landmarks = models.locate(frame, largest) if largest else None
    return assess(frame, faces, landmarks, min_iod_px=90.0)


def masked(colour: tuple[int, int, int]) -> BgrImage:
    frame = live_frame()
    points = engine().locate(frame, engine().detect(frame)[0]).points
    outline = cv2.convexHull(points[MASK].astype(np.int32))
    cv2.fillConvexPoly(frame, outline, colour)
    return frame


def one_sided() -> BgrImage:
    light: NDArray[np.float32] = np.ones((720, 1280), np.float32)
    light[:, 640:] = 0.25
    return (live_frame() * cv2.GaussianBlur(light, (0, 0), 15)[..., None]).astype(np.uint8)


def rolled(angle_deg: float) -> BgrImage:
    turn = cv2.getRotationMatrix2D((640, 360), angle_deg, 1.0)
    return np.asarray(
        cv2.warpAffine(live_frame(), turn, (1280, 720), borderValue=(110, 110, 110)), np.uint8
    )


def two_faces() -> BgrImage:
    frame = live_frame(2.0, (340, 360))
    paste(frame, 2.0, (940, 360))
    return frame


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (live_frame, Guidance.NONE),
        (lambda: live_frame(1.2), Guidance.COME_CLOSER),
        (lambda: live_frame(5.5), Guidance.STEP_BACK),
        (lambda: live_frame(2.4, (150, 360)), Guidance.CENTRE_FACE),
        (lambda: live_frame(2.4, (1240, 360)), Guidance.CENTRE_FACE),
        (two_faces, Guidance.MORE_THAN_ONE_FACE),
        (lambda: (live_frame() * 0.2).astype(np.uint8), Guidance.TOO_DARK),
        (lambda: np.zeros((720, 1280, 3), np.uint8), Guidance.TOO_DARK),
        (lambda: np.full((720, 1280, 3), 254, np.uint8), Guidance.TOO_BRIGHT),
        (lambda: np.full((720, 1280, 3), 110, np.uint8), Guidance.NO_FACE),
        (lambda: cv2.GaussianBlur(live_frame(), (0, 0), 9), Guidance.HOLD_STILL),
        (lambda: rolled(35), Guidance.LOOK_STRAIGHT),
        (one_sided, Guidance.TURN_TO_LIGHT),
        (lambda: masked((200, 170, 90)), Guidance.UNCOVER_FACE),
        (lambda: masked((25, 25, 25)), Guidance.UNCOVER_FACE),
        (lambda: masked((245, 245, 240)), Guidance.UNCOVER_FACE),
    ],
)
def test_each_fault_of_a_picture_has_its_guidance(
    make: Callable[[], BgrImage], expected: Guidance
) -> None:
    assert guidance(make()) is expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Guidance.NONE),
        ({"yaw5": 0.21}, Guidance.LOOK_STRAIGHT),
        ({"yaw5": -0.21}, Guidance.LOOK_STRAIGHT),
        ({"roll_deg": -21.0}, Guidance.LOOK_STRAIGHT),
        ({"pitch": 0.40}, Guidance.LOOK_STRAIGHT),
        ({"pitch": 0.70}, Guidance.LOOK_STRAIGHT),
        ({"presence": 1.0}, Guidance.UNCOVER_FACE),
    ],
)
def test_pose_and_presence_gates(change: dict[str, float], expected: Guidance) -> None:
    assert judge(replace(GOOD, **change)) is expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"mean_luma": 39.0}, Guidance.TOO_DARK),
        ({"mean_luma": 216.0}, Guidance.TOO_BRIGHT),
        ({"blown_share": 0.06}, Guidance.TOO_BRIGHT),
        ({"side_ratio": 0.39}, Guidance.TURN_TO_LIGHT),
        ({"sharpness": 0.007}, Guidance.HOLD_STILL),
        ({"chroma_step": 27.0}, Guidance.UNCOVER_FACE),
        ({"luma_step": 0.3}, Guidance.UNCOVER_FACE),
        ({"luma_step": 1.7}, Guidance.UNCOVER_FACE),
    ],
)
def test_light_and_sharpness_gates(change: dict[str, float], expected: Guidance) -> None:
    assert judge(replace(GOOD, patches=replace(GOOD.patches, **change))) is expected


def test_light_is_told_before_pose_and_pose_before_stillness() -> None:
    turned_dark_blurred = replace(
        GOOD, yaw5=0.5, patches=replace(GOOD.patches, mean_luma=20.0, sharpness=0.0)
    )
    assert judge(turned_dark_blurred) is Guidance.TOO_DARK
    turned_blurred = replace(turned_dark_blurred, patches=replace(GOOD.patches, sharpness=0.0))
    assert judge(turned_blurred) is Guidance.LOOK_STRAIGHT


def test_pose_proxies_of_known_points() -> None:
    points = np.array([[0, 0], [100, 0], [50, 55], [20, 100], [80, 100]], np.float32)
    assert pose_proxies(points) == pytest.approx((0.0, 0.55))
    points[2] = 80, 40
    assert pose_proxies(points) == pytest.approx((0.3, 0.4))


def test_pose_proxies_survive_coinciding_points() -> None:
    yaw5, pitch = pose_proxies(np.zeros((5, 2), np.float32))
    assert np.isfinite([yaw5, pitch]).all()
