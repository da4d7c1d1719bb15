"""The rows of a ledger as of one moment, and the signed head an auditor keeps between audits.

What an auditor takes away besides is a bundle (`consent.bundle`).
"""

import json
from time import sleep

from consent.canonical import MAX_BYTES, Json, encode
from consent.ledger_port import LedgerStore, StoredEntry, StoredHead
from station.errors import ErrorCode, LedgerError

_HEAD_ATTEMPTS, _HEAD_WAIT_S = 4, 0.05
_MOST_SIZE = 1 << 53


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


def head_to_json(head: StoredHead) -> bytes:
    """One head as `head.json` of a bundle holds it: canonical JSON, without a newline."""
    document: dict[str, Json] = {
        "size": head.size,
        "body": head.body.decode("utf-8", "replace"),
        "signature": head.signature.hex(),
    }
    return encode(document)


def head_from_json(text: str) -> StoredHead:
    """Read a head an auditor kept. Raises `LedgerError(LEDGER_BROKEN)`."""
    try:
        found = json.loads(text)
        if found.keys() != {"size", "body", "signature"} or type(found["size"]) is not int:
            raise ValueError("not a head")
        body = found["body"].encode("utf-8")
        if not 0 <= found["size"] <= _MOST_SIZE or len(body) > MAX_BYTES:
            raise ValueError("out of bounds")
        return StoredHead(found["size"], body, bytes.fromhex(found["signature"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LedgerError(ErrorCode.LEDGER_BROKEN, length=len(text)) from error
