"""A report of headings, paragraphs and tables as PDF, with the fonts of the screens."""

import html
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import (
    QFont,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPdfWriter,
    QTextDocument,
)

from station.paper import Paper
from ui.font import FAMILY, use_chinese_font

_MARGIN_MM = 18.0
_RESOLUTION_DPI = 300
_TEXT_PT = 9
_STYLE = (
    "h1 { font-size: 16pt } h2 { font-size: 12pt; margin-top: 14px }"
    "th { text-align: left; background-color: #eef2f1 } td, th { padding: 3px 6px }"
)
_applications: list[QGuiApplication] = []
"""Qt needs its application until the process ends; Python would free it."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report; a table's first row is its head."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What is printed. `label` ("SIM", "BENCH") stands in the title line."""

    title: str
    label: str
    sections: tuple[Section, ...]


def write_report(path: Path, report: Report) -> str:
    """Write `report` to `path`, whole or not at all; returns its plain text.

    Needs no display. Raises `ConfigError(FONT_MISSING)` and `OSError`.
    """
    application_for_paper()
    fresh = path.with_suffix(".pdf.new")
    writer = QPdfWriter(str(fresh))
    document = _printed(writer, report)
    # The file is complete only once the writer has gone.
    del writer
    if not fresh.exists() or not fresh.stat().st_size:
        raise OSError("the report could not be written")
    fresh.replace(path)
    return document.toPlainText()


def paper_pdf(paper: Paper) -> bytes:
    """A paper of the core as the bytes of a PDF, for a file that only its owner may read.

    Needs no display. Raises `ConfigError(FONT_MISSING)`.
    """
    application_for_paper()
    parts = (Section(part.heading, part.paragraphs, part.table) for part in paper.parts)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    _printed(writer, Report(paper.title, paper.label, tuple(parts)))
    del writer
    return bytes(buffer.data().data())


def _printed(writer: QPdfWriter, report: Report) -> QTextDocument:
    document = QTextDocument()
    font = QFont(FAMILY, _TEXT_PT)
    # Language forms of the font have glyphs without characters: what is copied would lack numbers.
    font.setFeature(QFont.Tag("locl"), 0)
    document.setDefaultFont(font)
    document.setDefaultStyleSheet(_STYLE)
    document.setHtml(as_html(report))
    writer.setResolution(_RESOLUTION_DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(
        QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM), QPageLayout.Unit.Millimeter
    )
    writer.setTitle(report.title)
    document.documentLayout().setPaintDevice(writer)
    document.setPageSize(QSizeF(writer.width(), writer.height()))
    document.print_(writer)
    return document


def as_html(report: Report) -> str:
    """The report as the subset of HTML that Qt's rich text knows; every text is escaped."""
    parts = [f"<h1>{_text(report.title)}</h1><p><b>{_text(report.label)}</b></p>"]
    for section in report.sections:
        parts.append(f"<h2>{_text(section.heading)}</h2>")
        parts += [f"<p>{_text(paragraph)}</p>" for paragraph in section.paragraphs]
        if section.table:
            head, *rows = section.table
            parts.append('<table border="1" cellspacing="0" width="100%">')
            parts.append("<tr>" + "".join(f"<th>{_text(cell)}</th>" for cell in head) + "</tr>")
            parts += [
                "<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>"
                for row in rows
            ]
            parts.append("</table>")
    return "".join(parts)


def _text(value: str) -> str:
    return html.escape(value).replace("\n", "<br>")


def application_for_paper() -> None:
    """Make sure that there is a Qt application and the Chinese font."""
    if QGuiApplication.instance() is None:
        # Paper needs no display, and a broken one would end the process.
        _applications[:] = [QGuiApplication(["station", "-platform", "offscreen"])]
    use_chinese_font()
