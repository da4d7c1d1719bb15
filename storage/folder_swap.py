"""Replaces the stores' folder as a whole, so that a crash leaves the old stores or the new ones.

The names of the folders are the whole state: `staging` is being built, `ready` is complete and
durable, `old` is what was replaced. `settle_restore` runs before anything opens a store.
"""

import os
import shutil
from pathlib import Path

from station.errors import ErrorCode, StorageError
from storage.keyring_file import sync_folder

UNPACKED = "restore.tmp"
"""Folder in which a backup's files lie while they are verified; under the backup's own keys."""
COPIES = "backup.tmp"
"""Folder in which copies lie while a backup is made; each under a key that no disk has."""
REVOCATIONS = "revocations"
"""The list of revoked templates: in the home, and until a swap is through in the new stores."""
_STAGING, _READY, _OLD = "stores.staging", "stores.ready", "stores.old"
SWAPPED = (_STAGING, _READY, _OLD)
"""Folders that hold whole stores while a swap is under way."""
_STORES = "stores"
_PIECE_BYTES = 1024 * 1024


def staging_folder(home: Path) -> Path:
    """The empty folder in which the new stores are built. Raises `StorageError(DISK_FULL)`."""
    folder = home / _STAGING
    try:
        _remove(folder)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error
    return folder


def swap(home: Path) -> None:
    """Put the closed, complete stores of the staging folder in place.

    Raises `StorageError(DISK_FULL)`; old or new stores then stand, as `settle_restore` leaves them.
    """
    try:
        _sync_tree(home / _STAGING)
        _rename(home / _STAGING, home / _READY)
        if (home / _STORES).exists():
            _rename(home / _STORES, home / _OLD)
        _rename(home / _READY, home / _STORES)
        _bring_revocations(home)
        _destroy(home / _OLD)
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error


def settle_restore(home: Path) -> None:
    """Finish or undo a restore that ended half way, and drop what a backup left behind.

    Old stores that are still in place stay: their ledger's open intent is completed as undone at
    start. Raises `StorageError(DISK_FULL)`.
    """
    stores, ready, old = home / _STORES, home / _READY, home / _OLD
    try:
        if not stores.exists():
            if ready.exists():
                _rename(ready, stores)
            elif old.exists():
                _rename(old, stores)
        _bring_revocations(home)
        for leftover in (ready, home / _STAGING, home / UNPACKED, home / COPIES):
            _remove(leftover)
        _destroy(old)
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error


def _bring_revocations(home: Path) -> None:
    """Take over what a restore revoked, once its stores are in place and not before.

    A list that were longer already would refuse templates of old stores that stay.
    """
    brought = home / _STORES / REVOCATIONS
    if brought.exists():
        brought.replace(home / REVOCATIONS)
        sync_folder(brought.parent)
        sync_folder(home)


def _rename(source: Path, target: Path) -> None:
    source.rename(target)
    sync_folder(source.parent)


def _destroy(folder: Path) -> None:
    """Overwrite the files, then remove them: who is erased later must not be found in them.

    A store deletes by destroying keys; an old copy of keys.db on the disk would still have them.
    """
    if not folder.exists():
        return
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("r+b") as stream:
                left = path.stat().st_size
                while left > 0:
                    left -= stream.write(bytes(min(left, _PIECE_BYTES)))
                stream.flush()
                os.fsync(stream.fileno())
    _remove(folder)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
        sync_folder(folder.parent)


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
    sync_folder(folder)
