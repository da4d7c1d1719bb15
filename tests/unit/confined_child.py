"""Runs a test's body in a fresh interpreter, where it may confine itself for good."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PRELUDE = """
import errno, json, os, resource, signal, socket, sys
from pathlib import Path
from station.booth.sandbox import harden_booth, harden_desk
def attempt(act):
    try:
        act()
    except OSError as error:
        return error.errno
    return 0
"""


def in_child(body: str, *arguments: str, timeout_s: float = 20.0) -> dict[str, object]:
    """Run `body` in a fresh interpreter and return the JSON object it printed."""
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + body, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert isinstance(result, dict)
    return result


def lines_active(result: dict[str, object]) -> dict[str, bool]:
    lines = result["lines"]
    assert isinstance(lines, dict)
    return lines


LINES = "lines = {h.name: h.active for h in harden_booth()}\n"
