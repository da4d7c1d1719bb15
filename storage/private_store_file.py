"""A new file of a store: for its owner alone, from its first moment."""

import os
from pathlib import Path

from station.errors import ErrorCode, StorageError


def create_private(path: Path) -> None:
    """Make an empty file for its owner alone, in a folder for its owner alone.

    Raises `StorageError(DISK_FULL)`, also when the file exists.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error
