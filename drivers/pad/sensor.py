"""L9: the slot for a depth or near-infrared sensor.

The key-infrastructure policy needs one (requirement L-3); without, it does not start. Blind spot:
silicone masks, which have relief and reflect near-infrared like skin.
"""

import numpy as np

from drivers.pad.observation import Observation
from station.booth.pad_gates import PadGates
from station.model import LayerVerdict

NAME = "L9_SENSOR"
FLAT, DARK = "FLAT_ARTEFACT", "SCREEN"
_LEAST_FRAMES = 5
_DEPTH_RELIEF = 0.08
"""RMS deviation from the best plane over IOD; a head has .12 and more, bent paper under .05."""
_NIR_LEVEL = 0.05
"""A display is black in near infrared, skin is not."""


class SensorTally:
    """Median of what the sensor says, per kind."""

    def __init__(self, gates: PadGates) -> None:
        self._gates = gates
        self._readings: dict[str, list[float]] = {}

    def observe(self, seen: Observation) -> None:
        """Take one frame in."""
        if seen.sensor is not None:
            self._readings.setdefault(seen.sensor.kind, []).append(seen.sensor.relief)

    def verdict(self) -> LayerVerdict:
        """The figure nearest to (or furthest below) its gate; not judged without a sensor."""
        worst: LayerVerdict | None = None
        for kind, gate, species in (("DEPTH", _DEPTH_RELIEF, FLAT), ("NIR", _NIR_LEVEL, DARK)):
            figures = self._readings.get(kind, [])
            if len(figures) < _LEAST_FRAMES:
                continue
            measure = float(np.median(figures))
            passed = measure >= gate
            word = LayerVerdict(NAME, passed, measure, gate, species="" if passed else species)
            if worst is None or measure / gate < worst.measure / worst.gate:
                worst = word
        return worst or LayerVerdict(NAME, True, 0.0, _DEPTH_RELIEF, judged=False)
