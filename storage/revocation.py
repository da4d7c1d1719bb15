"""The list of templates that are no longer valid: append-only, outside every backup (face.md B.8).

A backup of template and key stores together would bring a renewed template back to life; this list
does not come back with it. A pseudonymous identifier stands in it as a keyed digest, so that the
list joins nothing. Every block ends in a signed head over the count and the chain of all blocks,
and the ledger notes the count: an older or shorter list is refused.

Layout: "STREV1" ‖ newline, then blocks: count (4) ‖ digests (16 each) ‖ length (1) ‖ signature.
"""

import os
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from consent.canonical import Json
from consent.digest import sm3, to_text
from consent.entry import parse_entry
from consent.kinds import Phase
from consent.ledger_port import StoredEntry
from consent.signing import HeadSigner, verify
from station.errors import ErrorCode, StorageError
from station.model import Secret
from storage.keyring_file import sync_folder
from storage.sealing import derive, keyed_digest

DIGEST_BYTES = 16
"""HMAC-SM3 cut to 128 bits: a valid template is taken for a revoked one once in 2^128 / n."""
LARGEST_BLOCK = 4096
"""Most identifiers one block holds; longer appends make several."""
LARGEST_BYTES = 256 * 1024 * 1024
COUNT_NAME = "revocations"
"""Name under which a COMPLETION's counts note the list."""
_MAGIC = b"STREV1\n"
_LONGEST_SIGNATURE = 72
_MERGE_FROM = 4096
_MERGE_SHARE = 8
"""Merged when an eighth has come: each is then sorted anew only a few times, however long the list.
"""


@dataclass(frozen=True, slots=True)
class RevocationHead:
    """How many identifiers there are, and the chain over all blocks with their signatures."""

    count: int
    chain: bytes


def revocation_key(op_key: Secret) -> Secret:
    """The key of the digests, from the root's operation key: it outlives every store's key."""
    return Secret(derive(op_key.reveal(), "station/revocation/1", 32))


class RevocationList:
    """The open list. Lives in the desk; safe from any thread, written by one process."""

    def __init__(self, path: Path, key: Secret, signer: HeadSigner, recorded: int) -> None:
        """Read and check the whole list; `recorded` is what the ledger says, see `recorded_count`.

        A missing file is an empty list. A block torn by a crash is dropped: its append never
        returned. Raises `StorageError(STORE_ROLLED_BACK)` for fewer than `recorded`,
        `(STORE_CORRUPT)` for a list the station did not sign as it stands.
        """
        self._path = path
        self._key = key
        self._signer = signer
        self._guard = Lock()
        self._head = RevocationHead(0, sm3(b""))
        self._whole_bytes = 0
        # Sorted in one piece of memory: a set of objects would take ten times as much.
        self._sorted = b""
        self._recent: set[bytes] = set()
        self._load()
        if self._head.count < recorded:
            raise StorageError(
                ErrorCode.STORE_ROLLED_BACK, count=self._head.count, recorded=recorded
            )

    def __len__(self) -> int:
        return self._head.count

    @property
    def head(self) -> RevocationHead:
        """Count and chain as signed last."""
        return self._head

    def contains(self, pid: bytes) -> bool:
        """Whether the template with this pseudonymous identifier was revoked."""
        return self._known(self._digest(pid))

    def _known(self, digest: bytes) -> bool:
        with self._guard:
            if digest in self._recent:
                return True
            found = self._sorted
        places = range(len(found) // DIGEST_BYTES)
        at = bisect_left(places, digest, key=lambda i: _at(found, i)) if places else 0
        return at < len(places) and _at(found, at) == digest

    def append(self, pids: Sequence[bytes]) -> int:
        """Revoke templates, durable and signed on return; returns the new count.

        Identifiers already in the list are left out, so that this can be repeated after a crash.
        Raises `StorageError(DISK_FULL)`; the list then stands as it was.
        """
        digests = dict.fromkeys(self._digest(pid) for pid in pids)
        fresh = [digest for digest in digests if not self._known(digest)]
        with self._guard:
            for start in range(0, len(fresh), LARGEST_BLOCK):
                self._append(fresh[start : start + LARGEST_BLOCK])
            return self._head.count

    def counts(self) -> dict[str, Json]:
        """What a COMPLETION notes under `COUNT_NAME`, so that a shorter list is found."""
        return {"count": self._head.count, "chain": to_text(self._head.chain)}

    def _digest(self, pid: bytes) -> bytes:
        return keyed_digest(self._key.reveal(), pid)[:DIGEST_BYTES]

    def _append(self, digests: list[bytes]) -> None:
        joined = b"".join(digests)
        head = _advance(self._head, joined)
        signature = self._signer.sign(_signed(head))
        block = len(digests).to_bytes(4, "big") + joined + bytes((len(signature),)) + signature
        self._write(block)
        self._head = _closed(head, signature)
        self._take(joined)

    def _write(self, block: bytes) -> None:
        # From the last whole block on: this also cuts off what a crash left half written.
        data, start = block, self._whole_bytes
        if not start:
            data = _MAGIC + block
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.ftruncate(descriptor, start)
                _write_all(descriptor, data, start)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if not start:
                sync_folder(self._path.parent)
        except OSError as error:
            raise StorageError(ErrorCode.DISK_FULL) from error
        self._whole_bytes = start + len(data)

    def _take(self, joined: bytes) -> None:
        self._recent.update(_split(joined))
        kept = len(self._sorted) // DIGEST_BYTES
        if len(self._recent) >= max(_MERGE_FROM, kept // _MERGE_SHARE):
            merged = sorted([*_split(self._sorted), *self._recent])
            self._sorted, self._recent = b"".join(merged), set()

    def _load(self) -> None:
        try:
            with self._path.open("rb") as stream:
                # As much as there is: a read of the bound itself would claim that much memory.
                size = os.fstat(stream.fileno()).st_size
                data = stream.read(min(size, LARGEST_BYTES) + 1)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(ErrorCode.STORE_LOCKED) from error
        if len(data) > LARGEST_BYTES:
            raise StorageError(ErrorCode.STORE_CORRUPT)
        if len(data) < len(_MAGIC) and _MAGIC.startswith(data):
            return
        if not data.startswith(_MAGIC):
            raise StorageError(ErrorCode.STORE_CORRUPT)
        digests = self._read_blocks(data)
        self._sorted = b"".join(sorted(digests))

    def _read_blocks(self, data: bytes) -> list[bytes]:
        position, signature, signed = len(_MAGIC), b"", self._head
        digests: list[bytes] = []
        while (block := _block_at(data, position)) is not None:
            joined, signature, position = block
            signed = _advance(self._head, joined)
            self._head = _closed(signed, signature)
            digests += _split(joined)
        self._whole_bytes = position if digests else 0
        # The last signature vouches for every block before it, through the chain.
        if digests and not verify(self._signer.public_key, _signed(signed), signature):
            raise StorageError(ErrorCode.STORE_CORRUPT)
        return digests


def open_revocations(
    path: Path, op_key: Secret, signer: HeadSigner, newest_first: Iterable[StoredEntry]
) -> RevocationList:
    """The station's list, held against its ledger; see `RevocationList` and `recorded_count`."""
    return RevocationList(path, revocation_key(op_key), signer, recorded_count(newest_first))


def recorded_count(newest_first: Iterable[StoredEntry]) -> int:
    """The count the newest COMPLETION with one has noted; 0 before the first.

    `newest_first` are the ledger's rows as `SealedLedgerStore.newest_first` gives them.
    """
    marker = f'"{COUNT_NAME}":'.encode()
    for stored in newest_first:
        # Parsing every entry of a long ledger at each start would take seconds.
        if marker not in stored.body:
            continue
        entry = parse_entry(stored.body)
        counts = entry.payload.get("counts")
        noted = counts.get(COUNT_NAME) if isinstance(counts, dict) else None
        count = noted.get("count") if isinstance(noted, dict) else None
        if entry.phase is Phase.COMPLETION and isinstance(count, int):
            return count
    return 0


def _advance(head: RevocationHead, joined: bytes) -> RevocationHead:
    return RevocationHead(head.count + len(joined) // DIGEST_BYTES, sm3(head.chain + joined))


def _closed(head: RevocationHead, signature: bytes) -> RevocationHead:
    # The signature goes into the chain too: no byte of the file is without a voucher.
    return RevocationHead(head.count, sm3(head.chain + signature))


def _signed(head: RevocationHead) -> bytes:
    # A tree head is JSON: no signature of one can be taken for one of this.
    return b"station revocations v1|" + head.count.to_bytes(8, "big") + head.chain


def _block_at(data: bytes, start: int) -> tuple[bytes, bytes, int] | None:
    """Digests, signature and end of the block at `start`; None where no whole one is left."""
    count = int.from_bytes(data[start : start + 4], "big")
    if start + 4 > len(data):
        return None
    if not 1 <= count <= LARGEST_BLOCK:
        raise StorageError(ErrorCode.STORE_CORRUPT)
    at = start + 4 + count * DIGEST_BYTES
    if at >= len(data):
        return None
    length, end = data[at], at + 1 + data[at]
    if length > _LONGEST_SIGNATURE:
        raise StorageError(ErrorCode.STORE_CORRUPT)
    if end > len(data):
        return None
    return data[start + 4 : at], data[at + 1 : end], end


def _split(joined: bytes) -> list[bytes]:
    return [joined[at : at + DIGEST_BYTES] for at in range(0, len(joined), DIGEST_BYTES)]


def _at(joined: bytes, index: int) -> bytes:
    return joined[index * DIGEST_BYTES : (index + 1) * DIGEST_BYTES]


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    while data:
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written
