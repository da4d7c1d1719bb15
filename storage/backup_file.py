"""The file a backup is: a clear header, everything else sealed to the officers, signed as a whole.

The station's signature shows that the file is whole and its own; it can be checked without the
officers. The SM2 envelope (`storage.hybrid`) shows nothing of the content without them. Inside come
a manifest and then the files in its order, each with length and SM3 digest.

Layout: magic ‖ length (4) ‖ header ‖ sealed stream ‖ length (1) ‖ signature, filled up to 72.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives import hashes

from consent.signing import HeadSigner, key_id, verify
from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.backup_manifest import (
    KEYRING,
    LONGEST_HEADER_BYTES,
    LONGEST_MANIFEST_BYTES,
    BackupHeader,
    BackupPart,
    Manifest,
    parse_header,
    parse_manifest,
)
from storage.hybrid import ByteSource, SealingWriter, open_chunks

Progress = Callable[[int, int], None]
"""Told (bytes done, bytes in all)."""
_MAGIC = b"STATION-BACKUP-1\n"
_PIECE_BYTES = 1024 * 1024
_SIGNATURE_BYTES = 72
_TRAILER_BYTES = 1 + _SIGNATURE_BYTES


def write_backup(
    target: BinaryIO,
    header: BackupHeader,
    manifest: Manifest,
    files: Mapping[str, Path],
    *,
    public_key: bytes,
    signer: HeadSigner,
    progress: Progress,
) -> bytes:
    """Write the whole file; returns the SM3 digest the signature stands for.

    Raises `StorageError(DISK_FULL)`; what was written until then is the caller's to remove.
    """
    sink = _Digesting(target)
    clear = header.to_bytes()
    try:
        sink.write(_MAGIC + len(clear).to_bytes(4, "big") + clear)
        sealing = SealingWriter(sink, public_key, clear)
        listed = manifest.to_bytes()
        sealing.write(len(listed).to_bytes(4, "big") + listed)
        total, done = sum(part.size for part in manifest.parts), 0
        for part in manifest.parts:
            for piece in _pieces(files[part.name]):
                sealing.write(piece)
                done += len(piece)
                progress(done, total)
        sealing.close()
        digest = sink.digest()
        signature = signer.sign(_signed(digest))
        target.write(bytes((len(signature),)) + signature.ljust(_SIGNATURE_BYTES, b"\x00"))
        target.flush()
        os.fsync(target.fileno())
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error
    return digest


def check_backup(path: Path, station_key: bytes, progress: Progress) -> BackupHeader:
    """Whether the file is whole and the station's own, by its signature; needs no officer.

    Raises `StorageError`: BACKUP_INVALID, or BACKUP_OTHER_STATION for one of another station.
    """
    with _as_backup(), _opened(path) as stream:
        body, trailer = _split(stream)
        header = _read_header(body)
        if header.station != key_id(station_key):
            raise StorageError(ErrorCode.BACKUP_OTHER_STATION)
        stream.seek(0)
        whole = _Part(stream, body.length)
        digest = hashes.Hash(hashes.SM3())
        while piece := whole.read(_PIECE_BYTES):
            digest.update(piece)
            progress(body.length - whole.left, body.length)
        length = trailer[0]
        if whole.left or any(trailer[1 + length :]):
            raise StorageError(ErrorCode.BACKUP_INVALID)
        signature = trailer[1 : 1 + length]
        if not verify(station_key, _signed(digest.finalize()), signature):
            raise StorageError(ErrorCode.BACKUP_INVALID)
        return header


def open_backup(
    path: Path, private_key: Secret, folder: Path | None, progress: Progress
) -> Manifest:
    """Unpack a backup that `check_backup` passed into `folder`, verifying every file.

    The stores stay under their backup keys. Without a folder everything is verified and nothing is
    written. Raises `StorageError`: BACKUP_INVALID, OFFICER_KEY_WRONG, DISK_FULL.
    """
    with _as_backup(), _opened(path) as stream:
        body, _ = _split(stream)
        header = _read_header(body)
        plain = _Plain(open_chunks(body, private_key, header.to_bytes()))
        length = int.from_bytes(plain.take(4), "big")
        if length > LONGEST_MANIFEST_BYTES:
            raise StorageError(ErrorCode.BACKUP_INVALID)
        manifest = parse_manifest(plain.take(length))
        names = {part.name for part in manifest.parts}
        if header.with_keys != (names >= {"keys", KEYRING}) or bool(header.expires) != (
            header.with_keys
        ):
            raise StorageError(ErrorCode.BACKUP_INVALID)
        total, before = sum(part.size for part in manifest.parts), 0
        _require_room(folder, total)
        for part in manifest.parts:
            for done in _unpack(plain, part, folder):
                progress(before + done, total)
            before += part.size
        if plain.more():
            raise StorageError(ErrorCode.BACKUP_INVALID)
        return manifest


def digest_of(path: Path) -> bytes:
    """SM3 of a file's content."""
    digest = hashes.Hash(hashes.SM3())
    for piece in _pieces(path):
        digest.update(piece)
    return digest.finalize()


def _unpack(plain: "_Plain", part: BackupPart, folder: Path | None) -> Iterator[int]:
    """Write one file and verify it; yields the bytes done so far."""
    digest, left = hashes.Hash(hashes.SM3()), part.size
    target = None if folder is None else _create(folder / part.name)
    try:
        while left:
            piece = plain.take(min(left, _PIECE_BYTES))
            digest.update(piece)
            if target is not None:
                target.write(piece)
            left -= len(piece)
            yield part.size - left
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error
    finally:
        if target is not None:
            target.close()
    if digest.finalize() != part.sm3:
        raise StorageError(ErrorCode.BACKUP_INVALID)


def _create(path: Path) -> BinaryIO:
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        raise StorageError(ErrorCode.DISK_FULL) from error


def _require_room(folder: Path | None, total: int) -> None:
    if folder is None:
        return
    found = os.statvfs(folder)
    # Unpacked once and written once more under the station's own keys.
    if found.f_bavail * found.f_frsize < 2 * total:
        raise StorageError(ErrorCode.DISK_FULL)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise StorageError(ErrorCode.BACKUP_INVALID) from error
    with stream:
        yield stream


@contextmanager
def _as_backup() -> Iterator[None]:
    """What is wrong with the bytes of a backup is said in the words of a backup."""
    try:
        yield
    except StorageError as error:
        if error.code is ErrorCode.STORE_CORRUPT:
            raise StorageError(ErrorCode.BACKUP_INVALID) from error
        raise


def _split(stream: BinaryIO) -> tuple["_Part", bytes]:
    """Everything up to the trailer, and the trailer."""
    size = stream.seek(0, os.SEEK_END)
    if size < len(_MAGIC) + 4 + _TRAILER_BYTES:
        raise StorageError(ErrorCode.BACKUP_INVALID)
    stream.seek(size - _TRAILER_BYTES)
    trailer = stream.read(_TRAILER_BYTES)
    if trailer[0] > _SIGNATURE_BYTES:
        raise StorageError(ErrorCode.BACKUP_INVALID)
    stream.seek(0)
    return _Part(stream, size - _TRAILER_BYTES), trailer


def _read_header(body: "_Part") -> BackupHeader:
    if body.read(len(_MAGIC)) != _MAGIC:
        raise StorageError(ErrorCode.BACKUP_INVALID)
    length = int.from_bytes(body.read(4), "big")
    if length > LONGEST_HEADER_BYTES:
        raise StorageError(ErrorCode.BACKUP_INVALID)
    return parse_header(body.read(length))


def _signed(digest: bytes) -> bytes:
    # A tree head is JSON: no signature of one can be taken for one of this.
    return b"station backup v1|" + digest


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE_BYTES):
            yield piece


class _Digesting:
    """A sink that knows the digest of what went through it."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._digest = hashes.Hash(hashes.SM3())

    def write(self, data: bytes) -> None:
        self._digest.update(data)
        self._target.write(data)

    def digest(self) -> bytes:
        return self._digest.finalize()


class _Part:
    """The first `length` bytes of a stream."""

    def __init__(self, stream: ByteSource, length: int) -> None:
        self._stream = stream
        self.length = length
        self.left = length

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(min(size, self.left))
        self.left -= len(data)
        return data


class _Plain:
    """Exact numbers of bytes out of chunks that come in any size."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = bytearray()

    def take(self, size: int) -> bytes:
        while len(self._held) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                raise StorageError(ErrorCode.BACKUP_INVALID)
            self._held += chunk
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def more(self) -> bool:
        # Also drains the stream: only its end shows that nothing was cut off.
        return bool(self._held) or any(self._chunks)
