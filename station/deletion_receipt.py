"""What somebody takes away after an erasure: counts per store and no personal data, signed (SM2).

It names the erasure's operation, whose INTENT and COMPLETION stand in the ledger, and the signed
tree head it is under: an auditor finds both there. Nothing in it leads to the person.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from consent.canonical import Json, decode_object, encode
from consent.digest import from_text, to_text
from consent.entry import Entry, TreeHead, check_payload, time_of
from consent.kinds import ERASING, CompletionResult, Phase
from consent.signing import verify
from station.errors import ErrorCode, LedgerError, StationBug
from station.ports import Erased

FORM = "deletion-receipt/1"
MAX_BYTES = 8 * 1024
_KEYS = {"form", "station", "op", "time", "rows", "remaining", "wal_bytes", "head", "demo"}
_DONE = (CompletionResult.DONE.value, CompletionResult.FINISHED_ON_START.value)
Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class DeletionReceipt:
    """A deletion receipt as read back."""

    station: str
    op_id: str
    time: str
    """ISO 8601 UTC with milliseconds."""
    rows: Mapping[str, int]
    """Rows erased, by store."""
    head_size: int
    """Entries of the ledger when it was issued; the COMPLETION is among them."""
    head_root: bytes
    demo: bool


def make_deletion_receipt(erased: Erased, head: TreeHead, sign: Sign, *, demo: bool) -> bytes:
    """The receipt of an erasure that is complete, with its signature, as one canonical JSON.

    `head` is the newest signed head: the erasure's COMPLETION lies under it. Raises `StationBug`
    where something remained: a receipt must not say otherwise.
    """
    if erased.remaining or erased.wal_bytes:
        raise StationBug("a deletion receipt is issued only where nothing remains")
    body: dict[str, Json] = {
        "form": FORM,
        "station": head.origin,
        "op": erased.op_id,
        "time": head.time,
        "rows": dict(erased.rows),
        "remaining": 0,
        "wal_bytes": 0,
        "head": {"size": head.size, "root": to_text(head.root)},
        "demo": demo,
    }
    check_payload(body)
    return encode({"receipt": body, "signature": to_text(sign(encode(body)))})


def erased_in(entry: Entry) -> Erased:
    """What an erasure's COMPLETION says: so that its receipt can be issued again at any time.

    Raises `LedgerError(RECEIPT_INVALID)` for an entry that is none.
    """
    counts = entry.payload.get("counts")
    done = entry.payload.get("result") in _DONE
    if entry.kind not in ERASING or entry.phase is not Phase.COMPLETION or not done:
        raise LedgerError(ErrorCode.RECEIPT_INVALID)
    try:
        stores = [(store, _group(one)) for store, one in _group(counts).items()]
        found = {
            name: [(store, _count(one[name])) for store, one in stores if name in one]
            for name in ("rows", "remaining", "wal_bytes")
        }
    except (ValueError, KeyError) as error:
        raise LedgerError(ErrorCode.RECEIPT_INVALID) from error
    left = [sum(count for _, count in found[name]) for name in ("remaining", "wal_bytes")]
    return Erased(entry.op, tuple(sorted(found["rows"])), *left)


def read_deletion_receipt(data: bytes, public_key: bytes) -> DeletionReceipt:
    """The receipt in `data`, if this station's key signed every byte of it.

    Raises `LedgerError(RECEIPT_INVALID)` for anything else.
    """
    try:
        if len(data) > MAX_BYTES:
            raise ValueError("too long")
        document = decode_object(data)
        body, signature = document["receipt"], document["signature"]
        if document.keys() != {"receipt", "signature"} or not isinstance(body, dict):
            raise ValueError("not a receipt")
        if not isinstance(signature, str) or body.keys() != _KEYS or body["form"] != FORM:
            raise ValueError("not a receipt")
        if not verify(public_key, encode(body), from_text(signature)):
            raise ValueError("not signed by this key")
        return _read(body)
    except (LedgerError, ValueError, KeyError, TypeError) as error:
        raise LedgerError(ErrorCode.RECEIPT_INVALID, length=len(data)) from error


def _read(body: Mapping[str, Json]) -> DeletionReceipt:
    head, rows = _group(body["head"]), _group(body["rows"])
    if (body["remaining"], body["wal_bytes"]) != (0, 0) or not isinstance(body["demo"], bool):
        raise ValueError("not a receipt")
    time = _text(body["time"])
    time_of(time)
    return DeletionReceipt(
        station=_text(body["station"]),
        op_id=_text(body["op"]),
        time=time,
        rows={store: _count(count) for store, count in rows.items()},
        head_size=_count(head["size"]),
        head_root=from_text(_text(head["root"])),
        demo=body["demo"],
    )


def _group(value: object) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise ValueError("not a group")
    return value


def _text(value: Json) -> str:
    # What is read back is shown on terminals and paper: nothing there may steer them.
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("not a text")
    return value


def _count(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("not a count")
    return value
