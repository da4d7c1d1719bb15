"""What a backup says of itself: the header anyone may read, and the sealed manifest of its files.

Both are canonical JSON. They are read strictly: a backup comes from outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from consent.canonical import Json, decode_object, encode
from consent.digest import DIGEST_BYTES, from_text, to_text
from station.errors import ErrorCode, LedgerError, StorageError
from station.model import Secret
from storage.registry import STORE_NAMES

KEYRING = "keyring"
"""Name of the wrapped keys of the station, in a short-lived backup only."""
LONGEST_HEADER_BYTES = 4096
LONGEST_MANIFEST_BYTES = 64 * 1024
_FORMAT = "station-backup/1"
_NAMES = frozenset({*STORE_NAMES, KEYRING})
_LARGEST_FILE_BYTES = 1 << 40
_HEADER_NAMES = {"format", "created", "expires", "station", "with_keys"}


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """What anyone may read of a backup. Times are ISO 8601 UTC; a long backup has no `expires`."""

    created: str
    expires: str
    station: str
    """Short name of the station's ledger key (`consent.signing.key_id`)."""
    with_keys: bool

    def to_bytes(self) -> bytes:
        """Canonical bytes, bound into everything sealed."""
        return encode(
            {
                "format": _FORMAT,
                "created": self.created,
                "expires": self.expires,
                "station": self.station,
                "with_keys": self.with_keys,
            }
        )


@dataclass(frozen=True, slots=True)
class BackupPart:
    """One file of a backup. `key` is the raw SQLCipher key of the copy; empty for the keyring."""

    name: str
    size: int
    sm3: bytes
    key: Secret
    generation: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, and how far ledger and revocation list were when it was made."""

    parts: tuple[BackupPart, ...]
    ledger_size: int
    revocations: int

    def part(self, name: str) -> BackupPart | None:
        """The file of that name, or None."""
        return next((part for part in self.parts if part.name == name), None)

    def to_bytes(self) -> bytes:
        """Canonical bytes, as sealed."""
        parts: list[Json] = [
            {
                "name": part.name,
                "size": part.size,
                "sm3": to_text(part.sm3),
                "key": to_text(part.key.reveal()),
                "generation": part.generation,
            }
            for part in self.parts
        ]
        return encode(
            {
                "parts": parts,
                "ledger_size": self.ledger_size,
                "revocations": self.revocations,
            }
        )


def parse_header(data: bytes) -> BackupHeader:
    """Read a header. Raises `StorageError(BACKUP_INVALID)` for anything out of form."""
    found = _document(data)
    texts = [found.get(name) for name in ("created", "expires", "station")]
    with_keys = found.get("with_keys")
    if (
        found.keys() != _HEADER_NAMES
        or found["format"] != _FORMAT
        or not all(isinstance(text, str) and len(text) <= 64 for text in texts)
        or not isinstance(with_keys, bool)
    ):
        raise StorageError(ErrorCode.BACKUP_INVALID)
    created, expires, station = (str(text) for text in texts)
    return BackupHeader(created, expires, station, with_keys)


def parse_manifest(data: bytes) -> Manifest:
    """Read a manifest. Raises `StorageError(BACKUP_INVALID)` for anything out of form."""
    found = _document(data)
    try:
        listed = found["parts"]
        if not isinstance(listed, list) or len(listed) > len(_NAMES):
            raise ValueError("no list of files")
        parts = tuple(_parse_part(item) for item in listed)
        names = [part.name for part in parts]
        if len(set(names)) != len(names) or not _NAMES.issuperset(names):
            raise ValueError("a file twice, or an unknown one")
        return Manifest(parts, _number(found["ledger_size"]), _number(found["revocations"]))
    except (KeyError, ValueError, TypeError) as error:
        raise StorageError(ErrorCode.BACKUP_INVALID) from error


def _document(data: bytes) -> dict[str, Json]:
    try:
        return decode_object(data)
    except LedgerError as error:
        raise StorageError(ErrorCode.BACKUP_INVALID) from error


def _parse_part(item: Mapping[str, Json]) -> BackupPart:
    digest, key = from_text(str(item["sm3"])), from_text(str(item["key"]))
    if len(digest) != DIGEST_BYTES or len(key) not in (0, 32):
        raise ValueError("a length is out of range")
    size = _number(item["size"])
    if size > _LARGEST_FILE_BYTES:
        raise ValueError("too large")
    return BackupPart(str(item["name"]), size, digest, Secret(key), _number(item["generation"]))


def _number(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("not a natural number")
    return value
