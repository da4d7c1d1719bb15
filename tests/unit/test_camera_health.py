"""Black and frozen pictures, on synthetic noise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.stream_health import (
    BLACK_FRAMES,
    FROZEN_S,
    MAX_SIDE_PX,
    StreamHealth,
    is_black,
    is_picture,
)
from station.booth.ports import BgrImage
from station.errors import CameraError, ErrorCode

STEP_NS = 33_333_333
RNG = np.random.default_rng(7)


def noise(mean: float, spread: float = 12.0) -> BgrImage:
    return np.clip(RNG.normal(mean, spread, (72, 128, 3)), 0, 255).astype(np.uint8)


def feed(health: StreamHealth, images: list[BgrImage], step_ns: int = STEP_NS) -> None:
    for index, image in enumerate(images):
        health.check(image, index * step_ns)


def test_a_live_stream_is_healthy() -> None:
    feed(StreamHealth(), [noise(90) for _ in range(100)])


def test_a_dark_room_is_not_a_black_camera() -> None:
    feed(StreamHealth(), [noise(12, 6) for _ in range(60)])


@pytest.mark.parametrize("level", [0, 16])
def test_black_is_named_after_the_stated_number_of_frames(level: int) -> None:
    health = StreamHealth()
    black = np.full((72, 128, 3), level, np.uint8)
    feed(health, [black] * (BLACK_FRAMES - 1))
    with pytest.raises(CameraError) as caught:
        health.check(black, BLACK_FRAMES * STEP_NS)
    assert caught.value.code is ErrorCode.CAMERA_BLACK


def test_a_slow_black_stream_is_black_and_not_frozen() -> None:
    with pytest.raises(CameraError) as caught:
        feed(StreamHealth(), [np.zeros((72, 128, 3), np.uint8)] * 40, 200_000_000)
    assert caught.value.code is ErrorCode.CAMERA_BLACK


def test_light_again_ends_the_fault() -> None:
    health = StreamHealth()
    with pytest.raises(CameraError):
        feed(health, [np.zeros((72, 128, 3), np.uint8)] * BLACK_FRAMES)
    health.check(noise(90), 10**9)


def test_frozen_is_named_after_the_stated_time() -> None:
    health = StreamHealth()
    same = noise(90)
    allowed = int(FROZEN_S * 1e9 // STEP_NS) + 1
    feed(health, [same.copy() for _ in range(allowed)])
    with pytest.raises(CameraError) as caught:
        health.check(same.copy(), (allowed + 1) * STEP_NS)
    assert caught.value.code is ErrorCode.CAMERA_FROZEN
    assert caught.value.numbers["frozen_ms"] > 1000
    health.check(noise(90), (allowed + 2) * STEP_NS)


def test_one_changed_pixel_is_not_frozen() -> None:
    health = StreamHealth()
    images = [noise(90)]
    for index in range(60):
        image = images[-1].copy()
        image[1, index % 120 + 1, 0] ^= 1
        images.append(image)
    feed(health, images)


def test_reset_forgets_the_stream() -> None:
    health = StreamHealth()
    same = noise(90)
    health.check(same, 0)
    health.reset()
    health.check(same, 5 * 10**9)


@given(st.integers(0, 255), st.integers(0, 255))
def test_black_needs_both_low_mean_and_low_spread(low: int, high: int) -> None:
    image = np.full((16, 16, 3), low, np.uint8)
    image[::16] = high
    expected_mean = (low + high) / 2
    if expected_mean >= 18:
        assert not is_black(image)
    if low == high:
        assert is_black(image) == (low < 18)


@pytest.mark.parametrize(
    "image",
    [
        None,
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3), np.float32),
        np.zeros((0, 10, 3), np.uint8),
        np.zeros((MAX_SIDE_PX + 1, 1, 3), np.uint8),
    ],
)
def test_other_shapes_are_no_picture(image: object) -> None:
    assert not is_picture(image)
