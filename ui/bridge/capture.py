"""The capture page: guidance, one prompt or light at a time, and the evidence gathered so far."""

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot

from resources.texts import retry_text
from station.booth.lights import SCREEN_RGB, Light, Rgb
from station.booth.messages import Action, Guidance
from station.events import (
    CaptureRetry,
    CaptureStarted,
    Event,
    GuidanceChanged,
    LightChanged,
    PromptChanged,
    PromptProgressed,
    StateChanged,
)
from ui.bridge.display import Display

_WARM_LIGHT = {Guidance.TOO_DARK.value, Guidance.TURN_TO_LIGHT.value}
_OVAL_SCALE = {Guidance.COME_CLOSER.value: 1.1, Guidance.STEP_BACK.value: 0.88}
_SAID_WHILE_LIT = {Guidance.NO_FACE.value, Guidance.MORE_THAN_ONE_FACE.value}
"""What the lights themselves cannot be the cause of."""
_TURNS = {Action.TURN_LEFT.value, Action.TURN_RIGHT.value}
_PRAISE_MS = 1200


class Capture(QObject):
    """State of one capture attempt; numbers and enums only. Lives on the Qt thread."""

    changed = Signal()
    lit_changed = Signal()

    def __init__(self, parent: QObject, display: Display) -> None:
        super().__init__(parent)
        self._display = display
        display.language_changed.connect(self.changed)
        display.look_changed.connect(self.changed)
        self._praise = QTimer(self, singleShot=True, interval=_PRAISE_MS)
        self._praise.timeout.connect(self.changed)
        self._light = self._retry = ""
        self._lights_at = -1
        self._stopped = self._lights_come = False
        self._begin(1, 0)

    def on_event(self, event: Event) -> None:
        """Follow the attempt."""
        if isinstance(event, CaptureStarted):
            if event.attempt == 1:
                self._retry = ""
            self._stopped = False
            self._lights_come = event.lights
            self._begin(event.attempt, event.prompts)
        elif isinstance(event, CaptureRetry):
            self._retry = event.layer
            self.show_light("")
        elif isinstance(event, StateChanged):
            self.show_light("")
        elif isinstance(event, LightChanged):
            # The dialogue paints a light and takes its time; only the end may come from here.
            if not event.light:
                self.show_light("")
        elif isinstance(event, GuidanceChanged):
            self._guidance = Guidance(event.guidance).value
        elif isinstance(event, PromptChanged):
            self.show_prompt(event.index, event.action)
        elif isinstance(event, PromptProgressed):
            self._progress(event.index, max(0.0, min(1.0, event.fraction)))
        else:
            return
        self.changed.emit()

    def show_prompt(self, index: int, action: str) -> None:
        """Ask for `action` now."""
        self._index, self._action = index, action
        self.changed.emit()

    def show_light(self, light: str) -> None:
        """Light the face with the whole window (a name of `Light`), or end that (""). At once."""
        if light and self._stopped:
            return
        if light and self._lights_at < 0:
            self._lights_at = sum(share >= 1.0 for share in self._shares)
        if light == self._light:
            return
        ended_or_began = not light or not self._light
        if not light:
            # Whatever was asked before the lights is over; the next instruction is still to come.
            self._action = ""
        self._light = light
        if ended_or_began:
            self.lit_changed.emit()
        self.changed.emit()

    @Slot()
    def stop_lights(self) -> None:
        """The person has had enough: no light any more in this attempt."""
        self._stopped = True
        self.show_light("")

    def forget(self) -> None:
        """Back to the state before the first attempt."""
        self.show_light("")
        self._begin(1, 0)
        self._retry = ""
        self.changed.emit()

    def _begin(self, attempt: int, prompts: int) -> None:
        self._attempt = attempt
        self._guidance, self._action, self._index = Guidance.NO_FACE.value, "", -1
        self._shares = [0.0] * max(0, prompts)
        self._lights_at, self._lights_share = -1, 0.0
        self._praise.stop()
        self.show_light("")

    def _progress(self, index: int, share: float) -> None:
        if self._light:
            self._lights_share = share
            return
        # Before the first prompt it is the search for the face, which no segment stands for; after
        # the lights the last prompt's own evidence is there already.
        if not 0 <= index < len(self._shares) or index != self._index or not self._action:
            return
        if share >= 1.0 > self._shares[index]:
            self._praise.start()
        self._shares[index] = max(share, self._shares[index])

    @Property(bool, notify=lit_changed)
    def lit(self) -> bool:
        """Whether the whole window lights the face now."""
        return self._light != ""

    @Property(str, notify=changed)
    def leftColour(self) -> str:
        """Colour of the window's left half while lit, as #rrggbb."""
        return self._colour(0)

    @Property(str, notify=changed)
    def rightColour(self) -> str:
        """Colour of the window's right half while lit, as #rrggbb."""
        return self._colour(1)

    def _colour(self, half: int) -> str:
        rgb: Rgb = SCREEN_RGB[Light(self._light)][half] if self._light else (0, 0, 0)
        return "#{:02x}{:02x}{:02x}".format(*rgb)

    @Property(str, notify=changed)
    def lightText(self) -> str:
        """Advice while lit; "" when it is enough to look at the screen."""
        return (
            self._display.say("guidance", self._guidance)
            if self._guidance in _SAID_WHILE_LIT
            else ""
        )

    @Property(str, notify=changed)
    def action(self) -> str:
        """Name of the present action, or ""."""
        return self._action

    @Property(bool, notify=changed)
    def done(self) -> bool:
        """Whether the present action has been seen, and the next is still to come."""
        return self._action != "" and self._shares[self._index : self._index + 1] == [1.0]

    @Property(bool, notify=changed)
    def turned(self) -> bool:
        """Whether the present action is a turn of the head, to be turned back."""
        return self._action in _TURNS

    @Property(bool, notify=changed)
    def praised(self) -> bool:
        """Whether an action was seen just now."""
        return self._praise.isActive()

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

    @Property(str, notify=changed)
    def retryText(self) -> str:
        """What to do differently this time, until the first action has been seen; or ""."""
        if self._index > 0 or self._shares[:1] == [1.0]:
            return ""
        return retry_text(self._retry, self._display.current.value) if self._retry else ""

    @Property(bool, notify=changed)
    def lightsAhead(self) -> bool:
        """Whether to say that the screen will change colour: before the first light only."""
        return self._lights_at < 0 and self._lights_come

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
        """Evidence per part of the attempt, 0..1: the prompts, and the lights where they came."""
        if self._lights_at < 0:
            return list(self._shares)
        at = self._lights_at
        share = self._lights_share if self._light else 1.0
        return [*self._shares[:at], share, *self._shares[at:]]

    @Property(int, notify=changed)
    def prompts(self) -> int:
        """Number of prompts in this attempt."""
        return len(self._shares)

    @Property(int, notify=changed)
    def number(self) -> int:
        """Number of the present prompt, counted from 1; 0 before the first."""
        return self._index + 1

    @Property(int, notify=changed)
    def attempt(self) -> int:
        """Number of this attempt, counted from 1."""
        return self._attempt
