"""Pages with headings, figures, bar charts and tables, drawn straight to PDF: every number is text.

Lengths are points (1/72 inch), colours those of the screens' light theme. Two colours carry data at
most, every bar has its number or stands in a table, nothing has to be looked up in a legend.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from PySide6.QtCore import QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
)

from ui.font import FAMILY
from ui.report_pdf import application_for_paper

JADE, STOP = "#0B6E5F", "#B3261E"
_TEXT, _QUIET, _LINE, _TINT = "#10242B", "#4A5B60", "#B9C6C4", "#F4F7F6"
_MARGIN = 46.0
_FOOT = 30.0
_DPI = 300
_POINTS_PER_INCH = 72
_GAP = 10.0
_LABEL_GAP = 3.0
"""Between two numbers above neighbouring bars."""


@dataclass(frozen=True, slots=True)
class Column:
    """One bar of a chart over time: what stands below it, and how many."""

    label: str
    count: int


class Sheet:
    """Pages from top to bottom; a block that does not fit begins the next page."""

    def __init__(self, path: Path, title: str, foot: str) -> None:
        """`foot` stands at the end of every page, with its number.

        Raises `ConfigError(FONT_MISSING)`.
        """
        # Where the screens run, their application has the font; an export is not on their thread.
        if QGuiApplication.instance() is None:
            application_for_paper()
        self._path, self._foot = path, foot
        self._fresh = path.with_suffix(".pdf.new")
        self._writer: QPdfWriter | None = QPdfWriter(str(self._fresh))
        self._writer.setResolution(_DPI)
        self._writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        self._writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Point)
        self._writer.setTitle(title)
        size = QPageSize(QPageSize.PageSizeId.A4).size(QPageSize.Unit.Point)
        self._width, self._height = float(size.width()), float(size.height())
        self._painter = QPainter()
        self._y = _MARGIN
        self._page = 1

    def __enter__(self) -> Self:
        if self._writer is None or not self._painter.begin(self._writer):
            raise OSError("the summary could not be written")
        scale = _DPI / _POINTS_PER_INCH
        self._painter.scale(scale, scale)
        self._draw_foot()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._painter.end()
        # The file is complete only once the writer has gone.
        self._writer = None
        if kind is not None:
            self._fresh.unlink(missing_ok=True)
            return
        if not self._fresh.exists() or not self._fresh.stat().st_size:
            raise OSError("the summary could not be written")
        self._fresh.replace(self._path)

    @property
    def _inner(self) -> float:
        return self._width - 2 * _MARGIN

    def new_page(self) -> None:
        """Go on at the top of the next page."""
        if self._writer is None:
            raise OSError("the summary is closed")
        self._writer.newPage()
        self._page += 1
        self._y = _MARGIN
        self._draw_foot()

    def title(self, text: str, mark: str) -> None:
        """The title of a part, and a mark ("DEMO") at its right."""
        self._room(40)
        self._write(text, 22, bold=True)
        if mark:
            self._write(mark, 13, bold=True, colour=STOP, right=True, move=False, rise=22)
        self._y += 4

    def heading(self, text: str, room: float = 60) -> None:
        """A heading that keeps `room` points of what follows on its page."""
        self._room(30 + room)
        self._y += 8
        self._write(text, 13, bold=True)
        self._y += 2

    def note(self, text: str) -> None:
        """A quiet line or more."""
        self._write(text, 9, colour=_QUIET)

    def tiles(self, figures: Sequence[tuple[str, int]]) -> None:
        """Large numbers side by side, each with its words."""
        self._room(70)
        self._y += 8
        width = (self._inner - _GAP * (len(figures) - 1)) / len(figures)
        for at, (words, figure) in enumerate(figures):
            box = QRectF(_MARGIN + at * (width + _GAP), self._y, width, 54)
            self._painter.setPen(QPen(QColor(_LINE), 0.7))
            self._painter.setBrush(QColor(_TINT))
            self._painter.drawRoundedRect(box, 6, 6)
            self._text(box.adjusted(10, 5, -6, -22), str(figure), 22, bold=True, colour=JADE)
            room = box.adjusted(10, 33, -6, -5)
            self._text(room, self._cut(words, 9, room.width()), 9, colour=_QUIET)
        self._y += 54 + _GAP

    def columns(self, bars: Sequence[Column], height: float, colour: str, none: str) -> None:
        """A chart over time; numbers stand above where there is room, `none` where nothing is."""
        most = max((bar.count for bar in bars), default=0)
        if not most:
            self.note(none)
            return
        self._room(height + 30)
        top, floor = self._y + 14, self._y + 14 + height
        step = self._inner / len(bars)
        width = min(step * 0.72, 46.0)
        widest = QFontMetricsF(_font(8, False)).horizontalAdvance(str(most)) + _LABEL_GAP
        tallest = next(at for at, bar in enumerate(bars) if bar.count == most)
        for at, bar in enumerate(bars):
            left = _MARGIN + at * step + (step - width) / 2
            tall = height * bar.count / most
            self._painter.fillRect(QRectF(left, floor - tall, width, tall), QColor(colour))
            # Where the numbers would run into each other one stays, as the measure of the rest.
            if bar.count and (step >= widest or at == tallest):
                self._centred(left + width / 2, floor - tall - 12, str(bar.count), 8, _TEXT)
        self._rule(floor)
        # As many dates as there is room for: the first, then evenly on.
        each = max(1, -(-len(bars) * 34 // int(self._inner)))
        for at in range(0, len(bars), each):
            middle = _MARGIN + at * step + step / 2
            self._centred(middle, floor + 2, bars[at].label, 8, _QUIET)
        self._y = top + height + 20

    def shares(self, figures: Sequence[tuple[str, int]], colour: str, none: str) -> None:
        """Bars from left to right, the largest first: words, bar, number."""
        shown = [(words, count) for words, count in figures if count]
        if not shown:
            self.note(none)
            return
        most = max(count for _, count in shown)
        words_width = 130.0
        full = self._inner - words_width - 50
        self._y += 4
        for words, count in shown:
            self._room(16)
            row = QRectF(_MARGIN, self._y, words_width - 6, 14)
            self._text(row, self._cut(words, 9, words_width - 8), 9, colour=_TEXT)
            long = max(1.0, full * count / most)
            bar = QRectF(_MARGIN + words_width, self._y + 2, long, 10)
            self._painter.fillRect(bar, QColor(colour))
            number = QRectF(bar.right() + 5, self._y, 60, 14)
            self._text(number, str(count), 9, bold=True, colour=_TEXT)
            self._y += 16
        self._y += 4

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float]
    ) -> None:
        """A table; `shares` are the widths of its columns. Columns of numbers stand at the right.

        The head is repeated on every page.
        """
        numeric = [all(cell.isdecimal() for cell in column) for column in zip(*rows, strict=True)]
        columns = list(zip(shares, numeric, strict=True))
        self._table_row(head, columns, head=True)
        for row in rows:
            if self._y + 16 > self._bottom:
                self.new_page()
                self._table_row(head, columns, head=True)
            self._table_row(row, columns, head=False)
        self._y += 6

    def check(self, good: bool, text: str) -> None:
        """One line that something holds, or does not: shape, words and colour say it."""
        self._room(16)
        colour = JADE if good else STOP
        mark = QRectF(_MARGIN, self._y, 14, 14)
        self._text(mark, "✓" if good else "✗", 10, bold=True, colour=colour)
        self._write(text, 9, colour=_TEXT if good else STOP, indent=18)

    @property
    def _bottom(self) -> float:
        return self._height - _MARGIN - _FOOT + 14

    def _room(self, needed: float) -> None:
        if self._y + needed > self._bottom:
            self.new_page()

    def _table_row(
        self, cells: Sequence[str], columns: Sequence[tuple[float, bool]], *, head: bool
    ) -> None:
        left = _MARGIN
        for cell, (share, number) in zip(cells, columns, strict=True):
            width = share * self._inner
            box = QRectF(left + 4, self._y, width - 8, 15)
            if head:
                self._painter.fillRect(QRectF(left, self._y, width, 16), QColor(_TINT))
            self._text(box, self._cut(cell, 9, width - 8), 9, bold=head, colour=_TEXT, right=number)
            left += width
        self._y += 16
        self._painter.setPen(QPen(QColor(_LINE), 0.4))
        self._painter.drawLine(
            QPointF(_MARGIN, self._y - 0.4), QPointF(self._width - _MARGIN, self._y - 0.4)
        )

    def _rule(self, y: float) -> None:
        self._painter.setPen(QPen(QColor(_LINE), 0.8))
        self._painter.drawLine(QPointF(_MARGIN, y), QPointF(self._width - _MARGIN, y))

    def _draw_foot(self) -> None:
        box = QRectF(_MARGIN, self._height - _MARGIN, self._inner, 12)
        self._text(box, self._foot, 7, colour=_QUIET)
        self._text(box, str(self._page), 8, colour=_QUIET, right=True)

    def _write(
        self,
        text: str,
        size: int,
        *,
        bold: bool = False,
        colour: str = _TEXT,
        right: bool = False,
        move: bool = True,
        rise: float = 0.0,
        indent: float = 0.0,
    ) -> None:
        """A paragraph over the whole width; goes on below it."""
        font = _font(size, bold)
        flags = Qt.TextFlag.TextWordWrap | (
            Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        )
        wide = self._inner - indent
        needed = QFontMetricsF(font).boundingRect(QRectF(0, 0, wide, 4000), int(flags), text)
        if move:
            self._room(needed.height() + 2)
        box = QRectF(_MARGIN + indent, self._y - rise, wide, needed.height() + 2)
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))
        self._painter.drawText(box, int(flags), text)
        if move:
            self._y += needed.height() + 3

    def _text(
        self,
        box: QRectF,
        text: str,
        size: int,
        *,
        bold: bool = False,
        colour: str = _TEXT,
        right: bool = False,
    ) -> None:
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        self._painter.setFont(_font(size, bold))
        self._painter.setPen(QColor(colour))
        self._painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), text)

    def _centred(self, x: float, y: float, text: str, size: int, colour: str) -> None:
        box = QRectF(x - 40, y, 80, 12)
        self._painter.setFont(_font(size, False))
        self._painter.setPen(QColor(colour))
        middle = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
        self._painter.drawText(box, int(middle), text)

    def _cut(self, text: str, size: int, width: float) -> str:
        metrics = QFontMetricsF(_font(size, False))
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)


def _font(size: int, bold: bool) -> QFont:
    font = QFont(FAMILY)
    # With the painter scaled to points, a pixel is a point.
    font.setPixelSize(size)
    # Its local forms of digits have no way back to text in the PDF: numbers could not be copied.
    font.setFeature(QFont.Tag("locl"), 0)
    font.setBold(bold)
    return font
