"""The capture page: guidance, one prompt at a time, and the evidence gathered so far."""

from PySide6.QtCore import Property, QObject, Signal

from station.booth.messages import Guidance
from station.events import CaptureStarted, Event, GuidanceChanged, PromptChanged, PromptProgressed
from ui.bridge.display import Display

_WARM_LIGHT = {Guidance.TOO_DARK.value, Guidance.TURN_TO_LIGHT.value}
_OVAL_SCALE = {Guidance.COME_CLOSER.value: 1.1, Guidance.STEP_BACK.value: 0.88}


class Capture(QObject):
    """State of one capture attempt; numbers and enums only."""

    changed = Signal()

    def __init__(self, parent: QObject, display: Display) -> None:
        super().__init__(parent)
        self._display = display
        display.language_changed.connect(self.changed)
        self._guidance = Guidance.NO_FACE.value
        self._action = ""
        self._index = -1
        self._prompts = 0
        self._fractions: list[float] = []
        self._attempt = 1
        self._attempts_left = 0

    def on_event(self, event: Event) -> None:
        """Follow the attempt."""
        if isinstance(event, CaptureStarted):
            self._attempt, self._attempts_left = event.attempt, event.attempts_left
            self._prompts = max(0, event.prompts)
            self._fractions = [0.0] * self._prompts
            self._action, self._index, self._guidance = "", -1, Guidance.NO_FACE.value
        elif isinstance(event, GuidanceChanged):
            self._guidance = Guidance(event.guidance).value
        elif isinstance(event, PromptChanged):
            self.show_prompt(event.index, event.action)
            return
        elif isinstance(event, PromptProgressed):
            if 0 <= event.index < len(self._fractions):
                self._fractions[event.index] = max(0.0, min(1.0, event.fraction))
        else:
            return
        self.changed.emit()

    def show_prompt(self, index: int, action: str) -> None:
        """Ask for `action` now; everything before it is done."""
        self._index, self._action = index, action
        self._fractions[:index] = [1.0] * min(index, len(self._fractions))
        self.changed.emit()

    def forget(self) -> None:
        """Back to the state before the first attempt."""
        self._guidance, self._action, self._index = Guidance.NO_FACE.value, "", -1
        self._prompts, self._fractions = 0, []
        self._attempt, self._attempts_left = 1, 0
        self.changed.emit()

    @Property(str, notify=changed)
    def action(self) -> str:
        """Name of the present action, or ""."""
        return self._action

    @Property(str, notify=changed)
    def promptText(self) -> str:
        """The present instruction: the action, or the guidance while none is asked for."""
        if self._action:
            return self._display.say("action", self._action)
        return self._display.say("guidance", self._guidance)

    @Property(str, notify=changed)
    def guidance(self) -> str:
        """Name of the present guidance."""
        return self._guidance

    @Property(str, notify=changed)
    def guidanceText(self) -> str:
        """Advice beside a prompt; "" when the picture is good or the prompt already says it."""
        if not self._action or self._guidance == Guidance.NONE.value:
            return ""
        return self._display.say("guidance", self._guidance)

    @Property(bool, notify=changed)
    def good(self) -> bool:
        """Whether the picture is usable as it is."""
        return self._guidance == Guidance.NONE.value

    @Property(bool, notify=changed)
    def glow(self) -> bool:
        """Whether the oval should ask for light."""
        return self._guidance in _WARM_LIGHT

    @Property(float, notify=changed)
    def ovalScale(self) -> float:
        """The oval's size shows the distance wanted, instead of a number."""
        return _OVAL_SCALE.get(self._guidance, 1.0)

    @Property(list, notify=changed)
    def fractions(self) -> list[float]:
        """Evidence per prompt, 0..1."""
        return list(self._fractions)

    @Property(int, notify=changed)
    def prompts(self) -> int:
        """Number of prompts in this attempt."""
        return self._prompts

    @Property(int, notify=changed)
    def number(self) -> int:
        """Number of the present prompt, counted from 1; 0 before the first."""
        return self._index + 1

    @Property(int, notify=changed)
    def attempt(self) -> int:
        """Number of this attempt, counted from 1."""
        return self._attempt
