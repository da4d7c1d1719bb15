"""The deployment profile: what it takes, what it lacks, what follows from it."""

import json
import tomllib
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.deployment_texts import table, text
from station.config import ROOT, load
from station.demo_profile import demo_profile
from station.deployment import (
    Answer,
    Basis,
    Handler,
    Infrastructure,
    Profile,
    Sector,
    Words,
    from_bytes,
    from_toml,
    legal_bases,
    parse,
    to_bytes,
    to_json,
)
from station.deployment_checks import Missing, bounded, facts_of, missing
from station.errors import ConfigError, ErrorCode
from station.model import Language, Purpose

DEMO = demo_profile(ROOT / "resources" / "notices" / "demo_site.toml")
TODAY = date(2026, 11, 22)
change = msgspec.structs.replace


def test_the_demo_s_profile_is_complete_and_marked() -> None:
    assert missing(DEMO, (Purpose.VERIFY, Purpose.RETAIN_TEMPLATE), today=TODAY) == ()
    assert "演示" in DEMO.assessment.measures and "（虚构）" in DEMO.handler.name.zh_CN
    assert not DEMO.key_infrastructure and DEMO.networking == "OFF"


def test_a_profile_comes_back_from_its_bytes_with_the_same_digest() -> None:
    again = from_bytes(to_bytes(DEMO))
    assert again == DEMO and again.digest == DEMO.digest
    other = change(DEMO, children="OTHER_ROUTE")
    assert other.digest != DEMO.digest


def test_an_empty_profile_lacks_everything_by_name() -> None:
    found = missing(Profile(), today=TODAY)
    depends = {
        Missing.PROFILE,
        Missing.BASIS_PART,
        Missing.AUTHORITY_DOCUMENT,
        Missing.AUTHORITY_ISSUER,
        Missing.ASSESSMENT_PURPOSE,
        Missing.ASSESSMENT_CHILDREN,
        Missing.NOTICE_FACTS,
        Missing.SENSOR,
        Missing.RESTART,
    }
    assert set(found) == set(Missing) - depends
    assert missing(None, today=TODAY) == (Missing.PROFILE,)


@pytest.mark.parametrize("item", list(Missing))
def test_what_is_missing_is_told_in_both_languages(item: Missing) -> None:
    assert all(text("missing", item, language).strip() for language in Language)


def test_no_word_is_left_that_nothing_uses() -> None:
    assert set(table()["missing"]) == {item.value for item in Missing}
    assert all(
        set(words) == {"zh_CN", "en"} for kind in table().values() for words in kind.values()
    )


def answered(critical: str, crypto: str, sector: str) -> Infrastructure:
    return Infrastructure(
        critical=Answer(critical), crypto_assessment=Answer(crypto), sector=Sector(sector)
    )


EMPTY = Words(zh_CN="有", en="  ")


@pytest.mark.parametrize(
    ("changed", "item"),
    [
        ({"site": change(DEMO.site, place_name=EMPTY)}, Missing.PLACE_NAME),
        ({"handler": change(DEMO.handler, name=EMPTY)}, Missing.HANDLER_NAME),
        ({"handler": change(DEMO.handler, responsible_unit=EMPTY)}, Missing.RESPONSIBLE_UNIT),
        ({"bases": ()}, Missing.BASIS),
        ({"bases": (Basis(),)}, Missing.BASIS),
        ({"bases": (Basis(id="DB31_329"),)}, Missing.BASIS_PART),
        ({"bases": (Basis(id="AUTHORITY"),)}, Missing.AUTHORITY_DOCUMENT),
        ({"bases": (Basis(id="AUTHORITY", detail="1"),)}, Missing.AUTHORITY_ISSUER),
        ({"infrastructure": change(DEMO.infrastructure, critical=Answer.UNANSWERED)}, "CRITICAL"),
        ({"infrastructure": change(DEMO.infrastructure, sector=Sector.UNANSWERED)}, "SECTOR"),
        ({"assessment": change(DEMO.assessment, number=" ")}, Missing.ASSESSMENT_NUMBER),
        ({"assessment": change(DEMO.assessment, made_on="2026-11-23")}, "ASSESSMENT_DATE"),
        ({"assessment": change(DEMO.assessment, risk_of_leak="")}, Missing.ASSESSMENT_LEAK),
        ({"assessment": change(DEMO.assessment, purposes=())}, Missing.ASSESSMENT_PURPOSE),
        ({"assessment": change(DEMO.assessment, children=False)}, Missing.ASSESSMENT_CHILDREN),
        ({"purposes": (Purpose.RETAIN_TEMPLATE,)}, Missing.PURPOSES),
    ],
)
def test_each_gap_is_named(changed: dict[str, Any], item: str) -> None:
    profile = msgspec.structs.replace(DEMO, **changed)
    assert item in missing(profile, (Purpose.VERIFY,), today=TODAY)


def test_a_purpose_nobody_assessed_has_to_be_assessed_anew() -> None:
    only = (Purpose.VERIFY,)
    assessed = change(DEMO.assessment, purposes=only)
    narrow = change(DEMO, purposes=only, assessment=assessed, children="OTHER_ROUTE")
    assert missing(narrow, only, today=TODAY) == ()
    wider = change(narrow, purposes=(Purpose.VERIFY, Purpose.RETAIN_TEMPLATE))
    assert missing(wider, only, today=TODAY) == (Missing.ASSESSMENT_PURPOSE,)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (
            answered("YES", "NO", "NONE"),
            True,
        ),
        (
            answered("NO", "YES", "NONE"),
            True,
        ),
        (
            answered("NO", "NO", "WATER"),
            True,
        ),
        (
            answered("NO", "NO", "NONE"),
            False,
        ),
        (Infrastructure(), False),
    ],
)
def test_any_yes_drives_the_mode(answers: Infrastructure, expected: bool) -> None:
    profile = change(DEMO, infrastructure=answers)
    assert profile.key_infrastructure is expected
    policy = load().policy
    assert bounded(policy, profile).pad == ("KEY_INFRASTRUCTURE" if expected else policy.pad)
    strict = change(policy, pad="KEY_INFRASTRUCTURE")
    assert bounded(strict, profile).pad == "KEY_INFRASTRUCTURE", "the profile weakens nothing"


@given(
    configured=st.tuples(st.integers(0, 24), st.integers(1, 365), st.integers(1, 365)),
    most=st.tuples(st.integers(0, 24), st.integers(1, 1098)),
)
def test_no_term_is_longer_than_the_profile_allows(
    configured: tuple[int, int, int], most: tuple[int, int]
) -> None:
    policy = change(
        load().policy,
        visitor_retention_h=configured[0],
        resident_retention_days=configured[1],
        resident_retention_max_days=configured[2],
    )
    retention = change(DEMO.retention, visitor_hours=most[0], resident_days=most[1])
    held = bounded(policy, change(DEMO, retention=retention))
    assert held.visitor_retention_h == min(configured[0], most[0])
    assert held.resident_retention_max_days == min(configured[2], most[1])
    assert held.resident_retention_days <= held.resident_retention_max_days
    assert bounded(policy, None) is policy


def test_the_notice_names_the_basis_and_who_answers_for_it() -> None:
    bases = (
        Basis(id="DB31_329", detail="6"),
        Basis(id="GB_50348"),
        Basis(
            id="AUTHORITY",
            detail="沪示〔2026〕1号",
            issuer=Words(zh_CN="示例局", en="Office"),
        ),
    )
    handler = Handler(responsible_unit=Words(zh_CN="示例单位", en="Sample Unit"))
    profile = change(DEMO, bases=bases, handler=handler)
    chinese = facts_of(profile, Language.ZH_CN)["legal_basis"]
    assert chinese == "DB31/T 329.6、GB 50348、示例局 沪示〔2026〕1号（责任单位：示例单位）"
    english = facts_of(profile, Language.EN)["legal_basis"]
    assert english == (
        "DB31/T 329.6; GB 50348; Office, 沪示〔2026〕1号 (responsible unit: Sample Unit)"
    )
    assert facts_of(change(profile, bases=()), Language.EN)["legal_basis"] == ""


def test_the_list_names_every_standard_of_the_rule() -> None:
    numbers = {basis.number for basis in legal_bases().values()}
    assert numbers == {"DB31/T 294", "DB31/T 329", "DB31/T 512", "DB31/T 1099", "GB 50348", ""}
    assert all(basis.name(one).strip() for basis in legal_bases().values() for one in Language)


# The parser

ITEMS = ("lawful_and_necessary", "effect_on_people", "risk_of_leak", "measures")
LONG = "测" * 200
LARGE = {
    "assessment": dict.fromkeys(ITEMS, LONG * 10),
    "bases": [
        {"id": one, "detail": LONG, "issuer": {"zh_CN": LONG, "en": LONG}} for one in legal_bases()
    ],
}
"""Every text within its limit, and too much all together."""


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"form": 2},
        {"unknown": 1},
        {"networking": "ON"},
        {"bases": [{"id": "DB31_1"}]},
        {"bases": [{"id": "GB_50348"}, {"id": "GB_50348"}]},
        {"bases": [{"id": "GB_50348"}] * 9},
        {"purposes": ["SELL"]},
        {"purposes": ["VERIFY", "VERIFY"]},
        {"assessment": {"made_on": "2026-02-30"}},
        {"assessment": {"made_on": "yesterday"}},
        {"assessment": {"measures": "x" * 2001}},
        {"site": {"place_name": {"zh_CN": "\ud800"}}},
        {"site": {"place_name": "one language"}},
        {"retention": {"visitor_hours": 25}},
        {"retention": {"visitor_hours": -1}},
        {"retention": {"resident_days": 4000}},
        {"retention": {"resident_days": True}},
        {"infrastructure": {"critical": "MAYBE"}},
        {"children": "ALL"},
        LARGE,
    ],
)
def test_what_is_out_of_form_is_refused(document: object) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(document)
    assert caught.value.code is ErrorCode.DEPLOYMENT_INVALID


JSON = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(sorted(to_json(DEMO)))


@settings(max_examples=150)
@given(document=st.dictionaries(FIELDS, JSON, max_size=4))
def test_hostile_documents_are_refused_or_come_back_unchanged(document: dict[str, Any]) -> None:
    try:
        profile = parse(document)
    except ConfigError as error:
        assert error.code is ErrorCode.DEPLOYMENT_INVALID
        return
    assert from_bytes(to_bytes(profile)) == profile
    missing(profile, today=TODAY)
    for language in Language:
        facts_of(profile, language)


@settings(max_examples=150)
@given(data=st.binary(max_size=200), at=st.integers(0, 4000))
def test_damaged_bytes_are_refused(data: bytes, at: int) -> None:
    whole = to_bytes(DEMO)
    damaged = whole[:at] + data + whole[at + len(data) :]
    try:
        assert to_bytes(from_bytes(damaged)) == damaged
    except ConfigError as error:
        assert error.code is ErrorCode.DEPLOYMENT_INVALID


@pytest.mark.parametrize("form", ["form = 1\nform = 1", "x" * 40_000, "a = " + "[" * 5000, "a = 1"])
def test_a_form_that_is_no_form_is_refused(form: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_toml(form)
    assert caught.value.code is ErrorCode.DEPLOYMENT_INVALID


def test_a_form_may_be_filled_in_bit_by_bit() -> None:
    profile = from_toml('[site]\nkind = "OFFICE"\n[site.place_name]\nzh_CN = "示例"\n')
    assert profile.site.place_name == Words(zh_CN="示例", en="")
    assert Missing.PLACE_NAME in missing(profile, today=TODAY)
    assert tomllib.loads("") == {} and from_toml("") == Profile()
    assert json.loads(to_bytes(profile))["networking"] == "OFF"
