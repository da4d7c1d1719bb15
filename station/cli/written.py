"""New files for their owner alone, as a command speaks of them: exports and receipts."""

from pathlib import Path

import click

from station.private_file import new_file


def write_new(path: Path, data: bytes) -> None:
    """Create `path` with mode 0600, durable on return; an existing file is never overwritten."""
    try:
        with new_file(path) as file:
            file.write(data)
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from error
