"""Networking is off because there is no code for it; a file that has some is found."""

from pathlib import Path

import pytest

from station.checks import Verdict, check_network
from station.config import ROOT
from station.network_check import ROOMS, network_code


def test_this_release_has_no_network_code() -> None:
    files, found = network_code()
    assert found == () and files > 300
    check = check_network()
    assert (check.verdict, check.reason) == (Verdict.OK, "network_off")


@pytest.mark.parametrize(
    "line",
    [
        "import requests",
        "from http.client import HTTPSConnection",
        "    import ssl",
        "from urllib.request import urlopen",
        "socket.socket(socket.AF_INET6)",
        "line = socket.create_connection((host, 80))",
        "from PySide6 import QtNetwork",
    ],
)
def test_a_file_that_could_is_a_fault_by_name(tmp_path: Path, line: str) -> None:
    room = tmp_path / "ui"
    room.mkdir()
    (room / "quiet.py").write_text("from urllib.parse import quote\nimport socket\n", "utf-8")
    assert network_code(tmp_path) == (1, ())
    (room / "page.py").write_text(f"def load():\n    pass\n{line}\n", "utf-8")
    assert network_code(tmp_path) == (2, ("ui/page.py",))
    check = check_network(tmp_path)
    assert (check.verdict, check.reason) == (Verdict.FAULT, "network_code")
    assert check.values == {"file": "ui/page.py"}


def test_the_booth_still_tries_whether_it_could() -> None:
    """The exceptions exist, and are what they are said to be."""
    line = "drivers/simulated/chip_link.py"
    assert '"127.0.0.1"' in (ROOT / line).read_text("utf-8")
    callers = [
        path
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "connect_vpcd" in path.read_text("utf-8") and path != ROOT / line
    ]
    assert callers == []
    for name in ("station/booth/sandbox.py", "station/booth/sandbox_probe.py"):
        assert "AF_INET" in (ROOT / name).read_text("utf-8")
