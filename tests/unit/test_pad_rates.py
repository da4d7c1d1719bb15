"""PAD error rates: what is counted as what, and intervals that know their clusters."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.det_plot import det_svg
from station.pad_rates import Trial, apcer, bpcer, deciders, det_points, margin_of, no_response

RESULTS = ("BONA_FIDE", "ATTACK", "UNDECIDED")


def trial(result: str, species: str = "photo", cluster: str = "a", score: float = 0.0) -> Trial:
    return Trial(species, cluster, result, "L3_PLANARITY", score)


def test_an_accepted_attack_is_the_only_apcer_error() -> None:
    trials = [trial(result, cluster=str(i)) for i, result in enumerate(RESULTS * 10)]
    rate = apcer(trials, seed=1)["photo"]
    assert (rate.k, rate.n) == (10, 30)


def test_a_person_called_an_attack_is_the_only_bpcer_error() -> None:
    trials = [trial(result, cluster=str(i)) for i, result in enumerate(RESULTS * 10)]
    assert (bpcer(trials, seed=1).k, no_response(trials).k) == (10, 10)


@pytest.mark.parametrize(("n", "upper"), [(50, 0.071), (150, 0.024), (300, 0.012)])
def test_no_error_in_n_proves_no_more_than_this(n: int, upper: float) -> None:
    """face.md A.2's check values."""
    trials = [trial("ATTACK", cluster=str(number)) for number in range(n)]
    assert apcer(trials, seed=1)["photo"].interval.high == pytest.approx(upper, abs=5e-4)


def test_trials_of_one_cluster_widen_the_interval() -> None:
    alone = [trial("BONA_FIDE" if i < 30 else "ATTACK", cluster=str(i)) for i in range(150)]
    clustered = [
        trial("BONA_FIDE" if i < 30 else "ATTACK", cluster=str(i // 30)) for i in range(150)
    ]
    narrow, wide = apcer(alone, 1)["photo"].interval, apcer(clustered, 1)["photo"].interval
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_species_are_never_pooled() -> None:
    trials = [trial("BONA_FIDE", "mask"), *(trial("ATTACK", "photo") for _ in range(9))]
    assert {name: rate.rate for name, rate in apcer(trials, 1).items()} == {"mask": 1, "photo": 0}
    assert deciders(trials)["photo"] == {"ATTACK L3_PLANARITY": 9}


def test_the_margin_is_the_worst_layers() -> None:
    good = ("L3_PLANARITY", True, True, 0.0825, 0.055)
    assert margin_of([good]) == pytest.approx(0.5)
    assert margin_of([good, ("L4_CODE", False, True, 0.4, 0.8)]) == pytest.approx(-0.5)
    assert margin_of([good, ("L0_EXPOSURE", True, True, 0.03, 0.3)]) == pytest.approx(0.5)
    assert margin_of([good, ("L4_CODE", True, False, 0.0, 0.8)]) == pytest.approx(0.5)


scores = st.floats(-1, 1)


@given(st.lists(scores, min_size=1, max_size=30), st.lists(scores, min_size=1, max_size=30))
def test_the_det_curve_trades_one_error_for_the_other(
    live: list[float], attacks: list[float]
) -> None:
    points = det_points(
        [trial("BONA_FIDE", "live", score=s) for s in live],
        [trial("ATTACK", score=s) for s in attacks],
    )
    far, near = zip(*points, strict=True)
    assert list(far) == sorted(far, reverse=True)
    assert list(near) == sorted(near)
    assert (far[0], near[-1]) == (1.0, 1.0)


def test_the_plot_is_svg_and_keeps_its_label() -> None:
    drawn = ElementTree.fromstring(det_svg([(0.5, 0.0), (0.01, 0.2)], "a < b", "SIM"))
    assert drawn.tag.endswith("svg")
    assert "SIM" in "".join(drawn.itertext())
