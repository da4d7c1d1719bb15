"""Files readable by the station's account alone: replaced as a whole, or new."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def replace_file(path: Path, content: bytes) -> None:
    """Write `content` beside `path`, sync it, and put it in place; makes the folder if needed.

    After a crash the old file or the new one is there, never a piece. Raises `OSError`.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with new_file(fresh) as file:
        file.write(content)
    fresh.replace(path)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A new file with mode 0600, durable on leaving; not there where anything failed.

    Raises `OSError`, also for a file that there is already: it is never overwritten.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
