"""L1 and L4 together: the answers to the screen's lights."""

from drivers.pad.observation import FaceTones
from station.booth.lights import Light
from station.booth.pad_gates import PadGates
from station.model import LayerVerdict


class LightLayers:
    """Collects what the face answered to each light of the plan."""

    def __init__(self, lights: tuple[Light, ...], gates: PadGates, slot_s: float) -> None:
        self._lights, self._gates, self._slot_s = lights, gates, slot_s

    def shown(self, index: int, shown_at_ns: int) -> None:
        """The desk painted light `index`."""

    def observe(self, captured_at_ns: int, tones: FaceTones) -> None:
        """Take one frame in."""

    def verdicts(self) -> tuple[LayerVerdict, ...]:
        """Nothing was judged yet."""
        gates = self._gates
        return (
            LayerVerdict("L1_LIGHT", True, 0.0, gates.modulation, judged=False),
            LayerVerdict("L4_CODE", True, 0.0, gates.code_correlation, judged=False),
            LayerVerdict("L4_SHAPE", True, 0.0, gates.shape_slope, judged=False),
        )
