"""What stored templates give away of each other: bit distances and linkability, on plain numbers.

Linkability after Gomez-Barrero et al. (2018), D_sys with even odds, judged by a permutation test: a
scheme without any link shows a positive D_sys too, the more so the fewer scores there are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from station.error_rates import Scores

PERMUTATIONS = 999
LINK_ALPHA = 0.01
"""Below this p the two sets are said to differ: by chance once in a hundred runs."""
_SCORES_PER_BIN = 10
_MOST_BINS = 100


@dataclass(frozen=True, slots=True)
class BitDistance:
    """Share of differing bits over all pairs of codes; .5 is chance."""

    mean: float
    least: float
    most: float
    pairs: int


@dataclass(frozen=True, slots=True)
class Linkage:
    """How well scores of two templates of one person can be told from those of two persons."""

    d_sys: float
    """0: not at all, 1: always; see `null_d_sys` for what chance alone gives here."""
    null_d_sys: float
    """95th percentile of D_sys after the labels were shuffled."""
    p: float
    """Share of shuffles with a D_sys as great: small means linkable."""
    auc: float
    """Chance that a mated score is the greater one; .5 is chance."""
    mated: int
    nonmated: int

    @property
    def is_linkable(self) -> bool:
        """Whether the permutation test tells the two apart."""
        return self.p <= LINK_ALPHA


def bit_distances(codes: NDArray[np.uint8]) -> BitDistance:
    """Distances of `codes`, shape (n, bytes) with two rows or more, over all pairs."""
    if codes.ndim != 2 or len(codes) < 2:
        raise ValueError("needs two codes or more")
    bits = np.unpackbits(codes, axis=1).astype(np.float32)
    only_first = bits @ (1 - bits).T
    differing = (only_first + only_first.T)[np.triu_indices(len(codes), 1)] / bits.shape[1]
    return BitDistance(
        float(np.mean(differing, dtype=np.float64)),
        float(np.min(differing)),
        float(np.max(differing)),
        len(differing),
    )


def linkage(mated: Scores, nonmated: Scores, rng: np.random.Generator) -> Linkage:
    """D_sys with its permutation test, and the area under the curve.

    Needs ten scores of each kind or more.
    """
    if min(len(mated), len(nonmated)) < _SCORES_PER_BIN:
        raise ValueError("too few scores to speak of a link")
    places, bins = _binned(np.concatenate((mated, nonmated)), min(len(mated), len(nonmated)))
    found = _d_sys(places, len(mated), bins)
    shuffled = np.array(
        [_d_sys(rng.permutation(places), len(mated), bins) for _ in range(PERMUTATIONS)]
    )
    return Linkage(
        found,
        float(np.quantile(shuffled, 0.95)),
        float((1 + np.count_nonzero(shuffled >= found)) / (1 + PERMUTATIONS)),
        area_under_curve(mated, nonmated),
        len(mated),
        len(nonmated),
    )


def area_under_curve(mated: Scores, nonmated: Scores) -> float:
    """Chance that a mated score exceeds a non-mated one; equal scores count half."""
    ordered = np.sort(nonmated)
    below = np.searchsorted(ordered, mated, side="left")
    up_to = np.searchsorted(ordered, mated, side="right")
    return float(np.mean(below + up_to) / (2 * len(nonmated)))


def _binned(scores: Scores, fewer: int) -> tuple[NDArray[np.intp], int]:
    bins = max(2, min(fewer // _SCORES_PER_BIN, _MOST_BINS))
    edges = np.linspace(scores.min(), scores.max(), bins + 1)
    return np.clip(np.searchsorted(edges, scores, side="right") - 1, 0, bins - 1), bins


def _d_sys(places: NDArray[np.intp], mated: int, bins: int) -> float:
    """Sum over bins of p(s | mated) D(s), D = 2 LR / (1 + LR) - 1 where LR > 1, else 0."""
    of_mated = np.bincount(places[:mated], minlength=bins) / mated
    of_others = np.bincount(places[mated:], minlength=bins) / (len(places) - mated)
    more = of_mated > of_others
    # 2 LR / (1 + LR) - 1 = (m - n) / (m + n), which stays finite where nobody else scores.
    local = (of_mated[more] - of_others[more]) / (of_mated[more] + of_others[more])
    return float(np.sum(of_mated[more] * local))
