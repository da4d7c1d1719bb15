"""A throw-away process that confines itself like a booth and then tries what a booth may not do.

    python -m station.booth.sandbox_probe FOLDER DESK_PID

Prints one JSON object: the lines of `harden_booth`, and for each attempt whether it was stopped.
`doctor` runs it, so that its answer rests on what happened and not on what was asked for.
"""

import contextlib
import json
import os
import socket
import sys
from pathlib import Path

from station.booth.sandbox import harden_booth


def main(folder: Path, desk_pid: int) -> None:
    """Confine this process, try both attempts, print the result."""
    lines = harden_booth(desk_pid=desk_pid)
    result = {
        "lines": [[line.name, line.active, line.detail] for line in lines],
        "network_stopped": _network_stopped(),
        "file_stopped": _file_stopped(folder / f"probe-{os.getpid()}"),
    }
    sys.stdout.write(json.dumps(result))


def _network_stopped() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
    except OSError:
        return True
    return False


def _file_stopped(path: Path) -> bool:
    try:
        path.touch(mode=0o600)
    except OSError:
        return True
    with contextlib.suppress(OSError):
        path.unlink()
    return False


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
