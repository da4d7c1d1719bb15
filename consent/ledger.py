"""The append-only ledger: entries in a hash chain and a Merkle tree, each state signed.

One writer, in the desk. Every entry is followed by a signed tree head of exactly that size, so the
verification can name the one entry that was touched (crypto.md 6.1 asks for a head after a SINGLE
and a COMPLETION; the head after an INTENT closes the gap between them).
"""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from threading import Lock

from consent.canonical import Json
from consent.digest import sm3
from consent.entry import (
    Entry,
    TreeHead,
    check_payload,
    parse_entry,
    parse_head,
    time_of,
    time_text,
)
from consent.kinds import CompletionResult, Kind, Phase
from consent.ledger_port import LedgerStore, ProvedEntry, StoredEntry, StoredHead
from consent.merkle import Frontier, leaf_hash
from consent.signing import HeadSigner, verify
from station.errors import ErrorCode, LedgerError, StationBug, StorageError

CLOCK_TOLERANCE = timedelta(seconds=2)
"""A correction by the time service this small is no alarm."""

# Canonical keys are sorted, so every entry begins like this.
_ENTRY_START = re.compile(
    rb'\{(?:"clock_back":true,)?(?:"demo":true,)?"kind":"([A-Z_]+)","op":"([0-9a-f]*)",'
)


_ACTING: ContextVar[Mapping[str, Json] | None] = ContextVar("acting", default=None)


@contextmanager
def acting(actor: Mapping[str, Json]) -> Iterator[None]:
    """Who acts: what this thread announces and records inside says so, unless it says so itself.

    Only who it was: a reason stands with the grant, and means something else in other entries.
    """
    token = _ACTING.set({key: actor[key] for key in ("actor", "second") if key in actor})
    try:
        yield
    finally:
        _ACTING.reset(token)


class Ledger:
    """Writes the ledger. Owns the tree's frontier; safe to call from any thread of the desk."""

    def __init__(
        self,
        store: LedgerStore,
        signer: HeadSigner,
        origin: str,
        now: Callable[[], datetime],
        demo: bool,
    ) -> None:
        """Read the store once and check chain and last head. `origin` names a new ledger only.

        Raises `LedgerError(LEDGER_BROKEN)` with `seq` when the store does not continue what was
        signed. A head missing because the station died between entry and head is signed now.
        """
        self._store = store
        self._signer = signer
        self._origin = origin
        self._now = now
        self._demo = demo
        self._lock = Lock()
        self._frontier = Frontier()
        self._last_hash = sm3(b"")
        self._newest = b""
        self._signed: StoredHead | None = None
        self._high_water = ""
        self._open: dict[str, Kind] = {}
        self._head: TreeHead | None = None
        self._replay()

    def record(
        self, kind: Kind, payload: Mapping[str, Json], sealed_evidence: bytes | None = None
    ) -> int:
        """Write a SINGLE entry, durable and signed on return; returns its seq.

        `sealed_evidence` is stored in the same transaction; the payload carries its commitment.
        Raises `StorageError(DISK_FULL)`; `StationBug` for a payload `check_payload` refuses.
        """
        with self._lock:
            return self._append(Phase.SINGLE, "", kind, _by_whom(payload), sealed_evidence)

    def record_proved(self, kind: Kind, payload: Mapping[str, Json]) -> ProvedEntry:
        """As `record`; returns the entry with its proof, for whoever takes it away."""
        with self._lock:
            path = self._frontier.next_path()
            seq = self._append(Phase.SINGLE, "", kind, payload, None)
            if self._signed is None:
                raise StationBug("an entry was written without its head")
            return ProvedEntry(seq, self._newest, self._signed, path)

    def intent(self, kind: Kind, payload: Mapping[str, Json]) -> str:
        """Announce a change before it is made; returns the op id its completion must name."""
        op = new_id()
        with self._lock:
            self._append(Phase.INTENT, op, kind, _by_whom(payload), None)
        return op

    def complete(self, op_id: str, result: CompletionResult, counts: Mapping[str, Json]) -> int:
        """Close an open intent with its counts per store; returns the entry's seq.

        Raises `StationBug` when `op_id` is not open: a change is completed exactly once.
        """
        with self._lock:
            kind = self._open.get(op_id)
            if kind is None:
                raise StationBug("this op id has no open intent")
            payload: dict[str, Json] = {"result": result.value, "counts": counts}
            return self._append(Phase.COMPLETION, op_id, kind, payload, None)

    def open_intents(self) -> tuple[tuple[str, Kind], ...]:
        """(op id, kind) of every intent without completion, oldest first."""
        with self._lock:
            return tuple(self._open.items())

    def clock_ok(self) -> None:
        """Raises `StorageError(CLOCK_SET_BACK)` when the clock is behind the newest entry."""
        behind = self.high_water() - self._now()
        if behind > CLOCK_TOLERANCE:
            raise StorageError(ErrorCode.CLOCK_SET_BACK, behind_s=int(behind.total_seconds()))

    def high_water(self) -> datetime:
        """The latest time known: never earlier than any entry, whatever the clock says."""
        with self._lock:
            now = self._now()
            return max(now, time_of(self._high_water)) if self._high_water else now

    def head(self) -> TreeHead:
        """The newest signed tree head. Raises `LedgerError` while the ledger is empty."""
        if self._head is None:
            raise LedgerError(ErrorCode.LEDGER_BROKEN, size=0)
        return self._head

    @property
    def size(self) -> int:
        """Number of entries."""
        return self._frontier.size

    @property
    def public_key(self) -> bytes:
        """Public key of the tree heads, 64 bytes."""
        return self._signer.public_key

    def _append(
        self,
        phase: Phase,
        op: str,
        kind: Kind,
        payload: Mapping[str, Json],
        sealed_evidence: bytes | None,
    ) -> int:
        check_payload(payload)
        # A head that could not be written last time comes first, or its entry would stay unsigned.
        self._sign_head()
        moment = time_text(self._now())
        entry = Entry(
            seq=self._frontier.size,
            time=max(moment, self._high_water),
            op=op,
            phase=phase,
            kind=kind,
            payload=payload,
            prev_hash=self._last_hash,
            demo=self._demo,
            clock_back=moment < self._high_water,
        )
        body = entry.to_bytes()
        seq = self._store.append(body, sealed_evidence)
        if seq != entry.seq:
            raise LedgerError(ErrorCode.LEDGER_BROKEN, seq=seq, expected=entry.seq)
        self._advance(entry, body)
        self._sign_head()
        return seq

    def _advance(self, entry: Entry, body: bytes) -> None:
        self._frontier.append(leaf_hash(body))
        self._last_hash, self._newest = sm3(body), body
        self._high_water = entry.time
        if entry.phase is Phase.INTENT:
            self._open[entry.op] = entry.kind
        elif entry.phase is Phase.COMPLETION:
            self._open.pop(entry.op, None)

    def _sign_head(self) -> None:
        size = self._frontier.size
        if size == 0 or (self._head is not None and self._head.size == size):
            return
        root, key_id = self._frontier.root(), self._signer.key_id
        head = TreeHead(self._origin, size, root, self._high_water, key_id, self._last_hash)
        body = head.to_bytes()
        signed = StoredHead(size, body, self._signer.sign(body))
        self._store.add_head(signed)
        self._head, self._signed = head, signed

    def _replay(self) -> None:
        """Take up the ledger where it was left.

        Entries under the last head are hashed, not parsed: the signed root vouches for them. Only
        what was written after it, in a crash, is read strictly.
        """
        last = self._last_head()
        signed = last.size if last else 0
        body = b""
        for stored in self._store.entries():
            if self.size >= signed:
                self._take_unsigned(stored, signed)
                continue
            if stored.seq != self.size:
                raise self._broken(self.size)
            body = stored.body
            self._frontier.append(leaf_hash(body))
            self._glance(body)
            if self.size == signed:
                self._settle(body, last)
        if self.size < signed:
            raise self._broken(self.size)
        if last is not None:
            # A station may be renamed, its ledger may not: to an auditor that is another ledger.
            self._origin = last.origin
        self._head = last
        self._sign_head()

    def _last_head(self) -> TreeHead | None:
        newest: StoredHead | None = None
        for newest in self._store.heads():  # noqa: B007 - the last one is wanted
            pass
        if newest is None:
            return None
        if not verify(self._signer.public_key, newest.body, newest.signature):
            raise LedgerError(ErrorCode.LEDGER_BROKEN, seq=max(0, newest.size - 1))
        return parse_head(newest.body)

    def _glance(self, body: bytes) -> None:
        """Note op ids without parsing: the first mention opens an intent, the second closes it."""
        start = _ENTRY_START.match(body)
        if start is None:
            raise self._broken(self.size - 1)
        op = start[2].decode()
        if op and self._open.pop(op, None) is None:
            try:
                self._open[op] = Kind(start[1].decode())
            except ValueError as error:
                raise self._broken(self.size - 1) from error

    def _settle(self, body: bytes, last: TreeHead | None) -> None:
        """Hold the signed part against its head, and go on from its last entry."""
        if last is None or self._frontier.root() != last.root:
            raise self._broken(self.size - 1)
        self._last_hash = sm3(body)
        self._high_water = parse_entry(body).time

    def _take_unsigned(self, stored: StoredEntry, signed: int) -> None:
        # No entry is written before the head of the one before: a crash leaves one without.
        # More of them were made by someone else, and signing them would vouch for them.
        if self.size > signed:
            raise LedgerError(ErrorCode.LEDGER_BROKEN, seq=signed)
        entry = parse_entry(stored.body)
        chained = entry.prev_hash == self._last_hash
        if stored.seq != self.size or entry.seq != self.size or not chained:
            raise LedgerError(ErrorCode.LEDGER_BROKEN, seq=self.size)
        self._advance(entry, stored.body)

    def _broken(self, otherwise: int) -> LedgerError:
        """Name the first entry that breaks the chain; `audit verify` says what was done to it."""
        previous = sm3(b"")
        for seq, stored in enumerate(self._store.entries()):
            try:
                entry = parse_entry(stored.body)
            except LedgerError:
                return LedgerError(ErrorCode.LEDGER_BROKEN, seq=seq)
            if (stored.seq, entry.seq, entry.prev_hash) != (seq, seq, previous):
                return LedgerError(ErrorCode.LEDGER_BROKEN, seq=seq)
            previous = sm3(stored.body)
        return LedgerError(ErrorCode.LEDGER_BROKEN, seq=otherwise)


def _by_whom(payload: Mapping[str, Json]) -> Mapping[str, Json]:
    return {**(_ACTING.get() or {}), **payload}


def new_id() -> str:
    """32 random hex characters that no scan of entries for identity numbers can take for one."""
    while True:
        drawn = secrets.token_hex(16)
        if not any(run.isdecimal() for run in (drawn[i : i + 17] for i in range(16))):
            return drawn
