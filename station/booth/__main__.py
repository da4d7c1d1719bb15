"""Entry of a booth: confine the process first, only then import what starts threads.

    python -m station.booth --socket-fd N --ring-fd N --models FOLDER --desk-pid PID [--children]

numpy's and OpenCV's worker threads exist from their import on, and Landlock covers only threads
that start after it.
"""

import sys

from station.booth.sandbox import harden_booth


def _desk_pid(arguments: list[str]) -> int | None:
    """The value after --desk-pid; the full parser lives behind the heavy imports."""
    if "--desk-pid" not in arguments[:-1]:
        return None
    return int(arguments[arguments.index("--desk-pid") + 1])


def _children() -> bool:
    """Take `--children` from the command line, which is the confinement's alone to know."""
    asked = "--children" in sys.argv
    if asked:
        sys.argv.remove("--children")
    return asked


if __name__ == "__main__":
    harden_booth(desk_pid=_desk_pid(sys.argv), children=_children())

    from station.booth.process import main

    main()
