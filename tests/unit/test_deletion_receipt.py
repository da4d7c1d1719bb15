"""The deletion receipt: counts and no person in it, and no character that could be changed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.canonical import Json, encode
from consent.digest import to_text
from consent.entry import TreeHead
from consent.kinds import Kind
from consent.signing import HeadSigner
from station.deletion_receipt import (
    MAX_BYTES,
    make_deletion_receipt,
    read_deletion_receipt,
)
from station.errors import ErrorCode, LedgerError, StationBug
from station.ports import Erased
from tests.ledger_fakes import new_ledger

SIGNER = HeadSigner.generate()
ERASED = Erased("ab" * 16, (("identity", 1), ("keys", 3), ("template", 1)), 0, 0)
HEAD = TreeHead("station-1", 41, bytes(range(32)), "2026-03-01T09:00:00.000Z", SIGNER.key_id)


def made(erased: Erased = ERASED) -> bytes:
    return make_deletion_receipt(erased, HEAD, SIGNER.sign, demo=True)


MADE = made()


def refused(data: bytes, key: bytes = SIGNER.public_key) -> None:
    with pytest.raises(LedgerError) as caught:
        read_deletion_receipt(data, key)
    assert caught.value.code is ErrorCode.RECEIPT_INVALID


def test_it_says_what_went_from_where_and_under_which_head() -> None:
    receipt = read_deletion_receipt(made(), SIGNER.public_key)
    assert (receipt.station, receipt.op_id) == ("station-1", ERASED.op_id)
    assert dict(receipt.rows) == {"identity": 1, "keys": 3, "template": 1}
    assert (receipt.head_size, receipt.head_root) == (41, bytes(range(32)))
    assert (receipt.time, receipt.demo) == (HEAD.time, True)


def test_it_fits_the_head_of_a_real_ledger() -> None:
    ledger, _, signer, _ = new_ledger()
    ledger.record(Kind.STATION_START, {})
    data = make_deletion_receipt(ERASED, ledger.head(), signer.sign, demo=False)
    assert read_deletion_receipt(data, ledger.public_key).head_size == ledger.size


def test_nothing_in_it_has_the_shape_of_a_person() -> None:
    text = made().decode()
    assert not re.search(r"\d{10}", text)
    assert set(re.findall(r'"([a-z_]+)":', text)) == {
        *("receipt", "signature", "form", "station", "op", "time", "rows", "remaining"),
        *("wal_bytes", "head", "size", "root", "demo", "identity", "keys", "template"),
    }


@pytest.mark.parametrize("left", [(1, 0), (0, 4096)])
def test_where_something_remained_there_is_none(left: tuple[int, int]) -> None:
    with pytest.raises(StationBug):
        made(Erased(ERASED.op_id, ERASED.rows, *left))


@given(st.data())
def test_one_changed_byte_is_refused(data: st.DataObject) -> None:
    whole = bytearray(MADE)
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    refused(bytes(whole))


@given(st.binary(max_size=300))
def test_what_is_no_receipt_is_refused(data: bytes) -> None:
    refused(data)


def test_another_key_or_another_form_is_refused() -> None:
    refused(made(), HeadSigner.generate().public_key)
    refused(made() + b" " * MAX_BYTES)
    bodies: tuple[Json, ...] = ({}, {"form": "deletion-receipt/2"}, [])
    for body in bodies:
        refused(encode({"receipt": body, "signature": to_text(SIGNER.sign(encode(body)))}))
