"""What a depth map or a near-infrared picture says of one face.

A map shows what the camera shows, on a coarser grid: (height, width), its corners are the frame's
corners. Every driver of a sensor brings its device's data into this form. Blind spots: a map that
is not in register with the camera measures something else than the face; paper bent round less than
about 90 mm has as much relief over a face as a flat face has.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from station.booth.ports import DetectedFace, SensorKind, SensorReading

Depth = NDArray[np.float32]
"""(height, width) in mm from the sensor; 0 where it knows nothing."""
Level = NDArray[np.float32]
"""(height, width), 0..1: reflected near-infrared."""
_OVAL = (0.46, 0.46)
"""Half axes over the face box's sides: a smaller oval leaves out the cheeks' fall, on which a head
differs most from bent paper; a larger one leaves the face."""
_RANGE_MM = (150.0, 2500.0)
_BEHIND_MM = 120.0
"""Further from the face's middle than a head is deep: not the face."""
_LEAST_POINTS = 60
_LEAST_SHARE = 0.6
_OUTER_OVER_CENTRES = 1.43
"""Outer eye corners over eye centres: 90 mm over 63 mm."""
_TRIM = 0.98


@dataclass(frozen=True, slots=True)
class _Place:
    """A face on the map, in map pixels."""

    inside: NDArray[np.bool_]
    eyes: NDArray[np.float64]


def depth_reading(
    depth: Depth, focal_px: float, face: DetectedFace, frame_size: tuple[int, int]
) -> SensorReading | None:
    """RMS deviation of the face from its best plane over the distance of the outer eye corners.

    `focal_px` is the sensor's own, in map pixels. None where it sees too little of the face.
    """
    place = _place(face, frame_size, depth.shape)
    known = place.inside & (depth >= _RANGE_MM[0]) & (depth <= _RANGE_MM[1])
    if known.sum() < max(_LEAST_POINTS, _LEAST_SHARE * place.inside.sum()):
        return None
    middle_mm = float(np.median(depth[known]))
    known &= np.abs(depth - middle_mm) <= _BEHIND_MM
    if known.sum() < _LEAST_POINTS:
        return None
    rows, columns = np.nonzero(known)
    height, width = depth.shape
    z = depth[known].astype(np.float64)
    x, y = (columns - width / 2) * z / focal_px, (rows - height / 2) * z / focal_px
    iod_mm = _OUTER_OVER_CENTRES * _eye_distance_mm(place.eyes, depth, middle_mm, focal_px)
    if not iod_mm > 0:
        return None
    return SensorReading(SensorKind.DEPTH, _off_plane_mm(np.column_stack((x, y, z))) / iod_mm)


def level_reading(
    level: Level, face: DetectedFace, frame_size: tuple[int, int]
) -> SensorReading | None:
    """Mean near-infrared level of the face, 0..1. None where the face is hardly on the map."""
    inside = _place(face, frame_size, level.shape).inside
    if inside.sum() < _LEAST_POINTS:
        return None
    return SensorReading(SensorKind.NIR, float(level[inside].mean()))


def _place(face: DetectedFace, frame_size: tuple[int, int], shape: tuple[int, ...]) -> _Place:
    height, width = shape
    across, down = width / frame_size[0], height / frame_size[1]
    rows, columns = np.mgrid[0:height, 0:width]
    half = (max(_OVAL[0] * face.width * across, 0.1), max(_OVAL[1] * face.height * down, 0.1))
    u = (columns - (face.x + face.width / 2) * across) / half[0]
    v = (rows - (face.y + face.height / 2) * down) / half[1]
    eyes = face.points[:2].astype(np.float64) * (across, down)
    return _Place(u * u + v * v <= 1.0, eyes)


def _eye_distance_mm(
    eyes: NDArray[np.float64], depth: Depth, middle_mm: float, focal_px: float
) -> float:
    """In space, so that a turned head is not measured as a narrow one."""
    height, width = depth.shape
    places = []
    for x, y in eyes:
        column, row = int(np.clip(x, 0, width - 1)), int(np.clip(y, 0, height - 1))
        window = depth[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
        near = window[np.abs(window - middle_mm) <= _BEHIND_MM]
        z = float(np.median(near)) if near.size else middle_mm
        places.append(((x - width / 2) * z / focal_px, (y - height / 2) * z / focal_px, z))
    right, left = np.array(places)
    return float(np.linalg.norm(right - left))


def _off_plane_mm(points: NDArray[np.float64]) -> float:
    """RMS distance of (n, 3) points from the plane that fits them best, without the furthest."""
    centred = points - points.mean(axis=0)
    # The plane's normal is the direction in which the points spread least.
    normal = np.linalg.eigh(centred.T @ centred)[1][:, 0]
    squared = np.sort((centred @ normal) ** 2)[: max(3, int(_TRIM * len(centred)))]
    return float(np.sqrt(squared.mean()))
