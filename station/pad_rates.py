"""Error rates of presentation attack detection (ISO/IEC 30107-3), with intervals, on plain numbers.

A presentation ends BONA_FIDE, ATTACK or UNDECIDED. APCER counts attack presentations that ended
BONA_FIDE, per species; the worst species is the headline. BPCER counts bona fide presentations that
ended ATTACK. UNDECIDED, for whatever reason, is no response (APNRR, BPNRR): such a visit gets one
more attempt under a fresh plan and then a member of staff. All are shares of all presentations.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from station.error_rates import Interval, clopper_pearson

BONA_FIDE, ATTACK = "BONA_FIDE", "ATTACK"
_RESAMPLES = 2000
_LEVEL = 0.95
_LESS_IS_BETTER = frozenset({"L0_INTEGRITY", "L0_EXPOSURE", "L5_TRACK", "L6_CUES", "L7_PASSIVE"})
_NOT_IN_SCORE = frozenset({"L1_FACE_LOCK", "L9_SENSOR"})


@dataclass(frozen=True, slots=True)
class Trial:
    """One presentation. `cluster` names subject and artefact: such trials are not independent."""

    species: str
    cluster: str
    result: str
    decided_by: str
    score: float
    """Fused margin, -1..1: how far the worst hard layer was from its gate."""

    @property
    def responded(self) -> bool:
        """Whether the station came to a decision of its own."""
        return self.result in (BONA_FIDE, ATTACK)

    @property
    def accepted(self) -> bool:
        """Whether it ended BONA_FIDE."""
        return self.result == BONA_FIDE


@dataclass(frozen=True, slots=True)
class Rate:
    """k of n, with the wider of the exact and the cluster bootstrap interval (95 %)."""

    k: int
    n: int
    interval: Interval

    @property
    def rate(self) -> float:
        """k / n, or 0 where there were none."""
        return self.k / self.n if self.n else 0.0

    def as_json(self) -> dict[str, object]:
        """For one JSON document."""
        low, high = self.interval.low, self.interval.high
        return {"rate": self.rate, "k": self.k, "n": self.n, "interval": [low, high]}


def margin_of(layers: Iterable[tuple[str, bool, bool, float, float]]) -> float:
    """Fused margin of (layer, passed, judged, measure, gate): the worst hard layer's, -1..1."""
    margins = [1.0]
    for name, passed, judged, measure, gate in layers:
        if name in _NOT_IN_SCORE or gate <= 0:
            continue
        if not judged:
            continue
        above = (measure - gate) / gate
        margin = -above if name in _LESS_IS_BETTER else above
        margins.append(margin if passed == (margin >= 0) else (0.0 if passed else -1.0))
    return float(np.clip(min(margins), -1.0, 1.0))


def apcer(trials: Sequence[Trial], seed: int) -> dict[str, Rate]:
    """Per species: the share that was accepted."""
    names = sorted({trial.species for trial in trials})
    return {
        name: _rate([t for t in trials if t.species == name], BONA_FIDE, seed) for name in names
    }


def bpcer(trials: Sequence[Trial], seed: int) -> Rate:
    """The share of bona fide presentations that was called an attack."""
    return _rate(trials, ATTACK, seed)


def no_response(trials: Sequence[Trial]) -> Rate:
    """APNRR or BPNRR."""
    k = sum(not trial.responded for trial in trials)
    return Rate(k, len(trials), clopper_pearson(k, len(trials)))


def deciders(trials: Sequence[Trial]) -> dict[str, dict[str, int]]:
    """Per species: who decided, how often."""
    counted: dict[str, Counter[str]] = {}
    for trial in trials:
        counted.setdefault(trial.species, Counter())[f"{trial.result} {trial.decided_by}"] += 1
    return {species: dict(found.most_common()) for species, found in sorted(counted.items())}


def det_points(bona_fide: Sequence[Trial], attacks: Sequence[Trial]) -> list[tuple[float, float]]:
    """(APCER, BPCER) over all thresholds of the fused margin, worst species taken."""
    live = np.array([trial.score if trial.responded else -1.0 for trial in bona_fide])
    by_species: dict[str, list[float]] = {}
    for trial in attacks:
        by_species.setdefault(trial.species, []).append(trial.score)
    if not len(live) or not by_species:
        return []
    every = np.unique(np.concatenate([live, *map(np.array, by_species.values())]))
    points = []
    for threshold in [*every, every[-1] + 1.0]:
        worst = max(float(np.mean(np.array(s) >= threshold)) for s in by_species.values())
        points.append((worst, float(np.mean(live < threshold))))
    return points


def _rate(trials: Sequence[Trial], counted: str, seed: int) -> Rate:
    k = sum(trial.result == counted for trial in trials)
    exact = clopper_pearson(k, len(trials), level=_LEVEL)
    spread = _bootstrap(trials, counted, seed)
    return Rate(k, len(trials), Interval(min(exact.low, spread.low), max(exact.high, spread.high)))


def _bootstrap(trials: Sequence[Trial], counted: str, seed: int) -> Interval:
    """Percentile interval over resampled clusters; the point itself where there is one cluster."""
    clusters: dict[str, list[int]] = {}
    for trial in trials:
        counts = clusters.setdefault(trial.cluster, [0, 0])
        counts[0] += trial.result == counted
        counts[1] += 1
    if not clusters:
        return Interval(0.0, 1.0)
    table = np.array(list(clusters.values()), np.float64)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(table), (_RESAMPLES, len(table)))
    sums = table[drawn].sum(axis=1)
    rates = sums[:, 0] / sums[:, 1]
    low, high = np.quantile(rates, ((1 - _LEVEL) / 2, (1 + _LEVEL) / 2))
    return Interval(float(low), float(high))
