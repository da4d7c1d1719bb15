"""The notice: what it must say, and that nothing empty is ever published."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import notice_source
from consent.notice import SECTION_KEYS, NoticeTemplate, Site, publish
from consent.notice_source import parse_site, parse_template, read_notice
from station.errors import ConsentError, ErrorCode
from station.model import IDENTITY_FIELDS, Language, Purpose

FOLDER = Path(__file__).parents[2] / "resources" / "notices"
DEMO_SITE = FOLDER / "demo_site.toml"
BLANK = re.compile(r"\{([a-z_]+)\}")
FILLED_BY_US = {"fields", "retention_hours", "notice_id", "version"}


def templates() -> dict[Language, NoticeTemplate]:
    return {
        language: parse_template((FOLDER / f"visitor.{language.value}.toml").read_text("utf-8"))
        for language in Language
    }


def site() -> Site:
    return parse_site(DEMO_SITE.read_text("utf-8"))


def refused(changed: dict[Language, NoticeTemplate], place: Site) -> None:
    with pytest.raises(ConsentError) as caught:
        publish(changed, place)
    assert caught.value.code is ErrorCode.NOTICE_INCOMPLETE


def blanks() -> list[str]:
    found: set[str] = set()
    for language in Language:
        found |= set(BLANK.findall((FOLDER / f"visitor.{language.value}.toml").read_text("utf-8")))
    return sorted(found - FILLED_BY_US)


def test_the_visitor_notice_is_published_with_the_demo_site() -> None:
    notice = read_notice(FOLDER, "visitor", DEMO_SITE)
    assert (notice.notice_id, notice.version) == ("visitor-verify", "1.1")
    assert notice.purposes == (Purpose.VERIFY,)
    assert notice.retention_hours == 24
    assert set(notice.fields) <= set(IDENTITY_FIELDS)
    assert re.fullmatch(r"[0-9a-f]{64}", notice.digest)
    for language in Language:
        text = notice.text(language)
        assert len(text.sections) == len(SECTION_KEYS)
        words = " ".join([text.title, text.declaration, *(h + b for h, b in text.sections)])
        assert "{" not in words and "}" not in words
        assert [field for field, _ in text.field_names] == list(notice.fields)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            Language.ZH_CN,
            # N-1's four groups and N-2, X-1, X-2, X-4, X-6 in the words of the notice.
            "用来做什么|用到哪些信息|怎么处理|存多久|1张|0 张|24 小时|接收方：无|单独同意"
            "|用其他方式|不满14周岁|撤回同意|投诉|没有替您打好的勾|本机此刻持有的图像|谁来处理|联系方式"
            "|敏感个人信息",
        ),
        (
            Language.EN,
            "What it is for|What we use|How it works|How long|24 hours|Recipients: none|separately"
            "|another way|under 14|consent back|No box is ticked|images held now|Complaints"
            "|sensitive personal",
        ),
    ],
)
def test_the_rendered_notice_says_what_the_rules_ask(language: Language, words: str) -> None:
    text = read_notice(FOLDER, "visitor", DEMO_SITE).text(language)
    whole = "\n".join([text.summary, text.declaration, text.other_route])
    whole += "\n".join(heading + "\n" + body for heading, body in text.sections)
    assert [word for word in words.split("|") if word not in whole] == []


def test_every_field_that_is_read_is_named_on_the_notice() -> None:
    notice = read_notice(FOLDER, "visitor", DEMO_SITE)
    for language in Language:
        text = notice.text(language)
        data = text.sections[SECTION_KEYS.index("B")][1]
        assert all(name in data for _, name in text.field_names)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", blanks())
def test_a_notice_with_any_blank_missing_or_empty_is_not_published(
    name: str, language: Language
) -> None:
    place = site()
    assert name in place.blanks[language]
    for value in (None, "", "  ", "____", "……", "TBD", "待填", "-", "{x}", "}"):
        values = {key: text for key, text in place.blanks[language].items() if key != name}
        if value is not None:
            values[name] = value
        refused(templates(), replace(place, blanks={**place.blanks, language: values}))


def test_a_site_without_a_language_is_refused() -> None:
    place = site()
    refused(templates(), replace(place, blanks={Language.EN: place.blanks[Language.EN]}))


@pytest.mark.parametrize(
    "change",
    [
        {"title": " "},
        {"summary": ""},
        {"declaration": ""},
        {"agree": ""},
        {"other_route": ""},
        {"refuse": ""},
        {"sections": ()},
        {"field_names": {}},
        {"fields": ()},
        {"fields": ("face",)},
        {"purposes": ()},
        {"purposes": (Purpose.VERIFY, Purpose.VERIFY)},
        {"version": "2.0"},
        {"notice_id": "another"},
        {"max_retention_hours": 12},
        {"language": Language.EN},
    ],
)
def test_a_template_that_lacks_something_is_refused(change: dict[str, Any]) -> None:
    whole = templates()
    broken = replace(whole[Language.ZH_CN], **change)
    refused({**whole, Language.ZH_CN: broken}, site())


@pytest.mark.parametrize("index", range(len(SECTION_KEYS)))
def test_no_section_may_be_empty_or_missing(index: int) -> None:
    whole = templates()
    english = whole[Language.EN]
    key, heading, _ = english.sections[index]
    emptied = (*english.sections[:index], (key, heading, "\n"), *english.sections[index + 1 :])
    fewer = english.sections[:index] + english.sections[index + 1 :]
    for sections in (emptied, fewer):
        refused({**whole, Language.EN: replace(english, sections=sections)}, site())


def test_both_languages_are_needed() -> None:
    refused({Language.ZH_CN: templates()[Language.ZH_CN]}, site())


@given(st.integers(-3, 60))
def test_retention_stays_within_the_template_s_maximum(hours: int) -> None:
    place = replace(site(), retention_hours=hours)
    if 1 <= hours <= 24:
        notice = publish(templates(), place)
        assert notice.retention_hours == hours
        assert f"{hours} 小时" in notice.text(Language.ZH_CN).sections[5][1]
    else:
        refused(templates(), place)


def test_the_digest_changes_with_every_word_and_nothing_else() -> None:
    digest = publish(templates(), site()).digest
    assert publish(templates(), site()).digest == digest
    place = site()
    english = {**place.blanks[Language.EN], "authority": "another authority"}
    moved = replace(place, blanks={**place.blanks, Language.EN: english})
    assert publish(templates(), moved).digest != digest
    assert publish(templates(), replace(place, retention_hours=23)).digest != digest
    whole = {language: replace(one, version="9.9") for language, one in templates().items()}
    assert publish(whole, place).digest != digest


def test_a_language_the_notice_does_not_have_is_refused() -> None:
    notice = replace(read_notice(FOLDER, "visitor", DEMO_SITE), languages={})
    with pytest.raises(ConsentError):
        notice.text(Language.EN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('title = "', 'title = 3\nother = "'),
        ('language = "en"', 'language = "fr"'),
        ('purposes = ["VERIFY"]', 'purposes = ["SELL"]'),
        ('purposes = ["VERIFY"]', 'purposes = "VERIFY"'),
        ("max_retention_hours = 24", "max_retention_hours = true"),
        ("max_retention_hours = 24", "max_retention_hours = 2.5"),
        ('version = "1.1"', ""),
        ("[field_names]", "[other]"),
        ('name = "name"', "name = 1"),
        ("[[sections]]", "[["),
    ],
)
def test_a_malformed_template_is_refused(old: str, new: str) -> None:
    text = (FOLDER / "visitor.en.toml").read_text("utf-8")
    assert old in text
    with pytest.raises(ConsentError):
        parse_template(text.replace(old, new))


def test_a_table_where_names_belong_is_needed() -> None:
    text = (FOLDER / "visitor.en.toml").read_text("utf-8")
    start, end = text.index("[field_names]"), text.index("[[sections]]")
    with pytest.raises(ConsentError):
        parse_template('field_names = "x"\n' + text[:start] + text[end:])


NESTED = "x = " + "[" * 50_000


@pytest.mark.parametrize("parse", [parse_site, parse_template])
def test_endless_nesting_is_refused(parse: Callable[[str], object]) -> None:
    with pytest.raises(ConsentError):
        parse(NESTED)


@pytest.mark.parametrize("text", ["", "retention_hours = 24", "zh_CN = 1", "x = ", "\x00"])
def test_malformed_site_data_is_refused(text: str) -> None:
    with pytest.raises(ConsentError):
        parse_site(text)


def test_files_that_cannot_be_read_are_an_incomplete_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConsentError):
        read_notice(FOLDER, "absent", DEMO_SITE)
    (tmp_path / "site.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConsentError):
        read_notice(FOLDER, "visitor", tmp_path / "site.toml")
    monkeypatch.setattr(notice_source, "MAX_BYTES", 100)
    with pytest.raises(ConsentError):
        read_notice(FOLDER, "visitor", DEMO_SITE)
