"""L9: the slot for a depth or near-infrared sensor.

The key-infrastructure policy needs one (requirement L-3); without, it does not start. A sensor must
have seen the face in nearly every frame, and its figure is the worst that held for five readings in
a row: a head that was there for a while does not excuse what came after. Blind spot: silicone
masks, which have relief and reflect near-infrared like skin; and a sensor that is shown another
face than the camera.
"""

from collections import deque

import numpy as np

from drivers.pad.observation import Observation
from station.booth.pad_gates import PadGates
from station.booth.ports import SensorKind
from station.model import LayerVerdict

NAME = "L9_SENSOR"
FLAT, DARK = "FLAT_ARTEFACT", "SCREEN"
_RUN = 5
"""Readings in a row that make a figure: one or two may fail for noise or a blink of the light."""
_LEAST_SHARE = 0.8
"""Of the frames with a face: a sensor may skip some, but may not be covered for a while."""


class _Run:
    """The lowest median over five readings in a row of one kind."""

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=_RUN)
        self.count = 0
        self.worst = float("inf")

    def add(self, figure: float) -> None:
        self.count += 1
        self._last.append(figure)
        if len(self._last) == _RUN:
            self.worst = min(self.worst, float(np.median(self._last)))


class SensorTally:
    """What the sensor said of one attempt's face, per kind."""

    def __init__(self, gates: PadGates, *, required: bool = False) -> None:
        """`required`: an attempt that no sensor judged does not pass, whatever its policy."""
        self._gates, self._required = gates, required
        self._faces = 0
        self._runs: dict[SensorKind, _Run] = {}

    def observe(self, seen: Observation) -> None:
        """Take one frame in."""
        if seen.face is not None:
            self._faces += 1
        for reading in seen.sensor:
            self._runs.setdefault(reading.kind, _Run()).add(reading.figure)

    def verdict(self) -> LayerVerdict:
        """The figure nearest to (or furthest below) its gate.

        Not judged (where it is required: failed) without a sensor, or where one kind of reading
        was missing too often.
        """
        needed = max(_RUN, _LEAST_SHARE * self._faces)
        gates = self._gates
        known = (
            (SensorKind.DEPTH, gates.sensor_relief, FLAT),
            (SensorKind.NIR, gates.sensor_nir, DARK),
        )
        words = [
            LayerVerdict(
                NAME,
                run.worst >= gate,
                run.worst,
                gate,
                species="" if run.worst >= gate else species,
            )
            for kind, gate, species in known
            if (run := self._runs.get(kind)) is not None and run.count >= _RUN
        ]
        worst = min(words, key=lambda word: word.measure / word.gate, default=None)
        blinded = any(run.count < needed for run in self._runs.values())
        if worst is None or (blinded and worst.passed):
            passed = not self._required
            return LayerVerdict(NAME, passed, 0.0, gates.sensor_relief, judged=self._required)
        return worst
