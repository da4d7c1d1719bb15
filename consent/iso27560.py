"""Consent records as an auditor takes them away: ISO/IEC TS 27560:2023 field names, as JSON lines.

Each record is the sealed evidence of one answer, opened and held against the commitment in its
ledger entry; withdrawal and erasure become later events of the same record, never an overwrite
(X-25). Names and numbers of people appear only masked, unless two people agreed otherwise (K-3);
those of minors always do, for their records take an approval of their own (X-7).
The field list was read through the W3C DPV guide, not in the standard itself.
"""

import json
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from consent.canonical import Json, encode
from consent.digest import commitment, to_text
from consent.kinds import Kind, Phase
from consent.record import Evidence
from consent.search import Row, Rows, row_of
from station.errors import ErrorCode, LedgerError, StorageError

OPENED, KEY_DESTROYED, ALTERED = "opened", "key_destroyed", "altered"
_CONSENTS = frozenset(
    kind.value for kind in (Kind.CONSENT_GIVEN, Kind.CONSENT_REFUSED, Kind.CONSENT_OTHER_ROUTE)
)
_ENDS = {
    Kind.WITHDRAW.value: "withdrawn",
    Kind.ERASE.value: "terminated",
    Kind.EXPIRE.value: "expired",
}
_KEEPS = frozenset(
    kind.value for kind in (Kind.ENROL, Kind.UPDATE, Kind.KEEP_IDENTITY, Kind.CORRECT)
)
"""Kinds whose intent may name the consents a person's records rest on."""
_CANONICAL: dict[str, Any] = {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": False}
_MOST_ENDS = 16
"""Later events of one person's records: template, portraits, everything."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody whose identity is still kept, by the commitment that ledger entries carry."""

    commitment: str
    name: str
    document_number: str
    minor: bool = True
    """Younger than 18, or nobody knows."""

    def __repr__(self) -> str:
        return "Principal(…)"


class ConsentSource(Protocol):
    """The stores, as far as consent records need them."""

    def evidence(self, seq: int, record_id: str) -> Evidence | None:
        """The opened evidence of an entry; None once its key is destroyed.

        Raises `StorageError(STORE_CORRUPT)` where it was altered.
        """
        ...

    def people(self) -> Iterator[Principal]:
        """Everybody whose identity is kept."""
        ...


class ConsentRecords:
    """Collects what shown entries say of consents, then gives the records. Used once."""

    def __init__(self, source: ConsentSource, *, masked: bool) -> None:
        self._source = source
        self._masked = masked
        self._people = {one.commitment: _shown(one, masked=masked) for one in source.people()}
        self._answers = array("q")
        self._holder: dict[str, str] = {}
        """Visit or record id → commitment of the person it led to."""
        self._ends: dict[str, list[tuple[str, str]]] = {}

    def take(self, row: Row) -> None:
        """Note one shown entry; entries come in order."""
        kind = row.kind
        if kind in _CONSENTS:
            self._answers.append(row.seq)
        elif kind in _KEEPS and row.phase == Phase.INTENT:
            self._take_keeping(row)
        elif kind in _ENDS and row.phase == Phase.INTENT:
            self._take_ending(row, _ENDS[kind])

    def lines(self, rows: Rows) -> Iterator[bytes]:
        """One canonical JSON per consent entry, each with its newline.

        Reads the entries once more: a million of them noted would take the memory instead.
        """
        wanted = iter(self._answers)
        seq = next(wanted, None)
        for stored in rows.entries(seq or 0):
            if seq is None:
                return
            if stored.seq == seq:
                line = json.dumps(self._line(row_of(stored)), **_CANONICAL)
                yield line.encode("utf-8") + b"\n"
                seq = next(wanted, None)

    def __len__(self) -> int:
        return len(self._answers)

    def _take_keeping(self, row: Row) -> None:
        holder = row.said("commitment")
        consents = row.payload.get("consents")
        for record_id in consents if isinstance(consents, list) else []:
            if isinstance(record_id, str):
                self._holder[record_id] = holder
        # A visitor's check names no record: there the visit leads to the person.
        if row.kind == Kind.KEEP_IDENTITY and row.said("visit"):
            self._holder[row.said("visit")] = holder

    def _take_ending(self, row: Row, state: str) -> None:
        commitments = row.payload.get("commitments")
        for one in commitments if isinstance(commitments, list) else []:
            if isinstance(one, str):
                ends = self._ends.setdefault(one, [])
                if len(ends) < _MOST_ENDS:
                    ends.append((row.time, state))

    def _line(self, row: Row) -> dict[str, Json]:
        seq, record_id = row.seq, row.said("record_id")
        holder = self._holder.get(record_id) or self._holder.get(row.said("visit_id"), "")
        try:
            found = self._source.evidence(seq, record_id)
        except (StorageError, LedgerError) as error:
            if error.code not in (ErrorCode.STORE_CORRUPT, ErrorCode.LEDGER_BROKEN):
                raise
            return _closed(seq, record_id, ALTERED)
        if found is None:
            return _closed(seq, record_id, KEY_DESTROYED)
        if to_text(found.commitment()) != row.said("commitment"):
            return _closed(seq, record_id, ALTERED)
        ledger: dict[str, Json] = {
            "seq": seq,
            "evidence": OPENED,
            "salt": to_text(found.salt),
        }
        if holder in self._people:
            ledger["principal"] = self._people[holder]
        return _record(found.body, ledger, self._ends.get(holder, []))


def body_of(line: Mapping[str, Json]) -> bytes:
    """The exact evidence a line was made from, as docs/audit-bundle.md says."""
    document = {key: value for key, value in line.items() if key not in ("ledger", "events")}
    events = line["events"]
    if not isinstance(events, list):
        raise LedgerError(ErrorCode.LEDGER_BROKEN)
    return encode({**document, "event": events[0]})


def commitment_of(line: Mapping[str, Json], salt: bytes) -> bytes:
    """What the entry of a line must say."""
    return commitment(salt, body_of(line))


def masked_name(name: str) -> str:
    """张* for a name, by its first character."""
    return name[:1] + "*" if name else ""


def masked_number(number: str) -> str:
    """310***********1234; all covered where hardly anything would stay so."""
    if len(number) < 11:
        return "*" * len(number)
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def _record(body: bytes, ledger: dict[str, Json], ends: list[tuple[str, str]]) -> dict[str, Json]:
    # Read strictly already, when the evidence was opened.
    document = json.loads(body)
    event = document.pop("event", {})
    entity = event.get("entity_id", "") if isinstance(event, Mapping) else ""
    events: list[Json] = [event]
    for time, state in ends:
        events.append(
            {"event_time": time, "event_state": state, "event_type": "explicit"}
            | {"entity_id": entity}
        )
    return {**document, "events": events, "ledger": ledger}


def _closed(seq: int, record_id: str, why: str) -> dict[str, Json]:
    return {"record_id": record_id, "ledger": {"seq": seq, "evidence": why}}


def _shown(one: Principal, *, masked: bool) -> dict[str, Json]:
    if masked or one.minor:
        number = masked_number(one.document_number)
        return {"name": masked_name(one.name), "document_number": number}
    return {"name": one.name, "document_number": one.document_number}
