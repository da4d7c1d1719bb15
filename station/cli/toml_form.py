"""Plain values as TOML that a person fills in: tables, texts, lists; no library writes TOML."""

import json
from collections.abc import Mapping, Sequence


def as_toml(document: Mapping[str, object], notes: Mapping[str, str]) -> str:
    """The document as TOML; `notes` are remarks beside a key, by its full name ("site.kind")."""
    return "\n".join(_lines(document, "", notes)).strip() + "\n"


def _lines(table: Mapping[str, object], prefix: str, notes: Mapping[str, str]) -> list[str]:
    plain = {key: value for key, value in table.items() if not _is_table(value)}
    lines = [_line(key, value, notes.get(f"{prefix}{key}", "")) for key, value in plain.items()]
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            lines += ["", *_note(notes.get(name, "")), f"[{name}]"]
            lines += _lines(value, f"{name}.", notes)
        elif _is_table(value) and isinstance(value, Sequence):
            for item in value:
                lines += ["", *_note(notes.get(name, "")), f"[[{name}]]"]
                lines += _lines(item, f"{name}.", notes)
    return lines


def _is_table(value: object) -> bool:
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping)


def _line(key: str, value: object, note: str) -> str:
    return f"{key} = {_value(value)}" + (f"  # {note}" if note else "")


def _note(note: str) -> list[str]:
    return [f"# {note}"] if note else []


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        if "\n" in value and '"""' not in value and "\\" not in value and not value.endswith('"'):
            return f'"""\n{value}"""'
        # A string of JSON is one of TOML: both escape quotes, backslashes and controls alike.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    raise TypeError("no form for this")
