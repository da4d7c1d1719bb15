"""A notice while it is being edited: what may be changed, and the form it is kept in.

Purposes and the whitelist of fields are not here: what the station does is no matter of wording.
The facts about the site (who, where, on what basis) come from the deployment profile.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from consent.canonical import Json, decode_object, encode
from consent.notice import NoticeTemplate, Site
from station.errors import ConsentError, ErrorCode, LedgerError, StationBug
from station.model import Language, Purpose

Name = Literal["visitor", "resident", "resident_check", "resident_minor"]
NAMES: tuple[Name, ...] = ("visitor", "resident", "resident_check", "resident_minor")
"""The notices of a station, by the names of their templates."""
Line = Annotated[str, Meta(max_length=300)]
Passage = Annotated[str, Meta(max_length=3000)]
Key = Annotated[str, Meta(pattern="^[A-Za-z_]{1,40}$")]
Day = Annotated[str, Meta(pattern=r"^(\d{4}-\d\d-\d\d)?$")]
Revision = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{0,22}$")]
MOST_BYTES = 24 << 10
"""Longest draft, so that it fits a sheet together with what is rendered from it."""
OWN_BLANKS_OF_DRAFT = frozenset({"effective_date"})
"""Blanks that are filled from the draft's other fields."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Section(_Part, frozen=True):
    """One section in one language."""

    heading: Line
    body: Passage


class NoticeWords(_Part, frozen=True):
    """Everything somebody reads, in one language, with its blanks."""

    title: Line
    summary: Passage
    declaration: Passage
    agree: Line
    other_route: Line
    refuse: Line
    sections: Annotated[dict[Key, Section], Meta(max_length=16)]
    ticks: Annotated[dict[Purpose, Passage], Meta(max_length=8)] = {}
    child_summary: Passage = ""


class Both(_Part, frozen=True):
    """The words in both languages."""

    zh_CN: NoticeWords
    en: NoticeWords

    def in_language(self, language: Language) -> NoticeWords:
        """The words in one language."""
        return self.zh_CN if language is Language.ZH_CN else self.en


Blanks = Annotated[dict[Key, Line], Meta(max_length=40)]


class BothBlanks(_Part, frozen=True):
    """What the blanks are filled with, in both languages."""

    zh_CN: Blanks = {}
    en: Blanks = {}

    def in_language(self, language: Language) -> dict[str, str]:
        """The fillings in one language."""
        return self.zh_CN if language is Language.ZH_CN else self.en


class Draft(_Part, frozen=True):
    """One notice being edited."""

    name: Name
    words: Both
    blanks: BothBlanks = BothBlanks()
    effective_on: Day = ""
    """ISO 8601 date from which it is shown."""
    visitor_hours: Annotated[int, Meta(ge=0, le=24)] = 24
    resident_days: Annotated[int, Meta(ge=0, le=3660)] = 0
    portraits: Annotated[int, Meta(ge=0, le=2)] = 0
    revision: Revision = ""
    """What it was begun from: nobody overwrites a colleague unawares. No part of the notice."""


def parse_draft(document: object) -> Draft:
    """A draft from plain values. Raises `ConsentError(NOTICE_INCOMPLETE)` for one out of form."""
    try:
        draft = msgspec.convert(document, Draft)
        if draft.effective_on:
            date.fromisoformat(draft.effective_on)
        if len(encode(draft_json(draft))) > MOST_BYTES:
            raise ValueError("too long")
    except (msgspec.ValidationError, ValueError, StationBug, RecursionError) as error:
        raise ConsentError(ErrorCode.NOTICE_INCOMPLETE) from error
    return draft


def draft_from_bytes(data: bytes) -> Draft:
    """A draft from canonical bytes. Raises `ConsentError(NOTICE_INCOMPLETE)`."""
    try:
        return parse_draft(decode_object(data))
    except LedgerError as error:
        raise ConsentError(ErrorCode.NOTICE_INCOMPLETE) from error


def draft_json(draft: Draft) -> dict[str, Json]:
    """The draft as plain values, every field in it."""
    built: dict[str, Json] = msgspec.to_builtins(draft)
    return built


def draft_of(name: Name, templates: Mapping[Language, NoticeTemplate], site: Site) -> Draft:
    """Where editing begins: the words of a template, the fillings of the site's file."""
    words = {language: _words(template) for language, template in templates.items()}
    blanks = {language: dict(site.blanks[language]) for language in Language}
    for filled in blanks.values():
        filled.pop("effective_date", None)
    return Draft(
        name=name,
        visitor_hours=site.retention_hours,
        resident_days=site.resident_retention_days,
        portraits=site.resident_portraits,
        words=Both(zh_CN=words[Language.ZH_CN], en=words[Language.EN]),
        blanks=BothBlanks(zh_CN=blanks[Language.ZH_CN], en=blanks[Language.EN]),
    )


def template_with(shipped: NoticeTemplate, draft: Draft, version: str) -> NoticeTemplate:
    """The shipped template with the draft's words; a section left out is left empty."""
    words = draft.words.in_language(shipped.language)
    empty = Section(heading="", body="")
    found = ((key, words.sections.get(key, empty)) for key, _, _ in shipped.sections)
    return replace(
        shipped,
        version=version,
        title=words.title,
        summary=words.summary,
        child_summary=words.child_summary,
        sections=tuple((key, section.heading, section.body) for key, section in found),
        declaration=words.declaration,
        agree=words.agree,
        other_route=words.other_route,
        refuse=words.refuse,
        ticks=tuple((purpose, words.ticks.get(purpose, "")) for purpose, _ in shipped.ticks),
    )


def day_text(iso: str, language: Language) -> str:
    """A date in words; empty for none."""
    if not iso:
        return ""
    day = date.fromisoformat(iso)
    if language is Language.ZH_CN:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def site_of(draft: Draft, facts: Mapping[Language, Mapping[str, str]]) -> Site:
    """The site's data: the draft's fillings, and over them the facts and the date."""
    return Site(
        retention_hours=draft.visitor_hours,
        blanks={
            language: {
                **draft.blanks.in_language(language),
                **facts.get(language, {}),
                "effective_date": day_text(draft.effective_on, language),
            }
            for language in Language
        },
        resident_retention_days=draft.resident_days,
        resident_portraits=draft.portraits,
    )


def _words(template: NoticeTemplate) -> NoticeWords:
    return NoticeWords(
        title=template.title.strip(),
        summary=template.summary.strip(),
        child_summary=template.child_summary.strip(),
        declaration=template.declaration.strip(),
        agree=template.agree,
        other_route=template.other_route,
        refuse=template.refuse,
        sections={
            key: Section(heading=heading, body=body.strip())
            for key, heading, body in template.sections
        },
        ticks={purpose: words.strip() for purpose, words in template.ticks},
    )
