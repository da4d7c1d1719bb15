"""What was erased for a ticket, found again in the ledger: a receipt can be lost, the proof cannot.

A ticket whose person is gone names nobody any more; its entries in the ledger still lead to the
erasure, by the reference that they share. The receipt is then signed anew over the same entry.
"""

from collections.abc import Iterable

from consent.entry import Entry, parse_entry
from consent.kinds import Kind, Phase
from consent.ledger_port import StoredEntry
from station.deletion_receipt import erased_in
from station.ports import Erased
from station.tickets import Step

ERASING_STEPS = frozenset({Step.ERASED, Step.TEMPLATE_ERASED, Step.FACE_ERASED})
"""Steps of a ticket that an erasure follows."""
_KINDS = frozenset({Kind.ERASE, Kind.WITHDRAW})


def erased_for(rows: Iterable[StoredEntry], ticket: str) -> tuple[Erased, ...]:
    """The erasures that a ticket's steps began, the oldest first; `rows` are all of the ledger's.

    Each needs its own step: what the person withdrew elsewhere is not this ticket's. Raises
    `LedgerError(RECEIPT_INVALID)` for an entry that proves no erasure.
    """
    marker, reference, op = f'"ticket":"{ticket}"'.encode(), "", ""
    found = []
    for stored in rows:
        wanted = op or reference
        if marker not in stored.body and not (wanted and wanted.encode() in stored.body):
            continue
        entry = parse_entry(stored.body)
        said = entry.payload
        if entry.kind is Kind.TICKET and said.get("ticket") == ticket:
            if said.get("step") in ERASING_STEPS:
                reference, op = str(said.get("commitment", "")), ""
        elif reference and not op and _begins(entry, reference):
            op = entry.op
        elif op and entry.op == op and entry.phase is Phase.COMPLETION:
            found.append(erased_in(entry))
            reference, op = "", ""
    return tuple(found)


def _begins(entry: Entry, reference: str) -> bool:
    """Whether an entry announces the erasure of this one person, or of records of theirs."""
    named = [entry.payload.get(key) for key in ("commitments", "persons")]
    alone = [one for names in named if isinstance(names, list) for one in names] == [reference]
    return entry.kind in _KINDS and entry.phase is Phase.INTENT and alone
