"""The key hierarchy (crypto.md 4.2): passphrase or chip → root → store secrets → record keys.

A random 32-byte root is wrapped in two slots, the daily passphrase and the secret split between
two officers, each through Argon2id, and where wished in a third by the machine's TPM. The root
unwraps one random secret per store; the secret is the raw SQLCipher key, and HKDF-SM3 derives the
store's record key from it. Lives in the desk only.
Python cannot reliably wipe memory: the root is dropped with the process.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

from argon2.low_level import Type, hash_secret_raw

from consent.signing import HeadSigner
from station.errors import ErrorCode, StationBug, StorageError
from station.model import Secret
from storage.keyring_file import KeyringContent, Slot, TpmSlot, read_keyring, write_keyring
from storage.officer_codes import OfficerCodes, new_codes
from storage.registry import KEYS, STORE_NAMES
from storage.sealing import KEY_BYTES, derive, place, seal, unseal
from storage.tpm import SealedSecret, TpmSecret

ROOT_BYTES = 32
SECRET_BYTES = 32
SHORTEST_PASSPHRASE_BYTES = 8
KEK_TURN = "kek:keys"
"""Name under which the record key of keys.db is exchanged."""
_DAILY = "daily"
_RECOVERY = "recovery"
_SIGNING = "ledger-signing"
# crypto.md 4.1: t=3, m=64 MiB, p=4 costs 0.3 s on two old cores.
_T, _M_KIB, _P = 3, 64 * 1024, 4


class KeyRing:
    """The unlocked hierarchy of one station; one per desk process, read from any thread."""

    def __init__(self, path: Path, root: Secret, content: KeyringContent) -> None:
        self._path = path
        self._root = root
        self._content = content
        self._wrap_key = Secret(derive(root.reveal(), "station/wrap/1"))

    def __repr__(self) -> str:
        return "KeyRing(…)"

    @classmethod
    def create(cls, path: Path, passphrase: Secret) -> tuple[Self, OfficerCodes]:
        """Make a new hierarchy and its file; also returns the officers' codes, to be shown once.

        Raises `StorageError(STORE_LOCKED)` when a keyring is already there: overwriting it would
        make every store unreadable; `(KEY_WRONG)` for a passphrase under 8 bytes.
        """
        if path.exists():
            raise StorageError(ErrorCode.STORE_LOCKED)
        _require_length(passphrase)
        root = Secret(secrets.token_bytes(ROOT_BYTES))
        codes = new_codes()
        ring = cls(path, root, KeyringContent({}, {}, {}))
        slots = {_DAILY: _wrap_root(_DAILY, root, passphrase)}
        slots[_RECOVERY] = _wrap_root(_RECOVERY, root, codes.secret)
        stores = {name: ring._new_secret(name) for name in STORE_NAMES}
        ring._write(KeyringContent(slots, stores, {}))
        return ring, codes

    @classmethod
    def open(cls, path: Path, passphrase: Secret) -> Self:
        """Unlock with the daily passphrase, or with what this machine's chip unsealed.

        Raises `StorageError(KEY_WRONG)`, `(KEY_MISSING)` or `(STORE_CORRUPT)`; changes nothing.
        """
        if isinstance(passphrase, TpmSecret):
            return cls._open_tpm(path, passphrase)
        return cls._open(path, _DAILY, passphrase)

    @classmethod
    def open_with_recovery(cls, path: Path, secret: Secret) -> Self:
        """Unlock with the secret of both officers' codes (`storage.officer_codes.join`)."""
        return cls._open(path, _RECOVERY, secret)

    @classmethod
    def _open(cls, path: Path, slot_name: str, passphrase: Secret) -> Self:
        content = read_keyring(path)
        slot = content.slots.get(slot_name)
        if slot is None:
            raise StorageError(ErrorCode.KEY_MISSING)
        try:
            root = unseal(_stretch(slot, passphrase), slot.wrapped, _slot_place(slot_name, slot))
        except StorageError as error:
            raise StorageError(ErrorCode.KEY_WRONG) from error
        return cls(path, Secret(root), content)

    @classmethod
    def _open_tpm(cls, path: Path, secret: TpmSecret) -> Self:
        content = read_keyring(path)
        if content.tpm is None:
            raise StorageError(ErrorCode.KEY_MISSING)
        try:
            root = unseal(_tpm_key(secret), content.tpm.wrapped, _tpm_place(content.tpm.sealed))
        except StorageError as error:
            raise StorageError(ErrorCode.KEY_WRONG) from error
        return cls(path, Secret(root), content)

    @property
    def tpm(self) -> SealedSecret | None:
        """What the machine's chip sealed for this keyring; None where it has no such slot."""
        return None if self._content.tpm is None else self._content.tpm.sealed

    def keep_tpm(self, sealed: SealedSecret, secret: TpmSecret) -> None:
        """Wrap the root for the chip too; every other slot stays as it is."""
        wrapped = seal(_tpm_key(secret), self._root.reveal(), _tpm_place(sealed))
        with self._changing() as content:
            self._write(replace(content, tpm=TpmSlot(sealed, wrapped)))

    def drop_tpm(self) -> None:
        """Take the chip's slot away; the passphrase and the officers' codes still open."""
        with self._changing() as content:
            self._write(replace(content, tpm=None))

    def change_passphrase(self, passphrase: Secret) -> None:
        """Wrap the root in a new daily slot; the recovery slot and every store stay as they are."""
        _require_length(passphrase)
        self._keep_slot(_DAILY, passphrase)

    def change_recovery(self, secret: Secret) -> None:
        """Wrap the root under the secret of new officers' codes; the former codes open nothing."""
        self._keep_slot(_RECOVERY, secret)

    def store_key(self, store: str) -> Secret:
        """The 32-byte raw SQLCipher key of a store's file.

        Raises `StorageError(KEY_MISSING)` when the file has none, `(STORE_CORRUPT)` when it was
        altered.
        """
        return self._kept(file_turn(store)) or self._store_secret(store)

    def record_keks(self) -> tuple[Secret, ...]:
        """The keys (16 bytes) that wrap the rows of keys.db, the newest first.

        One, or two while they are being exchanged.
        """
        return self._generations(KEK_TURN, self.record_kek(KEYS))

    def file_keys(self, store: str) -> tuple[Secret, ...]:
        """The keys that may open a store's file, the newest first; one unless it is exchanged."""
        return self._generations(file_turn(store), self.store_key(store))

    def pending(self) -> tuple[str, ...]:
        """Names of the keys that are being exchanged: `KEK_TURN` or of `file_turn`."""
        names = (KEK_TURN, *(file_turn(store) for store in STORE_NAMES))
        return tuple(name for name in names if _next(name) in self._content.keys)

    def begin_turn(self, name: str) -> Secret:
        """Draw the next key of that name, wrapped beside the present one until `end_turn`.

        The same one again where it was drawn already. Durable when this returns.
        """
        with self._changing() as content:
            found = self._kept(_next(name))
            if found is not None:
                return found
            length = KEY_BYTES if name == KEK_TURN else SECRET_BYTES
            fresh = Secret(secrets.token_bytes(length))
            self._write(
                replace(content, keys={**content.keys, **self._wrapped(_next(name), fresh)})
            )
        return fresh

    def end_turn(self, name: str, *, taken: bool = True) -> None:
        """Destroy the former key and go on with the next one; without `taken` the other way round.

        Done already, nothing is changed.
        """
        with self._changing() as content:
            fresh = self._kept(_next(name))
            if fresh is None:
                return
            keys = {key: value for key, value in content.keys.items() if key != _next(name)}
            if taken:
                keys |= self._wrapped(name, fresh)
            self._write(replace(content, keys=keys))

    @contextmanager
    def _changing(self) -> Iterator[KeyringContent]:
        """The file's content as it stands, with no other process changing it meanwhile.

        A station that serves for months and a command would else undo each other's changes.
        """
        try:
            descriptor = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise StorageError(ErrorCode.KEY_MISSING) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self._content = read_keyring(self._path)
            yield self._content
        finally:
            os.close(descriptor)

    def _keep_slot(self, name: str, secret: Secret) -> None:
        slot = _wrap_root(name, self._root, secret)
        with self._changing() as content:
            self._write(replace(content, slots={**content.slots, name: slot}))

    def _wrapped(self, name: str, key: Secret) -> dict[str, bytes]:
        return {name: seal(self._wrap_key.reveal(), key.reveal(), place("keyring", name, 1))}

    def _generations(self, name: str, present: Secret) -> tuple[Secret, ...]:
        fresh = self._kept(_next(name))
        return (present,) if fresh is None else (fresh, present)

    def _kept(self, name: str) -> Secret | None:
        wrapped = self._content.keys.get(name)
        if wrapped is None:
            return None
        return Secret(unseal(self._wrap_key.reveal(), wrapped, place("keyring", name, 1)))

    def _store_secret(self, store: str) -> Secret:
        # Once the raw key of the file as well. Links, marks and blind indexes come from it: they
        # stand in every row, so that it stays when the file's key is exchanged.
        if store not in STORE_NAMES:
            raise StationBug("no such store")
        wrapped = self._content.stores.get(store)
        if wrapped is None:
            raise StorageError(ErrorCode.KEY_MISSING)
        return Secret(unseal(self._wrap_key.reveal(), wrapped, place("keyring", store, 1)))

    def ensure_store(self, store: str, file: Path) -> None:
        """Give a store a secret that this keyring is too old to have, while it has no `file` yet.

        Raises `StorageError(KEY_MISSING)` when the file is there: only the lost secret opens it.
        """
        if store not in STORE_NAMES:
            raise StationBug("no such store")
        if store in self._content.stores:
            return
        if file.exists():
            raise StorageError(ErrorCode.KEY_MISSING)
        with self._changing() as content:
            stores = {store: self._new_secret(store), **content.stores}
            self._write(replace(content, stores=stores))

    def record_kek(self, store: str) -> Secret:
        """The 16-byte SM4 key that wraps the records of a store."""
        turned = self._kept(KEK_TURN) if store == KEYS else None
        return turned or self._from_store(store, "record-kek", KEY_BYTES)

    def link_key(self) -> Secret:
        """The 32-byte key that turns a row id of another store into its reference in keys.db.

        Without it no column of two dumped stores can be joined (R-1, P-4).
        """
        return self._from_store("keys", "link", 32)

    def pepper(self) -> Secret:
        """The 32-byte pepper of the template scheme: derived from the root, so in no backup."""
        return Secret(derive(self._root.reveal(), "station/pepper/1", 32))

    def op_key(self) -> Secret:
        """The 32-byte key of operation references (crypto.md 5.2)."""
        return Secret(derive(self._root.reveal(), "station/op-ref/1", 32))

    def ledger_signing_key(self, *, create: bool = False) -> Secret:
        """The SM2 key of the ledger's tree heads as `HeadSigner.from_private` takes it (96 bytes).

        It is wrapped in the keyring file. Makes one when there is none and `create` is set; else
        raises `StorageError(KEY_MISSING)`.
        """
        found = self._kept(_SIGNING)
        if found is not None:
            return found
        if not create:
            raise StorageError(ErrorCode.KEY_MISSING)
        with self._changing() as content:
            # Another process may have made one since this one looked.
            found = self._kept(_SIGNING)
            if found is not None:
                return found
            private = HeadSigner.generate().export_private()
            self._write(replace(content, keys={**content.keys, **self._wrapped(_SIGNING, private)}))
        return private

    def _new_secret(self, store: str) -> bytes:
        wrap, where = self._wrap_key.reveal(), place("keyring", store, 1)
        return seal(wrap, secrets.token_bytes(SECRET_BYTES), where)

    def _from_store(self, store: str, label: str, length: int) -> Secret:
        secret = self._store_secret(store).reveal()
        return Secret(derive(secret, f"station/{label}/{store}/1", length))

    def _write(self, content: KeyringContent) -> None:
        write_keyring(self._path, content)
        self._content = content


def file_turn(store: str) -> str:
    """Name under which the key of a store's file is exchanged."""
    return f"file:{store}"


def _next(name: str) -> str:
    return f"next:{name}"


def _require_length(passphrase: Secret) -> None:
    if len(passphrase.reveal()) < SHORTEST_PASSPHRASE_BYTES:
        raise StorageError(ErrorCode.KEY_WRONG, shortest_bytes=SHORTEST_PASSPHRASE_BYTES)


def _wrap_root(name: str, root: Secret, passphrase: Secret) -> Slot:
    blank = Slot(_T, _M_KIB, _P, secrets.token_bytes(16), b"")
    wrapped = seal(_stretch(blank, passphrase), root.reveal(), _slot_place(name, blank))
    return Slot(_T, _M_KIB, _P, blank.salt, wrapped)


def _slot_place(name: str, slot: Slot) -> bytes:
    # The costs are bound in, so that a slot cannot be reused under cheaper ones.
    return place("keyring", f"{name}:{slot.t}:{slot.m_kib}:{slot.p}", 1)


def _stretch(slot: Slot, passphrase: Secret) -> bytes:
    return hash_secret_raw(
        passphrase.reveal(), slot.salt, slot.t, slot.m_kib, slot.p, KEY_BYTES, Type.ID
    )


def _tpm_key(secret: TpmSecret) -> bytes:
    return derive(secret.reveal(), "station/tpm/1")


def _tpm_place(sealed: SealedSecret) -> bytes:
    # The blobs answer to the chip; what only this file says is bound to the wrapped root.
    pcrs = ",".join(str(pcr) for pcr in sealed.pcrs)
    return place("keyring", f"tpm:{pcrs}:{sealed.counter}:{sealed.parent.hex()}", 1)
