"""The three judges of the lit seconds behind one face: L1's share, L4a's code, L4b's shape.

Blind spot: that of all three at once, a rigid mask with a head's relief.
"""

from drivers.pad.light_answer import LEAST_SHARE, LightAnswer
from drivers.pad.light_code import judge_code, read_code
from drivers.pad.light_shape import judge_shape, read_shape
from drivers.pad.light_share import NOT_MEASURED, judge_share, screen_share
from drivers.pad.observation import FaceTones
from station.booth.lights import Light
from station.booth.pad_gates import PadGates
from station.model import LayerVerdict

Verdicts = tuple[LayerVerdict, LayerVerdict, LayerVerdict]


class LightLayers:
    """Collects and judges one attempt's lights. Used on one thread."""

    def __init__(self, lights: tuple[Light, ...], gates: PadGates, slot_s: float) -> None:
        self._answer = LightAnswer(lights, slot_s)
        self._gates = gates
        self._judged: Verdicts | None = None

    @property
    def complete(self) -> bool:
        """Whether all lights were shown and their last frames have come."""
        return self._answer.complete

    @property
    def species(self) -> str:
        """The artefact for which there is positive evidence, or the empty string."""
        return next((verdict.species for verdict in self.verdicts() if verdict.species), "")

    def shown(self, index: int, shown_at_ns: int) -> None:
        """The desk painted light `index`; the number of lights: they are off.

        Raises `ValueError` out of order.
        """
        self._answer.shown(index, shown_at_ns)
        self._judged = None

    def observe(self, captured_at_ns: int, tones: FaceTones | None) -> None:
        """Take one frame in, in capture order; None: no usable face."""
        if not self.complete:
            self._answer.observe(captured_at_ns, tones)
            self._judged = None

    def verdicts(self) -> Verdicts:
        """L1_LIGHT, L4_CODE and L4_SHAPE as they stand."""
        if self._judged is None:
            self._judged = self._judge()
        return self._judged

    def _judge(self) -> Verdicts:
        code = read_code(self._answer)
        means = self._answer.means(code.lag_s)
        share = NOT_MEASURED
        if len(means.index) >= LEAST_SHARE * len(self._answer.lights):
            share = screen_share(means, self._answer.emission(means.index))
        shape = read_shape(self._answer, means, share)
        return (
            judge_share(share, self._gates),
            judge_code(code, self._gates),
            judge_shape(shape, share, self._gates),
        )
