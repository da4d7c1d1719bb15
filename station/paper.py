"""What is printed, as plain values: the core makes it, `ui.report_pdf` puts it on paper."""

from dataclasses import dataclass
from datetime import UTC, datetime


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


def shown_time(text: str) -> str:
    """An ISO 8601 time as people read it, to the minute in UTC; anything else as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment.tzinfo else text
