"""No page clips, overlaps, leaves the window or lacks a glyph: every page, language and size."""

import pytest
from pytestqt.qtbot import QtBot

from station.model import Language
from ui import layout
from ui.screenshots import SIZES, pages


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
        from ui.screenshots import settle

        settle(stage)
        assert layout.faults(stage.window)
        break
