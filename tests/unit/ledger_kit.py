"""A ledger of fifty entries, and what forgers make of one, for the tests of its verification."""

from dataclasses import replace
from functools import cache

from consent.canonical import Json
from consent.digest import sm3
from consent.entry import Entry, TreeHead, parse_entry, parse_head
from consent.kinds import CompletionResult, Kind, Phase
from consent.ledger import Ledger
from consent.ledger_port import StoredEntry, StoredHead
from consent.merkle import Frontier, leaf_hash
from consent.signing import HeadSigner
from consent.verify import LedgerReport, verify_rows
from consent.verify_chain import Finding, walk_chain
from tests.ledger_fakes import ORIGIN, new_ledger

Rows = list[StoredEntry]
ERASED: dict[str, Json] = {"identity": {"rows": 1, "remaining": 0, "wal_bytes": 0}}


@cache
def fifty() -> tuple[tuple[StoredEntry, ...], tuple[StoredHead, ...], HeadSigner]:
    """50 entries: visits with consent, an identity kept and erased, outcomes."""
    ledger, store, signer, _ = new_ledger()
    ledger.record(Kind.STATION_START, {"version": "0.1.0"})
    for visit in range(7):
        ledger.record(Kind.CONSENT_GIVEN, {"visit": visit})
        keep = ledger.intent(Kind.KEEP_IDENTITY, {"visit": visit})
        ledger.complete(keep, CompletionResult.DONE, {"identity": {"rows": 1}})
        ledger.record(Kind.VISIT_OUTCOME, {"visit": visit})
        erase = ledger.intent(Kind.ERASE, {"visit": visit})
        ledger.complete(erase, CompletionResult.DONE, ERASED)
        ledger.record(Kind.PURGE, {"visit": visit})
    assert len(store.rows) == 50
    return tuple(store.rows), tuple(store.head_rows), signer


@cache
def roots() -> dict[int, bytes]:
    return {stored.size: parse_head(stored.body).root for stored in fifty()[1]}


def renumbered(bodies: list[bytes]) -> Rows:
    """As a store shows them: row numbers without gaps."""
    return [StoredEntry(seq, body) for seq, body in enumerate(bodies)]


def rechained(entries: list[Entry]) -> Rows:
    """As a careful forger leaves them: seq and prev_hash made right again."""
    rows: Rows = []
    previous = sm3(b"")
    for seq, entry in enumerate(entries):
        body = replace(entry, seq=seq, prev_hash=previous).to_bytes()
        rows.append(StoredEntry(seq, body))
        previous = sm3(body)
    return rows


def bodies() -> list[bytes]:
    return [row.body for row in fifty()[0]]


def parsed() -> list[Entry]:
    return [parse_entry(body) for body in bodies()]


def first_of(rows: Rows) -> Finding:
    findings = walk_chain(rows, roots()).findings
    assert len(findings) == 1
    return findings[0]


def signed(signer: HeadSigner, head: TreeHead, size: int | None = None) -> StoredHead:
    body = head.to_bytes()
    return StoredHead(head.size if size is None else size, body, signer.sign(body))


def flow(*steps: tuple[Phase, str, Kind, dict[str, Json]]) -> LedgerReport:
    """A ledger of these entries, signed properly: only its content can be at fault."""
    signer = HeadSigner.generate()
    entries = [
        Entry(0, "2026-03-01T09:00:00.000Z", op, phase, kind, payload, b"")
        for phase, op, kind, payload in steps
    ]
    return verify_rows(*signed_rows(signer, rechained(entries)), signer.public_key)


def signed_rows(signer: HeadSigner, rows: Rows) -> tuple[Rows, list[StoredHead]]:
    frontier, heads = Frontier(), []
    for row in rows:
        frontier.append(leaf_hash(row.body))
        head = TreeHead(
            ORIGIN, frontier.size, frontier.root(), "2026-03-01T09:00:00.000Z", signer.key_id
        )
        heads.append(signed(signer, head))
    return rows, heads


INTENT, COMPLETION = Phase.INTENT, Phase.COMPLETION
DONE: Json = "DONE"


def fill(ledger: Ledger) -> None:
    """A single entry, an intent and its completion."""
    ledger.record(Kind.STATION_START, {"version": "0.1.0"})
    op = ledger.intent(Kind.KEEP_IDENTITY, {"stores": ["identity", "keys"]})
    ledger.complete(op, CompletionResult.DONE, {"identity": {"rows": 1}})
