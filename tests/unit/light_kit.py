"""Simple physics for the light layers' tests: surfaces under half-lit screens, as tones.

The head here is not the generic one the product predicts with: other axes, nose and screen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.pad.light_geometry import IOD_CM, PATCH_PLACES, ScreenPlace, half_screen_light
from drivers.pad.light_layers import LightLayers
from drivers.pad.observation import FaceTones
from station.booth.lights import SLOT_S, Light, emitted
from station.booth.pad_gates import DEFAULT_GATES

Array = NDArray[np.float64]
START_NS = 10**12
SKIN = np.array([0.42, 0.27, 0.19])
SCREEN_LUX = 76.0
"""A white 24-inch screen at 50 cm on a face (face.md A.5)."""

PLAN = (
    *(Light.ROSE, Light.MINT, Light.LEFT, Light.LILAC, Light.WHITE, Light.LIME, Light.SKY),
    *(Light.BLACK, Light.SAND, Light.MINT, Light.RIGHT, Light.ROSE, Light.SKY, Light.LIME),
)


def _depth(x: Array, y: Array, nose_cm: float) -> Array:
    hull = np.clip(1 - np.abs(x / 8.3) ** 2.2 - ((y - 2.0) / 14.0) ** 2, 0.02, None)
    ridge = np.clip(y / 4.0, 0, 1) * np.exp(-((x / 1.35) ** 2) - np.clip(y - 4.0, 0, None) ** 2)
    return np.asarray(9.0 * np.sqrt(hull) + nose_cm * ridge)


def head(nose_cm: float = 1.9, yaw: float = 0.0) -> tuple[Array, Array]:
    """Positions in cm and normals of a head's patches."""
    x, y = (PATCH_PLACES * IOD_CM).T
    step = 0.05
    normals = np.column_stack(
        (
            (_depth(x - step, y, nose_cm) - _depth(x + step, y, nose_cm)) / (2 * step),
            (_depth(x, y - step, nose_cm) - _depth(x, y + step, nose_cm)) / (2 * step),
            np.ones_like(x),
        )
    )
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return turned(np.column_stack((x, y, _depth(x, y, nose_cm) - 10.0)), normals, yaw)


def sheet(radius_cm: float | None = None, yaw: float = 0.0) -> tuple[Array, Array]:
    """A print of the same face, flat or round a vertical cylinder."""
    x, y = (PATCH_PLACES * IOD_CM).T
    nothing = np.zeros_like(x)
    if radius_cm is None:
        places = np.column_stack((x, y, nothing))
        return turned(places, np.column_stack((nothing, nothing, nothing + 1)), yaw)
    angle = x / radius_cm
    sine, cosine = np.sin(angle), np.cos(angle)
    places = np.column_stack((radius_cm * sine, y, radius_cm * (cosine - 1)))
    return turned(places, np.column_stack((sine, nothing, cosine)), yaw)


def turned(places: Array, normals: Array, yaw: float) -> tuple[Array, Array]:
    """Both, turned about a vertical axis 8 cm behind the surface."""
    cosine, sine = np.cos(yaw), np.sin(yaw)
    turn = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
    axis = np.array([0.0, 0.0, 8.0])
    return (places + axis) @ turn.T - axis, normals @ turn.T


@dataclass(frozen=True)
class Scene:
    """One presentation. `relit`: how strongly a picture draws the light itself, uniformly."""

    surface: tuple[Array, Array]
    ambient_lux: float = 300.0
    reflects: float = 1.0
    own_light: float = 0.0
    """Level of the surface's own emission over SKIN x 100 lux."""
    relit: float = 0.0
    drift_per_s: float = 0.01
    """Automatic exposure that creeps."""
    noise: float = 0.004
    """Relative noise of one patch in one frame."""
    flicker: float = 0.002
    tilt_of_room: float = 0.0
    """Share by which the room's light differs from the middle to the side of the face."""
    latency_s: float = 0.08
    screen: ScreenPlace = ScreenPlace(51.0, 29.0, 55.0, 10.0)  # noqa: RUF009


def play(
    scene: Scene,
    lights: tuple[Light, ...] = PLAN,
    seed: int = 1,
    *,
    fps: float = 15.0,
    answered: tuple[Light, ...] | None = None,
    slot_s: float = SLOT_S,
) -> LightLayers:
    """Show `lights` to the scene, which answers them (or `answered`), and let it be judged."""
    rng = np.random.default_rng(seed)
    layers = LightLayers(lights, DEFAULT_GATES, slot_s)
    shown_s = [index * (slot_s + 0.03) for index in range(len(lights) + 1)]
    albedo = SKIN * rng.uniform(0.7, 1.15, (len(PATCH_PLACES), 1))
    skin = _skin(scene, albedo)
    told = 0
    for count in range(int((shown_s[-1] + 0.2) * fps)):
        now_s = (count + 0.5) / fps
        while told <= len(lights) and shown_s[told] <= now_s:
            layers.shown(told, START_NS + int(shown_s[told] * 1e9))
            told += 1
        at = int(np.searchsorted(shown_s, now_s - scene.latency_s, side="right")) - 1
        light = (answered or lights)[at] if 0 <= at < len(lights) else Light.BLACK
        layers.observe(START_NS + int(now_s * 1e9), _tones(scene, skin, light, now_s, rng))
    return layers


@dataclass(frozen=True)
class _Skin:
    """What does not change from frame to frame."""

    albedo: Array
    left_lux: Array
    right_lux: Array


def _skin(scene: Scene, albedo: Array) -> _Skin:
    """The scene's patches under each half of a white screen."""
    left, right = half_screen_light(*scene.surface, scene.screen)
    facing = half_screen_light(np.zeros((1, 3)), np.array([[0.0, 0.0, 1.0]]), scene.screen)
    lux = SCREEN_LUX / float(facing[0][0] + facing[1][0])
    return _Skin(albedo, lux * left, lux * right)


def _tones(
    scene: Scene,
    skin: _Skin,
    light: Light,
    now_s: float,
    rng: np.random.Generator,
) -> FaceTones:
    on_left, on_right = (np.array(half) for half in emitted(light))
    lit = np.outer(skin.left_lux, on_left) + np.outer(skin.right_lux, on_right)
    room = scene.ambient_lux * (1 + scene.tilt_of_room * PATCH_PLACES[:, :1] / 0.6)
    drawn = 100.0 * (scene.own_light + scene.relit * (on_left + on_right) / 2)
    exposure = (1 + scene.drift_per_s * now_s) * (1 + rng.normal(0, scene.flicker))
    full = 1.5 * max(scene.ambient_lux + SCREEN_LUX, 100.0 * (scene.own_light + scene.relit))
    seen = skin.albedo * (scene.reflects * (room + lit) + drawn) / full * exposure
    patches = seen * (1 + rng.normal(0, scene.noise, (len(seen), 1)))
    patches += rng.normal(0, 2e-4, seen.shape)
    wall = 0.4 * (scene.ambient_lux + 0.04 * SCREEN_LUX * (on_left + on_right) / 2)
    background = wall / full * exposure + rng.normal(0, 2e-4, 3)
    return FaceTones(patches.mean(axis=0), background, patches)
