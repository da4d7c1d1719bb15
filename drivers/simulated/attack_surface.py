"""A sheet in space: flat or bent round a vertical cylinder, ray cast into the frame (SIM).

Lengths are frame pixels at the subject's distance, so at rest a sheet has the size of the picture
it shows. Camera axes: x right, y down, z away from the camera.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulated.camera_model import FOCAL_PX
from drivers.simulated.person import movement_of
from drivers.simulated.person_canvas import FACE_Y, HEIGHT, IOD_M, IOD_PX, WIDTH
from drivers.simulated.screen_light import GAMMA, PAPER, Gloss, Lamp, ScreenLight
from station.booth.messages import Action
from station.booth.ports import BgrImage

Grid = NDArray[np.float32]
M_PER_PX = IOD_M / IOD_PX
DISTANCE = FOCAL_PX
"""Here a pixel's width on the sheet is a pixel of the frame."""
AXIS = (WIDTH / 2, FACE_Y)
"""Where the optical axis meets the frame."""
STEP = 4
"""Pixels per cell of the coarse grid on which rays are cast."""
_FAR_OUTSIDE = -1e4
_LIGHT_EVERY = 4
_ALIGN = STEP * _LIGHT_EVERY


@dataclass(frozen=True, slots=True)
class Pose:
    """Angles in radians; positive yaw turns to the pictured subject's own left."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    nearer: float = 1.0
    """Size over the size at rest."""


@dataclass(frozen=True, slots=True)
class Region:
    """A window of the frame, sides a multiple of 16, so that the light grid ends on its corners."""

    left: int
    top: int
    width: int
    height: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return (
            slice(self.top, self.top + self.height),
            slice(self.left, self.left + self.width),
        )


@dataclass(frozen=True, slots=True)
class Cast:
    """Where each ray of the coarse grid meets the sheet."""

    region: Region
    u: Grid
    """(rows, columns): sheet position right of its origin; far outside where nothing is hit."""
    v: Grid
    normals: Grid
    """(rows, columns, 3), towards the camera."""
    positions: Grid


def region_around(centre: tuple[float, float], half: tuple[float, float]) -> Region:
    """The window of half sizes `half` round `centre`, clipped to the frame."""
    left, top = (max(0, int(c - h) // _ALIGN * _ALIGN) for c, h in zip(centre, half, strict=True))
    right = min(WIDTH, int(centre[0] + half[0]) // _ALIGN * _ALIGN)
    bottom = min(HEIGHT, int(centre[1] + half[1]) // _ALIGN * _ALIGN)
    return Region(left, top, max(_ALIGN, right - left), max(_ALIGN, bottom - top))


def cast(
    region: Region,
    origin: tuple[float, float],
    pose: Pose,
    radius: float | None = None,
    pivot: float = 0.0,
) -> Cast:
    """Cast the rays of `region` on a sheet whose origin is at frame pixel `origin` at rest.

    `radius` bends the sheet round a vertical cylinder behind it (None: flat); `pivot` is how far
    behind its front the sheet is turned (0: its own front, the radius: the cylinder's axis).
    """
    # Rays through the middle of each cell: then `cv2.resize` is an exact enlargement.
    middle = (STEP - 1) / 2
    ys, xs = np.mgrid[
        region.top + middle : region.top + region.height : STEP,
        region.left + middle : region.left + region.width : STEP,
    ].astype(np.float32)
    rays = np.dstack(((xs - AXIS[0]) / FOCAL_PX, (ys - AXIS[1]) / FOCAL_PX, np.ones_like(xs)))
    place = _place(origin, pose)
    rotation = _rotation(pose)
    hinge = np.array([0.0, 0.0, pivot])
    start = (rotation.T @ -(place + hinge) + hinge).astype(np.float32)
    local = (rays @ rotation).astype(np.float32)
    if radius is None:
        reach = -start[2] / np.where(np.abs(local[..., 2]) < 1e-4, 1e-4, local[..., 2])
        hit, front = reach > 0, np.zeros_like(local)
        front[..., 2] = -1.0
    else:
        reach, hit, front = _meet_cylinder(start, local, radius)
    points = start + reach[..., None] * local
    if radius is None:
        u = points[..., 0]
    else:
        u = (radius * np.arctan2(front[..., 0], -front[..., 2])).astype(np.float32)
    back = (rotation.astype(np.float32)).T
    return Cast(
        region,
        np.where(hit, u, _FAR_OUTSIDE).astype(np.float32),
        points[..., 1],
        front @ back,
        (reach[..., None] * rays).astype(np.float32),
    )


def _place(origin: tuple[float, float], pose: Pose) -> NDArray[np.float64]:
    """Where the front of a sheet is; nearer, its origin keeps its place in the frame."""
    distance = DISTANCE / pose.nearer
    x, y = (o + s - a for o, s, a in zip(origin, pose.shift, AXIS, strict=True))
    return np.array([x * distance / FOCAL_PX, y * distance / FOCAL_PX, distance])


def project(points: Grid, origin: tuple[float, float], pose: Pose) -> Grid:
    """Frame pixels (n, 2) of places (n, 2) on a flat sheet turned about its own front."""
    flat = np.column_stack((points, np.zeros(len(points)))).astype(np.float64)
    there = flat @ _rotation(pose).T + _place(origin, pose)
    return np.asarray(FOCAL_PX * there[:, :2] / there[:, 2:] + AXIS, np.float32)


def _meet_cylinder(start: Grid, rays: Grid, radius: float) -> tuple[Grid, NDArray[np.bool_], Grid]:
    """Share of each ray up to the cylinder's near side, whether it hits, and its outward normal."""
    # face.md A.6.2b, with the ray's start moved: (x)^2 + (z - R)^2 = R^2, near root.
    along_x, along_z = rays[..., 0], rays[..., 2]
    from_x, from_z = float(start[0]), float(start[2]) - radius
    a = along_x**2 + along_z**2
    b = along_x * from_x + along_z * from_z
    c = from_x**2 + from_z**2 - radius**2
    inside = b * b - a * c
    reach = ((-b - np.sqrt(np.maximum(inside, 0.0))) / a).astype(np.float32)
    normal = np.zeros_like(rays)
    normal[..., 0] = (from_x + reach * along_x) / radius
    normal[..., 2] = (from_z + reach * along_z) / radius
    return reach, inside > 0, normal


def _rotation(pose: Pose) -> NDArray[np.float64]:
    rotation = cv2.Rodrigues(np.array([0.0, -pose.yaw, 0.0]))[0]
    nod = cv2.Rodrigues(np.array([pose.pitch, 0.0, 0.0]))[0]
    tilt = cv2.Rodrigues(np.array([0.0, 0.0, pose.roll]))[0]
    return np.asarray(tilt @ nod @ rotation, np.float64)


def lit(seen: Cast, lamp: Lamp, light: ScreenLight, gloss: Gloss = PAPER) -> Grid:
    """Linear BGR factors on a grid coarser than `seen`: light varies slowly."""
    rows, columns = (side // _LIGHT_EVERY for side in seen.u.shape)
    # The lamp's axes point from the face to the screen, in metres.
    towards = np.array((1.0, 1.0, -1.0), np.float32)
    normals = cv2.resize(seen.normals, (columns, rows), interpolation=cv2.INTER_AREA) * towards
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    where = cv2.resize(seen.positions, (columns, rows), interpolation=cv2.INTER_AREA)
    place = (where - (0.0, 0.0, DISTANCE)) * towards * M_PER_PX
    return lamp.gain(normals, place.astype(np.float32), light, gloss)


def lay_over(
    picture: BgrImage,
    sheet: BgrImage,
    sheet_origin: tuple[float, float],
    seen: Cast,
    gain: Grid | None = None,
) -> None:
    """Draw `sheet` (height, width, 4: premultiplied BGR and cover) into `picture`.

    `gain`: what `lit` gave, or None for a picture that keeps its own brightness.
    """
    layer = look_up(sheet, sheet_origin, seen)
    if gain is not None:
        layer = _relit(layer, gain, seen.region)
    blend_over(picture, layer, seen.region)


def look_up(sheet: NDArray[np.uint8], sheet_origin: tuple[float, float], seen: Cast) -> BgrImage:
    """The sheet's pixels in the region of `seen`, zero where it is not."""
    x_map = enlarge(seen.u + np.float32(sheet_origin[0]), seen.region)
    y_map = enlarge(seen.v + np.float32(sheet_origin[1]), seen.region)
    found = cv2.remap(sheet, x_map, y_map, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(found, np.uint8)


def blend_over(picture: BgrImage, layer: BgrImage, region: Region) -> None:
    """Put `layer` (premultiplied BGR and cover) over `region` of `picture`, in place."""
    colour = cv2.cvtColor(layer, cv2.COLOR_BGRA2BGR)
    uncovered = cv2.cvtColor(cv2.bitwise_not(layer[..., 3]), cv2.COLOR_GRAY2BGR)
    below = cv2.multiply(picture[region.slices], uncovered, scale=1 / 255.0)
    picture[region.slices] = cv2.add(colour, below)


def _relit(layer: BgrImage, gain: Grid, region: Region) -> BgrImage:
    """`layer` (with cover) under linear factors given on a coarse grid of the region."""
    encoded = np.ones((*gain.shape[:2], 4), np.float32)
    encoded[..., :3] = np.power(np.maximum(gain, 0.0), 1 / GAMMA)
    return np.asarray(cv2.multiply(layer, enlarge(encoded, region), dtype=cv2.CV_8U), np.uint8)


def enlarge(coarse: Grid, region: Region) -> Grid:
    """A grid of cells at the region's full resolution."""
    return np.asarray(cv2.resize(coarse, (region.width, region.height)), np.float32)


class Hand:
    """The hand that holds something: jitter, and a tilt for every turn that is asked for.

    Attributes:
        rest: the pose between movements.
        turned: what a turn to the left and to the right adds to it (and multiplies its size by).
    """

    def __init__(
        self, rng: np.random.Generator, rest: Pose, tilt: float, jitter: float = 1.0
    ) -> None:
        self._phases = rng.uniform(0, 2 * np.pi, 6)
        self._rates = rng.uniform(0.5, 1.6, 6)
        self.turned = (Pose(yaw=tilt), Pose(yaw=-tilt))
        self.rest, self._jitter = rest, jitter
        self._pace = float(rng.uniform(0.9, 1.2))
        self._movements: list[tuple[Action, float]] = []

    def obey(self, action: Action, start_s: float) -> None:
        """React to a prompt from `start_s` on."""
        self._movements.append((action, start_s))

    def level(self, action: Action, t_s: float) -> float:
        """How far `action` is at `t_s`, 0..1."""
        levels = (
            movement_of(action, start_s, self._pace).level(t_s)
            for asked, start_s in self._movements
            if asked is action
        )
        return max(levels, default=0.0)

    def pose(self, t_s: float) -> Pose:
        """The pose at `t_s`."""
        wave = self._jitter * np.sin(2 * np.pi * self._rates * t_s + self._phases)
        left = self.level(Action.TURN_LEFT, t_s)
        right = self.level(Action.TURN_RIGHT, t_s)
        to_left, to_right = self.turned
        turn = left * to_left.yaw + right * to_right.yaw
        nod = left * to_left.pitch + right * to_right.pitch
        grow = to_left.nearer**left * to_right.nearer**right
        rest = self.rest
        return replace(
            rest,
            yaw=rest.yaw + turn + 0.02 * float(wave[0]),
            pitch=rest.pitch + nod + 0.02 * float(wave[1]),
            roll=rest.roll + 0.012 * float(wave[2]),
            shift=(rest.shift[0] + 2.5 * float(wave[3]), rest.shift[1] + 2.0 * float(wave[4])),
            nearer=rest.nearer * grow * (1 + 0.006 * float(wave[5])),
        )
