"""Text blocks of the four PRC card layouts, built by the independent software card."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card.resident_text import LONG_TERM, parse_text
from drivers.simulated.sam_reader import Layout, text_block
from station.errors import CardError, ErrorCode
from station.model import IDENTITY_FIELDS, DocumentKind
from tests.resident_card import resident


def test_resident_card() -> None:
    text = parse_text(resident())
    assert text.kind is DocumentKind.RESIDENT_ID
    assert text.fields == {
        "name": "欧阳若曦",
        "sex": "女",
        "nation": "德昂",
        "birth_date": "1949-12-31",
        "address": "示例省示例市示例路1号2单元303室",
        "document_number": "11010519491231002X",
        "issuer": "示例市公安局",
        "valid_from": "2015-06-01",
        "valid_until": "2035-06-01",
    }


def test_hong_kong_macau_taiwan_permit() -> None:
    text = parse_text(
        text_block(
            Layout.HMT,
            name="陈示例",
            sex="1",
            birth="19900215",
            address="示例路",
            number="810000199002151235",
            issuer="示例市公安局",
            **{"from": "20200101", "until": "20250101"},
            permit="H12345678",
            issues="01",
        )
    )
    assert text.kind is DocumentKind.HMT_RESIDENCE_PERMIT
    assert text.fields["sex"] == "男"
    assert "nation" not in text.fields
    assert "H12345678" not in text.fields.values()


def test_foreigner_card_2023_joins_the_long_latin_name() -> None:
    text = parse_text(
        text_block(
            Layout.FOREIGNER_2023,
            name="示例人",
            sex="9",
            birth="19900215",
            latin1="A" * 35,
            latin2="B" * 11,
            number="931156199002151231",
            **{"from": "20240101", "until": "20290101"},
            country="UTO",
            earlier="311",
        )
    )
    assert text.kind is DocumentKind.FOREIGNER_ID_2023
    assert text.fields["name_latin"] == "A" * 35 + "B" * 11
    assert text.fields["nationality"] == "UTO"
    assert text.fields["sex"] == "未说明"


def test_foreigner_card_2017() -> None:
    text = parse_text(
        text_block(
            Layout.FOREIGNER_2017,
            latin="EXAMPLE, PERSON ANNA",
            sex="2",
            number="UTO310090021512",
            country="UTO",
            birth="19900215",
            version="01",
            agency="3100",
            **{"from": "20180101", "until": "20230101"},
        )
    )
    assert text.kind is DocumentKind.FOREIGNER_ID_2017
    assert text.fields["name"] == text.fields["name_latin"] == "EXAMPLE, PERSON ANNA"
    assert text.fields["issuer"] == "3100"
    assert text.fields["birth_date"] == "1990-02-15"


def test_every_field_is_one_the_notice_can_list() -> None:
    assert set(parse_text(resident()).fields) <= set(IDENTITY_FIELDS)


def test_validity() -> None:
    text = parse_text(resident(until="20260503"))
    assert text.expired(date(2026, 5, 4))
    assert not text.expired(date(2026, 5, 3))
    endless = parse_text(resident(until=LONG_TERM))
    assert endless.fields["valid_until"] == LONG_TERM
    assert not endless.expired(date(9999, 12, 31))


@pytest.mark.parametrize(
    ("code", "word"), [("01", "汉"), ("29", "柯尔克孜"), ("56", "基诺"), ("97", "其他")]
)
def test_nations(code: str, word: str) -> None:
    assert parse_text(resident(nation=code)).fields["nation"] == word


@pytest.mark.parametrize("code", ["00", "57", "AB", "1", "９９"])
def test_unknown_nation_is_left_out(code: str) -> None:
    assert "nation" not in parse_text(resident(nation=code)).fields


def test_rare_private_use_character_of_a_name_stays() -> None:
    assert parse_text(resident(name="\ue81a示例")).fields["name"] == "\ue81a示例"


@pytest.mark.parametrize(
    "block",
    [
        b"",
        bytes(255),
        bytes(256),
        resident() + b" ",
        resident(name="a\u202eb"),
        resident(name="a\nb"),
        resident(name="a\u2028b"),
        resident(birth="19490231"),
        resident(until=""),
        resident(until="1２345678"),
        resident(number=""),
        b"\x00\xd8" + resident()[2:],
    ],
)
def test_damaged_blocks_are_unreadable(block: bytes) -> None:
    with pytest.raises(CardError) as caught:
        parse_text(block)
    assert caught.value.code is ErrorCode.CARD_UNREADABLE


@given(st.binary(min_size=256, max_size=256), st.sampled_from([b"J\0", b"Y\0", b"I\0", b" \0"]))
def test_hostile_blocks_give_fields_or_a_typed_error(block: bytes, mark: bytes) -> None:
    try:
        text = parse_text(block[:248] + mark + block[250:])
    except CardError as error:
        assert error.code is ErrorCode.CARD_UNREADABLE
    else:
        assert text.fields["document_number"]


@given(position=st.integers(0, 255), value=st.integers(0, 255))
def test_a_changed_byte_never_escapes_the_typed_error(position: int, value: int) -> None:
    block = bytearray(resident())
    block[position] = value
    try:
        parse_text(block).expired(date(2026, 5, 4))
    except CardError as error:
        assert error.code is ErrorCode.CARD_UNREADABLE


def test_repr_names_no_field() -> None:
    assert repr(parse_text(resident())) == "ResidentText(RESIDENT_ID, 9 fields)"
