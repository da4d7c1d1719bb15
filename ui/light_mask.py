"""The part of a lit window around the face: two halves of light, and in an oval the dimmed picture.

Drawn once per light and then only blended, like the oval of the page beneath it.
"""

from typing import Any

from PySide6.QtCore import Property, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem, QQuickPaintedItem

QML_IMPORT_NAME = "Station"
QML_IMPORT_MAJOR_VERSION = 1

_TOP_DEG = 90.0
_SIXTEENTHS = 16
"""QPainter counts sixteenths of a degree, counter-clockwise from three o'clock."""
_BAND, _LINE, _DONE = 2.6, 0.7, 1.2
"""Widths of the dark band under the rim, of what is not done and of what is, in rims."""
_DIM = QColor(14, 23, 25, 120)
_BAND_INK, _LINE_INK, _DONE_INK = QColor("#0E1719"), QColor("#8FA3A0"), QColor("#4CC2AE")


def _told(kind: type, name: str, changed: Signal) -> Any:  # noqa: ANN401 - a Qt property
    """A property QML sets; a new value has the item drawn again."""

    def read(item: "LightMask") -> Any:  # noqa: ANN401 - of `kind`
        return item.told[name]

    def write(item: "LightMask", value: Any) -> None:  # noqa: ANN401 - of `kind`
        if item.told[name] != value:
            item.told[name] = value
            item.changed.emit()

    return Property(kind, read, write, notify=changed)


@QmlElement
class LightMask(QQuickPaintedItem):
    """Light left and right of `split`, an upright ellipse of dimmed picture, a rim of progress.

    `ellipse` is the ellipse's box, `rim` the rim's width, `split` where the right half begins, all
    in pixels of the item. `fractions` are the shares done, 0..1, one segment each, clockwise from
    the top. The rim lies on a dark band: it is seen on every colour. Lives on the Qt thread.
    """

    changed = Signal()

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self.setAntialiasing(True)
        self.told: dict[str, Any] = {"ellipse": QRectF(), "rim": 0.0, "split": 0.0, "fractions": []}
        self.told |= {"leftLight": QColor("black"), "rightLight": QColor("black")}
        self.changed.connect(self.update)

    ellipse = _told(QRectF, "ellipse", changed)
    rim = _told(float, "rim", changed)
    split = _told(float, "split", changed)
    fractions = _told(list, "fractions", changed)
    leftLight = _told(QColor, "leftLight", changed)
    rightLight = _told(QColor, "rightLight", changed)

    def paint(self, painter: QPainter) -> None:
        """Draw light, oval and rim; called by the scene graph after a change."""
        told = self.told
        area, ellipse, rim = self.boundingRect(), told["ellipse"], told["rim"]
        painter.fillRect(QRectF(0, 0, told["split"], area.height()), told["leftLight"])
        right = QRectF(told["split"], 0, area.width() - told["split"], area.height())
        painter.fillRect(right, told["rightLight"])
        painter.setPen(QPen(_BAND_INK, _BAND * rim))
        painter.drawEllipse(ellipse.adjusted(-rim, -rim, rim, rim))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_DIM)
        painter.drawEllipse(ellipse)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._draw_rim(painter, ellipse.adjusted(-rim, -rim, rim, rim), rim)

    def _draw_rim(self, painter: QPainter, around: QRectF, rim: float) -> None:
        shares = self.told["fractions"]
        count = max(1, len(shares))
        apart_deg = 7.0 if count > 1 else 0.0
        span_deg = 360 / count - apart_deg
        for number in range(count):
            start = round((_TOP_DEG - number * 360 / count - apart_deg / 2) * _SIXTEENTHS)
            share = shares[number] if number < len(shares) else 0.0
            for ink, width, part in ((_LINE_INK, _LINE, 1.0), (_DONE_INK, _DONE, share)):
                if part > 0:
                    line = QPen(ink, width * rim, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
                    painter.setPen(line)
                    painter.drawArc(around, start, -round(span_deg * part * _SIXTEENTHS))
