"""Error rates and their confidence intervals: exact, without scipy, on plain numbers.

Terms are those of ISO/IEC 19795-1 (fmr, fnmr per comparison) and ISO/IEC 30107-3 (apcer, bpcer).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
"""Shape (n,): similarity scores, higher is closer."""
_BISECTION_STEPS = 80


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends of a confidence interval, 0..1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TarAtFmr:
    """Share of mated pairs accepted at the threshold that keeps a false match rate."""

    fmr: float
    tar: float
    threshold: float
    interval: Interval
    false_matches: int
    false_non_matches: int


@dataclass(frozen=True, slots=True)
class FoldAccuracy:
    """Accuracy where each fold is judged at the threshold chosen on all others."""

    mean: float
    sd: float
    """Standard deviation over the folds (population form, as the LFW protocol's figures)."""
    thresholds: tuple[float, ...]


def clopper_pearson(
    errors: int, trials: int, *, level: float = 0.95, one_sided: bool = False
) -> Interval:
    """The exact interval of a rate, by bisection on the binomial tails.

    With `one_sided`, each end is a bound of its own at `level`. No trials give 0..1.
    """
    if not 0 <= errors <= trials or not 0 < level < 1:
        raise ValueError("errors must be within trials, level within 0..1")
    if trials == 0:
        return Interval(0.0, 1.0)
    alpha = (1 - level) if one_sided else (1 - level) / 2
    # Lower end: P(X >= errors) = alpha. Upper end: P(X <= errors) = alpha.
    low = 0.0 if errors == 0 else _solve(errors - 1, trials, 1 - alpha)
    high = 1.0 if errors == trials else _solve(errors, trials, alpha)
    return Interval(low, high)


def tar_at_fmr(mated: Scores, nonmated: Scores, fmr: float) -> TarAtFmr | None:
    """TAR where at most `fmr` of the non-mated pairs match; None where they are too few to say.

    A comparison matches when its score is at least the threshold. Fewer than 1/fmr non-mated
    pairs cannot show that rate: not even one false match would be allowed.
    """
    # The small term keeps 1000 * 1e-3 from falling to 0 by rounding.
    allowed = math.floor(len(nonmated) * fmr + 1e-9)
    if allowed < 1 or len(mated) == 0:
        return None
    descending = np.sort(nonmated)[::-1]
    above = float(descending[allowed]) if allowed < len(descending) else float(descending[-1]) - 1
    threshold = float(np.nextafter(above, np.inf))
    errors = counts_at(mated, nonmated, threshold)
    accepted = len(mated) - errors.false_non_matches
    return TarAtFmr(
        fmr=fmr,
        tar=accepted / len(mated),
        threshold=threshold,
        interval=clopper_pearson(accepted, len(mated)),
        false_matches=errors.false_matches,
        false_non_matches=errors.false_non_matches,
    )


@dataclass(frozen=True, slots=True)
class ErrorCounts:
    """Wrong decisions at one threshold."""

    threshold: float
    false_matches: int
    false_non_matches: int


def counts_at(mated: Scores, nonmated: Scores, threshold: float) -> ErrorCounts:
    """Count wrong decisions where a score of at least `threshold` is a match."""
    return ErrorCounts(
        threshold,
        int(np.count_nonzero(nonmated >= threshold)),
        int(np.count_nonzero(mated < threshold)),
    )


def fold_accuracy(
    scores: Scores, is_mated: NDArray[np.bool_], folds: NDArray[np.int_]
) -> FoldAccuracy:
    """Accuracy per fold at the best threshold of the other folds; needs two folds or more."""
    names = np.unique(folds)
    if len(names) < 2:
        raise ValueError("needs two folds or more")
    accuracies, thresholds = [], []
    for name in names:
        held_out = folds == name
        threshold = best_threshold(scores[~held_out], is_mated[~held_out])
        decided = scores[held_out] >= threshold
        accuracies.append(float(np.mean(decided == is_mated[held_out])))
        thresholds.append(threshold)
    return FoldAccuracy(float(np.mean(accuracies)), float(np.std(accuracies)), tuple(thresholds))


def best_threshold(scores: Scores, is_mated: NDArray[np.bool_]) -> float:
    """The threshold with the fewest wrong decisions, in the middle of its gap."""
    order = np.argsort(scores, kind="stable")
    ordered, mated = scores[order], is_mated[order]
    # Threshold before index i: scores[i:] match. Errors = mated below + non-mated at or above.
    missed = np.concatenate(([0], np.cumsum(mated)))
    matched = np.concatenate((np.cumsum(~mated[::-1])[::-1], [0]))
    wrong = missed + matched
    # Equal scores cannot be parted by a threshold.
    wrong[1:-1][ordered[1:] == ordered[:-1]] = len(scores) + 1
    index = int(np.argmin(wrong))
    if index == 0:
        return float(ordered[0])
    if index == len(ordered):
        return float(np.nextafter(ordered[-1], np.inf))
    return float((ordered[index - 1] + ordered[index]) / 2)


def _solve(errors: int, trials: int, wanted: float) -> float:
    """The rate at which P(X <= errors) is `wanted`; that tail falls as the rate grows."""
    low, high = 0.0, 1.0
    for _ in range(_BISECTION_STEPS):
        middle = (low + high) / 2
        if _at_most(errors, trials, middle) > wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _at_most(errors: int, trials: int, rate: float) -> float:
    """P(X <= errors) of a binomial, summed over the shorter side."""
    if rate <= 0:
        return 1.0
    if rate >= 1:
        return 1.0 if errors >= trials else 0.0
    if errors * 2 <= trials:
        return _sum_of_terms(0, errors, trials, rate)
    return 1.0 - _sum_of_terms(errors + 1, trials, trials, rate)


def _sum_of_terms(first: int, last: int, trials: int, rate: float) -> float:
    log_rate, log_rest = math.log(rate), math.log1p(-rate)
    log_all = math.lgamma(trials + 1)
    return math.fsum(
        math.exp(
            log_all
            - math.lgamma(k + 1)
            - math.lgamma(trials - k + 1)
            + k * log_rate
            + (trials - k) * log_rest
        )
        for k in range(first, last + 1)
    )
