"""The ledger: entries, heads, intents, clock, disk full, restart."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from consent.digest import sm3
from consent.entry import parse_entry, parse_head, time_text
from consent.kinds import CompletionResult, Kind, Phase
from consent.ledger import Ledger
from consent.ledger_port import StoredEntry, StoredHead
from consent.merkle import leaf_hash, tree_root
from consent.signing import HeadSigner, verify
from consent.verify import verify_rows
from station.errors import ErrorCode, LedgerError, StationBug, StorageError
from tests.ledger_fakes import ORIGIN, FakeLedgerStore, new_ledger
from tests.unit.ledger_kit import fill


def test_entries_are_chained_and_each_size_is_signed() -> None:
    ledger, store, signer, _ = new_ledger()
    fill(ledger)
    entries = [parse_entry(row.body) for row in store.rows]
    assert [entry.seq for entry in entries] == [0, 1, 2]
    assert [entry.phase for entry in entries] == [Phase.SINGLE, Phase.INTENT, Phase.COMPLETION]
    assert entries[0].prev_hash == sm3(b"")
    assert entries[1].prev_hash == sm3(store.rows[0].body)
    assert entries[2].op == entries[1].op
    assert entries[2].payload == {"result": "DONE", "counts": {"identity": {"rows": 1}}}
    assert [head.size for head in store.head_rows] == [1, 2, 3]
    leaves = [leaf_hash(row.body) for row in store.rows]
    for stored in store.head_rows:
        head = parse_head(stored.body)
        assert head.root == tree_root(leaves[: head.size])
        assert (head.origin, head.key_id) == (ORIGIN, signer.key_id)
        assert verify(ledger.public_key, stored.body, stored.signature)
    assert ledger.head().size == ledger.size == 3


def test_every_entry_of_the_demo_profile_says_so_and_no_other() -> None:
    for demo in (True, False):
        ledger, store, _, _ = new_ledger(demo=demo)
        fill(ledger)
        assert all((b'"demo":true' in row.body) is demo for row in store.rows)
        assert all(parse_entry(row.body).demo is demo for row in store.rows)


def test_evidence_goes_into_the_same_append() -> None:
    ledger, store, _, _ = new_ledger()
    seq = ledger.record(Kind.CONSENT_GIVEN, {}, b"sealed")
    assert store.evidence == {seq: b"sealed"}


def test_an_intent_is_completed_exactly_once() -> None:
    ledger, _, _, _ = new_ledger()
    op = ledger.intent(Kind.ERASE, {})
    assert ledger.open_intents() == ((op, Kind.ERASE),)
    ledger.complete(op, CompletionResult.DONE, {"rows_remaining": 0})
    assert ledger.open_intents() == ()
    with pytest.raises(StationBug):
        ledger.complete(op, CompletionResult.DONE, {})
    with pytest.raises(StationBug):
        ledger.complete("unknown", CompletionResult.DONE, {})


def test_a_restart_continues_chain_tree_and_open_intents() -> None:
    ledger, store, signer, clock = new_ledger()
    fill(ledger)
    op = ledger.intent(Kind.EXPIRE, {})
    again = Ledger(store, signer, ORIGIN, clock, demo=True)
    assert again.size == 4
    assert again.open_intents() == ((op, Kind.EXPIRE),)
    again.complete(op, CompletionResult.FINISHED_ON_START, {"rows_remaining": 0})
    assert parse_entry(store.rows[4].body).prev_hash == sm3(store.rows[3].body)
    assert parse_head(store.head_rows[-1].body).root == tree_root(
        [leaf_hash(row.body) for row in store.rows]
    )
    assert len(store.head_rows) == 5


def test_a_renamed_station_goes_on_with_a_ledger_that_verifies() -> None:
    ledger, store, signer, clock = new_ledger()
    fill(ledger)
    renamed = Ledger(store, signer, "another-name", clock, demo=True)
    renamed.record(Kind.STATION_START, {})
    report = verify_rows(store.rows, store.head_rows, signer.public_key)
    assert report.findings == () and report.origin == ORIGIN


def test_clock_set_back_is_flagged_and_raised_only_by_the_check() -> None:
    ledger, store, _, clock = new_ledger()
    ledger.clock_ok()
    ledger.record(Kind.STATION_START, {})
    ledger.clock_ok()
    high = ledger.high_water()
    clock.moment -= timedelta(hours=1)
    with pytest.raises(StorageError) as caught:
        ledger.clock_ok()
    assert caught.value.code is ErrorCode.CLOCK_SET_BACK
    assert caught.value.numbers["behind_s"] >= 3599
    ledger.record(Kind.CLOCK_SET_BACK, {})
    first, second = (parse_entry(row.body) for row in store.rows)
    assert second.time == first.time and second.clock_back and not first.clock_back
    assert ledger.high_water() <= high
    assert time_text(ledger.high_water()) == first.time
    clock.moment += timedelta(hours=2)
    ledger.clock_ok()
    ledger.record(Kind.STATION_STOP, {})
    assert not parse_entry(store.rows[2].body).clock_back


def test_a_small_correction_of_the_clock_is_no_alarm() -> None:
    ledger, _, _, clock = new_ledger()
    ledger.record(Kind.STATION_START, {})
    clock.moment -= timedelta(seconds=1)
    ledger.clock_ok()


def test_disk_full_writes_nothing_and_the_next_entry_follows() -> None:
    ledger, store, _, _ = new_ledger()
    ledger.record(Kind.STATION_START, {})
    store.fail_append = True
    with pytest.raises(StorageError):
        ledger.record(Kind.FAULT, {})
    with pytest.raises(StorageError):
        ledger.intent(Kind.ERASE, {})
    assert ledger.size == 1 and ledger.open_intents() == ()
    store.fail_append = False
    assert ledger.record(Kind.FAULT, {}) == 1


def test_a_head_that_could_not_be_written_is_written_before_the_next_entry() -> None:
    ledger, store, _, _ = new_ledger()
    store.fail_head = True
    with pytest.raises(StorageError):
        ledger.record(Kind.STATION_START, {})
    with pytest.raises(StorageError):
        ledger.record(Kind.FAULT, {})
    assert len(store.rows) == 1
    store.fail_head = False
    ledger.record(Kind.FAULT, {})
    assert [head.size for head in store.head_rows] == [1, 2]


def test_a_head_lost_in_a_crash_is_signed_on_start() -> None:
    ledger, store, signer, clock = new_ledger()
    fill(ledger)
    store.head_rows.pop()
    Ledger(store, signer, ORIGIN, clock, demo=True)
    assert [head.size for head in store.head_rows] == [1, 2, 3]


def test_a_store_that_gives_another_seq_is_refused() -> None:
    ledger, store, _, _ = new_ledger()
    store.rows.append(StoredEntry(0, b"{}"))
    with pytest.raises(LedgerError):
        ledger.record(Kind.STATION_START, {})


def broken_alter(store: FakeLedgerStore) -> None:
    body = store.rows[1].body.replace(b"INTENT", b"SINGLE")
    store.rows[1] = StoredEntry(1, body)


def broken_last(store: FakeLedgerStore) -> None:
    store.rows[2] = StoredEntry(2, store.rows[2].body.replace(b'"rows":1', b'"rows":2'))


def broken_start(store: FakeLedgerStore) -> None:
    store.rows[1] = StoredEntry(1, b" " + store.rows[1].body)


def broken_kind(store: FakeLedgerStore) -> None:
    store.rows[1] = StoredEntry(1, store.rows[1].body.replace(b"KEEP_IDENTITY", b"KEEP_NOTHING"))


def broken_head(store: FakeLedgerStore) -> None:
    store.head_rows[2] = StoredHead(3, store.head_rows[2].body, store.head_rows[1].signature)


def broken_unsigned_tail(store: FakeLedgerStore) -> None:
    store.head_rows.pop()
    broken_last(store)
    store.rows[2] = StoredEntry(2, store.rows[2].body.replace(b'"seq":2', b'"seq":4'))


def lost_with_its_head(store: FakeLedgerStore) -> None:
    store.head_rows.pop()
    store.rows.pop(1)


def two_without_heads(store: FakeLedgerStore) -> None:
    """Someone with the file's key, but not the signing key, rewrote the end of the chain."""
    del store.head_rows[1:]
    forged = store.rows[1].body.replace(b"identity", b"nothing!")
    last = replace(parse_entry(store.rows[2].body), prev_hash=sm3(forged))
    store.rows[1:] = [StoredEntry(1, forged), StoredEntry(2, last.to_bytes())]


def broken_row_number(store: FakeLedgerStore) -> None:
    store.rows[2] = StoredEntry(3, store.rows[2].body)


@pytest.mark.parametrize(
    ("harm", "seq"),
    [
        (broken_alter, 2),
        (broken_last, 2),
        (broken_row_number, 2),
        (broken_start, 1),
        (broken_kind, 1),
        (broken_head, 2),
        (broken_unsigned_tail, 2),
        (lost_with_its_head, 1),
        (two_without_heads, 1),
        (lambda store: store.head_rows.clear(), 0),
        (lambda store: store.rows.pop(), 2),
        (lambda store: store.rows.pop(0), 0),
    ],
)
def test_a_store_that_was_changed_is_refused_on_start(
    harm: Callable[[FakeLedgerStore], object], seq: int
) -> None:
    ledger, store, signer, clock = new_ledger()
    fill(ledger)
    harm(store)
    with pytest.raises(LedgerError) as caught:
        Ledger(store, signer, ORIGIN, clock, demo=True)
    assert caught.value.numbers["seq"] == seq


def test_an_empty_ledger_has_no_head() -> None:
    ledger, store, _, _ = new_ledger()
    with pytest.raises(LedgerError):
        ledger.head()
    assert store.head_rows == []


def test_op_ids_are_redrawn_when_they_look_like_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["1" * 32, "a" * 32])
    monkeypatch.setattr("consent.ledger.secrets.token_hex", lambda _count: next(drawn))
    ledger, _, _, _ = new_ledger()
    assert ledger.intent(Kind.ERASE, {}) == "a" * 32


def test_appending_costs_the_same_at_ten_thousand_entries() -> None:
    class Counting(FakeLedgerStore):
        reads = 0

        def entries(self, start: int = 0) -> Iterator[StoredEntry]:
            self.reads += 1
            return super().entries(start)

    store = Counting()
    ledger, _, _, _ = new_ledger(store)
    for _ in range(50):
        ledger.record(Kind.SWEEP, {})
    assert store.reads == 1


def test_a_replaced_head_of_equal_size_does_not_hide_the_last() -> None:
    ledger, store, signer, clock = new_ledger()
    fill(ledger)
    store.head_rows.append(StoredHead(2, store.head_rows[1].body, b""))
    assert Ledger(store, signer, ORIGIN, clock, demo=True).head() == ledger.head()


def test_a_fresh_signer_signs_what_its_exported_key_signs() -> None:
    signer = HeadSigner.generate()
    again = HeadSigner.from_private(signer.export_private().reveal())
    assert again.public_key == signer.public_key and again.key_id == signer.key_id
    assert verify(signer.public_key, b"m", again.sign(b"m"))
    assert repr(again) == f"HeadSigner({signer.key_id})"
