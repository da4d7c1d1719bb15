"""The panes cover the item once, but for the face and for what hides it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from ui.panes import BESIDE_PANES, Crop, beside

WIDTH, HEIGHT = 40, 24


def _boxes(width: int, height: int) -> st.SearchStrategy[QRectF]:
    def box(sides: tuple[int, int, int, int]) -> QRectF:
        (x0, x1), (y0, y1) = sorted(sides[:2]), sorted(sides[2:])
        return QRectF(x0, y0, x1 - x0, y1 - y0)

    across, down = st.integers(0, width), st.integers(0, height)
    return st.tuples(across, across, down, down).map(box)


def _covered(panes: list[QRectF]) -> NDArray[np.int_]:
    times = np.zeros((HEIGHT, WIDTH), int)
    for pane in panes:
        assert pane.width() >= 0 and pane.height() >= 0
        rows = slice(int(pane.top()), int(pane.bottom()))
        times[rows, int(pane.left()) : int(pane.right())] += 1
    return times


@given(_boxes(WIDTH, HEIGHT), _boxes(WIDTH + 9, HEIGHT + 9))
def test_every_pixel_is_painted_once_unless_it_is_face_or_hidden_right_of_it(
    face: QRectF, hidden: QRectF
) -> None:
    panes = beside(face, QRectF(0, 0, WIDTH, HEIGHT), hidden)
    assert len(panes) == BESIDE_PANES
    expected = np.ones((HEIGHT, WIDTH), int)
    if not face.isEmpty():
        expected -= _covered([face])
        right = QRectF(face.right(), face.top(), WIDTH - face.right(), face.height())
        expected -= _covered([hidden.intersected(right)])
    assert (_covered(panes) == expected).all()


def test_a_pane_shows_the_mirrored_part_of_the_centred_crop() -> None:
    crop = Crop(QRectF(0, 0, 100, 100), (200, 400))
    # The crop is the square in the middle; the item's left edge shows its right edge.
    assert crop.source(QRectF(0, 0, 10, 100)) == QRectF(280, 0, 20, 200)
    assert crop.turned(QRectF(0, 0, 10, 100)) == QRectF(90, 0, 10, 100)
    rows, columns = crop.pixels(QRectF(0, 50, 10, 50))
    assert (rows.start, rows.stop) == (99, 201)
    assert (columns.start, columns.stop) == (279, 301)
