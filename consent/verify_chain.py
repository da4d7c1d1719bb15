"""Finds the first entry of a ledger that is not what the station signed.

Every signed head fixes the root of one size, so an entry fits its place or it does not; the row
that does not fit, and whether another row fits there, tell what was done to the ledger.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from consent.digest import sm3
from consent.entry import Entry, parse_entry
from consent.ledger_port import StoredEntry
from consent.merkle import Frontier, leaf_hash
from station.errors import LedgerError


class Fault(StrEnum):
    """What is wrong at an entry."""

    ALTERED = "ALTERED"
    REMOVED = "REMOVED"
    INSERTED = "INSERTED"
    REORDERED = "REORDERED"
    TRUNCATED = "TRUNCATED"
    MALFORMED = "MALFORMED"
    """Signed as it stands, but against the ledger's own rules."""
    HEAD_MISSING = "HEAD_MISSING"
    HEAD_FORGED = "HEAD_FORGED"
    VERIFIERS_DISAGREE = "VERIFIERS_DISAGREE"
    ROLLED_BACK = "ROLLED_BACK"
    """Shorter than the auditor's last head."""
    REWRITTEN = "REWRITTEN"
    """Another history than the one under the auditor's last head."""
    NOT_INTENDED = "NOT_INTENDED"
    """A completion without its intent."""
    COMPLETED_TWICE = "COMPLETED_TWICE"
    REMAINDER = "REMAINDER"
    """An erasure that left something, or does not say that it left nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault and the 0-based seq of the entry it is named by."""

    fault: Fault
    seq: int


@dataclass(slots=True)
class Walk:
    """The entries that stand, up to the first that does not."""

    entries: list[Entry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    roots: list[bytes] = field(default_factory=list)
    """Root of every size: `roots[n]` is that of the first n entries."""


def walk_chain(rows: Sequence[StoredEntry], heads: Mapping[int, bytes]) -> Walk:
    """Hold each row against the signed root of its size (`heads`: size → root) and the chain."""
    walk, frontier, previous = Walk(), Frontier(), sm3(b"")
    walk.roots.append(frontier.root())
    signed = max(heads, default=0)
    for seq, row in enumerate(rows):
        leaf, entry, root = leaf_hash(row.body), _parsed(row.body), heads.get(seq + 1)
        lawful = _is_lawful(entry, row, seq, previous, walk)
        if root is None:
            walk.findings.append(Finding(Fault.HEAD_MISSING, seq))
        stands = lawful if root is None else frontier.root_with(leaf) == root
        if not stands:
            fault = _classify(rows, seq, signed, frontier, root)
            walk.findings.append(Finding(fault, seq))
            return walk
        if entry is None or not lawful:
            walk.findings.append(Finding(Fault.MALFORMED, seq))
            return walk
        frontier.append(leaf)
        previous = sm3(row.body)
        walk.entries.append(entry)
        walk.roots.append(frontier.root())
    if signed > len(rows):
        walk.findings.append(Finding(Fault.TRUNCATED, len(rows)))
    return walk


def _parsed(body: bytes) -> Entry | None:
    try:
        return parse_entry(body)
    except LedgerError:
        return None


def _is_lawful(
    entry: Entry | None, row: StoredEntry, seq: int, previous: bytes, walk: Walk
) -> bool:
    if entry is None or entry.seq != seq or row.seq != seq or entry.prev_hash != previous:
        return False
    return not walk.entries or entry.time >= walk.entries[-1].time


def _classify(
    rows: Sequence[StoredEntry], seq: int, signed: int, frontier: Frontier, root: bytes | None
) -> Fault:
    """What happened at `seq`: the rightful row comes later, is gone, or was changed in place."""
    later = root is not None and any(
        frontier.root_with(leaf_hash(row.body)) == root for row in rows[seq + 1 :]
    )
    if later:
        return Fault.INSERTED if len(rows) > signed else Fault.REORDERED
    return Fault.REMOVED if len(rows) < signed else Fault.ALTERED
