"""An in-memory `LedgerStore`, a clock that tests turn, and ledgers to tamper with."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from consent.ledger import Ledger
from consent.ledger_port import StoredEntry, StoredHead
from consent.signing import HeadSigner
from station.errors import ErrorCode, StorageError


class FakeLedgerStore:
    """Keeps rows in lists that a test may edit; `fail_append` and `fail_head` fill the disk."""

    def __init__(self) -> None:
        self.rows: list[StoredEntry] = []
        self.evidence: dict[int, bytes] = {}
        self.head_rows: list[StoredHead] = []
        self.fail_append = False
        self.fail_head = False

    def append(self, body: bytes, sealed_evidence: bytes | None = None) -> int:
        if self.fail_append:
            raise StorageError(ErrorCode.DISK_FULL)
        seq = len(self.rows)
        self.rows.append(StoredEntry(seq, body))
        if sealed_evidence is not None:
            self.evidence[seq] = sealed_evidence
        return seq

    def add_head(self, head: StoredHead) -> None:
        if self.fail_head:
            raise StorageError(ErrorCode.DISK_FULL)
        self.head_rows.append(head)

    def entries(self, start: int = 0) -> Iterator[StoredEntry]:
        return iter([row for row in self.rows if row.seq >= start])

    def newest_first(self, below: int | None = None) -> Iterator[StoredEntry]:
        return iter([row for row in reversed(self.rows) if below is None or row.seq < below])

    def heads(self) -> Iterator[StoredHead]:
        return iter(sorted(self.head_rows, key=lambda head: head.size))

    def newest_head(self) -> StoredHead | None:
        return max(self.head_rows, key=lambda head: head.size, default=None)

    def size(self) -> int:
        return len(self.rows)


class FakeClock:
    """A clock that moves only when told, by `step` at each reading."""

    def __init__(self, step: timedelta = timedelta(milliseconds=7)) -> None:
        self.moment = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
        self.step = step

    def __call__(self) -> datetime:
        self.moment += self.step
        return self.moment


ORIGIN = "station-demo-0001"


def new_ledger(
    store: FakeLedgerStore | None = None,
    signer: HeadSigner | None = None,
    clock: FakeClock | None = None,
    demo: bool = True,
) -> tuple[Ledger, FakeLedgerStore, HeadSigner, FakeClock]:
    """A ledger over a fake store."""
    store = store or FakeLedgerStore()
    signer = signer or HeadSigner.generate()
    clock = clock or FakeClock()
    return Ledger(store, signer, ORIGIN, clock, demo), store, signer, clock
