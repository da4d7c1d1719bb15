"""L0: the camera's answer to a change of exposure."""

import pytest

from drivers.pad.exposure_answer import DIMMED, INJECTED, ExposureAnswer
from drivers.pad.observation import Exposure, Observation
from station.booth.messages import Guidance
from station.booth.pad_gates import PadGates
from station.model import LayerVerdict

FRAME_NS = 33_000_000


def run(gain: float, lag_frames: int = 2, controlled: bool = True, times: int = 2) -> LayerVerdict:
    """A camera whose level falls to `gain` when dimmed, `lag_frames` later."""
    layer, asked = ExposureAnswer(PadGates()), [1.0] * 4
    for sequence in range(1, 40 * (times + 1)):
        now_ns = sequence * FRAME_NS
        if sequence % 40 == 0 and sequence // 40 <= times:
            layer.begin(now_ns)
        asked.append(layer.factor)
        exposure = Exposure(asked[-1], now_ns) if controlled else None
        level = 0.3 * (gain if asked[-1 - lag_frames] == DIMMED else 1.0)
        layer.observe(
            Observation(
                now_ns,
                sequence,
                None,
                0,
                None,
                None,
                Guidance.NO_FACE,
                level=level,
                exposure=exposure,
            )
        )
    assert not layer.busy
    return layer.verdict()


@pytest.mark.parametrize("lag_frames", [0, 1, 3])
@pytest.mark.parametrize("gain", [0.5, 0.6, 0.7])
def test_the_pinned_cameras_own_answer_passes(gain: float, lag_frames: int) -> None:
    word = run(gain, lag_frames)
    assert word.judged and word.passed and not word.species


def test_a_stream_that_does_not_answer_is_injected() -> None:
    word = run(1.0)
    assert word.judged and not word.passed
    assert word.species == INJECTED


def test_a_wrong_answer_is_refused_without_a_species() -> None:
    word = run(0.3)
    assert word.judged and not word.passed and not word.species


def test_one_missing_answer_is_no_evidence_yet() -> None:
    word = run(1.0, times=1)
    assert not word.passed and not word.species


def test_a_picture_that_stays_dark_is_refused() -> None:
    layer = ExposureAnswer(PadGates())
    for sequence in range(1, 80):
        if sequence == 20:
            layer.begin(sequence * FRAME_NS)
        level = 0.3 if sequence < 21 else 0.18
        layer.observe(
            Observation(
                sequence * FRAME_NS,
                sequence,
                None,
                0,
                None,
                None,
                Guidance.NO_FACE,
                level=level,
                exposure=Exposure(layer.factor, 0),
            )
        )
    assert not layer.verdict().passed


def test_a_camera_without_control_is_not_judged() -> None:
    word = run(1.0, controlled=False)
    assert not word.judged


def test_a_pinned_camera_that_lost_its_control_is_refused() -> None:
    word = ExposureAnswer(PadGates(), response=0.6).verdict()
    assert word.judged and not word.passed
