"""Every code staff read has a word in both languages."""

import re
from pathlib import Path

import pytest

from consent.kinds import Kind
from resources.office_texts import office_table, office_word
from station.access import Act, Role
from station.model import Language, Outcome
from station.requests import RequestState

_ROOT = Path(__file__).parents[2]
_OFFICE = _ROOT / "ui" / "office"


@pytest.mark.parametrize(
    ("section", "codes"), [("act", Act), ("role", Role), ("kind", Kind), ("outcome", Outcome)]
)
def test_every_code_of_the_core_has_a_word(section: str, codes: type) -> None:
    table = office_table()[section]
    assert set(table) == {code.value for code in codes}


def test_states_of_requests_and_accounts_have_words() -> None:
    accounts = {"ACTIVE", "NEW", "LOCKED", "LOCKED_FOR_NOW", "EXPIRED"}
    assert {*RequestState, *accounts} <= set(office_table()["state"])


def test_every_word_is_there_in_both_languages() -> None:
    for section, words in office_table().items():
        for code, said in words.items():
            assert set(said) == {language.value for language in Language}, (section, code)
            assert all(text.strip() for text in said.values()), (section, code)


def test_what_a_page_says_was_done_or_shows_is_in_the_table() -> None:
    told, words = set[str](), set[tuple[str, str]]()
    for path in _OFFICE.glob("*.py"):
        source = path.read_text("utf-8")
        told |= set(re.findall(r'self\.(?:act|_hand_in)\([^"]*?"(\w+)"', source, re.S))
        words |= set(re.findall(r'word\("(\w+)", "(\w+)"\)', source))
    table = office_table()
    assert {"agreed", "refused", "asked", "locked", "exported"} <= told
    assert told <= set(table["told"])
    assert all(code in table[section] for section, code in words)


def test_a_code_of_a_later_release_is_shown_as_it_is() -> None:
    assert office_word("kind", "SOMETHING_NEW", "en") == "SOMETHING_NEW"
    with pytest.raises(KeyError):
        office_word("nothing", "X", "en")
