"""Where the passphrase of an unattended start may come from: a descriptor or a credential file.

Never from the command line or the value of an environment variable: both are readable by other
processes of the same machine.
"""

import os
import stat
from pathlib import Path

from station.errors import ErrorCode, StorageError
from station.model import Secret

LONGEST_BYTES = 1024
"""A longer passphrase is refused: the source is something else."""


def read_passphrase(source: int | Path) -> Secret:
    """Read one passphrase from a file descriptor or a file and strip the final line end.

    A descriptor is read to its end and closed. A file must be a regular file that neither group nor
    others may write, nor others read (systemd's credential files are such). Raises
    `StorageError(KEY_MISSING)` when there is nothing usable.
    """
    try:
        descriptor = source if isinstance(source, int) else _open_private(source)
    except OSError as error:
        raise StorageError(ErrorCode.KEY_MISSING) from error
    try:
        data = _read_bounded(descriptor)
    except OSError as error:
        raise StorageError(ErrorCode.KEY_MISSING) from error
    if data.endswith(b"\n"):
        del data[-1:]
    if not data or len(data) > LONGEST_BYTES:
        data[:] = bytes(len(data))
        raise StorageError(ErrorCode.KEY_MISSING)
    passphrase = Secret(data)
    data[:] = bytes(len(data))
    return passphrase


def credential(name: str) -> Path:
    """Path of a credential systemd handed to this service (`LoadCredential=`).

    Raises `StorageError(KEY_MISSING)` when the service has no credentials.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder or "/" in name or name in {"", ".", ".."}:
        raise StorageError(ErrorCode.KEY_MISSING)
    return Path(folder) / name


def _open_private(path: Path) -> int:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o026:
        os.close(descriptor)
        raise PermissionError("a passphrase file must be a private regular file")
    return descriptor


def _read_bounded(descriptor: int) -> bytearray:
    data = bytearray()
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        while len(data) <= LONGEST_BYTES + 1:
            chunk = stream.read(LONGEST_BYTES + 2 - len(data))
            if not chunk:
                break
            data += chunk
    return data
