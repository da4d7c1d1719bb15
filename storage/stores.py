"""All stores of a station, opened together, and the inventory of what they really hold."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from consent.canonical import Json
from consent.entry import parse_entry
from station.errors import ErrorCode, StorageError
from station.instance_lock import InstanceLock
from station.model import Secret
from storage.cipher_file import opens
from storage.database import Database, blob
from storage.identity_store import IdentityStore, unseal_identity
from storage.images import count_images, count_images_in_file
from storage.keys import KeyRing
from storage.ledger_store import SealedLedgerStore
from storage.office_store import OfficeStore
from storage.person_keys import PersonKeys
from storage.portrait_store import PortraitStore
from storage.registry import (
    EFFECT_STORES,
    IDENTITY,
    KEYS,
    LEDGER,
    OFFICE,
    PORTRAIT,
    STORE_NAMES,
    TEMPLATE,
)
from storage.sealed_rows import SealedRows
from storage.space import FLOOR_BYTES, RESERVE_BYTES, DiskSpace
from storage.template_store import TemplateStore

# What a store keeps for itself, and what hangs on a resident's identity: no records of their own.
_OWN_TABLES = frozenset({"meta", "applied", "files", "blind", "attempt"})


@dataclass(frozen=True, slots=True)
class StoreInventory:
    """What one store holds: rows per table, pictures found by scanning, sizes in bytes."""

    store: str
    file: str
    rows: dict[str, int]
    images: int
    bytes: int
    wal_bytes: int
    most_images_per_person: int = 0
    """Sealed portraits of the person who has most of them; never above 2 (M-1)."""

    @property
    def records(self) -> int:
        """Rows without the tables a store keeps for itself, its index and its counters."""
        return sum(count for table, count in self.rows.items() if table not in _OWN_TABLES)


class Revocations(Protocol):
    """The list of templates that are no longer valid, outside every backup."""

    def contains(self, pid: bytes) -> bool:
        """Whether this template was revoked."""
        ...

    def append(self, pids: Sequence[bytes]) -> int:
        """Revoke templates, durable on return; can be repeated. Returns the new count."""
        ...

    def counts(self) -> dict[str, Json]:
        """What a completion notes of the list, so that an older one is found."""
        ...


class Stores:
    """The open stores of one station. Lives in the desk; one process has them at a time."""

    def __init__(
        self, folder: Path, keyring: KeyRing, floor_bytes: int, reserve_bytes: int
    ) -> None:
        self.folder = folder
        self.space = DiskSpace(folder, floor_bytes, reserve_bytes)
        self.op_key = keyring.op_key()
        self.keyring = keyring
        """For whoever exchanges keys while the stores are open."""
        self.under_way: set[str] = set()
        """Intents whose change goes on between two holdings of the writer lock: nobody settles
        them meanwhile."""
        self.writer = threading.RLock()
        """Held through INTENT, effect and COMPLETION: one change at a time (crypto.md 5.2)."""
        # A second process would settle intents that are under way.
        self._lock = InstanceLock(folder)
        self._opened: dict[str, Database] = {}
        self.revocations: Revocations | None = None
        """Set by whoever opens the list, before `start_up`: erasing a template also revokes it."""
        self.rows: dict[str, SealedRows] = {}
        """Stores whose rows belong to a person and end at a term, in the order of the registry."""
        try:
            for name in STORE_NAMES:
                keyring.ensure_store(name, _path(folder, name))
            self._open_all(keyring)
        except BaseException:
            self.close()
            raise
        self.space.restore()

    def _open_all(self, keyring: KeyRing) -> None:
        def secrets_of(name: str) -> tuple[Path, Secret, Secret]:
            path = _path(self.folder, name)
            return path, file_key(path, keyring.file_keys(name)), keyring.record_kek(name)

        self.identity = IdentityStore(*secrets_of(IDENTITY))
        self._take_up(self.identity)
        path, key, _ = secrets_of(KEYS)
        self.keys = PersonKeys(path, key, keyring.record_keks(), keyring.link_key())
        self._opened[KEYS] = self.keys.database
        path, key, _ = secrets_of(LEDGER)
        self.ledger = SealedLedgerStore(path, key, self.space.give_up)
        self._opened[LEDGER] = self.ledger.database
        self.template = TemplateStore(*secrets_of(TEMPLATE))
        self._take_up(self.template)
        self.portrait = PortraitStore(*secrets_of(PORTRAIT))
        self._take_up(self.portrait)
        self.office = OfficeStore(*secrets_of(OFFICE))
        self._opened[OFFICE] = self.office.database

    def _take_up(self, store: SealedRows) -> None:
        self._opened[store.name] = store.database
        self.rows[store.name] = store

    @property
    def databases(self) -> Mapping[str, Database]:
        """The files by store name."""
        return self._opened

    def generations(self) -> dict[str, int]:
        """How many effects each store with effects has seen (crypto.md 6.4)."""
        return {name: self._opened[name].generation() for name in EFFECT_STORES}

    def truncate(self) -> None:
        """Cut the write-ahead log of every store with effects that has one (crypto.md 2.4).

        The ledger is left alone: nothing in it is ever erased, and each cut waits for the disk.
        """
        for name in EFFECT_STORES:
            if self._opened[name].wal_bytes():
                self._opened[name].checkpoint_truncate()

    def inventory(self) -> tuple[StoreInventory, ...]:
        """Count rows, and scan every cell (opened where a key exists) and every file for pictures.

        A file that belongs to no store is reported as store "other", whatever folder it is in.
        """
        found = [self._inventory_of(name, database) for name, database in self._opened.items()]
        own = {path for database in self._opened.values() for path in _own_files(database)}
        others = [
            path for path in sorted(self.folder.rglob("*")) if path.is_file() and path not in own
        ]
        images = sum(count_images_in_file(path) for path in others)
        size = sum(path.stat().st_size for path in others)
        found.append(StoreInventory("other", "", {"files": len(others)}, images, size, 0))
        return tuple(found)

    def close(self) -> None:
        """Close every store and let another process open them; closing twice is harmless."""
        # A sweep under way on another thread ends first; after that the stores refuse.
        with self.writer:
            for database in self._opened.values():
                database.close()
            self._lock.release()

    def _inventory_of(self, name: str, database: Database) -> StoreInventory:
        rows = {}
        images = sum(count_images_in_file(path) for path in _own_files(database) if path.is_file())
        for table in database.tables():
            # Table names come from our own schema; they cannot be bound as values.
            statement = f'SELECT * FROM "{table}"'  # noqa: S608
            rows[table] = 0
            for row in database.stream(statement):
                rows[table] += 1
                images += sum(_images_in_cell(cell) for cell in row)
        most = 0
        if name == IDENTITY:
            images += self._images_in_identities()
        if name == LEDGER:
            images += self._images_in_evidence()
        if name == PORTRAIT:
            # Sealed, so that no scan can tell: every row is a face image by what it is for (M-1).
            images += rows[PORTRAIT]
            most = max((len(p.rows_in(PORTRAIT)) for p in self.keys.persons()), default=0)
        return StoreInventory(
            name,
            database.path.name,
            rows,
            images,
            database.path.stat().st_size,
            database.wal_bytes(),
            most,
        )

    def _images_in_identities(self) -> int:
        images = 0
        for found in self.identity.rows():
            person = self.keys.person_of(IDENTITY, found.row)
            if person is None:
                continue
            version = person.version_of(IDENTITY, found.row)
            record = unseal_identity(found, version, person.key)
            images += sum(count_images(v.encode(), plain=True) for _, v in record.fields)
        return images

    def _images_in_evidence(self) -> int:
        images = 0
        statement = "SELECT entry.body, sealed FROM evidence JOIN entry USING (seq)"
        for body, sealed in self.ledger.database.stream(statement):
            record_id = parse_entry(blob(body)).payload.get("record_id")
            try:
                plain = self.keys.open_evidence(str(record_id), blob(sealed))
            except StorageError as error:
                if error.code is not ErrorCode.KEY_MISSING:
                    raise
            else:
                images += count_images(plain, plain=True)
        return images


def open_stores(
    folder: Path,
    keyring: KeyRing,
    *,
    floor_bytes: int = FLOOR_BYTES,
    reserve_bytes: int = RESERVE_BYTES,
) -> Stores:
    """Open all stores below `folder`, making those that are not there, and check every page.

    Raises `StorageError`: ALREADY_RUNNING, KEY_WRONG, KEY_MISSING, STORE_CORRUPT, DISK_FULL. Call
    `storage.recovery.start_up` next: nothing may be written before open intents are settled.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error
    return Stores(folder, keyring, floor_bytes, reserve_bytes)


def open_ledger_rows(folder: Path, keyring: KeyRing) -> SealedLedgerStore:
    """Only the ledger, for an auditor: also while the kiosk runs, and also when it is locked.

    Nothing is settled or made; write nothing through it, and close its `database`. Raises
    `StorageError(STORE_CORRUPT)` when there is no ledger.
    """
    path = _path(folder, LEDGER)
    if not path.is_file():
        raise StorageError(ErrorCode.STORE_CORRUPT)
    return SealedLedgerStore(path, file_key(path, keyring.file_keys(LEDGER)), lambda: False)


def open_office(folder: Path, keyring: KeyRing) -> OfficeStore:
    """Only the office's sheets, also while the kiosk runs: changes are seen by version there.

    Close its `database`. Raises `StorageError(STORE_CORRUPT)` when there is no such store yet.
    """
    path = _path(folder, OFFICE)
    if not path.is_file():
        raise StorageError(ErrorCode.STORE_CORRUPT)
    return OfficeStore(path, file_key(path, keyring.file_keys(OFFICE)), keyring.record_kek(OFFICE))


def open_person_keys(folder: Path, keyring: KeyRing) -> PersonKeys:
    """Only the keys store, to count people, also while the kiosk runs; write nothing through it.

    Close its `database`. Raises `StorageError(STORE_CORRUPT)` when there is no such store yet.
    """
    path = _path(folder, KEYS)
    if not path.is_file():
        raise StorageError(ErrorCode.STORE_CORRUPT)
    key = file_key(path, keyring.file_keys(KEYS))
    return PersonKeys(path, key, keyring.record_keks(), keyring.link_key())


def as_document(inventory: tuple[StoreInventory, ...]) -> list[dict[str, object]]:
    """The inventory as plain values for JSON."""
    return [asdict(store) for store in inventory]


def _path(folder: Path, store: str) -> Path:
    # A folder of its own each, so that a site can give every store its own owner.
    return folder / store / f"{store}.db"


def file_key(path: Path, keys: Sequence[Secret]) -> Secret:
    """The key a file is under: where a change of keys was cut off, the next one or the former."""
    for key in keys[:-1]:
        if path.exists() and opens(path, key):
            return key
    return keys[-1]


def _own_files(database: Database) -> tuple[Path, ...]:
    return tuple(database.path.with_name(database.path.name + end) for end in ("", "-wal", "-shm"))


def _images_in_cell(cell: object) -> int:
    if isinstance(cell, bytes):
        return count_images(cell)
    return count_images(cell.encode(), plain=True) if isinstance(cell, str) else 0
