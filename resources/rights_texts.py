"""Texts of the rights desk, incident notices, filing and signs (`i18n/rights.toml`), without Qt.

Whole sentences and headings for paper and terminal: section, then key, then language. A missing
text is our own fault and raises `KeyError`; a test keeps both languages complete.
"""

import tomllib
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "i18n" / "rights.toml"


@cache
def rights_table() -> dict[str, dict[str, dict[str, str]]]:
    """The whole table: section, then key, then language."""
    with _TABLE.open("rb") as stream:
        loaded: dict[str, dict[str, dict[str, str]]] = tomllib.load(stream)
    return loaded


def words(section: str, key: str, language: str, **blanks: object) -> str:
    """One text with its blanks filled."""
    return rights_table()[section][str(key)][str(language)].format(**blanks)


def rows(section: str, language: str) -> tuple[tuple[str, str], ...]:
    """(key, text) of a whole section in the order of the file."""
    return tuple((key, text[str(language)]) for key, text in rights_table()[section].items())
