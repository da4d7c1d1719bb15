"""A visit receipt in words (Chinese, English): for paper, and for whoever checks it."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path

from consent.digest import to_text
from consent.entry import TreeHead, parse_head, time_of
from consent.ledger_port import ProvedEntry
from consent.receipt_check import ReceiptCheck
from consent.receipt_code import pack, pack_path
from consent.visit_receipt import Kept, VisitReceipt, read_receipt
from resources.texts import text
from station.model import Language

_WORDS = Path(__file__).parents[1] / "resources" / "i18n" / "receipt.toml"


Rows = tuple[tuple[str, tuple[str, ...]], ...]
"""(heading, lines) from top to bottom."""


@dataclass(frozen=True, slots=True)
class ReceiptSheet:
    """All that is printed."""

    title: str
    demo: str
    """The demo mark, or empty."""
    number_label: str
    number: str
    issued: str
    rows: Rows
    fine_print: Rows
    """For whoever checks: notice and ledger."""
    code: str
    """Text of the QR code."""
    check: str
    """How to check the code."""
    proof_title: str
    proof: tuple[str, ...]
    proof_code: str
    """Text of the second QR code, or empty where the proof needs no digests."""


def sheet(
    proved: ProvedEntry, public_key: bytes, language: Language, zone: tzinfo | None = None
) -> ReceiptSheet:
    """The receipt in words; times in `zone`, or the machine's own.

    Raises `LedgerError(RECEIPT_INVALID)` for an entry that is no receipt.
    """
    receipt, head = read_receipt(proved.body), parse_head(proved.head.body)
    say = _Say(language, zone)
    hashes = len(proved.path)
    proof = (
        say("page_two_how" if hashes else "page_two_none", seq=receipt.seq, hashes=hashes),
        say("head", root=to_text(head.root), size=head.size),
        say("key", key=to_text(public_key)),
    )
    return ReceiptSheet(
        title=say("title"),
        demo=say("demo") if receipt.demo else "",
        number_label=say("number"),
        number=receipt.number,
        issued=say("issued", time=f"{say.time(receipt.time)} {say.offset(receipt.time)}"),
        rows=_rows(receipt, say),
        fine_print=_fine_print(receipt, head, say),
        code=pack(proved),
        check=say("check"),
        proof_title=say("page_two"),
        proof=proof,
        proof_code=pack_path(receipt.number, proved.path) if hashes else "",
    )


def report_lines(check: ReceiptCheck, language: Language) -> list[str]:
    """What a check found, in lines; the receipt's own content first where it stands."""
    say = _Say(language, None)
    lines = []
    if check.proved is not None:
        receipt, head = read_receipt(check.proved.body), parse_head(check.proved.head.body)
        lines = [line for line in (say("demo") if receipt.demo else "",) if line]
        lines.append(f"{say('number')} {receipt.number}")
        lines.append(f"{say.time(receipt.time)} {say.offset(receipt.time)}")
        rows = _rows(receipt, say) + _fine_print(receipt, head, say)
        lines += [f"{heading}: {' / '.join(words)}" for heading, words in rows]
        lines += [say.name("checked", done).format(seq=receipt.seq) for done in check.checked]
    lines += [say.name("fault", fault) for fault in check.faults]
    return [*lines, say("verified" if check.ok else "refused")]


def _rows(receipt: VisitReceipt, say: "_Say") -> Rows:
    """What concerns the visitor."""
    names = say("separator").join(say.name("field", name) for name in receipt.fields_read)
    read = say("read_names", fields=names) if names else say("read_nothing")
    gone = "gone_portraits" if Kept.PORTRAITS in receipt.kept_until else "gone_how"
    kept = tuple(
        say("until", kind=say.name("kept_kind", kind), time=say.minute(receipt.kept_until[kind]))
        for kind in Kept
        if kind in receipt.kept_until
    )
    back = say("withdraw_how", place=receipt.withdraw_at, number=receipt.number)
    return (
        (say("outcome"), (text("outcome", receipt.outcome, say.language),)),
        (say("read"), (read,)),
        (say("compared"), (say.name("compared_with", receipt.compared),)),
        (say("gone"), (say(gone, pid=receipt.pid, time=say.time(receipt.gone_at)),)),
        (say("kept"), kept),
        (say("withdraw"), (back,)),
    )


def _fine_print(receipt: VisitReceipt, head: TreeHead, say: "_Say") -> Rows:
    """What ties the receipt to the notice and to the ledger."""
    notice = say(
        "notice_is",
        id=receipt.notice_id,
        version=receipt.notice_version,
        digest=to_text(receipt.notice_digest),
    )
    ledger = say(
        "ledger_is",
        station=head.origin,
        seq=receipt.seq,
        outcome=receipt.outcome_seq,
        purge=receipt.purge_seq,
        key=head.key_id,
    )
    return ((say("notice"), (notice,)), (say("ledger"), (ledger,)))


@cache
def _table() -> dict[str, dict[str, dict[str, str]]]:
    with _WORDS.open("rb") as stream:
        loaded: dict[str, dict[str, dict[str, str]]] = tomllib.load(stream)
    return loaded


class _Say:
    """Words of the table in one language."""

    def __init__(self, language: Language, zone: tzinfo | None) -> None:
        self.language = language.value
        self._zone = zone

    def __call__(self, key: str, /, **figures: str | int) -> str:
        return _table()["say"][key][self.language].format(**figures)

    def name(self, group: str, key: str) -> str:
        return _table()[group][key][self.language]

    def time(self, iso: str) -> str:
        """To the second, local."""
        return f"{self._local(iso):%Y-%m-%d %H:%M:%S}"

    def minute(self, iso: str) -> str:
        """To the minute, local."""
        return f"{self._local(iso):%Y-%m-%d %H:%M}"

    def offset(self, iso: str) -> str:
        """What the local times are ahead of UTC."""
        offset = f"{self._local(iso):%z}"
        return f"UTC{offset[:3]}:{offset[3:5]}"

    def _local(self, iso: str) -> datetime:
        return time_of(iso).astimezone(self._zone)
