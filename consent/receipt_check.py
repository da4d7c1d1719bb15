"""Checks a visit receipt with both verifiers, and against the ledger's rows where they are at hand.

The first verifier is GmSSL behind `consent.receipt_code`, the second `consent.verify_receipt`,
which shares no code with it. A difference between them is itself a fault.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from consent import verify_receipt
from consent.canonical import Json
from consent.entry import parse_entry, parse_head
from consent.kinds import Kind
from consent.ledger_port import ProvedEntry, StoredEntry
from consent.merkle import Frontier, leaf_hash
from consent.receipt_code import open_receipt
from consent.visit_receipt import VisitReceipt, read_receipt
from station.errors import LedgerError


class ReceiptFault(StrEnum):
    """Why a receipt does not stand."""

    REFUSED = "REFUSED"
    VERIFIERS_DISAGREE = "VERIFIERS_DISAGREE"
    PATH_WRONG = "PATH_WRONG"
    NOT_IN_LEDGER = "NOT_IN_LEDGER"
    ROOT_WRONG = "ROOT_WRONG"
    ENTRIES_DIFFER = "ENTRIES_DIFFER"


class Checked(StrEnum):
    """What was checked and found right, or must be said with it."""

    SIGNATURE = "SIGNATURE"
    PATH = "PATH"
    LEDGER = "LEDGER"
    OWN_KEY = "OWN_KEY"


@dataclass(frozen=True, slots=True)
class ReceiptCheck:
    """What a check found. `proved` is None unless the signature stands."""

    proved: ProvedEntry | None
    checked: tuple[Checked, ...]
    faults: tuple[ReceiptFault, ...]

    @property
    def ok(self) -> bool:
        """True when nothing speaks against the receipt."""
        return not self.faults


def check_receipt(
    text: str, public_key: bytes, path: str = "", rows: Iterable[StoredEntry] | None = None
) -> ReceiptCheck:
    """Check the text of a receipt; `path` is the text of page two, `rows` a ledger from its start.

    `public_key` (64 bytes) should come from elsewhere than the receipt.
    """
    proved = _first(text, public_key)
    second = _second(text, public_key, "")
    if proved is None or second is None:
        both = proved is None and second is None
        fault = ReceiptFault.REFUSED if both else ReceiptFault.VERIFIERS_DISAGREE
        return ReceiptCheck(None, (), (fault,))
    if verify_receipt.canonical(second.entry) != proved.body:
        return ReceiptCheck(None, (), (ReceiptFault.VERIFIERS_DISAGREE,))
    checked, faults = [Checked.SIGNATURE], []
    if path:
        if _second(text, public_key, path) is None:
            faults.append(ReceiptFault.PATH_WRONG)
        else:
            checked.append(Checked.PATH)
    if rows is not None:
        found = _in_rows(proved, rows)
        if found is None:
            checked.append(Checked.LEDGER)
        else:
            faults.append(found)
    return ReceiptCheck(proved, tuple(checked), tuple(faults))


def _first(text: str, public_key: bytes) -> ProvedEntry | None:
    try:
        return open_receipt(text, public_key)
    except LedgerError:
        return None


def _second(text: str, public_key: bytes, path: str) -> verify_receipt.Checked | None:
    try:
        return verify_receipt.check(text, public_key, path)
    except verify_receipt.Refused:
        return None


def _in_rows(proved: ProvedEntry, rows: Iterable[StoredEntry]) -> ReceiptFault | None:
    """Hold the receipt against the ledger up to its own entry."""
    receipt = read_receipt(proved.body)
    frontier, told = Frontier(), dict[int, bytes]()
    for row in rows:
        place = frontier.size
        if place > proved.seq:
            break
        frontier.append(leaf_hash(row.body))
        if place in (receipt.outcome_seq, receipt.purge_seq, proved.seq):
            told[place] = row.body
    if told.get(proved.seq) != proved.body:
        return ReceiptFault.NOT_IN_LEDGER
    if frontier.root() != parse_head(proved.head.body).root:
        return ReceiptFault.ROOT_WRONG
    return None if _agree(receipt, told) else ReceiptFault.ENTRIES_DIFFER


def _agree(receipt: VisitReceipt, told: dict[int, bytes]) -> bool:
    """Do the entries of outcome and purge belong to one visit and say what the receipt says?"""
    try:
        outcome = parse_entry(told[receipt.outcome_seq])
        purge = parse_entry(told[receipt.purge_seq])
    except (LedgerError, KeyError):
        return False
    wanted: dict[str, Json] = {"reaped": True, "ring_zeroed": True}
    return (
        outcome.kind is Kind.VISIT_OUTCOME
        and purge.kind is Kind.PURGE
        and "visit" in outcome.payload
        and outcome.payload.get("visit") == purge.payload.get("visit")
        and outcome.payload.get("outcome") == receipt.outcome.value
        and all(purge.payload.get(key) is value for key, value in wanted.items())
    )
