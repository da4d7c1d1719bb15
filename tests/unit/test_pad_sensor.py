"""L9: what simulated depth and near-infrared maps say of a face (SIM), and how it is judged."""

import os
from collections.abc import Iterator
from typing import cast

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drivers.pad.choose_sensor import open_sensor
from drivers.pad.observation import Observation
from drivers.pad.sensor import SensorTally
from drivers.pad.sensor_feed import FOCAL_SHARE, FeedSensor
from drivers.pad.sensor_map import depth_reading, level_reading
from drivers.simulated.camera_model import FOCAL_PX
from drivers.simulated.depth_sensor import (
    MAP_HEIGHT,
    MAP_WIDTH,
    SURFACES,
    DepthSensor,
    Shape,
    Surface,
)
from drivers.simulated.person_canvas import HEIGHT, WIDTH
from station.booth.frames import FrameRing
from station.booth.handle import BoothProcess
from station.booth.messages import (
    Action,
    CameraChoice,
    Guidance,
    PadPolicyName,
    ReaderChoice,
    SensorChoice,
)
from station.booth.pad_gates import DEFAULT_GATES
from station.booth.ports import DetectedFace, SensorKind, SensorReading
from station.booth.visit_booth import Devices, VisitBooth, VisitTerms
from station.config import load
from station.errors import ConfigError, ErrorCode, SensorError, StationError
from station.model import LayerVerdict, PadResult
from tests.rig import synthetic_head
from tests.rig.synthetic_head import Subject, plan_of, play

SIZE = (WIDTH, HEIGHT)
DEPTH, NIR = SensorKind.DEPTH, SensorKind.NIR
RELIEF_GATE, NIR_GATE = DEFAULT_GATES.sensor_relief, DEFAULT_GATES.sensor_nir


def face_at(x: float = 640.0, y: float = 347.0, scale: float = 1.0) -> DetectedFace:
    """The box and points YuNet gives a simulated person whose middle is there."""
    eyes = [[x - 44 * scale, y - 32 * scale], [x + 44 * scale, y - 32 * scale]]
    mouth = [[x - 30 * scale, y + 50 * scale], [x + 30 * scale, y + 50 * scale]]
    points = np.array([*eyes, [x, y], *mouth], np.float32)
    width, height = 190 * scale, 227 * scale
    return DetectedFace(x - width / 2, y - height / 2, width, height, points, 0.9)


FACE = face_at()


def relief(surface: Surface, face: DetectedFace = FACE, seed: int = 1) -> float:
    pixels = DepthSensor(seed).map(surface, 122.0)
    depth = pixels[..., 0].astype(np.float32) + 256 * pixels[..., 1].astype(np.float32)
    reading = depth_reading(depth, FOCAL_SHARE * MAP_WIDTH, face, SIZE)
    assert reading is not None and reading.kind is DEPTH
    return reading.figure


@pytest.mark.parametrize("seed", range(5))
def test_a_head_has_relief_and_paper_and_displays_have_none(seed: int) -> None:
    assert relief(SURFACES["live"], seed=seed) > RELIEF_GATE
    for name in ("photo", "display"):
        assert relief(SURFACES[name], seed=seed) < RELIEF_GATE / 2
    for radius_mm in (100, 135, 200):
        assert relief(Surface(Shape.BENT, 0.6, radius_mm), seed=seed) < RELIEF_GATE


def test_tightly_bent_paper_is_a_blind_spot() -> None:
    """So that nobody claims otherwise; other layers must stop it."""
    assert relief(Surface(Shape.BENT, 0.6, 65.0), face_at(scale=1.1)) > RELIEF_GATE


def test_a_lifelike_mask_is_a_blind_spot() -> None:
    """The negative control: silicone has relief and reflects near-infrared as skin does."""
    assert relief(SURFACES["rigid_mask"]) > RELIEF_GATE
    assert SURFACES["rigid_mask"].level > NIR_GATE


def test_a_tilted_sheet_is_still_a_plane() -> None:
    columns = np.tile(np.linspace(400, 640, MAP_WIDTH, dtype=np.float32), (MAP_HEIGHT, 1))
    reading = depth_reading(columns, FOCAL_SHARE * MAP_WIDTH, FACE, SIZE)
    assert reading is not None and reading.figure < 0.02


def test_a_wall_behind_a_small_cut_out_is_no_relief() -> None:
    depth = np.full((MAP_HEIGHT, MAP_WIDTH), 1600.0, np.float32)
    depth[30:56, 72:88] = 500.0
    reading = depth_reading(depth, FOCAL_SHARE * MAP_WIDTH, FACE, SIZE)
    assert reading is not None and reading.figure < RELIEF_GATE / 2


@pytest.mark.parametrize("known", [0.0, 0.4])
def test_too_little_depth_is_no_reading(known: float) -> None:
    depth = np.full((MAP_HEIGHT, MAP_WIDTH), 500.0, np.float32)
    depth[:, int((0.44 + 0.12 * known) * MAP_WIDTH) :] = 0.0
    assert depth_reading(depth, FOCAL_SHARE * MAP_WIDTH, FACE, SIZE) is None


def test_near_infrared_tells_a_display_from_skin() -> None:
    levels = {}
    for name in ("live", "photo", "display", "dark_mask"):
        pixels = DepthSensor(1).map(SURFACES[name], 122.0)
        reading = level_reading(pixels[..., 2].astype(np.float32) / np.float32(255), FACE, SIZE)
        assert reading is not None
        levels[name] = reading.figure
    assert min(levels["live"], levels["photo"]) > NIR_GATE
    assert max(levels["display"], levels["dark_mask"]) < NIR_GATE


@given(
    arrays(np.float32, (18, 32), elements=st.floats(0, 70000, width=32)),
    st.floats(-2000, 2000),
    st.floats(-2000, 2000),
    st.floats(0.01, 20),
)
def test_any_map_and_any_box_give_a_figure_or_nothing(
    depth: np.ndarray, x: float, y: float, scale: float
) -> None:
    face = face_at(x, y, scale)
    for reading in (depth_reading(depth, 18.0, face, SIZE), level_reading(depth, face, SIZE)):
        assert reading is None or (np.isfinite(reading.figure) and reading.figure >= 0)


def judged(
    readings: list[tuple[SensorReading, ...]], faces: DetectedFace | None = FACE
) -> LayerVerdict:
    tally = SensorTally(DEFAULT_GATES)
    for number, sensor in enumerate(readings):
        tally.observe(
            Observation(number, number, faces, 1, None, None, Guidance.NONE, sensor=sensor)
        )
    return tally.verdict()


def depth(figure: float) -> tuple[SensorReading, ...]:
    return (SensorReading(DEPTH, figure),)


def both(relief_figure: float, level: float) -> tuple[SensorReading, ...]:
    return (*depth(relief_figure), SensorReading(NIR, level))


def test_an_empty_slot_is_not_judged() -> None:
    assert not judged([()] * 30).judged
    assert not judged([depth(0.2)] * 4).judged


def test_a_head_passes_and_each_artefact_is_named() -> None:
    live = judged([both(0.1, 0.35)] * 20)
    assert (live.judged, live.passed, live.species) == (True, True, "")
    flat = judged([both(0.03, 0.6)] * 20)
    assert (flat.passed, flat.species, flat.gate) == (False, "FLAT_ARTEFACT", RELIEF_GATE)
    mask = judged([both(0.1, 0.01)] * 20)
    assert (mask.passed, mask.species, mask.gate) == (False, "SCREEN", NIR_GATE)
    lifelike = judged([both(0.1, 0.35)] * 20)
    assert lifelike.passed, "silicone is the blind spot"


def test_a_head_for_most_of_the_time_does_not_excuse_a_sheet() -> None:
    assert not judged([depth(0.1)] * 60 + [depth(0.03)] * 5).passed
    assert judged([*[depth(0.1)] * 30, depth(0.03), depth(0.03), *[depth(0.1)] * 30]).passed


def test_a_covered_sensor_does_not_judge() -> None:
    assert not judged([depth(0.1)] * 20 + [()] * 20).judged
    assert not judged([both(0.1, 0.35)] * 10 + [depth(0.1)] * 20).judged
    assert judged([depth(0.1)] * 20 + [()] * 3).judged
    assert not judged([depth(0.03)] * 5 + [()] * 40).passed, "an artefact once seen stays seen"


def test_where_a_sensor_is_required_silence_fails() -> None:
    for readings in ([()] * 30, [depth(0.1)] * 20 + [()] * 20):
        tally = SensorTally(DEFAULT_GATES, required=True)
        for number, sensor in enumerate(readings):
            tally.observe(
                Observation(number, number, FACE, 1, None, None, Guidance.NONE, sensor=sensor)
            )
        word = tally.verdict()
        assert (word.judged, word.passed, word.species) == (True, False, "")


def test_frames_without_a_face_ask_nothing_of_the_sensor() -> None:
    tally = SensorTally(DEFAULT_GATES)
    for number in range(20):
        tally.observe(Observation(number, number, None, 0, None, None, Guidance.NO_FACE))
        seen = Observation(number, number, FACE, 1, None, None, Guidance.NONE, sensor=depth(0.1))
        tally.observe(seen)
    assert tally.verdict().judged


def test_the_calm_check_of_a_station_for_key_infrastructure_needs_the_sensor_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Choosing the calm check, which anybody may, must not be a way round the sensor."""
    plan, calm = plan_of(Action.TURN_LEFT, Action.MOUTH), synthetic_head.POLICY
    assert calm.name is PadPolicyName.ASSISTED
    report, _, _ = play(plan, Subject())
    assert report.result is PadResult.BONA_FIDE
    required = msgspec.structs.replace(calm, sensor_required=True)
    monkeypatch.setattr(synthetic_head, "POLICY", required)
    report, _, _ = play(plan, Subject())
    assert (report.result, report.decided_by) == (PadResult.UNDECIDED, "L9_SENSOR")


@pytest.mark.parametrize("name", list(PadPolicyName))
def test_the_desk_asks_for_the_sensor_by_the_stations_policy(name: PadPolicyName) -> None:
    process = cast(BoothProcess, None)
    devices = Devices(ReaderChoice("feed"), CameraChoice("feed"))
    terms = VisitTerms(devices, load().policy, name, DEFAULT_GATES, demo=True)
    for asked in (name, PadPolicyName.ASSISTED):
        policy = VisitBooth(process, terms)._capture_policy(asked)
        assert policy.sensor_required is (name is PadPolicyName.KEY_INFRASTRUCTURE)


# The feed


@pytest.fixture
def ring() -> Iterator[FrameRing]:
    made = FrameRing.create(MAP_WIDTH, MAP_HEIGHT, 3)
    yield made
    made.close()


def seen(sensor: FeedSensor, at_ns: int) -> tuple[SensorReading, ...]:
    sensor.look(at_ns)
    return sensor.read(FACE, SIZE)


def fault(act: object) -> ErrorCode:
    assert callable(act)
    with pytest.raises(StationError) as caught:
        act()
    return caught.value.code


def test_the_feed_has_the_simulated_cameras_view() -> None:
    assert abs(FOCAL_SHARE - FOCAL_PX / WIDTH) < 1e-3


def test_the_feed_reads_what_is_near_the_frame_in_time(ring: FrameRing) -> None:
    source, sensor = DepthSensor(2), FeedSensor(ring.fd)
    ring.publish(source.map(SURFACES["photo"], 122.0), 900)
    sensor.open()
    assert seen(sensor, 1000) == (), "a map from before it was opened"
    ring.publish(source.map(SURFACES["live"], 122.0), 10_000_000)
    readings = {reading.kind: reading.figure for reading in seen(sensor, 20_000_000)}
    assert readings[DEPTH] > RELIEF_GATE and readings[NIR] > NIR_GATE
    assert len(seen(sensor, 100_000_000)) == 2, "slower than the camera"
    assert seen(sensor, 300_000_000) == (), "too old for this frame"
    sensor.close()
    sensor.close()


def test_a_silent_feed_is_lost_and_a_closed_one_too(ring: FrameRing) -> None:
    sensor = FeedSensor(ring.fd)
    assert fault(lambda: seen(sensor, 1)) is ErrorCode.SENSOR_LOST
    sensor.open()
    assert seen(sensor, 1_000_000_000) == ()
    assert seen(sensor, 2_400_000_000) == ()
    assert fault(lambda: seen(sensor, 2_600_000_000)) is ErrorCode.SENSOR_LOST
    sensor.close()


def test_what_is_no_ring_of_maps_is_not_found(ring: FrameRing) -> None:
    read_end, write_end = os.pipe()
    grey = FrameRing.create(8, 8, 1)
    for descriptor in (-1, read_end, grey.fd):
        assert fault(FeedSensor(descriptor).open) is ErrorCode.SENSOR_NOT_FOUND
    os.close(read_end)
    os.close(write_end)
    grey.close()


@pytest.mark.parametrize(
    ("device", "kinds"), [("DEPTH", {DEPTH}), ("NIR", {NIR}), ("", set(SensorKind))]
)
def test_a_station_may_have_one_kind_alone(
    ring: FrameRing, device: str, kinds: set[SensorKind]
) -> None:
    sensor = open_sensor(SensorChoice("feed", device, ring.fd), demo=True)
    assert isinstance(sensor, FeedSensor)
    sensor.open()
    ring.publish(DepthSensor(3).map(SURFACES["live"], 122.0), 5)
    assert {reading.kind for reading in seen(sensor, 5)} == kinds
    sensor.close()


def test_choosing_refuses_by_name() -> None:
    assert open_sensor(SensorChoice(), demo=False) is None
    with pytest.raises(ConfigError) as caught:
        open_sensor(SensorChoice("feed"), demo=False)
    assert caught.value.code is ErrorCode.PROFILE_FORBIDS
    for kind in ("depth", "nir"):
        wanted = SensorChoice(kind)
        assert fault(lambda it=wanted: open_sensor(it, demo=True)) is ErrorCode.SENSOR_MISSING
    assert (
        fault(lambda: open_sensor(SensorChoice("feed", "RADAR"), True)) is ErrorCode.CONFIG_INVALID
    )
    assert issubclass(SensorError, StationError)
