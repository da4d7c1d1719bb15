"""Contrast of every pair of colours that carries text, light and dark (WCAG 2.2, 1.4.3)."""

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QColor
from PySide6.QtQml import QQmlComponent

from tests.ui.conftest import MakeStage

PAIRS = [
    ("text", "page"),
    ("text", "surface"),
    ("text", "raised"),
    ("secondary", "page"),
    ("secondary", "surface"),
    ("inkOnPrimary", "primary"),
    ("inkOnPrimary", "primaryPressed"),
    ("primary", "page"),
    ("primary", "surface"),
    ("good", "page"),
    ("caution", "page"),
    ("stop", "page"),
    ("caution", "cautionSoft"),
    ("text", "primarySoft"),
    ("text", "goodSoft"),
    ("text", "cautionSoft"),
    ("text", "stopSoft"),
    ("secondary", "neutralSoft"),
    ("inkOnPlate", "plate"),
]


def _luminance(colour: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return (
        0.2126 * linear(colour.redF())
        + 0.7152 * linear(colour.greenF())
        + 0.0722 * linear(colour.blueF())
    )


def contrast(one: QColor, other: QColor) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_every_pair_is_legible(make_stage: MakeStage, dark: bool) -> None:
    stage = make_stage()
    stage.display.set_dark(dark)
    component = QQmlComponent(stage.engine)
    component.setData(
        b'import QtQuick; import "theme"; QtObject { property var theme: Theme }',
        QUrl.fromLocalFile(str(_qml_folder() / "Probe.qml")),
    )
    theme = component.create(stage.engine.rootContext()).property("theme")
    low = {
        pair: round(ratio, 2)
        for pair in PAIRS
        if (ratio := contrast(theme.property(pair[0]), theme.property(pair[1]))) < 4.5
    }
    assert low == {}


def _qml_folder() -> Path:
    return Path(__file__).parents[2] / "ui" / "qml"
