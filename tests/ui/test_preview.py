"""The live picture is mirrored, pulled, and gone after the purge."""

import numpy as np
import pytest

from station.errors import ConfigError, ErrorCode
from station.events import State, StateChanged
from station.model import VisitId
from tests.ui.conftest import MakeStage
from tests.ui.kiosk_fakes import FakeService
from ui.font import use_chinese_font
from ui.screenshots import item, settle
from ui.service import PreviewFrame


def test_the_picture_is_mirrored_and_painted_black_after_forget(make_stage: MakeStage) -> None:
    ring = np.zeros((540, 960, 4), np.uint8)
    ring[:, :480] = (0, 0, 255, 255)
    service = FakeService(frame=PreviewFrame(1, ring))
    stage = make_stage(service)
    stage.visit.on_event(StateChanged(VisitId("0" * 32), State.CAPTURE))
    settle(stage, 200)
    picture = stage.window.grabWindow()
    y = picture.height() // 2
    assert picture.pixelColor(700, y).red() > 150
    assert picture.pixelColor(560, y).red() < 40
    ring.fill(255)  # the item must hold a copy, not the ring
    settle(stage, 60)
    assert stage.window.grabWindow().pixelColor(700, y) == picture.pixelColor(700, y)
    live = item(stage, "preview")
    stage.dialogue.forget()
    settle(stage, 100)
    assert stage.window.grabWindow().pixelColor(700, y).red() < 40
    assert live.property("live") is False
    service.frame = PreviewFrame(2, ring)
    settle(stage, 100)
    assert stage.window.grabWindow().pixelColor(700, y).red() < 40


def test_a_new_visit_shows_the_picture_again(make_stage: MakeStage) -> None:
    ring = np.full((540, 960, 4), 255, np.uint8)
    stage = make_stage(FakeService(frame=PreviewFrame(1, ring)))
    for _ in range(2):
        stage.visit.on_event(StateChanged(VisitId("0" * 32), State.CARD))
        stage.visit.on_event(StateChanged(VisitId("0" * 32), State.CAPTURE))
        settle(stage, 200)
        assert stage.window.grabWindow().pixelColor(640, 300).red() > 150
        stage.dialogue.forget()


def test_a_missing_font_is_refused(make_stage: MakeStage) -> None:
    make_stage()
    with pytest.raises(ConfigError) as refused:
        use_chinese_font("No Such Font")
    assert refused.value.code is ErrorCode.FONT_MISSING


def test_a_frame_does_not_show_itself_in_a_message() -> None:
    assert repr(PreviewFrame(7, np.zeros((2, 2, 4), np.uint8))) == "PreviewFrame(7)"
