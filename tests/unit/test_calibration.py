"""Thresholds come from measured rows only, and what the rows cannot support is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.face.calibration import (
    DEFAULT_FMR,
    SHIPPED_CALIBRATION,
    read_calibration,
    threshold_for,
)
from drivers.face.models import read_manifest
from station.errors import ConfigError, ErrorCode

SFACE = read_manifest().models["extractor"].sm3


def own_table(
    path: Path, *, points: str, comparisons: int = 10**7, matcher: str = "a" * 64
) -> Path:
    path.write_text(
        f"""[[table]]
title = "own"
matcher_id = "{matcher}"
runtimes = ["opencv 5.0"]
detector = "own"
data_set = "own"
mated_comparisons = 100
nonmated_comparisons = {comparisons}
measured_on = 2026-01-02
limits = "none stated"
points = [{points}]
""",
        encoding="utf-8",
    )
    return path


def test_the_default_rate_gives_the_measured_threshold() -> None:
    assert DEFAULT_FMR == 1e-4
    assert threshold_for(SFACE) == 0.415
    assert threshold_for(SFACE, 1e-3) == 0.358
    assert threshold_for(SFACE, 1e-6) == 0.545


def test_between_two_rows_the_stricter_one_counts() -> None:
    found = read_calibration().find(SFACE, 5e-4)
    assert (found.value, found.fmr) == (0.415, 1e-4)


@pytest.mark.parametrize("fmr", [1e-7, 5e-7, 1e-2, 0.0, 1.0, -1e-4, float("nan"), float("inf")])
def test_a_rate_without_support_is_refused(fmr: float) -> None:
    with pytest.raises(ConfigError) as caught:
        threshold_for(SFACE, fmr)
    assert caught.value.code is ErrorCode.CONFIG_INVALID


def test_an_unknown_matcher_is_refused() -> None:
    with pytest.raises(ConfigError):
        threshold_for("0" * 64)


def test_another_runtime_is_refused() -> None:
    assert threshold_for(SFACE, runtime="opencv 5.0.3") == 0.415
    for runtime in ("opencv 4.13.0", "opencv 5.01", "onnxruntime 1.31.1"):
        with pytest.raises(ConfigError):
            threshold_for(SFACE, runtime=runtime)


def test_rows_resting_on_too_few_comparisons_are_refused(tmp_path: Path) -> None:
    own = own_table(
        tmp_path / "own.toml",
        points="{fmr=1e-2, threshold=0.2, tar=0.9}, {fmr=1e-4, threshold=0.5, tar=0.8}",
        comparisons=3000,
    )
    assert threshold_for("a" * 64, 1e-2, own=own) == 0.2
    with pytest.raises(ConfigError):
        threshold_for("a" * 64, 1e-4, own=own)


def test_an_own_table_goes_before_the_shipped_one(tmp_path: Path) -> None:
    own = own_table(
        tmp_path / "own.toml", points="{fmr=1e-4, threshold=0.44, tar=0.9}", matcher=SFACE
    )
    assert threshold_for(SFACE, own=own) == 0.44
    assert threshold_for(SFACE, 1e-3, own=own) == 0.358


@pytest.mark.parametrize(
    "points",
    [
        "",
        "{fmr=1e-3, threshold=0.5, tar=0.9}, {fmr=1e-4, threshold=0.4, tar=0.8}",
        "{fmr=1e-3, threshold=1.5, tar=0.9}",
        "{fmr=2, threshold=0.5, tar=0.9}",
        "{fmr=1e-3, threshold=0.5}",
    ],
)
def test_a_malformed_table_is_refused(tmp_path: Path, points: str) -> None:
    with pytest.raises(ConfigError):
        read_calibration(own=own_table(tmp_path / "own.toml", points=points))


def test_a_missing_or_broken_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        read_calibration(tmp_path / "absent.toml")
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"\xff\xfe[[")
    with pytest.raises(ConfigError):
        read_calibration(broken)


def test_every_shipped_table_states_where_it_comes_from() -> None:
    for table in read_calibration(SHIPPED_CALIBRATION).tables:
        assert table.data_set and table.limits and table.runtimes and table.detector
        assert all(table.supports(point.fmr) for point in table.points)


@given(st.floats(min_value=1e-6, max_value=1e-3), st.floats(min_value=1e-6, max_value=1e-3))
def test_a_stricter_rate_never_lowers_the_threshold(one: float, other: float) -> None:
    calibration = read_calibration()
    low, high = sorted((one, other))
    assert calibration.find(SFACE, low).value >= calibration.find(SFACE, high).value
    assert calibration.find(SFACE, low).fmr <= low * (1 + 1e-9)
