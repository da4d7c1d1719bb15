"""A backup of the stores while the station runs, sealed to the officers (crypto.md 2.1, 4.2).

All stores are copied as of one moment, page by page, each under a random key of its own. keys.db is
left out: with it, a backup would undo erasure. A short-lived backup with keys names its end and is
refused after it.
"""

import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from consent.digest import to_text
from consent.entry import time_text
from consent.kinds import Kind
from consent.ledger import Ledger
from consent.signing import HeadSigner, key_id
from station.errors import ErrorCode, StationBug, StorageError
from station.model import Secret
from storage.backup_file import Progress, digest_of, write_backup
from storage.backup_manifest import KEYRING, BackupHeader, BackupPart, Manifest
from storage.copying import Snapshot
from storage.folder_swap import COPIES
from storage.keyring_file import sync_folder
from storage.recovery import settle_open_intents
from storage.registry import KEYS, STORE_NAMES
from storage.revocation import recorded_count
from storage.stores import Stores

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class ShortLived:
    """What makes a backup one with keys: the keyring to put in, and how long it may be used.

    `term` is at most the shortest retention: no backup with keys outlives what it holds.
    """

    keyring: Path
    term: timedelta


@dataclass(frozen=True, slots=True)
class BackupReport:
    """One backup made: its stores, its size, its digest as in the ledger, its end ("" for none)."""

    stores: tuple[str, ...]
    bytes: int
    digest: str
    expires: str


def create_backup(
    stores: Stores,
    ledger: Ledger,
    signer: HeadSigner,
    *,
    officers_key: bytes,
    target: Path,
    progress: Progress,
    with_keys: ShortLived | None = None,
) -> BackupReport:
    """Back up every store but keys.db into the new file `target`; the station goes on meanwhile.

    An erasure that comes in between may have to wait for the copy of its store. `progress` counts
    bytes copied and sealed. Raises `StorageError(STORE_LOCKED)` when `target` exists, `(DISK_FULL)`
    when there is no room; nothing is left behind then.
    """
    if target.exists():
        raise StorageError(ErrorCode.STORE_LOCKED)
    if with_keys is not None and with_keys.term <= timedelta(0):
        raise StationBug("a backup with keys needs a term")
    staging = stores.folder.parent / COPIES
    names = [name for name in STORE_NAMES if with_keys is not None or name != KEYS]
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, staging, ignore_errors=True)
        shutil.rmtree(staging, ignore_errors=True)
        snapshots, manifest_base = _one_moment(stores, ledger, names, undo)
        counter = _Counter(sum(stores.databases[n].path.stat().st_size for n in names), progress)
        parts = [_copy(snapshots[name], staging / name, name, counter) for name in names]
        files = {name: staging / name for name in names}
        if with_keys is not None:
            files[KEYRING] = with_keys.keyring
            parts.append(_keyring_part(with_keys.keyring))
        now = datetime.now(UTC)
        header = BackupHeader(
            time_text(now),
            time_text(now + with_keys.term) if with_keys else "",
            key_id(signer.public_key),
            with_keys is not None,
        )
        manifest = Manifest(tuple(parts), manifest_base.ledger_size, manifest_base.revocations)
        return _seal(
            target,
            header=header,
            manifest=manifest,
            files=files,
            officers_key=officers_key,
            signer=signer,
            ledger=ledger,
            counter=counter,
        )


def _one_moment(
    stores: Stores, ledger: Ledger, names: list[str], undo: ExitStack
) -> tuple[dict[str, Snapshot], Manifest]:
    """Take all stores between two changes: no intent is open, so nothing is half there."""
    with stores.writer:
        settle_open_intents(stores, ledger)
        base = Manifest((), ledger.size, recorded_count(stores.ledger.newest_first()))
        snapshots: dict[str, Snapshot] = {}
        for name in names:
            snapshots[name] = Snapshot(stores.databases[name])
            undo.callback(snapshots[name].close)
        return snapshots, base


def _copy(snapshot: Snapshot, path: Path, name: str, counter: "_Counter") -> BackupPart:
    key = Secret(secrets.token_bytes(_KEY_BYTES))
    snapshot.copy_to(path, key, counter.copied)
    generation = snapshot.generation()
    # At once, not with the others: an erasure may be waiting to cut this store's log.
    snapshot.close()
    counter.next_file()
    return BackupPart(name, path.stat().st_size, digest_of(path), key, generation)


def _keyring_part(path: Path) -> BackupPart:
    return BackupPart(KEYRING, path.stat().st_size, digest_of(path), Secret(b""), 0)


def _seal(
    target: Path,
    *,
    header: BackupHeader,
    manifest: Manifest,
    files: Mapping[str, Path],
    officers_key: bytes,
    signer: HeadSigner,
    ledger: Ledger,
    counter: "_Counter",
) -> BackupReport:
    unfinished = target.with_name(f".{target.name}.part")
    try:
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            digest = write_backup(
                stream,
                header,
                manifest,
                files,
                public_key=officers_key,
                signer=signer,
                progress=counter.sealed,
            )
        size = unfinished.stat().st_size
        names = tuple(part.name for part in manifest.parts if part.name != KEYRING)
        # Before the file has its name: there is no backup the ledger does not know of.
        ledger.record(
            Kind.BACKUP,
            {
                "stores": list(names),
                "bytes": size,
                "digest": to_text(digest),
                "expires": header.expires,
                "sealed_to": key_id(officers_key),
            },
        )
        unfinished.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return BackupReport(names, size, to_text(digest), header.expires)


class _Counter:
    """Progress over copying and sealing as one number of bytes."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total = 2 * total
        self._half = total
        self._before = 0
        self._now = 0
        self._progress = progress

    def copied(self, done: int, _all: int) -> None:
        self._now = done
        self._progress(min(self._before + done, self._half), self._total)

    def next_file(self) -> None:
        self._before, self._now = self._before + self._now, 0

    def sealed(self, done: int, total: int) -> None:
        self._progress(self._half + self._half * done // max(1, total), self._total)
