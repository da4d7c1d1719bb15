"""1:1 comparison of a document's face with a live one."""

import numpy as np

from station.booth.ports import FeatureVector
from station.errors import StationBug

UNIT_LENGTH_TOLERANCE = 1e-3


def compare(reference: FeatureVector, probe: FeatureVector) -> float:
    """The comparison score: the cosine of two unit-length vectors, -1..1, higher is closer.

    Vectors of different matchers, a wiped vector or one that was not normalised are our own
    fault, never a low score: `StationBug`.
    """
    if reference.shape != probe.shape or reference.ndim != 1:
        raise StationBug("the two vectors are not of one matcher")
    for vector in (reference, probe):
        length = float(np.linalg.norm(vector))
        if not abs(length - 1.0) <= UNIT_LENGTH_TOLERANCE:  # also refuses NaN
            raise StationBug("a vector has no unit length")
    return float(np.clip(np.dot(reference, probe), -1.0, 1.0))
