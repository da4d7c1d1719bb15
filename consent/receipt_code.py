"""The text in a receipt's QR code: its entry and the signed head, packed (docs/receipts.md).

`VR1:` number `:` base 41. Packing is exact both ways, so every character counts: what does not
pack to the very same text again is refused, and what was changed gives another entry, which the
signed head does not name. About 270 bytes, whatever the length of the ledger; the inclusion path,
which grows with it, is a text of its own (`VP1:`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from consent.digest import DIGEST_BYTES, sm3
from consent.entry import Entry, TreeHead, parse_entry, parse_head, time_of, time_text
from consent.kinds import Kind, Phase
from consent.ledger_port import ProvedEntry, StoredHead
from consent.signing import key_id, verify
from consent.sm2_encoding import parse_signature
from consent.visit_receipt import NUMBER, Compared, Kept, VisitReceipt, payload_of, read_receipt
from station.errors import ErrorCode, LedgerError
from station.model import IDENTITY_FIELDS, Language, Outcome

RECEIPT_PREFIX, PATH_PREFIX = "VR1:", "VP1:"
MAX_CHARS = 1400
"""More than the longest receipt and the path of 2^27 entries."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*+-./"
"""QR's alphanumeric set without space, $, % and colon: nothing is lost when it is copied."""
_BASE = len(_DIGITS)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_NUMBER = 1 << 53
_NUMBER_CHARS = 14

# The order is part of the format: append only.
_OUTCOMES = (
    Outcome.MATCH,
    Outcome.NON_MATCH,
    Outcome.ATTACK,
    Outcome.DOCUMENT_REFUSED,
    Outcome.DECLINED,
    Outcome.MANUAL,
    Outcome.UNDECIDED,
    Outcome.CANCELLED,
    Outcome.TIMED_OUT,
    Outcome.FAILED,
    Outcome.ENROLLED,
    Outcome.ALREADY_ENROLLED,
    Outcome.NOT_ENROLLED,
    Outcome.WITHDRAWN,
)
_COMPARED = (Compared.NOTHING, Compared.CARD_PORTRAIT, Compared.TEMPLATE)
_KEPT = (Kept.CONSENT_RECORD, Kept.IDENTITY, Kept.TEMPLATE, Kept.PORTRAITS)
_DEMO, _CLOCK_BACK, _ENGLISH = 1, 2, 4


def pack(proved: ProvedEntry) -> str:
    """The receipt's text. Raises `LedgerError(RECEIPT_INVALID)` for an entry that is no receipt,
    or whose head does not name it as the newest."""
    receipt, entry = read_receipt(proved.body), parse_entry(proved.body)
    head, numbers = parse_head(proved.head.body), parse_signature(proved.head.signature)
    named = head.last == sm3(proved.body) and head.size == proved.seq + 1 == entry.seq + 1
    if not named or numbers is None or head.time != entry.time:
        raise LedgerError(ErrorCode.RECEIPT_INVALID, seq=proved.seq)
    packed = _Packer()
    flags = _DEMO * entry.demo | _CLOCK_BACK * entry.clock_back
    packed.out.append(flags | _ENGLISH * (receipt.language is Language.EN))
    packed.text(head.origin)
    packed.count(entry.seq)
    packed.time(entry.time)
    packed.out += entry.prev_hash
    _pack_facts(packed, receipt)
    packed.out += head.root
    packed.out += b"".join(number.to_bytes(32, "big") for number in numbers)
    return f"{RECEIPT_PREFIX}{receipt.number}:{to_base41(bytes(packed.out))}"


def open_receipt(text: str, public_key: bytes) -> ProvedEntry:
    """The entry and head in `text`, signature checked; the path is not in it and stays empty.

    Raises `LedgerError(RECEIPT_INVALID)` for anything but a receipt under `public_key`.
    """
    try:
        proved = _unpack(text, public_key)
        if pack(proved) != text or not verify(public_key, proved.head.body, proved.head.signature):
            raise ValueError("not signed as it stands")
    except (ValueError, IndexError, OverflowError, LedgerError) as error:
        raise LedgerError(ErrorCode.RECEIPT_INVALID, length=len(text)) from error
    return proved


def pack_path(number: str, path: Sequence[bytes]) -> str:
    """The inclusion path of receipt `number` as a text of its own."""
    return f"{PATH_PREFIX}{number}:{to_base41(b''.join(path))}"


def to_base41(data: bytes) -> str:
    """Three characters for two bytes, two for a last single one; most significant first."""
    text = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        value, digits = int.from_bytes(pair, "big"), 3 if len(pair) == 2 else 2
        text.append(
            "".join(_DIGITS[value // _BASE**place % _BASE] for place in range(digits)[::-1])
        )
    return "".join(text)


def from_base41(text: str) -> bytes:
    """Inverse of `to_base41`. Raises `ValueError` for anything but its exact form."""
    data = bytearray()
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        value = 0
        for character in group:
            value = value * _BASE + _DIGITS.index(character)
        try:
            data += value.to_bytes(2 if len(group) == 3 else 1, "big")
        except OverflowError as error:
            raise ValueError("beyond the group") from error
    if to_base41(bytes(data)) != text:
        raise ValueError("not the one form")
    return bytes(data)


def _pack_facts(packed: "_Packer", receipt: VisitReceipt) -> None:
    packed.out.append(_OUTCOMES.index(receipt.outcome))
    packed.out.append(_COMPARED.index(receipt.compared))
    packed.count(sum(1 << IDENTITY_FIELDS.index(name) for name in receipt.fields_read))
    packed.count(receipt.pid)
    packed.time(receipt.gone_at)
    packed.count(sum(1 << _KEPT.index(kind) for kind in receipt.kept_until))
    for kind in _KEPT:
        if kind in receipt.kept_until:
            packed.time(receipt.kept_until[kind])
    packed.text(receipt.withdraw_at)
    packed.text(receipt.notice_id)
    packed.text(receipt.notice_version)
    packed.out += receipt.notice_digest
    packed.count(receipt.seq - receipt.outcome_seq)
    packed.count(receipt.seq - receipt.purge_seq)


def _unpack(text: str, public_key: bytes) -> ProvedEntry:
    after = len(RECEIPT_PREFIX) + _NUMBER_CHARS
    number = text[len(RECEIPT_PREFIX) : after]
    formed = text.startswith(RECEIPT_PREFIX) and text[after : after + 1] == ":"
    if len(text) > MAX_CHARS or not formed or not NUMBER.fullmatch(number):
        raise ValueError("not a receipt")
    packed = _Unpacker(from_base41(text[after + 1 :]))
    flags, origin = packed.bytes_(1)[0], packed.text()
    seq, time, previous = packed.count(), packed.time(), packed.bytes_(DIGEST_BYTES)
    language = Language.EN if flags & _ENGLISH else Language.ZH_CN
    receipt = _unpack_facts(packed, number, seq, language)
    entry = Entry(
        seq=seq,
        time=time,
        op="",
        phase=Phase.SINGLE,
        kind=Kind.RECEIPT,
        payload=payload_of(receipt),
        prev_hash=previous,
        demo=bool(flags & _DEMO),
        clock_back=bool(flags & _CLOCK_BACK),
    )
    body, root, signature = entry.to_bytes(), packed.bytes_(DIGEST_BYTES), packed.bytes_(64)
    if packed.left or flags > 7:
        raise ValueError("more than a receipt")
    head = TreeHead(origin, seq + 1, root, time, key_id(public_key), sm3(body))
    return ProvedEntry(seq, body, StoredHead(seq + 1, head.to_bytes(), _der(signature)), ())


def _unpack_facts(packed: "_Unpacker", number: str, seq: int, language: Language) -> VisitReceipt:
    outcome, compared = packed.bytes_(2)
    read, pid, gone_at, kept = packed.count(), packed.count(), packed.time(), packed.count()
    if read >> len(IDENTITY_FIELDS) or kept >> len(_KEPT):
        raise ValueError("unknown names")
    return VisitReceipt(
        number=number,
        seq=seq,
        time="",
        demo=False,
        language=language,
        outcome=_OUTCOMES[outcome],
        fields_read=tuple(n for i, n in enumerate(IDENTITY_FIELDS) if read >> i & 1),
        compared=_COMPARED[compared],
        pid=pid,
        gone_at=gone_at,
        kept_until={kind: packed.time() for i, kind in enumerate(_KEPT) if kept >> i & 1},
        withdraw_at=packed.text(),
        notice_id=packed.text(),
        notice_version=packed.text(),
        notice_digest=packed.bytes_(DIGEST_BYTES),
        outcome_seq=seq - packed.count(),
        purge_seq=seq - packed.count(),
    )


def _der(raw: bytes) -> bytes:
    """r ‖ s as a DER SEQUENCE of two INTEGERs."""
    body = b""
    for half in (raw[:32], raw[32:]):
        value = half.lstrip(b"\x00") or b"\x00"
        value = b"\x00" + value if value[0] & 0x80 else value
        body += bytes((0x02, len(value))) + value
    return bytes((0x30, len(body))) + body


@dataclass(slots=True)
class _Packer:
    out: bytearray = field(default_factory=bytearray)

    def count(self, value: int) -> None:
        """Seven bits a byte, least significant first (LEB128)."""
        if not 0 <= value < _MAX_NUMBER:
            raise LedgerError(ErrorCode.RECEIPT_INVALID, value=value)
        while value > 0x7F:
            self.out.append(value & 0x7F | 0x80)
            value >>= 7
        self.out.append(value)

    def time(self, text: str) -> None:
        """Milliseconds since 1970, six bytes."""
        self.out += ((time_of(text) - _EPOCH) // timedelta(milliseconds=1)).to_bytes(6, "big")

    def text(self, value: str) -> None:
        """UTF-8 behind its length in one byte."""
        data = value.encode()
        if len(data) > 255 or not value.isprintable():
            raise LedgerError(ErrorCode.RECEIPT_INVALID, length=len(data))
        self.out.append(len(data))
        self.out += data


@dataclass(slots=True)
class _Unpacker:
    left: bytes

    def bytes_(self, count: int) -> bytes:
        """The next `count` bytes."""
        taken, self.left = self.left[:count], self.left[count:]
        if len(taken) != count:
            raise ValueError("too short")
        return taken

    def count(self) -> int:
        """Inverse of `_Packer.count`."""
        value = 0
        for place in range(8):
            (byte,) = self.bytes_(1)
            value |= (byte & 0x7F) << 7 * place
            if not byte & 0x80 and value < _MAX_NUMBER:
                return value
        raise ValueError("too large")

    def time(self) -> str:
        """Inverse of `_Packer.time`."""
        return time_text(_EPOCH + timedelta(milliseconds=int.from_bytes(self.bytes_(6), "big")))

    def text(self) -> str:
        """Inverse of `_Packer.text`."""
        return self.bytes_(self.bytes_(1)[0]).decode("utf-8")
