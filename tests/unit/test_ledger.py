"""The ledger: entries, heads, intents, clock, disk full, restart."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import canonical
from consent.digest import commitment, from_text, new_salt, sm3, to_text
from consent.entry import Entry, check_payload, parse_entry, parse_head, time_text
from consent.kinds import CompletionResult, Kind, Phase
from consent.ledger import Ledger
from consent.ledger_port import StoredEntry, StoredHead
from consent.merkle import leaf_hash, tree_root
from consent.signing import HeadSigner, verify
from station.errors import ErrorCode, LedgerError, StationBug, StorageError
from tests.ledger_fakes import ORIGIN, FakeClock, FakeLedgerStore, new_ledger

ID_NUMBER = "11010119000101123X"


def fill(ledger: Ledger) -> None:
    ledger.record(Kind.STATION_START, {"version": "0.1.0"})
    op = ledger.intent(Kind.KEEP_IDENTITY, {"stores": ["identity", "keys"]})
    ledger.complete(op, CompletionResult.DONE, {"identity": {"rows": 1}})


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


def broken_head(store: FakeLedgerStore) -> None:
    store.head_rows[2] = StoredHead(3, store.head_rows[2].body, store.head_rows[1].signature)


def broken_unsigned_tail(store: FakeLedgerStore) -> None:
    store.head_rows.pop()
    broken_last(store)
    store.rows[2] = StoredEntry(2, store.rows[2].body.replace(b'"seq":2', b'"seq":4'))


def lost_with_its_head(store: FakeLedgerStore) -> None:
    store.head_rows.pop()
    store.rows.pop(1)


def broken_row_number(store: FakeLedgerStore) -> None:
    store.rows[2] = StoredEntry(3, store.rows[2].body)


@pytest.mark.parametrize(
    ("harm", "seq"),
    [
        (broken_alter, 2),
        (broken_last, 2),
        (broken_row_number, 2),
        (broken_start, 1),
        (broken_head, 2),
        (broken_unsigned_tail, 2),
        (lost_with_its_head, 1),
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


@pytest.mark.parametrize(
    "payload",
    [
        {"number": ID_NUMBER},
        {"number": ID_NUMBER.lower()},
        {"text": f"No{ID_NUMBER}."},
        {"list": [{"deep": ID_NUMBER}]},
        {ID_NUMBER: 1},
        {"number": 110101190001011234},
        {"image": b"\xff\xd8"},
        {"image": bytearray(2)},
        {"image": memoryview(b"1")},
        {"score": 0.5},
        {"nothing": None},
        {"set": {1}},
        {"big": 1 << 60},
        {"名": 1},
        {"surrogate": "\ud800"},
    ],
)
def test_a_payload_that_may_hold_personal_data_is_refused(payload: dict[str, Any]) -> None:
    ledger, store, _, _ = new_ledger()
    with pytest.raises(StationBug) as caught:
        ledger.record(Kind.FAULT, payload)
    assert store.rows == []
    assert ID_NUMBER not in str(caught.value)


def test_digests_and_ids_in_hexadecimal_are_no_identity_numbers() -> None:
    check_payload({"visit_id": "1" * 32, "digest": "2" * 64, "n": [1, True, "x", {"y": 2}]})
    with pytest.raises(StationBug):
        check_payload("1" * 31)


def test_deep_nesting_is_refused() -> None:
    value: Any = 1
    for _ in range(canonical.MAX_DEPTH + 2):
        value = [value]
    with pytest.raises(StationBug):
        canonical.encode(value)


def test_integers_beyond_two_to_53_have_no_canonical_form() -> None:
    assert canonical.decode(canonical.encode(2**53)) == 2**53
    with pytest.raises(StationBug):
        canonical.encode(2**53 + 1)


def test_only_aware_times_are_written() -> None:
    with pytest.raises(StationBug):
        time_text(FakeClock().moment.replace(tzinfo=None))


def test_op_ids_are_redrawn_when_they_look_like_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["1" * 32, "a" * 32])
    monkeypatch.setattr("consent.ledger.secrets.token_hex", lambda _count: next(drawn))
    ledger, _, _, _ = new_ledger()
    assert ledger.intent(Kind.ERASE, {}) == "a" * 32


json_values = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=126)), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(json_values)
def test_canonical_bytes_read_back_to_themselves(value: canonical.Json) -> None:
    try:
        data = canonical.encode(value)
    except StationBug:
        return
    assert canonical.decode(data) == value
    assert canonical.encode(canonical.decode(data)) == data


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_hostile_bytes_are_refused_or_canonical(data: bytes) -> None:
    try:
        value = canonical.decode(data)
    except LedgerError:
        return
    assert canonical.encode(value) == data


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1.0}',
        b'{"a":NaN}',
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":null}',
        b"\xff",
        b"[" * 100_000,
        b'"' + b"x" * canonical.MAX_BYTES + b'"',
        b'"\\u0041"',
    ],
)
def test_text_that_is_not_canonical_is_refused(data: bytes) -> None:
    with pytest.raises(LedgerError):
        canonical.decode(data)


GOOD_ENTRY = Entry(3, "2026-01-01T00:00:00.000Z", "", Phase.SINGLE, Kind.FAULT, {}, bytes(32))


@pytest.mark.parametrize(
    "change",
    [
        {"seq": -1},
        {"seq": "3"},
        {"seq": True},
        {"time": "2026-01-01T00:00:00Z"},
        {"time": "2026-13-01T00:00:00.000Z"},
        {"op": 1},
        {"phase": "MAYBE"},
        {"kind": "UNKNOWN"},
        {"payload": []},
        {"prev_hash": "AAAA"},
        {"prev_hash": "?"},
        {"extra": 1},
        {"demo": False},
        {"demo": 1},
    ],
)
def test_an_entry_out_of_form_is_refused(change: dict[str, Any]) -> None:
    document = canonical.decode_object(GOOD_ENTRY.to_bytes())
    assert parse_entry(GOOD_ENTRY.to_bytes()) == GOOD_ENTRY
    with pytest.raises(LedgerError):
        parse_entry(canonical.encode({**document, **change}))


def test_an_entry_without_a_field_and_a_list_are_refused() -> None:
    document = canonical.decode_object(GOOD_ENTRY.to_bytes())
    del document["op"]
    for value in (document, [1]):
        with pytest.raises(LedgerError):
            parse_entry(canonical.encode(value))


def test_a_head_out_of_form_is_refused() -> None:
    ledger, store, _, _ = new_ledger()
    fill(ledger)
    document = canonical.decode_object(store.head_rows[0].body)
    for change in ({"size": -1}, {"more": 1}, {"root": "AA"}):
        with pytest.raises(LedgerError):
            parse_head(canonical.encode({**document, **change}))


def test_base64url_has_one_form_and_commitments_need_a_salt() -> None:
    assert from_text(to_text(b"\xff\xfe")) == b"\xff\xfe"
    for text in ("//4", "_-5", "_", "名", "__4="):
        with pytest.raises(ValueError, match="base64url"):
            from_text(text)
    salt = new_salt()
    assert commitment(salt, b"x") != commitment(new_salt(), b"x")
    with pytest.raises(ValueError, match="32 bytes"):
        commitment(b"short", b"x")


def test_sm3_equals_the_standard_s_example() -> None:
    # GB/T 32905-2016 appendix A.1.
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


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
