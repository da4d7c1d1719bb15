"""The machine readable zone: worked examples of ICAO 9303, check digits and the century rule."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card import mrz
from station.booth.ports import AccessKey
from station.errors import CardError, ErrorCode

# Specimens of ICAO 9303-4, -5 and -6 (the fictional state of Utopia).
TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6"
TD1 = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"


@pytest.mark.parametrize(
    ("text", "number"), [(TD3, "L898902C3"), (TD2, "D23145890"), (TD1, "D23145890")]
)
def test_the_specimens_of_the_standard(text: str, number: str) -> None:
    zone = mrz.parse(text)
    assert (zone.surname, zone.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert (zone.issuer, zone.nationality, zone.sex) == ("UTO", "UTO", "F")
    assert (zone.document_number, zone.birth_date, zone.expiry_date) == (number, "740812", "120415")


def test_a_long_td1_number_continues_in_the_optional_data() -> None:
    # ICAO 9303-5 §4.2.4: D23145890734 with check digit 9.
    number = "D23145890<7349<<<<<<<<<<"[:25].ljust(25, "<")
    lower = "7408122F1204159UTO<<<<<<<<<<<"
    total = mrz.check_digit(number + lower[0:7] + lower[8:15] + lower[18:29])
    zone = mrz.parse("I<UTO" + number + lower + total + "ERIKSSON<<ANNA".ljust(30, "<"))
    assert zone.document_number == "D23145890734"


@pytest.mark.parametrize(
    ("text", "digit"),
    [("L898902C<", "3"), ("690806", "1"), ("940623", "6"), ("D23145890734", "9"), ("340712", "7")],
)
def test_check_digits_of_the_standard(text: str, digit: str) -> None:
    assert mrz.check_digit(text) == digit


def test_access_key_of_appendix_d2() -> None:
    assert mrz.mrz_information(AccessKey("L898902C", "690806", "940623")) == (
        "L898902C<369080619406236"
    )
    long = mrz.mrz_information(AccessKey("D23145890734", "340712", "950712"))
    assert long == "D23145890734934071279507122"


@pytest.mark.parametrize(
    "access",
    [
        AccessKey("L898902C", "69-08-06", "940623"),
        AccessKey("L898902C", "690806", "94062"),
        AccessKey("护照", "690806", "940623"),
        AccessKey("A" * 40, "690806", "940623"),
    ],
)
def test_a_key_no_document_can_have_is_denied(access: AccessKey) -> None:
    with pytest.raises(CardError, match=ErrorCode.CARD_ACCESS_DENIED):
        mrz.mrz_information(access)


@given(st.integers(0, 87), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"))
def test_a_changed_character_under_a_check_digit_is_noticed(at: int, character: str) -> None:
    changed = TD3[:at] + character + TD3[at + 1 :]
    covered = at >= 44 and not (54 <= at < 57) and at != 64
    same_value = mrz.check_digit(TD3[at]) == mrz.check_digit(character)
    if not covered or same_value:
        return
    with pytest.raises(CardError, match=ErrorCode.CARD_UNREADABLE):
        mrz.parse(changed)


@given(st.text(max_size=95))
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(CardError, match=ErrorCode.CARD_UNREADABLE):
        mrz.parse(text)


@pytest.mark.parametrize(
    ("yymmdd", "expected"),
    [
        ("740812", date(1974, 8, 12)),
        ("261122", date(2026, 11, 22)),
        ("261123", date(1926, 11, 23)),
        ("000229", date(2000, 2, 29)),
        ("270229", None),
        ("74<<<<", None),
        ("<<<<<<", None),
    ],
)
def test_birth_dates_by_the_century_rule(yymmdd: str, expected: date | None) -> None:
    assert mrz.birth_date(yymmdd, today=date(2026, 11, 22)) == expected


@given(st.dates(date(1927, 11, 23), date(2026, 11, 22)))
def test_ages_up_to_99_are_right(born: date) -> None:
    assert mrz.birth_date(f"{born:%y%m%d}", date(2026, 11, 22)) == born


def test_expiry_dates_lie_in_this_century() -> None:
    assert mrz.expiry_date("991231") == date(2099, 12, 31)
    assert mrz.expiry_date("310229") is None


def test_nothing_personal_shows() -> None:
    assert "ERIKSSON" not in repr(mrz.parse(TD3))
