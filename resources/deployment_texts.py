"""Words of the deployment profile and of what it lacks, in every language; without Qt.

The table is `i18n/deployment.toml`. Kinds: "missing" (by `station.deployment_checks.Missing`),
"label" and "value" (fields of the profile and what can stand in them).
"""

import tomllib
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "i18n" / "deployment.toml"


@cache
def table() -> dict[str, dict[str, dict[str, str]]]:
    """The whole table: kind, then word, then language."""
    with _TABLE.open("rb") as stream:
        loaded: dict[str, dict[str, dict[str, str]]] = tomllib.load(stream)
    return loaded


def text(kind: str, word: str, language: str) -> str:
    """The text of a word in `language` ("zh_CN" or "en"). Raises `KeyError` where there is none."""
    return table()[kind][word][language]
