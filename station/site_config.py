"""Changing single keys of the site's configuration file, everything else left as it is written."""

import re
import tomllib
from pathlib import Path

from station.config import load
from station.errors import ConfigError, ErrorCode

_MOST_BYTES = 256 << 10
_HEADER = re.compile(r"^\s*\[")


def changed(path: Path, section: str, values: dict[str, str | float]) -> bytes:
    """What the file at `path`, which need not exist, is with `values` in `section`.

    Nothing is written here: whoever does replaces the file as a whole. Comments and all other keys
    stay. Raises `ConfigError(CONFIG_INVALID)` where the file, before or after, is not a valid
    configuration.
    """
    try:
        before = path.read_bytes() if path.exists() else b""
        if len(before) > _MOST_BYTES:
            raise ConfigError(ErrorCode.CONFIG_INVALID)
        text = before.decode("utf-8")
        wanted = tomllib.loads(text)
        after = _with_keys(text, section, values)
        wanted.setdefault(section, {}).update(values)
        # Line by line work can be fooled, by a string of several lines for one: then it shows here.
        if tomllib.loads(after) != wanted:
            raise ConfigError(ErrorCode.CONFIG_INVALID)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, AttributeError) as error:
        raise ConfigError(ErrorCode.CONFIG_INVALID) from error
    load(overrides=wanted)
    return after.encode("utf-8")


def _with_keys(text: str, section: str, values: dict[str, str | float]) -> str:
    lines = text.splitlines()
    header = re.compile(rf"^\s*\[\s*{re.escape(section)}\s*\]\s*(#.*)?$")
    start = next((number for number, line in enumerate(lines) if header.match(line)), None)
    if start is None:
        lines += [""] * bool(lines and lines[-1].strip()) + [f"[{section}]"]
        start = len(lines) - 1
    following = (n for n in range(start + 1, len(lines)) if _HEADER.match(lines[n]))
    end = next(following, len(lines))
    body, added = lines[start + 1 : end], []
    for key, value in values.items():
        written = f"{key} = {_toml(value)}"
        place = next((n for n, line in enumerate(body) if _is_key(line, key)), None)
        if place is None:
            added.append(written)
        else:
            body[place] = written
    body = added + body
    return "\n".join([*lines[: start + 1], *body, *lines[end:]]) + "\n"


def _is_key(line: str, key: str) -> bool:
    return re.match(rf'^\s*(?:{re.escape(key)}|"{re.escape(key)}")\s*=', line) is not None


def _toml(value: str | float) -> str:
    if isinstance(value, float):
        return repr(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    if not escaped.isprintable():
        raise ConfigError(ErrorCode.CONFIG_INVALID)
    return f'"{escaped}"'
