"""The lights themselves: gentle to look at, and hard to hit with another visit's code."""

import numpy as np
import pytest

from drivers.pad.light_code import correlation
from station.booth.lights import COLOURS, SCREEN_RGB, SLOT_S, Light, emitted

PALETTE = np.array([emitted(colour)[0] for colour in COLOURS])


def luminance(rgb: tuple[float, float, float]) -> float:
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def codes(rng: np.random.Generator, count: int, slots: int) -> np.ndarray:
    """(count, slots): places in COLOURS, none equal to the one before it."""
    drawn = np.empty((count, slots), np.int64)
    drawn[:, 0] = rng.integers(len(COLOURS), size=count)
    for at in range(1, slots):
        step = 1 + rng.integers(len(COLOURS) - 1, size=count)
        drawn[:, at] = (drawn[:, at - 1] + step) % len(COLOURS)
    return drawn


def test_every_light_has_colours_for_both_halves() -> None:
    assert set(SCREEN_RGB) == set(Light)
    for light in COLOURS:
        left, right = emitted(light)
        assert left == right


@pytest.mark.parametrize("light", list(Light))
def test_no_light_is_a_saturated_red(light: Light) -> None:
    # WCAG 2.3.1: R / (R + G + B) of 0.8 or more.
    for red, green, blue in emitted(light):
        assert red / (red + green + blue) < 0.8


def test_colours_are_of_similar_brightness_and_never_dark() -> None:
    levels = [luminance(emitted(colour)[0]) for colour in COLOURS]
    assert max(levels) / min(levels) < 2.8
    assert min(levels) > 0.3


def test_slots_keep_below_three_flashes_a_second() -> None:
    # A flash is a pair of opposite changes.
    assert 1 / (2 * SLOT_S) < 3


def test_channels_vary_apart_from_each_other() -> None:
    spread = np.corrcoef(PALETTE.T)
    assert np.abs(spread - np.eye(3)).max() < 1e-9


@pytest.mark.parametrize(("slots", "most"), [(4, 1.5e-2), (6, 2e-3), (8, 5e-4)])
def test_another_code_hardly_ever_fits(slots: int, most: float) -> None:
    rng = np.random.default_rng(5)
    shown, answered = codes(rng, 6000, slots), codes(rng, 6000, slots)
    fits = [
        correlation(PALETTE[one], PALETTE[other])
        for one, other in zip(shown, answered, strict=True)
    ]
    assert np.mean(np.array(fits) >= 0.8) < most
    assert correlation(PALETTE[shown[0]], 0.2 * PALETTE[shown[0]] + 0.5) == pytest.approx(1.0)
