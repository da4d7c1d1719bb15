"""The key hierarchy (crypto.md 4.2): passphrase → root → store secrets → record keys.

A random 32-byte root is wrapped in two slots, the daily passphrase and the secret split between
two officers, each through Argon2id. The root unwraps one random secret per store; the secret is the
raw SQLCipher key, and HKDF-SM3 derives the store's record key from it. Lives in the desk only.
Python cannot reliably wipe memory: the root is dropped with the process.
"""

import secrets
from pathlib import Path
from typing import Self

from argon2.low_level import Type, hash_secret_raw

from consent.signing import HeadSigner
from station.errors import ErrorCode, StationBug, StorageError
from station.model import Secret
from storage.keyring_file import KeyringContent, Slot, read_keyring, write_keyring
from storage.officer_codes import OfficerCodes, new_codes
from storage.registry import STORE_NAMES
from storage.sealing import KEY_BYTES, derive, place, seal, unseal

ROOT_BYTES = 32
SECRET_BYTES = 32
SHORTEST_PASSPHRASE_BYTES = 8
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
        """Unlock with the daily passphrase.

        Raises `StorageError(KEY_WRONG)`, `(KEY_MISSING)` or `(STORE_CORRUPT)`; changes nothing.
        """
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

    def change_passphrase(self, passphrase: Secret) -> None:
        """Wrap the root in a new daily slot; the recovery slot and every store stay as they are."""
        _require_length(passphrase)
        slots = dict(self._content.slots)
        slots[_DAILY] = _wrap_root(_DAILY, self._root, passphrase)
        self._write(KeyringContent(slots, self._content.stores, self._content.keys))

    def change_recovery(self, secret: Secret) -> None:
        """Wrap the root under the secret of new officers' codes; the former codes open nothing."""
        slots = {**self._content.slots, _RECOVERY: _wrap_root(_RECOVERY, self._root, secret)}
        self._write(KeyringContent(slots, self._content.stores, self._content.keys))

    def store_key(self, store: str) -> Secret:
        """The 32-byte secret of a store, used raw as its SQLCipher key.

        Raises `StorageError(KEY_MISSING)` when the file has none, `(STORE_CORRUPT)` when it was
        altered.
        """
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
        stores = {**self._content.stores, store: self._new_secret(store)}
        self._write(KeyringContent(self._content.slots, stores, self._content.keys))

    def record_kek(self, store: str) -> Secret:
        """The 16-byte SM4 key that wraps the records of a store."""
        return self._from_store(store, "record-kek", KEY_BYTES)

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
        wrap, where = self._wrap_key.reveal(), place("keyring", _SIGNING, 1)
        wrapped = self._content.keys.get(_SIGNING)
        if wrapped is not None:
            return Secret(unseal(wrap, wrapped, where))
        if not create:
            raise StorageError(ErrorCode.KEY_MISSING)
        private = HeadSigner.generate().export_private()
        keys = dict(self._content.keys)
        keys[_SIGNING] = seal(wrap, private.reveal(), where)
        self._write(KeyringContent(self._content.slots, self._content.stores, keys))
        return private

    def _new_secret(self, store: str) -> bytes:
        wrap, where = self._wrap_key.reveal(), place("keyring", store, 1)
        return seal(wrap, secrets.token_bytes(SECRET_BYTES), where)

    def _from_store(self, store: str, label: str, length: int) -> Secret:
        secret = self.store_key(store).reveal()
        return Secret(derive(secret, f"station/{label}/{store}/1", length))

    def _write(self, content: KeyringContent) -> None:
        write_keyring(self._path, content)
        self._content = content


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
