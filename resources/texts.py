"""Texts for stable codes in every language of the kiosk; without Qt, for the terminal too.

The table is `i18n/messages.toml`. Kinds: "error" (keyed by `ErrorCode`), "outcome" (headline) and
"next" (what happens next, both keyed by `Outcome`), "resident" (what only residents are told, keyed
by `ui.bridge.resident_text.Say`), "guidance" and "action" (booth messages), "retry" (what to do
differently in another attempt, keyed by the PAD layer that was undecided).
"""

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "i18n" / "messages.toml"

KINDS = ("error", "outcome", "next", "resident", "guidance", "action", "retry")


@cache
def table() -> dict[str, dict[str, dict[str, str]]]:
    """The whole table: kind, then code, then language."""
    with _TABLE.open("rb") as stream:
        loaded: dict[str, dict[str, dict[str, str]]] = tomllib.load(stream)
    return loaded


def text(kind: str, code: str, language: str) -> str:
    """The text for `code` in `language` ("zh_CN" or "en").

    Raises `KeyError` for a kind, code or language the table does not have: a missing text is our
    own fault, found by a test, and never replaced by a bare code in front of a person.
    """
    key = code.value if isinstance(code, StrEnum) else code
    return table()[kind][key][language]


def retry_text(layer: str, language: str) -> str:
    """What to do differently in another attempt; general words for a layer without its own.

    The name comes from the booth, which sees a stranger's picture: it may be any word.
    """
    return text("retry", layer if layer in table()["retry"] else "OTHER", language)
