"""Recording an answer: durable first, one purpose per record, a receipt only for a yes."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from consent.canonical import decode_object
from consent.digest import commitment, to_text
from consent.entry import parse_entry
from consent.kinds import Kind
from consent.notice import Notice
from consent.notice_source import read_notice
from consent.receipt import ConsentReceipt
from consent.record import ConsentRecord, Evidence, Presentation
from consent.recording import record_answer
from consent.verify import verify_rows
from station.errors import ConsentError, ErrorCode, LedgerError, StorageError
from station.model import Answer, Language, Purpose, VisitId
from tests.ledger_fakes import FakeLedgerStore, new_ledger

ROOT = Path(__file__).parents[2]
VISIT = VisitId("ab" * 16)


@cache
def notice() -> Notice:
    folder = ROOT / "resources" / "notices"
    return read_notice(folder, "visitor", folder / "demo_site.toml")


class FakeSeal:
    """Marks what it sealed, and remembers it for the test."""

    def __init__(self) -> None:
        self.plain: dict[str, bytes] = {}

    def __call__(self, record_id: str, plain: bytes) -> bytes:
        self.plain[record_id] = plain
        return b"sealed " + record_id.encode()


def answer(
    given: Answer,
    store: FakeLedgerStore | None = None,
    of: Notice | None = None,
    *,
    shown_to_end: bool = True,
    dwell_s: float = 12.3456,
    agreed: frozenset[Purpose] | None = None,
) -> tuple[ConsentReceipt | None, FakeLedgerStore, FakeSeal, bytes]:
    ledger, store, signer, _ = new_ledger(store)
    seal = FakeSeal()
    receipt = record_answer(
        ledger,
        of or notice(),
        given,
        Language.ZH_CN,
        method="SCREEN",
        dwell_s=dwell_s,
        shown_to_end=shown_to_end,
        visit_id=VISIT,
        station_id="station-1",
        operator="op-7",
        seal=seal,
        agreed=agreed,
    )
    return receipt, store, seal, signer.public_key


def test_a_yes_is_in_the_ledger_and_gives_a_receipt() -> None:
    receipt, store, _, key = answer(Answer.GIVEN)
    assert receipt is not None
    entry = parse_entry(store.rows[0].body)
    assert entry.kind is Kind.CONSENT_GIVEN and len(store.rows) == 1
    assert entry.payload == {
        "visit_id": VISIT,
        "record_id": receipt.receipt_id,
        "purpose": "VERIFY",
        "notice_id": "visitor-verify",
        "notice_version": "1.1",
        "notice_digest": to_text(bytes.fromhex(notice().digest)),
        "language": "zh_CN",
        "method": "SCREEN",
        "dwell_ms": 12346,
        "shown_to_end": True,
        "station_id": "station-1",
        "operator": "op-7",
        "commitment": entry.payload["commitment"],
    }
    assert receipt.notice_digest == notice().digest
    assert receipt.purposes == frozenset({Purpose.VERIFY})
    assert receipt.given_at <= entry.time
    assert re.fullmatch(r"[A-HJ-NP-Z2-9]{4}(-[A-HJ-NP-Z2-9]{4}){2}", receipt.receipt_id)
    assert store.evidence == {0: b"sealed " + receipt.receipt_id.encode()}
    assert verify_rows(store.rows, store.head_rows, key).ok


@pytest.mark.parametrize(
    ("given", "kind", "state"),
    [
        (Answer.REFUSED, Kind.CONSENT_REFUSED, "refused"),
        (Answer.OTHER_ROUTE, Kind.CONSENT_OTHER_ROUTE, "other_route"),
    ],
)
def test_a_no_is_recorded_and_gives_none(given: Answer, kind: Kind, state: str) -> None:
    receipt, store, seal, _ = answer(given, shown_to_end=False, dwell_s=-1)
    assert receipt is None
    entry = parse_entry(store.rows[0].body)
    assert entry.kind is kind and entry.payload["dwell_ms"] == 0
    (plain,) = seal.plain.values()
    event = decode_object(Evidence.from_bytes(plain).body)["event"]
    assert isinstance(event, dict) and event["event_state"] == state


def test_the_sealed_record_opens_to_the_commitment_and_the_standard_s_fields() -> None:
    receipt, store, seal, _ = answer(Answer.GIVEN)
    assert receipt is not None
    evidence = Evidence.from_bytes(seal.plain[receipt.receipt_id])
    entry = parse_entry(store.rows[0].body)
    assert entry.payload["commitment"] == to_text(evidence.commitment())
    assert evidence.commitment() == commitment(evidence.salt, evidence.body)
    document = decode_object(evidence.body)
    assert document["record_id"] == receipt.receipt_id
    assert document.keys() >= {"schema_version", "record_id", "pii_principal_id", "event"}
    processing = document["pii_processing"]
    assert isinstance(processing, dict)
    # ISO/IEC TS 27560:2023: the mandatory fields of the processing part.
    assert processing.keys() >= {
        *("privacy_notice", "language", "purpose", "pii_controllers", "storage_locations"),
        *("retention_period", "jurisdiction", "recipient_third_parties", "withdrawal_method"),
    }
    assert processing["purpose"] == "VERIFY" and processing["retention_period"] == "PT24H"
    event = document["event"]
    assert isinstance(event, dict)
    assert event.keys() >= {
        *("event_time", "validity_duration", "entity_id", "event_type", "event_state"),
    }
    house = document["house"]
    assert isinstance(house, dict) and house["notice_digest"] == notice().digest


def test_no_notice_s_digest_looks_like_an_identity_number_in_the_ledger() -> None:
    _, store, _, _ = answer(Answer.GIVEN, of=replace(notice(), digest="12" * 32))
    assert not re.search(rb"\d{17}[\dXx]", store.rows[0].body)


def test_two_same_answers_have_different_commitments_and_references() -> None:
    first, second = (answer(Answer.GIVEN) for _ in range(2))
    entries = [parse_entry(one[1].rows[0].body).payload for one in (first, second)]
    assert entries[0]["commitment"] != entries[1]["commitment"]
    assert entries[0]["record_id"] != entries[1]["record_id"]


TWO = frozenset({Purpose.VERIFY, Purpose.UPLOAD})


def two_purposes() -> Notice:
    return replace(notice(), purposes=(Purpose.VERIFY, Purpose.UPLOAD))


def test_each_purpose_has_its_own_record() -> None:
    receipt, store, seal, _ = answer(Answer.GIVEN, of=two_purposes(), agreed=TWO)
    assert receipt is not None and receipt.purposes == TWO
    payloads = [parse_entry(row.body).payload for row in store.rows]
    assert [payload["purpose"] for payload in payloads] == ["VERIFY", "UPLOAD"]
    assert receipt.record_ids == tuple(payload["record_id"] for payload in payloads)
    assert receipt.receipt_id == payloads[0]["record_id"] != payloads[1]["record_id"]
    assert len(seal.plain) == len(store.evidence) == 2


@pytest.mark.parametrize("ticked", [Purpose.VERIFY, Purpose.UPLOAD])
def test_a_purpose_left_alone_is_refused_and_the_other_given(ticked: Purpose) -> None:
    receipt, store, seal, _ = answer(Answer.GIVEN, of=two_purposes(), agreed=frozenset({ticked}))
    assert receipt is not None and receipt.purposes == {ticked}
    entries = [parse_entry(row.body) for row in store.rows]
    for entry in entries:
        given = entry.payload["purpose"] == ticked.value
        assert entry.kind is (Kind.CONSENT_GIVEN if given else Kind.CONSENT_REFUSED)
        assert (entry.payload["record_id"] == receipt.receipt_id) is given
    states = [decode_object(plain[32:])["event"] for plain in seal.plain.values()]
    found = [state["event_state"] for state in states if isinstance(state, dict)]
    assert sorted(map(str, found)) == ["given", "refused"]


def test_a_yes_that_ticks_nothing_is_refused_for_every_purpose() -> None:
    receipt, store, _, _ = answer(Answer.GIVEN, of=two_purposes(), agreed=frozenset())
    assert receipt is None
    assert [parse_entry(row.body).kind for row in store.rows] == [Kind.CONSENT_REFUSED] * 2


@pytest.mark.parametrize("agreed", [None, frozenset({Purpose.RETAIN_TEMPLATE})])
def test_one_yes_for_two_purposes_or_for_another_is_none(
    agreed: frozenset[Purpose] | None,
) -> None:
    store = FakeLedgerStore()
    with pytest.raises(ConsentError) as caught:
        answer(Answer.GIVEN, store, of=two_purposes(), agreed=agreed)
    assert caught.value.code is ErrorCode.CONSENT_MISSING
    assert store.rows == []


def test_a_yes_to_a_notice_not_shown_to_its_end_is_none() -> None:
    store = FakeLedgerStore()
    with pytest.raises(ConsentError) as caught:
        answer(Answer.GIVEN, store, shown_to_end=False)
    assert caught.value.code is ErrorCode.CONSENT_MISSING
    assert store.rows == []


@pytest.mark.parametrize("part", ["fail_append", "fail_head"])
def test_no_receipt_exists_when_the_ledger_cannot_be_written(part: str) -> None:
    store = FakeLedgerStore()
    setattr(store, part, True)
    with pytest.raises(StorageError):
        answer(Answer.GIVEN, store)


def test_the_receipt_is_made_after_the_entry_is_durable(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    store = FakeLedgerStore()

    def watching(*_: object, **_named: object) -> None:
        seen.append((len(store.rows), len(store.head_rows)))

    monkeypatch.setattr("consent.recording._issue", watching)
    answer(Answer.GIVEN, store)
    assert seen == [(1, 1)]


def test_a_receipt_cannot_be_made_elsewhere() -> None:
    for issuer in (None, object(), True):
        with pytest.raises(TypeError):
            ConsentReceipt("id", "digest", frozenset({Purpose.VERIFY}), Language.EN, "", issuer)
    receipt, _, _, _ = answer(Answer.GIVEN)
    assert receipt is not None
    with pytest.raises(AttributeError):
        receipt.purposes = frozenset()  # type: ignore[misc]


def test_only_recording_names_the_issuer() -> None:
    rooms = ("station", "consent", "storage", "drivers", "ui", "resources")
    naming = {
        path.relative_to(ROOT).as_posix()
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"receipt import .*\b(_issue|_ISSUER)\b|receipt\._", path.read_text("utf-8"))
    }
    assert naming == {"consent/recording.py"}


def test_the_record_says_how_the_notice_was_shown() -> None:
    shown = Presentation(Language.EN, "AUDIO", 5, True, "station-1", "op")
    record = ConsentRecord(
        "r", "p", notice(), Purpose.VERIFY, Answer.GIVEN, "2026-01-01T00:00:00.000Z", shown
    )
    house = decode_object(record.to_bytes())["house"]
    assert isinstance(house, dict) and house["method"] == "AUDIO" and house["operator"] == "op"


def test_evidence_that_is_none_is_refused() -> None:
    for plain in (b"", bytes(32), bytes(32) + b"[]", bytes(32) + b"x"):
        with pytest.raises(LedgerError):
            Evidence.from_bytes(plain)
