"""How deep the thing is that turned: a head's relief, or the little a bent sheet has.

Seen from far enough, two views of one rigid thing differ by an affine map of the picture and by
each point's depth along one direction: x' = A x + t + c z. With z the relief of a head, c says how
much of it comes to light, and A alone how far the thing has turned: it is as much shorter in one
direction as a turned plane is. c over the sine of that angle is 1 for a head of usual relief,
however far it turns; a sheet must be turned much further to seem to turn as far. A sheet's curve is
not a head's, so some of its parallax stays unexplained, which counts against it.

Blind spot: a mask or a head model with relief, and every replay of a turning head. A sheet bent as
tightly as a head (a radius of one eye distance, or less) and turned like one passes (measured,
docs/pad.md): the landmark net imagines the rest of a head's depth on paper. For that reason the
gate was learned with the net, on rendered sheets.
"""

from dataclasses import dataclass

import numpy as np

from drivers.pad.measures import LEFT_OUTER, RIGHT_OUTER
from station.booth.ports import Points

_MIDDLE = (
    (10, 0.14), (151, 0.16), (9, 0.15), (8, 0.13), (168, 0.11), (6, 0.14), (197, 0.17),
    (195, 0.20), (5, 0.23), (4, 0.25), (1, 0.23), (19, 0.19), (94, 0.14), (2, 0.09),
)  # fmt: skip
_BESIDE = (
    (98, 327, 0.02), (129, 358, 0.00), (33, 263, -0.10), (133, 362, -0.04), (130, 359, -0.12),
    (226, 446, -0.16), (50, 280, -0.13), (101, 330, -0.05), (116, 345, -0.29), (117, 346, -0.16),
    (118, 347, -0.11), (36, 266, -0.03), (205, 425, -0.08), (54, 284, -0.21), (103, 332, -0.08),
    (67, 297, 0.04), (109, 338, 0.11), (21, 251, -0.34), (162, 389, -0.45), (127, 356, -0.56),
    (234, 454, -0.62), (93, 323, -0.65),
)  # fmt: skip
"""Mesh points of the subject's right and left, and how far towards the camera, over IOD."""
RELIEF = dict(_MIDDLE) | {point: z for *both, z in _BESIDE for point in both}
"""Depth of the points of face.md A.4 that expressions hardly move, as the landmark net shows it:
least squares over 243 pairs of a frontal and a turned photograph of one person (LFW), mirrored."""
RIGID_POINTS = np.array(list(RELIEF))
_DEPTHS = np.array(list(RELIEF.values()))
_UNEXPLAINED = 8.0
"""Times the RMS of what is left. The net's errors hang together from point to point, so the
usual few standard errors would say nothing."""
_LEAST_SINE = 0.25
"""No head gets its nose to a complete turn (yaw proxy .20) with less; below it a quotient is
noise."""


@dataclass(frozen=True, slots=True)
class ReliefFit:
    """What one turned view says of the depth of a face; lengths over the IOD of the frontal one."""

    parallax: float
    """How far a point one IOD in front of the others has moved against them."""
    unexplained: float
    """RMS of what neither the turn nor a head's relief explains."""
    sine: float
    """Of the angle by which the face seems to have turned away, 0..1."""

    @property
    def depth(self) -> float:
        """Depth in heads, less what is unexplained: about 1 for a head, 0 for a plane."""
        return (self.parallax - _UNEXPLAINED * self.unexplained) / max(self.sine, _LEAST_SINE)


def fit_relief(frontal: Points, turned: Points) -> ReliefFit | None:
    """Fit frontal (478, 2) onto turned (478, 2); None where the picture has collapsed."""
    iod = float(np.hypot(*(frontal[RIGHT_OUTER] - frontal[LEFT_OUTER]).astype(np.float64)))
    if not iod >= 1.0:
        return None
    source = frontal[RIGID_POINTS].astype(np.float64) / iod
    target = turned[RIGID_POINTS].astype(np.float64) / iod
    source, target = source - source.mean(axis=0), target - target.mean(axis=0)
    design = np.column_stack((source, _DEPTHS, np.ones(len(source))))
    fitted = np.linalg.lstsq(design, target, rcond=None)[0]
    rest = target - design @ fitted
    longest, shortest = np.linalg.svd(fitted[:2], compute_uv=False).tolist()
    if not longest > 1e-3:
        return None
    return ReliefFit(
        parallax=float(np.hypot(*fitted[2])) / longest,
        unexplained=float(np.sqrt(np.mean(np.sum(rest**2, axis=1)))) / longest,
        sine=float(np.sqrt(1.0 - (shortest / longest) ** 2)),
    )
