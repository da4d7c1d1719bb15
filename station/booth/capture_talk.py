"""The desk's side of one capture attempt: paint what the booth asks for, pass on what it says.

The booth has looked at a stranger's card and face, so nothing it asks for is taken on trust: every
prompt and light comes at most once and in order, and no light before its predecessor has stood.
"""

import re
import time
from collections.abc import Callable

from station.booth.lights import SLOT_S
from station.booth.messages import (
    BoothMessage,
    Captured,
    CaptureProgress,
    ChallengePlan,
    DeskMessage,
    DeviceState,
    GuidanceNow,
    LightShown,
    PromptShown,
    ShowLight,
    ShowPrompt,
)
from station.errors import BoothError, ErrorCode
from station.events import (
    DevicesChanged,
    GuidanceChanged,
    LightChanged,
    PromptChanged,
    PromptProgressed,
)
from station.model import LayerVerdict, PadReport, PadResult
from station.ports import Dialogue, Publish

_NAME = re.compile(r"(L\d_)?[A-Z_]{0,40}")
"""What a layer or a species may be called: these words go into the ledger."""


def publish_devices(message: BoothMessage, publish: Publish) -> None:
    """Pass on what the booth has open. Raises `BoothError` for any other message."""
    if not isinstance(message, DeviceState):
        raise BoothError(ErrorCode.BOOTH_PROTOCOL)
    publish(DevicesChanged(message.camera_open, message.reader_open, message.images_held))


class CaptureTalk:
    """The desk's side of one attempt: paints what the booth asks for and passes on what it says."""

    def __init__(
        self,
        plan: ChallengePlan,
        say: Callable[[DeskMessage], None],
        dialogue: Dialogue,
        publish: Publish,
    ) -> None:
        self._plan, self._say, self._dialogue, self._publish = plan, say, dialogue, publish
        self._captured: Captured | None = None
        self._lit = False
        self._next_prompt = self._next_light = 0
        self._light_at_ns = 0

    def on_message(self, message: BoothMessage) -> bool:
        """Answer one message; whether the attempt is over. Raises `BoothError`."""
        match message:
            case ShowPrompt():
                self._prompt(message.index)
            case ShowLight():
                self._light(message.index)
            case GuidanceNow():
                self._publish(GuidanceChanged(message.guidance.value))
            case CaptureProgress():
                self._publish(PromptProgressed(message.index, message.fraction))
            case Captured():
                self._captured = message
            case _:
                publish_devices(message, self._publish)
        return self._captured is not None

    def _prompt(self, index: int) -> None:
        actions = self._plan.actions
        # A plan may drop actions after a missed one, so prompts rise, and none comes twice.
        if not self._next_prompt <= index < len(actions):
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        self._next_prompt = index + 1
        action = actions[index].value
        self._publish(PromptChanged(index, action))
        self._say(PromptShown(index, self._dialogue.show_prompt(index, action)))

    def _light(self, index: int) -> None:
        lights = self._plan.lights
        too_soon = time.monotonic_ns() - self._light_at_ns < SLOT_S * 1e9
        # Whatever the booth has become, the screen must not flicker at people.
        if index != self._next_light or index > len(lights) or not lights or too_soon:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        self._next_light = index + 1
        self._light_at_ns = self._show_light(lights[index].value if index < len(lights) else "")
        self._say(LightShown(index, self._light_at_ns))

    def end_lights(self) -> None:
        """Whatever ended the attempt: the screen is the page again."""
        if self._lit:
            self._show_light("")

    def report(self) -> PadReport:
        """What the booth found. Raises `BoothError` where it makes no sense."""
        if self._captured is None:
            raise BoothError(ErrorCode.BOOTH_PROTOCOL)
        return _report(self._captured)

    def _show_light(self, light: str) -> int:
        self._lit = light != ""
        self._publish(LightChanged(light))
        return self._dialogue.show_light(light)


def _report(message: Captured) -> PadReport:
    names = [message.decided_by, message.species_guess]
    names += [word for layer in message.layers for word in (layer.layer, layer.species)]
    if not all(_NAME.fullmatch(name) for name in names):
        raise BoothError(ErrorCode.BOOTH_PROTOCOL)
    try:
        result = PadResult(message.result)
    except ValueError:
        raise BoothError(ErrorCode.BOOTH_PROTOCOL) from None
    layers = tuple(
        LayerVerdict(
            layer.layer, layer.passed, layer.measure, layer.gate, layer.judged, layer.species
        )
        for layer in message.layers
    )
    return PadReport(result, message.decided_by, message.species_guess, layers)
