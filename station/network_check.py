"""Is there code in this installation that could use a network? (C4-2, X-9: off, not switched off.)

A look at the sources as they lie here, so that a changed file is seen as well: no library that
speaks a network protocol is imported, and no socket of a network family is made, but for the two
places where a booth tries whether it could open one, and the simulated card's line.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from station.config import ROOT

ROOMS = ("station", "consent", "storage", "drivers", "ui", "resources")
_LIBRARIES = (
    "aiohttp|asyncio|ftplib|http|httpx|imaplib|poplib|requests|smtplib|socketserver|ssl|"
    r"telnetlib|urllib\.request|urllib3|websockets|xmlrpc"
)
_SPEAKS = re.compile(
    rf"^\s*(?:import|from)\s+(?:{_LIBRARIES})\b|\bQtNetwork\b"
    r"|socket\([^)\n]*AF_INET|\bcreate_connection\b|\bcreate_server\b",
    re.MULTILINE,
)
_TRIES = frozenset({"station/booth/sandbox.py", "station/booth/sandbox_probe.py"})
"""Where a booth tries to open a network socket, in order to say that it cannot."""
_TESTS = frozenset({"drivers/simulated/chip_link.py"})
"""The software card's line to a virtual reader on the same machine: only tests call it."""


def network_code(root: Path = ROOT) -> tuple[int, tuple[str, ...]]:
    """How many source files there are, and which of them could use a network."""
    count, found = 0, []
    for path in _sources(root):
        count += 1
        name = path.relative_to(root).as_posix()
        # This file names what it looks for.
        if path.name == Path(__file__).name or name in _TRIES | _TESTS:
            continue
        if _SPEAKS.search(path.read_text("utf-8", "replace")):
            found.append(name)
    return count, tuple(found)


def _sources(root: Path) -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((root / room).rglob("*.py"))
