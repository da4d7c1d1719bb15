"""Words of the self-check (`i18n/doctor.toml`), for whoever shows its lines: without Qt."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "i18n" / "doctor.toml"


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    loaded: dict[str, dict[str, dict[str, str]]] = tomllib.loads(_TABLE.read_text("utf-8"))
    return loaded


def doctor_name(name: str, language: str) -> str:
    """What a check is about. Raises `KeyError` for one without a word."""
    return _words()["name"][name][language]


def doctor_sentence(reason: str, values: Mapping[str, str | int], language: str) -> str:
    """What a check found. Raises `KeyError` for a reason or figure that is missing."""
    return _words()["reason"][reason][language].format(**values)
