"""The oval over the live picture: the veil beside the face, and the rim that tells progress.

A layer of Qt Quick's would do the same, but the software renderer takes every layer for changed in
every frame and paints again what lies beneath: each step of a movement anywhere on the page would
paint the whole live picture. This item is drawn once per change and then only blended.
"""

from typing import Any

from PySide6.QtCore import Property, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem, QQuickPaintedItem

QML_IMPORT_NAME = "Station"
QML_IMPORT_MAJOR_VERSION = 1

_TOP_DEG = 90.0
_SIXTEENTHS = 16
"""QPainter counts sixteenths of a degree, counter-clockwise from three o'clock."""
_DONE_WIDTH = 1.5
"""Width of what is done, in widths of the rim."""


def told(kind: type, name: str, notify: Signal) -> Any:  # noqa: ANN401 - a Qt property
    """A property QML sets; a new value has the item drawn again.

    `notify` must be a signal of the very class that has the property: Qt finds no inherited one.
    """

    def read(item: "OvalMask") -> Any:  # noqa: ANN401 - of `kind`
        return item.told[name]

    def write(item: "OvalMask", value: Any) -> None:  # noqa: ANN401 - of `kind`
        if item.told[name] != value:
            item.told[name] = value
            item.changed.emit()

    return Property(kind, read, write, notify=notify)


@QmlElement
class OvalMask(QQuickPaintedItem):
    """An upright ellipse left free in a veil, and around it one segment of rim per prompt.

    `ellipse` is the ellipse's box, `rim` the rim's width and `line` the width of what is not done,
    all in pixels of the item; `apart` degrees lie between two of the `segments`. `fractions` are
    the shares done, 0..1, clockwise from the top; a missing one is 0. Lives on the Qt thread.
    """

    changed = Signal()

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self.setAntialiasing(True)
        clear = QColor("transparent")
        self.told: dict[str, Any] = {"ellipse": QRectF(), "rim": 0.0, "line": 0.0, "segments": 1}
        self.told |= {"apart": 0.0, "fractions": [], "veil": clear, "ink": clear, "done": clear}
        self.changed.connect(self.update)

    ellipse = told(QRectF, "ellipse", changed)
    rim = told(float, "rim", changed)
    line = told(float, "line", changed)
    segments = told(int, "segments", changed)
    apart = told(float, "apart", changed)
    fractions = told(list, "fractions", changed)
    veil = told(QColor, "veil", changed)
    ink = told(QColor, "ink", changed)
    done = told(QColor, "done", changed)

    def paint(self, painter: QPainter) -> None:
        """Draw veil and rim; called by the scene graph after a change."""
        told = self.told
        veiled = QPainterPath()
        veiled.addRect(self.boundingRect())
        veiled.addEllipse(told["ellipse"])
        painter.fillPath(veiled, told["veil"])
        self.draw_rim(painter)

    def draw_rim(self, painter: QPainter) -> None:
        """Draw the segments, and on them what is done."""
        told = self.told
        count = max(1, told["segments"])
        span_deg = 360 / count - told["apart"]
        for number in range(count):
            start_deg = _TOP_DEG - number * 360 / count - told["apart"] / 2
            self._draw_arc(painter, told["ink"], told["line"], start_deg, span_deg)
            share = told["fractions"][number] if number < len(told["fractions"]) else 0.0
            if share > 0:
                width = _DONE_WIDTH * told["rim"]
                self._draw_arc(painter, told["done"], width, start_deg, span_deg * share)

    def _draw_arc(
        self, painter: QPainter, colour: QColor, width: float, start_deg: float, span_deg: float
    ) -> None:
        rim = self.told["rim"]
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        around = self.told["ellipse"].adjusted(-rim, -rim, rim, rim)
        painter.drawArc(around, round(start_deg * _SIXTEENTHS), -round(span_deg * _SIXTEENTHS))
