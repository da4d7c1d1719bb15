"""The oval leaves the face free, veils the rest, and fills its rim clockwise from the top."""

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from ui.oval import OvalMask

VEIL, INK, DONE = QColor(10, 20, 30, 180), QColor("white"), QColor("teal")
RIM_PX = 8


def _drawn(**told: object) -> QImage:
    """200 x 240 pixels with the oval's box from (40, 40) to (160, 200)."""
    mask = OvalMask()
    mask.setWidth(200)
    mask.setHeight(240)
    told = {"ellipse": QRectF(40, 40, 120, 160), "rim": RIM_PX, "line": RIM_PX, **told}
    for name, value in (told | {"veil": VEIL, "ink": INK, "done": DONE}).items():
        assert mask.setProperty(name, value), name
    picture = QImage(200, 240, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(0)
    painter = QPainter(picture)
    mask.paint(painter)
    painter.end()
    return picture


def test_the_face_is_free_and_the_corners_are_veiled(qtbot: QtBot) -> None:
    picture = _drawn()
    assert picture.pixelColor(100, 120).alpha() == 0
    for x, y in ((2, 2), (197, 2), (2, 237), (197, 237)):
        assert picture.pixelColor(x, y).alpha() == VEIL.alpha()


@pytest.mark.parametrize(
    ("fractions", "done"),
    [([], "...."), ([1.0], "#..."), ([1.0, 1.0], "##.."), ([1.0, 0.0, 1.0], "#.#.")],
)
def test_done_prompts_are_coloured_clockwise_from_the_top(
    qtbot: QtBot, fractions: list[float], done: str
) -> None:
    picture = _drawn(segments=4, apart=8.0, fractions=fractions)
    # Where the rim crosses its diagonals: upper right, lower right, lower left, upper left.
    x, y = 0.707 * (60 + RIM_PX), 0.707 * (80 + RIM_PX)
    places = [(100 + x, 120 - y), (100 + x, 120 + y), (100 - x, 120 + y), (100 - x, 120 - y)]
    colours = [picture.pixelColor(round(left), round(top)).getRgb() for left, top in places]
    assert colours == [(DONE if sign == "#" else INK).getRgb() for sign in done]


def test_half_done_is_half_coloured(qtbot: QtBot) -> None:
    picture = _drawn(segments=1, fractions=[0.5])
    assert picture.pixelColor(160 + RIM_PX, 118) == DONE
    assert picture.pixelColor(40 - RIM_PX, 120) == INK


def test_only_a_new_value_is_drawn_again(qtbot: QtBot) -> None:
    mask = OvalMask()
    changes: list[None] = []
    mask.changed.connect(lambda: changes.append(None))
    for fractions in ([0.5], [0.5], [0.75]):
        mask.setProperty("fractions", fractions)
    assert len(changes) == 2
