"""1:1 comparison of a document's face with a live one.

Reference and probe are two types that cannot be swapped, and each knows which matcher made it:
vectors of different models have nothing to do with each other.
"""

from dataclasses import dataclass, field

import numpy as np

from station.booth.ports import FeatureVector
from station.errors import StationBug


@dataclass(frozen=True, slots=True)
class _Vector:
    vector: FeatureVector = field(repr=False)
    matcher_id: str
    """SM3 of the extractor's file."""

    def wipe(self) -> None:
        """Overwrite the vector in place."""
        self.vector.fill(0)


@dataclass(frozen=True, slots=True)
class FaceReference(_Vector):
    """The feature vector of the document's portrait."""


@dataclass(frozen=True, slots=True)
class FaceProbe(_Vector):
    """The feature vector of one live frame, or of several (see `mean_probe`)."""


def compare(reference: FaceReference, probe: FaceProbe) -> float:
    """The comparison score: the cosine of the two vectors, -1..1, higher is closer."""
    if reference.matcher_id != probe.matcher_id:
        raise StationBug("vectors of different matchers were compared")
    return similarity(reference.vector, probe.vector)


def similarity(one: FeatureVector, other: FeatureVector) -> float:
    """The cosine of two unit-length vectors, -1..1."""
    return float(np.clip(np.dot(one, other), -1.0, 1.0))


def mean_probe(vectors: list[FeatureVector], matcher_id: str) -> FaceProbe:
    """One probe from several frames of the same person: the unit-length mean of `vectors`."""
    if not vectors:
        raise StationBug("a probe needs at least one frame")
    total = np.sum(vectors, axis=0, dtype=np.float64)
    length = float(np.linalg.norm(total))
    if length == 0:
        raise StationBug("the frames' vectors cancel out")
    return FaceProbe((total / length).astype(np.float32), matcher_id)
