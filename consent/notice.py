"""The versioned notice a person reads before anything is opened (PIPL art. 14, 17, 30).

A template has blanks; `publish` fills them from the data of the site and refuses to give a notice
with any blank empty. The digest covers every word of every language, so a consent record names
exactly what was shown. Nothing in a notice is pre-ticked: it holds texts and no answers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from consent.canonical import Json, encode
from consent.digest import sm3
from station.errors import ConsentError, ErrorCode
from station.model import IDENTITY_FIELDS, Language, Purpose

SECTION_KEYS = ("header", "handler", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J")
"""Sections every notice has, in this order (requirements.md 5.1)."""

MOST_PORTRAITS = 2
"""Face images of one person over the whole product (M-1)."""

_HOURS_PER_DAY = 24
BLANK = re.compile(r"\{([a-z_]*)\}")
"""A place in a template that the site's data fill."""
# A blank filled with one of these is still empty: dots, lines and the usual words for "later".
_UNFILLED = re.compile(r"[\s_.…·—?？\-/]*|tbd|todo|xxx+|待填|待定|未填", re.IGNORECASE)


class TermUnit(StrEnum):
    """In what a notice counts its term: a visitor's in hours, a resident's in days."""

    HOURS = "HOURS"
    DAYS = "DAYS"


@dataclass(frozen=True, slots=True)
class NoticeTemplate:
    """One language of a template, blanks unfilled; `consent.notice_source` reads it from TOML."""

    notice_id: str
    version: str
    language: Language
    purposes: tuple[Purpose, ...]
    fields: tuple[str, ...]
    max_retention_hours: int
    """0 for a notice under which nothing is kept."""
    title: str
    summary: str
    sections: tuple[tuple[str, str, str], ...]
    """(key, heading, body)."""
    declaration: str
    agree: str
    other_route: str
    refuse: str
    field_names: Mapping[str, str]
    field_separator: str
    ticks: tuple[tuple[Purpose, str], ...] = ()
    """What is ticked for each purpose; empty: the declaration is the one purpose's tick."""
    term_unit: TermUnit = TermUnit.HOURS
    child_summary: str = ""
    """The notice in words a child understands; empty where none is written."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the operator of a site fills in, per language, and the figures common to all."""

    retention_hours: int
    """Term of visitors."""
    blanks: Mapping[Language, Mapping[str, str]]
    resident_retention_days: int = 0
    """Term of residents; 0: this site registers none."""
    resident_portraits: int = 0
    """Live portraits kept of a resident who ticks that; 0: nobody is asked."""


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A published notice in one language, ready to be shown and read out."""

    title: str
    summary: str
    sections: tuple[tuple[str, str], ...]
    """(heading, body) in reading order; lines of a body are separate statements."""
    declaration: str
    """What the person says by the affirmative act; about the face alone (separate consent)."""
    agree: str
    other_route: str
    refuse: str
    field_names: tuple[tuple[str, str], ...]
    """(field of `IDENTITY_FIELDS`, its name in this language) for the fields that are read."""
    handler_name: str
    handler_address: str
    handler_contact: str
    recipients: str
    place_name: str
    rights_place: str = ""
    """Where consent is taken back; section H says it too, so the digest covers it."""
    ticks: tuple[tuple[Purpose, str], ...] = ()
    """One statement per purpose, each ticked or left by itself (PIPL art. 29)."""
    child_summary: str = ""
    """For a child, beside the guardian who reads the rest (X-6); empty where none is written."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A published notice. `digest` is hexadecimal SM3 over everything else in it."""

    notice_id: str
    version: str
    languages: Mapping[Language, NoticeText]
    digest: str
    retention_hours: int
    purposes: tuple[Purpose, ...]
    fields: tuple[str, ...]
    """The whitelist of document fields (N-5): no other field may be read out or kept."""
    term_unit: TermUnit = TermUnit.HOURS
    portraits: int = 0
    """Most live portraits kept under it."""

    @property
    def retention_period(self) -> str:
        """The longest term as an ISO 8601 duration, such as "PT24H" or "P365D"."""
        if self.term_unit is TermUnit.DAYS:
            return f"P{self.retention_hours // _HOURS_PER_DAY}D"
        return f"PT{self.retention_hours}H"

    def text(self, language: Language) -> NoticeText:
        """The text in `language`. Raises `ConsentError(NOTICE_INCOMPLETE)` if it has none."""
        try:
            return self.languages[language]
        except KeyError as error:
            raise ConsentError(ErrorCode.NOTICE_INCOMPLETE) from error


def publish(templates: Mapping[Language, NoticeTemplate], site: Site) -> Notice:
    """Fill every blank. Raises `ConsentError(NOTICE_INCOMPLETE)` when anything stays empty.

    All languages must be there and say the same: id, version, purposes, fields, sections. The
    site's retention may not exceed the template's maximum (R-5). Where the site keeps no portrait,
    nobody is asked about one.
    """
    if set(templates) != set(Language):
        raise _incomplete()
    templates = {language: _asked(template, site) for language, template in templates.items()}
    first = templates[Language.ZH_CN]
    hours = _retention_hours(first, site)
    if not _is_usable(first) or not 0 <= site.resident_portraits <= MOST_PORTRAITS:
        raise _incomplete()
    texts: dict[Language, NoticeText] = {}
    for language in Language:
        template = templates[language]
        if _common(template) != _common(first) or template.language is not language:
            raise _incomplete()
        texts[language] = _fill(template, _values(template, site, hours))
    portraits = site.resident_portraits if Purpose.RETAIN_PORTRAIT in first.purposes else 0
    return sealed_notice(
        Notice(
            notice_id=first.notice_id,
            version=first.version,
            languages=texts,
            digest="",
            retention_hours=hours,
            purposes=first.purposes,
            fields=first.fields,
            term_unit=first.term_unit,
            portraits=portraits,
        )
    )


def sealed_notice(notice: Notice) -> Notice:
    """`notice` with the digest over everything else in it."""
    languages = {language.value: _text_json(text) for language, text in notice.languages.items()}
    content: dict[str, Json] = {
        "notice_id": notice.notice_id,
        "version": notice.version,
        "purposes": [purpose.value for purpose in notice.purposes],
        "fields": list(notice.fields),
        "retention_hours": notice.retention_hours,
        "languages": languages,
    }
    return replace(notice, digest=sm3(encode(content)).hex())


def _asked(template: NoticeTemplate, site: Site) -> NoticeTemplate:
    """The template without the question about portraits, where this site keeps none."""
    if site.resident_portraits:
        return template
    kept = tuple(one for one in template.purposes if one is not Purpose.RETAIN_PORTRAIT)
    return replace(
        template, purposes=kept, ticks=tuple(tick for tick in template.ticks if tick[0] in kept)
    )


def _retention_hours(template: NoticeTemplate, site: Site) -> int:
    most = template.max_retention_hours
    if most == 0:
        return 0
    days = template.term_unit is TermUnit.DAYS
    hours = site.resident_retention_days * _HOURS_PER_DAY if days else site.retention_hours
    if not 1 <= hours <= most:
        raise _incomplete()
    return hours


def _is_usable(template: NoticeTemplate) -> bool:
    known = set(IDENTITY_FIELDS)
    return (
        tuple(key for key, _, _ in template.sections) == SECTION_KEYS
        and bool(template.purposes and template.fields)
        and len(set(template.purposes)) == len(template.purposes)
        and set(template.fields) <= known
        and tuple(purpose for purpose, _ in template.ticks) in (template.purposes, ())
        # One tick for two purposes would be no separate consent.
        and (bool(template.ticks) or len(template.purposes) == 1)
    )


def _common(template: NoticeTemplate) -> tuple[object, ...]:
    return (
        template.notice_id,
        template.version,
        template.purposes,
        template.fields,
        template.max_retention_hours,
        template.term_unit,
        tuple(purpose for purpose, _ in template.ticks),
        tuple(key for key, _, _ in template.sections),
        bool(template.child_summary.strip()),
    )


def _values(template: NoticeTemplate, site: Site, hours: int) -> dict[str, str]:
    """What the blanks are filled with, in the template's language."""
    names = (template.field_names.get(field, "") for field in template.fields)
    return {
        **site.blanks.get(template.language, {}),
        "notice_id": template.notice_id,
        "version": template.version,
        "retention_hours": str(hours),
        "retention_days": str(hours // _HOURS_PER_DAY),
        "portraits": str(site.resident_portraits),
        "fields": template.field_separator.join(_filled(name) for name in names),
    }


def _fill(template: NoticeTemplate, values: Mapping[str, str]) -> NoticeText:
    def fill(text: str) -> str:
        return _filled(BLANK.sub(lambda blank: _filled(values.get(blank[1], "")), text))

    declaration = fill(template.declaration)
    ticks = tuple((purpose, fill(words)) for purpose, words in template.ticks)
    return NoticeText(
        title=fill(template.title),
        summary=fill(template.summary),
        sections=tuple((fill(heading), fill(body)) for _, heading, body in template.sections),
        declaration=declaration,
        agree=fill(template.agree),
        other_route=fill(template.other_route),
        refuse=fill(template.refuse),
        field_names=tuple((one, template.field_names.get(one, "")) for one in template.fields),
        handler_name=fill("{handler_name}"),
        handler_address=fill("{handler_address}"),
        handler_contact=fill("{handler_contact}"),
        recipients=fill("{recipients}"),
        place_name=fill("{place_name}"),
        ticks=ticks or ((template.purposes[0], declaration),),
        rights_place=values.get("rights_place", "").strip(),
        child_summary=fill(template.child_summary) if template.child_summary.strip() else "",
    )


def is_filled(text: str) -> bool:
    """Whether `text` says something: it is not empty, no placeholder, and holds no brace."""
    stripped = text.strip()
    return not (_UNFILLED.fullmatch(stripped) or "{" in stripped or "}" in stripped)


def _filled(text: str) -> str:
    """`text` without outer space. Raises when it is empty, a placeholder, or holds a brace."""
    if not is_filled(text):
        raise _incomplete()
    return text.strip()


def _text_json(text: NoticeText) -> Json:
    content: dict[str, Json] = {
        "title": text.title,
        "summary": text.summary,
        "sections": [[heading, body] for heading, body in text.sections],
        "declaration": text.declaration,
        "choices": [text.agree, text.other_route, text.refuse],
        "field_names": [[field, name] for field, name in text.field_names],
        "handler_name": text.handler_name,
        "handler_address": text.handler_address,
        "handler_contact": text.handler_contact,
        "recipients": text.recipients,
        "place_name": text.place_name,
    }
    # A single tick is the declaration over again, and digests already given out stay as they are.
    if len(text.ticks) > 1:
        content["ticks"] = [[purpose.value, words] for purpose, words in text.ticks]
    if text.child_summary:
        content["child_summary"] = text.child_summary
    return content


def _incomplete() -> ConsentError:
    return ConsentError(ErrorCode.NOTICE_INCOMPLETE)
