"""The desk's side of a capture: a booth that has turned can neither flicker nor write words."""

import threading
import time
from dataclasses import dataclass, field

import pytest

from station.booth.capture_talk import CaptureTalk
from station.booth.lights import SLOT_S, Light
from station.booth.messages import (
    Action,
    Captured,
    CaptureProgress,
    ChallengePlan,
    DeskMessage,
    DeviceState,
    Layer,
    LightShown,
    PromptShown,
    Ready,
    ShowLight,
    ShowPrompt,
)
from station.errors import BoothError, ErrorCode
from station.events import DevicesChanged, Event, LightChanged
from station.model import PadResult
from tests.flow.visit_fakes import FakePerson, Script

PLAN = ChallengePlan(
    "1" * 32, (Action.BLINK, Action.TURN_LEFT), 10**18, (Light.ROSE, Light.MINT), 1
)
END = Captured("BONA_FIDE", "ALL", "", (Layer("L3_PLANARITY", True, 0.09, 0.055),), 5000.0)


@dataclass
class Desk:
    """One attempt's talk, with what was said, published and painted."""

    said: list[DeskMessage] = field(default_factory=list)
    published: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dialogue = Painter()
        self.talk = CaptureTalk(PLAN, self.said.append, self.dialogue, self.published.append)


class Painter(FakePerson):
    """Paints at once; remembers the lights and when they came."""

    def __init__(self) -> None:
        super().__init__(Script(), [], threading.Event())
        self.lights: list[str] = []
        self.back_by_ns = 0

    def show_light(self, light: str) -> int:
        self.lights.append(light)
        return time.monotonic_ns() - self.back_by_ns


def refused(desk: Desk, *messages: ShowPrompt | ShowLight | Captured | Ready) -> None:
    with pytest.raises(BoothError) as caught:
        for message in messages:
            desk.talk.on_message(message)
        desk.talk.report()
    assert caught.value.code is ErrorCode.BOOTH_PROTOCOL


def test_prompts_and_lights_in_order_are_painted_and_answered() -> None:
    desk = Desk()
    desk.dialogue.back_by_ns = round(SLOT_S * 1e9)
    for message in (ShowPrompt(0), ShowLight(0), ShowLight(1), ShowLight(2), ShowPrompt(1)):
        assert not desk.talk.on_message(message)
    assert desk.talk.on_message(END)
    shown = [
        (type(one), one.index) for one in desk.said if isinstance(one, PromptShown | LightShown)
    ]
    assert shown == [
        (PromptShown, 0),
        (LightShown, 0),
        (LightShown, 1),
        (LightShown, 2),
        (PromptShown, 1),
    ]
    assert desk.dialogue.lights == ["ROSE", "MINT", ""]
    assert desk.talk.report().result is PadResult.BONA_FIDE


def test_a_booth_cannot_make_the_screen_flicker() -> None:
    desk = Desk()
    desk.talk.on_message(ShowLight(0))
    refused(desk, ShowLight(1))
    assert desk.dialogue.lights == ["ROSE"]
    desk.talk.end_lights()
    assert desk.dialogue.lights == ["ROSE", ""]
    assert desk.published[-1] == LightChanged("")


@pytest.mark.parametrize("asked", [(1,), (0, 0), (3,), (0, 2)])
def test_lights_come_once_and_in_order(asked: tuple[int, ...]) -> None:
    desk = Desk()
    desk.dialogue.back_by_ns = round(SLOT_S * 1e9)
    refused(desk, *(ShowLight(index) for index in asked))


@pytest.mark.parametrize("asked", [(0, 0), (1, 0), (2,)])
def test_prompts_rise_and_belong_to_the_plan(asked: tuple[int, ...]) -> None:
    refused(Desk(), *(ShowPrompt(index) for index in asked))


@pytest.mark.parametrize("word", ["call 110101199003074518", "L3_PLANARITY ", "x", "L12345678"])
def test_words_for_the_ledger_are_names_of_layers_and_species(word: str) -> None:
    refused(Desk(), Captured("ATTACK", word, "", (), 1.0))
    refused(Desk(), Captured("ATTACK", "L3_PLANARITY", word, (), 1.0))
    refused(Desk(), Captured("ATTACK", "ALL", "", (Layer(word, True, 0, 0),), 1.0))


def test_another_result_and_a_message_out_of_place_are_refused() -> None:
    refused(Desk(), Captured("PERHAPS", "ALL", "", (), 1.0))
    refused(Desk(), Ready(1, 1.0, (), ()))


def test_devices_and_progress_are_passed_on() -> None:
    desk = Desk()
    desk.talk.on_message(DeviceState(True, False, 4))
    desk.talk.on_message(CaptureProgress(0, 0.5))
    assert desk.published[0] == DevicesChanged(True, False, 4)
    assert len(desk.published) == 2
