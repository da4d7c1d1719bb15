"""The auditor's desk: search the ledger, follow it, take a bundle away. Asked for through the gate.

Reading is itself in the ledger, and an export before its first byte is written (AU-1): what could
not be recorded is not read.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from consent.bundle import (
    BundleOrder,
    BundleSource,
    Progress,
    Summarise,
    Unmasked,
    Written,
    write_bundle,
)
from consent.canonical import Json, encode
from consent.digest import sm3, to_text
from consent.entry import time_of, time_text
from consent.kinds import Kind
from consent.ledger import Ledger
from consent.ledger_port import LedgerStore, StoredHead
from consent.search import Row, Selection, follow, references_of, search
from station.access import Act
from station.config import ROOT
from station.errors import AccessError, ConfigError, ErrorCode, LedgerError, StationBug
from station.gate import MOST_REASON, Permit, check_text

VERIFIER_FILE = ROOT / "resources" / "verify" / "verify_bundle.py"
MOST_LINES = 1000
"""Entries of one page of a search."""
MOST_NAMES = 64
"""Longest user name, and most of them in one search."""
_ACTOR = re.compile(r"[a-z][a-z0-9._-]{1,31}")
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{43}")


class _ToldSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    start: str = msgspec.field(name="from", default="")
    end: str = msgspec.field(name="to", default="")
    kinds: tuple[Kind, ...] = ()
    actors: tuple[str, ...] = ()
    person: Annotated[tuple[str, ...], Meta(max_length=1)] = ()
    text: Annotated[int, Meta(ge=0, le=MOST_REASON)] = 0
    all: bool = False


class _Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    selection: _ToldSelection
    live: bool = False


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What is to be exported.

    Raises `AccessError(FILTER_UNUSABLE)` for one by free words: request and manifest would keep
    them in clear, and they may be somebody's name.
    """

    wanted: Selection
    last_head: StoredHead | None = None
    masked: bool = True

    def __post_init__(self) -> None:
        if self.wanted.text:
            raise AccessError(ErrorCode.FILTER_UNUSABLE)

    def document(self) -> dict[str, Json]:
        """What a request for a second person is about; of a person the first reference says all."""
        wanted = replace(self.wanted, person=self.wanted.person[:1])
        return {"selection": wanted.as_json(), "masked": self.masked}

    def about(self) -> str:
        """Digest of `document`: the second person agrees to exactly this."""
        return to_text(sm3(encode(self.document())))


class AuditDesk:
    """Search, live view and export of one ledger. Safe from any thread of the desk."""

    def __init__(
        self,
        ledger: Ledger,
        source: BundleSource,
        summarise: Summarise,
        now: Callable[[], datetime],
    ) -> None:
        """`summarise` draws summary.pdf: screens and paper are none of this room's business."""
        self._ledger = ledger
        self._source = source
        self._summarise = summarise
        self._now = now
        self._last: tuple[Permit, Selection] | None = None
        """The search noted last: what its further pages are told by."""

    def search(
        self, permit: Permit, wanted: Selection, below: int | None = None, limit: int = 100
    ) -> tuple[Row, ...]:
        """One page of what is wanted, the newest first; the next one is below its last entry.

        Raises `AccessError` as `check_selection` does.
        """
        return tuple(islice(self.found(permit, wanted, below), min(limit, MOST_LINES)))

    def found(self, permit: Permit, wanted: Selection, below: int | None = None) -> Iterator[Row]:
        """Everything that is wanted, the newest first, as it is read; otherwise as `search`."""
        found = read_ledger(permit, self._source.rows, wanted, below)
        # Wherever it begins: only the further pages of one search are no new one.
        if below is None or self._last is None or not _same(self._last, permit, wanted):
            self._note_reading(permit, wanted, live=False)
            self._last = permit, wanted
        return found

    def watch(self, permit: Permit, wanted: Selection, wait: Callable[[], bool]) -> Iterator[Row]:
        """Entries as they are written from now on, until `wait` returns False."""
        permit.for_act(Act.AUDIT_READ)
        check_selection(wanted)
        self._note_reading(permit, wanted, live=True)
        return watch_ledger(permit, self._source.rows, wanted, wait)

    def references(self, reference: str) -> tuple[str, ...]:
        """`Selection.person` of the person with this reference; reads the whole ledger once."""
        return references_of(self._source.rows, reference)

    def export(
        self,
        permit: Permit,
        path: Path,
        order: ExportOrder,
        *,
        unmask: Permit | None = None,
        progress: Progress = lambda _done, _all: None,
    ) -> Written:
        """Write a bundle into the new folder `path`.

        Both permits are about `order.about()`; `unmask` is needed unless the order is masked.
        Raises as `consent.bundle.write_bundle`, and `AccessError(TEXT_UNUSABLE)`.
        """
        permit.for_act(Act.AUDIT_EXPORT)
        if order.masked != (unmask is None):
            raise StationBug("unmasking is granted by itself")
        for one in (permit, unmask):
            if one is not None and (one.about != order.about() or one.user != permit.user):
                raise StationBug("granted for another export")
        check_selection(order.wanted)
        verifier = _verifier()
        self._note_export(permit, order, unmask)
        return write_bundle(
            path,
            self._source,
            BundleOrder(
                order.wanted,
                time_text(self._now()),
                order.last_head,
                None if unmask is None else _unmasked(unmask),
            ),
            verifier=verifier,
            summarise=self._summarise,
            progress=progress,
        )

    def _note_reading(self, permit: Permit, wanted: Selection, *, live: bool) -> None:
        noted = {**permit.actor(), **reading_noted(wanted, live=live)}
        self._ledger.record(Kind.AUDIT_READ, noted)

    def _note_export(self, permit: Permit, order: ExportOrder, unmask: Permit | None) -> None:
        payload: dict[str, Json] = {
            **permit.actor(),
            "selection": _noted(order.wanted),
            "masked": order.masked,
            "about": order.about(),
        }
        if unmask is not None:
            unmask.for_act(Act.AUDIT_UNMASK)
            payload["unmask"] = unmask.actor()
        self._ledger.record(Kind.AUDIT_EXPORT, payload)


def read_ledger(
    permit: Permit, rows: LedgerStore, wanted: Selection, below: int | None = None
) -> Iterator[Row]:
    """As `AuditDesk.found`, where another process writes the ledger: it has noted the permit."""
    permit.for_act(Act.AUDIT_READ)
    check_selection(wanted)
    return search(rows, wanted, below)


def watch_ledger(
    permit: Permit, rows: LedgerStore, wanted: Selection, wait: Callable[[], bool]
) -> Iterator[Row]:
    """As `AuditDesk.watch`, where another process writes the ledger."""
    permit.for_act(Act.AUDIT_READ)
    check_selection(wanted)
    return follow(rows, wanted, rows.size(), wait)


def check_selection(wanted: Selection) -> None:
    """Refuse what nobody should look for.

    Raises `AccessError`: TEXT_UNUSABLE, FILTER_UNUSABLE for what is no user name or reference.
    """
    names = (*wanted.actors, *wanted.person)
    if len(wanted.actors) > MOST_NAMES or "\n" in "".join((*names, wanted.text)):
        raise AccessError(ErrorCode.TEXT_UNUSABLE)
    for name in names:
        check_text(name, MOST_NAMES)
    # What is looked for stands in the ledger: user names and blind references, nobody's own.
    strange = any(not _ACTOR.fullmatch(name) for name in wanted.actors)
    if strange or not all(_REFERENCE.fullmatch(one) for one in wanted.person[:1]):
        raise AccessError(ErrorCode.FILTER_UNUSABLE)
    check_text(wanted.text, MOST_REASON)


def reading_noted(wanted: Selection, *, live: bool = False) -> dict[str, Json]:
    """What the ledger says of a reading beside who reads; nothing in it names a person."""
    found: dict[str, Json] = {"selection": _noted(wanted)}
    return found | ({"live": True} if live else {})


def reading_told(document: object, about: str) -> dict[str, Json]:
    """`reading_noted` as another process tells it, for a permit `about`; anything may be in it.

    Raises `AccessError(FILTER_UNUSABLE)` for what `reading_noted` never makes, or makes of another
    reading than `about`.
    """
    try:
        told = msgspec.convert(document, _Told)
        asked = told.selection
        wanted = Selection(
            asked.start, asked.end, asked.kinds, asked.actors, asked.person, "?" * asked.text
        )
        check_selection(wanted)
        for moment in filter(None, (asked.start, asked.end)):
            time_of(moment)
    except (msgspec.ValidationError, ValueError, RecursionError, LedgerError) as error:
        raise AccessError(ErrorCode.FILTER_UNUSABLE) from error
    if reading_about(wanted) != about:
        raise AccessError(ErrorCode.FILTER_UNUSABLE)
    return reading_noted(wanted, live=told.live)


def reading_about(wanted: Selection) -> str:
    """What a permit to look is about: like the note of it, it gives no text that is looked for to
    whoever tries names against the digest."""
    return to_text(sm3(encode(_noted(wanted))))


def _same(last: tuple[Permit, Selection], permit: Permit, wanted: Selection) -> bool:
    return last[0] is permit and last[1] == wanted


def _noted(wanted: Selection) -> dict[str, Json]:
    """A selection as the ledger keeps it: of a person's references the first says it all, of a text
    its length, since somebody may look for a name."""
    noted = replace(wanted, person=wanted.person[:1]).as_json()
    return noted | ({"text": len(wanted.text)} if wanted.text else {})


def _unmasked(permit: Permit) -> Unmasked:
    return Unmasked(permit.user, permit.second, " ".join(permit.reason.split()))


def _verifier() -> bytes:
    try:
        return VERIFIER_FILE.read_bytes()
    except OSError as error:
        raise ConfigError(ErrorCode.CONFIG_INVALID) from error
