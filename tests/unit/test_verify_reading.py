"""What verification reads: intents with their completions, and rows of a station that writes."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from consent import export as exporting
from consent.canonical import Json
from consent.digest import sm3
from consent.entry import Entry
from consent.export import (
    read_rows,
)
from consent.kinds import Kind, Phase
from consent.ledger_port import StoredEntry, StoredHead
from consent.signing import HeadSigner
from consent.verify import verify_rows
from consent.verify_chain import Fault, Finding, Walk, walk_chain
from tests.ledger_fakes import FakeLedgerStore, new_ledger
from tests.unit.ledger_kit import (
    COMPLETION,
    DONE,
    ERASED,
    INTENT,
    fifty,
    flow,
    rechained,
    signed_rows,
)


def test_open_intents_are_listed_and_no_fault() -> None:
    report = flow((INTENT, "a", Kind.ERASE, {}), (INTENT, "b", Kind.ENROL, {}))
    assert report.ok
    assert [(one.seq, one.op, one.kind) for one in report.open_intents] == [
        (0, "a", Kind.ERASE),
        (1, "b", Kind.ENROL),
    ]


def test_completions_must_answer_an_intent_once() -> None:
    done: dict[str, Json] = {"result": DONE, "counts": {}}
    nothing: dict[str, Json] = {}
    begun, ended = (INTENT, "a", Kind.ENROL, nothing), (COMPLETION, "a", Kind.ENROL, done)
    assert flow(begun, ended).ok
    assert flow(ended).findings == (Finding(Fault.NOT_INTENDED, 0),)
    assert flow(begun, ended, ended).findings == (Finding(Fault.COMPLETED_TWICE, 2),)
    other = (COMPLETION, "a", Kind.ERASE, done)
    assert flow(begun, other).findings == (Finding(Fault.COMPLETED_TWICE, 1),)
    assert flow(begun, begun).findings == (Finding(Fault.MALFORMED, 1),)
    assert flow((INTENT, "", Kind.ENROL, {})).findings == (Finding(Fault.MALFORMED, 0),)


@pytest.mark.parametrize(
    ("payload", "faulty"),
    [
        ({"result": "DONE", "counts": ERASED}, False),
        ({"result": "FINISHED_ON_START", "counts": {"rows_remaining": 0}}, False),
        ({"result": "UNDONE", "counts": {}}, True),
        ({"result": "UNDONE_ON_START", "counts": ERASED}, True),
        ({"counts": ERASED}, True),
        ({"result": [], "counts": ERASED}, True),
        ({"result": "DONE", "counts": {"rows_remaining": 1}}, True),
        ({"result": "DONE", "counts": {"keys": {"remaining": 0, "wal_bytes": 512}}}, True),
        ({"result": "DONE", "counts": {"rows": 1, "wal_bytes": 0}}, True),
        ({"result": "DONE"}, True),
    ],
)
def test_an_erasure_must_report_that_nothing_remains(
    payload: dict[str, Json], faulty: bool
) -> None:
    report = flow((INTENT, "a", Kind.EXPIRE, {}), (COMPLETION, "a", Kind.EXPIRE, payload))
    assert report.findings == ((Finding(Fault.REMAINDER, 1),) if faulty else ())


def test_a_signed_row_against_the_rules_is_malformed() -> None:
    signer = HeadSigner.generate()
    later = Entry(0, "2026-03-01T09:00:01.000Z", "", Phase.SINGLE, Kind.FAULT, {}, b"")
    sooner = replace(later, time="2026-03-01T09:00:00.000Z")
    rows, heads = signed_rows(signer, rechained([later, sooner]))
    assert verify_rows(rows, heads, signer.public_key).findings == (Finding(Fault.MALFORMED, 1),)
    rows, heads = signed_rows(signer, [StoredEntry(0, b"{}")])
    assert verify_rows(rows, heads, signer.public_key).findings == (Finding(Fault.MALFORMED, 0),)
    assert walk_chain([], {}) == Walk(roots=[sm3(b"")])


def test_rows_read_while_the_station_writes_still_verify() -> None:
    ledger, store, signer, _ = new_ledger()
    ledger.record(Kind.SWEEP, {})

    class Busy(FakeLedgerStore):
        """Another entry is written after each read of the heads, and its head comes late."""

        reads = 0

        def heads(self) -> Iterator[StoredHead]:
            self.reads += 1
            found = list(store.heads())[: -1 if self.reads == 2 else None]
            if self.reads <= 2:
                ledger.record(Kind.SWEEP, {"read": self.reads})
            return iter(found)

        def entries(self, start: int = 0) -> Iterator[StoredEntry]:
            return store.entries(start)

    busy = Busy()
    entries, heads = read_rows(busy)
    assert len(entries) == len(heads) == 2 and busy.reads == 3
    assert verify_rows(entries, heads, signer.public_key).ok


def test_a_head_that_never_comes_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, heads, signer = fifty()
    monkeypatch.setattr(exporting, "_HEAD_WAIT_S", 0)
    store = FakeLedgerStore()
    store.rows, store.head_rows = list(rows[:3]), list(heads[:2])
    report = verify_rows(*read_rows(store), signer.public_key, second_opinions=0)
    assert report.findings == (Finding(Fault.HEAD_MISSING, 2),)
    store.rows, store.head_rows = list(rows[:2]), list(heads[:3])
    report = verify_rows(*read_rows(store), signer.public_key, second_opinions=0)
    assert report.findings == (Finding(Fault.TRUNCATED, 2),)
    store.rows, store.head_rows = [], list(heads[:3])
    report = verify_rows(*read_rows(store), signer.public_key, second_opinions=0)
    assert report.findings == (Finding(Fault.TRUNCATED, 0),)
