"""Canonical JSON: the one byte string that is hashed, signed and stored for a value.

Keys are ASCII and sorted, separators are bare, text is UTF-8. Numbers are integers within ±2^53, so
that every JSON reader gets the same value back; floats and null do not exist here.
"""

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeAlias

from station.errors import ErrorCode, LedgerError, StationBug

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json]"
"""What a canonical document may hold."""

MAX_BYTES = 256 * 1024
"""Longest document that is read back: an entry is about 500 bytes, a long notice about 20 KiB."""

MAX_DEPTH = 16
_MAX_INT = 1 << 53


def encode(value: Json) -> bytes:
    """The canonical bytes of `value`. Raises `StationBug` for what has no canonical form."""
    _check(value, 0)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise StationBug("canonical text holds a lone surrogate") from error


def decode(data: bytes) -> Json:
    """Read bytes that must be canonical. Raises `LedgerError(LEDGER_BROKEN)` when they are not."""
    if len(data) > MAX_BYTES:
        raise LedgerError(ErrorCode.LEDGER_BROKEN, length=len(data))
    try:
        value: Json = json.loads(
            data.decode("utf-8"), parse_float=_refuse_number, parse_constant=_refuse_number
        )
        again = encode(value)
    except (ValueError, RecursionError, StationBug) as error:
        raise LedgerError(ErrorCode.LEDGER_BROKEN, length=len(data)) from error
    if again != data:
        raise LedgerError(ErrorCode.LEDGER_BROKEN, length=len(data))
    return value


def decode_object(data: bytes) -> dict[str, Json]:
    """Read canonical bytes that must be an object. Raises `LedgerError(LEDGER_BROKEN)`."""
    value = decode(data)
    if not isinstance(value, dict):
        raise LedgerError(ErrorCode.LEDGER_BROKEN, length=len(data))
    return value


def _check(value: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise StationBug("canonical value is nested too deeply")
    if isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if abs(value) > _MAX_INT:
            raise StationBug("canonical integer beyond 2^53")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise StationBug("canonical keys are ASCII strings")
            _check(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item, depth + 1)
    else:
        raise StationBug(f"no canonical form for {type(value).__name__}")


def _refuse_number(_text: str) -> NoReturn:
    raise ValueError("not an integer")
