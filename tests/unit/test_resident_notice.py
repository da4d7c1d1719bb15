"""The residents' notices: every purpose asked by itself, and no term above what is said."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.canonical import decode_object
from consent.notice import MOST_PORTRAITS, NoticeTemplate, Site, TermUnit, publish
from consent.notice_source import (
    parse_site,
    parse_template,
    read_notice,
    registers_residents,
)
from consent.record import ConsentRecord, Presentation
from station.errors import ConsentError, ErrorCode
from station.model import Answer, Language, Purpose

FOLDER = Path(__file__).parents[2] / "resources" / "notices"
DEMO_SITE = FOLDER / "demo_site.toml"
KEEPING = (Purpose.VERIFY, Purpose.RETAIN_TEMPLATE)


def templates(name: str = "resident") -> dict[Language, NoticeTemplate]:
    return {
        language: parse_template((FOLDER / f"{name}.{language.value}.toml").read_text("utf-8"))
        for language in Language
    }


def site(**changes: Any) -> Site:  # noqa: ANN401 - any field of a site
    return replace(parse_site(DEMO_SITE.read_text("utf-8")), **changes)


def refused(changed: dict[Language, NoticeTemplate], place: Site) -> None:
    with pytest.raises(ConsentError) as caught:
        publish(changed, place)
    assert caught.value.code is ErrorCode.NOTICE_INCOMPLETE


def test_each_purpose_is_ticked_by_itself_and_a_portrait_is_not_asked_for_by_default() -> None:
    notice = read_notice(FOLDER, "resident", DEMO_SITE)
    assert notice.purposes == KEEPING
    assert (notice.term_unit, notice.retention_period) == (TermUnit.DAYS, "P365D")
    for language in Language:
        text = notice.text(language)
        assert tuple(purpose for purpose, _ in text.ticks) == KEEPING
        assert len({words for _, words in text.ticks}) == 2
        assert "365" in dict(text.ticks)[Purpose.RETAIN_TEMPLATE]
        assert "{" not in "".join(words for _, words in text.ticks)


@pytest.mark.parametrize("portraits", [1, 2])
def test_a_site_that_keeps_portraits_asks_for_them_apart(portraits: int) -> None:
    notice = publish(templates(), site(resident_portraits=portraits))
    assert notice.purposes == (*KEEPING, Purpose.RETAIN_PORTRAIT)
    assert notice.portraits == portraits
    for language in Language:
        assert str(portraits) in dict(notice.text(language).ticks)[Purpose.RETAIN_PORTRAIT]


def test_a_third_portrait_cannot_be_announced() -> None:
    refused(templates(), site(resident_portraits=MOST_PORTRAITS + 1))
    refused(templates(), site(resident_portraits=-1))


@given(st.integers(-3, 500))
def test_a_resident_s_term_stays_within_a_year(days: int) -> None:
    place = site(resident_retention_days=days)
    if 1 <= days <= 365:
        assert publish(templates(), place).retention_hours == days * 24
    else:
        refused(templates(), place)


@pytest.mark.parametrize("name", ["resident", "resident_check"])
@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            Language.ZH_CN,
            "撤回同意|删除|用其他方式|投诉|没有替您打好的勾|接收方：无|敏感个人信息|单独",
        ),
        (Language.EN, "consent back|erased|another way|Complaints|No box is ticked|sensitive"),
    ],
)
def test_the_rendered_notices_say_what_the_rules_ask(
    name: str, language: Language, words: str
) -> None:
    text = read_notice(FOLDER, name, DEMO_SITE).text(language)
    whole = "\n".join([text.summary, text.declaration, text.other_route])
    whole += "\n".join(heading + "\n" + body for heading, body in text.sections)
    assert [word for word in words.split("|") if word not in whole] == []


def test_under_the_short_notice_nothing_is_kept() -> None:
    notice = read_notice(FOLDER, "resident_check", DEMO_SITE)
    assert (notice.purposes, notice.retention_hours) == ((Purpose.VERIFY,), 0)
    assert notice.text(Language.EN).ticks == (
        (Purpose.VERIFY, notice.text(Language.EN).declaration),
    )


def test_one_tick_may_not_stand_for_two_purposes() -> None:
    whole = templates()
    refused({one: replace(template, ticks=()) for one, template in whole.items()}, site())
    turned = {one: replace(t, ticks=tuple(reversed(t.ticks))) for one, t in whole.items()}
    refused(turned, site())
    english = {**whole, Language.EN: replace(whole[Language.EN], ticks=())}
    refused(english, site())


def test_the_digest_covers_every_tick() -> None:
    whole = templates()
    english = whole[Language.EN]
    ticks = ((english.ticks[0][0], "Yes to everything."), *english.ticks[1:])
    changed = {**whole, Language.EN: replace(english, ticks=ticks)}
    assert publish(changed, site()).digest != publish(whole, site()).digest


def test_a_site_that_says_nothing_of_residents_registers_none(tmp_path: Path) -> None:
    lines = DEMO_SITE.read_text("utf-8").splitlines()
    older = "\n".join(line for line in lines if not line.startswith("resident_"))
    place = parse_site(older)
    assert (place.resident_retention_days, place.resident_portraits) == (0, 0)
    refused(templates(), place)
    assert publish(templates("visitor"), place).retention_hours == 24
    (tmp_path / "site.toml").write_text(older, "utf-8")
    assert not registers_residents(tmp_path / "site.toml")
    assert registers_residents(DEMO_SITE)
    with pytest.raises(ConsentError):
        registers_residents(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("purpose", "period", "validity", "seen", "optional"),
    [
        (Purpose.VERIFY, "PT0H", "this visit", "live_face", False),
        (Purpose.RETAIN_TEMPLATE, "P365D", "P365D", "protected_face_template", False),
        (Purpose.RETAIN_PORTRAIT, "P365D", "P365D", "live_portrait", True),
    ],
)
def test_a_record_says_what_its_own_purpose_keeps(
    purpose: Purpose, period: str, validity: str, seen: str, optional: bool
) -> None:
    notice = publish(templates(), site(resident_portraits=2))
    shown = Presentation(Language.EN, "SCREEN", 5, True, "station-1", "")
    record = ConsentRecord("r", "p", notice, purpose, Answer.GIVEN, "2026-01-01T00:00:00Z", shown)
    document = decode_object(record.to_bytes())
    processing, event = document["pii_processing"], document["event"]
    assert isinstance(processing, dict) and isinstance(event, dict)
    assert processing["retention_period"] == period
    assert event["validity_duration"] == validity
    information = document["pii_information"]
    assert isinstance(information, list) and isinstance(information[-1], dict)
    assert information[-1]["pii_type"] == seen
    assert information[-1]["pii_optional"] is optional
    assert (len(information) == 1) is (purpose is Purpose.RETAIN_PORTRAIT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('purpose = "VERIFY"', 'purpose = "SELL"'),
        ("max_retention_days = 365", 'max_retention_days = "365"'),
        ("[[ticks]]", "[[tick]]"),
        ('text = "The check', 'words = "The check'),
    ],
)
def test_a_malformed_template_is_refused(old: str, new: str) -> None:
    text = (FOLDER / "resident.en.toml").read_text("utf-8")
    assert old in text
    with pytest.raises(ConsentError):
        publish({**templates(), Language.EN: parse_template(text.replace(old, new))}, site())
