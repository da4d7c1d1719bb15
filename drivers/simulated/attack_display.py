"""A phone, tablet or laptop that shows a picture to the booth's camera (SIM).

What it models: tone curve and brightness, the grid of sub-pixels sampled by camera pixels of
their true size on it (so moiré arises where and as it would), pulsed backlight against a rolling
shutter, the bezel, and room and screen mirrored faintly in the glass. Its light is its own: the
booth's screen reaches it only through that mirror.

Not modelled: dependence of colour on the viewing angle, and focus that prefers the bezel.
"""

from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulated.attack_surface import (
    DISTANCE,
    M_PER_PX,
    Pose,
    Region,
    blend_over,
    cast,
    enlarge,
    project,
    region_around,
)
from drivers.simulated.camera_model import READOUT_S
from drivers.simulated.person_canvas import FACE_Y, HEIGHT, WIDTH
from drivers.simulated.screen_light import GAMMA, ScreenLight
from station.booth.ports import BgrImage

Grid = NDArray[np.float32]
_CENTRE = (WIDTH / 2, FACE_Y)
_MM = 1000 * M_PER_PX
"""Millimetres per unit of a sheet."""
_UNIT = 180.0
"""Fixed point of the grid's factors: 1.0 is this many steps of a byte."""
_STRIPES = (2 / 3, 1 / 3, 0.0)
"""Places of the blue, green and red stripes in a pixel."""
_CORNERS = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
_STRIPE_CONTRAST = 1.6
"""First harmonic over mean of stripes a third of a pixel wide (2 sinc(1/3))."""
_ROW_CONTRAST = 0.35
_BEZEL_BGR = (24.0, 22.0, 20.0)
_SKIN_LUX = 300.0
_VEIL = 0.018
"""Linear light that glass mirrors of an evenly lit room, beside skin at 0.2."""
_GLARE = 0.05


@dataclass(frozen=True, slots=True)
class DisplayTraits:
    """One device and how it is used; lengths in millimetres."""

    width_mm: float
    height_mm: float
    pitch_mm: float
    """Distance of its pixels."""
    face_mm: float
    """Distance of the outer eye corners as shown."""
    bezel_mm: float
    aperture: float = 0.5
    """Share of a camera pixel that gathers light, along one side; small where lines are skipped."""
    blur_px: float = 0.1
    """Sigma of the lens on the sensor, in camera pixels."""
    pulse_hz: float = 0.0
    pulse_depth: float = 0.0
    exposure_s: float = 0.01
    brightness: float = 1.0
    gamma: float = 1.0
    """Exponent by which the picture's tone is off."""

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Self:
        """A phone, a tablet or a laptop."""
        size = ((66.0, 142.0), (150.0, 205.0), (290.0, 195.0))[int(rng.integers(3))]
        pitches = {66.0: (0.055, 0.085), 150.0: (0.09, 0.19), 290.0: (0.11, 0.24)}[size[0]]
        faces = {66.0: (28.0, 34.0), 150.0: (52.0, 72.0), 290.0: (58.0, 70.0)}[size[0]]
        return cls(
            width_mm=size[0],
            height_mm=size[1],
            pitch_mm=float(rng.uniform(*pitches)),
            face_mm=float(rng.uniform(*faces)),
            bezel_mm=float(rng.uniform(0.02, 0.08)) * size[0],
            aperture=float(rng.uniform(0.3, 0.7)),
            blur_px=float(rng.uniform(0.06, 0.16)),
            pulse_hz=float(rng.choice((0.0, 120.0, 240.0, 480.0))),
            pulse_depth=float(rng.uniform(0.1, 0.7)),
            exposure_s=float(rng.uniform(0.003, 0.012)),
            brightness=float(rng.uniform(0.9, 1.15)),
            gamma=float(rng.uniform(0.88, 1.15)),
        )

    @classmethod
    def fine(cls) -> Self:
        """A dense screen, well framed, without pulses: next to nothing shows."""
        return cls(330.0, 240.0, 0.08, 70.0, 9.0, aperture=0.95, blur_px=0.3)


class Display:
    """One device in front of the camera, its picture's face as large as a face."""

    def __init__(
        self, rng: np.random.Generator, traits: DisplayTraits, iod_px: float, ambient_lux: float
    ) -> None:
        """`iod_px`: how large the shown face appears in the frame."""
        self.traits = traits
        distance = traits.face_mm / 1000 / M_PER_PX * DISTANCE / iod_px
        self._nearer = DISTANCE / distance
        self._lux = ambient_lux
        self._offset = rng.uniform(-0.1, 0.1, 2)
        self._phase = float(rng.uniform(0, 1))
        self._glare_at = rng.uniform(-0.4, 0.4, 2)
        self._glare_size = float(rng.uniform(0.12, 0.3))

    def show(  # noqa: PLR0917 - a picture of a face in a pose, seen now, before a room
        self,
        room: BgrImage,
        picture: BgrImage,
        eyes: tuple[float, float],
        iod: float,
        pose: Pose,
        t_s: float,
        light: ScreenLight,
    ) -> None:
        """Draw the device into `room`, showing `picture`.

        `eyes` is the middle of the eye line in the picture, `iod` the distance of the eyes.
        """
        t = self.traits
        held = replace(pose, nearer=pose.nearer * self._nearer)
        region = self._region(held)
        seen = cast(region, _CENTRE, held)
        u, v = seen.u * np.float32(_MM), seen.v * np.float32(_MM)
        scale = np.float32(iod / t.face_mm)
        shown = cv2.remap(
            picture,
            enlarge(u * scale + np.float32(eyes[0]), region),
            enlarge(v * scale + np.float32(eyes[1]), region),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        shown = cv2.LUT(shown, self._tones(light))
        shown = self._gridded(np.asarray(shown, np.uint8), region, u, v, t_s)
        cv2.add(shown, self._mirrored(region, u, v, light), dst=shown)
        self._framed(room, shown, region, held)

    def _region(self, held: Pose) -> Region:
        t = self.traits
        grow = self._nearer / _MM * 0.5 * 1.12
        # A tilted edge comes nearer; the offset moves the device, not the face.
        tilt = 1 + 0.5 * abs(held.yaw)
        half = np.array((t.width_mm, t.height_mm)) * (1 + 2 * np.abs(self._offset))
        half = (half + 2 * t.bezel_mm) * grow * (1.0, tilt) + 16
        return region_around(_CENTRE, (float(half[0]), float(half[1])))

    def _tones(self, light: ScreenLight) -> NDArray[np.uint8]:
        """Picture values to what the camera sees of them: tone curve, brightness, veil."""
        linear = (np.arange(256)[:, None] / 255.0) ** (GAMMA * self.traits.gamma)
        screen = np.array([(a + b) / 2 for a, b in zip(light.left, light.right, strict=True)])
        # Skin under 300 lux is metered at a level of about 0.2.
        veil = _VEIL * (1 + 80.0 * screen[::-1] / self._lux)
        seen = linear * self.traits.brightness**GAMMA + 0.004 + veil
        bytes_ = np.clip(np.round(255 * seen ** (1 / GAMMA)), 0, 255).astype(np.uint8)
        return np.asarray(bytes_[None], np.uint8)

    def _gridded(self, shown: BgrImage, region: Region, u: Grid, v: Grid, t_s: float) -> BgrImage:
        """`shown` through the sub-pixel grid as the camera samples it, and pulsed."""
        t = self.traits
        across, down = u / np.float32(t.pitch_mm), v / np.float32(t.pitch_mm)
        turns = np.arange(256) / 256.0
        stripes = self._kept(across, 1) * _STRIPE_CONTRAST / GAMMA
        colours = np.stack([np.cos(2 * np.pi * (turns - part)) for part in _STRIPES], axis=1)
        table = np.round(_UNIT * (1 + stripes * colours)).astype(np.uint8)[:, None]
        pattern = cv2.applyColorMap(_phases(across, region), table)
        cv2.multiply(shown, pattern, dst=shown, scale=1 / _UNIT)
        rows = 1 + self._kept(down, 0) * _ROW_CONTRAST / GAMMA * np.cos(2 * np.pi * turns)
        lines = cv2.LUT(_phases(down, region), np.round(_UNIT * rows).astype(np.uint8))
        pulses = np.round(_UNIT * self._pulses(region, t_s)).astype(np.uint8)[:, None]
        cv2.multiply(lines, np.repeat(pulses, region.width, axis=1), dst=lines, scale=1 / _UNIT)
        lit = cv2.cvtColor(lines, cv2.COLOR_GRAY2BGR)
        return np.asarray(cv2.multiply(shown, lit, scale=1 / _UNIT), np.uint8)

    def _kept(self, cells: Grid, axis: int) -> float:
        """What lens and pixel aperture leave of a wave of one cell's length."""
        middle = cells[cells.shape[0] // 2 - 2 : cells.shape[0] // 2 + 2]
        middle = middle[:, cells.shape[1] // 2 - 2 : cells.shape[1] // 2 + 2]
        # The coarse grid has a node on every fourth pixel.
        per_px = abs(float(np.mean(np.diff(middle, axis=axis)))) / 4
        lens = np.exp(-2 * (np.pi * self.traits.blur_px * per_px) ** 2)
        return float(abs(np.sinc(self.traits.aperture * per_px)) * lens)

    def _pulses(self, region: Region, t_s: float) -> Grid:
        """Factor of each row under a pulsed backlight and a rolling shutter."""
        t = self.traits
        row_s = (region.top + np.arange(region.height)) * (READOUT_S / HEIGHT)
        depth = t.pulse_depth * abs(np.sinc(t.pulse_hz * t.exposure_s)) if t.pulse_hz else 0.0
        wave = np.cos(2 * np.pi * (t.pulse_hz * (t_s + row_s) + self._phase))
        return np.asarray(1 + depth / GAMMA * wave, np.float32)

    def _mirrored(self, region: Region, u: Grid, v: Grid, light: ScreenLight) -> BgrImage:
        """The booth's screen and a lamp of the room, mirrored in the glass."""
        size = self._glare_size * self.traits.height_mm
        x, y = (part * self.traits.height_mm for part in self._glare_at)
        blob = np.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * size**2))
        screen = np.array([(a + b) / 2 for a, b in zip(light.right, light.left, strict=True)])
        level = 255 * _GLARE * (0.4 + screen[::-1] * min(3.0, _SKIN_LUX / self._lux))
        veil = np.round(blob[..., None] * level).astype(np.uint8)
        return np.asarray(cv2.resize(veil, (region.width, region.height)), np.uint8)

    def _framed(self, room: BgrImage, shown: BgrImage, region: Region, held: Pose) -> None:
        """Lay bezel and glass over the room."""
        t = self.traits
        middle = self._offset * (t.width_mm, t.height_mm)
        corner = np.array((t.width_mm, t.height_mm)) / 2

        def outline(margin_mm: float, left: int, top: int) -> NDArray[np.int32]:
            places = (middle + _CORNERS * (corner + margin_mm)) / _MM
            pixels = project(places.astype(np.float32), _CENTRE, held) - (left, top)
            return np.round(pixels * 16).astype(np.int32)

        cv2.fillConvexPoly(room, outline(t.bezel_mm, 0, 0), _BEZEL_BGR, cv2.LINE_AA, 4)
        glass = np.zeros((region.height, region.width), np.uint8)
        edge = outline(0.0, region.left, region.top)
        cv2.fillConvexPoly(glass, edge, (255,), cv2.LINE_AA, 4)
        layer = cv2.cvtColor(shown, cv2.COLOR_BGR2BGRA)
        cover = cv2.merge((glass, glass, glass, glass))
        blend_over(room, np.asarray(cv2.multiply(layer, cover, scale=1 / 255.0), np.uint8), region)


def _phases(cells: Grid, region: Region) -> NDArray[np.uint8]:
    """Position within a cell of the grid for every pixel of the region, 256 steps."""
    return enlarge(cells * np.float32(256), region).astype(np.int32).astype(np.uint8)
