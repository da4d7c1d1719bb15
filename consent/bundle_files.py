"""The folder of a bundle while it is written: new, private, every file with its digest, or nothing.

The manifest comes last and only whole: an export that is cut short leaves none. One that fails
takes away again what it wrote.
"""

import errno
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives import hashes

from consent.canonical import Json
from station.errors import ErrorCode, LedgerError, StorageError

MANIFEST, SIGNATURE = "bundle.json", "bundle.sig"
_BUFFER_BYTES = 1 << 20


class BundleFile:
    """One file as it grows; hashed on its way to the disk."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._hash = hashes.Hash(hashes.SM3())
        self._bytes = 0
        self._pending = bytearray()
        self._file = io.FileIO(_create(folder / name), "w")

    def write(self, data: bytes) -> None:
        """Add `data` at the end."""
        self._pending += data
        if len(self._pending) >= _BUFFER_BYTES:
            self._flush()

    def text(self) -> "TextEnd":
        """The same file for whoever writes texts (UTF-8)."""
        return TextEnd(self)

    def close(self) -> dict[str, Json]:
        """Everything on the disk; returns the line of the manifest."""
        self._flush()
        os.fsync(self._file.fileno())
        digest = self._hash.finalize().hex()
        return {"name": self.name, "bytes": self._bytes, "sm3": f"sm3:{digest}"}

    def let_go(self) -> None:
        """Close the file, complete or not."""
        self._file.close()

    def _flush(self) -> None:
        whole = bytes(self._pending)
        self._pending.clear()
        self._hash.update(whole)
        self._bytes += len(whole)
        view = memoryview(whole)
        while view:
            view = view[self._file.write(view) :]


class TextEnd:
    """What `csv.writer` needs of a file."""

    def __init__(self, file: BundleFile) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Add a text."""
        self._file.write(text.encode("utf-8", "replace"))


class BundleFolder:
    """A new folder, mode 0700. Leaving it by an exception removes it with all that was written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listed: list[dict[str, Json]] = []

    def __enter__(self) -> Self:
        """Raises `LedgerError(EXPORT_FAILED)` when something is already there."""
        try:
            self.path.mkdir(mode=0o700)
        except OSError as error:
            raise LedgerError(ErrorCode.EXPORT_FAILED, errno=error.errno or 0) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is left of what failed. A fault of the disk becomes a typed error."""
        if kind is None:
            return
        shutil.rmtree(self.path, ignore_errors=True)
        if isinstance(error, OSError):
            if error.errno == errno.ENOSPC:
                raise StorageError(ErrorCode.DISK_FULL) from error
            raise LedgerError(ErrorCode.EXPORT_FAILED, errno=error.errno or 0) from error

    @contextmanager
    def file(self, name: str) -> Iterator[BundleFile]:
        """A new file of the bundle, private, listed once it is complete."""
        file = BundleFile(self.path, name)
        try:
            yield file
            self._listed.append(file.close())
        finally:
            file.let_go()

    def add(self, name: str, data: bytes) -> None:
        """A small file at once."""
        with self.file(name) as file:
            file.write(data)

    def adopt(self, name: str) -> None:
        """List a file that somebody else wrote into the folder, and make it private."""
        path = self.path / name
        path.chmod(0o600)
        digest, size = hashes.Hash(hashes.SM3()), 0
        with path.open("rb") as file:
            while piece := file.read(_BUFFER_BYTES):
                digest.update(piece)
                size += len(piece)
            os.fsync(file.fileno())
        found = digest.finalize().hex()
        self._listed.append({"name": name, "bytes": size, "sm3": f"sm3:{found}"})

    def listed(self) -> list[Json]:
        """The files so far, as the manifest lists them."""
        return [*sorted(self._listed, key=lambda one: str(one["name"]))]

    def finish(self, manifest: bytes, signature: bytes) -> None:
        """Signature, then manifest: with it, and not before, this is a bundle."""
        _write_whole(self.path / SIGNATURE, signature.hex().encode() + b"\n")
        fresh = self.path / f"{MANIFEST}.new"
        _write_whole(fresh, manifest)
        fresh.rename(self.path / MANIFEST)
        for folder in (self.path, self.path.parent):
            _sync_folder(folder)


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _write_whole(path: Path, data: bytes) -> None:
    with os.fdopen(_create(path), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
