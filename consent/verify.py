"""Verifies a ledger's rows on the station: `audit verify`. What left it has a program of its own.

Checked are: entry chain, seq without gaps, the root under every signed head (all heads are roots
of prefixes of one list of entries, so they are consistent with each other), the signatures with
two independent SM2 verifiers, the auditor's last head, one completion for every intent, and zero
remainders of erasures. The first bad entry is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consent.canonical import Json
from consent.digest import sm3
from consent.entry import Entry, TreeHead
from consent.kinds import ERASING, CompletionResult, Kind, Phase
from consent.ledger_port import StoredEntry, StoredHead
from consent.signing import key_id
from consent.verify_chain import Fault, Finding, Walk, walk_chain
from consent.verify_heads import Progress, check_head, check_heads

SECOND_OPINIONS = 64
"""Heads the slow second verifier looks at unless told otherwise: about a second's work."""

_FINISHED = (CompletionResult.DONE.value, CompletionResult.FINISHED_ON_START.value)


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """An intent without completion: no fault, but the auditor wants to know."""

    seq: int
    op: str
    kind: Kind
    time: str


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What the verification found."""

    origin: str
    key_id: str
    entries: int
    heads: int
    second_opinions: int
    root: bytes
    """Root of the entries that stand."""
    last_head_held: bool
    """Was an auditor's last head given to compare with?"""
    open_intents: tuple[OpenIntent, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True when nothing was found."""
        return not self.findings

    @property
    def first_bad(self) -> Finding | None:
        """The finding at the earliest entry; of several there, what was done to the entry."""
        return self.findings[0] if self.findings else None


def verify_rows(
    entries: Sequence[StoredEntry],
    heads: Sequence[StoredHead],
    public_key: bytes,
    *,
    last_head: StoredHead | None = None,
    second_opinions: int = SECOND_OPINIONS,
    progress: Progress | None = None,
) -> LedgerReport:
    """Verify a ledger's rows; `public_key` should come from elsewhere than the rows."""
    checked = check_heads(heads, public_key, second_opinions, progress)
    walk = walk_chain(entries, {size: head.root for size, head in checked.good.items()})
    findings = walk.findings + checked.findings + _check_tips(walk, entries, checked.good)
    if not entries and not heads:
        # Nothing was signed, so nothing is proved: a ledger wiped whole looks like this too.
        findings.append(Finding(Fault.HEAD_MISSING, 0))
    open_intents, flow = _check_flow(walk.entries)
    findings += flow
    if last_head is not None:
        findings += _check_last_head(walk, len(entries), last_head, public_key)
    origin = next((head.origin for head in checked.good.values()), "")
    return LedgerReport(
        origin=origin,
        key_id=key_id(public_key),
        entries=len(entries),
        heads=len(heads),
        second_opinions=checked.second_opinions,
        root=walk.roots[-1],
        last_head_held=last_head is not None,
        open_intents=open_intents,
        findings=_in_order(findings),
    )


def _in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    rank = {fault: index for index, fault in enumerate(Fault)}
    # A forged head is also a missing one; saying so once is enough.
    forged = {found.seq for found in findings if found.fault is Fault.HEAD_FORGED}
    kept = {f for f in findings if f.fault is not Fault.HEAD_MISSING or f.seq not in forged}
    return tuple(sorted(kept, key=lambda found: (found.seq, rank[found.fault])))


def _check_tips(
    walk: Walk, entries: Sequence[StoredEntry], heads: Mapping[int, TreeHead]
) -> list[Finding]:
    """A head names its newest entry twice, in the tree and by its digest: both must be that one."""
    return [
        Finding(Fault.HEAD_FORGED, size - 1)
        for size, head in heads.items()
        if head.last and size <= len(walk.entries) and sm3(entries[size - 1].body) != head.last
    ]


def _check_last_head(
    walk: Walk, count: int, last_head: StoredHead, public_key: bytes
) -> list[Finding]:
    head, agree = check_head(last_head, public_key)
    seq = max(0, last_head.size - 1)
    if head is None or not agree:
        return [Finding(Fault.HEAD_FORGED, seq)]
    if head.size > count:
        return [Finding(Fault.ROLLED_BACK, count)]
    if head.size < len(walk.roots) and walk.roots[head.size] != head.root:
        return [Finding(Fault.REWRITTEN, seq)]
    return []


def _check_flow(entries: Sequence[Entry]) -> tuple[tuple[OpenIntent, ...], list[Finding]]:
    """Every intent has at most one completion, every completion its intent (crypto.md 5.2)."""
    open_intents: dict[str, OpenIntent] = {}
    seen: set[str] = set()
    findings: list[Finding] = []
    for entry in entries:
        if entry.phase is Phase.INTENT:
            if entry.op in seen or not entry.op:
                findings.append(Finding(Fault.MALFORMED, entry.seq))
            seen.add(entry.op)
            open_intents[entry.op] = OpenIntent(entry.seq, entry.op, entry.kind, entry.time)
        elif entry.phase is Phase.COMPLETION:
            findings += _check_completion(entry, open_intents.pop(entry.op, None), seen)
    return tuple(open_intents.values()), findings


def _check_completion(entry: Entry, intent: OpenIntent | None, seen: set[str]) -> list[Finding]:
    if intent is None or intent.kind is not entry.kind:
        fault = Fault.COMPLETED_TWICE if entry.op in seen else Fault.NOT_INTENDED
        return [Finding(fault, entry.seq)]
    if entry.kind in ERASING:
        # An erasure is finished, never undone (crypto.md 5.3): any other end erased nothing.
        finished = entry.payload.get("result") in _FINISHED
        remainders = list(_remainders(entry.payload.get("counts", "")))
        said = any(key.endswith("remaining") for key, _ in remainders)
        if not finished or not said or any(value != 0 for _, value in remainders):
            return [Finding(Fault.REMAINDER, entry.seq)]
    return []


def _remainders(counts: Json) -> list[tuple[str, Json]]:
    """Every count of what is left: `…remaining` and `wal_bytes`, at any depth."""
    if not isinstance(counts, Mapping):
        return []
    found: list[tuple[str, Json]] = []
    for key, value in counts.items():
        if key.endswith("remaining") or key == "wal_bytes":
            found.append((key, value))
        found += _remainders(value)
    return found
