"""Room on the disk: a floor below which no visit begins, and a reserve for the ledger.

Disk full stops new visits, not the ledger: a small file of real blocks stands in the folder, and is
given up when a ledger entry finds no room. It is put back once there is room again.
"""

import os
import threading
from pathlib import Path

from station.errors import ErrorCode, StorageError

FLOOR_BYTES = 64 * 1024 * 1024
"""Free bytes below which no new visit begins: some 10,000 visits of ledger and identity rows."""
RESERVE_BYTES = 4 * 1024 * 1024
"""What the ledger can still use when the disk is full: some 2,000 entries with their heads."""


class DiskSpace:
    """Watches the file system of one folder and keeps the ledger's reserve in it."""

    def __init__(
        self, folder: Path, floor_bytes: int = FLOOR_BYTES, reserve_bytes: int = RESERVE_BYTES
    ) -> None:
        self._folder = folder
        self._floor = floor_bytes
        self._size = reserve_bytes
        self._path = folder / "reserve"
        self._guard = threading.Lock()

    @property
    def reserved(self) -> bool:
        """Whether the reserve stands in its full size."""
        try:
            return self._path.stat().st_size >= self._size
        except FileNotFoundError:
            return False

    def free_bytes(self) -> int:
        """Bytes this process may still write here."""
        found = os.statvfs(self._folder)
        return found.f_bavail * found.f_frsize

    def check(self) -> None:
        """Raises `StorageError(DISK_FULL)` below the floor or without the reserve."""
        self.restore()
        if not self.reserved or self.free_bytes() < self._floor:
            raise StorageError(ErrorCode.DISK_FULL, free_mib=self.free_bytes() // (1024 * 1024))

    def restore(self) -> None:
        """Put the reserve in place where there is room for it above the floor."""
        with self._guard:
            if self.reserved or self.free_bytes() < self._floor + self._size:
                return
            try:
                descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError:
                # Not there is all that counts: `check` then lets no visit begin.
                return
            try:
                # Real blocks: a sparse file would reserve nothing.
                os.posix_fallocate(descriptor, 0, self._size)
                os.fsync(descriptor)
            except OSError:
                self._path.unlink(missing_ok=True)
            finally:
                os.close(descriptor)

    def give_up(self) -> bool:
        """Free the reserve for the ledger; False when it was given up already or cannot be."""
        with self._guard:
            try:
                self._path.unlink()
            except OSError:
                return False
            return True
