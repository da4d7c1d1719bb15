"""ECDSA verification on the Weierstrass curves that `cryptography` does not carry.

Travel documents use brainpool curves of 224 and 320 bits and certificates with explicit curve
parameters. Only public values are handled, so none of this needs constant time. Explicit
parameters are accepted only where they equal a curve of the table: a certificate cannot bring a
curve of its own (the fault of CVE-2020-0601).
"""

from dataclasses import dataclass

Point = tuple[int, int] | None
"""Affine coordinates; None is the point at infinity."""


@dataclass(frozen=True, slots=True)
class Curve:
    """y² = x³ + ax + b over the field of `p`; base point of prime order `n`, cofactor 1."""

    name: str
    p: int
    a: int
    b: int
    base: tuple[int, int]
    n: int

    def contains(self, x: int, y: int) -> bool:
        """Whether (x, y) is a point of the curve with coordinates in range."""
        in_range = 0 <= x < self.p and 0 <= y < self.p
        return in_range and (y * y - (x * x + self.a) * x - self.b) % self.p == 0

    def add(self, one: Point, two: Point) -> Point:
        """The group law."""
        if one is None or two is None:
            return two if one is None else one
        (x1, y1), (x2, y2) = one, two
        if x1 == x2:
            if (y1 + y2) % self.p == 0:
                return None
            slope = (3 * x1 * x1 + self.a) * pow(2 * y1, -1, self.p)
        else:
            slope = (y2 - y1) * pow(x2 - x1, -1, self.p)
        x3 = (slope * slope - x1 - x2) % self.p
        return x3, (slope * (x1 - x3) - y1) % self.p

    def multiply(self, scalar: int, point: Point) -> Point:
        """`scalar` times `point` by double and add."""
        result: Point = None
        while scalar:
            if scalar & 1:
                result = self.add(result, point)
            point = self.add(point, point)
            scalar >>= 1
        return result

    def verifies(self, key: tuple[int, int], digest: bytes, r: int, s: int) -> bool:
        """ECDSA (FIPS 186-5 §6.4.2): whether (r, s) signs `digest` under the public point `key`."""
        if not (1 <= r < self.n and 1 <= s < self.n and self.contains(*key)):
            return False
        excess = max(0, len(digest) * 8 - self.n.bit_length())
        e = int.from_bytes(digest, "big") >> excess
        w = pow(s, -1, self.n)
        point = self.add(
            self.multiply(e * w % self.n, self.base), self.multiply(r * w % self.n, key)
        )
        return point is not None and point[0] % self.n == r
