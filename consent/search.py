"""Which entries of the ledger are wanted, found newest first, page by page, or as they come.

A selection means what docs/audit-bundle.md says it means: search, export and the auditor's verifier
agree on it. A person is given by the blind reference that entries carry (the salted commitment of
`storage.person`); whoever has the keys makes it from a claim, nobody can from a name.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from consent.canonical import Json, encode
from consent.kinds import Kind
from consent.ledger_port import StoredEntry

MOST_REFERENCES = 4096
"""Most references of one person: a visit a day over ten years."""

# Canonical keys are sorted: an entry begins with its kind and ends with its time.
_KIND = re.compile(rb'\{(?:"clock_back":true,)?(?:"demo":true,)?"kind":"([A-Z_]+)",')
# References and ids as they stand in an entry: none has a character that JSON writes otherwise.
_ID = re.compile(rb"[0-9A-Za-z_-]{1,64}")
_IDS = re.compile(rb'"([0-9A-Za-z_-]{1,64})"')
_JOINED = ("visit", "visit_id", "record_id", "consents")
"""Payload keys whose values are ids that other entries of the same person carry."""


class Rows(Protocol):
    """What a search needs of the ledger's store."""

    def entries(self, start: int = 0) -> Iterator[StoredEntry]:
        """All entries from `start` in order."""
        ...

    def newest_first(self, below: int | None = None) -> Iterator[StoredEntry]:
        """All entries with a smaller position than `below`, the newest first."""
        ...

    def size(self) -> int:
        """Number of entries."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as a search or an export sees it; what is out of form reads as empty."""

    seq: int
    body: bytes
    document: Mapping[str, Json]

    @property
    def time(self) -> str:
        """ISO 8601 UTC."""
        return self._text("time")

    @property
    def kind(self) -> str:
        """Name of a `Kind`, or of one that this release does not know."""
        return self._text("kind")

    @property
    def phase(self) -> str:
        """Name of a `Phase`."""
        return self._text("phase")

    @property
    def op(self) -> str:
        """Id of the operation, or empty."""
        return self._text("op")

    @property
    def payload(self) -> Mapping[str, Json]:
        """What the entry says."""
        found = self.document.get("payload")
        return found if isinstance(found, Mapping) else {}

    def said(self, key: str) -> str:
        """A text of the payload, or empty."""
        found = self.payload.get(key)
        return found if isinstance(found, str) else ""

    def _text(self, key: str) -> str:
        found = self.document.get(key)
        return found if isinstance(found, str) else ""


def row_of(stored: StoredEntry) -> Row:
    """Read an entry leniently: to look at it, not to prove it. Never raises."""
    try:
        document = json.loads(stored.body)
    except (ValueError, RecursionError):
        document = {}
    return Row(stored.seq, stored.body, document if isinstance(document, dict) else {})


@dataclass(frozen=True, slots=True)
class Selection:
    """What is looked for; what is empty does not restrict. All that is given must hold."""

    start: str = ""
    """Time as in entries, included."""
    end: str = ""
    """Time as in entries, not included."""
    kinds: tuple[Kind, ...] = ()
    actors: tuple[str, ...] = ()
    """User names: whoever did it, or agreed to it."""
    person: tuple[str, ...] = ()
    """Blind references: see `references_of`."""
    text: str = ""

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self == Selection()

    @property
    def is_timed(self) -> bool:
        """Whether it names a span of time."""
        return bool(self.start or self.end)

    @property
    def withholds(self) -> bool:
        """Whether entries within its span may be left out."""
        return bool(self.kinds or self.actors or self.person or self.text)

    def as_json(self) -> dict[str, Json]:
        """As in the manifest of a bundle."""
        found: dict[str, Json] = {
            "from": self.start,
            "to": self.end,
            "kinds": sorted(kind.value for kind in self.kinds),
            "actors": sorted(self.actors),
            "person": list(self.person),
            "text": self.text,
        }
        return {key: value for key, value in found.items() if value} or {"all": True}

    def matches(self, row: Row) -> bool:
        """Whether an entry is wanted."""
        return (
            (not self.start or self.start <= row.time)
            and (not self.end or row.time < self.end)
            and (not self.kinds or row.kind in self.kinds)
            and (not self.actors or bool({row.said("actor"), row.said("second")} & {*self.actors}))
            and (not self.person or _mentions(row, _as_set(self.person)))
            and (not self.text or self.text.casefold() in _words(row.body))
        )

    def sieve(self) -> Callable[[bytes], bool]:
        """A quick look at an entry's bytes; False: `matches` would say no as well."""
        kinds = {kind.value.encode() for kind in self.kinds}
        names = [encode(name) for name in self.actors]
        known = {reference.encode("utf-8", "replace") for reference in self.person}
        # What is no id in form stands in no entry of the station; `matches` says so.
        ids_only = all(_ID.fullmatch(reference) for reference in known)
        text = self.text.casefold()

        def may_match(body: bytes) -> bool:
            if kinds:
                found = _KIND.match(body)
                if found is not None and found[1] not in kinds:
                    return False
            if names and not any(name in body for name in names):
                return False
            if known and ids_only and known.isdisjoint(_IDS.findall(body)):
                return False
            return not text or text in _words(body)

        return may_match


def search(rows: Rows, wanted: Selection, below: int | None = None) -> Iterator[Row]:
    """Entries that are wanted, the newest first, from below a position (None: from the newest).

    Streams: whoever has a page's worth stops reading, and goes on below the last one it took.
    """
    if wanted.end:
        ends = position_at(rows, wanted.end)
        below = ends if below is None else min(below, ends)
    may_match = wanted.sieve()
    first = position_at(rows, wanted.start) if wanted.start else 0
    for stored in rows.newest_first(below):
        if stored.seq < first:
            return
        if may_match(stored.body):
            row = row_of(stored)
            if wanted.matches(row):
                yield row


def follow(rows: Rows, wanted: Selection, after: int, wait: Callable[[], bool]) -> Iterator[Row]:
    """Entries from position `after` on as they are written; `wait` returns False to stop."""
    may_match = wanted.sieve()
    while True:
        for stored in rows.entries(after):
            after = stored.seq + 1
            if may_match(stored.body):
                row = row_of(stored)
                if wanted.matches(row):
                    yield row
        if not wait():
            return


def position_at(rows: Rows, time: str) -> int:
    """Position of the first entry that is not before `time`; times of a ledger never fall."""
    low, high = 0, rows.size()
    while low < high:
        middle = (low + high) // 2
        stored = next(rows.entries(middle), None)
        if stored is None or row_of(stored).time >= time:
            high = middle
        else:
            low = middle + 1
    return low


def references_of(rows: Rows, reference: str) -> tuple[str, ...]:
    """A person's reference and the ids of what it leads to: operations, visits, consent records.

    One pass from the newest entry: a visit's outcome names the person, and stands after the
    consents it began with.
    """
    known = {reference: None}
    quick = {reference.encode("utf-8", "replace")}
    for stored in rows.newest_first():
        if len(known) >= MOST_REFERENCES:
            break
        if quick.isdisjoint(_IDS.findall(stored.body)):
            continue
        row = row_of(stored)
        if _mentions(row, known):
            for found in _ids(row):
                known.setdefault(found)
                quick.add(found.encode())
    return tuple(known)[:MOST_REFERENCES]


def _ids(row: Row) -> Iterator[str]:
    """What else this entry is known by. A batch that names many people joins none of them."""
    named = [row.payload.get(key) for key in ("commitments", "persons")]
    if sum(len(one) for one in named if isinstance(one, list)) > 1:
        return
    if row.op:
        yield row.op
    for key in _JOINED:
        value = row.payload.get(key)
        for found in value if isinstance(value, list) else [value]:
            if isinstance(found, str) and _ID.fullmatch(found.encode("utf-8", "replace")):
                yield found


@lru_cache(maxsize=4)
def _as_set(references: tuple[str, ...]) -> frozenset[str]:
    return frozenset(references)


def _mentions(row: Row, references: "frozenset[str] | dict[str, None]") -> bool:
    return row.op in references or _holds(row.payload, references)


def _holds(value: Json, references: "frozenset[str] | dict[str, None]") -> bool:
    if isinstance(value, str):
        return value in references
    if isinstance(value, Mapping):
        return any(_holds(item, references) for item in value.values())
    if isinstance(value, list):
        return any(_holds(item, references) for item in value)
    return False


def _words(body: bytes) -> str:
    return body.decode("utf-8", "replace").casefold()
