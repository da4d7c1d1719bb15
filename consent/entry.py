"""One ledger entry and one tree head: their canonical form, both ways (crypto.md 6.1).

Reading is strict, because the auditor's program reads what an attacker may have written.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from consent.canonical import Json, decode_object, encode
from consent.digest import DIGEST_BYTES, from_text, to_text
from consent.kinds import Kind, Phase
from station.errors import ErrorCode, LedgerError, StationBug

_FULL_ID_NUMBER = re.compile(r"\d{17}[\dXx]")
# Random ids and digests in hexadecimal can hold eighteen digits in a row by chance.
_HEX_TOKEN = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-f]{64}|[0-9a-f]{32})(?![0-9A-Za-z])")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_ENTRY_KEYS = {"seq", "time", "op", "phase", "kind", "payload", "prev_hash"}
_ENTRY_FLAGS = {"demo", "clock_back"}
_HEAD_KEYS = {"origin", "size", "root", "time", "key_id"}
_HEAD_EXTRAS = {"last"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `prev_hash` is SM3 of the entry before (of nothing, for the first)."""

    seq: int
    time: str
    op: str
    """Id shared by an INTENT and its COMPLETION; empty for a SINGLE."""
    phase: Phase
    kind: Kind
    payload: Mapping[str, Json]
    prev_hash: bytes
    demo: bool = False
    clock_back: bool = False
    """The clock read less than the entry before; `time` repeats that entry's time."""

    def to_bytes(self) -> bytes:
        """Canonical bytes, as hashed and stored."""
        document: dict[str, Json] = {
            "seq": self.seq,
            "time": self.time,
            "op": self.op,
            "phase": self.phase.value,
            "kind": self.kind.value,
            "payload": self.payload,
            "prev_hash": to_text(self.prev_hash),
        }
        if self.demo:
            document["demo"] = True
        if self.clock_back:
            document["clock_back"] = True
        return encode(document)


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What the station signs: the root of the first `size` entries."""

    origin: str
    size: int
    root: bytes
    time: str
    key_id: str
    last: bytes = b""
    """SM3 of the newest entry, the tip of the chain: it proves that entry without any path.

    Empty in the heads of early ledgers, which had none."""

    def to_bytes(self) -> bytes:
        """Canonical bytes, as signed."""
        document: dict[str, Json] = {
            "origin": self.origin,
            "size": self.size,
            "root": to_text(self.root),
            "time": self.time,
            "key_id": self.key_id,
        }
        if self.last:
            document["last"] = to_text(self.last)
        return encode(document)


def parse_entry(body: bytes) -> Entry:
    """Read an entry. Raises `LedgerError(LEDGER_BROKEN)` for anything out of form."""
    document = decode_object(body)
    flags = document.keys() - _ENTRY_KEYS
    if not document.keys() >= _ENTRY_KEYS or not flags <= _ENTRY_FLAGS:
        raise LedgerError(ErrorCode.LEDGER_BROKEN)
    payload = document["payload"]
    if not isinstance(payload, dict) or any(document[flag] is not True for flag in flags):
        raise LedgerError(ErrorCode.LEDGER_BROKEN)
    try:
        return Entry(
            seq=_natural(document["seq"]),
            time=_time(document["time"]),
            op=_string(document["op"]),
            phase=Phase(_string(document["phase"])),
            kind=Kind(_string(document["kind"])),
            payload=payload,
            prev_hash=_digest(document["prev_hash"]),
            demo="demo" in flags,
            clock_back="clock_back" in flags,
        )
    except ValueError as error:
        raise LedgerError(ErrorCode.LEDGER_BROKEN) from error


def parse_head(body: bytes) -> TreeHead:
    """Read a tree head. Raises `LedgerError(LEDGER_BROKEN)` for anything out of form."""
    document = decode_object(body)
    if document.keys() - _HEAD_EXTRAS != _HEAD_KEYS:
        raise LedgerError(ErrorCode.LEDGER_BROKEN)
    try:
        return TreeHead(
            origin=_string(document["origin"]),
            size=_natural(document["size"]),
            root=_digest(document["root"]),
            time=_time(document["time"]),
            key_id=_string(document["key_id"]),
            last=_digest(document["last"]) if "last" in document else b"",
        )
    except ValueError as error:
        raise LedgerError(ErrorCode.LEDGER_BROKEN) from error


def time_text(moment: datetime) -> str:
    """ISO 8601 UTC with milliseconds; these texts sort as the times do."""
    if moment.tzinfo is None:
        raise StationBug("ledger times carry a time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_of(text: str) -> datetime:
    """Inverse of `time_text`."""
    return datetime.fromisoformat(text)


def check_payload(value: Json) -> None:
    """Refuse what may never enter the ledger. Raises `StationBug`.

    Refused: bytes and other types without a canonical form (an image, a template), and every text
    with eighteen characters in the shape of a resident identity number (GB 11643).
    """
    if isinstance(value, str):
        if _FULL_ID_NUMBER.search(_HEX_TOKEN.sub("", value)):
            raise StationBug("a ledger payload may not hold a full identity number")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            check_payload(key)
            check_payload(item)
    elif isinstance(value, bytes | bytearray | memoryview):
        raise StationBug("a ledger payload may not hold bytes")
    elif isinstance(value, Sequence):
        for item in value:
            check_payload(item)
    elif not isinstance(value, int):
        raise StationBug(f"a ledger payload may not hold {type(value).__name__}")
    elif _FULL_ID_NUMBER.search(str(value)):
        raise StationBug("a ledger payload may not hold a full identity number")


def _string(value: Json) -> str:
    if not isinstance(value, str):
        raise ValueError("not a string")
    return value


def _natural(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("not a natural number")
    return value


def _time(value: Json) -> str:
    text = _string(value)
    if not _TIME.fullmatch(text):
        raise ValueError("not a time")
    time_of(text)
    return text


def _digest(value: Json) -> bytes:
    data = from_text(_string(value))
    if len(data) != DIGEST_BYTES:
        raise ValueError("not a digest")
    return data
