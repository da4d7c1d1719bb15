"""Qt without a display, and a stage whose warnings fail the test (ui.md B8)."""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_QUICK_BACKEND"] = "software"

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from station.model import Language
from station.read_aloud import Speaker
from tests.ui.kiosk_fakes import FakeService
from ui.app import prepare
from ui.screenshots import settle
from ui.sound import Sounds
from ui.stage import Stage

MakeStage = Callable[..., Stage]


@pytest.fixture
def make_stage(qtbot: QtBot) -> Iterator[MakeStage]:
    prepare()
    stages: list[Stage] = []

    def make(
        service: FakeService | None = None,
        language: Language = Language.ZH_CN,
        speaker: Speaker | None = None,
    ) -> Stage:
        stage = Stage(service or FakeService(), language, Sounds(enabled=False), speaker)
        stages.append(stage)
        stage.display.set_reduced_motion(True)
        stage.window.setProperty("mayClose", True)
        stage.window.show()
        qtbot.waitExposed(stage.window)
        settle(stage, 250)
        return stage

    yield make
    for stage in stages:
        stage.close()
        settle(None)
        assert stage.warnings == []
