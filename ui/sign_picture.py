"""The item that shows a sheet of paper, as it will be printed, on a page of the screen."""

from typing import Any

from PySide6.QtCore import Property, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem, QQuickPaintedItem

QML_IMPORT_NAME = "Station"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class SheetPicture(QQuickPaintedItem):
    """Shows `image` as large as it fits, white behind it whatever the theme."""

    image_changed = Signal()

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self.image_changed.connect(self.update)

    def paint(self, painter: QPainter) -> None:
        """Draw the sheet; called by the scene graph after a change."""
        if self._image.isNull():
            return
        size = self._image.size().scaled(
            self.boundingRect().size().toSize(), Qt.AspectRatioMode.KeepAspectRatio
        )
        left = (self.width() - size.width()) / 2
        area = QRectF(left, 0, size.width(), size.height())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(area, QColor(Qt.GlobalColor.white))
        # Scaled by Qt's own smooth way: the painter's leaves small letters ragged.
        small = self._image.scaled(
            size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        painter.drawImage(area.topLeft(), small)

    def _read(self) -> Any:  # noqa: ANN401 - a Qt property
        return self._image

    def _write(self, image: QImage) -> None:
        self._image = image
        self.image_changed.emit()

    image = Property(QImage, _read, _write, notify=image_changed)
