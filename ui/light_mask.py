"""The part of a lit window around the face: two halves of light, and in an oval the dimmed picture.

Drawn once per light and then only blended, like the oval of the page beneath it.
"""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem

from ui.oval import OvalMask, told

QML_IMPORT_NAME = "Station"
QML_IMPORT_MAJOR_VERSION = 1

_BAND = 2.6
"""Width of the dark band under the rim, in rims: the rim is seen on every colour."""
_BAND_INK = QColor("#0E1719")


@QmlElement
class LightMask(OvalMask):
    """An `OvalMask` whose surroundings are light: `leftLight` left of `split`, `rightLight` right.

    `split` is in pixels of the item; `veil` dims the picture inside the ellipse.
    """

    lights_changed = Signal()

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self.told |= {"split": 0.0, "leftLight": QColor("black"), "rightLight": QColor("black")}
        self.changed.connect(self.lights_changed)

    split = told(float, "split", lights_changed)
    leftLight = told(QColor, "leftLight", lights_changed)
    rightLight = told(QColor, "rightLight", lights_changed)

    def paint(self, painter: QPainter) -> None:
        """Draw light, oval and rim; called by the scene graph after a change."""
        told = self.told
        area, ellipse, rim = self.boundingRect(), told["ellipse"], told["rim"]
        left = QRectF(0, 0, told["split"], area.height())
        painter.fillRect(left, told["leftLight"])
        painter.fillRect(area.adjusted(told["split"], 0, 0, 0), told["rightLight"])
        painter.setPen(QPen(_BAND_INK, _BAND * rim))
        painter.drawEllipse(ellipse.adjusted(-rim, -rim, rim, rim))
        # In place of the light, not on top of it: the picture beneath shows through.
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(told["veil"])
        painter.drawEllipse(ellipse)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self.draw_rim(painter)
