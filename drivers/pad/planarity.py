"""L3: a turning head is not a plane, and not a bent sheet.

The frontal frame's rigid points are mapped onto the turned ones by the best homography. A plane
under any pose leaves only the landmark net's noise; a head leaves its relief times sin(yaw). A bent
sheet leaves as much when it is turned far enough, so a complete turn must show a head's depth for
the angle it takes as well (`drivers.pad.head_relief`). Only x and y are used: the mesh's z is a
prior and is present on photos too.

Blind spot: **the replay of a turning head passes** (measured, face.md A.5), as do masks and head
models with relief.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from drivers.pad.head_relief import RIGID_POINTS, fit_relief
from drivers.pad.measures import LEFT_OUTER, RIGHT_OUTER, FaceMeasures
from station.booth.messages import Action
from station.booth.pad_gates import PadGates
from station.booth.ports import Landmarks, Points
from station.model import LayerVerdict

NAME = "L3_PLANARITY"
FLAT = "FLAT_ARTEFACT"
_LEAST_FRAMES = 3
_SIDES = {Action.TURN_LEFT: 1.0, Action.TURN_RIGHT: -1.0}
"""Sign of the yaw proxy that is asked for."""


@dataclass(frozen=True, slots=True)
class PlaneFit:
    """How well one plane explains frontal and present frame together."""

    residual: float
    """RMS transfer error over IOD of the frontal frame: r of face.md A.4."""
    foreshortening: float
    """1 - (short over long axis) that the homography makes of a small circle at the nose."""


def fit_plane(frontal: Points, turned: Points) -> PlaneFit | None:
    """Fit frontal (478, 2) onto turned (478, 2); None where no homography exists."""
    source = frontal[RIGID_POINTS].astype(np.float64)
    target = turned[RIGID_POINTS].astype(np.float64)
    # Method 0 is least squares over all points: for RANSAC the relief would be "outliers".
    homography, _ = cv2.findHomography(source, target, 0)
    if homography is None or abs(float(np.linalg.det(homography))) < 1e-9:
        return None
    back = cv2.perspectiveTransform(target[None], np.linalg.inv(homography))[0]
    iod = float(np.hypot(*(frontal[RIGHT_OUTER] - frontal[LEFT_OUTER]).astype(np.float64)))
    error = float(np.sqrt(np.mean(np.sum((back - source) ** 2, axis=1))))
    if not np.isfinite(error) or iod < 1.0:
        return None
    return PlaneFit(error / iod, _foreshortening(homography, source.mean(axis=0)))


class Planarity:
    """Collects plane fits of one attempt; one verdict per turn and one for the whole attempt."""

    def __init__(self, gates: PadGates) -> None:
        self._gates = gates
        self._frontal: Points | None = None
        self._frontal_yaw = 1.0
        self._rotated: list[float] = []
        self._turns: dict[Action, list[float]] = {}
        self._turning: Action | None = None
        self._depths: dict[Action, list[float]] = {}

    def offer_frontal(self, points: Points, measures: FaceMeasures) -> None:
        """Keep this frame as reference if it is the most frontal so far (face lock only)."""
        if abs(measures.yaw_proxy) < self._frontal_yaw:
            self._frontal, self._frontal_yaw = points, abs(measures.yaw_proxy)

    def observe(self, points: Points, measures: FaceMeasures, turn: Action | None) -> None:
        """Take one frame in; `turn` is the turn action being judged, if one is."""
        if self._frontal is None:
            return
        fit = fit_plane(self._frontal, points)
        if fit is None:
            return
        yaw = abs(measures.yaw_proxy)
        in_band = yaw >= self._gates.turn_onset_yaw
        if in_band or fit.foreshortening >= self._gates.flat_foreshortening:
            self._rotated.append(fit.residual)
        if turn is not None and in_band:
            self._turns.setdefault(turn, []).append(fit.residual)
        # A turn goes on until the face is frontal again, however early it was seen to be complete.
        self._turning = turn or (self._turning if in_band else None)
        if self._turning is not None:
            side = _SIDES[self._turning] * measures.yaw_proxy
            if side >= self._gates.turn_reached_yaw:
                self._depths.setdefault(self._turning, []).append(self._depth(points))

    def is_averted(self, landmarks: Landmarks | None, measures: FaceMeasures) -> bool:
        """Whether the head is turned to a side, or shows a turned head's relief otherwise."""
        if abs(measures.yaw_proxy) >= self._gates.turn_onset_yaw:
            return True
        if self._frontal is None or landmarks is None:
            return False
        fit = fit_plane(self._frontal, landmarks.points)
        return fit is not None and fit.residual >= self._gates.planarity_residual

    def turn_has_relief(self, turn: Action) -> bool:
        """Whether the frames of this turn show a head's relief."""
        figures = self._turns.get(turn, [])
        return (
            len(figures) >= _LEAST_FRAMES
            and float(np.median(figures)) >= self._gates.planarity_residual
        )

    @property
    def has_evidence(self) -> bool:
        """Whether there was a turn, or a turned plane, to judge by."""
        return self.saw_plane() or any(len(f) >= _LEAST_FRAMES for f in self._turns.values())

    def saw_plane(self) -> bool:
        """Whether the attempt's turned frames are those of a plane."""
        flat = sum(residual < self._gates.flat_residual for residual in self._rotated)
        return flat >= _LEAST_FRAMES and flat > len(self._rotated) - flat

    def _depth(self, points: Points) -> float:
        relief = None if self._frontal is None else fit_relief(self._frontal, points)
        return 0.0 if relief is None else relief.depth

    def verdict(self) -> LayerVerdict:
        """The least relief of any turn beside its gate; 0 where nothing was rotated.

        Where that is enough, but not for the angle of a complete turn: the least depth in heads.
        """
        gate = self._gates.planarity_residual
        if self.saw_plane():
            measure = float(np.median(self._rotated))
            return LayerVerdict(NAME, False, measure, gate, species=FLAT)
        medians = [float(np.median(f)) for f in self._turns.values() if len(f) >= _LEAST_FRAMES]
        least = min(medians, default=0.0)
        if least < gate:
            return LayerVerdict(NAME, False, least, gate)
        shallowest = min((float(np.median(f)) for f in self._depths.values()), default=None)
        if shallowest is not None and shallowest < self._gates.head_depth:
            return LayerVerdict(NAME, False, shallowest, self._gates.head_depth)
        return LayerVerdict(NAME, True, least, gate)


def _foreshortening(homography: np.ndarray, centre: np.ndarray) -> float:
    x, y = centre
    w = homography[2] @ (x, y, 1.0)
    u, v = homography[0] @ (x, y, 1.0) / w, homography[1] @ (x, y, 1.0) / w
    jacobian = (homography[:2, :2] - np.outer((u, v), homography[2, :2])) / w
    axes = np.linalg.svd(jacobian, compute_uv=False)
    return float(1.0 - axes[1] / max(float(axes[0]), 1e-9))
