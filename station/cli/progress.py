"""How far a long command is, on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int], None]]:
    """Progress on standard error, where that is a screen; every pass over the data begins anew."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with click.progressbar(length=100, file=sys.stderr) as bar:

        def told(done: int, total: int) -> None:
            percent = 100 * done // max(1, total)
            if percent < bar.pos:
                bar.pos, bar.finished = 0, False
            bar.update(percent - bar.pos)

        yield told
