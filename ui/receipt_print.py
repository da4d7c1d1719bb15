"""The visit receipt on paper: A5 with its proof on a second page, or an 80 mm slip.

Drawn with a painter on any device, so that the PDF and a picture of it are one drawing. QR modules
are whole dots of a slip printer (203 dpi is 8 dots per millimetre).
"""

import html
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QFont,
    QImage,
    QPageLayout,
    QPageSize,
    QPaintDevice,
    QPainter,
    QPdfWriter,
    QTextDocument,
    QTextOption,
)

from consent.receipt_text import ReceiptSheet, Rows
from resources.qr_symbol import QUIET_MODULES, modules
from ui.font import FAMILY
from ui.report_pdf import application_for_paper

SLIP_DPI = 203.2
_PDF_DPI = 1016
"""Five dots of the PDF to one of a slip printer."""
_DOT_MM = 1 / 8
_MM_PER_INCH = 25.4


class Paper(StrEnum):
    """Papers a receipt can be printed on."""

    A5 = "a5"
    SLIP = "80mm"


@dataclass(frozen=True, slots=True)
class _Form:
    """Measures of one paper in millimetres and points; a height of 0 follows the content."""

    width_mm: float
    height_mm: float
    margin_mm: float
    qr_mm: float
    proof_qr_mm: float
    text_pt: float
    small_pt: float
    title_pt: float


_FORMS = {
    Paper.A5: _Form(148, 210, 12, 64, 96, 9, 7.5, 17),
    Paper.SLIP: _Form(80, 0, 4, 66, 0, 8.5, 7.5, 14),
}
_STYLE = (
    "p { margin: 0 0 5px 0 } td { padding: 0 0 5px 0 } td.head { padding-right: 8px; color: #444 }"
)


def write_pdf(path: Path, sheet: ReceiptSheet, paper: Paper) -> None:
    """Write the receipt to `path`, whole or not at all.

    Needs no display. Raises `ConfigError(FONT_MISSING)` and `OSError`.
    """
    application_for_paper()
    fresh = path.with_suffix(".pdf.new")
    writer = QPdfWriter(str(fresh))
    writer.setResolution(_PDF_DPI)
    writer.setTitle(f"{sheet.title} {sheet.number}")
    form = _FORMS[paper]
    height_mm = form.height_mm or _Sheet(writer, form, None).page_one(sheet)
    size = QPageSize(
        QSizeF(form.width_mm, height_mm),
        QPageSize.Unit.Millimeter,
        paper.value,
        QPageSize.SizeMatchPolicy.ExactMatch,
    )
    no_margins = QMarginsF(0, 0, 0, 0)
    writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, no_margins))
    painter = QPainter(writer)
    _draw(_Sheet(writer, form, painter), sheet, writer.newPage)
    painter.end()
    # The file is complete only once the writer has gone.
    del painter, writer
    if not fresh.exists() or not fresh.stat().st_size:
        raise OSError("the receipt could not be written")
    fresh.replace(path)


def pictures(sheet: ReceiptSheet, paper: Paper, dpi: float = SLIP_DPI) -> list[QImage]:
    """The pages as pictures of `dpi`, as a printer of that resolution would draw them."""
    application_for_paper()
    form = _FORMS[paper]
    probe = _blank(form.width_mm, 10, dpi)
    height_mm = form.height_mm or _Sheet(probe, form, None).page_one(sheet)
    drawn = []
    for page in (_Sheet.page_one, _Sheet.page_two)[: 1 if paper is Paper.SLIP else 2]:
        image = _blank(form.width_mm, height_mm, dpi)
        painter = QPainter(image)
        page(_Sheet(image, form, painter), sheet)
        painter.end()
        drawn.append(image)
    return drawn


def _draw(page: "_Sheet", sheet: ReceiptSheet, new_page: Callable[[], object]) -> None:
    page.page_one(sheet)
    if page.form.proof_qr_mm:
        new_page()
        page.page_two(sheet)


def _blank(width_mm: float, height_mm: float, dpi: float) -> QImage:
    per_mm = dpi / _MM_PER_INCH
    image = QImage(round(width_mm * per_mm), round(height_mm * per_mm), QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(round(per_mm * 1000))
    image.setDotsPerMeterY(round(per_mm * 1000))
    image.fill(0xFFFFFFFF)
    return image


class _Sheet:
    """Draws downwards on one device; without a painter it only measures. Units: millimetres."""

    def __init__(self, device: QPaintDevice, form: _Form, painter: QPainter | None) -> None:
        self.form = form
        self._device = device
        self._painter = painter
        self._per_mm = device.logicalDpiX() / _MM_PER_INCH

    def page_one(self, sheet: ReceiptSheet) -> float:
        """What the visitor reads, and the code; returns the height used with its margins."""
        form, y = self.form, self.form.margin_mm
        demo = f"<p align='center'><b>{_html(sheet.demo)}</b></p>" if sheet.demo else ""
        y = self._text(demo, y, form.text_pt)
        y = self._text(f"<b>{_html(sheet.title)}</b>", y, form.title_pt)
        number = f"{_html(sheet.number_label)} <b>{_html(sheet.number)}</b>"
        y = self._text(f"{number}<br>{_html(sheet.issued)}", y, form.text_pt + 1) + 2
        y = self._text(self._rows(sheet.rows), y, form.text_pt) + 1
        fine = "".join(f"<p>{_row(row)}</p>" for row in sheet.fine_print)
        fine += f"<p>{_html(sheet.check)}</p>"
        if form.height_mm:
            foot = form.height_mm - form.margin_mm
            side = min(form.qr_mm, foot - y)
            top, beside = foot - side, form.width_mm - 2 * form.margin_mm - side - 4
            self._code(sheet.code, form.width_mm - form.margin_mm - side, top, side)
            self._text(fine, top + 2, form.small_pt, beside)
            return form.height_mm
        self._code(sheet.code, (form.width_mm - form.qr_mm) / 2, y, form.qr_mm)
        return self._text(fine, y + form.qr_mm + 1, form.small_pt) + form.margin_mm

    def page_two(self, sheet: ReceiptSheet) -> float:
        """What an auditor needs beside the code of page one."""
        form, y = self.form, self.form.margin_mm
        y = self._text(f"<b>{_html(sheet.proof_title)}</b>", y, form.title_pt)
        y = self._text(f"{_html(sheet.number_label)} {_html(sheet.number)}", y, form.text_pt) + 2
        for words in sheet.proof:
            y = self._text(_html(words), y, form.text_pt) + 2
        if sheet.proof_code:
            side = min(form.proof_qr_mm, form.height_mm - form.margin_mm - y)
            self._code(sheet.proof_code, (form.width_mm - side) / 2, y, side)
        return form.height_mm

    def _rows(self, rows: Rows) -> str:
        """A table: heading beside the lines, on narrow paper above them."""
        if not self.form.height_mm:
            cells = "".join(f"<tr><td>{_row(row)}</td></tr>" for row in rows)
        else:
            head = "<tr><td class='head' width='24%'>"
            cells = "".join(
                f"{head}{_html(heading)}</td><td>{_lines(lines)}</td></tr>"
                for heading, lines in rows
            )
        return f"<table width='100%' cellspacing='0'>{cells}</table>"

    def _text(self, content: str, y: float, points: float, width_mm: float = 0) -> float:
        """Lay out `content` (HTML) from `y`; returns where it ends."""
        if not content:
            return y
        form, per_mm = self.form, self._per_mm
        document = QTextDocument()
        document.setDocumentMargin(0)
        font = QFont(FAMILY)
        font.setPointSizeF(points)
        document.setDefaultFont(font)
        # A digest is one long word: it breaks where the line ends.
        document.setDefaultTextOption(_anywhere())
        document.setDefaultStyleSheet(_STYLE)
        document.setHtml(content)
        document.documentLayout().setPaintDevice(self._device)
        document.setTextWidth((width_mm or form.width_mm - 2 * form.margin_mm) * per_mm)
        if self._painter is not None:
            place = QPointF(form.margin_mm * per_mm, y * per_mm)
            self._painter.translate(place)
            document.drawContents(self._painter)
            self._painter.translate(-place)
        return y + document.size().height() / per_mm

    def _code(self, text: str, x: float, y: float, side_mm: float) -> None:
        """The QR symbol with its border in the middle of a square."""
        if self._painter is None:
            return
        rows = modules(text)
        count = len(rows) + 2 * QUIET_MODULES
        module_mm = side_mm / _DOT_MM // count * _DOT_MM
        free = (side_mm - (count - 2 * QUIET_MODULES) * module_mm) / 2
        for row_number, row in enumerate(rows):
            for start, end in _runs(row):
                left, top = x + free + start * module_mm, y + free + row_number * module_mm
                self._fill(left, top, (end - start) * module_mm, module_mm)

    def _fill(self, x: float, y: float, width: float, height: float) -> None:
        """A black rectangle with its edges on whole dots, so that neighbours leave no gap."""
        left, top = round(x * self._per_mm), round(y * self._per_mm)
        right, foot = round((x + width) * self._per_mm), round((y + height) * self._per_mm)
        if self._painter is not None:
            area = QRectF(left, top, right - left, foot - top)
            self._painter.fillRect(area, Qt.GlobalColor.black)


def _runs(row: bytes) -> list[tuple[int, int]]:
    """(start, end) of each run of dark modules."""
    edges = [i for i, (a, b) in enumerate(zip(b"\0" + row, row + b"\0", strict=True)) if a != b]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _anywhere() -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    return option


def _row(row: tuple[str, tuple[str, ...]]) -> str:
    return f"<b>{_html(row[0])}</b><br>{_lines(row[1])}"


def _lines(lines: tuple[str, ...]) -> str:
    return "<br>".join(_html(line) for line in lines)


def _html(words: str) -> str:
    return html.escape(words)
