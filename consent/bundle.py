"""Writes a bundle an auditor takes away and checks elsewhere; its format is docs/audit-bundle.md.

Everything streams: of a ledger of a million entries only the leaf hashes (32 MB) and what the
consent records need are in memory. Who may take a bundle, and that the ledger says so before it is
written, is the business of `station.audit_desk`.
"""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import TypeAlias

from consent.bundle_files import BundleFile, BundleFolder
from consent.bundle_text import COLUMNS, cells, readme
from consent.canonical import Json
from consent.entry import TreeHead, parse_head
from consent.export import head_to_json
from consent.figures import Figures
from consent.iso27560 import ConsentRecords, ConsentSource
from consent.ledger_port import LedgerStore, StoredHead
from consent.merkle import LeafHashes, consistency_proof, leaf_hash, pruned_nodes, tree_root
from consent.search import Row, Selection, position_at, row_of
from consent.signing import key_id, verify
from station.errors import ErrorCode, LedgerError

FORMAT = "station-audit-bundle/1"
MINORS = "masked"
"""What a manifest says of minors, also where adults are named in clear (X-7)."""
VERIFIER_NAME = "verify_bundle.py"
_SIGNATURE_BYTES = 73
_TELL_EVERY = 2048
_Maybe: TypeAlias = "Json | None"
Progress = Callable[[int, int], None]
"""(entries read, entries in all)."""


@dataclass(frozen=True, slots=True)
class BundleSource:
    """Where a bundle is taken from: rows, keys of its signature, and the consent evidence."""

    rows: LedgerStore
    public_key: bytes
    sign: Callable[[bytes], bytes]
    consents: ConsentSource


@dataclass(frozen=True, slots=True)
class Unmasked:
    """Who wanted people's names in clear, who agreed, and why."""

    by: str
    second: str
    reason: str


@dataclass(frozen=True, slots=True)
class BundleOrder:
    """What is to be written."""

    wanted: Selection
    made_at: str
    """Time of the export, as in entries."""
    last_head: StoredHead | None = None
    """What the auditor kept from the last audit."""
    unmasked: Unmasked | None = None
    zone: tzinfo | None = None
    """Days of the summary; None is the machine's."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the summary for people is drawn from."""

    figures: Figures
    head: TreeHead
    order: BundleOrder
    key_id: str
    root_stands: bool
    """Whether the entries give the root that was signed."""


Summarise = Callable[[Path, Summary], None]
"""Writes the summary (PDF) to a path."""


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle as written."""

    tree_size: int
    first: int
    last: int
    shown: int
    consents: int
    root_stands: bool


def write_bundle(
    path: Path,
    source: BundleSource,
    order: BundleOrder,
    *,
    verifier: bytes,
    summarise: Summarise,
    progress: Progress = lambda _done, _all: None,
) -> Written:
    """Write the new folder `path`, whole or not at all.

    `verifier` is the program that goes with it. Raises `LedgerError`: EXPORT_FAILED (the folder is
    there already, or cannot be written), LEDGER_BROKEN (no head, or none of this station's: that is
    for `audit verify` to say); `StorageError`.
    """
    stored = source.rows.newest_head()
    if stored is None or not verify(source.public_key, stored.body, stored.signature):
        raise LedgerError(ErrorCode.LEDGER_BROKEN, size=0)
    with BundleFolder(path) as folder:
        export = _Export(folder, source, order, parse_head(stored.body))
        export.write_entries(progress)
        folder.add("head.json", head_to_json(stored) + b"\n")
        folder.add(VERIFIER_NAME, verifier)
        folder.add("README.txt", readme(order.wanted.is_all).encode())
        consents = export.write_consents()
        root_stands = export.write_proofs()
        summary = Summary(
            export.figures, export.head, order, key_id(source.public_key), root_stands
        )
        summarise(folder.path / "summary.pdf", summary)
        folder.adopt("summary.pdf")
        manifest = export.manifest()
        folder.finish(manifest, source.sign(manifest))
    return Written(export.size, export.first, export.last, export.shown, consents, root_stands)


class _Export:
    """One export under way."""

    def __init__(
        self, folder: BundleFolder, source: BundleSource, order: BundleOrder, head: TreeHead
    ) -> None:
        self.head = head
        self.size = head.size
        self.shown = 0
        self.figures = Figures(order.zone)
        self._folder = folder
        self._source = source
        self._order = order
        self._leaves = LeafHashes()
        self._consents = ConsentRecords(source.consents, masked=order.unmasked is None)
        self.first, self.last = self._span()

    def write_entries(self, progress: Progress) -> None:
        """One pass over the ledger up to the head."""
        with self._folder.file("entries.jsonl") as lines, self._folder.file("entries.csv") as table:
            table.write(b"\xef\xbb\xbf")
            sheet = csv.writer(table.text())
            sheet.writerow(COLUMNS)
            may_match = self._order.wanted.sieve()
            edges = {self.first, self.last - 1}
            for stored in self._source.rows.entries():
                if stored.seq >= self.size:
                    break
                self._leaves.pad(stored.seq)
                self._leaves.append(leaf_hash(stored.body))
                inside = self.first <= stored.seq < self.last
                if inside and (stored.seq in edges or may_match(stored.body)):
                    row = row_of(stored)
                    if self._is_shown(row):
                        _write_line(lines, row)
                        sheet.writerow(cells(row))
                if stored.seq % _TELL_EVERY == 0:
                    progress(stored.seq, self.size)
        self._leaves.pad(self.size)
        progress(self.size, self.size)

    def write_consents(self) -> int:
        """The consent records of the shown entries; returns how many."""
        with self._folder.file("consents.jsonl") as file:
            for line in self._consents.lines(self._source.rows):
                file.write(line)
        return len(self._consents)

    def write_proofs(self) -> bool:
        """Leaf hashes of what is withheld, signatures of every size; whether the root stands."""
        if self._order.wanted.is_all:
            self._write_signatures()
        if self.shown < self.last - self.first:
            with self._folder.file("leaves.bin") as file:
                for leaf in self._leaves[self.first : self.last]:
                    file.write(leaf)
        return tree_root(self._leaves) == self.head.root

    def manifest(self) -> bytes:
        """What the bundle says of itself."""
        order = self._order
        document: dict[str, _Maybe] = {
            "format": FORMAT,
            "origin": self.head.origin,
            "public_key": self._source.public_key.hex(),
            "key_id": key_id(self._source.public_key),
            "made_at": order.made_at,
            "tree_size": self.size,
            "first": self.first,
            "last": self.last,
            "shown": self.shown,
            "selection": order.wanted.as_json(),
            "pruned": self._pruned(),
            "since": self._since(),
            "masked": order.unmasked is None,
            "files": self._folder.listed(),
        }
        if order.unmasked is not None:
            who = order.unmasked
            said: dict[str, Json] = {"by": who.by, "second": who.second, "reason": who.reason}
            document["unmasked"] = {**said, "minors": MINORS}
        return manifest_bytes(document)

    def _span(self) -> tuple[int, int]:
        """Positions covered: with a span of time, also the entries on either side of it."""
        wanted, rows = self._order.wanted, self._source.rows
        start = min(position_at(rows, wanted.start), self.size) if wanted.start else 0
        end = min(position_at(rows, wanted.end), self.size) if wanted.end else self.size
        return max(0, start - 1), min(self.size, max(start, end) + 1)

    def _is_shown(self, row: Row) -> bool:
        wanted = self._order.wanted
        matching = wanted.matches(row)
        if matching:
            self.figures.take(row)
            self._consents.take(row)
        beside = wanted.is_timed and not (
            wanted.start <= row.time and (not wanted.end or row.time < wanted.end)
        )
        self.shown += matching or beside
        return matching or beside

    def _pruned(self) -> list[Json]:
        return _written(pruned_nodes(self._leaves, self.first, self.last))

    def _since(self) -> _Maybe:
        """Nothing for the whole ledger, which has the root of every size, nor after a rollback."""
        kept = self._order.last_head
        if self._order.wanted.is_all or kept is None or not 0 < kept.size <= self.size:
            return None
        return {"size": kept.size, "path": _written(consistency_proof(self._leaves, kept.size))}

    def _write_signatures(self) -> None:
        with self._folder.file("signatures.bin") as file:
            written = 0
            for head in self._source.rows.heads():
                if head.size > self.size:
                    break
                file.write(bytes(_SIGNATURE_BYTES) * (head.size - 1 - written))
                # Heads of early ledgers lack a field: nobody could build them again from entries.
                known = b'"last":' in head.body and len(head.signature) < _SIGNATURE_BYTES
                signature = head.signature if known else b""
                file.write((bytes((len(signature),)) + signature).ljust(_SIGNATURE_BYTES, b"\x00"))
                written = head.size
            file.write(bytes(_SIGNATURE_BYTES) * (self.size - written))


def manifest_bytes(document: Mapping[str, _Maybe]) -> bytes:
    """Canonical JSON, with the one thing that entries never hold: null, where there is no proof."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def _written(nodes: Sequence[bytes]) -> list[Json]:
    return [f"sm3:{node.hex()}" for node in nodes]


def _write_line(file: BundleFile, row: Row) -> None:
    body = json.dumps(row.body.decode("utf-8", "replace"), ensure_ascii=False)
    file.write(f'{{"body":{body},"seq":{row.seq}}}\n'.encode())
