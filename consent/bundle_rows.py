"""Reads the entries of a bundle of the whole ledger back, to hold a receipt against them.

What a bundle proves by itself is for the auditor's own program to say; here it only serves rows.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from consent.bundle_files import MANIFEST
from consent.canonical import MAX_BYTES
from consent.ledger_port import StoredEntry
from consent.sm2_encoding import PUBLIC_BYTES
from station.errors import ErrorCode, LedgerError

_MOST_MANIFEST_BYTES = 1 << 20
# Every character of a body may be written as an escape of six.
_MOST_LINE_BYTES = 6 * MAX_BYTES + 64


@dataclass(frozen=True, slots=True)
class TakenBundle:
    """A bundle of the whole ledger. Nothing in it is trusted."""

    folder: Path
    public_key: bytes

    def entries(self) -> Iterator[StoredEntry]:
        """Its entries in order. Raises `LedgerError(LEDGER_BROKEN)` at a line out of form."""
        try:
            with (self.folder / "entries.jsonl").open("rb") as file:
                while line := file.readline(_MOST_LINE_BYTES):
                    found = json.loads(line)
                    body = found["body"].encode("utf-8")
                    if type(found["seq"]) is not int or len(body) > MAX_BYTES:
                        raise ValueError("not an entry")
                    yield StoredEntry(found["seq"], body)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise LedgerError(ErrorCode.LEDGER_BROKEN) from error


def open_bundle(folder: Path) -> TakenBundle:
    """A bundle of the whole ledger. Raises `LedgerError(LEDGER_BROKEN)` for anything else."""
    try:
        with (folder / MANIFEST).open("rb") as file:
            manifest = json.loads(file.read(_MOST_MANIFEST_BYTES))
        key = bytes.fromhex(manifest["public_key"])
        if manifest["selection"] != {"all": True} or len(key) != PUBLIC_BYTES:
            raise ValueError("not the whole ledger")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise LedgerError(ErrorCode.LEDGER_BROKEN) from error
    return TakenBundle(folder, key)
