"""Error rates against published check values and brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.error_rates import (
    best_threshold,
    clopper_pearson,
    counts_at,
    fold_accuracy,
    tar_at_fmr,
)


@pytest.mark.parametrize(
    ("errors", "trials", "two_sided", "one_sided"),
    [
        (0, 50, 0.071, 0.058),
        (0, 59, 0.061, 0.0495),
        (0, 150, 0.024, 0.020),
        (1, 150, 0.037, 0.031),
        (2, 150, 0.047, 0.041),
        (0, 299, 0.012, 0.00997),
        (0, 300, 0.012, 0.0099),
        (0, 750, 0.0049, 0.0040),
        (0, 3000, 0.0012, 0.0010),
    ],
)
def test_clopper_pearson_check_values(
    errors: int, trials: int, two_sided: float, one_sided: float
) -> None:
    assert clopper_pearson(errors, trials).high == pytest.approx(two_sided, rel=0.03)
    assert clopper_pearson(errors, trials, one_sided=True).high == pytest.approx(
        one_sided, rel=0.03
    )


def test_clopper_pearson_zero_errors_has_its_closed_form() -> None:
    assert clopper_pearson(0, 40).high == pytest.approx(1 - 0.025 ** (1 / 40), abs=1e-12)
    assert clopper_pearson(0, 40).low == 0.0


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.data())
def test_clopper_pearson_holds_the_rate_and_mirrors(trials: int, data: st.DataObject) -> None:
    errors = data.draw(st.integers(0, trials))
    interval = clopper_pearson(errors, trials)
    assert interval.low <= errors / trials <= interval.high
    mirrored = clopper_pearson(trials - errors, trials)
    assert mirrored.low == pytest.approx(1 - interval.high, abs=1e-9)


def test_clopper_pearson_refuses_nonsense_and_knows_nothing_of_no_trials() -> None:
    assert clopper_pearson(0, 0).high == 1.0
    for errors, trials in ((-1, 10), (11, 10)):
        with pytest.raises(ValueError, match="trials"):
            clopper_pearson(errors, trials)


def test_tar_at_fmr_allows_exactly_that_many_false_matches() -> None:
    nonmated = np.linspace(0.0, 0.5, 1000)
    mated = np.array([0.3, 0.499, 0.4997, 0.6, 0.9])
    found = tar_at_fmr(mated, nonmated, 1e-3)
    assert found is not None
    assert found.false_matches == 1
    assert found.tar == pytest.approx(3 / 5)
    assert found.interval.low < found.tar < found.interval.high


def test_tar_at_fmr_says_nothing_where_pairs_are_too_few() -> None:
    assert tar_at_fmr(np.ones(10), np.zeros(1500), 1e-4) is None
    assert tar_at_fmr(np.ones(0), np.zeros(1500), 1e-2) is None


def test_equal_nonmated_scores_never_break_the_rate() -> None:
    found = tar_at_fmr(np.full(10, 0.5), np.full(200, 0.5), 1e-2)
    assert found is not None
    assert (found.false_matches, found.tar) == (0, 0.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=2, max_size=40))
def test_best_threshold_is_as_good_as_any(pairs: list[tuple[int, bool]]) -> None:
    scores = np.array([score / 10 for score, _ in pairs])
    is_mated = np.array([mated for _, mated in pairs])

    def wrong(threshold: float) -> int:
        counts = counts_at(scores[is_mated], scores[~is_mated], threshold)
        return counts.false_matches + counts.false_non_matches

    brute = min(wrong(threshold) for threshold in np.arange(-0.05, 1.4, 0.05))
    assert wrong(best_threshold(scores, is_mated)) == brute


def test_fold_accuracy_judges_each_fold_by_the_others() -> None:
    scores = np.array([0.9, 0.1, 0.8, 0.2, 0.3, 0.7])
    is_mated = np.array([True, False, True, False, True, False])
    folds = np.array([0, 0, 1, 1, 2, 2])
    found = fold_accuracy(scores, is_mated, folds)
    # The third fold is upside down: judged by the others, both of its pairs are wrong.
    assert found.mean == pytest.approx(2 / 3, abs=0.2)
    assert len(found.thresholds) == 3
    assert fold_accuracy(scores[:4], is_mated[:4], folds[:4]).mean == 1.0


def test_fold_accuracy_needs_two_folds() -> None:
    with pytest.raises(ValueError, match="two folds"):
        fold_accuracy(np.array([0.1]), np.array([True]), np.array([0]))
