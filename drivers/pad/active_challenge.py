"""L2: the subject does what the random plan asks, when it asks, and nothing else.

Blind spot: whoever can answer within the window, above all a real-time reenactment or a library of
clips with all action orders (face.md A.3 L2).
"""

from enum import StrEnum

from drivers.pad.blink import BlinkWatch, EyeBaseline
from drivers.pad.measures import FaceMeasures
from drivers.pad.mouth import MouthBaseline, MouthWatch, is_mouth_open
from drivers.pad.turn import TurnWatch
from station.booth.messages import Action
from station.booth.pad_gates import PadGates

NAME = "L2_CHALLENGE"
TURNS = frozenset({Action.TURN_LEFT, Action.TURN_RIGHT})


class ChallengeState(StrEnum):
    """How one prompt stands."""

    OPEN = "OPEN"
    DONE = "DONE"
    EARLY = "EARLY"
    WRONG = "WRONG"
    TIMED_OUT = "TIMED_OUT"


class Challenge:
    """Judges one action from the moment its prompt is asked for."""

    def __init__(
        self,
        action: Action,
        baseline: tuple[EyeBaseline, MouthBaseline],
        gates: PadGates,
        window_s: tuple[float, float],
    ) -> None:
        eyes, self._mouth_baseline = baseline
        self.action = action
        self.state = ChallengeState.OPEN
        self.shown_at_ns: int | None = None
        self._gates = gates
        self._earliest_s, self._timeout_s = window_s
        self._watch: BlinkWatch | MouthWatch | TurnWatch
        if action is Action.BLINK:
            self._watch = BlinkWatch(eyes, gates, self._earliest_s)
        elif action is Action.MOUTH:
            self._watch = MouthWatch(self._mouth_baseline, gates)
        else:
            self._watch = TurnWatch(action, gates)

    @property
    def fraction(self) -> float:
        """Evidence for this action, 0..1."""
        return self._watch.fraction

    def observe(self, captured_at_ns: int, measures: FaceMeasures | None) -> ChallengeState:
        """Take one frame in (None: no usable face) and say how the prompt stands."""
        if self.state is not ChallengeState.OPEN:
            return self.state
        time_s = (captured_at_ns - self.shown_at_ns) / 1e9 if self.shown_at_ns else -1.0
        if measures is not None:
            self.state = self._judge(time_s, measures)
        if self.state is ChallengeState.OPEN and time_s > self._timeout_s:
            self.state = ChallengeState.TIMED_OUT
        return self.state

    def _judge(self, time_s: float, measures: FaceMeasures) -> ChallengeState:
        turned = abs(measures.yaw_proxy) >= self._gates.turn_reached_yaw
        opened = is_mouth_open(measures, self._mouth_baseline, self._gates)
        if time_s < self._earliest_s:
            # Nobody can have read the prompt yet: a clip that runs on its own is early.
            return ChallengeState.EARLY if turned or opened else ChallengeState.OPEN
        watch = self._watch
        if isinstance(watch, BlinkWatch):
            watch.observe(time_s, measures)
            wrong = turned or opened
        elif isinstance(watch, MouthWatch):
            watch.observe(measures)
            wrong = turned
        else:
            watch.observe(measures)
            # The mesh's mouth is unreliable on a turned head, so only a frontal one counts.
            frontal = abs(measures.yaw_proxy) < self._gates.frontal_yaw
            wrong = watch.is_opposite(measures) or (opened and frontal)
        if watch.done:
            return ChallengeState.DONE
        return ChallengeState.WRONG if wrong else ChallengeState.OPEN
