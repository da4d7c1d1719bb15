"""No page clips, overlaps, leaves the window or lacks a glyph: every page, language and size."""

from collections.abc import Iterator
from functools import cache

import pytest
from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer
from pytestqt.qtbot import QtBot

from resources.qr_symbol import modules
from station.model import Language
from ui import layout
from ui.screenshots import SIZES, pages, settle
from ui.stage import Stage

_USUAL_MS, _LONGEST_MS = 40, 5000
modules_once = cache(modules)
"""Each slip is drawn at every size: its symbol is the same (tests/unit have the encoder's)."""


def painted(stage: Stage | None, wait_ms: int = _USUAL_MS) -> None:
    """As `ui.screenshots.settle`, but no longer than until the next frame is on the screen."""
    if stage is None or wait_ms > _USUAL_MS:
        settle(stage, wait_ms)
        return
    QCoreApplication.processEvents()
    loop, limit = QEventLoop(), QTimer()
    limit.setSingleShot(True)
    limit.timeout.connect(loop.quit)
    stage.window.frameSwapped.connect(loop.quit)
    limit.start(_LONGEST_MS)
    stage.window.update()
    loop.exec()
    stage.window.frameSwapped.disconnect(loop.quit)
    assert limit.isActive(), "no frame was painted"
    limit.stop()
    QCoreApplication.processEvents()


@pytest.fixture(autouse=True)
def no_longer_than_needed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("ui.screenshots.settle", painted)
    monkeypatch.setattr("ui.qr.modules", modules_once)
    yield


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", list(Language))
def test_all_pages_are_whole(qtbot: QtBot, language: Language, size: tuple[int, int]) -> None:
    seen = 0
    for name, stage in pages(language, *size):
        assert layout.faults(stage.window) == [], name
        assert stage.warnings == [], name
        texts = layout.shown_texts(stage.window)
        # While the window is a lamp, as little as possible stands in its light.
        assert len(texts) >= (3 if stage.capture.property("lit") else 4), name
        assert name.endswith("Sheet") or "DEMO / 演示" in texts, name
        seen += 1
    assert seen >= 60


@pytest.mark.parametrize("language", list(Language))
def test_all_pages_are_whole_with_very_large_text(qtbot: QtBot, language: Language) -> None:
    for name, stage in pages(language, 1280, 800, text_size=2, dark=True):
        assert layout.faults(stage.window) == [], name


def test_the_check_finds_what_it_is_for(qtbot: QtBot) -> None:
    for _, stage in pages(Language.ZH_CN, 1280, 800):
        stage.window.resize(420, 300)
        settle(stage)
        assert layout.faults(stage.window)
        break
