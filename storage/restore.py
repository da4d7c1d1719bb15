"""Restoring a backup into an empty or a used station: everything verified, then all or nothing.

The station's own ledger, keys and accounts win where they can be read, so that nothing erased comes
back, and no former password; the backup's are taken only where they are lost, and the ledger says
so. The new stores are built beside the old ones, with the completion already in their ledger, and
put in place by renaming one folder (`storage.folder_swap`): a crash leaves the old stores with an
open intent, or the new ones.
"""

import shutil
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from consent.canonical import Json
from consent.entry import time_of
from consent.kinds import CompletionResult, Kind
from consent.ledger import Ledger
from consent.ledger_port import LedgerStore
from consent.signing import HeadSigner
from station.errors import ErrorCode, LedgerError, StorageError
from station.instance_lock import InstanceLock
from station.private_file import replace_file
from storage.backup_file import Progress, check_backup, open_backup
from storage.backup_manifest import KEYRING, BackupHeader, Manifest
from storage.changes import counts
from storage.copying import recrypt
from storage.folder_swap import REVOCATIONS, UNPACKED, settle_restore, staging_folder, swap
from storage.keys import KeyRing
from storage.officers import OfficersFile
from storage.recovery import recorded_generations, recorded_office, settle_open_intents
from storage.registry import EFFECT_STORES, KEYS, LEDGER, OFFICE, STORE_NAMES
from storage.restore_reconcile import reconcile
from storage.revocation import COUNT_NAME, RevocationList, open_revocations, revocation_key
from storage.stores import Stores, file_key, open_ledger_rows, open_stores

MakeLedger = Callable[[LedgerStore, HeadSigner], Ledger]
"""Takes up a ledger as the station does. Raises `LedgerError` for one that is not as signed."""
_MOST_EFFECTS_PER_INTENT = 2
_LOST = frozenset(
    {ErrorCode.STORE_CORRUPT, ErrorCode.KEY_WRONG, ErrorCode.KEY_MISSING, ErrorCode.LEDGER_BROKEN}
)


@dataclass(frozen=True, slots=True)
class Site:
    """The station a backup is restored into."""

    home: Path
    keyring: Path
    revocations: Path
    open_keyring: Callable[[Path], KeyRing]
    make_ledger: MakeLedger
    now: Callable[[], datetime]
    floor_bytes: int = 0


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What a restore did: rows now in each store, what was removed again, what had been lost."""

    created: str
    rows: dict[str, int]
    removed: dict[str, int]
    keys_from_backup: bool
    ledger_from_backup: bool
    revocations_lost: bool


def verify_backup(
    backup: Path, officers: OfficersFile, now: datetime, progress: Progress
) -> tuple[BackupHeader, Manifest]:
    """Verify signature, term and every file of a backup; writes nothing.

    Raises `StorageError`: BACKUP_INVALID, BACKUP_OTHER_STATION, BACKUP_EXPIRED, OFFICER_KEY_WRONG.
    """
    header = _checked(backup, officers, now, progress)
    return header, open_backup(backup, officers.private_key, None, progress)


def restore_backup(
    backup: Path, officers: OfficersFile, site: Site, progress: Progress
) -> RestoreReport:
    """Replace the station's stores by those of a backup; the kiosk must not run.

    Raises as `verify_backup`; also `StorageError(KEY_MISSING)` when keys are lost that the backup
    does not have, `(DISK_FULL)`, `StationError(ALREADY_RUNNING)`. The old stores then stand.
    """
    site.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with InstanceLock(site.home), ExitStack() as undo:
        header = _checked(backup, officers, site.now(), progress)
        settle_restore(site.home)
        unpacked = site.home / UNPACKED
        undo.callback(shutil.rmtree, unpacked, ignore_errors=True)
        try:
            unpacked.mkdir(mode=0o700)
        except OSError as error:
            raise StorageError(ErrorCode.DISK_FULL) from error
        manifest = open_backup(backup, officers.private_key, unpacked, progress)
        keyring = _keyring(site, unpacked / KEYRING, officers)
        folder = site.home / "stores"
        if folder.exists():
            # Held until the folder is replaced: no other command may write to the old stores.
            undo.enter_context(InstanceLock(folder))
        return _Restore(site, header, manifest, keyring).run()


class _Restore:
    """One restore, from verified files to new stores in place."""

    def __init__(
        self, site: Site, header: BackupHeader, manifest: Manifest, keyring: KeyRing
    ) -> None:
        self._site = site
        self._header = header
        self._manifest = manifest
        self._keyring = keyring
        self._signer = HeadSigner.from_private(keyring.ledger_signing_key().reveal())
        self._office_from_backup = False
        self._folder = site.home / "stores"
        for name in STORE_NAMES:
            keyring.ensure_store(name, _path(self._folder, name))

    def run(self) -> RestoreReport:
        """Build, settle and swap; the intent stands in the old ledger first."""
        own_ledger = self._announce()
        own = {OFFICE, LEDGER} if own_ledger else {OFFICE}
        try:
            report = self._build(own | {KEYS})
        except _KeysLostError:
            report = self._build(own)
        swap(self._site.home)
        return report

    def _announce(self) -> bool:
        """Write the INTENT into the station's own ledger; False when that is lost."""
        try:
            rows = open_ledger_rows(self._folder, self._keyring)
        except StorageError as error:
            if error.code in _LOST:
                return False
            raise
        try:
            if rows.size() == 0:
                # Made anew by a start that found none, and then found the stores without it.
                return False
            ledger = self._site.make_ledger(rows, self._signer)
            self._check_term(rows.clock_mark_s())
            ledger.intent(Kind.RESTORE, self._intent())
            rows.database.checkpoint_truncate()
        except LedgerError as error:
            if error.code in _LOST:
                return False
            raise
        finally:
            rows.database.close()
        return True

    def _check_term(self, mark_s: int) -> None:
        """A clock set back does not make an expired backup good: the ledger knows a later time."""
        expires = self._header.expires
        if expires and mark_s > time_of(expires).timestamp():
            raise StorageError(ErrorCode.BACKUP_EXPIRED)

    def _build(self, own: set[str]) -> RestoreReport:
        """New stores beside the old; `own` are the stores copied from the station itself."""
        staging = staging_folder(self._site.home)
        for name in STORE_NAMES:
            self._bring(name, staging, name in own)
        stores = open_stores(staging, self._keyring, floor_bytes=self._site.floor_bytes)
        try:
            return self._complete(stores, own)
        finally:
            stores.close()

    def _bring(self, name: str, staging: Path, own: bool) -> None:
        """One store's file: the station's own, else the backup's under the station's key."""
        target, key = _path(staging, name), self._keyring.store_key(name)
        if own:
            try:
                source = _present(_path(self._folder, name))
                present = file_key(source, self._keyring.file_keys(name))
                recrypt(source, present, target, key, _untold)
            except StorageError as error:
                if error.code not in _LOST or name not in (KEYS, OFFICE):
                    raise
                if name == KEYS:
                    raise _KeysLostError from error
                target.unlink(missing_ok=True)
            else:
                return
        part = self._manifest.part(name)
        if name == OFFICE:
            self._office_from_backup = part is not None
        if part is not None:
            recrypt(self._site.home / UNPACKED / name, part.key, target, key, _untold)
        elif name in (KEYS, LEDGER):
            raise StorageError(ErrorCode.KEY_MISSING)

    def _complete(self, stores: Stores, own: set[str]) -> RestoreReport:
        """Settle, reconcile and complete inside the new stores."""
        ledger = self._site.make_ledger(stores.ledger, self._signer)
        if LEDGER not in own:
            if ledger.size < self._manifest.ledger_size:
                raise StorageError(ErrorCode.BACKUP_INVALID)
            ledger.intent(Kind.RESTORE, self._intent())
        op_id = [op for op, kind in ledger.open_intents() if kind is Kind.RESTORE][-1]
        if KEYS in own:
            self._check_keys(stores, len(ledger.open_intents()))
        revocations, lost = self._revocations(stores, LEDGER in own)
        stores.revocations = revocations
        # An exchange of keys drops the former ones, which the stores still in place may need.
        leave = {Kind.RESTORE, Kind.REWRAP, Kind.REKEY}
        settle_open_intents(stores, ledger, on_start=True, leave=leave)
        for op, kind in ledger.open_intents():
            # Left by an earlier restore that did not come to its end.
            if kind is Kind.RESTORE and op != op_id:
                ledger.complete(op, CompletionResult.UNDONE_ON_START, counts(stores, {}))
        self._raise_generations(stores)
        none_valid = lost and KEYS not in own
        found = reconcile(
            stores, ledger, lambda pid: none_valid or revocations.contains(pid)
        ).counts()
        rows = {name: store.count() for name, store in stores.rows.items()}
        noted: dict[str, Json] = {
            **counts(stores, rows),
            COUNT_NAME: revocations.counts(),
            "restore": {
                **found,
                "keys_from_backup": KEYS not in own,
                "ledger_from_backup": LEDGER not in own,
                "revocations_lost": lost,
                "office_from_backup": self._office_from_backup,
            },
        }
        ledger.complete(op_id, CompletionResult.DONE, noted)
        for database in stores.databases.values():
            database.checkpoint_truncate()
        return RestoreReport(
            self._header.created, rows, found, KEYS not in own, LEDGER not in own, lost
        )

    def _check_keys(self, stores: Stores, open_intents: int) -> None:
        """The station's keys count as lost when they are not the newest the ledger knows of."""
        surplus = stores.keys.database.generation() - recorded_generations(stores).get(KEYS, 0)
        if not 0 <= surplus <= open_intents * _MOST_EFFECTS_PER_INTENT:
            stores.close()
            raise _KeysLostError

    def _revocations(self, stores: Stores, own_ledger: bool) -> tuple[RevocationList, bool]:
        """A copy of the station's list, which takes its place together with the new stores.

        Without a list, and without a ledger that knows, no template is valid.
        """
        path, op_key = stores.folder / REVOCATIONS, stores.op_key
        try:
            if self._site.revocations.exists():
                shutil.copyfile(self._site.revocations, path)
            if own_ledger or path.exists():
                with suppress(StorageError):
                    newest_first = stores.ledger.newest_first()
                    return open_revocations(path, op_key, self._signer, newest_first), False
            # Empty, so that it takes the place of the one that cannot be used.
            path.write_bytes(b"")
        except OSError as error:
            raise StorageError(ErrorCode.DISK_FULL) from error
        return RevocationList(path, revocation_key(op_key), self._signer, 0), True

    def _raise_generations(self, stores: Stores) -> None:
        """Above every generation the ledger has seen: no store from before can take its place."""
        recorded = recorded_generations(stores)
        for name in EFFECT_STORES:
            database = stores.databases[name]
            database.set_meta("generation", max(recorded.get(name, 0), database.generation()) + 1)
        office = stores.office.database
        office.set_meta("generation", max(recorded_office(stores), office.generation()) + 1)

    def _intent(self) -> dict[str, Json]:
        return {
            "created": self._header.created,
            "expires": self._header.expires,
            "stores": [name for name in STORE_NAMES if self._manifest.part(name)],
        }


class _KeysLostError(Exception):
    """The station's own keys.db cannot be used: the backup's is needed."""


def _checked(
    backup: Path, officers: OfficersFile, now: datetime, progress: Progress
) -> BackupHeader:
    header = check_backup(backup, officers.station_key, progress)
    try:
        expired = bool(header.expires) and now > time_of(header.expires)
    except (ValueError, TypeError) as error:
        raise StorageError(ErrorCode.BACKUP_INVALID) from error
    if expired:
        raise StorageError(ErrorCode.BACKUP_EXPIRED)
    return header


def _keyring(site: Site, from_backup: Path, officers: OfficersFile) -> KeyRing:
    """The station's keyring; where it has none, the backup's is put in place."""
    brought = not site.keyring.exists()
    if brought:
        if not from_backup.exists():
            raise StorageError(ErrorCode.KEY_MISSING)
        try:
            replace_file(site.keyring, from_backup.read_bytes())
        except OSError as error:
            raise StorageError(ErrorCode.DISK_FULL) from error
    try:
        keyring = site.open_keyring(site.keyring)
        signer = HeadSigner.from_private(keyring.ledger_signing_key().reveal())
        if signer.public_key != officers.station_key:
            raise StorageError(ErrorCode.BACKUP_OTHER_STATION)
    except BaseException:
        if brought:
            site.keyring.unlink(missing_ok=True)
        raise
    return keyring


def _path(folder: Path, store: str) -> Path:
    return folder / store / f"{store}.db"


def _present(path: Path) -> Path:
    if not path.is_file():
        raise StorageError(ErrorCode.KEY_MISSING)
    return path


def _untold(_done: int, _total: int) -> None:
    """The progress of a restore is told while the backup is read."""
