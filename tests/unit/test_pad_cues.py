"""L6: weak cues of a screen; half of the gate each, never a refusal alone."""

import cv2
import numpy as np
import pytest

from drivers.pad.cue_tally import CueTally
from drivers.pad.observation import Observation, ScreenCues
from drivers.pad.screen_cues import measure_cues
from station.booth.messages import Guidance
from station.booth.pad_gates import PadGates
from station.booth.ports import BgrImage, DetectedFace
from station.model import LayerVerdict

FACE = DetectedFace(500, 200, 260, 320, np.zeros((5, 2), np.float32), 0.9)


def soft_picture() -> BgrImage:
    """Skin-like noise without any structure."""
    noise = np.random.default_rng(4).normal(150, 6, (720, 1280, 3))
    return np.asarray(np.clip(cv2.GaussianBlur(noise, (0, 0), 0.8), 0, 255), np.uint8)


def on_a_display(picture: BgrImage, pitch_px: float) -> BgrImage:
    """Lit through a grid of `pitch_px` camera pixels per display pixel."""
    x = np.arange(1280)
    grid = 1 + 0.12 * np.cos(2 * np.pi * x / pitch_px)
    return np.asarray(np.clip(picture * grid[None, :, None], 0, 255), np.uint8)


def in_a_frame(picture: BgrImage) -> BgrImage:
    framed = picture.copy()
    cv2.rectangle(framed, (430, 120), (840, 600), (15, 15, 15), 22)
    return framed


def test_a_bare_face_has_no_cue() -> None:
    assert measure_cues(soft_picture(), FACE) == ScreenCues(0.0, 0.0)


@pytest.mark.parametrize("pitch_px", [2.3, 3.1, 5.0])
def test_a_displays_grid_is_seen(pitch_px: float) -> None:
    assert measure_cues(on_a_display(soft_picture(), pitch_px), FACE).moire > 0.5


def test_a_frame_around_the_face_is_seen() -> None:
    assert measure_cues(in_a_frame(soft_picture()), FACE).bezel == 1.0


def test_a_face_at_the_pictures_edge_is_no_error() -> None:
    for x, y in ((-80.0, -60.0), (1200.0, 600.0)):
        face = DetectedFace(x, y, 200, 240, np.zeros((5, 2), np.float32), 0.9)
        assert measure_cues(soft_picture(), face).bezel == 0.0


def tallied(cues: ScreenCues, frames: int = 6) -> LayerVerdict:
    tally = CueTally(PadGates())
    for number in range(frames):
        tally.observe(Observation(number, number, FACE, 1, None, None, Guidance.NONE, cues=cues))
    return tally.verdict()


def test_one_cue_alone_never_reaches_the_gate_and_two_do() -> None:
    assert tallied(ScreenCues(1.0, 0.0)).passed
    assert tallied(ScreenCues(0.0, 1.0)).passed
    both = tallied(ScreenCues(1.0, 1.0))
    assert both.judged and not both.passed and both.measure == pytest.approx(1.0)


def test_too_few_frames_are_not_judged() -> None:
    assert not tallied(ScreenCues(1.0, 1.0), frames=2).judged
