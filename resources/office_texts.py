"""Words of the office for codes of the core (`i18n/office.toml`), without Qt.

What is shown on no visitor's page: names of roles, acts, kinds of entries. Unlike the texts of
`resources.texts`, a code without a word is shown as it is: a ledger may hold what a later release
of the station wrote.
"""

import tomllib
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "i18n" / "office.toml"


@cache
def office_table() -> dict[str, dict[str, dict[str, str]]]:
    """The whole table: section, then code, then language."""
    with _TABLE.open("rb") as stream:
        loaded: dict[str, dict[str, dict[str, str]]] = tomllib.load(stream)
    return loaded


def office_word(section: str, code: str, language: str) -> str:
    """The word for `code`, or the code itself. Raises `KeyError` for an unknown section."""
    found = office_table()[section].get(str(code))
    return str(code) if found is None else found[language]
