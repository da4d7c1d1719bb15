"""Where deletion receipts go: a new file for its owner alone, made before anything is erased.

An erasure must not end without its receipt because the file cannot be made.
"""

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Self

from station.errors import ErrorCode, OfficeError


class ReceiptFile:
    """A file of receipts, one to a line; each is durable when `add` returns.

    What was added stays whatever happens afterwards; a file without any is taken away on leaving.
    """

    def __init__(self, folder: Path, now: datetime, suffix: str) -> None:
        """Raises `OfficeError(PAPER_NOT_WRITTEN)` where it cannot be made in `folder`."""
        # Random: two erasures of one second, and nothing of the person, in a name.
        self.name = f"erased-{now.astimezone().strftime('%Y%m%d-%H%M%S')}-{token_hex(2)}{suffix}"
        self._path = folder / self.name
        self._written = 0
        try:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise OfficeError(ErrorCode.PAPER_NOT_WRITTEN) from error

    def add(self, receipt: bytes) -> None:
        """Raises `OfficeError(RECEIPT_NOT_WRITTEN)`: it can be issued again (`person receipt`)."""
        try:
            line = memoryview(receipt + b"\n")
            while line:
                line = line[os.write(self._descriptor, line) :]
            os.fsync(self._descriptor)
        except OSError as error:
            raise OfficeError(ErrorCode.RECEIPT_NOT_WRITTEN) from error
        self._written += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A stick that was pulled out refuses these too: what happened before is what is told.
        with suppress(OSError):
            os.close(self._descriptor)
        if not self._written:
            with suppress(OSError):
                self._path.unlink()
