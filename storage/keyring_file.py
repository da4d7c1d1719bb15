"""The keyring file: what is written, how it is bounded, and how it is replaced in one step.

The file holds only wrapped secrets and the parameters needed to unwrap them. It is JSON, at most
64 KiB, mode 0600 in a folder of mode 0700. Every value in it is treated as hostile until its seal
has opened. Bytes stand in it as hex in groups of 16 digits: whatever chance draws, no run of digits
is as long as a resident identity number. Files from before that, without groups, read alike and
get them with the next write.
"""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from station.errors import ErrorCode, StorageError
from storage.tpm import SealedSecret, is_valid

FORMAT = 1
TPM_FORMAT = 2
"""With the slot of a security chip; without one the file stays as every release can read it."""
LARGEST_BYTES = 64 * 1024
_GROUP_BYTES = 8
_KDF_RANGES = {"t": (1, 16), "m_kib": (8 * 1024, 1024 * 1024), "p": (1, 16)}


@dataclass(frozen=True, slots=True)
class Slot:
    """One way to the root: Argon2id cost (`t` passes, `m_kib` KiB, `p` lanes), salt, root."""

    t: int
    m_kib: int
    p: int
    salt: bytes
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class TpmSlot:
    """A way to the root through this machine's security chip: what it sealed, and the root."""

    sealed: SealedSecret
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class KeyringContent:
    """Everything in the file: slots by name, wrapped store secrets, other wrapped keys."""

    slots: dict[str, Slot]
    stores: dict[str, bytes]
    keys: dict[str, bytes]
    tpm: TpmSlot | None = None


def read_keyring(path: Path) -> KeyringContent:
    """Read and bound-check the file.

    Raises `StorageError(KEY_MISSING)` when it is not there, `(STORE_CORRUPT)` when it is not ours.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise StorageError(ErrorCode.KEY_MISSING) from error
    if len(data) > LARGEST_BYTES:
        raise StorageError(ErrorCode.STORE_CORRUPT)
    try:
        return _decode(json.loads(data))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StorageError(ErrorCode.STORE_CORRUPT) from error


def write_keyring(path: Path, content: KeyringContent) -> None:
    """Replace the file in one step: new file, fsync, rename, fsync of the folder.

    Raises `StorageError(DISK_FULL)` when it cannot be written; the old file then still stands.
    """
    data = json.dumps(_encode(content), sort_keys=True, indent=1).encode()
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error


def sync_folder(folder: Path) -> None:
    """Make a rename or a new file in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _text(value: bytes) -> str:
    return value.hex(" ", _GROUP_BYTES)


def _encode(content: KeyringContent) -> dict[str, object]:
    tpm = {} if content.tpm is None else {"tpm": _encode_tpm(content.tpm)}
    return {
        "format": TPM_FORMAT if tpm else FORMAT,
        **tpm,
        "slots": {
            name: {
                "kdf": "argon2id",
                "t": slot.t,
                "m_kib": slot.m_kib,
                "p": slot.p,
                "salt": _text(slot.salt),
                "wrapped": _text(slot.wrapped),
            }
            for name, slot in content.slots.items()
        },
        "stores": {name: _text(value) for name, value in content.stores.items()},
        "keys": {name: _text(value) for name, value in content.keys.items()},
    }


def _decode(raw: dict[str, object]) -> KeyringContent:
    parts = {"format", "slots", "stores", "keys"}
    with_tpm = raw["format"] == TPM_FORMAT
    if set(raw) != parts | ({"tpm"} if with_tpm else set()):
        raise ValueError("not the parts of a keyring")
    if not with_tpm and raw["format"] != FORMAT:
        raise ValueError("not a keyring of this format")
    slots, stores, keys = raw["slots"], raw["stores"], raw["keys"]
    if not (isinstance(slots, dict) and isinstance(stores, dict) and isinstance(keys, dict)):
        raise ValueError("a part is not a table")
    return KeyringContent(
        {name: _decode_slot(slot) for name, slot in slots.items()},
        {name: bytes.fromhex(value) for name, value in stores.items()},
        {name: bytes.fromhex(value) for name, value in keys.items()},
        _decode_tpm(raw["tpm"]) if with_tpm else None,
    )


def _decode_slot(raw: dict[str, object]) -> Slot:
    cost = {}
    for name, (low, high) in _KDF_RANGES.items():
        value = raw[name]
        # An unbounded memory cost would let a changed file exhaust the machine.
        if type(value) is not int or not low <= value <= high:
            raise ValueError("a cost is out of range")
        cost[name] = value
    if raw["kdf"] != "argon2id":
        raise ValueError("not supported: a derivation other than argon2id")
    salt, wrapped = bytes.fromhex(str(raw["salt"])), bytes.fromhex(str(raw["wrapped"]))
    if not 16 <= len(salt) <= 64 or not 16 <= len(wrapped) <= 256:
        raise ValueError("a length is out of range")
    return Slot(cost["t"], cost["m_kib"], cost["p"], salt, wrapped)


def _encode_tpm(slot: TpmSlot) -> dict[str, object]:
    sealed = slot.sealed
    return {
        "pcrs": list(sealed.pcrs),
        "parent": _text(sealed.parent),
        "public": _text(sealed.public),
        "private": _text(sealed.private),
        "counter": sealed.counter,
        "wrapped": _text(slot.wrapped),
    }


def _decode_tpm(raw: object) -> TpmSlot:
    if not isinstance(raw, dict):
        raise TypeError("the slot is not a table")
    parent, public, private = (bytes.fromhex(raw[part]) for part in ("parent", "public", "private"))
    sealed = SealedSecret(tuple(raw["pcrs"]), parent, public, private, raw["counter"])
    wrapped = bytes.fromhex(raw["wrapped"])
    if not is_valid(sealed) or not 16 <= len(wrapped) <= 256:
        raise ValueError("a value is out of range")
    return TpmSlot(sealed, wrapped)
