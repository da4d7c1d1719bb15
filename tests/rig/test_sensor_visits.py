"""SIM: layer L9 under the key-infrastructure policy, on rendered pixels and simulated maps.

The camera always sees a perfect live person; the sensor sees what is really there. So nothing but
this layer can tell, which makes it its own witness (face.md A.7).
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import msgspec
import numpy as np
import pytest

from drivers.face.fetch_models import MODELS_FOLDER
from drivers.pad.observation import Observation, PadStep
from drivers.pad.sensor import NAME as SENSOR
from drivers.pad.sensor_feed import FeedSensor
from drivers.simulated.depth_sensor import MAP_HEIGHT, MAP_WIDTH, SURFACES, DepthSensor, Surface
from drivers.simulated.person import SimulatedPerson
from drivers.simulated.person_canvas import HEIGHT, WIDTH
from drivers.simulated.person_portrait import PortraitReader
from station.booth.frames import FrameRing
from station.booth.messages import CapturePolicy, PadPolicyName
from station.booth.ports import DetectedFace, SensorKind, SensorReading
from station.challenge import draw_plan
from station.model import LayerVerdict, PadResult
from tests.rig.synthetic_head import START_NS
from tests.rig.visit_player import Played, Player
from tests.unit.face_kit import engine, portrait

_SEEN: dict[tuple[object, ...], Observation] = {}
"""What the camera sees of that person under that plan: the same in every attempt of this file."""
POLICY = CapturePolicy(6.0, 6.0, 0.15, 90.0, PadPolicyName.KEY_INFRASTRUCTURE, sensor_required=True)
BOTH = tuple(SensorKind)
FRAME_SIZE = (WIDTH, HEIGHT)


@dataclass
class RigSensor:
    """The product's own feed, with a fresh map for every frame."""

    surface: Surface
    iod_px: float
    ring: FrameRing
    feed: FeedSensor
    source: DepthSensor

    def open(self) -> None:
        self.feed.open()

    def look(self, at_ns: int) -> None:
        self.ring.publish(self.source.map(self.surface, self.iod_px), at_ns)
        self.feed.look(at_ns)

    def read(self, face: DetectedFace, frame_size: tuple[int, int]) -> tuple[SensorReading, ...]:
        return self.feed.read(face, frame_size)

    def close(self) -> None:
        self.feed.close()


@pytest.fixture
def ring() -> Iterator[FrameRing]:
    made = FrameRing.create(MAP_WIDTH, MAP_HEIGHT, 3)
    yield made
    made.close()


class SamePixels(Player):
    """Renders and analyses each frame once for all attempts; the sensor's word is always new.

    A frame is known by all that can change it: its number, what was shown before it and what was
    asked of it. Only whoever got furthest may add frames, for an actor's time does not jump.
    """

    _rendered = 0

    def _observe(self, t_s: float, sequence: int, step: PadStep) -> Observation:
        asked = (step.wants_feature, step.wants_tones, step.wants_cues, self._asked_factor)
        key = (sequence, *self._shown, *self._lights, self._exposure, asked)
        if key not in _SEEN:
            assert self._rendered == sequence - 1, "this attempt left the way of those before"
            sensor, self.sensor = self.sensor, None
            _SEEN[key] = super()._observe(t_s, sequence, step)
            self.sensor, self._rendered = sensor, sequence
        # A copy of the feature: a session wipes what it was given.
        seen = copy.deepcopy(_SEEN[key])
        if self.sensor is None or seen.face is None:
            return seen
        self.sensor.look(seen.captured_at_ns)
        return replace(seen, sensor=self.sensor.read(seen.face, FRAME_SIZE))


@cache
def actor_of(seed: int) -> SimulatedPerson:
    face, reader = portrait(), PortraitReader(MODELS_FOLDER)
    actor = SimulatedPerson(face, reader.mesh_with_depth(face), seed)
    actor.calibrate(reader.landmarks_of)
    return actor


def played(
    ring: FrameRing,
    surface: str | None,
    kinds: tuple[SensorKind, ...] = BOTH,
    without: frozenset[str] = frozenset(),
    seed: int = 20,
) -> Played:
    """One attempt of the same live person by the same plan; `surface` None: no sensor."""
    models, actor = engine(), copy.deepcopy(actor_of(seed))
    rng = np.random.default_rng((seed, 77))
    plan = draw_plan(POLICY.name, 90.0, lambda n: int(rng.integers(n)))
    plan = msgspec.structs.replace(plan, expires_at_ns=START_NS + 90 * 10**9)
    player = SamePixels(models, actor, plan, POLICY, seed=seed, without=without)
    if surface is not None:
        sensor = RigSensor(
            SURFACES[surface],
            actor.traits.iod_px,
            ring,
            FeedSensor(ring.fd, kinds),
            DepthSensor(seed),
        )
        sensor.open()
        player.sensor = sensor
    ended = player.play()
    if player.sensor is not None:
        player.sensor.close()
    return ended


def word(ended: Played) -> LayerVerdict:
    return next(one for one in ended.report.layers if one.layer == SENSOR)


def test_a_head_passes_and_no_sensor_does_not(ring: FrameRing) -> None:
    live = played(ring, "live")
    assert live.report.result is PadResult.BONA_FIDE, live.report
    assert word(live).judged and word(live).measure > word(live).gate
    none = played(ring, None)
    assert (none.report.result, none.report.decided_by) == (PadResult.UNDECIDED, SENSOR)


def test_a_dark_mask_is_stopped_by_near_infrared_and_by_nothing_else(ring: FrameRing) -> None:
    dark = played(ring, "dark_mask")
    assert (dark.report.result, dark.report.decided_by) == (PadResult.ATTACK, SENSOR)
    assert dark.report.species_guess == "SCREEN"
    off = played(ring, "dark_mask", without=frozenset({SENSOR}))
    assert off.report.result is PadResult.BONA_FIDE, off.report
    depth_alone = played(ring, "dark_mask", (SensorKind.DEPTH,))
    assert depth_alone.report.result is PadResult.BONA_FIDE, "relief is all a depth sensor asks"


@pytest.mark.parametrize("surface", ["photo", "display"])
def test_what_is_flat_is_stopped_by_depth(ring: FrameRing, surface: str) -> None:
    flat = played(ring, surface, (SensorKind.DEPTH,))
    assert (flat.report.result, flat.report.decided_by) == (PadResult.ATTACK, SENSOR)
    assert flat.report.species_guess == "FLAT_ARTEFACT"
