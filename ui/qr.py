"""The item that shows a QR code on a page."""

from typing import Any

from PySide6.QtCore import Property, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem, QQuickPaintedItem

from resources.qr_symbol import QUIET_MODULES, modules

QML_IMPORT_NAME = "Station"
QML_IMPORT_MAJOR_VERSION = 1


def draw(painter: QPainter, text: str, area: QRectF) -> float:
    """Draw the symbol with its border in the middle of `area`, every module whole pixels.

    Returns the side of a module in the painter's units; nothing is drawn where it is under one.
    """
    rows = modules(text)
    count = len(rows) + 2 * QUIET_MODULES
    module = min(area.width(), area.height()) // count
    if module < 1:
        return 0.0
    side = count * module
    left = area.x() + (area.width() - side) // 2
    top = area.y() + (area.height() - side) // 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.fillRect(QRectF(left, top, side, side), Qt.GlobalColor.white)
    for y, row in enumerate(rows, QUIET_MODULES):
        for x, dark in enumerate(row, QUIET_MODULES):
            if dark:
                painter.fillRect(
                    QRectF(left + x * module, top + y * module, module, module),
                    Qt.GlobalColor.black,
                )
    return float(module)


@QmlElement
class QrCode(QQuickPaintedItem):
    """Shows `code` as a QR symbol, dark on white whatever the theme: not every camera inverts."""

    code_changed = Signal()

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self._code = ""
        self.setFillColor(QColor(Qt.GlobalColor.white))
        self.setAntialiasing(False)
        self.code_changed.connect(self.update)

    def paint(self, painter: QPainter) -> None:
        """Draw the symbol; called by the scene graph after a change."""
        if self._code:
            draw(painter, self._code, self.boundingRect())

    def _read(self) -> Any:  # noqa: ANN401 - a Qt property
        return self._code

    def _write(self, code: str) -> None:
        if code != self._code:
            self._code = code
            self.code_changed.emit()

    code = Property(str, _read, _write, notify=code_changed)
