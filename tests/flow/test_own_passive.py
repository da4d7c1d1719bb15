"""A site's own passive network in the real booth process: it serves, or the booth does not start.

The network is a one-layer net that answers to brightness; it proves the way, not any detection.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest

from station.booth.handle import BoothProcess, BoothSpec
from station.errors import ErrorCode, StationError
from tests.flow.photo_station import MODELS
from tests.unit.face_kit import live_frame
from tests.unit.onnx_kit import install_passive, png_of

pytestmark = pytest.mark.skipif(
    not (MODELS / "extractor.onnx").exists(), reason="models not fetched: ./station.sh setup"
)


def own_network(folder: Path, **changed: str) -> Path:
    """Its examples are the demo portrait, darkened (live) and brightened (attack)."""
    frame = live_frame()
    dark = cv2.convertScaleAbs(frame, alpha=0.45)
    bright = cv2.convertScaleAbs(frame, alpha=1.0, beta=90)
    live, attack = (png_of(np.asarray(one, np.uint8)) for one in (dark, bright))
    return install_passive(folder, live=live, attack=attack, changed=changed)


def test_a_network_that_passes_its_own_test_is_named_among_the_models(tmp_path: Path) -> None:
    process = BoothProcess(BoothSpec(MODELS, passive=str(own_network(tmp_path))))
    try:
        ready = process.wait_ready(30)
    finally:
        process.end()
    assert len(ready.models) == 4
    assert "bright is attack" in ready.models[-1]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"attack_is": '"low"'}, ErrorCode.MODEL_SELF_TEST),
        ({"sha256": f'"{"0" * 64}"'}, ErrorCode.MODEL_DAMAGED),
    ],
    ids=["calls the attack live", "another file"],
)
def test_one_that_does_not_keeps_the_booth_from_starting(
    tmp_path: Path, changed: dict[str, str], code: ErrorCode
) -> None:
    process = BoothProcess(BoothSpec(MODELS, passive=str(own_network(tmp_path, **changed))))
    try:
        with pytest.raises(StationError) as caught:
            process.wait_ready(30)
    finally:
        process.end()
    assert caught.value.code is code
