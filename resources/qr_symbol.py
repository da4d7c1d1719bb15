"""QR codes (ISO/IEC 18004): the modules of a text, for whoever draws them."""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

QUIET_MODULES = 4
"""Light border the standard asks for, in modules."""


def modules(text: str) -> tuple[bytes, ...]:
    """Rows of the symbol without border, one byte per module, 1 is dark; error level M or better.

    Raises `ValueError` for a text too long for a QR code.
    """
    # Left alone, the encoder takes Shift JIS where it has every character; telephones want UTF-8.
    encoding = None if text.isascii() else "utf-8"
    symbol = _encoder().encode(text, error="m", micro=False, encoding=encoding)
    return tuple(bytes(row) for row in symbol.matrix)


def terminal_lines(text: str) -> list[str]:
    """The symbol with its border for a dark terminal: two modules to a character, light is drawn.

    Raises `ValueError` for a text too long for a QR code.
    """
    rows = modules(text)
    side = len(rows) + 2 * QUIET_MODULES
    quiet = bytes(side)
    border = bytes(QUIET_MODULES)
    whole = [quiet] * QUIET_MODULES + [border + row + border for row in rows]
    whole += [quiet] * (QUIET_MODULES + side % 2)
    marks = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    return [
        "".join(marks[upper, lower] for upper, lower in zip(above, below, strict=True))
        for above, below in zip(whole[::2], whole[1::2], strict=True)
    ]


def _encoder() -> ModuleType:
    """segno's encoder alone. The whole package also loads its writers, and with them http, ssl and
    e-mail: 4 MB and 60 ms that a desk without network has no use for.
    """
    found = find_spec("segno") if "segno" not in sys.modules else None
    if found is not None:
        package = ModuleType("segno")
        package.__path__ = list(found.submodule_search_locations or ())
        sys.modules["segno"] = package
    return import_module("segno.encoder")
