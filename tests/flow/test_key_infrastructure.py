"""SIM: the key-infrastructure policy from the desk through a real booth with a simulated sensor."""

import os
import threading
from pathlib import Path

import pytest

from station.cli.demo import DemoWorld, SimulatedVisitor
from station.config import Overrides
from station.errors import ErrorCode
from station.model import Language, LayerVerdict, Outcome
from station.visit import VisitReport
from tests.flow.photo_station import MODELS, station_in

pytestmark = pytest.mark.skipif(
    not (MODELS / "extractor.onnx").exists(), reason="models not fetched: ./station.sh setup"
)
OVERRIDES: Overrides = {
    "policy": {"pad": "KEY_INFRASTRUCTURE", "capture_attempts": 5},
    "sensor": {"kind": "feed"},
}


def visit(world: DemoWorld, scene: str) -> VisitReport:
    world.stage.tell(scene=scene)
    visitor = SimulatedVisitor(world, Language.EN, quiet=True)
    return world.station.visit(visitor, visitor.publish, threading.Event())


def sensor_word(report: VisitReport) -> LayerVerdict:
    assert report.pad is not None
    return next(word for word in report.pad.layers if word.layer == "L9_SENSOR")


def test_a_head_is_served_a_photo_refused_and_a_broken_sensor_named(tmp_path: Path) -> None:
    with station_in(tmp_path / "home", OVERRIDES) as world:
        served = visit(world, "person")
        assert served.outcome is Outcome.MATCH, served.pad
        word = sensor_word(served)
        assert word.judged and word.passed and word.measure >= word.gate

        refused = visit(world, "photo")
        assert refused.outcome is Outcome.ATTACK, refused.pad
        assert sensor_word(refused).species == "FLAT_ARTEFACT"

        read_end, write_end = os.pipe()
        os.dup2(read_end, world.stage.sensor_descriptor())
        broken = visit(world, "person")
        assert broken.code is ErrorCode.SENSOR_NOT_FOUND
        os.close(read_end)
        os.close(write_end)
