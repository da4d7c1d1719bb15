"""The sign beside the machine as A4 or A3, zh-CN large and English below it, each with its code.

Drawn with a painter on any device, so that the PDF and a picture of it are one drawing. Measures
are millimetres of A4; A3 is the same sheet, larger by the square root of two.
"""

import html
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QPageLayout,
    QPageSize,
    QPaintDevice,
    QPainter,
    QPainterPath,
    QPdfWriter,
    QPen,
    QTextDocument,
)

from resources.qr_symbol import QUIET_MODULES, modules
from station.model import Language
from station.private_file import replace_file
from station.signage import Sign, SignText
from ui.font import FAMILY
from ui.report_pdf import application_for_paper

_DPI = 600
_MM_PER_INCH = 25.4
_WIDTH, _HEIGHT, _MARGIN = 210.0, 297.0, 18.0
_BAND = 86.0
_CARD_TOP, _CARD = 196.0, 84.0
_JADE, _INK, _GREY, _SOFT, _LINE = "#0B6E5F", "#10242B", "#4A5B60", "#E2F0ED", "#B9C6C4"


class SignPaper(StrEnum):
    """Papers a sign can be printed on."""

    A4 = "a4"
    A3 = "a3"


_SIZES = {
    SignPaper.A4: (1.0, QPageSize.PageSizeId.A4),
    SignPaper.A3: (2**0.5, QPageSize.PageSizeId.A3),
}


def sign_pdf(sign: Sign, paper: SignPaper) -> bytes:
    """The sign as the bytes of a PDF. Needs no display. Raises `ConfigError(FONT_MISSING)`."""
    application_for_paper()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setTitle(sign.texts[Language.ZH_CN].title)
    scale, size = _SIZES[paper]
    none = QMarginsF(0, 0, 0, 0)
    writer.setPageLayout(QPageLayout(QPageSize(size), QPageLayout.Orientation.Portrait, none))
    painter = QPainter(writer)
    _Sheet(writer, painter, scale).draw(sign)
    painter.end()
    # It is complete only once the writer has gone.
    del painter, writer
    return bytes(buffer.data().data())


def write_sign(path: Path, sign: Sign, paper: SignPaper) -> None:
    """Write the sign to `path`, whole or not at all.

    Needs no display. Raises `ConfigError(FONT_MISSING)` and `OSError`.
    """
    replace_file(path, sign_pdf(sign, paper))


def picture(sign: Sign, dpi: float = 150) -> QImage:
    """The A4 sheet as a picture, for a preview."""
    application_for_paper()
    per_mm = dpi / _MM_PER_INCH
    size = QSizeF(_WIDTH * per_mm, _HEIGHT * per_mm).toSize()
    image = QImage(size, QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(round(per_mm * 1000))
    image.setDotsPerMeterY(round(per_mm * 1000))
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    _Sheet(image, painter, 1.0).draw(sign)
    painter.end()
    return image


class _Sheet:
    """Draws one sheet. Units: millimetres of A4, from the upper left corner."""

    def __init__(self, device: QPaintDevice, painter: QPainter, scale: float) -> None:
        self._device = device
        self._painter = painter
        self._scale = scale
        self._per_mm = device.logicalDpiX() / _MM_PER_INCH * scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def draw(self, sign: Sign) -> None:
        zh, en = sign.texts[Language.ZH_CN], sign.texts[Language.EN]
        self._head(zh, en)
        left, wide = _MARGIN, _WIDTH - 2 * _MARGIN
        y = _BAND + 9
        blocks = (
            (
                zh.purpose_head,
                en.purpose_head,
                _lines(zh.purpose, zh.security),
                _lines(en.purpose, en.security),
            ),
            (
                zh.handler_head,
                en.handler_head,
                _lines(zh.handler, zh.contact),
                _lines(en.handler, en.contact),
            ),
            (zh.other_head, en.other_head, zh.other, en.other),
        )
        # Long names may not run into the codes: the whole block gets smaller instead.
        small = min(1.0, (_CARD_TOP - 6 - y) / self._blocks(blocks, left, y, wide, 1.0, draw=False))
        self._blocks(blocks, left, y, wide, small, draw=True)
        gap = 8.0
        each = (wide - gap) / 2
        for at, text in enumerate((zh, en)):
            self._card(text, left + at * (each + gap), each)

    def _head(self, zh: SignText, en: SignText) -> None:
        """The band with the mark and the title; what is seen from across the room."""
        self._painter.fillRect(self._rect(0, 0, _WIDTH, _BAND), QColor(_JADE))
        self._mark(_MARGIN + 21, 43, 21)
        left = _MARGIN + 52
        wide = _WIDTH - left - 10
        self._text(f"<b>{_html(zh.title)}</b>", (left, 24, wide), 38, "#FFFFFF")
        self._text(_html(en.title), (left, 48, wide), 18, "#FFFFFF")
        if zh.demo:
            said = f"{_html(zh.demo)} / {_html(en.demo)}"
            self._text(said, (left, 66, wide), 12, "#FFFFFF")

    def _mark(self, x: float, y: float, r: float) -> None:
        """A face in a frame: head, eyes and mouth between four corners."""
        painter, mm = self._painter, self._per_mm
        pen = QPen(QColor("#FFFFFF"), 2.4 * mm)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for across, down in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
            corner = QPainterPath(self._point(x + across * r, y + down * r * 0.45))
            corner.lineTo(self._point(x + across * r, y + down * r))
            corner.lineTo(self._point(x + across * r * 0.45, y + down * r))
            painter.drawPath(corner)
        painter.drawEllipse(self._point(x, y), 0.56 * r * mm, 0.68 * r * mm)
        smile = QPainterPath(self._point(x - 0.24 * r, y + 0.22 * r))
        smile.quadTo(self._point(x, y + 0.44 * r), self._point(x + 0.24 * r, y + 0.22 * r))
        painter.drawPath(smile)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#FFFFFF"))
        for across in (-1, 1):
            painter.drawEllipse(
                self._point(x + across * 0.22 * r, y - 0.14 * r), 0.07 * r * mm, 0.07 * r * mm
            )

    def _blocks(
        self,
        blocks: tuple[tuple[str, str, str, str], ...],
        left: float,
        top: float,
        wide: float,
        small: float,
        *,
        draw: bool,
    ) -> float:
        """Purpose, handler and other route; returns the height they take."""
        y = top
        for zh_head, en_head, zh, en in blocks:
            head = f"<b>{_html(zh_head)}</b>&nbsp;&nbsp;{_html(en_head)}"
            y += self._text(head, (left, y, wide), 13 * small, _JADE, draw=draw) + 0.6
            y += self._text(f"<b>{_html(zh)}</b>", (left, y, wide), 18 * small, _INK, draw=draw)
            y += self._text(_html(en), (left, y, wide), 12 * small, _GREY, draw=draw) + 5 * small
        return y - top

    def _card(self, text: SignText, left: float, wide: float) -> None:
        """One language's code with a line on how to use it."""
        painter = self._painter
        painter.setPen(QPen(QColor(_LINE), 0.3 * self._per_mm))
        painter.setBrush(QColor(_SOFT))
        radius = 4 * self._per_mm
        painter.drawRoundedRect(self._rect(left, _CARD_TOP, wide, _CARD), radius, radius)
        side = 60.0
        self._code(text.rules, left + (wide - side) / 2, _CARD_TOP + 4, side)
        y = _CARD_TOP + 4 + side + 1.5
        centred = "<div align='center'>{}</div>"
        head = centred.format(f"<b>{_html(text.rules_head)}</b>")
        y += self._text(head, (left + 2, y, wide - 4), 13, _INK)
        self._text(centred.format(_html(text.rules_how)), (left + 2, y, wide - 4), 9, _GREY)

    def _text(
        self,
        content: str,
        box: tuple[float, float, float],
        points: float,
        colour: str,
        *,
        draw: bool = True,
    ) -> float:
        """Lay out `content` (HTML) in a box (left, top, width); returns its height."""
        x, y, wide = box
        document = QTextDocument()
        document.setDocumentMargin(0)
        font = QFont(FAMILY)
        font.setPointSizeF(points * self._scale)
        # Language forms of the font have glyphs without characters: numbers could not be copied.
        font.setFeature(QFont.Tag("locl"), 0)
        document.setDefaultFont(font)
        document.setHtml(f"<div style='color:{colour}'>{content}</div>")
        document.documentLayout().setPaintDevice(self._device)
        document.setTextWidth(wide * self._per_mm)
        if draw:
            place = self._point(x, y)
            self._painter.translate(place)
            document.drawContents(self._painter)
            self._painter.translate(-place)
        return document.size().height() / self._per_mm

    def _code(self, text: str, x: float, y: float, side: float) -> None:
        """The QR symbol on white with its border; edges on whole dots leave no gaps."""
        painter, mm = self._painter, self._per_mm
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        rows = modules(text)
        count = len(rows) + 2 * QUIET_MODULES
        module = max(1, int(side * mm / count))
        edge = (side * mm - module * count) / 2
        left, top = round(x * mm + edge), round(y * mm + edge)
        painter.fillRect(QRectF(left, top, module * count, module * count), Qt.GlobalColor.white)
        for down, row in enumerate(rows, QUIET_MODULES):
            for across, dark in enumerate(row, QUIET_MODULES):
                if dark:
                    spot = QRectF(left + across * module, top + down * module, module, module)
                    painter.fillRect(spot, Qt.GlobalColor.black)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _point(self, x: float, y: float) -> QPointF:
        return QPointF(x * self._per_mm, y * self._per_mm)

    def _rect(self, x: float, y: float, wide: float, high: float) -> QRectF:
        return QRectF(self._point(x, y), QSizeF(wide * self._per_mm, high * self._per_mm))


def _lines(first: str, second: str) -> str:
    return f"{first}\n{second}" if second else first


def _html(words: str) -> str:
    return html.escape(words).replace("\n", "<br>")
