"""What staff hand out: papers in new files of their owner alone, in a folder they named."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from station.errors import ErrorCode, OfficeError
from station.private_file import new_file

Progress = Callable[[int, int], None]
"""Told how many of how many parts are done; from whatever thread does them."""
Draws = Sequence[tuple[str, Callable[[], bytes]]]
"""Files in the order they are made: a name, and what makes its content."""


def usable(folder: Path) -> None:
    """Raises `OfficeError(PAPER_NOT_WRITTEN)` for what is no folder that can be written to."""
    # Not `Path.is_dir`: that raises for a name too long, a folder locked, a medium pulled out.
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK):  # noqa: PTH112
        raise OfficeError(ErrorCode.PAPER_NOT_WRITTEN)


def hand_out(folder: Path, papers: Draws, progress: Progress) -> tuple[str, ...]:
    """Make `papers` one by one as new files in `folder`: all of them, or none.

    Returns their names. Raises `OfficeError(PAPER_NOT_WRITTEN)`, also where one is there already.
    """
    usable(folder)
    made: list[Path] = []
    try:
        for at, (name, draw) in enumerate(papers):
            progress(at, len(papers))
            content = draw()
            with new_file(folder / name) as file:
                file.write(content)
            made.append(folder / name)
    except OSError as error:
        _take_away(made)
        raise OfficeError(ErrorCode.PAPER_NOT_WRITTEN) from error
    except BaseException:
        _take_away(made)
        raise
    progress(len(papers), len(papers))
    return tuple(path.name for path in made)


def _take_away(made: Sequence[Path]) -> None:
    for path in made:
        # A medium that was pulled out refuses this too: what happened before is what is told.
        with suppress(OSError):
            path.unlink()
