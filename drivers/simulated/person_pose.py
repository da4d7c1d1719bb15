"""The few distances a simulated person learns its own movements by (SIM).

Written apart from `drivers.pad`, so that an error there is not mirrored here.
"""

import numpy as np
from numpy.typing import NDArray

Mesh = NDArray[np.float32]
_EYES = ((33, 133, 159, 145), (263, 362, 386, 374))


def nose_position(points: Mesh) -> float:
    """Nose tip along the line of the outer eye corners, -0.5..0.5; 0 is frontal."""
    right, left = points[33].astype(np.float64), points[263].astype(np.float64)
    axis = left - right
    return float((points[1] - right) @ axis / max(float(axis @ axis), 1e-6)) - 0.5


def eye_opening(points: Mesh, eye: int) -> float:
    """Middle lid distance over eye width; `eye` 0 is the subject's right."""
    outer, inner, upper, lower = _EYES[eye]
    return max(_distance(points, upper, lower) / max(_distance(points, outer, inner), 1e-6), 1e-4)


def mouth_gap(points: Mesh) -> float:
    """Distance of the inner lips in pixels."""
    return _distance(points, 13, 14)


def mouth_ratio(points: Mesh) -> float:
    """Distance of the inner lips over the mouth's width."""
    return mouth_gap(points) / max(_distance(points, 61, 291), 1e-6)


def eye_distance(points: Mesh) -> float:
    """Distance of the outer eye corners in pixels."""
    return max(_distance(points, 33, 263), 1e-6)


def chin_height(points: Mesh) -> float:
    """Distance of the chin from the middle of the eyes in pixels."""
    middle = (points[33] + points[263]) / 2
    return float(np.hypot(*(points[152] - middle).astype(np.float64)))


def _distance(points: Mesh, a: int, b: int) -> float:
    return float(np.hypot(*(points[a] - points[b]).astype(np.float64)))
