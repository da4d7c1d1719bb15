"""Identity numbers: check character, dates, classes. All numbers are made here."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card.id_number import NumberClass, NumberFault, check_character, examine

TODAY = date(2026, 5, 4)
BIRTHS = st.dates(date(1900, 1, 1), TODAY)
REGIONS = st.sampled_from(["310115", "310225", "440305", "810000", "830000", "931156"])


def made(region: str, birth: str, sequence: str) -> str:
    body = region + birth + sequence
    return body + check_character(body)


def test_check_character_of_the_standards_example() -> None:
    # GB 11643-1999, the example of its annex.
    assert check_character("11010519491231002") == "X"
    assert check_character("44052418800101001") == "4"


@given(REGIONS, BIRTHS, st.integers(0, 999))
def test_a_made_number_is_possible(region: str, birth: date, sequence: int) -> None:
    check = examine(made(region, f"{birth:%Y%m%d}", f"{sequence:03}"), TODAY)
    assert check.possible
    assert check.birth_date == birth
    assert check.sex == ("男" if sequence % 2 else "女")
    assert check.region_known


@given(REGIONS, BIRTHS, st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_is_noticed(
    region: str, birth: date, sequence: int, position: int, step: int
) -> None:
    number = made(region, f"{birth:%Y%m%d}", f"{sequence:03}")
    wrong = str((int(number[position]) + step) % 10)
    check = examine(number[:position] + wrong + number[position + 1 :], TODAY)
    assert NumberFault.CHECK_CHARACTER in check.faults


@given(st.text(max_size=30))
def test_hostile_text_never_raises(text: str) -> None:
    check = examine(text, TODAY)
    assert check.possible in (True, False)


@pytest.mark.parametrize(
    ("region", "number_class"),
    [
        ("310115", NumberClass.RESIDENT),
        ("810000", NumberClass.HMT),
        ("820000", NumberClass.HMT),
        ("830000", NumberClass.HMT),
        ("931156", NumberClass.FOREIGNER),
    ],
)
def test_class_by_prefix(region: str, number_class: NumberClass) -> None:
    assert examine(made(region, "19900215", "123"), TODAY).number_class is number_class


@pytest.mark.parametrize("region", ["990000", "009999", "319999"])
def test_an_unknown_region_only_warns(region: str) -> None:
    assert examine(made(region, "19900215", "123"), TODAY).possible


def test_an_unknown_province_is_flagged() -> None:
    assert not examine(made("009999", "19900215", "123"), TODAY).region_known
    assert examine(made("319999", "19900215", "123"), TODAY).region_known


@pytest.mark.parametrize("birth", ["20940101", "19900230", "18491231", "19901301", "00000101"])
def test_impossible_birth_dates(birth: str) -> None:
    check = examine(made("310115", birth, "123"), TODAY)
    assert check.faults == (NumberFault.BIRTH_DATE,)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "31011519900215123",
        "3101151990021512345",
        "31011519900215123A",
        "３１０１１５199002151231",
    ],
)
def test_other_forms_are_refused(number: str) -> None:
    assert examine(number, TODAY).faults == (NumberFault.FORM,)


def test_lower_case_x_is_accepted() -> None:
    assert examine("11010519491231002x", TODAY).possible


def test_old_foreigner_number_is_not_held_to_a_check_character() -> None:
    assert examine("UTO310090021512", TODAY).number_class is NumberClass.FOREIGNER_2017
    assert examine("UTO310090021512", TODAY).possible
    assert examine("UTO310090023112", TODAY).faults == (NumberFault.BIRTH_DATE,)


def test_repr_names_no_number() -> None:
    assert repr(examine("11010519491231002X", TODAY)) == "NumberCheck(RESIDENT, 0 faults)"
