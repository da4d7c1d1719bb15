"""The keyed isometry of the SR1 scheme: four rounds of signs, Hadamard transform and permutation.

It keeps every angle, so it costs no accuracy; without its key a turned vector has no direction in
common with the one it came from. Unlike a random matrix it is made in tens of microseconds.
"""

from functools import cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from station.booth.ports import FeatureVector
from station.errors import StationBug

ROUNDS = 4
LENGTHS = (128, 256)
"""Turned lengths: shorter vectors are padded with zeros, which turns keep at no cost."""


def padded_length(features: int) -> int | None:
    """The turned length for vectors of `features` numbers; None where they are too long."""
    return next((length for length in LENGTHS if 0 < features <= length), None)


def rotation_bytes(length: int) -> int:
    """How many random bytes drive a turn: per round d/8 for the signs and 4 d for the order."""
    return ROUNDS * (length // 8 + 4 * length)


class Rotation:
    """The turn of one record; `wipe` ends it. Used by one thread."""

    def __init__(self, stream: bytes, length: int) -> None:
        """Read signs (bit 1: +1) and permutations (stable argsort of u32 LE) from `stream`."""
        if len(stream) != rotation_bytes(length):
            raise StationBug("the rotation's stream has a wrong length")
        self.length = length
        rounds = np.frombuffer(stream, np.uint8).reshape(ROUNDS, -1)
        bits = np.unpackbits(rounds[:, : length // 8], axis=1)
        self._signs = bits.astype(np.float32) * 2 - 1
        places = np.ascontiguousarray(rounds[:, length // 8 :]).view("<u4")
        self._orders = np.argsort(places, axis=1, kind="stable")

    def turn(self, vectors: FeatureVector) -> FeatureVector:
        """Turn unit vectors of shape (d,) or (n, d), padded with zeros to `length`."""
        turned = self._padded(vectors)
        for signs, order in zip(self._signs, self._orders, strict=True):
            turned = ((turned * signs) @ _hadamard(self.length))[..., order]
        return self._scaled(turned)

    def turn_back(self, turned: FeatureVector) -> FeatureVector:
        """The inverse of `turn`; padding stays on."""
        vectors = self._padded(turned)
        for signs, order in zip(self._signs[::-1], self._orders[::-1], strict=True):
            before = np.empty_like(vectors)
            before[..., order] = vectors
            # The Hadamard matrix is symmetric and, scaled, its own inverse.
            vectors = (before @ _hadamard(self.length)) * signs
        return self._scaled(vectors)

    def wipe(self) -> None:
        """Overwrite signs and orders."""
        self._signs.fill(0)
        self._orders.fill(0)

    def _padded(self, vectors: FeatureVector) -> FeatureVector:
        padded = np.zeros((*vectors.shape[:-1], self.length), np.float32)
        padded[..., : vectors.shape[-1]] = vectors
        return padded

    def _scaled(self, vectors: FeatureVector) -> FeatureVector:
        # Four times 1/√d at once: a power of two, so that it rounds nothing.
        vectors *= np.float32(1 / self.length**2)
        return vectors


@cache
def _hadamard(length: int) -> NDArray[np.float32]:
    """Sylvester's matrix of +1 and -1."""
    matrix = np.ones((1, 1), np.float32)
    while len(matrix) < length:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return cast(NDArray[np.float32], matrix)
