"""The live picture is mirrored, pulled, and gone after the purge."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from station.errors import ConfigError, ErrorCode
from station.events import State, StateChanged
from station.model import VisitId
from tests.ui.conftest import MakeStage
from tests.ui.kiosk_fakes import FakeService
from ui.font import use_chinese_font
from ui.preview import Preview
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


def test_beside_the_face_the_picture_follows_less_often(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown(sequence: int, shade: int) -> tuple[int, int]:
        """The face's and the surroundings' red once picture `sequence`, all `shade`, is painted."""
        service.frame = PreviewFrame(sequence, np.full((540, 960, 4), shade, np.uint8))
        settle(stage, 150)
        picture = stage.window.grabWindow()
        return picture.pixelColor(640, 300).red(), picture.pixelColor(60, 300).red()

    service = FakeService(frame=PreviewFrame(1, np.zeros((540, 960, 4), np.uint8)))
    stage = make_stage(service)
    stage.visit.on_event(StateChanged(VisitId("0" * 32), State.CAPTURE))
    settle(stage, 200)
    dark = shown(2, 0)
    monkeypatch.setattr("ui.preview._BESIDE_S", 3600.0)
    assert shown(3, 250) == (250, dark[1])
    monkeypatch.setattr("ui.preview._BESIDE_S", 0.0)
    face, beside = shown(4, 240)
    assert face == 240
    assert beside > dark[1] + 40


def test_between_two_whole_pictures_only_the_face_is_copied(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = FakeService(frame=PreviewFrame(1, np.full((540, 960, 4), 90, np.uint8)))
    stage = make_stage(service)
    stage.visit.on_event(StateChanged(VisitId("0" * 32), State.CAPTURE))
    settle(stage, 200)
    live = item(stage, "preview")
    assert isinstance(live, Preview) and live._pixels is not None
    buffer = live._pixels
    monkeypatch.setattr("ui.preview._BESIDE_S", 3600.0)
    service.frame = PreviewFrame(2, np.full((540, 960, 4), 200, np.uint8))
    settle(stage, 100)
    assert live._pixels is buffer
    new = (buffer == 200).all(axis=2)
    assert new[250, 480] and not new[:, :100].any() and not new[:, -100:].any()
    assert 0.1 < new.mean() < 0.4


def test_the_plate_hides_the_picture_that_is_not_painted_beneath_it(make_stage: MakeStage) -> None:
    service = FakeService(frame=PreviewFrame(1, np.full((540, 960, 4), 255, np.uint8)))
    stage = make_stage(service)
    stage.visit.on_event(StateChanged(VisitId("0" * 32), State.CAPTURE))
    for width, height in ((1280, 800), (1366, 768), (1920, 1080), (1080, 1920)):
        stage.window.resize(width, height)
        settle(stage, 200)
        live, plate = item(stage, "preview"), item(stage, "promptPlate")
        box = plate.mapRectToScene(QRectF(0, 0, plate.width(), plate.height()))
        hidden = live.mapRectToScene(live.property("hidden"))
        picture = stage.window.grabWindow()
        left, right = math.ceil(hidden.left()), math.floor(hidden.right()) - 1
        top, bottom = math.ceil(hidden.top()), math.floor(hidden.bottom()) - 1
        border = [(x, y) for x in range(left, right) for y in (top, bottom)]
        border += [(x, y) for x in (left, right) for y in range(top, bottom)]
        assert {picture.pixelColor(x, y).name() for x, y in border} == {"#0e1719"}
        assert box.contains(hidden)
        assert hidden.width() * hidden.height() > 0.9 * box.width() * box.height()


def test_a_picture_of_another_size_is_shown_whole(make_stage: MakeStage) -> None:
    service = FakeService(frame=PreviewFrame(1, np.zeros((540, 960, 4), np.uint8)))
    stage = make_stage(service)
    stage.visit.on_event(StateChanged(VisitId("0" * 32), State.CAPTURE))
    settle(stage, 200)
    before = stage.window.grabWindow().pixelColor(60, 300).red()
    # 4:3: what is beside it above and below is cropped, never a black bar shown.
    service.frame = PreviewFrame(2, np.full((480, 640, 4), 250, np.uint8))
    settle(stage, 200)
    picture = stage.window.grabWindow()
    for x in (60, 1200):
        for y in (90, 740):
            assert picture.pixelColor(x, y).red() > before + 40


def test_after_forget_the_buffer_of_the_pictures_is_empty_and_then_gone(
    make_stage: MakeStage,
) -> None:
    stage = make_stage(FakeService(frame=PreviewFrame(1, np.full((540, 960, 4), 200, np.uint8))))
    stage.visit.on_event(StateChanged(VisitId("0" * 32), State.CAPTURE))
    settle(stage, 200)
    live = item(stage, "preview")
    assert isinstance(live, Preview)
    buffer = live._pixels
    assert buffer is not None and buffer.any()
    live.forget()
    assert not buffer.any()
    settle(stage, 100)
    assert live._pixels is None


def test_a_missing_font_is_refused(make_stage: MakeStage) -> None:
    make_stage()
    with pytest.raises(ConfigError) as refused:
        use_chinese_font("No Such Font")
    assert refused.value.code is ErrorCode.FONT_MISSING


def test_a_frame_does_not_show_itself_in_a_message() -> None:
    assert repr(PreviewFrame(7, np.zeros((2, 2, 4), np.uint8))) == "PreviewFrame(7)"
