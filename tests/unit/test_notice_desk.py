"""From draft to publication: what is missing is named, two people publish, nothing else changes."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.canonical import decode_object, encode
from consent.digest import to_text
from consent.draft import NAMES, Name, draft_json, draft_of, parse_draft
from consent.kinds import Kind
from consent.notice_source import read_notice, read_site, read_templates
from consent.required_words import RIGHTS, Lack
from station.access import Act
from station.deployment import Words
from station.errors import ConsentError, ErrorCode, StationBug
from station.model import Language, Purpose
from station.notice_desk import _asked_about
from station.office_book import Shelf
from station.requests import digest_of
from tests.desk_permits import granted
from tests.unit.notice_bench import (
    NOTICES,
    PROFILE,
    SITE,
    START,
    Bench,
    change,
    filled,
    refused,
    reworded,
)

# What is in force


def test_without_a_publication_the_site_s_file_holds() -> None:
    bench = Bench()
    for name in NAMES:
        assert bench.desk.current(name) == read_notice(NOTICES, name, SITE)
        assert not bench.desk.is_behind(name)


def test_the_profile_s_facts_stand_in_the_notice_and_not_the_file_s() -> None:
    handler = change(PROFILE.handler, name=Words(zh_CN="另一个处理者", en="Another Handler"))
    bench = Bench(change(PROFILE, handler=handler))
    text = bench.desk.current("visitor").text(Language.EN)
    assert text.handler_name == "Another Handler"
    assert "Another Handler" in text.declaration
    assert "DB31/T 294 (responsible unit:" in text.sections[0][1]
    assert text.recipients == "none", "what the profile does not say comes from the file"


@pytest.mark.parametrize("name", NAMES)
def test_a_publication_takes_the_place_of_the_shipped_words(name: Name) -> None:
    bench = Bench(PROFILE)
    draft = bench.draft(name)
    before = bench.desk.current(name)
    bench.publish(filled(draft, "authority", "another authority"))
    notice = bench.desk.current(name)
    assert notice.version == "2.0" and notice.digest != before.digest
    assert (notice.purposes, notice.fields) == (before.purposes, before.fields)
    assert bench.opened().current(name) == notice, "it is there after a restart"


def test_it_holds_from_its_day_on_and_the_newest_wins() -> None:
    bench = Bench(PROFILE)
    first = bench.desk.current("visitor")
    bench.publish(change(bench.draft(), effective_on="2026-11-24"))
    assert bench.desk.current("visitor") == first
    bench.now = START + timedelta(days=2)
    second = bench.desk.current("visitor")
    assert second.version == "2.0"
    assert "24 November 2026" in second.text(Language.EN).sections[0][1]
    assert "2026年11月24日" in second.text(Language.ZH_CN).sections[0][1]
    bench.publish(change(bench.draft(), effective_on="2026-11-24"))
    assert bench.desk.current("visitor").version == "3.0"


def test_nothing_holds_from_a_day_that_has_passed() -> None:
    bench = Bench(PROFILE)
    draft = bench.draft()
    over = change(draft, effective_on="2026-11-21")
    assert {(one.lack, one.place) for one in bench.desk.check(over)} == {
        (Lack.DATE_PAST, "effective_on")
    }
    assert bench.desk.preview(over).digest == ""
    with pytest.raises(ConsentError, match=ErrorCode.NOTICE_DAY_PAST.value):
        bench.propose(over)
    # Agreed to only when its day was over: said, not published as of yesterday.
    about = bench.propose(draft)
    bench.now = START + timedelta(days=1)
    with pytest.raises(ConsentError, match=ErrorCode.NOTICE_DAY_PAST.value):
        bench.desk.publish(granted(bench.ledger, Act.NOTICE_PUBLISH, about))
    assert bench.entries(Kind.NOTICE_PUBLISHED) == []
    assert bench.desk.versions(granted(bench.ledger, Act.NOTICE_READ)) == ()


def test_a_notice_longer_than_a_sheet_is_refused_before_the_ledger_says_it_holds() -> None:
    bench = Bench(PROFILE)
    about = bench.propose(bench.draft())
    long = filled(bench.draft(), "authority", "a" * 300)
    body = bench.draft().words.en.sections["I"].body
    long = reworded(long, "I", body + " {authority}" * 220)
    with refused(ErrorCode.TEXT_UNUSABLE):
        bench.propose(long)
    # Laid down by an earlier version of the station, which did not look.
    (sheet,) = bench.book.all(Shelf.NOTICE)
    kept: Any = decode_object(sheet.body)
    whole = bench.desk._rendered(long, 1)
    kept["draft"] = draft_json(long)
    kept["about"] = about = digest_of(_asked_about(long, whole))
    bench.book.replace(sheet, encode(kept))
    with refused(ErrorCode.TEXT_UNUSABLE):
        bench.desk.publish(granted(bench.ledger, Act.NOTICE_PUBLISH, about))
    assert bench.entries(Kind.NOTICE_PUBLISHED) == []


def test_a_notice_that_says_less_than_the_profile_is_behind() -> None:
    bench = Bench(PROFILE)
    bench.publish(bench.draft())
    assert not bench.desk.is_behind("visitor")
    handler = change(PROFILE.handler, contact=Words(zh_CN="新电话", en="new phone"))
    bench.profile = change(PROFILE, handler=handler)
    assert bench.desk.is_behind("visitor") and not bench.desk.is_behind("resident")
    bench.publish(bench.draft())
    assert not bench.desk.is_behind("visitor")
    assert bench.desk.current("visitor").text(Language.EN).handler_contact == "new phone"


# Two people


def test_the_ledger_says_who_published_what_before_it_is_in_force() -> None:
    bench = Bench(PROFILE)
    about = bench.propose(bench.draft())
    assert bench.desk.current("visitor").version == "1.1"
    assert [digest for _, digest in bench.desk.proposals()] == [about]
    bench.desk.publish(granted(bench.ledger, Act.NOTICE_PUBLISH, about))
    assert bench.desk.proposals() == ()
    (payload,) = bench.entries(Kind.NOTICE_PUBLISHED)
    assert payload == {
        "actor": "chen",
        "second": "wang",
        "reason": "ticket 12",
        "notice_id": "visitor-verify",
        "notice_version": "2.0",
        "notice_digest": to_text(bytes.fromhex(bench.desk.current("visitor").digest)),
        "effective_on": "2026-11-22",
    }
    versions = bench.desk.versions(granted(bench.ledger, Act.NOTICE_READ))
    assert [(one.name, one.number) for one in versions] == [("visitor", 1)]


def test_what_was_agreed_to_is_what_is_published() -> None:
    bench = Bench(PROFILE)
    about = bench.propose(bench.draft())
    permit = granted(bench.ledger, Act.NOTICE_PUBLISH, about)
    bench.desk.keep(granted(bench.ledger, Act.NOTICE_DRAFT), bench.draft())
    with refused(ErrorCode.REQUEST_INVALID):
        bench.desk.publish(permit)
    assert bench.propose(bench.draft()) == about
    bench.profile = change(PROFILE, handler=change(PROFILE.handler, name=Words(zh_CN="甲", en="B")))
    with refused(ErrorCode.REQUEST_INVALID):
        bench.desk.publish(permit)
    bench.profile = PROFILE
    bench.desk.publish(permit)
    with refused(ErrorCode.REQUEST_INVALID):
        bench.desk.publish(permit)


def test_another_act_opens_nothing() -> None:
    bench = Bench(PROFILE)
    draft, wrong = bench.draft(), granted(bench.ledger, Act.POLICY_READ)
    for call in (
        lambda: bench.desk.draft(wrong, "visitor"),
        lambda: bench.desk.keep(wrong, draft),
        lambda: bench.desk.propose(wrong, draft),
        lambda: bench.desk.publish(wrong),
        lambda: bench.desk.versions(wrong),
    ):
        with pytest.raises(StationBug):
            call()


# What is missing


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_words_lack_nothing(name: Name) -> None:
    bench = Bench(PROFILE)
    assert bench.desk.check(bench.draft(name)) == ()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", list(Language))
def test_every_empty_blank_is_named(name: Name, language: Language) -> None:
    bench = Bench(PROFILE)
    draft = bench.draft(name)
    for blank in ("recipients", "complaint_channel"):
        for empty in ("", "待填", "{name}"):
            broken = filled(draft, blank, empty, language.value)
            found = {(one.lack, one.language, one.name) for one in bench.desk.check(broken)}
            if blank in _shipped_blanks(name):
                assert found == {(Lack.UNFILLED, language, blank)}
                with pytest.raises(ConsentError, match=ErrorCode.NOTICE_INCOMPLETE.value):
                    bench.propose(broken)


def _shipped_blanks(name: str) -> str:
    return (NOTICES / f"{name}.zh_CN.toml").read_text("utf-8")


def test_a_section_that_leaves_something_out_is_named() -> None:
    bench = Bench(PROFILE)
    for key, blank in (
        ("handler", "handler_contact"),
        ("header", "legal_basis"),
        ("D", "retention_hours"),
        ("F", "recipients"),
        ("G", "alternative_place"),
    ):
        broken = reworded(bench.draft(), key, "1 thing is said here and nothing else.")
        found = bench.desk.check(broken)
        assert (Lack.LEFT_OUT, key, blank) in {(one.lack, one.place, one.name) for one in found}
        assert {one.language for one in found} == {Language.EN}


@pytest.mark.parametrize("right", sorted(RIGHTS))
def test_a_right_that_is_not_named_any_more_is_missed(right: str) -> None:
    bench = Bench(PROFILE)
    draft = bench.draft()
    for language in Language:
        body = draft.words.in_language(language).sections["H"].body
        without = re.sub(RIGHTS[right][language], "……", body, flags=re.IGNORECASE)
        assert without != body, "the shipped notice names every right"
        found = bench.desk.check(reworded(draft, "H", without, language.value))
        assert (Lack.RIGHT_LEFT_OUT, language, right) in {
            (one.lack, one.language, one.name) for one in found
        }


def test_data_without_their_number_an_empty_section_and_a_strange_blank_are_named() -> None:
    bench = Bench(PROFILE)
    lacks = [
        one.lack for one in bench.desk.check(reworded(bench.draft(), "B", "Text: {fields} kept"))
    ]
    assert lacks == []
    for key, body, lack in (
        ("B", "Some pictures.", Lack.FIGURE_LEFT_OUT),
        ("A", "   ", Lack.EMPTY),
        ("A", "For {price}.", Lack.UNKNOWN),
        ("A", "For } nothing.", Lack.UNKNOWN),
    ):
        found = bench.desk.check(reworded(bench.draft(), key, body))
        assert lack in {one.lack for one in found}


def test_a_date_and_possible_terms_are_needed() -> None:
    bench = Bench(change(PROFILE, retention=change(PROFILE.retention, resident_days=30)))
    draft = bench.draft("resident")
    assert {(one.lack, one.place) for one in bench.desk.check(draft)} == {
        (Lack.TERM, "resident_days")
    }
    assert bench.desk.check(change(draft, resident_days=30)) == ()
    assert bench.desk.check(change(draft, resident_days=0)) != ()
    undated = change(draft, resident_days=30, effective_on="")
    assert {one.lack for one in bench.desk.check(undated)} == {Lack.DATE}
    visitor = change(bench.draft(), visitor_hours=0)
    assert {one.place for one in bench.desk.check(visitor)} == {"visitor_hours"}


# The preview


def test_a_preview_reads_as_the_notice_will_with_open_blanks_marked() -> None:
    bench = Bench(PROFILE)
    draft = bench.draft("resident")
    shown = bench.desk.preview(filled(draft, "recipients", ""))
    words = "\n".join(body for _, body in shown.texts[Language.EN])
    assert "Recipients: 〔recipients〕." in words and shown.digest == ""
    assert [one.name for one in shown.problems] == ["recipients"]
    whole = bench.desk.preview(draft)
    bench.publish(draft)
    notice = bench.desk.current("resident")
    assert whole.digest == to_text(bytes.fromhex(notice.digest)) and whole.problems == ()
    for language in Language:
        bodies = {body for _, body in whole.texts[language]}
        text = notice.text(language)
        assert {body for _, body in text.sections} <= bodies
        assert {words for _, words in text.ticks} <= bodies
        assert text.child_summary in bodies and text.declaration in bodies
    asked = [heading for heading, _ in whole.texts[Language.EN] if heading in set(Purpose)]
    assert asked == ["VERIFY", "RETAIN_TEMPLATE"], "no portrait is kept, so none is asked about"


# Drafts


def test_a_draft_is_kept_blanks_and_all_and_comes_back() -> None:
    bench = Bench(PROFILE)
    empty = filled(bench.draft(), "recipients", "")
    bench.desk.keep(granted(bench.ledger, Act.NOTICE_DRAFT), empty)
    assert change(bench.draft(), revision="") == change(empty, revision="")
    assert len(list(bench.book.all(Shelf.NOTICE))) == 1
    assert bench.draft("resident").blanks.en["recipients"] == "none"


def test_editing_goes_on_from_what_was_published_last() -> None:
    bench = Bench(PROFILE)
    bench.publish(filled(bench.draft(), "authority", "the second authority"))
    found = bench.desk.draft(granted(bench.ledger, Act.NOTICE_DRAFT), "visitor")
    assert found.blanks.en["authority"] == "the second authority" and found.effective_on == ""


@pytest.mark.parametrize("typed", ["310101199001011234", "a\u202eb", "=cmd\x00"])
def test_what_cannot_be_kept_is_refused(typed: str) -> None:
    bench = Bench(PROFILE)
    with refused(ErrorCode.TEXT_UNUSABLE):
        bench.propose(filled(bench.draft(), "authority", typed))


def test_a_publication_that_was_tampered_with_keeps_the_station_from_opening() -> None:
    bench = Bench(PROFILE)
    bench.publish(bench.draft())
    sheet = next(bench.book.all(Shelf.NOTICE))
    body: Any = decode_object(sheet.body)
    body["published"]["notice"]["languages"]["en"]["declaration"] = "I agree to everything."
    bench.book.replace(sheet, encode(body))
    with pytest.raises(ConsentError, match=ErrorCode.NOTICE_INCOMPLETE.value):
        bench.opened()


# The parser of drafts

WHOLE: dict[str, Any] = draft_json(
    draft_of("visitor", read_templates(NOTICES, "visitor"), read_site(SITE))
)
HOSTILE = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@settings(max_examples=60)
@given(field=st.sampled_from(sorted(WHOLE)), value=HOSTILE)
def test_hostile_drafts_are_refused_or_checked(field: str, value: object) -> None:
    try:
        draft = parse_draft({**WHOLE, field: value})
    except ConsentError as error:
        assert error.code is ErrorCode.NOTICE_INCOMPLETE
        return
    assert parse_draft(draft_json(draft)) == draft
    bench = Bench()
    assert bench.desk.check(draft) == bench.desk.preview(draft).problems


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "advert"},
        {"effective_on": "2026-13-01"},
        {"visitor_hours": 25},
        {"portraits": 3},
        {"unknown": 1},
        {"words": {}},
        {"blanks": {"en": {"Name-1": "x"}}},
        {"blanks": {"en": {"a": "x" * 301}}},
        {"blanks": {"en": {f"a{'b' * one}": "测" * 300 for one in range(40)}}},
    ],
)
def test_a_draft_out_of_form_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ConsentError, match=ErrorCode.NOTICE_INCOMPLETE.value):
        parse_draft({**WHOLE, **changed})
