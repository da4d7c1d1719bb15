"""What the ledger needs of a store. `storage.ledger_store` implements it on SQLCipher."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One ledger entry: canonical JSON bytes as hashed, with its position."""

    seq: int
    """0-based, without gaps."""
    body: bytes


@dataclass(frozen=True, slots=True)
class StoredHead:
    """One signed tree head: canonical JSON of {origin, size, root, time, key_id}, SM2 signature."""

    size: int
    body: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class ProvedEntry:
    """An entry with the head signed right after it, which it ends, and its path in that head."""

    seq: int
    body: bytes
    head: StoredHead
    path: tuple[bytes, ...]
    """Inclusion path (RFC 9162 section 2.1.3) in the tree of size `seq + 1`, lowest node first."""


class LedgerStore(Protocol):
    """Append-only rows. Every `append` is durable (FULL sync) when it returns."""

    def append(self, body: bytes, sealed_evidence: bytes | None = None) -> int:
        """Store the next entry (and, in the same transaction, sealed consent evidence).

        Returns its seq. Raises `StorageError(DISK_FULL)` when nothing could be written.
        """
        ...

    def add_head(self, head: StoredHead) -> None:
        """Store a signed tree head."""
        ...

    def entries(self, start: int = 0) -> Iterator[StoredEntry]:
        """All entries from `start` in order."""
        ...

    def newest_first(self, below: int | None = None) -> Iterator[StoredEntry]:
        """All entries with a smaller position than `below`, the newest first."""
        ...

    def heads(self) -> Iterator[StoredHead]:
        """All tree heads in order of size."""
        ...

    def newest_head(self) -> StoredHead | None:
        """The tree head of greatest size; None while there is none."""
        ...

    def size(self) -> int:
        """Number of entries."""
        ...
