"""Bit distances and linkability on numbers whose answer is known."""

import numpy as np
import pytest

from station.template_rates import area_under_curve, bit_distances, linkage

RNG = np.random.default_rng


def test_distances_of_known_codes() -> None:
    codes = np.array([[0x00, 0x00], [0x0F, 0x00], [0xFF, 0xFF]], np.uint8)
    found = bit_distances(codes)
    assert (found.least, found.most, found.pairs) == (0.25, 1.0, 3)
    assert found.mean == pytest.approx((0.25 + 1.0 + 0.75) / 3)


def test_random_codes_are_half_apart_and_copies_are_found() -> None:
    codes = RNG(1).integers(0, 256, (300, 144), np.uint8)
    assert bit_distances(codes).mean == pytest.approx(0.5, abs=0.002)
    codes[7] = codes[8]
    assert bit_distances(codes).least == 0


def test_scores_of_one_source_are_not_linkable_and_show_a_bias_all_the_same() -> None:
    rng = RNG(2)
    found = linkage(rng.normal(size=2500), rng.normal(size=2500), rng)
    assert not found.is_linkable
    assert 0.47 < found.auc < 0.53
    # The figures of a perfect scheme at 2,500 scores: .055 on average, .066 at 95 %.
    assert 0.04 < found.d_sys < 0.075
    assert found.null_d_sys == pytest.approx(0.066, abs=0.008)


def test_a_shift_of_a_quarter_deviation_is_found() -> None:
    rng = RNG(3)
    found = linkage(rng.normal(0.25, 1, 2500), rng.normal(size=2500), rng)
    assert found.is_linkable
    assert found.p == pytest.approx(0.001)
    assert found.auc > 0.55


def test_a_wider_spread_is_found_although_no_side_is_higher() -> None:
    rng = RNG(4)
    found = linkage(rng.normal(0, 1.4, 2500), rng.normal(size=2500), rng)
    assert 0.48 < found.auc < 0.52
    assert found.is_linkable


def test_scores_that_never_overlap_are_wholly_linkable() -> None:
    found = linkage(np.linspace(0.6, 0.9, 100), np.linspace(-0.2, 0.2, 100), RNG(5))
    assert (found.d_sys, found.auc) == (1.0, 1.0)
    assert (found.mated, found.nonmated) == (100, 100)


def test_p_is_spread_evenly_where_there_is_no_link() -> None:
    """Else the gate at .01 would not mean one false alarm in a hundred."""
    rng = RNG(6)
    ps = [linkage(rng.normal(size=200), rng.normal(size=200), rng).p for _ in range(30)]
    assert min(ps) > 0.001
    assert 0.3 < float(np.mean(ps)) < 0.7


def test_equal_scores_count_half() -> None:
    assert area_under_curve(np.array([1.0, 2.0]), np.array([1.0, 0.0])) == pytest.approx(0.875)


@pytest.mark.parametrize("few", [0, 9])
def test_too_few_are_refused(few: int) -> None:
    with pytest.raises(ValueError, match="too few"):
        linkage(np.zeros(few), np.zeros(100), RNG(7))
    with pytest.raises(ValueError, match="two codes"):
        bit_distances(np.zeros((1, 4), np.uint8))
