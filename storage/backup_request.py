"""How a backup is asked for while the station runs (`storage.desk_request`).

The order names a file and whether the keys go in, nothing else; what comes out opens for the
officers alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from consent.canonical import Json
from consent.ledger import Ledger
from consent.signing import HeadSigner
from station.access import Act
from station.errors import ErrorCode, StorageError
from station.gate import Permit
from storage.backup import BackupReport, ShortLived, create_backup
from storage.backup_file import Progress
from storage.desk_request import PermittedHandler, StaffProof, ask_station
from storage.officers import officers_public_key
from storage.stores import Stores

MakeBackup = Callable[[Path, bool, Permit, Progress], BackupReport]
"""(file, with keys, permit, progress) → report; raises `StationError`."""
BACKUP = "BACKUP"
"""Name of the order."""


def backups_of(
    stores: Stores,
    ledger: Ledger,
    signer: HeadSigner,
    *,
    officers: Path,
    keyring: Path,
    term: Callable[[], timedelta],
) -> MakeBackup:
    """How this station makes a backup; `term` tells how long one with keys may be used."""

    def make(target: Path, with_keys: bool, permit: Permit, progress: Progress) -> BackupReport:
        permit.for_act(Act.BACKUP)
        return create_backup(
            stores,
            ledger,
            signer,
            officers_key=officers_public_key(officers, signer.public_key),
            target=target,
            progress=progress,
            with_keys=ShortLived(keyring, term()) if with_keys else None,
        )

    return make


def backup_orders(make: MakeBackup) -> PermittedHandler:
    """What the running station does with an order for a backup."""

    def carry_out(
        body: Mapping[str, object], permit: Permit, progress: Progress
    ) -> Mapping[str, object]:
        target, with_keys = _wanted(body)
        return asdict(make(target, with_keys, permit, progress))

    return carry_out


def ask_running_station(
    home: Path,
    target: Path,
    *,
    with_keys: bool,
    staff: StaffProof,
    progress: Progress = lambda _done, _total: None,
) -> BackupReport:
    """Have the station that runs in `home` make a backup; blocks until it answers.

    `progress` is told how far the station says it is.

    Raises `StorageError` or `AccessError` with the station's own code, `(STORE_LOCKED)` when it
    does not answer.
    """
    body = backup_document(target, with_keys)
    found = ask_station(home, BACKUP, body, staff=staff, progress=progress)
    try:
        stores, size = found["stores"], found["bytes"]
        if not isinstance(stores, list) or not isinstance(size, int):
            raise TypeError("not a report")
        return BackupReport(tuple(stores), size, str(found["digest"]), str(found["expires"]))
    except (KeyError, TypeError) as error:
        raise StorageError(ErrorCode.BACKUP_INVALID) from error


def backup_document(target: Path, with_keys: bool) -> dict[str, Json]:
    """What a permit for a backup is about, and what the order for one says."""
    return {"to": str(target.absolute()), "with_keys": with_keys}


def _wanted(body: Mapping[str, object]) -> tuple[Path, bool]:
    """File and whether the keys go in. Raises `StorageError(BACKUP_INVALID)`."""
    target, with_keys = body.get("to"), body.get("with_keys")
    if not isinstance(target, str) or not isinstance(with_keys, bool) or "\x00" in target:
        raise StorageError(ErrorCode.BACKUP_INVALID)
    whole = Path(target)
    if not whole.is_absolute():
        raise StorageError(ErrorCode.BACKUP_INVALID)
    return whole, with_keys
