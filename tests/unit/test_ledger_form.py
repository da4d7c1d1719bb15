"""The form of what the ledger writes: no personal data, one canonical text, entries, heads."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import canonical
from consent.digest import commitment, from_text, new_salt, sm3, to_text
from consent.entry import Entry, check_payload, parse_entry, parse_head, time_text
from consent.kinds import Kind, Phase
from station.errors import LedgerError, StationBug
from tests.ledger_fakes import FakeClock, new_ledger
from tests.unit.ledger_kit import fill

ID_NUMBER = "11010119000101123X"


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
