"""SIM: L1, L4a and L4b on rendered pixels, through the real detector, mesh and tones."""

import numpy as np
import pytest

from drivers.face.fetch_models import MODELS_FOLDER
from drivers.pad.light_layers import LightLayers
from drivers.pad.tones import measure_tones
from drivers.simulated.attack_photo import PhotoAttack, PhotoStyle
from drivers.simulated.person import SimulatedPerson
from drivers.simulated.person_light import PersonTraits
from drivers.simulated.person_portrait import PortraitReader
from drivers.simulated.screen_light import PAGE, ScreenLight
from station.booth.lights import SLOT_S
from station.booth.pad_gates import DEFAULT_GATES
from tests.unit.face_kit import engine, portrait
from tests.unit.light_kit import PLAN, START_NS

_LATENCY_S = 0.07
_FPS = 12.0


def judged(actor: SimulatedPerson | PhotoAttack) -> LightLayers:
    """Show the plan to `actor` and let the layers see what the camera sees."""
    layers = LightLayers(PLAN, DEFAULT_GATES, SLOT_S)
    shown_s = [0.1 + index * (SLOT_S + 0.02) for index in range(len(PLAN) + 1)]
    told = 0
    for count in range(int((shown_s[-1] + 0.3) * _FPS)):
        now_s = count / _FPS
        while told <= len(PLAN) and shown_s[told] <= now_s:
            layers.shown(told, START_NS + int(shown_s[told] * 1e9))
            told += 1
        at = int(np.searchsorted(shown_s, now_s - _LATENCY_S, side="right")) - 1
        actor.light = ScreenLight.of(PLAN[at]) if 0 <= at < len(PLAN) else PAGE
        frame = actor.frame(now_s)
        faces = engine().detect(frame)
        marks = engine().locate(frame, faces[0]) if faces else None
        tones = measure_tones(frame, faces[0], marks) if marks is not None else None
        layers.observe(START_NS + int(now_s * 1e9), tones)
    return layers


@pytest.fixture(scope="module")
def mesh() -> np.ndarray:
    engine()
    return PortraitReader(MODELS_FOLDER).mesh_with_depth(portrait())


def test_a_rendered_head_passes(mesh: np.ndarray) -> None:
    person = SimulatedPerson(portrait(), mesh, 3, PersonTraits(ambient_lux=200.0))
    layers = judged(person)
    assert layers.complete
    assert [verdict.passed for verdict in layers.verdicts()] == [True, True, True]
    assert layers.species == ""


def test_a_rendered_bent_print_is_no_head(mesh: np.ndarray) -> None:
    style = PhotoStyle(bend_iod=1.0)
    layers = judged(PhotoAttack(portrait(), mesh, 3, style, PersonTraits(ambient_lux=200.0)))
    light, code, shape = layers.verdicts()
    assert light.passed
    assert code.passed
    assert not shape.passed
    assert layers.species == "FLAT_OR_BENT"
