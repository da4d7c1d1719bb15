"""Verifies a ledger, alone: `python -m consent.verify EXPORT.json [--last-head HEAD.json]`.

Checked are: entry chain, seq without gaps, the root under every signed head (all heads are roots
of prefixes of one list of entries, so they are consistent with each other), the signatures with
two independent SM2 verifiers, the auditor's last head, one completion for every intent, and zero
remainders of erasures. The first bad entry is named.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from consent.canonical import Json
from consent.digest import from_text, sm3
from consent.entry import Entry, TreeHead
from consent.export import Consistency, LedgerExport, from_json, head_from_json
from consent.kinds import ERASING, CompletionResult, Kind, Phase
from consent.ledger_port import StoredEntry, StoredHead
from consent.merkle import verify_consistency
from consent.signing import key_id
from consent.verify_chain import Fault, Finding, Walk, walk_chain
from consent.verify_heads import Progress, check_head, check_heads
from station.errors import LedgerError

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
    key_held: bool
    """Did the public key come from elsewhere than the export?"""
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
        key_held=True,
        open_intents=open_intents,
        findings=_in_order(findings),
    )


def verify_export(
    export: LedgerExport,
    public_key: bytes | None = None,
    last_head: StoredHead | None = None,
    second_opinions: int = SECOND_OPINIONS,
) -> LedgerReport:
    """Verify an export; without `public_key` its own key is used, which proves less."""
    key = export.public_key if public_key is None else public_key
    report = verify_rows(
        export.entries, export.heads, key, last_head=last_head, second_opinions=second_opinions
    )
    # A last head that was kept stands only under the station's own key.
    report = replace(report, key_held=public_key is not None or last_head is not None)
    if export.consistency is None or _proof_stands(export, export.consistency, key):
        return report
    wrong = Finding(Fault.PROOF_WRONG, max(0, export.consistency.first - 1))
    return replace(report, findings=_in_order([*report.findings, wrong]))


def _proof_stands(export: LedgerExport, proof: Consistency, public_key: bytes) -> bool:
    roots = {}
    for stored in export.heads:
        if stored.size in (proof.first, proof.second):
            head, _agree = check_head(stored, public_key, ask_second=False)
            if head is not None:
                roots[head.size] = head.root
    if proof.first not in roots or proof.second not in roots:
        return False
    first, second = roots[proof.first], roots[proof.second]
    return verify_consistency(proof.first, proof.second, proof.path, first, second)


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


def main(arguments: Sequence[str] | None = None) -> int:
    """The auditor's program. Exit code 0: verified; 1: something was found; 2: wrong use."""
    # The texts are needed here only, so that the checks above stand without them.
    from consent.verify_text import report_json, report_lines

    parser = argparse.ArgumentParser(
        prog="python -m consent.verify",
        description="Verify a ledger export and name the first bad entry.",
        epilog="example: python -m consent.verify ledger.json --last-head head.json --lang en",
    )
    parser.add_argument("export", type=Path, help="the export, JSON")
    parser.add_argument("--last-head", type=Path, help="the tree head kept from the last audit")
    parser.add_argument("--public-key", help="the station's key, base64url, from a trusted place")
    parser.add_argument("--all-heads", action="store_true", help="second verifier on every head")
    parser.add_argument("--lang", choices=("zh_CN", "en"), default="en")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    options = parser.parse_args(arguments)
    try:
        export = from_json(options.export.read_text("utf-8"))
        last = options.last_head and head_from_json(options.last_head.read_text("utf-8"))
        key = from_text(options.public_key) if options.public_key else None
    except (OSError, ValueError, LedgerError) as error:
        sys.stderr.write(f"not readable: {type(error).__name__}\n")
        return 2
    depth = len(export.heads) if options.all_heads else SECOND_OPINIONS
    report = verify_export(export, key, last, depth)
    text = report_json(report) if options.json else "\n".join(report_lines(report, options.lang))
    sys.stdout.write(text + "\n")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
