"""L7: a site's own network: its digest, its sign, its self-test, and how much it may say.

The network is a one-layer net made here that answers to brightness; it stands for file, form and
sign, not for any real detection.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.face.pictures import decode_picture
from drivers.pad.observation import Observation, PassiveScore
from drivers.pad.passive import PassiveTally, weight
from drivers.pad.passive_net import PassiveNet, PassiveSlot, open_passive
from drivers.pad.passive_spec import read_passive
from station.booth.messages import Guidance
from station.booth.pad_gates import DEFAULT_GATES
from station.booth.ports import BgrImage, DetectedFace
from station.errors import ErrorCode, ModelError
from tests.unit.onnx_kit import BRIGHT_IS_INDEX_1, install_passive, threshold_net

POINTS = np.array([[40, 40], [60, 40], [50, 50], [43, 60], [57, 60]], np.float32)
FACE = DetectedFace(30.0, 30.0, 40.0, 44.0, POINTS, 0.9)
TURNED = DetectedFace(30.0, 30.0, 40.0, 44.0, POINTS + np.array([[0], [0], [12], [0], [0]]), 0.9)


def grey(value: int) -> BgrImage:
    return np.full((100, 100, 3), value, np.uint8)


def one_face(_: BgrImage) -> list[DetectedFace]:
    return [FACE]


def opened(path: Path) -> PassiveNet:
    return open_passive(path, one_face, decode_picture)


def fault(act: Callable[[], object]) -> ErrorCode:
    with pytest.raises(ModelError) as caught:
        act()
    return caught.value.code


def test_scores_run_from_bona_fide_to_attack(tmp_path: Path) -> None:
    net = opened(install_passive(tmp_path))
    scores = [net.attack_score(grey(value), FACE) for value in (0, 60, 128, 200, 255)]
    assert scores == sorted(scores)
    assert scores[0] < 0.01 and scores[-1] > 0.99
    # Softmax of the two logits, by hand.
    x = 200 / 255
    assert scores[3] == pytest.approx(1 / (1 + np.exp(-2 * (8 * x - 4))), abs=1e-3)
    assert "bright is attack" in net.identity()


@pytest.mark.parametrize(
    "changed",
    [
        {"output_index": "0", "attack_is": '"low"'},
        {"output_index": "1", "attack_is": '"high"', "activation": '"sigmoid"'},
        {"output_index": "0", "attack_is": '"low"', "activation": '"sigmoid"'},
    ],
)
def test_whichever_way_a_network_points_its_score_leaves_the_same_way(
    tmp_path: Path, changed: dict[str, str]
) -> None:
    net = opened(install_passive(tmp_path, changed=changed))
    assert net.attack_score(grey(20), FACE) < 0.1
    assert net.attack_score(grey(230), FACE) > 0.9


@pytest.mark.parametrize(
    "changed",
    [
        {"attack_is": '"low"'},
        {"output_index": "0"},
        {"value_scale": "0.0001"},
    ],
    ids=["sign turned round", "wrong output", "calls everybody live"],
)
def test_a_network_that_fails_its_own_examples_is_refused(
    tmp_path: Path, changed: dict[str, str]
) -> None:
    path = install_passive(tmp_path, changed=changed)
    assert fault(lambda: opened(path)) is ErrorCode.MODEL_SELF_TEST


def test_colour_order_and_mean_are_the_descriptions(tmp_path: Path) -> None:
    blue = grey(0)
    blue[..., 0] = 255
    (tmp_path / "rgb").mkdir()
    bgr, rgb = (
        opened(install_passive(tmp_path)),
        opened(install_passive(tmp_path / "rgb", changed={"colour": '"RGB"'})),
    )
    assert bgr.attack_score(blue, FACE) > 0.9
    assert rgb.attack_score(blue, FACE) < 0.1
    (tmp_path / "mean").mkdir()
    shifted = threshold_net((-8.0, 8.0), (0.0, 0.0))
    mean = opened(install_passive(tmp_path / "mean", shifted, changed={"value_mean": "127.5"}))
    assert mean.attack_score(grey(200), FACE) == pytest.approx(
        bgr.attack_score(grey(200), FACE), abs=1e-3
    )


def test_the_crop_is_as_wide_as_described(tmp_path: Path) -> None:
    frame = grey(0)
    frame[30:74, 30:70] = 255
    (tmp_path / "wide").mkdir()
    tight = opened(install_passive(tmp_path)).attack_score(frame, FACE)
    wide = opened(install_passive(tmp_path / "wide", changed={"crop_scale": "2.0"})).attack_score(
        frame, FACE
    )
    assert tight > 0.9 and wide < 0.2


@pytest.mark.parametrize("name", ["net.onnx", "live.png", "attack.png"])
def test_a_changed_file_is_refused_before_it_is_used(tmp_path: Path, name: str) -> None:
    path = install_passive(tmp_path)
    data = bytearray((tmp_path / name).read_bytes())
    data[-20] ^= 1
    (tmp_path / name).write_bytes(data)
    assert fault(lambda: read_passive(path)) is ErrorCode.MODEL_DAMAGED


@pytest.mark.parametrize("name", ["net.onnx", "net.toml", "live.png", "attack.png"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    path = install_passive(tmp_path)
    (tmp_path / name).unlink()
    assert fault(lambda: read_passive(path)) is ErrorCode.MODEL_MISSING


def test_a_path_that_depends_on_where_one_stands_is_refused(tmp_path: Path) -> None:
    install_passive(tmp_path)
    assert fault(lambda: read_passive(Path("net.onnx"))) is ErrorCode.MODEL_MISSING


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("bpcer = 0.01", "bpcer = 0.02"),
        ("bpcer = 0.01", ""),
        ('date = "2026-11-22"', 'date = "lately"'),
        ("attack_score = 0.6", "attack_score = 1.0"),
        ('"live.png"', '"../live.png"'),
        ('colour = "BGR"', 'colour = "GREY"'),
        ("input_px = 16", "input_px = 100000"),
        ("[threshold]", "extra = 1\n[threshold]"),
        ("[model]", "[model"),
    ],
)
def test_a_description_that_says_too_little_or_too_much_is_refused(
    tmp_path: Path, old: str, new: str
) -> None:
    path = install_passive(tmp_path)
    text = (tmp_path / "net.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "net.toml").write_text(text.replace(old, new, 1), "utf-8")
    assert fault(lambda: read_passive(path)) is ErrorCode.MODEL_DAMAGED


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_description_is_read_or_refused(content: bytes) -> None:
    from unittest.mock import patch

    with patch("drivers.pad.passive_spec._read", lambda *_: content):
        assert fault(lambda: read_passive(Path("/a/net.onnx"))) is ErrorCode.MODEL_DAMAGED


def test_what_is_no_network_or_gives_nonsense_is_damaged(tmp_path: Path) -> None:
    cases: list[tuple[bytes, dict[str, str]]] = [
        (b"\x08\x08not a graph", {}),
        (BRIGHT_IS_INDEX_1, {"output_index": "7"}),
        (BRIGHT_IS_INDEX_1, {"activation": '"none"'}),
        (BRIGHT_IS_INDEX_1, {"output": "'nowhere'"}),
        (threshold_net((-8.0, 8.0), (float("inf"), 0.0)), {}),
    ]
    for number, (net, changed) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = install_passive(folder, net, changed=changed)
        assert fault(partial(opened, path)) is ErrorCode.MODEL_DAMAGED, number


def test_examples_without_a_face_or_that_are_no_picture_fail_the_self_test(tmp_path: Path) -> None:
    path = install_passive(tmp_path)
    no_face = lambda: open_passive(path, lambda _: [], decode_picture)  # noqa: E731
    assert fault(no_face) is ErrorCode.MODEL_SELF_TEST
    path = install_passive(tmp_path, live=b"not a picture")
    assert fault(lambda: opened(path)) is ErrorCode.MODEL_SELF_TEST


# The slot and the layer


def test_only_every_fifth_frontal_frame_is_scored(tmp_path: Path) -> None:
    slot = PassiveSlot(opened(install_passive(tmp_path)), DEFAULT_GATES)
    asked = [FACE, TURNED] * 12
    scores = [slot.score(grey(220), face) for face in asked]
    assert [score for score in scores[1::2] if score] == []
    found = [score for score in scores if score is not None]
    assert len(found) == 2 and all(score.gate == 0.6 and score.score > 0.9 for score in found)


def test_an_empty_slot_says_nothing() -> None:
    slot = PassiveSlot(None, DEFAULT_GATES)
    assert [slot.score(grey(220), FACE) for _ in range(20)] == [None] * 20


def tallied(*scores: float | None, gate: float = 0.6) -> PassiveTally:
    tally = PassiveTally(DEFAULT_GATES)
    for number, score in enumerate(scores):
        passive = None if score is None else PassiveScore(score, gate)
        tally.observe(
            Observation(number, number, FACE, 1, None, None, Guidance.NONE, passive=passive)
        )
    return tally


def test_fewer_than_five_frames_are_no_judgement() -> None:
    for scores in ([None] * 30, [0.9, None] * 4):
        assert not tallied(*scores).verdict().judged
    assert tallied(*[0.9, None] * 5).verdict().judged


def test_the_mean_counts_from_its_own_threshold_and_never_for_more_than_a_cue() -> None:
    below, above = tallied(*[0.3] * 4, 0.9).verdict(), tallied(*[1.0] * 9).verdict()
    assert (below.passed, below.gate) == (True, 0.6)
    assert below.measure == pytest.approx(0.42)
    assert not above.passed
    assert weight(below) == 0.0
    assert 0.6 <= weight(above) < DEFAULT_GATES.cue_sum
