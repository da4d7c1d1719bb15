"""The officers' recovery key: public half in the station, private half offline (crypto.md 4.2).

Portraits and backups are sealed to it (`storage.hybrid`). The private half is encrypted under the
secret the two officers hold as codes and stands in a file they keep away from the station; file and
both codes are needed together. The public half is signed by the station, so that nobody can put a
key of his own in its place.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from consent.digest import from_text, to_text
from consent.signing import HeadSigner, key_id, verify
from consent.sm2_encoding import PUBLIC_BYTES, is_public_key
from station.errors import ErrorCode, StorageError
from station.model import Secret
from station.private_file import replace_file
from storage.keyring_file import sync_folder
from storage.sealing import derive, place, seal, unseal

_STATION_FORMAT = "station-officers-public/1"
_OFFLINE_FORMAT = "station-officers-private/1"
_LONGEST_FILE_BYTES = 8 * 1024
_LABEL = "station/officers-file/1"


@dataclass(frozen=True, slots=True)
class OfficersFile:
    """The offline file, opened with both codes."""

    private_key: Secret
    """Private ‖ public, 96 bytes, for `storage.hybrid`."""
    station_key: bytes
    """Public key of the station's ledger: whose backups may be believed without the station."""

    @property
    def public_key(self) -> bytes:
        """The public half, 64 bytes."""
        return self.private_key.reveal()[-PUBLIC_BYTES:]


def make_officers_key(secret: Secret, station_key: bytes) -> tuple[bytes, bytes]:
    """A fresh key pair: its public half (64 bytes), and the content of the offline file.

    `secret` is that of `storage.officer_codes.new_codes`.
    """
    pair = HeadSigner.generate()
    sealed = seal(
        derive(secret.reveal(), _LABEL),
        pair.export_private().reveal(),
        _private_place(pair.public_key, station_key),
    )
    document = {
        "format": _OFFLINE_FORMAT,
        "public_key": to_text(pair.public_key),
        "station_key": to_text(station_key),
        "sealed": to_text(sealed),
    }
    return pair.public_key, json.dumps(document, indent=1).encode()


def open_officers_file(content: bytes, secret: Secret) -> OfficersFile:
    """The private half, from the offline file and the secret of both codes.

    Raises `StorageError(BACKUP_INVALID)` for a file that is none, `(OFFICER_KEY_WRONG)` when the
    codes are not the file's.
    """
    found = _document(content, _OFFLINE_FORMAT)
    try:
        public, station_key, sealed = (
            from_text(found[name]) for name in ("public_key", "station_key", "sealed")
        )
    except (KeyError, ValueError) as error:
        raise StorageError(ErrorCode.BACKUP_INVALID) from error
    try:
        private = unseal(
            derive(secret.reveal(), _LABEL), sealed, _private_place(public, station_key)
        )
    except StorageError as error:
        raise StorageError(ErrorCode.OFFICER_KEY_WRONG) from error
    return OfficersFile(HeadSigner.from_private(private).export_private(), station_key)


def write_offline(path: Path, content: bytes, home: Path) -> None:
    """Write the offline file where the officers chose; never below the station's own folder.

    Raises `StorageError(OFFICER_KEY_WRONG)` for a place inside `home`, `(STORE_LOCKED)` for a file
    that is there already, `(DISK_FULL)` when it cannot be written.
    """
    # Beside the data it opens, the key would be stolen together with it.
    if path.parent.resolve().is_relative_to(home.resolve()):
        raise StorageError(ErrorCode.OFFICER_KEY_WRONG)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except FileExistsError as error:
        raise StorageError(ErrorCode.STORE_LOCKED) from error
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error


def read_offline(path: Path) -> bytes:
    """The bytes of an offline file, bounded. Raises `StorageError(KEY_MISSING)` without one."""
    return _read(path)


def publish(path: Path, public_key: bytes, signer: HeadSigner) -> None:
    """Put the public half into the station's files, signed by the station.

    Raises `StorageError(DISK_FULL)`; the former file then still stands.
    """
    document = {
        "format": _STATION_FORMAT,
        "public_key": to_text(public_key),
        "signature": to_text(signer.sign(_signed(public_key))),
    }
    try:
        replace_file(path, json.dumps(document, indent=1).encode())
        sync_folder(path.parent)
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error


def officers_public_key(path: Path, station_key: bytes) -> bytes:
    """The public half to seal to, once the station's signature has shown that it is the right one.

    Raises `StorageError(KEY_MISSING)` before there is one, `(OFFICER_KEY_WRONG)` for any other.
    """
    try:
        found = _document(_read(path), _STATION_FORMAT)
        public, signature = from_text(found["public_key"]), from_text(found["signature"])
    except (KeyError, ValueError) as error:
        raise StorageError(ErrorCode.OFFICER_KEY_WRONG) from error
    except StorageError as error:
        if error.code is ErrorCode.KEY_MISSING:
            raise
        raise StorageError(ErrorCode.OFFICER_KEY_WRONG) from error
    if not is_public_key(public) or not verify(station_key, _signed(public), signature):
        raise StorageError(ErrorCode.OFFICER_KEY_WRONG)
    return public


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_LONGEST_FILE_BYTES + 1)
    except OSError as error:
        raise StorageError(ErrorCode.KEY_MISSING) from error


def _document(content: bytes, form: str) -> dict[str, str]:
    if len(content) > _LONGEST_FILE_BYTES:
        raise StorageError(ErrorCode.BACKUP_INVALID)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise StorageError(ErrorCode.BACKUP_INVALID) from error
    whole = isinstance(found, dict) and all(isinstance(value, str) for value in found.values())
    if not whole or found.get("format") != form:
        raise StorageError(ErrorCode.BACKUP_INVALID)
    return {str(name): str(value) for name, value in found.items()}


def _private_place(public_key: bytes, station_key: bytes) -> bytes:
    return place("officers", f"{key_id(public_key)}:{key_id(station_key)}", 1)


def _signed(public_key: bytes) -> bytes:
    # A tree head is JSON: no signature of one can be taken for one of this.
    return b"station officers public key v1|" + public_key
