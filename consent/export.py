"""The export an auditor takes away: entries, signed heads, public key, a consistency proof.

Entry and head bodies are carried as the exact text that was hashed and signed. Sealed consent
evidence is not exported. Every length is bounded on reading.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from time import sleep

from consent.canonical import MAX_BYTES
from consent.digest import from_text, to_text
from consent.ledger_port import LedgerStore, StoredEntry, StoredHead
from consent.merkle import consistency_proof, leaf_hash
from station.errors import ErrorCode, LedgerError

FORMAT = "station-ledger-export/1"
MAX_ENTRIES = 5_000_000
_HEAD_ATTEMPTS, _HEAD_WAIT_S = 4, 0.05


@dataclass(frozen=True, slots=True)
class Consistency:
    """Proof that the tree of size `first` is a prefix of that of size `second`."""

    first: int
    second: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LedgerExport:
    """A ledger as taken away. Nothing in it is trusted before `consent.verify` has passed it."""

    public_key: bytes
    entries: tuple[StoredEntry, ...]
    heads: tuple[StoredHead, ...]
    consistency: Consistency | None = None


def take_export(store: LedgerStore, public_key: bytes, since: int = 1) -> LedgerExport:
    """Read the whole ledger; `since` is the size of the head the auditor already holds."""
    entries, heads = read_rows(store)
    consistency = None
    if 0 < since <= len(entries):
        path = consistency_proof([leaf_hash(entry.body) for entry in entries], since)
        consistency = Consistency(since, len(entries), tuple(path))
    return LedgerExport(public_key, entries, heads, consistency)


def read_rows(store: LedgerStore) -> tuple[tuple[StoredEntry, ...], tuple[StoredHead, ...]]:
    """Entries and heads as of one moment, though a station may be writing meanwhile.

    Heads are read before and after the entries: those before show a truncation, those after cover
    entries that came in between. An entry whose head is just being signed is waited for.
    """
    before = max((head.size for head in store.heads()), default=0)
    entries = tuple(store.entries())
    size = max(before, len(entries))
    heads: tuple[StoredHead, ...] = ()
    for _attempt in range(_HEAD_ATTEMPTS):
        heads = tuple(head for head in store.heads() if head.size <= size)
        if any(head.size == size for head in heads) or not entries:
            return entries, heads
        sleep(_HEAD_WAIT_S)
    return entries, heads


def to_json(export: LedgerExport) -> str:
    """The export as one JSON document."""
    proof = export.consistency
    document = {
        "format": FORMAT,
        "public_key": to_text(export.public_key),
        "entries": [
            {"seq": entry.seq, "body": entry.body.decode("utf-8", "replace")}
            for entry in export.entries
        ],
        "heads": [head_document(head) for head in export.heads],
        "consistency": None
        if proof is None
        else {
            "first": proof.first,
            "second": proof.second,
            "path": [to_text(node) for node in proof.path],
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def head_document(head: StoredHead) -> dict[str, object]:
    """One head as JSON; also the form of the last-head file an auditor keeps."""
    return {
        "size": head.size,
        "body": head.body.decode("utf-8", "replace"),
        "signature": to_text(head.signature),
    }


def from_json(text: str) -> LedgerExport:
    """Read an export. Raises `LedgerError(LEDGER_BROKEN)` when the text is not one."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise ValueError("another format")
        proof = document["consistency"]
        return LedgerExport(
            from_text(document["public_key"]),
            tuple(_entry(item) for item in _bounded(document["entries"])),
            tuple(_head(item) for item in _bounded(document["heads"])),
            None if proof is None else _consistency(proof),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LedgerError(ErrorCode.LEDGER_BROKEN, length=len(text)) from error


def head_from_json(text: str) -> StoredHead:
    """Read a last-head file. Raises `LedgerError(LEDGER_BROKEN)`."""
    try:
        return _head(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LedgerError(ErrorCode.LEDGER_BROKEN, length=len(text)) from error


def _bounded(items: object) -> Sequence[dict[str, object]]:
    if not isinstance(items, list) or len(items) > MAX_ENTRIES:
        raise ValueError("not a list of rows")
    return items


def _entry(item: dict[str, object]) -> StoredEntry:
    return StoredEntry(_number(item["seq"]), _body(item["body"]))


def _head(item: dict[str, object]) -> StoredHead:
    signature = item["signature"]
    if not isinstance(signature, str):
        raise ValueError("no signature")
    return StoredHead(_number(item["size"]), _body(item["body"]), from_text(signature))


def _consistency(item: dict[str, object]) -> Consistency:
    path = item["path"]
    if not isinstance(path, list) or len(path) > 128:
        raise ValueError("no proof")
    return Consistency(
        _number(item["first"]), _number(item["second"]), tuple(from_text(node) for node in path)
    )


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("not a natural number")
    return value


def _body(value: object) -> bytes:
    if not isinstance(value, str) or len(value) > MAX_BYTES:
        raise ValueError("no body")
    return value.encode("utf-8")
