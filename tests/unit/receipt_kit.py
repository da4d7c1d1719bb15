"""Visits with a receipt in a ledger, for the tests of receipts."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from consent.kinds import Kind
from consent.ledger import Ledger
from consent.ledger_port import ProvedEntry
from consent.notice import Notice
from consent.notice_source import read_notice
from consent.receipt_code import pack, pack_path
from consent.signing import HeadSigner
from consent.visit_receipt import Compared, Kept, VisitFacts, make_receipt
from station.model import BoothEnd, Language, Outcome
from tests.ledger_fakes import FakeLedgerStore, new_ledger

ROOT = Path(__file__).parents[2]
NUMBER = "7F3A-49C2-K4TM"
GONE = BoothEnd(4711, True, True, "2026-03-01T09:00:00.250+00:00", 12.0)
UNTIL = datetime(2026, 3, 2, 9, tzinfo=UTC)


@cache
def notice() -> Notice:
    folder = ROOT / "resources" / "notices"
    return read_notice(folder, "visitor", folder / "demo_site.toml")


@dataclass
class Issued:
    """A ledger whose newest entry is a receipt."""

    ledger: Ledger
    store: FakeLedgerStore
    signer: HeadSigner
    proved: ProvedEntry

    @property
    def text(self) -> str:
        return pack(self.proved)

    @property
    def path(self) -> str:
        return pack_path(NUMBER, self.proved.path)

    @property
    def key(self) -> bytes:
        return self.signer.public_key


def facts(outcome_seq: int, purge_seq: int, **changes: object) -> VisitFacts:
    """What an ordinary visit knows at its end."""
    known: dict[str, object] = {
        "number": NUMBER,
        "language": Language.ZH_CN,
        "outcome": Outcome.MATCH,
        "fields_read": notice().fields,
        "compared": Compared.CARD_PORTRAIT,
        "booth": GONE,
        "kept_until": {Kept.IDENTITY: UNTIL},
        "notice": notice(),
        "outcome_seq": outcome_seq,
        "purge_seq": purge_seq,
    }
    return VisitFacts(**(known | changes))  # type: ignore[arg-type]


def issued(before: int = 9, *, demo: bool = True, **changes: object) -> Issued:
    """A receipt after `before` other entries and those of its own visit."""
    ledger, store, signer, _ = new_ledger(demo=demo)
    for number in range(before):
        ledger.record(Kind.SWEEP, {"number": number})
    outcome = facts(0, 0, **changes).outcome
    seq = ledger.record(Kind.VISIT_OUTCOME, {"visit": "v", "outcome": outcome.value})
    ended = {"visit": "v", "reaped": True, "ring_zeroed": True}
    purge = ledger.record(Kind.PURGE, ended)
    return Issued(ledger, store, signer, make_receipt(ledger, facts(seq, purge, **changes)))


@cache
def usual() -> Issued:
    """One receipt many tests look at; none may change its store."""
    return issued()


def full() -> Issued:
    """Everything a receipt can hold at its longest."""
    kinds = (Kept.IDENTITY, Kept.TEMPLATE, Kept.PORTRAITS)
    return issued(200, kept_until={kind: UNTIL + timedelta(days=365) for kind in kinds})
