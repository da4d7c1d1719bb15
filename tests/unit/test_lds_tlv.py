"""BER-TLV under hostile lengths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card import tlv
from station.errors import CardError, ErrorCode

tags = st.sampled_from([0x02, 0x30, 0x5C, 0x61, 0x87, 0x5F1F, 0x7F60, 0x7F61])


@given(tags, st.binary(max_size=400), st.binary(max_size=8))
def test_encoded_objects_are_read_back(tag: int, value: bytes, tail: bytes) -> None:
    raw = tlv.encode(tag, value) + tail
    found = tlv.read_object(raw)
    assert (found.tag, bytes(found.value(raw))) == (tag, value)
    assert bytes(found.whole(raw)) + tail == raw


@given(st.binary(max_size=80))
def test_no_object_reaches_beyond_its_buffer(raw: bytes) -> None:
    try:
        objects = list(tlv.children(raw))
    except CardError as error:
        assert error.code is ErrorCode.CARD_UNREADABLE
        return
    assert [o.start for o in objects] == [0, *[o.end for o in objects]][: len(objects)]
    assert (objects[-1].end if objects else 0) == len(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "61",
        "6182",
        "618201",
        "6180",
        "61850000000001",
        "6184ffffffff",
        "5fffffff01",
        "6105aabb",
    ],
)
def test_cut_indefinite_and_oversized_headers_are_refused(raw: str) -> None:
    with pytest.raises(CardError, match=ErrorCode.CARD_UNREADABLE):
        tlv.read_object(bytes.fromhex(raw))


def test_a_child_may_not_outgrow_its_parent() -> None:
    raw = bytes.fromhex("6104" + "5f1f10" + "41" + "42" * 20)
    with pytest.raises(CardError):
        tlv.find(raw, 0x61, 0x5F1F)


def test_endless_small_objects_are_cut_off() -> None:
    with pytest.raises(CardError):
        list(tlv.children(bytes.fromhex("0200") * 100))


def test_the_missing_tag_is_named() -> None:
    with pytest.raises(CardError) as caught:
        tlv.find(tlv.encode(0x61, b""), 0x61, 0x5F1F)
    assert caught.value.numbers == {"missing_tag": 0x5F1F}
