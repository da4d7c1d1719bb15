"""New files for their owner alone: exports and receipts."""

import os
from pathlib import Path

import click


def write_new(path: Path, data: bytes) -> None:
    """Create `path` with mode 0600, durable on return; an existing file is never overwritten."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from error
