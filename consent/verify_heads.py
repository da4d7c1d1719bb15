"""Checks the signatures of tree heads with both SM2 verifiers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from consent import signing, verify_second
from consent.entry import TreeHead, parse_head
from consent.ledger_port import StoredHead
from consent.verify_chain import Fault, Finding
from station.errors import LedgerError

Progress = Callable[[int, int], None]
"""(heads done, heads in all)."""


@dataclass(slots=True)
class CheckedHeads:
    """Heads whose signature stands, by size."""

    good: dict[int, TreeHead] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    second_opinions: int = 0


def check_heads(
    heads: Sequence[StoredHead],
    public_key: bytes,
    second_opinions: int,
    progress: Progress | None = None,
) -> CheckedHeads:
    """Verify every head with the first verifier, and `second_opinions` of them with the second.

    The second verifier manages about 55 signatures a second; it takes the last head, which vouches
    for all before it, and others evenly spread.
    """
    checked, chosen, origin = CheckedHeads(), _spread(len(heads), second_opinions), ""
    for index, stored in enumerate(heads):
        seq = max(0, stored.size - 1)
        head, agree = check_head(stored, public_key, index in chosen)
        checked.second_opinions += index in chosen
        origin = origin or (head.origin if head else "")
        if not agree:
            checked.findings.append(Finding(Fault.VERIFIERS_DISAGREE, seq))
        if head is None or head.origin != origin or _contradicts(head, checked):
            checked.findings.append(Finding(Fault.HEAD_FORGED, seq))
        else:
            checked.good[head.size] = head
        if progress is not None:
            progress(index + 1, len(heads))
    return checked


def check_head(
    stored: StoredHead, public_key: bytes, ask_second: bool = True
) -> tuple[TreeHead | None, bool]:
    """(the head if its signature stands, whether the verifiers agree)."""
    first = signing.verify(public_key, stored.body, stored.signature)
    agree = not ask_second or first == verify_second.verify(
        public_key, stored.body, stored.signature
    )
    if not first:
        return None, agree
    try:
        head = parse_head(stored.body)
    except LedgerError:
        return None, agree
    known = head.size == stored.size and head.key_id == signing.key_id(public_key)
    return (head if known and agree else None), agree


def _contradicts(head: TreeHead, checked: CheckedHeads) -> bool:
    """Is there another head of this size, with another root?"""
    other = checked.good.get(head.size)
    return head.size == 0 or (other is not None and other.root != head.root)


def _spread(count: int, wanted: int) -> frozenset[int]:
    """At most `wanted` indices below `count`: the last one and others evenly spread."""
    wanted = min(wanted, count)
    return frozenset(count - 1 - (step * count) // wanted for step in range(wanted))
