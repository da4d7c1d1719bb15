"""The receipt of a whole visit: issued after the purge, and true to what the ledger holds."""

import threading

import pytest

from consent.receipt_check import Checked, check_receipt
from consent.visit_receipt import Compared, Kept, VisitReceipt, find_receipt, read_receipt
from station.errors import ErrorCode, PurgeError
from station.events import Purged, ReceiptIssued
from station.model import Answer, ComparisonDecision, Outcome
from station.visitor_check import VisitorCheck
from tests.flow.visit_fakes import (
    NOTICE,
    FakePerson,
    Played,
    Script,
    fake_desk,
    identity,
    play_flow,
)


def played_with_key(script: Script) -> tuple[Played, bytes]:
    diary: list[str] = []
    cancel = threading.Event()
    person = FakePerson(script, diary, cancel)
    desk = fake_desk(script, diary, cancel, NOTICE)
    played = play_flow(
        lambda at, publish: VisitorCheck(at, person, publish), person, desk, diary, cancel
    )
    return played, desk.ledger.public_key


def receipts(played: Played) -> list[ReceiptIssued]:
    return [event for event in played.events if isinstance(event, ReceiptIssued)]


def the_receipt(script: Script) -> VisitReceipt:
    """Of a visit that has one; held against the ledger it was written to."""
    played, key = played_with_key(script)
    (event,) = receipts(played)
    check = check_receipt(event.code, key, rows=played.store.rows)
    assert check.ok and Checked.LEDGER in check.checked, check.faults
    assert find_receipt(played.store, event.number).body == (check.proved and check.proved.body)
    receipt = read_receipt(played.store.rows[-1].body)
    assert receipt.number == event.number == played.report.receipt_id
    return receipt


def test_a_match_is_told_with_what_was_read_compared_and_kept() -> None:
    receipt = the_receipt(Script())
    assert receipt.outcome is Outcome.MATCH and receipt.compared is Compared.CARD_PORTRAIT
    assert "document_number" in receipt.fields_read
    assert set(receipt.kept_until) == {Kept.CONSENT_RECORD, Kept.IDENTITY}
    assert receipt.kept_until[Kept.IDENTITY] > receipt.gone_at


def test_it_is_published_after_the_booth_is_gone() -> None:
    played, _ = played_with_key(Script())
    kinds = [type(event) for event in played.events]
    assert kinds.index(ReceiptIssued) > kinds.index(Purged)
    body = played.store.rows[-1].body.decode()
    assert [value for _, value in identity().fields if value in body] == []


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (Script(decision=ComparisonDecision.NON_MATCH), Outcome.NON_MATCH),
        (Script(cancel_in="ask_access_key"), Outcome.CANCELLED),
    ],
)
def test_other_ends_have_a_receipt_that_keeps_less(script: Script, outcome: Outcome) -> None:
    receipt = the_receipt(script)
    assert receipt.outcome is outcome
    assert set(receipt.kept_until) == {Kept.CONSENT_RECORD}
    cancelled = outcome is Outcome.CANCELLED
    assert (receipt.compared is Compared.NOTHING) is cancelled
    assert (receipt.fields_read == ()) is cancelled


@pytest.mark.parametrize("answer", [Answer.REFUSED, Answer.OTHER_ROUTE])
def test_without_consent_there_is_none(answer: Answer) -> None:
    played, _ = played_with_key(Script(answer=answer))
    assert receipts(played) == []


def test_a_failed_purge_has_none() -> None:
    played, _ = played_with_key(Script(purge=PurgeError(ErrorCode.PURGE_FAILED)))
    assert receipts(played) == [] and played.report.locked
