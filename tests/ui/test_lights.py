"""The window as a lamp: its colours, a true paint time, and the page back at once."""

import threading
import time

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from station.booth.lights import SCREEN_RGB, Light
from station.booth.messages import Action, Guidance
from station.events import (
    CaptureRetry,
    CaptureStarted,
    Event,
    GuidanceChanged,
    LightChanged,
    PromptProgressed,
    State,
    StateChanged,
)
from station.model import Language
from tests.ui.conftest import MakeStage
from tests.ui.kiosk_fakes import FakeService
from tests.ui.touch import VISIT, Asked, click, finish
from ui import layout
from ui.screenshots import item, settle
from ui.service import PreviewFrame
from ui.stage import Stage

_LIT_LINE = "看着屏幕，不用动"


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    return _capturing(make_stage())


def _capturing(stage: Stage) -> Stage:
    _tell(stage, StateChanged(VISIT, State.CAPTURE), CaptureStarted(1, 2, 1))
    _tell(stage, GuidanceChanged(Guidance.NONE.value))
    settle(stage)
    return stage


def _tell(stage: Stage, *events: Event) -> None:
    for event in events:
        stage.visit.on_event(event)


def _shine(stage: Stage, light: str, qtbot: QtBot) -> int:
    painted = finish(Asked(stage.dialogue.show_light, light), qtbot)
    assert isinstance(painted, int)
    return painted


def _is_lit(stage: Stage) -> bool:
    try:
        return item(stage, "lightScreen").isVisible()
    except LookupError:
        return False


def _pixels(image: QImage) -> NDArray[np.uint8]:
    whole = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(whole.constBits(), np.uint8).reshape(whole.height(), -1)
    # A copy: the image's own memory goes with it.
    return rows[:, : whole.width() * 3].reshape(whole.height(), whole.width(), 3).copy()


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def _fractions(stage: Stage) -> object:
    return stage.capture.property("fractions")


@pytest.mark.parametrize("light", list(Light))
def test_the_window_shows_the_light_s_colours(stage: Stage, qtbot: QtBot, light: Light) -> None:
    _shine(stage, light.value, qtbot)
    picture = _pixels(stage.window.grabWindow())
    half = picture.shape[1] // 2
    for side, colour in zip((picture[:, :half], picture[:, half:]), SCREEN_RGB[light], strict=True):
        share = (side == colour).all(axis=2).mean()
        assert share > 0.74, (light, share)
    # To the very rim of the window: no header, plate or ribbon is left.
    left, right = SCREEN_RGB[light]
    assert (picture[[0, -1], :half] == left).all() and (picture[[0, -1], half:] == right).all()
    assert (picture[:, 0] == left).all() and (picture[:, -1] == right).all()


def test_the_time_is_that_of_the_frame_that_shows_the_light(stage: Stage, qtbot: QtBot) -> None:
    seen: list[tuple[bool, int]] = []
    stage.painted.connect(lambda: seen.append((_is_lit(stage), time.monotonic_ns())))
    before = time.monotonic_ns()
    painted = _shine(stage, Light.MINT, qtbot)
    first_ns = next(now for lit, now in seen if lit)
    assert before < painted <= first_ns and painted - before < 500_000_000
    assert _shine(stage, "", qtbot) > painted


def test_a_light_appears_and_changes_without_a_fade(stage: Stage, qtbot: QtBot) -> None:
    stage.display.set_reduced_motion(False)
    seen: list[tuple[str, str]] = []

    looking = [False]

    def look() -> None:
        # The grab is a frame of its own, and tells of itself.
        if stage.capture.property("lit") and not looking[0]:
            looking[0] = True
            shown = stage.window.grabWindow().pixelColor(5, 5).name()
            seen.append((str(stage.capture.property("leftColour")), shown))
            looking[0] = False

    stage.painted.connect(look)
    for light in (Light.ROSE, Light.LEFT, Light.BLACK, Light.LIME):
        _shine(stage, light.value, qtbot)
    stage.painted.disconnect(look)
    assert len({wanted for wanted, _ in seen}) == 4
    assert [shown for _, shown in seen] == [wanted for wanted, _ in seen]


def test_switching_costs_the_qt_thread_little(stage: Stage, qtbot: QtBot) -> None:
    _shine(stage, Light.WHITE, qtbot)
    started_s: list[float] = []
    taken_ms: list[float] = []
    stage.window.afterAnimating.connect(lambda: started_s.append(time.thread_time()))
    stage.window.frameSwapped.connect(
        lambda: taken_ms.append((time.thread_time() - started_s[-1]) * 1000)
    )
    costs_ms = []
    for light in (Light.ROSE, Light.LEFT, Light.BLACK, Light.SKY, Light.RIGHT, Light.WHITE):
        frames = len(taken_ms)
        _shine(stage, light.value, qtbot)
        costs_ms.append(taken_ms[frames])
    assert sorted(costs_ms)[2] < 8, costs_ms


@pytest.mark.parametrize(
    "event",
    [
        LightChanged(""),
        CaptureRetry("L1_LIGHT", 1),
        CaptureStarted(2, 2, 0),
        StateChanged(VISIT, State.COMPARE),
        StateChanged(VISIT, State.PURGE),
    ],
    ids=lambda event: type(event).__name__,
)
def test_the_page_is_the_page_again_at_once(stage: Stage, qtbot: QtBot, event: Event) -> None:
    _shine(stage, Light.LILAC, qtbot)
    assert _is_lit(stage) and _LIT_LINE in layout.shown_texts(stage.window)
    _tell(stage, event)
    assert not _is_lit(stage)
    settle(stage)
    colour = stage.window.grabWindow().pixelColor(2, stage.window.height() // 2)
    assert _rgb(colour) != SCREEN_RGB[Light.LILAC][0]
    assert "摄像头 关" in layout.shown_texts(stage.window)


def test_the_dialogue_ends_the_lights_and_so_does_forgetting(stage: Stage, qtbot: QtBot) -> None:
    _shine(stage, Light.SKY, qtbot)
    _shine(stage, "", qtbot)
    assert not _is_lit(stage)
    _shine(stage, Light.SKY, qtbot)
    finish(Asked(stage.dialogue.forget), qtbot)
    assert not _is_lit(stage)


@pytest.mark.parametrize("by_key", [False, True])
def test_whoever_has_had_enough_stops_it_with_one_touch(
    stage: Stage, qtbot: QtBot, by_key: bool
) -> None:
    stage.visit._cancel = threading.Event()
    stage.window.requestActivate()
    qtbot.waitUntil(stage.window.isActive)
    _shine(stage, Light.WHITE, qtbot)
    assert not stage.visit._cancel.is_set()
    if by_key:
        QTest.keyClick(stage.window, Qt.Key.Key_Escape)
    else:
        click(stage, "stopButton")
    assert stage.visit._cancel.is_set() and not _is_lit(stage)
    # What the booth still asks for is not painted any more.
    assert _shine(stage, Light.BLACK, qtbot) > 0
    assert not _is_lit(stage)
    _tell(stage, CaptureStarted(1, 2, 1))
    _shine(stage, Light.BLACK, qtbot)
    assert _is_lit(stage)


def test_a_sheet_left_open_gives_way_to_the_light(stage: Stage, qtbot: QtBot) -> None:
    click(stage, "helpButton")
    assert item(stage, "helpSheet").isVisible()
    _shine(stage, Light.SAND, qtbot)
    assert layout.shown_texts(stage.window)[0] == _LIT_LINE
    _shine(stage, "", qtbot)
    with pytest.raises(LookupError):
        item(stage, "helpSheet")


def test_the_dimmed_face_takes_at_most_a_seventh_of_the_screen(make_stage: MakeStage) -> None:
    ring = np.full((540, 960, 4), 255, np.uint8)
    stage = _capturing(make_stage(FakeService(frame=PreviewFrame(1, ring))))
    for width, height in ((1280, 800), (1920, 1080), (1080, 1920)):
        stage.window.resize(width, height)
        settle(stage, 60)
        stage.capture.show_light(Light.MINT.value)
        settle(stage, 60)
        picture = _pixels(stage.window.grabWindow())
        dimmed = (np.ptp(picture.astype(int), axis=2) < 20) & (picture[..., 0] > 100)
        assert 0.05 < dimmed.mean() < 0.15, dimmed.mean()
        lit = (picture == SCREEN_RGB[Light.MINT][0]).all(axis=2).mean()
        assert lit > 0.78, lit
        stage.capture.show_light("")


def test_only_what_the_lights_cannot_cause_is_said_while_lit(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = _capturing(make_stage(language=Language.EN))
    _shine(stage, Light.BLACK, qtbot)
    for guidance, line in (
        (Guidance.TOO_DARK, "Look at the screen and keep still"),
        (Guidance.NO_FACE, "Please look towards the camera"),
        (Guidance.NONE, "Look at the screen and keep still"),
    ):
        _tell(stage, GuidanceChanged(guidance.value))
        assert item(stage, "lightLine").property("text") == line


def test_the_ring_goes_on_with_a_part_for_the_lights(stage: Stage, qtbot: QtBot) -> None:
    stage.capture.show_prompt(0, Action.BLINK.value)
    _tell(stage, PromptProgressed(0, 1.0))
    assert _fractions(stage) == [1.0, 0.0]
    _shine(stage, Light.ROSE, qtbot)
    _tell(stage, PromptProgressed(0, 0.25))
    assert _fractions(stage) == [1.0, 0.25, 0.0]
    _shine(stage, "", qtbot)
    stage.capture.show_prompt(1, Action.TURN_LEFT.value)
    _tell(stage, PromptProgressed(1, 0.5))
    assert _fractions(stage) == [1.0, 1.0, 0.5]
