"""Attributes as the kernel shows them; a device wrote them, and may have written anything."""

from pathlib import Path

_MOST_BYTES = 128


def first_line(path: Path) -> str:
    """First line of a sysfs attribute, bounded; empty when it cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES)
    except OSError:
        return ""
    return raw.decode("utf-8", "replace").split("\n")[0].strip()
