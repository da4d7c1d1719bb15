"""What a visitor takes away: the facts of one visit, as one entry of the ledger.

The receipt IS its ledger entry: names of fields, times, outcomes, no value of any field. It is
written after the booth is gone, and the head signed right after it names it as the newest entry.
`consent.receipt_code` packs entry and head for a QR code; `consent.verify_receipt` checks that
without this code.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from consent.canonical import Json
from consent.digest import DIGEST_BYTES, from_text, to_text
from consent.entry import Entry, parse_entry, time_of, time_text
from consent.kinds import Kind, Phase
from consent.ledger import Ledger
from consent.ledger_port import LedgerStore, ProvedEntry, StoredHead
from consent.merkle import Frontier, leaf_hash
from consent.notice import Notice
from consent.record import RETENTION_AFTER_END_YEARS
from station.errors import ErrorCode, LedgerError, StationBug
from station.model import IDENTITY_FIELDS, BoothEnd, Language, Outcome

NUMBER = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}")
"""Form of a receipt number: the id of the first consent record."""

MAX_PLACE_BYTES = 96
"""Where to withdraw, in UTF-8: 32 Chinese characters. A longer text ends in an ellipsis."""


class Compared(StrEnum):
    """What the live face was compared with."""

    NOTHING = "NOTHING"
    CARD_PORTRAIT = "CARD_PORTRAIT"
    TEMPLATE = "TEMPLATE"


class Kept(StrEnum):
    """Kinds of data that stay after the visit, each to the end of its term."""

    CONSENT_RECORD = "CONSENT_RECORD"
    IDENTITY = "IDENTITY"
    TEMPLATE = "TEMPLATE"
    PORTRAITS = "PORTRAITS"


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What the visit knows at its end. Names only: no value of a field, no face, no score."""

    number: str
    """Id of the first consent record: the receipt number the person was shown."""
    language: Language
    outcome: Outcome
    fields_read: Sequence[str]
    """Names from `IDENTITY_FIELDS` that were read from the document."""
    compared: Compared
    booth: BoothEnd
    kept_until: Mapping[Kept, datetime]
    """End of each term; the consent record's own is worked out from these."""
    notice: Notice
    outcome_seq: int
    """Position of the VISIT_OUTCOME entry."""
    purge_seq: int
    """Position of the PURGE entry."""


@dataclass(frozen=True, slots=True)
class VisitReceipt:
    """A receipt as read back from its entry. Times are ISO 8601 UTC with milliseconds."""

    number: str
    seq: int
    time: str
    demo: bool
    language: Language
    outcome: Outcome
    fields_read: tuple[str, ...]
    compared: Compared
    pid: int
    gone_at: str
    kept_until: Mapping[Kept, str]
    withdraw_at: str
    notice_id: str
    notice_version: str
    notice_digest: bytes
    outcome_seq: int
    purge_seq: int


def make_receipt(ledger: Ledger, facts: VisitFacts) -> ProvedEntry:
    """Write the receipt of a visit whose booth is gone; returns it with its proof.

    Raises `StationBug` when the booth was not shown to be gone (a receipt must not say so), and
    the ledger's errors.
    """
    if not (facts.booth.reaped and facts.booth.ring_zeroed):
        raise StationBug("a receipt is issued only for a booth that is gone")
    return ledger.record_proved(Kind.RECEIPT, _payload(facts, ledger.high_water()))


@dataclass(slots=True)
class ReceiptDraft:
    """Filled in as the visit goes, by the steps themselves; issued once the booth is gone."""

    number: str = ""
    language: Language = Language.ZH_CN
    fields_read: tuple[str, ...] = ()
    compared: Compared = Compared.NOTHING
    kept_until: dict[Kept, datetime] = field(default_factory=dict)
    outcome_seq: int = -1

    def issue(
        self, ledger: Ledger, notice: Notice, outcome: Outcome, booth: BoothEnd, purge_seq: int
    ) -> ProvedEntry | None:
        """The receipt; None where nothing was agreed to, or the outcome is not on record."""
        if not self.number or self.outcome_seq < 0:
            return None
        facts = VisitFacts(
            number=self.number,
            language=self.language,
            outcome=outcome,
            fields_read=self.fields_read,
            compared=self.compared,
            booth=booth,
            kept_until=self.kept_until,
            notice=notice,
            outcome_seq=self.outcome_seq,
            purge_seq=purge_seq,
        )
        return make_receipt(ledger, facts)


def read_receipt(body: bytes) -> VisitReceipt:
    """The receipt in an entry's canonical bytes. Raises `LedgerError(RECEIPT_INVALID)`."""
    try:
        entry = parse_entry(body)
        receipt = _from_payload(entry)
        if payload_of(receipt) != entry.payload:
            raise ValueError("not the form of a receipt")
    except (LedgerError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise LedgerError(ErrorCode.RECEIPT_INVALID, length=len(body)) from error
    return receipt


def find_receipt(store: LedgerStore, number: str) -> ProvedEntry:
    """The receipt with this number and its proof, from the ledger's rows; reads them all once.

    Raises `LedgerError(RECEIPT_INVALID)` when there is none.
    """
    marker = b'"receipt":"' + number.encode("utf-8", "replace") + b'"'
    frontier = Frontier()
    for row in store.entries():
        if marker in row.body and b'"kind":"RECEIPT"' in row.body:
            receipt = read_receipt(row.body)
            if receipt.number == number:
                head = _head_of(store, row.seq + 1)
                return ProvedEntry(row.seq, row.body, head, frontier.next_path())
        frontier.append(leaf_hash(row.body))
    raise LedgerError(ErrorCode.RECEIPT_INVALID)


def _head_of(store: LedgerStore, size: int) -> StoredHead:
    for head in store.heads():
        if head.size == size:
            return head
    raise LedgerError(ErrorCode.RECEIPT_INVALID, size=size)


def _payload(facts: VisitFacts, now: datetime) -> dict[str, Json]:
    text = facts.notice.text(facts.language)
    kept = {kind: time_text(until) for kind, until in facts.kept_until.items()}
    kept[Kept.CONSENT_RECORD] = time_text(_evidence_until(facts.kept_until, now))
    return payload_of(
        VisitReceipt(
            number=facts.number,
            seq=0,
            time="",
            demo=False,
            language=facts.language,
            outcome=facts.outcome,
            fields_read=tuple(name for name in IDENTITY_FIELDS if name in facts.fields_read),
            compared=facts.compared,
            pid=facts.booth.pid,
            gone_at=time_text(time_of(facts.booth.ended_at)),
            kept_until=kept,
            withdraw_at=_shortened(text.rights_place or text.handler_address),
            notice_id=facts.notice.notice_id,
            notice_version=facts.notice.version,
            notice_digest=bytes.fromhex(facts.notice.digest),
            outcome_seq=facts.outcome_seq,
            purge_seq=facts.purge_seq,
        )
    )


def payload_of(receipt: VisitReceipt) -> dict[str, Json]:
    """The payload of the receipt's entry: its one form."""
    return {
        "receipt": receipt.number,
        "language": receipt.language.value,
        "outcome": receipt.outcome.value,
        "read": list(receipt.fields_read),
        "compared": receipt.compared.value,
        "gone": {
            "at": receipt.gone_at,
            "pid": receipt.pid,
            "reaped": True,
            "ring_zeroed": True,
        },
        "kept": {kind.value: until for kind, until in receipt.kept_until.items()},
        "withdraw_at": receipt.withdraw_at,
        "notice": {
            "id": receipt.notice_id,
            "version": receipt.notice_version,
            "digest": to_text(receipt.notice_digest),
        },
        "outcome_seq": receipt.outcome_seq,
        "purge_seq": receipt.purge_seq,
    }


def _from_payload(entry: Entry) -> VisitReceipt:
    if entry.kind is not Kind.RECEIPT or entry.phase is not Phase.SINGLE or entry.op:
        raise ValueError("not a receipt")
    payload = entry.payload
    notice, gone, kept = (_mapping(payload[key]) for key in ("notice", "gone", "kept"))
    number, fields = _text(payload["receipt"]), payload["read"]
    if not NUMBER.fullmatch(number) or not isinstance(fields, list):
        raise ValueError("not a receipt")
    return VisitReceipt(
        number=number,
        seq=entry.seq,
        time=entry.time,
        demo=entry.demo,
        language=Language(_text(payload["language"])),
        outcome=Outcome(_text(payload["outcome"])),
        fields_read=tuple(IDENTITY_FIELDS[IDENTITY_FIELDS.index(name)] for name in fields),
        compared=Compared(_text(payload["compared"])),
        pid=_count(gone["pid"]),
        gone_at=time_text(time_of(_text(gone["at"]))),
        kept_until={Kept(kind): time_text(time_of(_text(at))) for kind, at in kept.items()},
        withdraw_at=_text(payload["withdraw_at"]),
        notice_id=_text(notice["id"]),
        notice_version=_text(notice["version"]),
        notice_digest=_digest(notice["digest"]),
        outcome_seq=_count(payload["outcome_seq"]),
        purge_seq=_count(payload["purge_seq"]),
    )


def _evidence_until(kept: Mapping[Kept, datetime], now: datetime) -> datetime:
    """Consent evidence is kept for three years after processing has ended (X-10)."""
    end = max([now, *kept.values()])
    year = end.year + RETENTION_AFTER_END_YEARS
    leap_day = (end.month, end.day) == (2, 29)
    return end.replace(year=year, day=28) if leap_day else end.replace(year=year)


def _shortened(place: str) -> str:
    words = " ".join(place.split())
    if len(words.encode()) <= MAX_PLACE_BYTES:
        return words
    return words.encode()[: MAX_PLACE_BYTES - 3].decode("utf-8", "ignore") + "…"


def _mapping(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise ValueError("not a group")
    return value


def _text(value: Json) -> str:
    # What is read back is shown on terminals and paper: nothing there may steer them.
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("not a text")
    return value


def _digest(value: Json) -> bytes:
    data = from_text(_text(value))
    if len(data) != DIGEST_BYTES:
        raise ValueError("not a digest")
    return data


def _count(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("not a count")
    return value
