"""QR codes (ISO/IEC 18004): the modules of a text, and the item that shows them on a page."""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from PySide6.QtCore import Property, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem, QQuickPaintedItem

QML_IMPORT_NAME = "Station"
QML_IMPORT_MAJOR_VERSION = 1

QUIET_MODULES = 4
"""Light border the standard asks for, in modules."""


def modules(text: str) -> tuple[bytes, ...]:
    """Rows of the symbol without border, one byte per module, 1 is dark; error level M or better.

    Raises `ValueError` for a text too long for a QR code.
    """
    # Left alone, the encoder takes Shift JIS where it has every character; telephones want UTF-8.
    encoding = None if text.isascii() else "utf-8"
    symbol = _encoder().encode(text, error="m", micro=False, encoding=encoding)
    return tuple(bytes(row) for row in symbol.matrix)


def _encoder() -> ModuleType:
    """segno's encoder alone. The whole package also loads its writers, and with them http, ssl and
    e-mail: 4 MB and 60 ms that a desk without network has no use for.
    """
    found = find_spec("segno") if "segno" not in sys.modules else None
    if found is not None:
        package = ModuleType("segno")
        package.__path__ = list(found.submodule_search_locations or ())
        sys.modules["segno"] = package
    return import_module("segno.encoder")


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
