"""Thresholds by false match rate, from measured tables with their provenance.

A threshold belongs to one extractor file and one runtime; nothing is interpolated or extrapolated.
"""

import itertools
import math
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from station.errors import ConfigError, ErrorCode

SHIPPED_CALIBRATION = (
    Path(__file__).resolve().parents[2] / "resources" / "models" / "calibration.toml"
)
DEFAULT_FMR = 1e-4
FALSE_MATCHES_NEEDED = 29
"""A row rests on about this many observed false matches or more (the "rule of 30")."""
_SIZE_LIMIT_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """One row: the score from which comparisons match, and what it costs."""

    fmr: float
    threshold: float
    tar: float


@dataclass(frozen=True, slots=True)
class CalibrationTable:
    """The rows of one matcher, and where they come from."""

    title: str
    matcher_id: str
    runtimes: tuple[str, ...]
    """Beginnings of runtime names the rows hold for, such as "opencv 5.0"."""
    detector: str
    data_set: str
    mated_comparisons: int
    nonmated_comparisons: int
    measured_on: date
    limits: str
    points: tuple[CalibrationPoint, ...]
    confirmed: str = ""
    """What a later run on another sample or runtime found."""

    def supports(self, fmr: float) -> bool:
        """Whether enough non-mated comparisons were made to speak of this rate."""
        return self.nonmated_comparisons * fmr >= FALSE_MATCHES_NEEDED


@dataclass(frozen=True, slots=True)
class Threshold:
    """The score from which two faces match, and the measured rate it stands for."""

    value: float
    fmr: float
    """The measured row's rate: the wanted one, or the next stricter."""
    table: CalibrationTable


@dataclass(frozen=True, slots=True)
class Calibration:
    """All tables of a station."""

    tables: tuple[CalibrationTable, ...]

    def find(self, matcher_id: str, fmr: float, runtime: str = "") -> Threshold:
        """The threshold for `fmr`, or for the next stricter measured rate.

        Raises `ConfigError(CONFIG_INVALID)` where no table is for this matcher (and `runtime`,
        if given) or no row supports the rate: a threshold is never guessed.
        """
        if not math.isfinite(fmr) or not 0 < fmr < 1:
            raise ConfigError(ErrorCode.CONFIG_INVALID)
        for table in self.tables:
            if table.matcher_id != matcher_id or not _fits(table, runtime):
                continue
            if fmr > max(point.fmr for point in table.points) * (1 + 1e-9):
                continue
            rows = [p for p in table.points if p.fmr <= fmr * (1 + 1e-9) and table.supports(p.fmr)]
            if rows:
                row = max(rows, key=lambda point: point.fmr)
                return Threshold(row.threshold, row.fmr, table)
        raise ConfigError(ErrorCode.CONFIG_INVALID)


def threshold_for(
    matcher_id: str, fmr: float = DEFAULT_FMR, runtime: str = "", own: Path | None = None
) -> float:
    """The threshold of the shipped tables, or of an operator's `own` file where it has one.

    Raises `ConfigError(CONFIG_INVALID)` as `Calibration.find` does.
    """
    return read_calibration(own=own).find(matcher_id, fmr, runtime).value


def read_calibration(path: Path = SHIPPED_CALIBRATION, own: Path | None = None) -> Calibration:
    """Read the tables; those of `own` are asked first.

    Raises `ConfigError(CONFIG_INVALID)` where a file is missing or malformed.
    """
    files = [path] if own is None else [own, path]
    return Calibration(tuple(table for file in files for table in _tables(file)))


def _tables(path: Path) -> list[CalibrationTable]:
    try:
        if path.stat().st_size > _SIZE_LIMIT_BYTES:
            raise ConfigError(ErrorCode.CONFIG_INVALID)
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["table"]
        return [_table(table) for table in tables]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(ErrorCode.CONFIG_INVALID) from error


def _table(raw: dict[str, Any]) -> CalibrationTable:
    points = tuple(CalibrationPoint(**point) for point in raw["points"])
    table = CalibrationTable(**{**raw, "points": points, "runtimes": tuple(raw["runtimes"])})
    by_rate = sorted(points, key=lambda point: -point.fmr)
    rates_ok = all(0 < p.fmr < 1 and -1 <= p.threshold <= 1 for p in points)
    # A stricter rate needs a higher threshold; a table that says otherwise has been mistyped.
    rising = all(a.threshold < b.threshold for a, b in itertools.pairwise(by_rate))
    if not points or not rates_ok or not rising or table.nonmated_comparisons < 1:
        raise ConfigError(ErrorCode.CONFIG_INVALID)
    return table


def _fits(table: CalibrationTable, runtime: str) -> bool:
    return runtime == "" or any(
        runtime == name or runtime.startswith(f"{name}.") for name in table.runtimes
    )
