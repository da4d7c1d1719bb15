"""What is printed, as plain values: the core makes it, `ui.report_pdf` puts it on paper."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a paper; a table's first row is its head."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole paper. `label` stands below the title."""

    title: str
    label: str
    parts: tuple[Part, ...]
